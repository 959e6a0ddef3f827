"""The timeline of a workload: what is watched for it and when, who belongs to it, and the story in order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from kdesk.kube.api.discovery import Catalogue
from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.gvk import Resource
from kdesk.kube.history.archive import Archive, Limits, Observed
from kdesk.kube.history.book import Feed, RevisionBook
from kdesk.kube.table.rows import Change, Row
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.timeline import Timeline
from kdesk.viewmodel.objects.timeline_states import State
from tests.viewmodel.stub_cluster import StubLease, StubSession, added, deleted, modified
from tests.viewmodel.timeline_objects import (
    DEPLOYMENTS,
    EVENTS,
    KINDS,
    NEW_EVENTS,
    NODES,
    PODS,
    REPLICA_SETS,
    T0,
    WIDGETS,
    condition,
    crashing,
    event,
    owned,
    running,
)

WEB = owned("web", spec={"replicas": 1}, status={"replicas": 1, "readyReplicas": 1})


@dataclass
class Scene:
    timeline: Timeline
    session: StubSession
    book: RevisionBook
    feeds: dict[str, Feed]
    recordings: list[Path]

    def lease(self, kind: Resource) -> StubLease:
        return next(
            lease
            for lease in reversed(self.session.leases)
            if lease.spec.resource == kind and not lease.released
        )

    def put(self, kind: Resource, *changes: Change) -> None:
        """As an informer tells both the book and its subscribers."""
        if kind.label not in self.feeds:
            self.feeds[kind.label] = self.book.feed(kind)
        self.feeds[kind.label].put(changes)
        assert self.book.wait_idle(5)
        for lease in self.session.leases:
            if lease.spec.resource == kind and not lease.released:
                lease.tell(*changes)

    def show(self, kind: Resource = DEPLOYMENTS, row: Row = WEB) -> None:
        self.put(kind, added(row, initial=True))
        self.timeline.follow(self.session.real, kind, row)
        self.timeline.set_shown(True)

    def told(self) -> list[tuple[str, str]]:
        """Oldest first: whose, and what."""
        names = {lane.member.uid: lane.member.name for lane in self.timeline.story.lanes}
        return [(names[line.lane], line.words) for line in reversed(self.timeline.story.lines)]


@pytest.fixture
def scene(qtbot: QtBot) -> Iterator[Scene]:
    recordings: list[Path] = []
    timeline = Timeline(FrameClock(interval=0.002), recording_of=lambda session: next(iter(recordings), None))
    book = RevisionBook("prod")
    session = StubSession("prod", KINDS)
    session.book = book
    yield Scene(timeline, session, book, {}, recordings)
    timeline.close()
    book.stop()
    assert book.join(5)


def test_it_watches_only_while_it_is_shown(scene: Scene) -> None:
    scene.timeline.follow(scene.session.real, DEPLOYMENTS, WEB)
    assert scene.session.leases == []
    scene.timeline.set_shown(True)
    specs = [
        (lease.spec.resource.label, lease.spec.namespace, lease.spec.whole) for lease in scene.session.leases
    ]
    assert specs == [(label, "shop", True) for label in ("replicasets.apps", "pods", "events")]
    assert scene.timeline.watches.words.startswith("3 watches in shop: replicasets.apps, pods, events")
    scene.timeline.set_shown(False)
    assert all(lease.released for lease in scene.session.leases)


def test_another_subject_gives_the_watches_back(scene: Scene) -> None:
    scene.show()
    first = list(scene.session.leases)
    scene.timeline.follow(scene.session.real, PODS, owned("web-1-a", "web-1"))
    assert all(lease.released for lease in first)
    [events] = scene.session.leases[len(first) :]
    assert (events.spec.resource, events.spec.field_selector) == (EVENTS, "involvedObject.name=web-1-a")
    scene.timeline.follow(None, None, None)
    assert events.released


@pytest.mark.parametrize(
    ("kind", "watched"),
    [
        (NODES, ["events"]),
        (REPLICA_SETS, ["pods", "events"]),
        (WIDGETS, ["deployments.apps", "replicasets.apps", "pods", "events"]),
    ],
)
def test_what_is_watched_depends_on_what_the_kind_may_own(
    scene: Scene, kind: Resource, watched: list[str]
) -> None:
    scene.timeline.follow(scene.session.real, kind, WEB)
    scene.timeline.set_shown(True)
    assert [lease.spec.resource.label for lease in scene.session.leases] == watched


def test_events_of_the_other_group_where_only_that_is_served(qtbot: QtBot, scene: Scene) -> None:
    scene.session.catalogue = Catalogue((DEPLOYMENTS, NEW_EVENTS))
    scene.show()
    series = {"count": 3, "lastObservedTime": "2026-09-21T13:33:50.000001Z"}
    more: dict[str, Any] = {
        "regarding": {"uid": "uid-web"},
        "note": "web: why",
        "series": series,
        "involvedObject": None,
    }
    scene.put(NEW_EVENTS, added(event("e", "web", "Unhappy", **more), initial=True))
    qtbot.waitUntil(lambda: ("web", "Unhappy: web: why  ×3") in scene.told())


def test_owned_objects_are_found_through_what_owns_them(qtbot: QtBot, scene: Scene) -> None:
    scene.show()
    scene.put(PODS, added(owned("web-1-a", "web-1", created=3), initial=True))
    scene.put(PODS, added(owned("other-1-a", "other-1"), initial=True))
    scene.put(REPLICA_SETS, added(owned("web-1", "web", created=1), initial=True))
    scene.put(REPLICA_SETS, added(owned("web-2", "web", created=5), initial=True))
    qtbot.waitUntil(lambda: len(scene.timeline.story.lanes) == 4)
    lanes = [(lane.depth, lane.short) for lane in scene.timeline.story.lanes]
    assert lanes == [(0, "web"), (1, "…-2"), (1, "…-1"), (2, "…-a")]


def test_what_was_deleted_before_is_in_it_while_it_is_kept(qtbot: QtBot, scene: Scene) -> None:
    scene.put(REPLICA_SETS, added(owned("web-1", "web")))
    scene.put(PODS, added(owned("web-1-a", "web-1")), deleted(owned("web-1-a", "web-1", version="2")))
    scene.put(EVENTS, added(event("e", "web-1-a", "Killing")), deleted(event("e", "web-1-a", "Killing")))
    scene.put(REPLICA_SETS, deleted(owned("web-1", "web", version="2")))
    scene.show()
    qtbot.waitUntil(lambda: {("web-1-a", "deleted"), ("web-1", "deleted")} <= set(scene.told()))
    assert ("web-1-a", "Killing") in scene.told()
    assert all(lane.gone for lane in scene.timeline.story.lanes[1:])


def test_a_crash_loop_reads_as_a_story(qtbot: QtBot, scene: Scene) -> None:
    """What the pod and its Event say of the time before, then what is seen."""
    scene.show()
    scene.put(REPLICA_SETS, added(owned("web-1", "web", created=0), initial=True))
    back_off = event("e", "web-1-a", "BackOff", "restarting", type="Warning")
    scene.put(EVENTS, added(back_off, initial=True))
    scene.put(PODS, added(owned("web-1-a", "web-1", status=crashing()), initial=True))
    qtbot.waitUntil(lambda: len(scene.told()) == 8)
    scene.put(PODS, modified(owned("web-1-a", "web-1", "2", status=running(5, started=60))))
    qtbot.waitUntil(lambda: len(scene.told()) > 8)
    again = event("e", "web-1-a", "BackOff", "restarting", type="Warning", count=7)
    scene.put(EVENTS, modified(again, back_off))
    qtbot.waitUntil(lambda: scene.told()[-1] == ("web-1-a", "BackOff: restarting  ×7"))
    assert [words for name, words in scene.told() if name == "web-1-a"] == [
        "created",
        "condition PodScheduled True",
        "web started, restart 3",
        "web exited with 1 (Error), then CrashLoopBackOff",
        "condition Ready False (ContainersNotReady)",
        "BackOff: restarting",
        # The new run began in a time of which nothing was seen: it is told, and then what the pod looks like now.
        "web started, restart 5",
        "condition Ready True",
        "web waiting (CrashLoopBackOff) → running; restarts 4 → 5 (web); condition Ready False → True",
        "BackOff: restarting  ×7",
    ]
    tones = {line.words: (line.tone, line.seen) for line in scene.timeline.story.lines}
    assert tones["web exited with 1 (Error), then CrashLoopBackOff"] == ("bad", False)
    assert tones["BackOff: restarting  ×7"] == ("warn", True)
    assert tones["BackOff: restarting"] == ("warn", False)
    pod = scene.timeline.story.lanes[2]
    assert [(stretch.state, stretch.seen) for stretch in pod.stretches][-3:] == [
        (State("CrashLoopBackOff", "bad"), False),
        (State("CrashLoopBackOff", "bad"), True),
        (State("ready", "ok"), True),
    ]


def test_what_is_seen_is_not_told_once_more(qtbot: QtBot, scene: Scene) -> None:
    """A pod that is created and turns ready under our eyes: its timestamps say nothing new."""
    scene.show()
    scene.put(REPLICA_SETS, added(owned("web-1", "web"), initial=True))
    new = owned("web-1-a", "web-1", status={"phase": "Pending"})
    ready = owned(
        "web-1-a", "web-1", "2", status={"phase": "Running", "conditions": [condition("Ready", "True", 1)]}
    )
    ready = _written_at(ready, T0 + 2)
    scene.put(PODS, added(new))
    scene.put(PODS, modified(ready, new))
    qtbot.waitUntil(lambda: len([name for name, _ in scene.told() if name == "web-1-a"]) >= 2)
    words = [words for name, words in scene.told() if name == "web-1-a"]
    assert words == ["created", "phase Pending → Running; condition Ready True"]


def test_counters_alone_are_no_news(qtbot: QtBot, scene: Scene) -> None:
    scene.show()
    qtbot.waitUntil(lambda: len(scene.timeline.story.lanes) == 1)
    status = {"replicas": 2, "readyReplicas": 1}
    scene.put(DEPLOYMENTS, modified(owned("web", version="2", spec={"replicas": 1}, status=status)))
    scaled = owned("web", version="3", spec={"replicas": 2}, status=status)
    scene.put(DEPLOYMENTS, modified(scaled))
    qtbot.waitUntil(lambda: ("web", "spec.replicas 1 → 2") in scene.told())
    assert [words for _, words in scene.told()] == ["created", "spec.replicas 1 → 2"]
    assert scene.timeline.story.lines[0].tone == "warn"


def test_events_of_a_node_are_known_by_its_name(qtbot: QtBot, scene: Scene) -> None:
    node = owned("node-1")
    node = Row("/node-1", "uid-node-1", "1", T0, (), raw=node.raw)
    scene.show(NODES, node)
    said = event(
        "e", "node-1", "Rebooted", involvedObject={"uid": "node-1", "kind": "Node", "name": "node-1"}
    )
    scene.put(EVENTS, added(said, initial=True))
    qtbot.waitUntil(lambda: ("node-1", "Rebooted") in scene.told())
    assert scene.lease(EVENTS).spec.namespace == "default"


def test_an_event_may_know_its_object_by_name_alone(qtbot: QtBot, scene: Scene) -> None:
    scene.show()
    about = {"kind": "Deployment", "name": "web"}
    scene.put(EVENTS, added(event("e", "web", "Evicted", involvedObject=about), initial=True))
    scene.put(
        EVENTS, added(event("f", "web", "Other", involvedObject={**about, "kind": "Service"}), initial=True)
    )
    scene.put(
        EVENTS, added(event("g", "web", "Former", involvedObject={**about, "uid": "of-before"}), initial=True)
    )
    qtbot.waitUntil(lambda: ("web", "Evicted") in scene.told())
    assert not {"Other", "Former"} & {words for _, words in scene.told()}


@pytest.fixture
def recording(tmp_path: Path, scene: Scene) -> Path:
    """The recorder's file: a pod that ran, crashed and was deleted, and what it belonged to; all before this start."""
    path = tmp_path / "prod.sqlite"
    first = owned("web-1-a", "web-1", status=running(0, started=2))
    last = owned("web-1-a", "web-1", "2", status=crashing())
    with closing(Archive(path, b"k" * 32, Limits())) as archive:
        for at, kind, change in (
            (0, DEPLOYMENTS, added(WEB)),
            (1, REPLICA_SETS, added(owned("web-1", "web", created=1))),
            (2, PODS, added(first)),
            (30, PODS, modified(last, first)),
            (40, PODS, deleted(owned("web-1-a", "web-1", "3", status=crashing()))),
            (41, PODS, added(owned("other-1-a", "other-1"))),
            (42, PODS, deleted(owned("other-1-a", "other-1", "2"))),
        ):
            archive.write([Observed(T0 + float(at), kind, [change])])
    scene.recordings.append(path)
    return path


