"""What the window shows, without widgets: models, controllers, commands (QtCore only)."""
