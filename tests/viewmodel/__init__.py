"""Models and controllers: QtCore, no widget."""