def known(scene: Scene) -> list[tuple[str, str, str]]:
    """Oldest first: whose, how it is known, and what."""
    names = {lane.member.uid: lane.member.name for lane in scene.timeline.story.lanes}
    return [(names[line.lane], line.known.name, line.words) for line in reversed(scene.timeline.story.lines)]


def test_what_was_recorded_before_is_in_it_and_marked(qtbot: QtBot, scene: Scene, recording: Path) -> None:
    scene.show()  # the very state that was recorded
    scene.put(REPLICA_SETS, added(owned("web-1", "web", created=1), initial=True))
    qtbot.waitUntil(lambda: len(scene.timeline.story.lanes) == 3)
    found = known(scene)
    assert ("web", "RECORDED", "created") in found
    assert ("web-1-a", "RECORDED", "deleted") in found
    assert any(
        name == "web-1-a" and how == "RECORDED" and "restarts 0 → 4" in words for name, how, words in found
    )
    assert not any(how == "SEEN" for _, how, _ in found)
    lanes = {lane.member.name: lane for lane in scene.timeline.story.lanes}
    assert lanes["web-1-a"].gone == T0 + 40
    # Nothing happened to it since: its newest recorded revision is what this run found.
    assert [stretch.seen for stretch in lanes["web"].stretches] == [True]


