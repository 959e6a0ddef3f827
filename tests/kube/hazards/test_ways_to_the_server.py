"""The way to a server is the kubeconfig's: TLS name, proxy, client certificate; and no private key stays on disk."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import serialization

from kdesk.kube.api.discovery import server_version
from kdesk.kube.config.connection import AuthInfo, ConnectionInfo
from kdesk.kube.errors import ConnectionLost, CredentialError
from kdesk.kube.login.credentials import Credentials
from kdesk.kube.stop import Stop
from kdesk.kube.wire.dial import proxy_for
from kdesk.kube.wire.tls import client_context
from kdesk.kube.wire.transport import Transport
from tests.fakes.relay import Relay
from tests.fakes.server import ApiServer
from tests.fakes.tls import server_tls
from tests.kube.kubeconfigs import certificate

CERT, KEY = certificate()


def version_at(server: ApiServer, **connection: Any) -> str:
    info = ConnectionInfo(server.url, **connection)
    transport = Transport(info, Credentials(info))
    try:
        return server_version(transport, Stop())
    finally:
        transport.close()


def test_tls_server_name_is_asked_for_and_checked(tmp_path: Path) -> None:
    context, ca = server_tls(tmp_path, "cluster.test")
    asked: list[str | None] = []
    context.sni_callback = lambda sock, name, context: asked.append(name)
    with ApiServer(tls=context) as server:
        assert version_at(server, ca_file=str(ca), tls_server_name="cluster.test")
        assert asked == ["cluster.test"]
        with pytest.raises(ConnectionLost, match="is not trusted"):
            version_at(server, ca_file=str(ca))
        with pytest.raises(ConnectionLost, match="is not trusted"):
            version_at(server, ca_file=str(ca), tls_server_name="other.test")
        assert version_at(server, insecure=True, tls_server_name="other.test"), "insecure is insecure"


def test_a_certificate_that_nobody_vouches_for(secure_server: tuple[ApiServer, str]) -> None:
    server, _ = secure_server
    with pytest.raises(ConnectionLost, match="is not trusted"):
        version_at(server)
    assert server.requests == []


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_an_https_proxy(
    server: ApiServer, secure_server: tuple[ApiServer, str], tmp_path: Path, monkeypatch: Any, secure: bool
) -> None:
    """Its own certificate is the system's matter, the cluster's the kubeconfig's: TLS within TLS."""
    (tmp_path / "proxy").mkdir()
    context, ca_of_proxy = server_tls(tmp_path / "proxy")
    target, ca = secure_server if secure else (server, None)
    with Relay(target.port, front="connect", tls=context) as proxy:
        url = f"https://127.0.0.1:{proxy.port}"
        with pytest.raises(ConnectionLost, match="is not trusted"):
            version_at(target, ca_file=ca, proxy_url=url)
        monkeypatch.setenv("SSL_CERT_FILE", str(ca_of_proxy))
        assert version_at(target, ca_file=ca, proxy_url=url)
        assert proxy.carried == 1


@pytest.mark.parametrize(
    ("server", "configured", "environment", "proxy"),
    [
        ("https://c.test", None, {}, None),
        ("https://c.test", None, {"HTTPS_PROXY": "http://p.test:1"}, "http://p.test:1"),
        ("https://c.test", None, {"https_proxy": "p.test:1"}, "http://p.test:1"),
        ("https://c.test", None, {"HTTP_PROXY": "http://p.test:1"}, None),
        ("http://c.test", None, {"http_proxy": "http://p.test:1"}, "http://p.test:1"),
        ("https://c.test", "socks5://k.test:2", {"HTTPS_PROXY": "http://p.test:1"}, "socks5://k.test:2"),
        ("https://c.test", "http://k.test", {"NO_PROXY": "c.test"}, "http://k.test"),
        ("https://c.test", None, {"HTTPS_PROXY": "http://p.test:1", "NO_PROXY": "x.test,c.test"}, None),
        ("https://a.c.test:6443", None, {"HTTPS_PROXY": "http://p.test:1", "no_proxy": ".c.test"}, None),
        ("https://127.0.0.1:6443", None, {"HTTPS_PROXY": "http://p.test:1"}, None),
        ("https://[::1]:6443", None, {"HTTPS_PROXY": "http://p.test:1"}, None),
        ("https://localhost:6443", "http://k.test", {}, "http://k.test"),
    ],
)
def test_which_proxy(
    server: str,
    configured: str | None,
    environment: dict[str, str],
    proxy: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The kubeconfig's wins over the environment's, which is asked for other machines only."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(urlsplit(server), configured) == (urlsplit(proxy) if proxy else None)


@pytest.mark.parametrize("in_memory", [True, False], ids=["in memory", "in a file"])
@pytest.mark.parametrize("fits", [True, False], ids=["a pair", "no pair"])
def test_a_private_key_does_not_stay_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory: bool, fits: bool
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen: list[list[int]] = []
    load = ssl.SSLContext.load_cert_chain

    def watched(context: ssl.SSLContext, *args: Any, **more: Any) -> None:
        seen.append([path.stat().st_mode & 0o777 for path in tmp_path.iterdir()])
        load(context, *args, **more)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", watched)
    if not in_memory:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    key = KEY if fits else certificate("another")[1]
    try:
        client_context(ca=None, insecure=True, certificate=CERT, key=key)
    except CredentialError:
        assert not fits
    else:
        assert fits
    assert list(tmp_path.iterdir()) == []
    if not in_memory or hasattr(os, "memfd_create"):
        assert seen == [[] if in_memory else [0o600]]


def test_an_encrypted_key_is_an_error_and_nobody_is_asked_for_its_password(tmp_path: Path) -> None:
    """The terminal, where there is one, is not ours to read from."""
    key = serialization.load_pem_private_key(KEY, None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    with pytest.raises(CredentialError, match="cannot be used together"):
        client_context(ca=None, insecure=True, certificate=CERT, key=encrypted)


def test_a_certificate_of_a_file_is_presented(tmp_path: Path) -> None:
    context, ca = server_tls(tmp_path)
    (tmp_path / "cert.pem").write_bytes(CERT)
    (tmp_path / "key.pem").write_bytes(KEY)
    context.load_verify_locations(tmp_path / "cert.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    auth = AuthInfo(
        client_certificate=str(tmp_path / "cert.pem"), client_key_data=(tmp_path / "key.pem").read_bytes()
    )
    with ApiServer(tls=context) as server:
        assert version_at(server, ca_file=str(ca), auth=auth)
        with pytest.raises(ConnectionLost):
            version_at(server, ca_file=str(ca))
