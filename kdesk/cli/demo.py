"""``kdesk demo-server``: simulated clusters in the foreground."""

from __future__ import annotations

from kdesk.demo.command import execute as run

__all__ = ["run"]
