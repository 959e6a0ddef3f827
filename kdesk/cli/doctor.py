"""``kdesk doctor``: for each context, every step from the file to ``/version``: what was tried, and what came of it."""

from __future__ import annotations

import argparse
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kdesk.cli.clusters import interruptible, sources_of
from kdesk.cli.output import CommandFailed, complain, json_line
from kdesk.kube.api.discovery import server_version
from kdesk.kube.config.connection import AuthInfo, ConnectionInfo
from kdesk.kube.config.kubeconfig import Context, load
from kdesk.kube.errors import KubeError
from kdesk.kube.login.credentials import Credentials
from kdesk.kube.redact import redact
from kdesk.kube.stop import Stop
from kdesk.kube.wire.dial import proxy_for
from kdesk.kube.wire.probe import Probe
from kdesk.kube.wire.transport import Transport

_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried. ``ok`` None: not needed, or told for information only."""

    name: str
    ok: bool | None
    detail: str


def run(arguments: argparse.Namespace) -> int:
    loaded = load(sources_of(arguments))
    wanted = set(arguments.context or ())
    contexts = [c for c in loaded.contexts if not wanted or {c.name, c.plain_name} & wanted]
    missing = wanted - {c.name for c in contexts} - {c.plain_name for c in contexts}
    if missing:
        raise CommandFailed(f"there is no context {' or '.join(sorted(missing))}")
    for problem in loaded.problems:
        complain(problem)
    if not contexts:
        raise CommandFailed("there is no context to examine: name a kubeconfig with --kubeconfig")
    stop = Stop()
    healthy = True
    with interruptible() as stopped, ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        # Side by side, so that a dead cluster does not hold up the others; told in the order of the files.
        pending = [(context, pool.submit(_examine, context, stop)) for context in contexts]
        for context, future in pending:
            steps = _wait(future, stopped, stop)
            if steps is None:
                return 130
            healthy &= all(step.ok is not False for step in steps)
            _tell(context, steps, as_json=arguments.output == "json")
    return 0 if healthy and not loaded.problems else 1


def _wait(future: Future[list[Step]], stopped: threading.Event, stop: Stop) -> list[Step] | None:
    while not future.done():
        if stopped.wait(0.05):
            stop.set()
            return None
    return future.result()


def _tell(context: Context, steps: list[Step], *, as_json: bool) -> None:
    if not as_json:
        print(f"{context.name}")
    for step in steps:
        detail = redact(step.detail)
        if as_json:
            json_line({"cluster": context.name, "step": step.name, "ok": step.ok, "detail": detail})
        else:
            mark = {True: "ok", False: "FAILED", None: "--"}[step.ok]
            print(f"  {mark:<7} {step.name:<12} {detail}", flush=True)


def _examine(context: Context, stop: Stop) -> list[Step]:
    steps: list[Step] = []
    for step in _steps(context, stop):
        steps.append(step)
        if step.ok is False:
            break
    return steps


def _steps(context: Context, stop: Stop) -> Iterator[Step]:
    """Lazily: what comes after a failed step is not tried."""
    yield _file(context)
    info = context.connection
    if info is None:
        yield Step("context", False, context.problem or "it cannot be used")
        return
    yield Step(
        "context", True, f"cluster {context.cluster}, user {context.user or '(none)'}, at {info.server}"
    )
    credentials = Credentials(info)
    transport = Transport(info, credentials)
    try:
        yield _credential(info, credentials, stop)
        yield from _connection(info, stop)
        yield from _requests(transport, stop)
    finally:
        transport.close()
        credentials.forget()


def _file(context: Context) -> Step:
    try:
        mode = Path(context.file).stat().st_mode & 0o077
    except OSError as error:
        return Step("file", False, f"{context.file}: {error.strerror}")
    return Step("file", True, f"{context.file}{' (others may read it: chmod 600)' if mode else ''}")


def _credential(info: ConnectionInfo, credentials: Credentials, stop: Stop) -> Step:
    words = _words(info.auth)
    if not info.tls and not info.auth.anonymous:
        words += "; withheld, since the connection is not encrypted"
    try:
        grant = credentials.grant(stop)
    except KubeError as error:
        return Step("credential", False, f"{words}: {error}")
    if info.auth.impersonate_user:
        words += f", acting as {info.auth.impersonate_user}"
    if grant.expires is not None:
        words += ", with an expiry"
    return Step("credential", True, words)


def _words(auth: AuthInfo) -> str:
    if auth.plugin is not None:
        return f"plugin {auth.plugin.command}"
    if auth.token_file:
        return f"token from {auth.token_file}"
    if auth.token:
        return "token in the kubeconfig"
    if auth.has_certificate:
        return f"client certificate {auth.client_certificate or 'in the kubeconfig'}"
    if auth.has_basic:
        return f"user name {auth.username} and password"
    return "none: anonymous"


def _connection(info: ConnectionInfo, stop: Stop) -> Iterator[Step]:
    url = urlsplit(info.server)
    host, port = url.hostname or "", url.port or (443 if info.tls else 80)
    proxy = proxy_for(url, info.proxy_url)
    if proxy is not None:
        yield Step("proxy", None, f"{proxy.scheme}://{proxy.hostname}:{proxy.port or ''}".rstrip(":"))
        return
    probe = Probe(host, port)
    try:
        yield Step("address", True, f"{host} is {', '.join(probe.addresses(stop))}")
        yield Step("connect", True, f"{probe.connect(stop)} answers")
    except (KubeError, OSError) as error:
        name = "connect" if probe.found else "address"
        yield Step(name, False, f"{host}:{port}: {getattr(error, 'strerror', None) or error}")
        return
    if info.tls:
        try:
            yield Step("tls", True, probe.handshake(info, stop))
        except (KubeError, ssl.SSLError, OSError) as error:
            words = getattr(error, "verify_message", None) or getattr(error, "reason", None) or str(error)
            yield Step("tls", False, f"{info.tls_server_name or host}: {words}")


def _requests(transport: Transport, stop: Stop) -> Iterator[Step]:
    try:
        yield Step(
            "version", True, f"Kubernetes {server_version(transport, stop) or 'of an unnamed version'}"
        )
    except KubeError as error:
        yield Step("version", False, f"GET /version: {error}")
        return
    from kdesk.kube.api.typed import TypedCalls  # noqa: PLC0415 (a second to import, and only this command needs it)

    try:
        yield Step("identity", True, TypedCalls(transport, stop).who_am_i())
    except KubeError as error:
        # Servers before 1.28 cannot tell; everything else works all the same.
        yield Step("identity", None, str(error))
