"""A cluster that is recorded: what its watches tell is on disk after a restart, and ends with the session."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kdesk.kube.engine.recorder import Recorder, RecorderFeed
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.history import recording
from kdesk.kube.history.archive import Archive, Limits
from kdesk.kube.history.archive_reader import ArchiveReader
from kdesk.kube.history.database import FullStore
from kdesk.kube.history.recording import RecorderState
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Connecting
from tests.kube.hazards.watcher import DEADLINE_S

KINDS = ("pods", "deployments.apps", "gizmos.example.com")


@pytest.fixture(autouse=True)
def hurried_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "FLUSH_SECONDS", 0.02)
    monkeypatch.setattr(recording, "RETRY_SECONDS", 0.05)


class Recorded:
    """Sessions that are recorded, one after the other."""

    def __init__(self, server: ApiServer, connect: Connecting, folder: Path) -> None:
        self.server, self._connect, self._folder = server, connect, folder
        self.session: ClusterSession
        self.recorder: Recorder

    def start(self, live: str = "pods deployments.apps", *, namespaces: Sequence[str] = ()) -> None:
        """Until the kinds ``live`` are watched."""
        self.session = self._connect(self.server)
        self.session.open()
        self.session.name = "prod"
        self.recorder = Recorder(self.session, KINDS, self._folder, Limits(), namespaces=namespaces)
        self.recorder.start()
        informers = [one for one in self.session.informers() if one.spec.resource.label in live.split()]
        self.server.wait_for(lambda: all(one.status.state is WatchState.LIVE for one in informers))
        self.server.wait_for(lambda: all(self.server.feeds(label) for label in live.split()))

    def said(self, uid: str) -> list[tuple[str, str]]:
        with closing(ArchiveReader(self.recorder.status.path)) as reader:
            return [(one.type.value, one.version) for one in reader.revisions(uid)]

    def until_written(self, count: int) -> None:
        self.server.wait_for(lambda: self.recorder.status.revisions >= count)

    def end(self) -> None:
        self.session.retire()
        assert self.recorder.join(DEADLINE_S)


@pytest.fixture
def recorded(server: ApiServer, connect: Connecting, tmp_path: Path) -> Recorded:
    return Recorded(server, connect, tmp_path / "history")


def version(obj: dict[str, dict[str, str]]) -> str:
    return obj["metadata"]["resourceVersion"]


def test_across_a_restart(server: ApiServer, recorded: Recorded) -> None:
    cluster = server.cluster
    web, old = cluster.create("pods", "web"), cluster.create("pods", "old")
    shop = cluster.create("deployments.apps", "shop")
    recorded.start()
    assert recorded.recorder.unserved == ("gizmos.example.com",)
    second = cluster.update("pods", "web", status={"phase": "Running"})
    recorded.until_written(4)
    recorded.end()
    assert recorded.recorder.status.state is RecorderState.STOPPED
    # Nobody looks: one changes, one goes.
    third = cluster.update("pods", "web", status={"phase": "Failed"})
    cluster.delete("pods", "old")
    recorded.start()
    recorded.until_written(2)
    last = cluster.delete("pods", "web")
    recorded.until_written(3)
    assert recorded.said(web["metadata"]["uid"]) == [
        ("INITIAL", version(web)),
        ("MODIFIED", version(second)),
        ("INITIAL", version(third)),
        ("DELETED", version(last)),
    ]
    assert [kind for kind, _ in recorded.said(old["metadata"]["uid"])] == ["INITIAL", "DELETED"]
    assert recorded.said(shop["metadata"]["uid"]) == [("INITIAL", version(shop))]
    assert recorded.recorder.trouble == ""
    recorded.end()


def test_some_namespaces_only(server: ApiServer, recorded: Recorded) -> None:
    """What lies in others is not recorded, and what was recorded of it is not taken for gone."""
    cluster = server.cluster
    old, other = (cluster.create("pods", name, namespace="other") for name in ("old", "other"))
    recorded.start()
    recorded.until_written(2)
    recorded.end()
    cluster.delete("pods", "old", namespace="other")
    shop, web = (cluster.create("pods", name, namespace=name) for name in ("shop", "web"))
    recorded.start(namespaces=["shop", "web"])
    recorded.until_written(2)
    changed = cluster.update("pods", "other", namespace="other", status={"phase": "Failed"})
    last = cluster.delete("pods", "web", namespace="web")
    recorded.until_written(3)
    said = {
        name: recorded.said(obj["metadata"]["uid"])
        for name, obj in (("old", old), ("other", other), ("web", web))
    }
    assert said["web"] == [("INITIAL", version(web)), ("DELETED", version(last))]
    assert [kind for kind, _ in said["old"]] == ["INITIAL"], "nobody knows"
    assert said["other"] == [("INITIAL", version(other))] != [("INITIAL", version(changed))]
    assert recorded.said(shop["metadata"]["uid"]) == [("INITIAL", version(shop))]
    recorded.end()


def test_off_again(server: ApiServer, recorded: Recorded) -> None:
    web = server.cluster.create("pods", "web")
    recorded.start()
    recorded.until_written(1)
    recorded.session.dismiss(recorded.recorder)
    recorded.session.dismiss(recorded.recorder)
    assert recorded.recorder.join(DEADLINE_S)
    assert recorded.session.book.wait_idle(DEADLINE_S)
    assert recorded.said(web["metadata"]["uid"]) == [("INITIAL", version(web))]
    assert recorded.recorder.status.state is RecorderState.STOPPED


def test_what_was_missed_is_asked_for_again(
    server: ApiServer, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk was full for so long that changes were dropped: the newest states come out of the store."""
    real, full = Archive.write, False

    def write(self: Archive, observed: object) -> int:
        if full:
            raise FullStore("the disk is full")
        return real(self, observed)  # type: ignore[arg-type]

    monkeypatch.setattr(Archive, "write", write)
    monkeypatch.setattr(recording, "_QUEUE_BYTES", 500)
    web = server.cluster.create("pods", "web")
    recorded.start()
    recorded.until_written(1)
    full = True
    newest = web
    for number in range(20):
        newest = server.cluster.update("pods", "web", status={"number": number})
    for number in range(20):
        server.cluster.create("pods", f"later-{number}")
    server.wait_for(lambda: recorded.recorder.status.state is RecorderState.WAITING)
    assert recorded.recorder.trouble == "the disk is full"
    server.wait_for(lambda: recorded.recorder.status.missed > 20)
    full = False
    server.wait_for(lambda: recorded.said(web["metadata"]["uid"])[-1][1] == version(newest))
    assert recorded.recorder.trouble == ""
    recorded.end()


def test_a_kind_that_may_not_be_watched(server: ApiServer, recorded: Recorded) -> None:
    server.switches.denied.add(("pods", ""))
    shop = server.cluster.create("deployments.apps", "shop")
    recorded.start(live="deployments.apps")
    recorded.until_written(1)
    assert recorded.said(shop["metadata"]["uid"]) == [("INITIAL", version(shop))]
    server.wait_for(lambda: recorded.recorder.trouble)
    assert recorded.recorder.trouble.startswith("pods are not recorded: ")
    assert "forbidden" in recorded.recorder.trouble
    recorded.end()


def test_rows_that_are_there_already_are_handed_over_on_its_own_thread(
    server: ApiServer, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.cluster.create("pods", "web")
    threads: set[str] = set()
    begin = RecorderFeed._begin

    def seen(self: RecorderFeed, *args: Any) -> None:
        threads.add(threading.current_thread().name.partition(" ")[0])
        begin(self, *args)

    monkeypatch.setattr(RecorderFeed, "_begin", seen)
    recorded.start()
    recorded.until_written(1)
    assert threads == {"recorder"}
    recorded.end()
