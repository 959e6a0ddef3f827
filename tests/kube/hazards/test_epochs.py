"""After a switch nothing of the old cluster reaches anyone, and the new one begins with a list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from kdesk.kube.config.kubeconfig import Sources
from kdesk.kube.engine.fleet import Fleet
from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.session import Lease, SessionState
from kdesk.kube.engine.subscription import Stream, WatchState
from tests.fakes.faults import Break, Fault
from tests.fakes.server import ApiServer
from tests.kube.hazards.watcher import resource


@pytest.fixture
def servers() -> Iterator[dict[str, ApiServer]]:
    with ApiServer() as blue, ApiServer() as green:
        yield {"blue": blue, "green": green}


@pytest.fixture
def fleet(servers: dict[str, ApiServer], tmp_path: Path) -> Iterator[Fleet]:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "blue",
        "clusters": [{"name": n, "cluster": {"server": s.url}} for n, s in servers.items()],
        "users": [{"name": "me", "user": {}}],
        "contexts": [{"name": n, "context": {"cluster": n, "user": "me"}} for n in servers],
    }
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(config))
    fleet = Fleet(Sources((path,), merged=True))
    fleet.load()
    yield fleet
    fleet.close()
    assert fleet.wait_closed(10)


def test_switching_to_and_fro(servers: dict[str, ApiServer], fleet: Fleet) -> None:
    for name, server in servers.items():
        server.cluster.create("pods", f"{name}-pod")
    streams: list[tuple[str, Stream]] = []

    def wait_for_rows(server: ApiServer, lease: Lease, count: int) -> None:
        live = WatchState.LIVE
        server.wait_for(lambda: lease.informer.status.state is live and len(lease.informer.store) == count)

    for turn in range(6):
        name = ("blue", "green")[turn % 2]
        session = fleet.switch(name)
        assert session.epoch == fleet.epoch == turn + 1
        session.open()
        stream = Stream()
        lease = session.watch(WatchSpec(resource("pods")))
        lease.subscribe(stream)
        wait_for_rows(servers[name], lease, turn + 1)
        for own, server in servers.items():
            server.cluster.create("pods", f"{own}-{turn}")
        wait_for_rows(servers[name], lease, turn + 2)
        streams.append((name, stream))
        assert set(fleet.sessions) == {name}
    fleet.stop("green")
    for name, stream in streams:
        happenings = stream.take()
        rows = [happening.change.row for happening in happenings if happening.change is not None]
        assert all(row.name.startswith(name) for row in rows)
        last = happenings[-1].status
        assert last is not None, "nothing comes after STOPPED"
        assert last.state is WatchState.STOPPED
    assert servers["blue"].verbs("pods") == servers["green"].verbs("pods") == ["list", "watch"] * 3


def test_an_answer_that_comes_after_the_switch(servers: dict[str, ApiServer], fleet: Fleet) -> None:
    """Discovery of the old cluster hangs; the switch does not wait for it, and nobody sees its end."""
    servers["blue"].script(Fault("* /api", Break("hang")))
    old = fleet.switch("blue")
    lease = old.watch(WatchSpec(resource("pods")))
    new = fleet.switch("green")
    new.open()
    assert (old.state, new.state) == (SessionState.RETIRED, SessionState.OPEN)
    assert old.catalogue is None
    assert lease.informer.status.state is WatchState.STOPPED
