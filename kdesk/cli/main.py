"""The command line's arguments, and one exit for everything: 0 ok, 1 failed, 2 usage."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from kdesk.cli import contexts, demo, doctor, get, watch
from kdesk.cli.output import CommandFailed, complain
from kdesk.demo.command import add_arguments as demo_options
from kdesk.kube.errors import KubeError

COMMANDS = {
    "contexts": contexts.run,
    "get": get.run,
    "watch": watch.run,
    "doctor": doctor.run,
    "demo-server": demo.run,
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        complain(f"{message} (kdesk {self.prog.split()[-1]} --help tells more)")
        sys.exit(2)


def main(argv: Sequence[str]) -> int:
    """Run one command; ``argv`` begins with its name. Returns the exit status."""
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as end:
        return int(end.code or 0)
    try:
        status = COMMANDS[arguments.command](arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever read the output has gone, as `| head` does. Python must not complain about it at its end, either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except (CommandFailed, KubeError, OSError) as error:
        complain(str(error))
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="kdesk", description="kdesk without its window.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    found = commands.add_parser("contexts", help="every context of the kubeconfigs")
    _common(found, selectors=False)

    get_parser = commands.add_parser("get", help="a snapshot of some resources")
    get_parser.add_argument("resources", nargs="+", metavar="RESOURCE")
    _common(get_parser, formats=("text", "json", "wide"))

    watch_parser = commands.add_parser("watch", help="the changes of some resources as they happen")
    watch_parser.add_argument("resources", nargs="+", metavar="RESOURCE")
    _common(watch_parser)
    watch_parser.add_argument(
        "--changes-only", action="store_true", help="leave out what is there at the beginning"
    )
    watch_parser.add_argument(
        "--diff",
        action="store_true",
        help="say of each object what changed, and who did it; watches whole objects",
    )
    watch_parser.add_argument("--timeout", type=_seconds, metavar="SECONDS", help="end after so long")

    doctor_parser = commands.add_parser("doctor", help="try each step from the kubeconfig to the cluster")
    _common(doctor_parser, selectors=False)

    demo_parser = commands.add_parser("demo-server", help="simulated clusters, until interrupted")
    demo_options(demo_parser)
    return parser


def _common(
    parser: argparse.ArgumentParser, *, selectors: bool = True, formats: Sequence[str] = ("text", "json")
) -> None:
    parser.add_argument(
        "--kubeconfig", action="append", type=Path, metavar="FILE", help="repeatable; as kubectl's"
    )
    parser.add_argument(
        "--context", action="append", metavar="NAME", help="repeatable: several clusters at once"
    )
    parser.add_argument("-o", "--output", choices=formats, default="text")
    if not selectors:
        return
    where = parser.add_mutually_exclusive_group()
    where.add_argument("-n", "--namespace", action="append", metavar="NS", help="repeatable")
    where.add_argument("-A", "--all-namespaces", action="store_true")
    parser.add_argument("-l", "--selector", default="", metavar="SELECTOR", help="by labels")
    parser.add_argument("--field-selector", default="", metavar="SELECTOR")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no length of time in seconds")
    return value
