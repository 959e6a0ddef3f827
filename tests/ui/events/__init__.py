"""The panel of live events."""
