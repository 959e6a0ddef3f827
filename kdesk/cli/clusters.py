"""From the common options to the clusters, namespaces and resources that a command works on."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kdesk.cli.output import CommandFailed
from kdesk.kube.api.discovery import Catalogue
from kdesk.kube.config.kubeconfig import Context, Loaded, Sources
from kdesk.kube.engine.fleet import Fleet
from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.gvk import Resource

_CLOSE_SECONDS = 0.5


def sources_of(arguments: argparse.Namespace) -> Sources:
    return Sources.explicit(arguments.kubeconfig) if arguments.kubeconfig else Sources.default()


@contextmanager
def open_fleet(arguments: argparse.Namespace) -> Iterator[Fleet]:
    """A fleet on the kubeconfigs asked for; everything of it is stopped and purged at the end."""
    fleet = Fleet(sources_of(arguments))
    try:
        fleet.load()
        yield fleet
    finally:
        fleet.close()
        fleet.wait_closed(_CLOSE_SECONDS)


def chosen(fleet: Fleet, arguments: argparse.Namespace) -> list[Context]:
    """The contexts named, else the current one; each usable. Raises CommandFailed, KubeconfigError."""
    loaded = fleet.loaded
    assert loaded is not None
    names = list(dict.fromkeys(arguments.context or ([loaded.current] if loaded.current else [])))
    if not names:
        raise CommandFailed(_nothing_chosen(loaded))
    contexts = [fleet.context(name) for name in names]
    for context in contexts:
        if context.problem:
            raise CommandFailed(f"the context {context.name} cannot be used: {context.problem}")
    return contexts


def namespaces_of(arguments: argparse.Namespace, context: Context, resource: Resource) -> list[str]:
    """The namespaces to watch: "" stands for all, and for resources that have none."""
    if arguments.all_namespaces or not resource.namespaced:
        return [""]
    return list(dict.fromkeys(arguments.namespace or [context.namespace or "default"]))


def specs_of(
    arguments: argparse.Namespace, context: Context, resource: Resource, *, whole: bool = False
) -> list[WatchSpec]:
    """What to watch; ``whole`` objects where their content is looked at."""
    return [
        WatchSpec(resource, namespace, arguments.selector, arguments.field_selector, whole)
        for namespace in namespaces_of(arguments, context, resource)
    ]


def words(resources: Sequence[str]) -> list[str]:
    """The resources as typed; ``pods,services`` are two."""
    return [word for text in resources for word in text.split(",") if word]


def resolve(catalogue: Catalogue, resources: Sequence[str]) -> list[Resource]:
    """Raises UnknownResource, AmbiguousResource."""
    return list(dict.fromkeys(catalogue.resolve(word) for word in words(resources)))


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, in place of an exception at any point of the program."""
    stopped = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stopped.set()) for number in numbers]
    try:
        yield stopped
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _nothing_chosen(loaded: Loaded) -> str:
    if loaded.problems:
        return loaded.problems[0]
    if not loaded.contexts:
        return "there is no kubeconfig with a context: name one with --kubeconfig"
    if loaded.missing_current:
        return f"the kubeconfig's current context, {loaded.missing_current}, does not exist: name one with --context"
    return "the kubeconfig names no current context: name one with --context"
