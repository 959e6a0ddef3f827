"""A scripted API server: correct by default, and wrong exactly where and as often as a test says, as data."""