def test_what_came_between_two_runs_was_seen_by_nobody(qtbot: QtBot, scene: Scene, recording: Path) -> None:
    scene.show(
        row=owned("web", version="5", spec={"replicas": 4}, status={"replicas": 4, "readyReplicas": 4})
    )
    words = "while nobody watched: spec.replicas 1 → 4"
    qtbot.waitUntil(lambda: any(words in told for _, _, told in known(scene)))
    assert next(how for _, how, told in known(scene) if words in told) == "TOLD"
    lane = scene.timeline.story.lanes[0]
    assert [stretch.seen for stretch in lane.stretches] == [True, False, True]
    assert all(one.end == other.begin for one, other in itertools.pairwise(lane.stretches))
    scene.put(DEPLOYMENTS, modified(owned("web", version="6", spec={"replicas": 5})))
    qtbot.waitUntil(lambda: any("spec.replicas 4 → 5" in told for _, _, told in known(scene)))
    assert known(scene)[-1][1] == "SEEN"
    line = next(one for one in scene.timeline.story.lines if words in one.words)
    scene.timeline.choose(line)
    qtbot.waitUntil(lambda: scene.timeline.chosen is not None)
    chosen = scene.timeline.chosen
    assert chosen is not None
    assert chosen.compared is not None
    assert chosen.compared.old is not None
    assert (chosen.compared.old.version, chosen.compared.new.version) == ("1", "5")


