"""``kdesk contexts|get|watch|doctor|demo-server``: the same core without a window, and without Qt."""

from kdesk.cli.main import COMMANDS, main

__all__ = ["COMMANDS", "main"]
