"""Themes, icons, colours."""
