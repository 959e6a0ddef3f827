"""What clusters served when they were last asked, on disk: per cluster and user, private, for six hours.

It stands in until the cluster has answered, and for groups that do not answer; either is marked as what it is. Nothing
in it is secret, and nothing depends on it: a file that is damaged, of another version or cannot be written is no error.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import stat
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from kdesk.kube.api.discovery import Catalogue, group_version
from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.config.kubeconfig import Context
from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import Resource
from kdesk.kube.wire.tls import authority

_log = logging.getLogger(__name__)
#: As long as kubectl's own cache of discovery.
KEPT_SECONDS = 6 * 3600.0
_FORMAT = 1
_LARGEST = 16 << 20
_CLOCKS_DIFFER = 60.0


class _Group(msgspec.Struct):
    """One group and version; ``at``: when the cluster said so, in Unix seconds."""

    name: str
    at: float
    resources: list[Resource]


class _File(msgspec.Struct):
    format: int
    version: str
    groups: list[_Group]


class CatalogueCache:
    """The files in one folder, which is made when it is needed. Thread-safe; every call may block for the disk.

    ``clock`` is in Unix seconds.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock
        self._complained = False

    def recall(self, key: str) -> Catalogue | None:
        """What was kept under ``key`` less than six hours ago, all of it marked as not checked; None for nothing."""
        kept = self._read(key)
        if kept is None or not kept.groups:
            return None
        resources = tuple(resource for group in kept.groups for resource in group.resources)
        stale = tuple((group.name, group.at) for group in kept.groups)
        return Catalogue(resources, (), kept.version, stale=stale, checked=False)

    def keep(self, key: str, fresh: Catalogue) -> Catalogue:
        """``fresh`` with what was kept of the groups that did not answer, marked as stale; that is kept from now on."""
        filled = _filled(fresh, self._read(key))
        self._write(key, filled)
        return filled

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"

    def _read(self, key: str) -> _File | None:
        try:
            with self._path(key).open("rb") as file:
                if not _trusted(os.fstat(file.fileno())):
                    return None
                kept = msgspec.json.decode(file.read(_LARGEST), type=_File)
        except (OSError, msgspec.MsgspecError, UnicodeError, RecursionError):
            return None
        if kept.format != _FORMAT:
            return None
        now = self._clock()
        kept.groups = [g for g in kept.groups if now - KEPT_SECONDS < g.at < now + _CLOCKS_DIFFER]
        return kept

    def _write(self, key: str, catalogue: Catalogue) -> None:
        stale = dict(catalogue.stale)
        groups: dict[str, _Group] = {}
        for resource in catalogue.resources:
            name = group_version(resource)
            at = stale.get(name, self._clock())
            groups.setdefault(name, _Group(name, at, [])).resources.append(resource)
        data = msgspec.json.encode(_File(_FORMAT, catalogue.version, list(groups.values())))
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            self._replace(self._path(key), data)
            self._prune()
        except OSError as error:
            if not self._complained:
                self._complained = True
                _log.info("what clusters serve is not kept in %s: %s", self._folder, error.strerror or error)

    def _replace(self, path: Path, data: bytes) -> None:
        """In one step: whoever reads it finds the old content or the new."""
        handle, name = tempfile.mkstemp(".tmp", dir=self._folder)  # for its owner alone
        try:
            with open(handle, "wb") as file:
                file.write(data)
            os.replace(name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise

    def _prune(self) -> None:
        for path in self._folder.iterdir():
            with suppress(OSError):  # another kdesk was first
                if path.suffix in (".json", ".tmp") and path.stat().st_mtime < time.time() - KEPT_SECONDS:
                    path.unlink()


def identity(context: Context, info: ConnectionInfo) -> str:
    """A name for one cluster as one user sees it, the same as long as both are; made of nothing secret. May block."""
    auth, proxy = info.auth, urlsplit(info.proxy_url or "")
    try:
        ca = authority(info) or b""
    except KubeError:
        ca = b""
    parts = [
        *(info.server, info.tls_server_name, info.insecure, hashlib.sha256(ca).hexdigest()),
        *(proxy.scheme, proxy.hostname),
        *(context.file, context.user, auth.username, auth.token_file, auth.client_certificate),
        hashlib.sha256(auth.client_certificate_data or b"").hexdigest(),
        auth.plugin.command if auth.plugin is not None else None,
        *(auth.impersonate_user, auth.impersonate_uid, auth.impersonate_groups, auth.impersonate_extra),
    ]
    return hashlib.sha256(json.dumps([_FORMAT, *parts]).encode("utf-8", "surrogatepass")).hexdigest()


def _filled(fresh: Catalogue, kept: _File | None) -> Catalogue:
    """The groups that failed, as they were; a kind that is there in another version keeps to that one."""
    failed = {name for name, _ in fresh.failures}
    there = {group_version(resource) for resource in fresh.resources}
    preferred = {
        (resource.gvr.group, resource.gvr.resource) for resource in fresh.resources if resource.preferred
    }
    resources = list(fresh.resources)
    # A server may list a group whose own server is away, as it was before: since when, only we may know.
    stale = dict.fromkeys(failed & there, 0.0)
    for group in kept.groups if kept is not None else ():
        if group.name not in failed:
            continue
        stale[group.name] = group.at
        if group.name not in there:
            resources += [
                replace(r, preferred=r.preferred and (r.gvr.group, r.gvr.resource) not in preferred)
                for r in group.resources
            ]
    return replace(fresh, resources=tuple(resources), stale=tuple(stale.items()))


def _trusted(status: os.stat_result) -> bool:
    """A plain file of one's own that nobody else may write."""
    own = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return stat.S_ISREG(status.st_mode) and own and not (os.name == "posix" and status.st_mode & 0o022)
