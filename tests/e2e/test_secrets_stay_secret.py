"""Secrets planted wherever kdesk meets them, and then looked for in everything that it wrote or printed.

The planted values have no form by which they could be recognized (lower case letters and digits): what keeps them out
is that they are not put in.
"""

from __future__ import annotations

import base64
import json
import secrets
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, cycle
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.conftest import Start
from tests.e2e.program import Program
from tests.fakes.kinds import AGE, KINDS, NAME, ServedKind, TableColumn
from tests.fakes.server import ApiServer
from tests.fakes.tls import server_tls
from tests.kube.kubeconfigs import certificate
from tests.support.commands import run

SECRET = ServedKind("", "v1", "secrets", "Secret", columns=(NAME, TableColumn("Type", "type"), AGE))
#: A credential plugin that talks too much. How it ends is its first argument, its secrets are the others.
PLUGIN = """
import json, os, sys
how, token, loose = sys.argv[1:4]
secret = os.environ["SSO_PASSWORD"]
print(f"signed in with {secret}", f"password: {loose}", f"Authorization: Bearer {token}", sep="\\n", file=sys.stderr)
if how == "fails":
    sys.exit(f"usage: plugin --client-secret {loose}")
kind = "Pod" if how == "confused" else "ExecCredential"
answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": kind, "status": {"token": token}}
print(f"token={token}" if how == "garbled" else json.dumps(answer))
"""


