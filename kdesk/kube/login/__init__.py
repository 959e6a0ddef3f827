"""Credentials: where they come from, plugins that make them, one refresh of each for everyone."""
