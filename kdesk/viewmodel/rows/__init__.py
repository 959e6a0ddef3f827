"""Rows in memory: their columns, order, filter and model."""
