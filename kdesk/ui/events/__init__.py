"""Live events on the screen."""
