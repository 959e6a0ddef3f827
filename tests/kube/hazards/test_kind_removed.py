"""The CRD of a watched kind is removed: its objects are gone, and so says the table; it comes back by itself."""

from __future__ import annotations

import pytest

from kdesk.kube.engine import session as session_module
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import WatchState
from tests.fakes.faults import NOT_SERVED, Fault
from tests.fakes.kinds import WIDGET
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching

LABEL = WIDGET.label
pytestmark = pytest.mark.usefixtures("hurried")


@pytest.fixture(autouse=True)
def quick_discovery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "_REDISCOVER_SECONDS", 0.05)


def test_gone_and_back(server: ApiServer, session: ClusterSession, watch: Watching) -> None:
    session.open()
    server.cluster.create(LABEL, "w")
    widgets, pods = watch(LABEL), watch("pods")
    widgets.until_live()
    pods.until_live()
    server.remove_kind(LABEL)
    widgets.until_state(WatchState.GONE)
    assert widgets.names == set()
    assert widgets.told == [("ADDED", "w"), ("DELETED", "w")]
    assert not widgets.status.synced
    widgets.until(lambda: session.catalogue is not None and not _served(session))
    server.cluster.create(LABEL, "new")
    server.add_kind(WIDGET)
    widgets.until_live()
    widgets.until_names("new")
    assert widgets.states.index(WatchState.GONE) < len(widgets.states) - 1
    widgets.until(lambda: _served(session))
    assert pods.requests == ["list", "watch"], "other kinds go on"
    assert server.busiest(f"* {LABEL}") < 30


def test_objects_that_were_not_deleted_one_by_one(server: ApiServer, watch: Watching) -> None:
    """The kind vanishes while nobody watches: each object is deleted, its final state unknown."""
    server.cluster.create_many(LABEL, 3)
    widgets = watch(LABEL)
    widgets.until_live()
    server.script(Fault(f"* {LABEL}", NOT_SERVED, times=2))
    server.end_watches(LABEL)
    widgets.until(lambda: WatchState.GONE in widgets.states)
    widgets.until_live()
    deleted = [change for change in widgets.changes if change.type == "DELETED"]
    assert len(deleted) == 3
    assert all(change.final_unknown for change in deleted)
    assert len(widgets.names) == 3
    assert widgets.requests == ["list", "watch", "watch", "list", "list", "watch"]


def test_a_kind_that_never_was(server: ApiServer, watch: Watching) -> None:
    server.remove_kind(LABEL)
    widgets = watch(LABEL)
    widgets.until_state(WatchState.GONE)
    assert not widgets.status.synced
    server.add_kind(WIDGET)
    widgets.until_live()


def _served(session: ClusterSession) -> bool:
    catalogue = session.catalogue
    return catalogue is not None and any(resource.label == LABEL for resource in catalogue.resources)
