"""Widgets that every room uses."""
