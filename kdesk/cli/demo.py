"""``kdesk demo-server``: simulated clusters in the foreground."""

from __future__ import annotations

import argparse


def run(arguments: argparse.Namespace) -> int:
    from kdesk.demo.server import run as serve  # noqa: PLC0415 (only this command needs the HTTP library)

    return serve(
        clusters=arguments.clusters,
        pods=arguments.pods,
        events_per_second=arguments.events_per_second,
        kubeconfig_out=arguments.kubeconfig_out,
    )
