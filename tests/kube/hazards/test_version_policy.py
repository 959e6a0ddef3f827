"""What was shown is never replaced by something older, and a version that is too new is forgotten at once."""

from __future__ import annotations

import pytest

from kdesk.kube.engine.subscription import WatchState
from tests.fakes.faults import (
    BROKEN,
    FORBIDDEN,
    NOT_SERVED,
    TOO_LARGE,
    UNAVAILABLE,
    Action,
    Answer,
    Break,
    Fault,
    refuse,
)
from tests.fakes.kinds import WIDGET
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching

pytestmark = pytest.mark.usefixtures("hurried")


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


@pytest.mark.parametrize("label", ["pods", "namespaces", WIDGET.label])
def test_etcd_was_restored(server: ApiServer, watch: Watching, label: str) -> None:
    """The same URL, older data: the version seen lies ahead of the server's, whose watch says nothing of it."""
    namespace = "" if label == "namespaces" else "default"
    server.cluster.create(label, "kept", namespace)
    pods = watch(label)
    pods.until_live()
    backup = server.cluster.version
    server.cluster.create(label, "lost", namespace)
    pods.until_names("kept", "lost")
    server.close()
    server.cluster.restore(backup)
    pods.until_state(WatchState.BACKOFF)
    server.start()
    pods.until_names("kept")
    pods.until_live()
    assert pods.requests == ["list", "watch", "list", "watch"]
    assert pods.watched_from()[-1] == str(backup)
    assert pods.told[-1] == ("DELETED", "lost")
    server.cluster.create(label, "new", namespace)
    pods.until_names("kept", "new")


@pytest.mark.parametrize("empty", [True, False])
def test_after_a_lost_connection_the_server_is_asked_for_its_version(
    server: ApiServer, watch: Watching, empty: bool
) -> None:
    """By one object's metadata, which is nobody's secret; where it has not gone back, the watch is resumed."""
    if not empty:
        server.cluster.create("pods", "a")
    pods = watch()
    pods.until_live()
    server.close()
    pods.until_state(WatchState.BACKOFF)
    server.start()
    pods.until_live()
    assert server.verbs("pods") == ["list", "watch", "get", "watch"]
    (asked,) = server.asked("get pods")
    assert asked.query["resourceVersion"] == pods.watched_from()[0]
    assert asked.headers["accept"].startswith("application/json;as=PartialObjectMetadata;")


@pytest.mark.parametrize(
    "refused",
    [FORBIDDEN, NOT_SERVED, refuse(400, "BadRequest"), BROKEN, UNAVAILABLE, Break("reset")],
    ids=str,
)
def test_it_may_not_be_asked(server: ApiServer, watch: Watching, refused: Action) -> None:
    """Who may watch may not always get: then it goes on without. A server that is not ready is asked again."""
    server.cluster.create("pods", "a")
    server.script(Fault("get pods", refused))
    pods = watch()
    pods.until_live()
    server.close()
    pods.until_state(WatchState.BACKOFF)
    server.start()
    pods.until_live()
    server.cluster.create("pods", "b")
    pods.until_names("a", "b")
    assert pods.requests == ["list", "watch", "watch"]
    final = isinstance(refused, Answer) and refused.status < 500
    assert len(server.asked("get pods")) == (1 if final else 2)


@pytest.mark.parametrize("on", ["list pods", "watch pods"])
def test_the_next_list_carries_none(server: ApiServer, watch: Watching, on: str) -> None:
    server.script(Fault(on, TOO_LARGE))
    pods = watch()
    pods.until_live()
    expected = {"list pods": ["list", "list", "watch"], "watch pods": ["list", "watch", "list", "watch"]}
    assert pods.requests == expected[on]
    assert all("resourceVersion" not in r.query for r in server.asked("list pods"))
