"""Pages about one object."""
