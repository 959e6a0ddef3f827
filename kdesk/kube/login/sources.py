"""Where a connection's secrets come from, read once: fixed values, files, or a plugin.

Precedence as in client-go's ``transport`` and ``rest`` packages: a bearer token (a token file before a
token), else a user name and password, else the plugin's token; a configured certificate, else the plugin's.
Over plain http no credential is read or sent; impersonation headers are (they are no secret), as client-go
does.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from kdesk.kube.config.connection import AuthInfo, ConnectionInfo
from kdesk.kube.errors import CredentialError
from kdesk.kube.login.execplugin import run_plugin
from kdesk.kube.stop import Stop

_MOST_OF_A_FILE = 1 << 20
# RFC 9110 tokens, less "%", which is the escape itself.
_NOT_IN_HEADER_NAME = re.compile(rb"[^!#$&'*+.^_`|~0-9A-Za-z-]")


@dataclass(frozen=True, slots=True)
class Secrets:
    """One reading. Equal values mean that nothing changed. ``expires`` is in Unix seconds."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    certificate: bytes | None = field(default=None, repr=False)
    key: bytes | None = field(default=None, repr=False)
    expires: float | None = None
    file_token: str | None = field(default=None, repr=False)


class SecretSource:
    """Reads the secrets of one connection. No state but the arguments; ``read`` may block."""

    def __init__(
        self,
        info: ConnectionInfo,
        environ_provider: Callable[[], Mapping[str, str]],
        clock: Callable[[], float],
        time_limit: float,
    ) -> None:
        self._info = info
        self._environ_provider = environ_provider
        self._clock = clock
        self._time_limit = time_limit

    @property
    def runs_plugin(self) -> bool:
        return self._info.tls and self._info.auth.plugin is not None

    @property
    def rereads(self) -> bool:
        """There is a token file, which others rewrite."""
        return self._info.tls and self._info.auth.token_file is not None

    @property
    def refreshable(self) -> bool:
        """Reading again can give something else."""
        return self.runs_plugin or bool(self.files)

    @property
    def files(self) -> tuple[str, ...]:
        """What the credential is read from."""
        auth = self._info.auth
        if not self._info.tls:
            return ()
        pair = (
            None if auth.client_certificate_data else auth.client_certificate,
            None if auth.client_key_data else auth.client_key,
        )
        return tuple(path for path in (auth.token_file, *(pair if auth.has_certificate else ())) if path)

    @property
    def refusal(self) -> str:
        """Why a 401 is final, as a sentence for a person."""
        auth = self._info.auth
        if not self._info.tls and not auth.anonymous:
            return "The server wants a credential, and over plain http none is sent; use an https server."
        if auth.anonymous:
            return "The server wants a credential, and the context has none; name a user in the kubeconfig."
        if self.runs_plugin:
            what = "credential plugin's answer"
        elif auth.has_token:
            what = "token"
        else:
            what = "user name or password" if auth.has_basic else "client certificate"
        return f"The server refused the {what}; log in again."

    def read(self, known: Secrets | None, stop: Stop) -> Secrets:
        """Read everything now. ``known`` is the reading before, whose file token serves while the file is
        unreadable.

        Raises ``CredentialError`` and ``Stopped``.
        """
        auth, secrets = self._info.auth, Secrets()
        if self._info.tls:
            if auth.plugin is not None:
                secrets = self._ask_plugin(stop)
            elif auth.has_token:
                token, file_token = self._token(known.file_token if known else None)
                secrets = Secrets(headers=(_bearer(token),), file_token=file_token)
            elif auth.has_basic:
                login = f"{auth.username or ''}:{auth.password or ''}".encode()
                secrets = Secrets(headers=(("Authorization", f"Basic {base64.b64encode(login).decode()}"),))
            if auth.has_certificate:
                certificate = auth.client_certificate_data or _read(
                    auth.client_certificate, "client certificate"
                )
                key = auth.client_key_data or _read(auth.client_key, "client key")
                secrets = replace(secrets, certificate=certificate, key=key)
        return replace(secrets, headers=secrets.headers + _impersonation(auth))

    def _ask_plugin(self, stop: Stop) -> Secrets:
        plugin = self._info.auth.plugin
        if plugin is None:
            return Secrets()
        answer = run_plugin(plugin, self._info, self._environ_provider(), stop, self._time_limit)
        expires = answer.expires
        if expires is not None and expires <= self._clock():
            # Expired on arrival: one of the two clocks is wrong. Running the plugin for every request would
            # not help; the server's 401 will tell.
            expires = None
        return Secrets(
            headers=(_bearer(answer.token),) if answer.token else (),
            certificate=answer.certificate,
            key=answer.key,
            expires=expires,
        )

    def _token(self, known: str | None) -> tuple[str, str | None]:
        """The token to send and the one last read from the file, if it ever was."""
        auth = self._info.auth
        if not auth.token_file:
            return auth.token or "", None
        try:
            text = (_read(auth.token_file, "token file") or b"").decode("utf-8", "replace").strip()
            if not text or re.search(r"[\x00-\x1f\x7f]", text):
                raise CredentialError(f"The token file {auth.token_file} holds no token.")
        except CredentialError:
            last = known or auth.token
            if not last:
                raise
            return last, known
        return text, text


def _read(path: str | None, what: str) -> bytes | None:
    if path is None:
        return None
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST_OF_A_FILE)
    except OSError as error:
        raise CredentialError(f"The {what} {path} cannot be read: {error.strerror or error}.") from None


def _bearer(token: str) -> tuple[str, str]:
    return "Authorization", f"Bearer {_header_text(token)}"


def _impersonation(auth: AuthInfo) -> tuple[tuple[str, str], ...]:
    if not auth.impersonate_user:
        return ()
    headers = [("Impersonate-User", auth.impersonate_user)]
    if auth.impersonate_uid:
        headers.append(("Impersonate-Uid", auth.impersonate_uid))
    headers += [("Impersonate-Group", group) for group in auth.impersonate_groups]
    for key, values in auth.impersonate_extra:
        name = _NOT_IN_HEADER_NAME.sub(lambda match: b"%%%02X" % ord(match[0]), key.encode()).decode()
        headers += [(f"Impersonate-Extra-{name}", value) for value in values]
    return tuple((name, _header_text(value)) for name, value in headers)


def _header_text(value: str) -> str:
    """UTF-8 as the latin-1 text that Python's HTTP clients put on the wire byte by byte."""
    return value.encode("utf-8", "replace").decode("latin-1")
