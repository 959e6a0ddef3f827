"""``kdesk watch``: the event stream of any resources over several clusters, until interrupted."""

from __future__ import annotations

import argparse
import random
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kdesk.cli.clusters import chosen, interruptible, open_fleet, resolve, specs_of, words
from kdesk.cli.output import complain, json_line, timestamp
from kdesk.kube.api.discovery import AmbiguousResource, UnknownResource
from kdesk.kube.diff.changes import Change as Difference
from kdesk.kube.diff.changes import changes_of
from kdesk.kube.diff.words import in_words
from kdesk.kube.engine.reflector import delay
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import Status, Stream, WatchState
from kdesk.kube.errors import CredentialError, KubeError, Stopped, Unauthorized
from kdesk.kube.gvk import Resource
from kdesk.kube.table.rows import Change

#: An interrupt is noticed within this long even where a signal does not end the wait.
_LONGEST_NAP = 0.2


@dataclass
class _Line:
    """One watch as the output names it: before discovery, by the word that was typed."""

    cluster: str
    resource: str
    namespace: str
    known: Resource | None = None
    stream: Stream | None = None
    state: tuple[WatchState, str] | None = None
    objects: int = 0


@dataclass
class _Output:
    """What is printed. Only the main thread prints, so lines never mix."""

    as_json: bool
    changes_only: bool
    diff: bool = False
    dropped: dict[int, int] = field(default_factory=dict)

    def state(self, line: _Line, status: Status) -> None:
        """A change of state; the progress of a list is none."""
        line.objects = status.objects
        if line.state == (status.state, status.error):
            return
        same_state = line.state is not None and line.state[0] is status.state
        line.state = (status.state, status.error)
        if same_state and not status.error:
            return
        if self.as_json:
            json_line(
                {
                    "cluster": line.cluster,
                    "resource": line.resource,
                    "namespace": line.namespace,
                    "state": status.state.value,
                    "objects": status.objects,
                    "error": status.error or None,
                }
            )
        elif status.error:
            complain(f"{line.cluster}: {line.resource}: {status.state}: {status.error}")

    def change(self, line: _Line, at: float, change: Change) -> None:
        resource = line.known
        if resource is None or (self.changes_only and change.initial):
            return
        row = change.row
        found = _differences(resource, change) if self.diff else ()
        if self.as_json:
            json_line(
                {
                    "cluster": line.cluster,
                    "type": change.type,
                    "apiVersion": resource.gvk.api_version,
                    "kind": resource.kind,
                    "namespace": row.namespace,
                    "name": row.name,
                    "uid": row.uid,
                    "resourceVersion": row.version,
                    "creationTimestamp": timestamp(row.created),
                    "finalStateUnknown": change.final_unknown,
                }
                | (_diff_record(change, found) if self.diff else {})
            )
            return
        moment = _moment(at)
        shown = [change.type, f"kind: {resource.kind}", f"name: {row.name}"]
        if row.namespace:
            shown.insert(2, f"namespace: {row.namespace}")
        shown += [f"created: {row.created}", f"resourceVersion: {row.version}"]
        if self.diff and change.type == "MODIFIED":
            shown.append(f"changed: {in_words(found, resource.kind)}")
            shown += [f"who: {row.manager.text}"] if row.manager.name else []
        print("\n".join(f"{moment} {words}" for words in shown), flush=True)

    def drain(self, line: _Line) -> None:
        stream = line.stream
        if stream is None:
            return
        for happening in stream.take():
            if happening.change is not None:
                self.change(line, happening.at, happening.change)
            if happening.status is not None:
                self.state(line, happening.status)
        if stream.dropped > self.dropped.get(id(line), 0):
            self.dropped[id(line)] = stream.dropped
            complain(
                f"{line.cluster}: {line.resource}: {stream.dropped} events were dropped: the output is too slow"
            )

    def end(self, lines: list[_Line]) -> None:
        for line in lines:
            self.state(line, Status(WatchState.STOPPED, line.objects))
        if not self.as_json:
            print(f"{_moment(time.time())} STOPPED", flush=True)


