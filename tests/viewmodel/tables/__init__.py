"""A table's way from the watch to the model."""
