"""Whole-object informers feed the session's book; the book ends with the session and costs other watches nothing."""

from __future__ import annotations

import threading

import msgspec

from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.reaper import Reaper
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import WatchState
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching
from tests.kube.hazards.watcher import DEADLINE_S, Watcher, resource

PODS = resource("pods")


def said(session: ClusterSession, uid: str) -> list[tuple[str, str]]:
    assert session.book.wait_idle(DEADLINE_S)
    return [(one.type.value, one.version) for one in session.book.revisions(uid)]


def test_one_object_watched_by_its_name(server: ApiServer, session: ClusterSession) -> None:
    web = server.cluster.create("pods", "web")
    server.cluster.create("pods", "other")
    uid = web["metadata"]["uid"]
    spec = WatchSpec(PODS, "default", field_selector="metadata.name=web", whole=True)
    assert not spec.selecting
    lease = session.watch(spec)
    server.wait_for(lambda: lease.informer.status.state is WatchState.LIVE and server.feeds("pods"))
    updated = server.cluster.update("pods", "web", status={"phase": "Running"})
    server.cluster.update("pods", "other", status={"phase": "Running"})
    gone = server.cluster.delete("pods", "web")
    server.wait_for(lambda: len(said(session, uid)) == 3)
    versions = [obj["metadata"]["resourceVersion"] for obj in (web, updated, gone)]
    assert said(session, uid) == list(zip(("INITIAL", "MODIFIED", "DELETED"), versions, strict=True))
    [history] = session.book.objects()
    assert (history.object.namespace, history.object.name, history.deleted) == ("default", "web", True)
    newest = msgspec.json.decode(session.book.document(uid, session.book.revisions(uid)[1].number))
    assert newest["status"]["phase"] == "Running"
    lease.release()


def test_tables_are_not_kept(watch: Watching, session: ClusterSession, server: ApiServer) -> None:
    server.cluster.create("pods", "web")
    watcher = watch()
    watcher.until_live()
    assert session.book.figures().objects == 0
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("history")]


def test_two_informers_one_revision(server: ApiServer, session: ClusterSession) -> None:
    web = server.cluster.create("pods", "web")
    everywhere, here = (
        Watcher(server, session, whole=True),
        Watcher(server, session, namespace="default", whole=True),
    )
    some = Watcher(server, session, label_selector="app=web", whole=True)
    for watcher in (everywhere, here, some):
        watcher.until_live()
    server.cluster.update("pods", "web", status={"phase": "Running"})
    for watcher in (everywhere, here):
        watcher.fence(f"fence-{id(watcher)}")
    uid = web["metadata"]["uid"]
    assert [kind for kind, _ in said(session, uid)] == ["INITIAL", "MODIFIED"]


def test_the_watch_ends_and_the_history_stays(
    server: ApiServer, session: ClusterSession, watch: Watching
) -> None:
    web = server.cluster.create("pods", "web")
    server.cluster.create("pods", "idle")
    watcher = watch(whole=True)
    watcher.until_live()
    server.cluster.update("pods", "web", status={"phase": "Running"})
    watcher.fence()
    watcher.informer.stop()
    server.wait_for(lambda: session.book.wait_idle(1) and len(session.book.objects()) == 1)
    [history] = session.book.objects()
    assert (history.object.uid, history.watched, history.kept) == (web["metadata"]["uid"], False, 2)


def test_a_retired_session_keeps_nothing(server: ApiServer, session: ClusterSession, reaper: Reaper) -> None:
    server.cluster.create_many("pods", 700)
    watcher = Watcher(server, session, whole=True)
    watcher.until_live()
    assert session.book.wait_idle(DEADLINE_S)
    assert session.book.figures().objects == 700
    session.retire()
    server.wait_for(lambda: session.book.figures().objects == 0)
    server.wait_for(lambda: not any(thread.name.startswith("history") for thread in threading.enumerate()))
    assert session.book.objects() == ()
