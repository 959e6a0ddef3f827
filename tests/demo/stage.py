"""A simulated cluster for a test: its API on a free port, a client, and time that moves when the test says so."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

import aiohttp
import msgspec
from aiohttp.test_utils import TestServer

from kdesk.demo.http.api import Api
from kdesk.demo.life.agenda import Agenda
from kdesk.demo.objects.cluster import Cluster
from kdesk.demo.scene.casts import SHOP
from kdesk.demo.scene.seed import Seeder
from kdesk.demo.server import animate

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
TOKEN = "a-token-for-tests"
START = 1_790_000_000.0


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


class Theatre:
    """A cluster with controllers, without a server. `play` lets simulated seconds pass."""

    def __init__(self, pods: int | None = 20, history: int = 5000) -> None:
        self.clock = Clock()
        self.cluster = Cluster("demo-test", 1, history, self.clock)
        Seeder(self.cluster, SHOP, pods).fill()
        self.agenda = Agenda(self.clock)

    def animate(self, lively: bool = False) -> None:
        animate(self.cluster, self.agenda, lively)

    def play(self, seconds: float) -> None:
        ends = self.clock.now + seconds
        while self.clock.now < ends:
            self.agenda.run_due()
            self.clock.now = min(ends, self.clock.now + 0.1)
        self.agenda.run_due()


class Stage:
    """`async with Stage() as stage`: the API of a small quiet cluster is being served."""

    def __init__(self, pods: int | None = 20, history: int = 5000, bookmark_s: float = 60.0) -> None:
        self.theatre = Theatre(pods, history)
        self.cluster = self.theatre.cluster
        self._server = TestServer(Api(self.cluster, TOKEN, bookmark_s).application())
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Stage:
        self.cluster.run_on(asyncio.get_running_loop())
        await self._server.start_server()
        self._session = aiohttp.ClientSession(
            base_url=self._server.make_url("/"), headers={"Authorization": f"Bearer {TOKEN}"}
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.session.close()
        await self._server.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        assert self._session is not None
        return self._session

    async def call(
        self, method: str, path: str, body: Any = None, media: str = "application/json", accept: str = "*/*"
    ) -> tuple[int, Any]:
        """The code and the decoded body of one answer."""
        headers = {"Accept": accept} | ({"Content-Type": media} if body is not None else {})
        data = body if isinstance(body, bytes) else msgspec.json.encode(body) if body is not None else None
        async with self.session.request(method, path, data=data, headers=headers) as answer:
            text = await answer.read()
            return answer.status, msgspec.json.decode(text) if text else None

    async def get(self, path: str, accept: str = "*/*") -> Any:
        code, body = await self.call("GET", path, accept=accept)
        assert code == 200, body
        return body

    async def watch(self, path: str, count: int, accept: str = "*/*") -> list[Any]:
        """The first `count` events of a watch; fewer if the server ends it before."""
        events: list[Any] = []
        async with self.session.get(path, headers={"Accept": accept}) as answer:
            assert answer.status == 200, await answer.text()
            async for line in answer.content:
                events.append(msgspec.json.decode(line))
                if len(events) == count:
                    break
        return events


def pod(name: str, namespace: str = "default", **labels: str) -> dict[str, Any]:
    """A pod as a client would create it."""
    container = {"name": "main", "image": "busybox:1.37"}
    metadata = {"name": name, "namespace": namespace, "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
