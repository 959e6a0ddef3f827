"""Rows by namespace and by owner: they move with the object, and nothing of what is gone is kept."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from kdesk.kube.engine.store import By
from kdesk.kube.engine.subscription import WatchState
from tests.fakes import faults
from tests.fakes.faults import Fault
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching
from tests.kube.hazards.watcher import Watcher


def owned(*uids: str, controller: int = 0) -> dict[str, Any]:
    """Metadata of an object with these owners; the one at ``controller`` controls it."""
    return {"ownerReferences": [{"uid": uid, "controller": at == controller} for at, uid in enumerate(uids)]}


def by_owner(pods: Watcher, uid: str) -> set[str]:
    return {row.name for row in pods.lease.owned_by(uid)}


def by_namespace(pods: Watcher, namespace: str) -> set[str]:
    return {row.name for row in pods.lease.rows_in(namespace)}


def values(pods: Watcher, by: By) -> int:
    index = pods.informer.store.index(by)
    assert index is not None
    return len(index)


@pytest.mark.parametrize("form", ["table", "plain", "whole"])
def test_they_move_with_the_object(server: ApiServer, watch: Watching, form: str) -> None:
    server.switches.tables = form == "table"
    create, update = server.cluster.create, server.cluster.update
    create("pods", "a", "blue", metadata=owned("set-1"))
    create("pods", "b", "blue", metadata=owned("node", "set-1", controller=1))
    create("pods", "c", "green")
    pods = watch(whole=form == "whole")
    pods.until_live()
    assert by_owner(pods, "set-1") == {"a", "b"}, "the owner that controls it counts"
    assert (by_namespace(pods, "blue"), by_namespace(pods, "green")) == ({"a", "b"}, {"c"})
    update("pods", "a", "blue", metadata=owned("set-2"))
    create("pods", "d", "green", metadata=owned("set-1"))
    pods.fence()
    assert (by_owner(pods, "set-1"), by_owner(pods, "set-2")) == ({"b", "d"}, {"a"})
    assert by_namespace(pods, "green") == {"c", "d"}
    [moved] = pods.lease.owned_by("set-2")
    assert moved is pods.rows["a"], "the newest state of it"
    server.cluster.delete("pods", "a", "blue")
    server.cluster.recreate("pods", "d", "green")
    pods.fence("second-fence")
    assert (by_owner(pods, "set-1"), by_owner(pods, "set-2")) == ({"b"}, set())
    assert (by_namespace(pods, "blue"), by_namespace(pods, "green")) == ({"b"}, {"c", "d"})
    assert (values(pods, By.OWNER), values(pods, By.NAMESPACE)) == (1, 3), "no group is empty"


def test_without_a_namespace_or_an_owner_there_is_nothing_to_look_up(
    server: ApiServer, watch: Watching
) -> None:
    server.cluster.create("namespaces", "blue", "")
    namespaces = watch("namespaces")
    namespaces.until_live()
    assert namespaces.lease.rows_in("") == namespaces.lease.owned_by("") == []
    assert (values(namespaces, By.OWNER), values(namespaces, By.NAMESPACE)) == (0, 0)


def test_nobody_pays_for_what_nobody_asked(server: ApiServer, watch: Watching) -> None:
    server.cluster.create_many("pods", 20)
    pods = watch()
    pods.until_live()
    assert (pods.informer.store.index(By.OWNER), pods.informer.store.index(By.NAMESPACE)) == (None, None)


def test_they_follow_a_relist(server: ApiServer, watch: Watching) -> None:
    server.cluster.create("pods", "goes", "blue", metadata=owned("set-1"))
    server.cluster.create("pods", "moves", "blue", metadata=owned("set-1"))
    pods = watch()
    pods.until_live()
    assert by_owner(pods, "set-1") == {"goes", "moves"}
    server.close()
    server.cluster.delete("pods", "goes", "blue")
    server.cluster.update("pods", "moves", "blue", metadata=owned("set-2"))
    server.cluster.compact()
    server.start()
    pods.until(lambda: by_owner(pods, "set-2") == {"moves"})
    pods.until_live()
    assert pods.informer.report().relists == 1
    assert by_owner(pods, "set-1") == set()
    assert values(pods, By.OWNER) == 1


@pytest.mark.usefixtures("hurried")
def test_a_kind_that_is_gone_leaves_nothing_behind(server: ApiServer, watch: Watching) -> None:
    server.cluster.create("pods", "a", metadata=owned("set-1"))
    pods = watch()
    pods.until_live()
    assert by_owner(pods, "set-1") == {"a"}
    gate = threading.Event()
    server.script(Fault("watch pods", faults.NOT_SERVED), Fault("list pods", faults.Hold(gate)))
    server.end_watches()
    pods.until_state(WatchState.GONE)
    assert by_owner(pods, "set-1") == set()
    assert values(pods, By.OWNER) == 0
    gate.set()
    pods.until_live()
    assert by_owner(pods, "set-1") == {"a"}, "it is back, and so is what it owns"


def test_a_purge_drops_them(server: ApiServer, watch: Watching) -> None:
    server.cluster.create("pods", "a", metadata=owned("set-1"))
    pods = watch()
    pods.until_live()
    assert (by_owner(pods, "set-1"), by_namespace(pods, "default")) == ({"a"}, {"a"})
    pods.informer.stop()
    assert pods.informer.join(1.0)
    assert list(pods.informer.purge())
    assert (pods.informer.store.index(By.OWNER), pods.informer.store.index(By.NAMESPACE)) == (None, None)
    assert pods.lease.owned_by("set-1") == []


def test_read_from_any_thread_while_objects_move(server: ApiServer, watch: Watching) -> None:
    """One that moves is in one group at least, and each group is one moment's."""
    for number in range(50):
        server.cluster.create("pods", f"p{number}", metadata=owned("set-0"))
    pods = watch()
    pods.until_live()
    seen = wrong = 0
    done = threading.Event()

    def churn() -> None:
        turn = 0
        while not done.is_set():
            turn += 1
            for number in range(50):
                server.cluster.update("pods", f"p{number}", metadata=owned(f"set-{turn % 2}"))

    churning = threading.Thread(target=churn)
    churning.start()
    try:
        while seen < 2_000:
            for uid in ("set-0", "set-1"):
                rows = pods.lease.owned_by(uid)
                seen += 1
                wrong += any(row.owner != uid for row in rows) or len({row.key for row in rows}) != len(rows)
    finally:
        done.set()
        churning.join()
    assert wrong == 0
    pods.fence()
    assert by_owner(pods, "set-0") | by_owner(pods, "set-1") == {f"p{number}" for number in range(50)}
