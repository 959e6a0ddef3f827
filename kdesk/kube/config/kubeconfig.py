"""Every context of every kubeconfig: found, merged as kubectl merges, and resolved to a connection or to a
reason.

Rules of client-go's ``clientcmd`` (``loader.go``): the first file wins for every name and for
``current-context``; relative paths start at the file that holds the entry; missing listed files are no error.
Beyond it: one bad file or entry costs only the contexts that need it, and those are listed with the reason.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from kdesk.kube.config.connection import AuthInfo, ConnectionInfo, ExecConfig
from kdesk.kube.config.entries import Cluster, connection, read_cluster, read_user
from kdesk.kube.config.file import Entry, KubeFile, kind_of, read_file
from kdesk.kube.config.filewatch import FilesWatcher
from kdesk.kube.errors import KubeconfigError
from kdesk.kube.redact import redact

__all__ = ["AuthInfo", "ConnectionInfo", "Context", "ExecConfig", "FilesWatcher", "Loaded", "Sources", "load"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """One context as it is listed. ``connection`` is None exactly when ``problem`` says why it cannot be
    used.

    ``name`` is unique among those loaded together: ``plain_name``, and ``plain_name@FILE`` where several
    files that are kept apart have the same. ``server`` is for showing (no login in it), and may be empty with
    a ``problem``.
    """

    name: str
    plain_name: str
    file: str
    cluster: str
    server: str
    user: str
    namespace: str
    current: bool
    problem: str | None
    connection: ConnectionInfo | None


@dataclass(frozen=True, slots=True)
class Sources:
    """Which kubeconfigs to read (absolute paths). ``merged``: ``files`` as one, as kubectl does; else apart.

    ``extra`` were added later by a person: kept apart, whatever the others are.
    """

    files: tuple[Path, ...]
    merged: bool
    extra: tuple[Path, ...] = ()

    @classmethod
    def default(cls, environ: Mapping[str, str] | None = None) -> Sources:
        """What kubectl would read: the files of ``KUBECONFIG``, else ``~/.kube/config``."""
        environ = os.environ if environ is None else environ
        listed = environ.get("KUBECONFIG", "")
        if listed:
            return cls(_absolute(path for path in listed.split(os.pathsep) if path), merged=True)
        home = environ.get("HOME") or environ.get("USERPROFILE") or os.path.expanduser("~")
        return cls(_absolute([os.path.join(home, ".kube", "config")]), merged=True)

    @classmethod
    def explicit(cls, paths: Iterable[str | Path]) -> Sources:
        """Files that a person named one by one: kept apart, and each must exist."""
        return cls(_absolute(paths), merged=False)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The result of one reading.

    ``current`` is the name of the current context, if there is one; ``missing_current`` is what
    ``current-context`` names when no such context exists. ``problems`` are sentences about whole files.
    ``files`` is everything that was looked at, existing or not, with the certificates and keys referred to:
    what a watcher watches.
    """

    contexts: tuple[Context, ...]
    current: str | None
    problems: tuple[str, ...]
    files: tuple[Path, ...]
    missing_current: str | None = None


def load(sources: Sources) -> Loaded:
    """Read the files, resolve every context. Blocks on the disk; never raises for what the files hold."""
    together = [read_file(path) for path in sources.files] if sources.merged else []
    apart = [read_file(path) for path in (*(() if sources.merged else sources.files), *sources.extra)]
    problems = [file.fault for file in (*together, *apart) if file.fault]
    problems += [f"{file.path} does not exist." for file in apart if file.missing]
    scopes = [_Scope(together), *(_Scope([file]) for file in apart)]
    rows = [(scope, entry) for scope in scopes for entry in scope.contexts.values()]
    names = _unique_names([entry for _, entry in rows])

    named = next((scope for scope in scopes if scope.current), None)
    current_entry = named.contexts.get(named.current) if named else None
    contexts = tuple(
        scope.resolve(entry, name, entry is current_entry)
        for (scope, entry), name in zip(rows, names, strict=True)
    )
    watched = dict.fromkeys((*sources.files, *sources.extra))
    for scope in scopes:
        watched.update(dict.fromkeys(scope.referenced))
    return Loaded(
        contexts=contexts,
        current=next((context.name for context in contexts if context.current), None),
        problems=tuple(problems),
        files=tuple(watched),
        missing_current=named.current if named and current_entry is None else None,
    )


