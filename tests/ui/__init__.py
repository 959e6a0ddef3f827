"""Widgets, on the offscreen platform."""
