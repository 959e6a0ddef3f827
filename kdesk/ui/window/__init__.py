"""The window around it all."""
