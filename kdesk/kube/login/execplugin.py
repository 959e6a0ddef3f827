"""Running a credential plugin: one process, its answer checked, ended on a stop or a time limit.

The protocol is client-go's ``plugin/pkg/client/auth/exec`` with ``client.authentication.k8s.io`` v1 and
v1beta1. kdesk is never interactive: standard input is the null device, and there is no terminal to ask in.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kdesk.kube.config.connection import ConnectionInfo, ExecConfig
from kdesk.kube.errors import CredentialError
from kdesk.kube.login.procpipes import TimedOut, read_output
from kdesk.kube.redact import redact
from kdesk.kube.stop import Stop

TIME_LIMIT = 60.0
_INFO = "KUBERNETES_EXEC_INFO"
_GRACE = 0.5  # seconds between asking a plugin to end and making it
_MOST_SHOWN = 400
_SECRET_NAME = re.compile(r"(?i)token|secret|passw|key|credential")
_NOT_SHOWABLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
_FRACTION = re.compile(r"\.(\d+)")


@dataclass(frozen=True, slots=True)
class PluginAnswer:
    """What a plugin gave: a token, a certificate with its key (PEM), or both. ``expires``: Unix seconds."""

    token: str | None = field(repr=False)
    certificate: bytes | None = field(repr=False)
    key: bytes | None = field(repr=False)
    expires: float | None


def run_plugin(
    plugin: ExecConfig,
    info: ConnectionInfo,
    environ: Mapping[str, str],
    stop: Stop,
    time_limit: float = TIME_LIMIT,
) -> PluginAnswer:
    """Run ``plugin`` for the cluster of ``info`` and return its checked answer.

    ``environ`` is the environment to run it in, and its PATH the one searched. Raises ``CredentialError`` for
    anything that is not an answer, ``Stopped`` when ``stop`` is set meanwhile; either way no process of the
    plugin stays behind.
    """
    child = {**environ, **dict(plugin.env), _INFO: exec_info(plugin, info)}
    command = [_find(plugin, environ), *plugin.args]
    code, output, complaint = _run(plugin, command, child, stop, time_limit)
    if code != 0:
        how = f"ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
        raise CredentialError(f"The credential plugin {plugin.command} {how}{_tail(plugin, complaint)}.")
    return parse_answer(plugin, output)


def exec_info(plugin: ExecConfig, info: ConnectionInfo) -> str:
    """The ExecCredential that a plugin finds in its environment, as JSON."""
    spec: dict[str, Any] = {"interactive": False}
    if plugin.provide_cluster_info:
        cluster: dict[str, Any] = {"server": info.server}
        ca_data = info.ca_data if info.ca_data or not info.ca_file else _read(info.ca_file)
        optional = {
            "tls-server-name": info.tls_server_name,
            "insecure-skip-tls-verify": info.insecure,
            "certificate-authority-data": base64.b64encode(ca_data).decode() if ca_data else None,
            "proxy-url": info.proxy_url,
            "disable-compression": info.disable_compression,
        }
        cluster |= {key: value for key, value in optional.items() if value}
        spec["cluster"] = cluster | {"config": plugin.cluster_config}
    return json.dumps({"kind": "ExecCredential", "apiVersion": plugin.api_version, "spec": spec})


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise CredentialError(f"The certificate authority {path} cannot be read: {error.strerror}.") from None


def _find(plugin: ExecConfig, environ: Mapping[str, str]) -> str:
    """The program to run. As in Go, a hit in a relative folder of PATH does not count."""
    found = shutil.which(plugin.command, path=environ.get("PATH", os.defpath))
    if found is not None and os.path.isabs(found):
        return found
    hint = _line(plugin.install_hint)
    where = (
        "does not exist or is not executable" if os.path.isabs(plugin.command) else "was not found on PATH"
    )
    raise CredentialError(f"The credential plugin {plugin.command} {where}." + (f" {hint}" if hint else ""))


def _run(
    plugin: ExecConfig, command: list[str], environ: dict[str, str], stop: Stop, time_limit: float
) -> tuple[int, bytes, bytes]:
    """Run to the end; exit code, standard output, the end of standard error."""
    stop.check()
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environ,
            start_new_session=True,  # a group of its own to end, and no terminal to wait for
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CredentialError(
            f"The credential plugin {plugin.command} could not be started: {reason}."
        ) from None
    try:
        with process:
            try:
                with stop.waking(lambda: _signal(process, signal.SIGTERM)):
                    result = read_output(process, time_limit, stop)
            except BaseException:
                _end(process)
                raise
    except TimedOut as error:
        raise CredentialError(
            f"The credential plugin {plugin.command} did not answer in {time_limit:g} seconds and was ended"
            f"{_tail(plugin, error.said)}."
        ) from None
    except ValueError as error:
        raise CredentialError(f"The credential plugin {plugin.command} {error}.") from None
    stop.check()
    return process.returncode, *result


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole group: politely, then surely."""
    _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # the group has ended already
        if os.name == "posix":
            os.killpg(process.pid, number)
        else:
            process.kill()


