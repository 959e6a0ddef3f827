"""The window's own arguments."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from kdesk import __version__

_EPILOG = """\
commands without a window (each has its own --help):
  kdesk contexts        every context of the kubeconfigs, and why one cannot be used
  kdesk get             a snapshot of some resources
  kdesk watch           their event stream, until interrupted
  kdesk doctor          each step of a connection, with what was tried and what failed
  kdesk demo-server     the simulated clusters, in the foreground

commands for --command are listed in the window under Help, "Keys and commands", for example:
  kdesk --demo --command "view.open pods" --command view.wait-synced --command "app.screenshot pods.png"
"""


@dataclass(frozen=True, slots=True)
class Arguments:
    """``demo``: simulated clusters instead of kubeconfigs; ``commands``: to run one after the other.

    ``snapshots``: files to show, and no cluster but the ``contexts`` asked for.
    """

    demo: bool = False
    kubeconfigs: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    snapshots: tuple[str, ...] = ()

    @property
    def shows_last(self) -> bool:
        """Nothing else is asked for: begin as the program ended the last time, where a person wants that."""
        return not (self.contexts or self.demo or self.snapshots)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"kdesk: {message} (kdesk --help tells more)\n")
        sys.exit(2)


def parse(argv: Sequence[str]) -> Arguments:
    """Exits with 2 and one sentence where they are wrong, with 0 after ``--help`` and ``--version``."""
    if not argv:
        return Arguments()  # nearly always, and at once
    parser = _Parser(
        prog="kdesk",
        description="A desktop program for Kubernetes: live tables, live events, many clusters in one window.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"kdesk {__version__}")
    parser.add_argument("--demo", action="store_true", help="open simulated clusters")
    parser.add_argument(
        "--kubeconfig",
        action="append",
        default=[],
        metavar="FILE",
        help="read this file instead of what kubectl reads; repeatable",
    )
    parser.add_argument(
        "--context",
        action="append",
        default=[],
        metavar="NAME",
        help="open this context at the start; repeatable",
    )
    parser.add_argument(
        "--snapshot",
        action="append",
        default=[],
        metavar="FILE",
        help="show a saved snapshot, read-only, and open no cluster but those of --context; repeatable",
    )
    parser.add_argument(
        "--command",
        action="append",
        default=[],
        metavar='"ID ARGS"',
        help="run this command once the window is there; repeatable, one after the other",
    )
    found = parser.parse_args(list(argv))
    if found.demo and found.kubeconfig:
        parser.error("--demo brings its own kubeconfig: leave --kubeconfig out")
    return Arguments(
        found.demo,
        tuple(found.kubeconfig),
        tuple(found.context),
        tuple(found.command),
        tuple(found.snapshot),
    )
