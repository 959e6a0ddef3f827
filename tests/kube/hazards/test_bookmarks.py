"""Bookmarks are asked for, advance the version, and are no events."""

from __future__ import annotations

import json

import pytest

from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching


@pytest.mark.parametrize("tables", [True, False], ids=["table", "plain"])
def test_a_bookmark_moves_the_version_on(server: ApiServer, watch: Watching, tables: bool) -> None:
    server.switches.tables = tables
    server.cluster.create("pods", "a")
    pods = watch()
    pods.until_live()
    pods.forget()
    server.cluster.create_many("configmaps", 50)  # the version grows without a word about pods
    assert server.bookmark("pods") == 1
    newest = str(server.cluster.version)
    pods.until(lambda: pods.informer.report().resource_version == newest)
    server.end_watches("pods")
    pods.until(lambda: len(pods.watched_from()) == 2)
    assert pods.watched_from()[-1] == newest
    assert pods.changes == []
    assert pods.informer.report().events == 0
    assert pods.names == {"a"}


def test_it_is_enough_that_it_has_a_version(server: ApiServer, watch: Watching) -> None:
    pods = watch()
    pods.until_live()
    bare = json.dumps({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "4711"}}})
    server.send("pods", bare.encode() + b"\n")
    pods.until(lambda: pods.informer.report().resource_version == "4711")
    pods.fence()
    assert pods.told == [("ADDED", "fence")]


def test_one_saves_the_watch_from_compaction(server: ApiServer, watch: Watching) -> None:
    pods = watch()
    pods.until_live()
    server.cluster.create_many("configmaps", 50)
    server.bookmark("pods")
    pods.until(lambda: pods.informer.report().resource_version == str(server.cluster.version))
    server.cluster.compact()
    server.end_watches("pods", how="reset")
    server.cluster.create("pods", "a")
    pods.until_names("a")
    assert pods.requests == ["list", "watch", "watch"]
