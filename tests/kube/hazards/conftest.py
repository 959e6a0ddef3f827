"""A scripted server, a session on it, and watchers: all of it gone when the test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from kdesk.kube.config.connection import AuthInfo, ConnectionInfo
from kdesk.kube.config.kubeconfig import Context
from kdesk.kube.engine import informer, reflector
from kdesk.kube.engine.reaper import Reaper
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.login.credentials import Credentials
from tests.fakes.server import ApiServer
from tests.fakes.tls import server_tls
from tests.kube.hazards.watcher import Watcher

Watching = Callable[..., Watcher]


class Connecting(Protocol):
    """Makes sessions on a server."""

    def __call__(
        self,
        server: ApiServer,
        *,
        ca_file: str | None = None,
        auth: AuthInfo = ...,
        credentials: Callable[[ConnectionInfo], Credentials] = ...,
        disable_compression: bool = False,
    ) -> ClusterSession: ...


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer() as running:
        yield running


@pytest.fixture
def secure_server(tmp_path: Path) -> Iterator[tuple[ApiServer, str]]:
    """A server with TLS, and the file of its certificate authority."""
    context, authority = server_tls(tmp_path)
    with ApiServer(tls=context) as running:
        yield running, str(authority)


@pytest.fixture
def reaper() -> Iterator[Reaper]:
    one = Reaper()
    yield one
    one.close()
    assert one.join(10), "a stopped informer has not ended"


@pytest.fixture
def connect(reaper: Reaper) -> Iterator[Connecting]:
    """Sessions that are retired when the test ends."""
    made: list[ClusterSession] = []

    def connecting(
        server: ApiServer,
        *,
        ca_file: str | None = None,
        auth: AuthInfo | None = None,
        credentials: Callable[[ConnectionInfo], Credentials] = Credentials,
        disable_compression: bool = False,
    ) -> ClusterSession:
        info = ConnectionInfo(
            server.url,
            ca_file=ca_file,
            auth=auth or AuthInfo(),
            disable_compression=disable_compression,
        )
        name = f"context-{len(made)}"
        context = Context(name, name, "config", "cluster", server.url, "user", "default", False, None, info)
        made.append(ClusterSession(context, 1, reaper, credentials=credentials))
        return made[-1]

    yield connecting
    for session in made:
        session.retire()


@pytest.fixture
def session(server: ApiServer, connect: Connecting) -> ClusterSession:
    return connect(server)


@pytest.fixture
def watch(server: ApiServer, session: ClusterSession) -> Watching:
    """Starts to watch a resource (pods in all namespaces when nothing is said)."""

    def watching(label: str = "pods", namespace: str = "", **spec: Any) -> Watcher:
        return Watcher(server, session, label, namespace, **spec)

    return watching


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter pauses, for tests of what comes after them (their length is the business of test_back_off)."""
    monkeypatch.setattr(reflector, "FIRST_DELAY", 0.05)
    monkeypatch.setattr(reflector, "LONGEST_DELAY", 0.1)
    monkeypatch.setattr(reflector, "GONE_PROBE", 0.1)
    monkeypatch.setattr(reflector, "POLL_SECONDS", 0.1)
    monkeypatch.setattr(informer, "WITHIN_SECONDS", 0.0)
