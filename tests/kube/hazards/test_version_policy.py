"""What was shown is never replaced by something older, and a version that is too new is forgotten at once."""

from __future__ import annotations

import pytest

from tests.fakes.faults import TOO_LARGE, Fault
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching


def test_lists_ask_for_no_version(server: ApiServer, watch: Watching) -> None:
    """``resourceVersion=0`` may be answered from a cache that lags behind what was shown already."""
    pods = watch()
    pods.until_live()
    server.close()
    server.cluster.create("pods", "a")
    server.cluster.compact()
    server.start()
    pods.until_names("a")
    assert [r.query.get("resourceVersion") for r in server.asked("list pods")] == [None, None]


def test_etcd_was_restored(server: ApiServer, watch: Watching) -> None:
    """The same URL, older data: the version seen is larger than the server's own."""
    server.cluster.create("pods", "kept")
    pods = watch()
    pods.until_live()
    backup = server.cluster.version
    server.cluster.create("pods", "lost")
    pods.until_names("kept", "lost")
    server.close()
    server.cluster.restore(backup)
    server.start()
    pods.until_names("kept")
    pods.until_live()
    assert pods.requests == ["list", "watch", "watch", "list", "watch"]
    assert pods.watched_from()[-1] == str(backup)
    assert pods.told[-1] == ("DELETED", "lost")


@pytest.mark.parametrize("on", ["list pods", "watch pods"])
def test_the_next_list_carries_none(server: ApiServer, watch: Watching, on: str) -> None:
    server.script(Fault(on, TOO_LARGE))
    pods = watch()
    pods.until_live()
    expected = {"list pods": ["list", "list", "watch"], "watch pods": ["list", "watch", "list", "watch"]}
    assert pods.requests == expected[on]
    assert all("resourceVersion" not in r.query for r in server.asked("list pods"))
