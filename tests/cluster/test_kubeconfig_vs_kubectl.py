"""Kubeconfigs as the real kubectl reads them: the same merge, the same refusals, the same headers on the wire."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kdesk.kube.config.kubeconfig import Loaded, Sources, load
from kdesk.kube.errors import CredentialError
from kdesk.kube.login.credentials import Credentials
from kdesk.kube.stop import Stop
from tests.kube.kubeconfigs import base64_of, certificate, config, only, write

from . import programs

CERT, KEY = certificate()
TIME_LIMIT = 30


@pytest.fixture(scope="module")
def kubectl() -> Path:
    return programs.locate("kubectl")["kubectl"]


def run(kubectl: Path, kubeconfig: str, *args: str) -> subprocess.CompletedProcess[str]:
    """kubectl with this ``KUBECONFIG`` and nobody to ask."""
    environ = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "KUBECONFIG": kubeconfig}
    return subprocess.run(
        [kubectl, *args],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )


def listed(*paths: Path) -> str:
    return os.pathsep.join(map(str, paths))


def loaded_from(kubeconfig: str) -> Loaded:
    return load(Sources.default({"KUBECONFIG": kubeconfig}))


def named(items: list[dict[str, Any]] | None, inner: str) -> dict[str, dict[str, Any]]:
    return {item["name"]: item.get(inner) or {} for item in items or []}


MERGES: dict[str, list[str]] = {
    "disjoint": [
        config(),
        "clusters: [{name: d, cluster: {server: 'https://d'}}]\ncontexts: [{name: z, context: {cluster: d}}]\n",
    ],
    "same names": [
        config(context="{cluster: c, user: u, namespace: one}"),
        config(
            cluster="{server: 'https://other', insecure-skip-tls-verify: true}",
            user="{token: t}",
            context="{cluster: c}",
        )
        + "kind: Config\napiVersion: v1\n",
    ],
    "current-context of the second": ["current-context: ''\n", config()],
    "current-context that is not there": ["current-context: gone\n", config()],
    "entries across files": [
        "contexts: [{name: x, context: {cluster: c, user: u}}]\n",
        "users: [{name: u, user: {tokenFile: tok, client-certificate: me.crt, client-key: sub/me.key}}]\n",
        "clusters: [{name: c, cluster: {server: 'https://c/path', certificate-authority: ../ca.crt}}]\n",
    ],
    "empty and comment files": ["", "# nothing\n", config()],
    "words": ["contexts: [{name: 2024-01-01, context: {cluster: 12:30}}, {name: '1'}]\n"],
    "null": ["users: [{name: u, user: null}]\nclusters:\ncontexts: [{name: x, context: null}, null]\n"],
    "anchors": [
        "contexts: [{name: a, context: &x {cluster: c}}, {name: b, context: {<<: *x, namespace: ns}}]\n"
    ],
    "documents": ["contexts: [{name: a}]\n---\ncontexts: [{name: b}]\n"],
    "json": [json.dumps({"contexts": [{"name": "a", "context": {"cluster": "c"}}]}, indent="\t")],
    "repeated keys": ["contexts: [{name: a, name: b, context: {cluster: c}}]\n"],
}


@pytest.mark.parametrize("case", MERGES)
def test_files_merge_as_in_kubectl(kubectl: Path, tmp_path: Path, case: str) -> None:
    for name in ("ca.crt", "1/me.crt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(CERT)
    (tmp_path / "1" / "sub").mkdir(exist_ok=True)
    (tmp_path / "1" / "sub" / "me.key").write_bytes(KEY)
    paths = [write(tmp_path / str(number) / "config", text) for number, text in enumerate(MERGES[case])]
    kubeconfig = listed(tmp_path / "missing", *paths)
    view = run(kubectl, kubeconfig, "config", "view", "--raw", "-o", "json")
    assert view.returncode == 0, view.stderr
    theirs = json.loads(view.stdout)
    ours = loaded_from(kubeconfig)
    assert ours.problems == ()
    contexts, clusters, users = (
        named(theirs[section], inner)
        for section, inner in (("contexts", "context"), ("clusters", "cluster"), ("users", "user"))
    )
    assert {c.plain_name: (c.cluster, c.user, c.namespace) for c in ours.contexts} == {
        name: (value.get("cluster", ""), value.get("user", ""), value.get("namespace", "default"))
        for name, value in contexts.items()
    }
    assert (ours.current or ours.missing_current or "") == theirs["current-context"]

    def resolved(path: str | None) -> str | None:
        """``config view`` shows paths as written; what uses them starts at the file that holds the entry."""
        if path is None:
            return None
        (folder,) = (file.parent for file in paths if path in file.read_text())
        return os.path.normpath(folder / path)

    for context in ours.contexts:
        info = context.connection
        if info is None:
            assert context.cluster not in clusters or context.user not in users, context.problem
            continue
        cluster, user = clusters[context.cluster], users.get(context.user, {})
        assert info.server == cluster["server"].rstrip("/")
        assert info.ca_file == resolved(cluster.get("certificate-authority"))
        assert info.auth.token == user.get("token")
        assert info.auth.token_file == resolved(user.get("tokenFile"))
        assert info.auth.client_certificate == resolved(user.get("client-certificate"))
        assert info.auth.client_key == resolved(user.get("client-key"))


REFUSED_FILES = [
    "- a\n",
    "hello\n",
    "contexts:\n\t- name: a\n",
    "a: b: c\n",
    "kind: Pod\napiVersion: v1\n",
    "apiVersion: v2\n",
    "contexts: {a: b}\n",
    "current-context: 1\n",
    "users: [12]\n",
    "users: [{name: a, user: b}]\n",
    "users: [{name: 12}]\n",
    "users: [{name: yes}]\n",
    "clusters: [{name: a}, {name: a}]\n",
    "users: [null, null]\n",
]


@pytest.mark.parametrize("text", REFUSED_FILES)
def test_files_that_kubectl_refuses_are_refused(kubectl: Path, tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "config", text)
    assert run(kubectl, str(path), "config", "view").returncode != 0
    assert len(loaded_from(str(path)).problems) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings(kubectl: Path, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "config"
    path.write_bytes(config(context="{cluster: c, namespace: größe}").replace("\n", "\r\n").encode(encoding))
    view = run(kubectl, str(path), "config", "view", "-o", "json")
    assert named(json.loads(view.stdout)["contexts"], "context")["x"]["namespace"] == "größe"
    assert only(loaded_from(str(path))).namespace == "größe"


HTTPS = "server: 'https://127.0.0.1:1'"
EXEC = f"command: {sys.executable}, interactiveMode: Never, args: ['-c', 'pass']"
V1 = "apiVersion: client.authentication.k8s.io/v1"

# What the context ``x`` is made of, and whether kubectl gets as far as connecting (port 1 refuses) or, without any
# credential, as asking for one. Left out is what kubectl reports late or not at all and kdesk on purpose before: a
# cluster without a server (kubectl takes localhost), unknown clusters and users, a key that is no key.
USABLE: dict[str, tuple[dict[str, str], bool]] = {
    "plain": ({}, True),
    "no user": ({"context": "{cluster: c}"}, True),
    "null user": ({"user": "null"}, True),
    "host and port": ({"cluster": "{server: '127.0.0.1:1'}"}, True),
    "path": ({"cluster": "{server: 'https://127.0.0.1:1/a/b/'}"}, True),
    "not a URL": ({"cluster": "{server: 'https://a b'}"}, False),
    "another scheme": ({"cluster": "{server: 'ftp://127.0.0.1:1'}"}, False),
    "authority file": ({"cluster": f"{{{HTTPS}, certificate-authority: cert.pem}}"}, True),
    "authority missing": ({"cluster": f"{{{HTTPS}, certificate-authority: gone}}"}, False),
    "authority missing, http": ({"cluster": "{server: 'http://127.0.0.1:1', certificate-authority: gone}"}, False),
    "authority junk": ({"cluster": f"{{{HTTPS}, certificate-authority: junk}}"}, False),
    "authority junk, http": ({"cluster": "{server: 'http://127.0.0.1:1', certificate-authority: junk}"}, True),
    "authority data": ({"cluster": f"{{{HTTPS}, certificate-authority-data: {base64_of(CERT)}}}"}, True),
    "authority twice": (
        {"cluster": f"{{{HTTPS}, certificate-authority: cert.pem, certificate-authority-data: {base64_of(CERT)}}}"},
        False,
    ),
    "authority and insecure": (
        {"cluster": f"{{{HTTPS}, certificate-authority: cert.pem, insecure-skip-tls-verify: true}}"},
        False,
    ),
    "proxy ftp": ({"cluster": f"{{{HTTPS}, proxy-url: 'ftp://127.0.0.1:1'}}"}, False),
    "proxy without scheme": ({"cluster": f"{{{HTTPS}, proxy-url: '127.0.0.1:1'}}"}, False),
    "proxy socks5": ({"cluster": f"{{{HTTPS}, proxy-url: 'socks5://127.0.0.1:1'}}"}, True),
    "token": ({"user": "{token: t}"}, True),
    "token number": ({"user": "{token: 12}"}, False),
    "token with a line break": ({"user": '{token: "a\\nb"}'}, False),
    "token and basic": ({"user": "{token: t, username: u, password: p}"}, False),
    "token file and basic": ({"user": "{tokenFile: token, username: u, password: p}"}, False),
    "certificate": ({"user": "{client-certificate: cert.pem, client-key: key.pem}"}, True),
    "certificate without key": ({"user": "{client-certificate: cert.pem}"}, False),
    "certificate missing": ({"user": "{client-certificate: gone, client-key: key.pem}"}, False),
    "key without certificate": ({"user": "{client-key: gone, token: t}"}, True),
    "key twice": (
        {"user": f"{{client-certificate: cert.pem, client-key: key.pem, client-key-data: {base64_of(KEY)}}}"},
        False,
    ),
    "as": ({"user": "{as: a, as-groups: [g]}"}, True),
    "groups without as": ({"user": "{as-groups: [g]}"}, False),
    "removed auth-provider": ({"user": "{auth-provider: {name: gcp}}"}, False),
    "plugin without command": ({"user": f"{{exec: {{{V1}, interactiveMode: Never}}}}"}, False),
    "plugin without version": ({"user": f"{{exec: {{{EXEC}}}}}"}, False),
    "plugin v1alpha1": ({"user": f"{{exec: {{{V1}alpha1, {EXEC}}}}}"}, False),
    "plugin without mode": ({"user": f"{{exec: {{{V1}, command: a}}}}"}, False),
    "plugin with an odd mode": ({"user": f"{{exec: {{{V1}, command: a, interactiveMode: x}}}}"}, False),
    "plugin that asks": ({"user": f"{{exec: {{{V1}, command: a, interactiveMode: Always}}}}"}, False),
    "plugin env without name": ({"user": f"{{exec: {{{V1}, {EXEC}, env: [{{value: a}}]}}}}"}, False),
    "plugin not run": ({"user": f"{{token: t, exec: {{{V1}, command: /none, interactiveMode: Never}}}}"}, True),
}  # fmt: skip


@pytest.mark.parametrize("case", USABLE)
def test_a_context_is_usable_when_kubectl_can_use_it(kubectl: Path, tmp_path: Path, case: str) -> None:
    parts, usable = USABLE[case]
    for name, content in (("cert.pem", CERT), ("key.pem", KEY), ("junk", b"junk"), ("token", b"t")):
        (tmp_path / name).write_bytes(content)
    path = write(
        tmp_path / "config",
        config(**({"cluster": f"{{{HTTPS}}}", "user": "{token: t}"} | parts)),
    )
    theirs = run(kubectl, str(path), "--request-timeout=5", "get", "--raw", "/version")
    assert theirs.returncode != 0
    connects = "refused" in theirs.stderr or "Please enter Username" in theirs.stdout
    assert connects == usable, theirs.stderr
    assert (only(loaded_from(str(path))).connection is not None) == usable, only(
        loaded_from(str(path))
    ).problem


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[tuple[ThreadingHTTPServer, list[list[tuple[str, str]]]]]:
    """A TLS server that answers every request with ``{}`` and keeps its headers."""
    seen: list[list[tuple[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.items())
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the tests look at what was seen."""

    (tmp_path / "server.pem").write_bytes(KEY + CERT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server, seen
        server.shutdown()
        thread.join()


HEADERS: dict[str, str] = {
    "token": "{token: abc}",
    "token file": "{token: abc, tokenFile: token}",
    "token file that is missing": "{token: abc, tokenFile: gone}",
    "basic": "{username: 'mé', password: 'p:w'}",
    "user name only": "{username: me}",
    "impersonation": "{token: abc, as: 'jané', as-uid: '7', as-groups: [dev, ops], "
    "as-user-extra: {scopes: [view, edit], 'a.test/x%': [v], 'ü': [z]}}",
    "plugin": f"{{as: a, exec: {{{V1}, interactiveMode: Never, command: ./plugin}}}}",
    "plugin beside a token": f"{{token: abc, exec: {{{V1}, interactiveMode: Never, command: ./plugin}}}}",
    "plugin beside basic": f"{{username: me, password: pw, exec: {{{V1}, interactiveMode: Never, command: ./plugin}}}}",
    "plugin beside a certificate": "{client-certificate: cert.pem, client-key: key.pem, "
    f"exec: {{{V1}, interactiveMode: Never, command: ./plugin}}}}",
}


def authentication(headers: Mapping[str, str] | list[tuple[str, str]]) -> list[tuple[str, str]]:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return sorted((n.lower(), v) for n, v in pairs if n.lower().startswith(("authorization", "impersonate-")))


@pytest.mark.parametrize("case", HEADERS)
def test_the_headers_are_kubectl_s(
    kubectl: Path,
    tmp_path: Path,
    recorder: tuple[ThreadingHTTPServer, list[list[tuple[str, str]]]],
    case: str,
) -> None:
    server, seen = recorder
    for name, content in (("cert.pem", CERT), ("key.pem", KEY), ("token", b"from-file\n")):
        (tmp_path / name).write_bytes(content)
    answer = {
        "kind": "ExecCredential",
        "apiVersion": V1.removeprefix("apiVersion: "),
        "status": {"token": "of-plugin"},
    }
    (tmp_path / "plugin").write_text(f"#!/bin/sh\necho '{json.dumps(answer)}'\n")
    (tmp_path / "plugin").chmod(0o700)
    cluster = f"{{server: 'https://127.0.0.1:{server.server_port}', insecure-skip-tls-verify: true}}"
    path = write(tmp_path / "config", config(cluster=cluster, user=HEADERS[case]))
    theirs = run(kubectl, str(path), "get", "--raw", "/version")
    assert theirs.returncode == 0, theirs.stderr
    info = only(loaded_from(str(path))).connection
    assert info is not None
    grant = Credentials(info).grant(Stop())
    assert authentication(list(grant.headers)) == authentication(seen[-1])


def test_a_plugin_is_told_what_kubectl_tells_it(kubectl: Path, tmp_path: Path) -> None:
    """``KUBERNETES_EXEC_INFO`` byte for byte in meaning, cluster included."""
    (tmp_path / "plugin").write_text(
        '#!/bin/sh\nprintf %s "$KUBERNETES_EXEC_INFO" >> "$(dirname "$0")/info"\nexit 1\n'
    )
    (tmp_path / "plugin").chmod(0o700)
    (tmp_path / "cert.pem").write_bytes(CERT)
    cluster = (
        f"{{{HTTPS}, certificate-authority: cert.pem, tls-server-name: a.test, proxy-url: 'http://127.0.0.1:1', "
        "disable-compression: true, "
        "extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: [a, 1, true, null]}}]}"
    )
    for version in ("v1", "v1beta1"):
        user = (
            f"{{exec: {{apiVersion: client.authentication.k8s.io/{version}, interactiveMode: IfAvailable, "
            "provideClusterInfo: true, command: ./plugin}}"
        )
        path = write(tmp_path / "config", config(cluster=cluster, user=user))
        info = only(loaded_from(str(path))).connection
        assert info is not None
        (tmp_path / "info").unlink(missing_ok=True)
        with pytest.raises(CredentialError, match="exit code 1"):
            Credentials(info).grant(Stop())
        ours = json.loads((tmp_path / "info").read_text())
        (tmp_path / "info").unlink()
        run(kubectl, str(path), "get", "--raw", "/version")
        theirs, _ = json.JSONDecoder().raw_decode((tmp_path / "info").read_text())
        assert ours == theirs