def test_a_recording_that_cannot_be_read_leaves_the_story(qtbot: QtBot, scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "odd.sqlite"
    path.write_bytes(b"nothing of the kind" * 400)
    scene.recordings.append(path)
    scene.show()
    qtbot.waitUntil(lambda: ("web", "created") in scene.told())


def test_a_watch_that_is_refused_is_named(qtbot: QtBot, scene: Scene) -> None:
    scene.show()
    scene.lease(PODS).say(WatchState.FORBIDDEN, error="alice may not list pods")
    scene.lease(EVENTS).say(WatchState.LIVE, synced=True, objects=12)
    qtbot.waitUntil(lambda: scene.timeline.watches.trouble != "")
    assert scene.timeline.watches.trouble == "pods: alice may not list pods"
    assert "12 objects" in scene.timeline.watches.words


def test_a_line_stands_for_two_states_or_for_an_event(qtbot: QtBot, scene: Scene) -> None:
    timeline = scene.timeline
    scene.show()
    scene.put(DEPLOYMENTS, modified(owned("web", version="2", spec={"replicas": 5})))
    scene.put(EVENTS, added(event("e", "web", "Scaled", "up to 5")))
    qtbot.waitUntil(lambda: len(timeline.story.lines) == 3)
    said, changed, created = timeline.story.lines
    timeline.choose(changed)
    qtbot.waitUntil(lambda: timeline.chosen is not None)
    compared = timeline.chosen.compared if timeline.chosen is not None else None
    assert compared is not None
    assert compared.old is not None
    assert "replicas: 5" in compared.document.text
    timeline.choose(said)
    assert timeline.chosen is not None
    assert timeline.chosen.event is not None
    assert timeline.chosen.event.message == "up to 5"
    timeline.choose(created)
    qtbot.waitUntil(lambda: timeline.chosen is not None and timeline.chosen.line == created)
    assert timeline.chosen is not None
    assert timeline.chosen.compared is not None
    assert timeline.chosen.compared.old is None
    timeline.choose(None)
    assert timeline.chosen is None


def _written_at(row: Row, at: float) -> Row:
    """The row, and by its managedFields the server wrote it then."""
    return Row(
        row.key,
        row.uid,
        row.version,
        row.created,
        (row.name, "kubelet", "status", int(at)),
        "",
        row.owner,
        0,
        row.raw,
    )
