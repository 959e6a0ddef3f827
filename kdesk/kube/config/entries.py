"""The fields of a cluster and of a user entry, with the checks that kubectl makes before it connects.

The meaning is that of client-go's ``clientcmd`` (``validation.go``, ``client_config.go``) and ``rest``
packages. Each function returns plain values or raises ``KubeconfigError`` with one sentence that names the
entry and its file.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from kdesk.kube.config.connection import AuthInfo, ConnectionInfo, ExecConfig
from kdesk.kube.config.file import Entry, kind_of
from kdesk.kube.errors import KubeconfigError
from kdesk.kube.redact import redact

EXEC_GROUP = "client.authentication.k8s.io"
EXEC_VERSIONS = (f"{EXEC_GROUP}/v1", f"{EXEC_GROUP}/v1beta1")
_EXEC_EXTENSION = f"{EXEC_GROUP}/exec"
_MOST_EXTENSION_VALUES = 20_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SPACE_OR_CONTROL = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class Cluster:
    """One usable cluster entry. ``login`` is the user name and password that its URL held."""

    server: str
    ca_data: bytes | None
    ca_file: str | None
    insecure: bool
    tls_server_name: str | None
    proxy_url: str | None
    disable_compression: bool
    exec_config: Any
    login: tuple[str, str] | None


def read_cluster(entry: Entry) -> Cluster:
    fields = _Fields(entry, "cluster")
    server, login = _server_url(fields.text("server"), fields)
    ca_file, ca_data = fields.path("certificate-authority"), fields.data("certificate-authority-data")
    insecure = fields.flag("insecure-skip-tls-verify")
    if ca_file and ca_data:
        raise fields.error("certificate-authority and certificate-authority-data are both set; remove one")
    certificates = fields.readable(ca_file, "certificate-authority") if ca_file else ca_data
    if server.startswith("https://"):
        if insecure and (ca_file or ca_data):
            raise fields.error(
                "a certificate authority together with insecure-skip-tls-verify makes no sense; remove one"
            )
        if certificates is not None and b"-----BEGIN CERTIFICATE-----" not in certificates:
            raise fields.error("its certificate authority holds no PEM certificate")
    return Cluster(
        server=server,
        ca_data=ca_data,
        ca_file=ca_file,
        insecure=insecure,
        tls_server_name=fields.text("tls-server-name") or None,
        proxy_url=_proxy_url(fields),
        disable_compression=fields.flag("disable-compression"),
        exec_config=_exec_extension(fields),
        login=login,
    )


def read_user(entry: Entry) -> AuthInfo:
    fields = _Fields(entry, "user")
    provider = fields.mapping("auth-provider")
    if provider is not None:
        name = provider.text("name")
        raise fields.error(
            f'auth-provider "{name}" was removed from kubectl in 1.26; use an exec plugin'
            if name in ("gcp", "azure")
            else f'auth-provider "{name}" is not supported; use an exec plugin'
        )
    auth = AuthInfo(
        token=fields.text("token") or None,
        token_file=fields.path("tokenFile"),
        client_certificate=fields.path("client-certificate"),
        client_certificate_data=fields.data("client-certificate-data"),
        client_key=fields.path("client-key"),
        client_key_data=fields.data("client-key-data"),
        username=fields.text("username") or None,
        password=fields.text("password") or None,
        impersonate_user=fields.text("as") or None,
        impersonate_uid=fields.text("as-uid") or None,
        impersonate_groups=fields.texts("as-groups"),
        impersonate_extra=_extra(fields),
    )
    _check_user(auth, fields)
    plugin = fields.mapping("exec")
    if plugin is None:
        return auth
    return replace(auth, exec=_read_exec(plugin, runs=not auth.fixed))


def connection(cluster: Cluster, auth: AuthInfo, namespace: str) -> ConnectionInfo:
    """One cluster as one user. A login in the server's URL is what Go's client sends first, over TLS only."""
    if cluster.login is not None:
        name, password = cluster.login
        auth = replace(auth, username=name, password=password, token=None, token_file=None)
    if auth.exec is not None and auth.exec.provide_cluster_info:
        auth = replace(auth, exec=replace(auth.exec, cluster_config=cluster.exec_config))
    return ConnectionInfo(
        server=cluster.server,
        ca_data=cluster.ca_data,
        ca_file=cluster.ca_file,
        insecure=cluster.insecure,
        tls_server_name=cluster.tls_server_name,
        proxy_url=cluster.proxy_url,
        disable_compression=cluster.disable_compression,
        namespace=namespace or "default",
        auth=auth,
    )


def _server_url(server: str, fields: _Fields) -> tuple[str, tuple[str, str] | None]:
    """The base URL and the login it held. Without a scheme it is plain http, as client-go reads it."""
    if not server:
        raise fields.error("it has no server")
    shown = redact(server)
    if "://" not in server:
        server = f"http://{server}"
        if server.count("/") > 2 and not server.endswith("/"):
            raise fields.error(f'its server "{shown}" must be a URL or host:port')
    try:
        parts = urlsplit(server)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if not host or port == 0 or _SPACE_OR_CONTROL.search(server):
        raise fields.error(f'its server "{shown}" is not a URL')
    if parts.scheme not in ("http", "https"):
        raise fields.error(f'its server "{shown}" must begin with https:// or http://')
    login = None
    if parts.username is not None and parts.scheme == "https":
        login = (unquote(parts.username), unquote(parts.password or ""))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/"), login


def _proxy_url(fields: _Fields) -> str | None:
    proxy = fields.text("proxy-url")
    if not proxy:
        return None
    try:
        parts = urlsplit(proxy)
        usable = bool(parts.hostname) and parts.port != 0 and not _SPACE_OR_CONTROL.search(proxy)
    except ValueError:
        usable = False
    if not usable or parts.scheme not in ("http", "https", "socks5"):
        raise fields.error(f'its proxy-url "{redact(proxy)}" is not an http, https or socks5 URL')
    return proxy


def _exec_extension(fields: _Fields) -> Any:
    for extension in fields.items("extensions"):
        if extension.text("name") == _EXEC_EXTENSION:
            return _json_copy(extension.raw("extension"), fields)
    return None


def _json_copy(value: object, fields: _Fields) -> Any:
    """A copy that is plain JSON, bounded: YAML aliases can make a small file a huge or an endless value."""
    budget = _MOST_EXTENSION_VALUES

    def copy(node: object, depth: int) -> object:
        nonlocal budget
        budget -= 1
        if budget < 0 or depth > 64:
            raise fields.error(f"its extension {_EXEC_EXTENSION} is too large")
        if isinstance(node, dict):
            return {str(key): copy(item, depth + 1) for key, item in node.items()}
        if isinstance(node, list):
            return [copy(item, depth + 1) for item in node]
        if node is None or isinstance(node, (str, int, float)):
            return node
        raise fields.error(f"its extension {_EXEC_EXTENSION} holds {kind_of(node)}")

    return copy(value, 0)


def _extra(fields: _Fields) -> tuple[tuple[str, tuple[str, ...]], ...]:
    extra = fields.mapping("as-user-extra")
    return () if extra is None else tuple((key, extra.texts(key)) for key in extra.names())


def _check_user(auth: AuthInfo, fields: _Fields) -> None:
    if auth.has_token and auth.has_basic:
        raise fields.error("it has a token and a user name with password; only one can be used")
    if auth.client_certificate or auth.client_certificate_data:
        if auth.client_certificate and auth.client_certificate_data:
            raise fields.error("client-certificate and client-certificate-data are both set; remove one")
        if auth.client_key and auth.client_key_data:
            raise fields.error("client-key and client-key-data are both set; remove one")
        if not auth.has_certificate:
            raise fields.error("it has a client certificate without a key")
        for key, path, data in (
            ("client-certificate", auth.client_certificate, auth.client_certificate_data),
            ("client-key", auth.client_key, auth.client_key_data),
        ):
            if b"-----BEGIN " not in ((fields.readable(path, key) if path else data) or b""):
                raise fields.error(f"its {key} is not PEM")
    asked = auth.impersonate_uid or auth.impersonate_groups or auth.impersonate_extra
    if asked and not auth.impersonate_user:
        raise fields.error("as-uid, as-groups and as-user-extra need an as")
    sent = [auth.token, auth.impersonate_user, auth.impersonate_uid, *auth.impersonate_groups]
    sent += [value for _, values in auth.impersonate_extra for value in values]
    if any(_CONTROL.search(value) for value in sent if value):
        raise fields.error(
            "its token or impersonation holds a line break or control character, which no header can"
        )


def _read_exec(fields: _Fields, *, runs: bool) -> ExecConfig:
    """``runs`` is false where another credential makes the plugin needless: then it may want a terminal."""
    version, command, mode = fields.text("apiVersion"), fields.text("command"), fields.text("interactiveMode")
    if not command:
        raise fields.error("its exec plugin has no command")
    if not version:
        raise fields.error("its exec plugin has no apiVersion")
    if version not in EXEC_VERSIONS:
        raise fields.error(
            f'its exec plugin wants apiVersion "{version}"; supported are {" and ".join(EXEC_VERSIONS)}'
        )
    if not mode and version != EXEC_VERSIONS[0]:
        mode = "IfAvailable"
    if not mode:
        raise fields.error(f"its exec plugin needs an interactiveMode, since its apiVersion is {version}")
    if mode not in ("Never", "IfAvailable", "Always"):
        raise fields.error(f'its exec plugin has the unknown interactiveMode "{mode}"')
    if mode == "Always" and runs:
        raise fields.error(
            "its exec plugin has interactiveMode Always: it asks in a terminal, and kdesk gives plugins none"
        )
    if os.sep in command or (os.altsep and os.altsep in command):
        command = fields.absolute(command)
    env = tuple((item.text("name"), item.text("value")) for item in fields.items("env"))
    if any(not name for name, _ in env):
        raise fields.error("its exec plugin has an env variable without a name")
    if any("\0" in part or "=" in name for name, value in env for part in (name, value)):
        raise fields.error("its exec plugin has an env variable that cannot be set")
    return ExecConfig(
        api_version=version,
        command=command,
        args=fields.texts("args"),
        env=env,
        install_hint=fields.text("installHint"),
        interactive_mode=mode,
        provide_cluster_info=fields.flag("provideClusterInfo"),
    )


class _Fields:
    """Typed access to one object of an entry. A value of the wrong type is a ``KubeconfigError``."""

    def __init__(
        self, entry: Entry, kind: str, value: dict[str, object] | None = None, inside: str = ""
    ) -> None:
        self._entry = entry
        self._kind = kind
        self._value = dict(entry.value) if value is None else value
        self._inside = inside

    def error(self, problem: str) -> KubeconfigError:
        return KubeconfigError(f'{self._kind} "{self._entry.name}" in {self._entry.file.path}: {problem}.')

    def names(self) -> Iterator[str]:
        for key in self._value:
            if not isinstance(key, str):
                raise self.error(f"{self._inside}{key} must be text: put it in quotes")
            yield key

    def raw(self, key: str) -> object:
        return self._value.get(key)

    def text(self, key: str) -> str:
        value = self._of(key, str)
        return "" if value is None else value

    def flag(self, key: str) -> bool:
        return bool(self._of(key, bool))

    def texts(self, key: str) -> tuple[str, ...]:
        values: list[object] = self._of(key, list) or []
        if any(not (value is None or isinstance(value, str)) for value in values):
            raise self.error(f"{self._inside}{key} must be a list of text: put numbers, yes and no in quotes")
        return tuple("" if value is None else str(value) for value in values)

    def mapping(self, key: str) -> _Fields | None:
        value = self._of(key, dict)
        return None if value is None else _Fields(self._entry, self._kind, value, f"{self._inside}{key}.")

    def items(self, key: str) -> list[_Fields]:
        found = []
        for value in self._of(key, list) or []:
            if not (value is None or isinstance(value, dict)):
                raise self.error(f"{self._inside}{key} must be a list of objects")
            found.append(_Fields(self._entry, self._kind, value or {}, f"{self._inside}{key}."))
        return found

    def data(self, key: str) -> bytes | None:
        """base64, broken over lines or not; None when empty."""
        text = self.text(key)
        try:
            return base64.b64decode("".join(text.split()), validate=True) or None
        except (binascii.Error, ValueError):
            raise self.error(f"{self._inside}{key} is not base64") from None

    def path(self, key: str) -> str | None:
        text = self.text(key)
        return self.absolute(text) if text else None

    def absolute(self, path: str) -> str:
        """Relative to the folder of the file that holds this entry."""
        return os.path.normpath(os.path.join(self._entry.folder, path))

    def readable(self, path: str, key: str) -> bytes:
        try:
            with Path(path).open("rb") as file:
                return file.read(1 << 20)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise self.error(f"its {key} {path} cannot be read: {reason}") from None

    def _of(self, key: str, kind: type) -> Any:
        value = self._value.get(key)
        if value is None or isinstance(value, kind):
            return value
        wanted = {str: "text", bool: "true or false", list: "a list", dict: "an object"}[kind]
        hint = ": put it in quotes" if kind is str and isinstance(value, (int, float)) else ""
        raise self.error(f"{self._inside}{key} must be {wanted}, not {kind_of(value)}{hint}")
