"""Places for pages: tabs, splits, windows torn off."""
