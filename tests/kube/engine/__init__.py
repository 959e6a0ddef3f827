"""The engine's parts, each by itself."""
