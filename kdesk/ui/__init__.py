"""Widgets. Small files; they show what the view models hold and know nothing of Kubernetes connections."""