def _tail(plugin: ExecConfig, complaint: bytes) -> str:
    """The end of what the plugin said, fit to be shown: no control characters, no secrets."""
    secrets = [value for name, value in plugin.env if _SECRET_NAME.search(name)]
    text = _line(redact(complaint.decode("utf-8", "replace"), secrets))
    if len(text) > _MOST_SHOWN:
        text = "…" + text[-_MOST_SHOWN:]
    return f": {text.rstrip('.')}" if text else ""


def _line(text: str) -> str:
    """Text of others on one line, without what would upset a terminal."""
    return " ".join(_NOT_SHOWABLE.sub("", text).split())


def parse_answer(plugin: ExecConfig, output: bytes) -> PluginAnswer:
    """Check an answer as client-go does. Raises ``CredentialError``, which never quotes the answer."""
    name = f"The credential plugin {plugin.command}"
    try:
        answer = json.loads(output)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise CredentialError(f"{name} did not answer with a JSON object.")
    if answer.get("kind") != "ExecCredential" or answer.get("apiVersion") != plugin.api_version:
        raise CredentialError(
            f"{name} is configured for ExecCredential in {plugin.api_version} and answered with "
            f"{_word(answer.get('kind'))} in {_word(answer.get('apiVersion'))}."
        )
    status = answer.get("status")
    if not isinstance(status, dict):
        raise CredentialError(f"{name} answered without a status.")
    fields = ("token", "clientCertificateData", "clientKeyData")
    token, certificate, key = (status.get(name) or None for name in fields)
    if any(not (value is None or isinstance(value, str)) for value in (token, certificate, key)):
        raise CredentialError(f"{name} answered with a token or certificate that is not text.")
    if token is None and certificate is None and key is None:
        raise CredentialError(f"{name} answered with neither a token nor a certificate.")
    if (certificate is None) != (key is None):
        raise CredentialError(f"{name} answered with only one of certificate and key.")
    if token is not None and re.search(r"[\x00-\x1f\x7f]", token):
        raise CredentialError(f"{name} answered with a token that holds a line break or control character.")
    if any("-----BEGIN " not in pem for pem in (certificate, key) if pem is not None):
        raise CredentialError(f"{name} answered with a certificate or key that is not PEM.")
    expires = status.get("expirationTimestamp")
    return PluginAnswer(
        token=token,
        certificate=certificate.encode() if certificate else None,
        key=key.encode() if key else None,
        expires=None if expires is None else _timestamp(expires, name),
    )


def _word(value: object) -> str:
    return redact(value[:80]) if isinstance(value, str) and value else "nothing"


def _timestamp(value: object, name: str) -> float:
    """RFC 3339 in Unix seconds. Python reads at most microseconds, plugins written in Go send nanoseconds."""
    try:
        text = _FRACTION.sub(lambda match: "." + match[1][:6].ljust(6, "0"), str(value))
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CredentialError(f"{name} answered with an expirationTimestamp that is not a time.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