def run(arguments: argparse.Namespace) -> int:
    output = _Output(arguments.output == "json", arguments.changes_only, arguments.diff)
    deadline = time.monotonic() + arguments.timeout if arguments.timeout is not None else None
    awake = threading.Event()
    with interruptible() as stopped, open_fleet(arguments) as fleet:
        openings = [_Opening(fleet.start(c.name), arguments, awake) for c in chosen(fleet, arguments)]
        for opening in openings:
            opening.thread.start()
        failed = False
        while not stopped.is_set() and (deadline is None or time.monotonic() < deadline):
            awake.wait(
                _LONGEST_NAP if deadline is None else min(_LONGEST_NAP, max(0.0, deadline - time.monotonic()))
            )
            awake.clear()
            for opening in openings:
                for line, status in opening.take_news():
                    output.state(line, status)
                for line in opening.lines:
                    output.drain(line)
            for opening in openings:
                if opening.failure:
                    complain(
                        f"{opening.session.name}: {opening.failure}" if len(openings) > 1 else opening.failure
                    )
                    opening.failure, failed = "", True
                    opening.useless = True
            if all(opening.useless for opening in openings):
                return 1
        fleet.close()
        # STOPPED is said once it is true: every informer has ended and its store is empty.
        fleet.wait_closed(0.6)
        lines = [line for opening in openings if not opening.useless for line in opening.lines]
        for line in lines:
            output.drain(line)
        output.end(lines)
    return 1 if failed else 0


class _Opening:
    """Opens one cluster in a thread of its own, as often as it takes, and then watches."""

    def __init__(
        self, session: ClusterSession, arguments: argparse.Namespace, awake: threading.Event
    ) -> None:
        self.session = session
        self.failure = ""
        self.useless = False
        self.thread = threading.Thread(target=self._run, name=f"open {session.name}", daemon=True)
        self._arguments = arguments
        self._awake = awake
        self._lock = threading.Lock()
        self._news: list[tuple[_Line, Status]] = []
        self.lines = [
            _Line(session.name, word, self._typed_namespace()) for word in words(arguments.resources)
        ]

    def take_news(self) -> list[tuple[_Line, Status]]:
        """States of before the informers run."""
        with self._lock:
            news, self._news = self._news, []
        return news

    def _typed_namespace(self) -> str:
        named = self._arguments.namespace or [self.session.context.namespace or "default"]
        return "" if self._arguments.all_namespaces else str(named[0])

    def _run(self) -> None:
        stop = self.session.child_stop()
        failures = 0
        try:
            while not stop.is_set():
                try:
                    resources = resolve(self.session.open(), self._arguments.resources)
                except (UnknownResource, AmbiguousResource) as error:
                    self.failure = str(error)
                    return
                except (Unauthorized, CredentialError) as error:
                    self._say(Status(WatchState.UNAUTHORIZED, error=str(error)))
                    return
                except KubeError as error:
                    stop.check()
                    failures += 1
                    self._say(Status(WatchState.BACKOFF, error=str(error)))
                    stop.wait(delay(failures, random.random()))
                    continue
                self._watch(resources)
                return
        except Stopped:
            return
        finally:
            stop.release()
            self._awake.set()

    def _watch(self, resources: list[Resource]) -> None:
        lines: list[_Line] = []
        for resource in resources:
            for spec in specs_of(self._arguments, self.session.context, resource, whole=self._arguments.diff):
                stream = Stream(self._awake.set)
                line = _Line(self.session.name, resource.label, spec.namespace, resource, stream)
                self.session.watch(spec, stream)
                lines.append(line)
        self.lines = lines

    def _say(self, status: Status) -> None:
        with self._lock:
            self._news += [(line, status) for line in self.lines]
        self._awake.set()


def _differences(resource: Resource, change: Change) -> tuple[Difference, ...]:
    """What a MODIFIED event changed; other events change nothing of an object that is there."""
    if change.type != "MODIFIED" or change.old is None:
        return ()
    return changes_of(change.old.raw, change.row.raw, resource.kind)


def _diff_record(change: Change, found: tuple[Difference, ...]) -> dict[str, Any]:
    """``who`` is null for a deletion: the last to write the object is not the one who deleted it."""
    who = change.row.manager.name if change.type != "DELETED" else ""
    return {"who": who or None, "changes": [difference.record() for difference in found]}


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at).strftime("%Y/%m/%d %H:%M:%S")
