"""``kdesk contexts``: every context of every kubeconfig, and why one cannot be used. Nothing is connected to."""

from __future__ import annotations

import argparse

from kdesk.cli.clusters import sources_of
from kdesk.cli.output import CommandFailed, complain, json_line, table
from kdesk.kube.config.kubeconfig import load


def run(arguments: argparse.Namespace) -> int:
    loaded = load(sources_of(arguments))
    contexts = [
        context
        for context in loaded.contexts
        if not arguments.context or {context.name, context.plain_name} & set(arguments.context)
    ]
    if arguments.output == "json":
        for context in contexts:
            json_line(
                {
                    "name": context.name,
                    "file": context.file,
                    "cluster": context.cluster,
                    "server": context.server,
                    "user": context.user,
                    "namespace": context.namespace,
                    "current": context.current,
                    "problem": context.problem,
                }
            )
    elif contexts:
        table(
            ("CURRENT", "NAME", "CLUSTER", "USER", "NAMESPACE", "SERVER", "FILE", "PROBLEM"),
            [
                (
                    "*" if c.current else "",
                    c.name,
                    c.cluster,
                    c.user,
                    c.namespace,
                    c.server,
                    c.file,
                    c.problem or "",
                )
                for c in contexts
            ],
        )
    for problem in loaded.problems:
        complain(problem)
    if arguments.context and not contexts:
        raise CommandFailed(f"there is no context {' or '.join(arguments.context)}")
    return 1 if loaded.problems else 0
