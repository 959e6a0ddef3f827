"""Runs simulated clusters in the foreground: each on a port of its own, all on one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import secrets
import signal
import socket
import ssl
import sys
import tempfile
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

from aiohttp import web

from kdesk.demo import certs, kubeconfig
from kdesk.demo.http.api import Api
from kdesk.demo.kubeconfig import Entry
from kdesk.demo.life.agenda import Agenda
from kdesk.demo.life.deployments import Deployments
from kdesk.demo.life.happenings import Life
from kdesk.demo.life.housekeeping import Housekeeping
from kdesk.demo.life.jobs import Jobs
from kdesk.demo.life.kubelet import Kubelet
from kdesk.demo.life.rate import Rate
from kdesk.demo.life.recorder import Recorder
from kdesk.demo.life.workloads import Workloads
from kdesk.demo.objects.cluster import Cluster
from kdesk.demo.scene.casts import scene_of
from kdesk.demo.scene.seed import Seeder
from kdesk.demo.tuning import Tuning

_CLOSE_S = 0.2
_BACKLOG = 256


def run(
    clusters: int,
    pods: int | None,
    events_per_second: float,
    kubeconfig_out: Path | None,
    host: str = "127.0.0.1",
    tuning: Tuning | None = None,
) -> int:
    """Serves until SIGINT or SIGTERM and gives the exit code.

    `pods`: in each cluster at the start; None: as many as its scene has. `events_per_second`: changed pods in each
    cluster, besides what lives there anyway. `kubeconfig_out`: written whole, readable by its owner only, once all
    clusters listen; None: a file in a private folder that is removed at the end.
    """
    tuning = tuning or Tuning()
    if kubeconfig_out is not None and not kubeconfig_out.absolute().parent.is_dir():
        print(f"{kubeconfig_out} cannot be written: there is no such folder", file=sys.stderr)
        return 1
    with contextlib.ExitStack() as stack:
        if kubeconfig_out is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kdesk-demo-"))
            kubeconfig_out = Path(folder, "kubeconfig")
        try:
            asyncio.run(_serve(clusters, pods, events_per_second, kubeconfig_out, host, tuning))
        except OSError as problem:
            print(f"the simulated clusters cannot be served: {problem}", file=sys.stderr)
            return 1
    return 0


def populate(name: str, number: int, pods: int | None, tuning: Tuning) -> Cluster:
    """A cluster with its scene in it. Nothing happens in it yet."""
    cluster = Cluster(name, tuning.seed, tuning.history)
    # Nearly everything made here stays: looking for garbage meanwhile costs as much as making it.
    gc.disable()
    try:
        Seeder(cluster, scene_of(number)[1], pods).fill()
    finally:
        gc.enable()
    return cluster


def animate(cluster: Cluster, agenda: Agenda, lively: bool = True) -> None:
    """Gives a cluster its controllers and its life; all of it happens when the agenda runs.

    Without being `lively` nothing happens but what clients ask for, and what controllers do about it.
    """
    recorder = Recorder(cluster)
    Workloads(cluster, agenda, recorder)
    Deployments(cluster, agenda, recorder)
    Jobs(cluster, agenda, recorder)
    Housekeeping(cluster, agenda)
    kubelet = Kubelet(cluster, agenda, recorder)
    if lively:
        kubelet.adopt()
        Life(cluster, agenda, recorder)


async def _serve(
    clusters: int, pods: int | None, events_per_second: float, out: Path, host: str, tuning: Tuning
) -> None:
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    _stop_on_signals(loop, stop)
    if tuning.stop_with_stdin:
        _stop_on_end_of_input(loop, stop)
    identity = certs.make(host)
    tls = identity.context()
    entries: list[Entry] = []
    async with contextlib.AsyncExitStack() as stack:
        work: list[Coroutine[Any, Any, None]] = []
        for number in range(clusters):
            cluster = populate(scene_of(number)[0], number, pods, tuning)
            token = secrets.token_urlsafe(32)
            port = await _listen(stack, Api(cluster, token, tuning.bookmark_s), tls, host)
            cluster.run_on(loop)
            agenda = Agenda(cluster.clock)
            animate(cluster, agenda)
            work.append(agenda.run())
            if events_per_second > 0:
                work.append(Rate(cluster, events_per_second).run())
            server = f"https://{f'[{host}]' if ':' in host else host}:{port}"
            entries.append(Entry(cluster.name, server, token))
            print(f"{cluster.name}: {server}, {len(cluster['pods'].records)} pods", flush=True)
        # What was made so far stays: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        kubeconfig.write(out, kubeconfig.text(entries, identity.authority))
        print(f"kubeconfig: {out}", flush=True)
        tasks = [loop.create_task(coroutine) for coroutine in work]
        await stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _listen(stack: contextlib.AsyncExitStack, api: Api, tls: ssl.SSLContext, host: str) -> int:
    """Starts one API on a free port and gives the port."""
    runner = web.AppRunner(
        api.application(), access_log=None, handler_cancellation=True, shutdown_timeout=_CLOSE_S
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, 0), family=family, backlog=_BACKLOG)
    await web.SockSite(runner, listening, ssl_context=tls).start()
    return int(listening.getsockname()[1])


def _stop_on_signals(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    for number in _signals():
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows has no signal handlers on its event loops.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))


def _signals() -> Iterator[signal.Signals]:
    yield signal.SIGINT
    yield signal.SIGTERM


def _stop_on_end_of_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    def wait() -> None:
        # Not through sys.stdin: its lock, held by a blocked read, would hold up the interpreter's end.
        while os.read(0, 4096):
            continue
        with contextlib.suppress(RuntimeError):  # The loop has ended meanwhile.
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait, name="stdin", daemon=True).start()
