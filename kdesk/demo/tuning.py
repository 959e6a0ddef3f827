"""Settings of the server that are seldom changed."""

from __future__ import annotations

import msgspec


class Tuning(msgspec.Struct, frozen=True):
    """What is seldom changed: the random seed, seconds between bookmarks, changes kept for watches, and whether
    the end of standard input ends the server (for a parent process that may die)."""

    seed: int = 1
    bookmark_s: float = 60.0
    history: int = 20_000
    stop_with_stdin: bool = False
