"""Rows, and what they are made from."""