class Planted:
    """The planted values by what they are, and the search for them."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def plant(self, what: str, value: str = "") -> str:
        """A new value (or this one), never to be seen again."""
        return self._values.setdefault(what, value or f"planted{secrets.token_hex(10)}")

    def found_in(self, *texts: bytes) -> set[str]:
        """What of it these hold, as it is or in base64 (there also with something before it)."""
        text = b"\n".join(texts)
        return {what for what, value in self._values.items() if any(form in text for form in _forms(value))}


def _forms(value: str) -> Iterator[bytes]:
    raw = value.encode()
    yield raw
    for before in range(3):
        # Cut to the characters that are made of nothing but the value's own bits.
        encoded = base64.b64encode(b"x" * before + raw)
        yield encoded[(0, 2, 3)[before] : len(encoded) // 4 * 4 - 4]


@pytest.fixture
def planted() -> Planted:
    return Planted()


@pytest.fixture
def server(planted: Planted, tmp_path: Path) -> Iterator[ApiServer]:
    """Its Secret is written with ``kubectl apply``, which leaves a copy of all values in an annotation."""
    context, _ = server_tls(tmp_path)
    with ApiServer(kinds=[*KINDS, SECRET], tls=context) as running:
        running.switches.tokens = {planted.plant(f"{name} token") for name in ("fixed", "file", "plugin")}
        running.cluster.create("secrets", "creds", **_secret(planted, 0))
        running.cluster.create("pods", "web-1")
        yield running


@pytest.fixture
def proxy() -> Iterator[ApiServer]:
    """Something that listens and is no proxy."""
    with ApiServer() as running:
        yield running


def _secret(planted: Planted, version: int) -> dict[str, Any]:
    values = {"password": planted.plant(f"value {version}")}
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    copy = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps({"stringData": values})}
    return {"type": "Opaque", "data": data, "metadata": {"annotations": copy}}


@contextmanager
def _rewriting_the_secret(server: ApiServer, planted: Planted) -> Iterator[None]:
    """Its value changes several times a second, so that whoever compares two states of it has something to tell."""
    versions = [_secret(planted, number) for number in (1, 2)]
    ended = threading.Event()

    def work() -> None:
        for version in cycle(versions):
            if ended.wait(0.2):
                return
            server.cluster.update("secrets", "creds", **version)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.fixture
def kubeconfig(planted: Planted, server: ApiServer, proxy: ApiServer, tmp_path: Path) -> Path:
    """A context for every kind of credential, named after it. The first is the current one."""
    folder = tmp_path / "inputs"
    folder.mkdir()
    token_file, script = folder / "token", folder / "plugin.py"
    token_file.write_text(planted.plant("file token"))
    script.write_text(PLUGIN)
    cert, key = certificate()
    for number, line in enumerate(key.decode().splitlines()[1:-1]):
        planted.plant(f"client key, line {number}", line)

    def plugin(how: str) -> dict[str, Any]:
        arguments = [str(script), how, planted.plant("plugin token"), planted.plant("plugin argument")]
        entry = {"apiVersion": "client.authentication.k8s.io/v1", "command": sys.executable}
        variable = {"name": "SSO_PASSWORD", "value": planted.plant("plugin variable")}
        return {"exec": entry | {"args": arguments, "env": [variable], "interactiveMode": "Never"}}

    users: dict[str, dict[str, Any]] = {
        "by-token": {"token": planted.plant("fixed token")},
        "by-token-file": {"tokenFile": str(token_file)},
        "by-refused-token": {"token": planted.plant("refused token")},
        "by-password": {"username": "someone", "password": planted.plant("basic password")},
        "by-key": {
            "client-certificate-data": base64.b64encode(cert).decode(),
            "client-key-data": base64.b64encode(key).decode(),
        },
        "by-plugin": plugin("answers"),
        "by-failing-plugin": plugin("fails"),
        "by-garbled-plugin": plugin("garbled"),
        "by-confused-plugin": plugin("confused"),
        "by-proxy": {"token": planted.plant("fixed token")},
        "by-address": {"token": planted.plant("fixed token")},
    }
    authority = {"certificate-authority": str(tmp_path / "ca.crt")}
    proxy_login = f"http://someone:{planted.plant('proxy password')}@127.0.0.1:{proxy.port}"
    server_login = f"https://someone:{planted.plant('address password')}@127.0.0.1:{server.port}"
    clusters = {
        "here": authority | {"server": server.url},
        "behind": authority | {"server": server.url, "proxy-url": proxy_login},
        "login": authority | {"server": server_login},
    }
    where = {"by-proxy": "behind", "by-address": "login"}
    document = {
        "current-context": "by-token",
        "clusters": [{"name": name, "cluster": cluster} for name, cluster in clusters.items()],
        "users": [{"name": name, "user": user} for name, user in users.items()],
        "contexts": [
            {"name": name, "context": {"cluster": where.get(name, "here"), "user": name}} for name in users
        ],
    }
    path = folder / "config"
    path.write_text(yaml.safe_dump(document))
    return path


def _contexts(kubeconfig: Path) -> list[str]:
    return [entry["name"] for entry in yaml.safe_load(kubeconfig.read_text())["contexts"]]


def _files_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_search_finds_what_is_there(planted: Planted) -> None:
    value = planted.plant("it")
    login = base64.b64encode(f"someone:{value}".encode())
    for text in (value.encode(), base64.b64encode(value.encode()), b"Basic " + login, b"{" + login + b"}"):
        assert planted.found_in(b"before", text) == {"it"}
    assert planted.found_in(b"planted", value[:-1].encode()) == set()


def test_the_command_line(
    planted: Planted, server: ApiServer, proxy: ApiServer, kubeconfig: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    environ = {"HOME": str(home)} | {
        f"XDG_{what}_HOME": str(home / what.lower()) for what in ("CONFIG", "STATE", "CACHE", "DATA")
    }
    where = ["--kubeconfig", str(kubeconfig)]
    each = list(chain.from_iterable(("--context", name) for name in _contexts(kubeconfig)))
    watching = ["watch", "secrets", "pods", "-A", "--timeout", "1.5"]
    commands = [
        *(["contexts", "-o", form] for form in ("text", "json")),
        *(["doctor", "-o", form] for form in ("text", "json")),
        *(["get", "secrets", "pods", "-A", *each, "-o", form] for form in ("text", "wide", "json")),
        *([*watching, *each, "-o", form] for form in ("text", "json")),
        *([*watching, "--diff", "-o", form] for form in ("text", "json")),
        ["get", "secrets", "--context", "by-refused-token"],
        ["get", "nothing-of-this-name", "--context", "by-token"],
    ]
    told: dict[str, bytes] = {}
    with _rewriting_the_secret(server, planted):
        for command in commands:
            done = run(*command, *where, env=environ)
            told[" ".join(command)] = (done.stdout + done.stderr).encode()
            assert "Traceback" not in done.stderr
    for command_line, text in told.items():
        assert planted.found_in(text) == set(), command_line
    # What should be there is there, so the search was made where it matters.
    assert all(b"by-failing-plugin" in text for line, text in told.items() if "by-failing-plugin" in line)
    assert all(b"signed in with ***" in text for line, text in told.items() if line.startswith("doctor"))
    assert all(b"digest " in text for line, text in told.items() if "--diff" in line)
    sent = {request.headers.get("authorization", "") for request in server.requests}
    for what in ("fixed token", "file token", "plugin token", "refused token"):
        assert f"Bearer {planted.plant(what)}" in sent, "it was in use"
    assert any(value.startswith("Basic ") for value in sent)
    assert planted.found_in(*(value.encode() for value in sent)) >= {"basic password", "fixed token"}
    asked_of_proxy = [request.headers.get("proxy-authorization", "").encode() for request in proxy.requests]
    assert planted.found_in(*asked_of_proxy) == {"proxy password"}
    for path in _files_under(home):
        assert planted.found_in(path.read_bytes()) == set(), path


def test_the_window(
    planted: Planted, server: ApiServer, kubeconfig: Path, start: Start, tmp_path: Path
) -> None:
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    begun, diagnostics, events = (
        outputs / name for name in ("begun.json", "diagnostics.json", "events.jsonl")
    )
    each = chain.from_iterable(("--context", name) for name in _contexts(kubeconfig))
    program: Program = start(
        "--kubeconfig",
        str(kubeconfig),
        *each,
        commands=(
            "context.open by-token",
            "view.open secrets *",
            "view.wait-synced",
            "events.open secrets",
            "detail.open creds",
            "diagnostics.open",
            "app.wait 1",
            f"app.diagnostics {begun}",
            "app.wait 3",
            f"events.save {events}",
            f"app.diagnostics {diagnostics}",
            "app.quit",
        ),
    )
    program.until(begun.exists)
    with _rewriting_the_secret(server, planted):
        assert program.wait() == 0, program.err
    written = {path: path.read_bytes() for path in (*_files_under(outputs), *_files_under(program.folder))}
    for path, content in written.items():
        assert planted.found_in(content) == set(), path
    # What should be there is there, so the search was made where it matters.
    assert b"by-failing-plugin" in written[diagnostics]
    assert b"creds" in written[events]
    assert b"<masked, " in written[events]
    assert b"by-failing-plugin could not be opened" in program.err.encode()
    assert any(path.name == "kdesk.log" and content for path, content in written.items())
