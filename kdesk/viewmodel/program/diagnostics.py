"""What is connected, how fresh, how fast, how big: the answer of ``app.diagnostics``, and of the page that shows it.

The shape is a contract with other programs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.program.lateness import Reader
from kdesk.viewmodel.program.process import process_figures
from kdesk.viewmodel.tables.views import Views

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.kube.engine.informer import InformerReport
    from kdesk.viewmodel.tables.controller import TableController


class Diagnostics:
    """Readings for one reader: the lateness is that since its own last reading."""

    def __init__(self, clusters: Clusters, views: Views, lateness: Reader) -> None:
        self._clusters, self._views, self._lateness = clusters, views, lateness

    def read(self) -> dict[str, Any]:
        """Plain JSON data.

        ``epoch``; ``clusters``: name, state (as of a watch), session, watches (resource, namespace, whole, selector,
        state, objects, resourceVersion, events, lists, relists, last_error, age_s, odd, last_odd);
        ``views``: resource, rows, state, first_row_ms, synced_ms;
        ``process``: rss_bytes, threads, fds, cpu_s; ``gui``: lateness_ms (p50, p99, max).
        """
        return {
            "epoch": self._clusters.epoch,
            "clusters": [self._cluster(context.name) for context in self._clusters.contexts],
            "views": [_view(view) for view in self._views.all],
            "process": process_figures()._asdict(),
            "gui": {"lateness_ms": self._lateness.read()._asdict()},
        }

    def text(self) -> str:
        """The same as indented JSON."""
        return json.dumps(self.read(), indent=2, ensure_ascii=False) + "\n"

    def _cluster(self, name: str) -> dict[str, Any]:
        session = self._clusters.sessions.get(name)
        reports = session.reports() if session is not None else []
        state = self._clusters.state(name, reports)
        return {
            "name": name,
            "state": str(state.state),
            "session": state.name,
            "detail": state.detail,
            "watches": [_watch(report) for report in reports],
        }


def _watch(report: InformerReport) -> dict[str, Any]:
    return {
        "resource": report.resource,
        "namespace": report.namespace,
        "whole": report.whole,
        "selector": report.selector,
        "state": str(report.state),
        "objects": report.objects,
        "resourceVersion": report.resource_version,
        "events": report.events,
        "lists": report.lists,
        "relists": report.relists,
        "last_error": report.last_error,
        "age_s": None if report.age_s is None else round(report.age_s, 3),
        "odd": report.odd,
        "last_odd": report.last_odd,
    }


def _view(view: TableController) -> dict[str, Any]:
    return {
        "cluster": view.cluster,
        "resource": view.resource.label,
        "namespaces": list(view.namespaces),
        "rows": view.rows,
        "state": str(view.state),
        "first_row_ms": _rounded(view.first_row_ms),
        "synced_ms": _rounded(view.synced_ms),
    }


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 1)