@dataclass(slots=True)
class _Scope:
    """Files that are read as one: names are looked up across all of them, the first file wins."""

    files: list[KubeFile]
    clusters: dict[str, Entry] = field(init=False, default_factory=dict)
    users: dict[str, Entry] = field(init=False, default_factory=dict)
    contexts: dict[str, Entry] = field(init=False, default_factory=dict)
    current: str = field(init=False, default="")
    referenced: list[Path] = field(init=False, default_factory=list)
    _clusters: dict[str, Cluster | KubeconfigError] = field(init=False, default_factory=dict)
    _users: dict[str, AuthInfo | KubeconfigError] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for file in self.files:
            for into, entries in (
                (self.clusters, file.clusters),
                (self.users, file.users),
                (self.contexts, file.contexts),
            ):
                for name, entry in entries.items():
                    into.setdefault(name, entry)
            self.current = self.current or file.current

    def resolve(self, entry: Entry, name: str, current: bool) -> Context:
        fields = {key: entry.value.get(key) for key in ("cluster", "user", "namespace")}
        cluster, user, namespace = (value if isinstance(value, str) else "" for value in fields.values())
        info, problem = None, None
        try:
            _check_context(entry, fields)
            info = connection(self._cluster(entry, cluster), self._user(entry, user), namespace)
        except KubeconfigError as error:
            problem = str(error)
        return Context(
            name=name,
            plain_name=entry.name,
            file=entry.file.path,
            cluster=cluster,
            server=info.server if info else self._shown_server(cluster),
            user=user,
            namespace=namespace or "default",
            current=current,
            problem=problem,
            connection=info,
        )

    def _cluster(self, context: Entry, name: str) -> Cluster:
        entry = self.clusters.get(name)
        if entry is None:
            missing = f'names the cluster "{name}", which is not defined' if name else "names no cluster"
            raise KubeconfigError(f'context "{context.name}" in {context.file.path} {missing}.')
        self._watch(entry, "certificate-authority")
        return _remembered(self._clusters, entry, read_cluster)

    def _user(self, context: Entry, name: str) -> AuthInfo:
        entry = self.users.get(name)
        if entry is None:
            if not name:
                return AuthInfo()  # kubectl connects anonymously, and so does a context without a user here
            raise KubeconfigError(
                f'context "{context.name}" in {context.file.path} names the user "{name}", '
                "which is not defined."
            )
        self._watch(entry, "client-certificate", "client-key")
        return _remembered(self._users, entry, read_user)

    def _watch(self, entry: Entry, *keys: str) -> None:
        """Also where the entry is unusable: the file that is missing now may come."""
        for key in keys:
            path = entry.value.get(key)
            if isinstance(path, str) and path:
                self.referenced.append(Path(os.path.normpath(os.path.join(entry.folder, path))))

    def _shown_server(self, cluster: str) -> str:
        entry = self.clusters.get(cluster)
        server = entry.value.get("server") if entry else None
        return redact(server) if isinstance(server, str) else ""


def _check_context(entry: Entry, fields: Mapping[str, object]) -> None:
    if entry.file.fault:
        raise KubeconfigError(entry.file.fault)
    if not entry.name:
        raise KubeconfigError(f"a context in {entry.file.path} has no name.")
    for key, value in fields.items():
        if not (value is None or isinstance(value, str)):
            raise KubeconfigError(
                f'context "{entry.name}" in {entry.file.path}: {key} must be text, not {kind_of(value)}.'
            )


def _remembered(known: dict[str, T | KubeconfigError], entry: Entry, read: Callable[[Entry], T]) -> T:
    """``read(entry)``, once however many contexts share the entry. One of a faulty file is not used."""
    if entry.name not in known:
        try:
            if entry.file.fault:
                raise KubeconfigError(entry.file.fault)
            known[entry.name] = read(entry)
        except KubeconfigError as error:
            known[entry.name] = error
    found = known[entry.name]
    if isinstance(found, KubeconfigError):
        raise KubeconfigError(str(found))
    return found


def _unique_names(entries: list[Entry]) -> list[str]:
    """A name for each: the plain one where there is no other, else with its file; never the same twice."""
    shown = [entry.name or "(no name)" for entry in entries]
    counts = Counter(shown)
    taken = {name for name, count in counts.items() if count == 1}
    names = []
    for entry, plain in zip(entries, shown, strict=True):
        name = plain
        if counts[plain] > 1:
            name += f"@{entry.file.path}"
            while name in taken:  # some context is really called like this
                name += f"@{entry.file.path}"
            taken.add(name)
        names.append(name)
    return names


def _absolute(paths: Iterable[str | Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(Path(os.path.abspath(path)) for path in paths))
