"""Rows in order, filtered, joined, copied and written out."""
