"""Bytes of a watch."""
