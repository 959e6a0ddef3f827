"""Scripted servers that speak the real protocol."""
