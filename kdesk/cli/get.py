"""``kdesk get``: a snapshot through the informer, with the cells that the window shows."""

from __future__ import annotations

import argparse
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from kdesk.cli.clusters import chosen, interruptible, open_fleet, resolve, specs_of
from kdesk.cli.output import CommandFailed, complain, json_line, table, timestamp
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import Latest, WatchState
from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import Resource
from kdesk.kube.table.rows import Column, Row, cell_text

_FAILED = (WatchState.BACKOFF, WatchState.FORBIDDEN, WatchState.UNAUTHORIZED, WatchState.GONE)


class _Part(NamedTuple):
    """What one cluster has of one resource; ``odd`` says what had to be left out."""

    cluster: str
    resource: Resource
    columns: tuple[Column, ...]
    rows: list[Row]
    odd: list[str]


def run(arguments: argparse.Namespace) -> int:
    with interruptible() as stopped, open_fleet(arguments) as fleet:
        sessions = [fleet.start(context.name) for context in chosen(fleet, arguments)]
        failures: list[str] = []

        def collect(session: ClusterSession) -> list[_Part]:
            try:
                return _collect(session, arguments, stopped)
            except (KubeError, CommandFailed) as error:
                failures.append(f"{session.name}: {error}" if len(sessions) > 1 else str(error))
                return []

        with ThreadPoolExecutor(max_workers=len(sessions)) as pool:
            futures = [pool.submit(collect, session) for session in sessions]
            while not all(future.done() for future in futures):
                if stopped.wait(0.02):
                    fleet.close()
                    break
            parts = [part for future in futures for part in future.result()]
    if stopped.is_set():
        return 130
    _print(parts, arguments, clusters=len(sessions) > 1)
    for sentence in [*(said for part in parts for said in part.odd), *failures]:
        complain(sentence)
    return 1 if failures else 0


def _collect(session: ClusterSession, arguments: argparse.Namespace, stopped: threading.Event) -> list[_Part]:
    parts: list[_Part] = []
    for resource in resolve(session.open(), arguments.resources):
        rows: list[Row] = []
        odd: list[str] = []
        columns: tuple[Column, ...] = ()
        for spec in specs_of(arguments, session.context, resource):
            lease = session.watch(spec)
            changed = threading.Event()
            latest = Latest(changed.set)
            lease.subscribe(latest)
            while not lease.informer.store.synced and not stopped.is_set():
                changed.wait(0.05)
                changed.clear()
                status = lease.informer.status
                if status.state in _FAILED:
                    raise CommandFailed(status.error)
            rows += lease.informer.store.snapshot()
            report = lease.informer.report()
            if report.odd:
                odd.append(f"{session.name}: {resource.label}: left out {report.odd}: {report.last_odd}")
            columns = lease.informer.columns or columns
            lease.release()
        parts.append(_Part(session.name, resource, columns, sorted(rows, key=lambda row: row.key), odd))
    return parts


def _print(parts: list[_Part], arguments: argparse.Namespace, *, clusters: bool) -> None:
    wide = arguments.output in ("wide", "json")
    now = time.time()
    if arguments.output == "json":
        for part in parts:
            for row in part.rows:
                json_line(_as_json(part, row, now))
        return
    many_namespaces = arguments.all_namespaces or len(arguments.namespace or ()) > 1
    first = True
    for resource in dict.fromkeys(part.resource.gvr for part in parts):
        same = [part for part in parts if part.resource.gvr == resource]
        with_namespace = many_namespaces and same[0].resource.namespaced
        header: list[str] = []
        lines: list[list[str]] = []
        for part in same:
            shown = [(i, column) for i, column in enumerate(part.columns) if wide or not column.wide]
            titles = (["CLUSTER"] if clusters else []) + (["NAMESPACE"] if with_namespace else [])
            titles += [column.name.upper() for _, column in shown]
            # Clusters of different versions may print different columns: each such part has a header of its own.
            if titles != header and part.rows:
                _flush(header, lines, first)
                first = first and not lines
                header, lines = titles, []
            for row in part.rows:
                front = ([part.cluster] if clusters else []) + ([row.namespace] if with_namespace else [])
                lines.append(front + [cell_text(row, i, column, now) for i, column in shown])
        if not lines and not any(part.rows for part in same):
            complain(f"no {same[0].resource.label} found")
        _flush(header, lines, first)
        first = first and not lines


def _flush(header: list[str], lines: list[list[str]], first: bool) -> None:
    if lines:
        if not first:
            print()
        table(header, lines)


def _as_json(part: _Part, row: Row, now: float) -> dict[str, object]:
    return {
        "cluster": part.cluster,
        "resource": part.resource.label,
        "apiVersion": part.resource.gvk.api_version,
        "kind": part.resource.kind,
        "namespace": row.namespace,
        "name": row.name,
        "uid": row.uid,
        "resourceVersion": row.version,
        "creationTimestamp": timestamp(row.created),
        "cells": {column.name: cell_text(row, i, column, now) for i, column in enumerate(part.columns)},
    }
