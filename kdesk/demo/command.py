"""The command line of the simulated clusters, for `python -m kdesk.demo` and for `kdesk demo-server`."""

from __future__ import annotations

import argparse
from pathlib import Path

from kdesk.demo.tuning import Tuning


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options that `execute` reads."""
    parser.add_argument(
        "--clusters", type=_count, default=2, metavar="N", help="how many clusters (default: 2)"
    )
    parser.add_argument(
        "--pods", type=_not_negative, metavar="N", help="pods in each (default: as many as its scene has)"
    )
    parser.add_argument(
        "--events-per-second",
        type=_rate,
        default=0.0,
        metavar="R",
        help="changed pods a second in each, besides the life it has anyway (default: 0)",
    )
    parser.add_argument(
        "--kubeconfig-out", type=Path, metavar="FILE", help="where the kubeconfig goes once all are ready"
    )
    tuning = Tuning()
    parser.add_argument("--seed", type=int, default=tuning.seed, help="of the random numbers (default: 1)")
    parser.add_argument(
        "--bookmark-seconds",
        type=_rate,
        default=tuning.bookmark_s,
        metavar="S",
        help="between bookmarks of a watch (default: 60)",
    )
    parser.add_argument(
        "--history",
        type=_count,
        default=tuning.history,
        metavar="N",
        help="changes of each resource that a watch can resume from (default: 20000)",
    )
    parser.add_argument("--exit-with-stdin", action="store_true", help=argparse.SUPPRESS)


def execute(arguments: argparse.Namespace) -> int:
    """Serves until interrupted; gives the exit code."""
    from kdesk.demo import server  # noqa: PLC0415 (options can be read without loading the HTTP library)

    tuning = Tuning(
        seed=arguments.seed,
        bookmark_s=arguments.bookmark_seconds,
        history=arguments.history,
        stop_with_stdin=arguments.exit_with_stdin,
    )
    out = arguments.kubeconfig_out
    return server.run(arguments.clusters, arguments.pods, arguments.events_per_second, out, tuning=tuning)


def main(arguments: list[str] | None = None) -> int:
    """The program `python -m kdesk.demo`."""
    parser = argparse.ArgumentParser("kdesk.demo", description="Simulated Kubernetes clusters on loopback.")
    add_arguments(parser)
    return execute(parser.parse_args(arguments))


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value


def _not_negative(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return value


def _rate(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is negative or endless")
    return value
