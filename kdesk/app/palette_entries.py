"""What the palette lists: every command, every context, and the kinds and namespaces of the active cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from kdesk.ui.look.icons import kind_icon
from kdesk.ui.window.keys_page import keys_text
from kdesk.viewmodel.clusters.clusters import Clusters
from kdesk.viewmodel.clusters.tree import by_importance
from kdesk.viewmodel.commands import CommandSet, quote
from kdesk.viewmodel.program.palette import Entry
from kdesk.viewmodel.tables.views import Views

# For scripts: a person has no use for them.
_FOR_SCRIPTS = ("app.wait", "view.wait-synced", "problems.wait", "palette.open", "palette.close")
# Whole lists below stand for these.
_LISTED = ("context.open", "context.switch", "context.close", "view.open", "layout.open")


def entries(
    commands: CommandSet,
    clusters: Clusters,
    views: Views,
    namespaces: Callable[[], Iterable[str]],
    layouts: Iterable[str] = (),
    filters: Mapping[str, str] | None = None,
) -> list[Entry]:
    """In the order in which they show before anything is typed: kinds, contexts, namespaces, ..., commands.

    ``filters``: those saved for the table in front, by name.
    """
    return [
        *_kinds(clusters),
        *_contexts(clusters, views),
        *_namespaces(views, namespaces),
        *(
            Entry(f"Layout {name}", "Layout", f"layout.open {quote(name)}", "opens it", icon="blocks")
            for name in layouts
        ),
        *(
            Entry(
                f"Filter {name}",
                "Filter",
                f"view.filter-use {quote(name)}",
                text,
                icon="funnel",
                also=(text,),
            )
            for name, text in (filters or {}).items()
        ),
        *_commands(commands),
    ]


def _commands(commands: CommandSet) -> Iterable[Entry]:
    for command in commands:
        if command.id in _FOR_SCRIPTS or command.id in _LISTED:
            continue
        yield Entry(
            command.title,
            "Command",
            command.id,
            detail=command.category,
            keys=keys_text(command),
            also=(command.id,),
            usage=command.usage if command.required else "",
            icon=command.icon or "command",
            refused=command.enabled(),
        )


def _contexts(clusters: Clusters, views: Views) -> Iterable[Entry]:
    for context in clusters.contexts:
        name, problem = context.name, context.problem or ""
        word = quote(name)
        yield Entry(
            f"Open {name}",
            "Context",
            f"context.open {word}",
            context.server,
            icon="ship-wheel",
            refused=problem,
        )
        yield Entry(
            f"Switch to {name}",
            "Context",
            f"context.switch {word}",
            "closes all others",
            icon="refresh-cw",
            refused=problem,
        )
        if name in clusters.sessions:
            yield Entry(f"Close {name}", "Context", f"context.close {word}", icon="log-out")
        yield from _merging(views, name, problem)


def _merging(views: Views, name: str, problem: str) -> Iterable[Entry]:
    """Into the table in front, or out of it."""
    view = views.current
    if view is None or views.merged in (None, (name,)):
        return
    label = view.resource.gvr.resource
    inside = name in view.clusters
    title = (
        f"Take {name} out of the table of {label}" if inside else f"Merge {name} into the table of {label}"
    )
    yield Entry(title, "Context", f"view.merge {quote(name)}", icon="layers-2", refused=problem)


def _kinds(clusters: Clusters) -> Iterable[Entry]:
    session = clusters.sessions.get(clusters.active)
    catalogue = session.catalogue if session is not None else None
    if catalogue is None:
        return
    for resource in by_importance(catalogue.preferred()):
        also = (resource.kind, resource.singular, *resource.short_names)
        detail = f"{resource.kind} · {resource.gvk.api_version}"
        yield Entry(
            resource.label, "Kind", f"view.open {resource.label}", detail, also=also, icon=kind_icon(resource)
        )


def _namespaces(views: Views, namespaces: Callable[[], Iterable[str]]) -> Iterable[Entry]:
    """Of the table in front."""
    view = views.current
    if view is None or not view.resource.namespaced:
        return
    label = view.resource.gvr.resource
    yield Entry("All namespaces", "Namespace", "view.namespace *", f"for {label}", icon="layers")
    for name in namespaces():
        yield Entry(name, "Namespace", f"view.namespace {quote(name)}", f"for {label}", icon="folder")
