"""The same name with another uid is two objects: one deleted, one added."""

from __future__ import annotations

import pytest

from tests.fakes.faults import Fault, Lines, event_line
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching


def test_in_a_relist(server: ApiServer, watch: Watching) -> None:
    old = server.cluster.create("pods", "a")
    pods = watch()
    pods.until_live()
    server.close()
    new = server.cluster.recreate("pods", "a")
    server.cluster.compact()
    server.start()
    pods.until(lambda: len(pods.told) == 3)
    deleted, added = pods.changes[1:]
    assert (deleted.type, deleted.row.uid, deleted.final_unknown) == ("DELETED", old["metadata"]["uid"], True)
    assert (added.type, added.row.uid, added.old) == ("ADDED", new["metadata"]["uid"], None)
    assert pods.rows["a"].uid == new["metadata"]["uid"]


@pytest.mark.parametrize("kind", ["MODIFIED", "ADDED"])
def test_in_a_watch_that_left_the_deletion_out(server: ApiServer, watch: Watching, kind: str) -> None:
    old = server.cluster.create("pods", "a")
    meta = {**old["metadata"], "uid": "other", "resourceVersion": "150"}
    server.script(Fault("watch pods", Lines((event_line(kind, {"metadata": meta}),))))
    pods = watch()
    pods.until(lambda: len(pods.told) == 3)
    assert pods.told == [("ADDED", "a"), ("DELETED", "a"), ("ADDED", "a")]
    assert [change.row.uid for change in pods.changes[1:]] == [old["metadata"]["uid"], "other"]


def test_one_after_the_other_in_a_watch(server: ApiServer, watch: Watching) -> None:
    server.cluster.create("pods", "a")
    pods = watch()
    pods.until_live()
    server.cluster.recreate("pods", "a")
    pods.until(lambda: len(pods.told) == 3)
    assert [change.final_unknown for change in pods.changes] == [False, False, False]
    assert [change.type for change in pods.changes] == ["ADDED", "DELETED", "ADDED"]
