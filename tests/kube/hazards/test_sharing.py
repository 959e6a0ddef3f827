"""One informer per resource, namespace and selector, however many views; it lingers a little, then stops."""

from __future__ import annotations

import pytest

from kdesk.kube.engine import session as session_module
from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import WatchState
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching
from tests.kube.hazards.watcher import resource


def test_views_share_an_informer(server: ApiServer, session: ClusterSession, watch: Watching) -> None:
    first, second = watch(), watch()
    assert first.informer is second.informer
    first.until_live()
    others = [watch("pods", "one"), watch(label_selector="a=b"), watch(whole=True), watch("configmaps")]
    assert len({id(w.informer) for w in (first, *others)}) == 5
    for other in others:
        other.until_state(WatchState.LIVE)
    assert len(server.asked("list pods")) == 4
    assert len(session.reports()) == 5


def test_it_outlives_its_last_view_a_little(
    server: ApiServer, watch: Watching, session: ClusterSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "LINGER_SECONDS", 0.3)
    first, second = watch(), watch()
    first.until_live()
    first.lease.release()
    first.lease.release()  # twice is once
    second.fence()
    second.lease.release()
    third = watch()
    assert third.informer is second.informer, "opened again in time"
    third.lease.release()
    server.wait_for(lambda: session.reports() == [] and not server.feeds())
    assert third.informer.status.state is WatchState.STOPPED
    fourth = watch()
    fourth.until_live()
    assert fourth.requests == ["list", "watch", "list", "watch"], "a new start begins with a list"


def test_selectors_are_the_servers_business(server: ApiServer, watch: Watching) -> None:
    server.cluster.create("pods", "mine", metadata={"labels": {"app": "x"}})
    server.cluster.create("pods", "other")
    pods = watch(label_selector="app=x")
    pods.until_live()
    assert pods.names == {"mine"}
    server.cluster.update("pods", "other", metadata={"labels": {"app": "x"}})
    pods.until_names("mine", "other")
    server.cluster.update("pods", "mine", metadata={"labels": {}})
    pods.until_names("other")
    assert pods.told[-1] == ("DELETED", "mine")


def test_a_retired_session_watches_nothing(server: ApiServer, session: ClusterSession) -> None:
    session.retire()
    with pytest.raises(Exception, match="stopped"):
        session.watch(WatchSpec(resource("pods")))
    assert server.requests == []
