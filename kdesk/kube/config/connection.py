"""What a context comes down to: where to connect and as whom, as plain values.

Field by field this is client-go's ``clientcmd`` after merging, with every path absolute.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

_MOST_OF_A_FILE = 1 << 20


@dataclass(frozen=True, slots=True)
class ExecConfig:
    """A credential plugin (``users[].user.exec``). ``command`` is absolute, or a bare name to look up on
    PATH.

    ``cluster_config`` is plain JSON data: what the cluster keeps for the plugin under its extension
    ``client.authentication.k8s.io/exec``, or None.
    """

    api_version: str
    command: str
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    install_hint: str = ""
    interactive_mode: str = "IfAvailable"
    provide_cluster_info: bool = False
    cluster_config: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AuthInfo:
    """Who the requests are made as. No secret is in the ``repr``.

    ``client_certificate`` and ``client_key`` are paths, the ``_data`` fields PEM.
    """

    token: str | None = field(default=None, repr=False)
    token_file: str | None = None
    client_certificate: str | None = None
    client_certificate_data: bytes | None = field(default=None, repr=False)
    client_key: str | None = None
    client_key_data: bytes | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    exec: ExecConfig | None = None
    impersonate_user: str | None = None
    impersonate_uid: str | None = None
    impersonate_groups: tuple[str, ...] = ()
    impersonate_extra: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def has_certificate(self) -> bool:
        """A certificate and a key are configured (client-go's HasCertAuth)."""
        return bool(self.client_certificate_data or self.client_certificate) and bool(
            self.client_key_data or self.client_key
        )

    @property
    def has_token(self) -> bool:
        return bool(self.token or self.token_file)

    @property
    def has_basic(self) -> bool:
        return bool(self.username or self.password)

    @property
    def fixed(self) -> bool:
        """A credential is written down or in a file, so that no plugin is needed."""
        return self.has_token or self.has_basic or self.has_certificate

    @property
    def plugin(self) -> ExecConfig | None:
        """The plugin that is run: none where a fixed credential is configured beside it, as in client-go."""
        return None if self.fixed else self.exec

    @property
    def anonymous(self) -> bool:
        """No credential of any kind is configured. Impersonation is none: it needs one."""
        return not (self.fixed or self.exec)


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """How to reach one cluster as one user.

    ``server`` is an http or https URL without a trailing slash, query or user name; it may have a path.
    ``fingerprint`` is a digest of everything here except ``namespace``, with the contents that the files
    named by ``ca_file``, ``client_certificate`` and ``client_key`` had **when this object was made**: as long
    as it is equal, an open connection need not be replaced.
    """

    server: str
    ca_data: bytes | None = field(default=None, repr=False)
    ca_file: str | None = None
    insecure: bool = False
    tls_server_name: str | None = None
    proxy_url: str | None = field(default=None, repr=False)  # it may hold a password
    disable_compression: bool = False
    namespace: str = "default"
    auth: AuthInfo = field(default_factory=AuthInfo)
    fingerprint: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fingerprint", self._digest())

    @property
    def tls(self) -> bool:
        """Credentials go over TLS only."""
        return self.server.startswith("https://")

    @property
    def referenced_files(self) -> tuple[str, ...]:
        """The certificate files that are part of the connection. A token file is not: it is read anew."""
        candidates = (
            None if self.ca_data else self.ca_file,
            None if self.auth.client_certificate_data else self.auth.client_certificate,
            None if self.auth.client_key_data else self.auth.client_key,
        )
        return tuple(path for path in candidates if path)

    def _digest(self) -> str:
        digest = hashlib.sha256()
        own = [f.name for f in fields(self) if f.name not in ("namespace", "fingerprint")]
        values = repr([(name, _plain(getattr(self, name))) for name in own])
        digest.update(values.encode("utf-8", "surrogatepass"))
        for path in self.referenced_files:
            digest.update(_file_digest(path))
        return digest.hexdigest()


def _plain(value: object) -> object:
    """Dataclasses as tuples of all their fields, those kept out of ``repr`` included."""
    if is_dataclass(value):
        return tuple(_plain(getattr(value, f.name)) for f in fields(value))
    return value


def _file_digest(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return hashlib.sha256(file.read(_MOST_OF_A_FILE)).digest()
    except OSError:
        return b"unreadable"
