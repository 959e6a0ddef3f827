"""Keep a test run away from the person's own files, display and network.

Called before any project module is imported. The environment changes reach child processes too; the network
guard covers this process only.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from pathlib import Path
from typing import Any

import platformdirs

from tests.support.origins import describe, here

CLUSTER_PROGRAMS = "KDESK_TEST_PROGRAMS"
"""Names the folder of the built cluster programs, which outlives the run: see tests/cluster/programs.py."""

_HOMES = {
    "HOME": "",
    "USERPROFILE": "",
    "XDG_CONFIG_HOME": ".config",
    "XDG_CACHE_HOME": ".cache",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "APPDATA": "AppData/Roaming",
    "LOCALAPPDATA": "AppData/Local",
}
_UNSET = (
    "KUBECONFIG",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "COLUMNS",
)


def isolate_environment(home: Path) -> None:
    """Point everything that a program looks up under a home folder into ``home``; Qt draws offscreen."""
    os.environ.setdefault(
        CLUSTER_PROGRAMS, platformdirs.user_cache_dir("kdesk-test-programs", appauthor=False)
    )
    os.environ.setdefault("GOPATH", str(Path.home() / "go"))  # Go's caches outlive the run as well
    os.environ.setdefault("GOCACHE", platformdirs.user_cache_dir("go-build", appauthor=False))
    for name, below in _HOMES.items():
        folder = home / below
        folder.mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(folder)
    for name in _UNSET:
        os.environ.pop(name, None)
        os.environ.pop(name.lower(), None)
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"


class OutsideNetwork(OSError):
    """A test tried to reach something that is not this machine."""


class NetworkGuard:
    """Refuses every connection that leaves the machine, and remembers it: callers retry quietly."""

    def __init__(self) -> None:
        self._attempts: list[str] = []

    def install(self) -> None:
        """Cannot be undone (audit hooks cannot): one guard per process."""
        sys.addaudithook(self._audit)

    def take(self) -> list[str]:
        """The attempts since the last call, one sentence each."""
        attempts, self._attempts = self._attempts, []
        return attempts

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto"):
            sock, address = args
            if sock.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(str(address[0])):
                self._refuse(f"{address[0]}:{address[1]}")
        elif event == "socket.getaddrinfo":
            host = args[0].decode() if isinstance(args[0], bytes) else args[0]
            if host is None or is_loopback(host) or _is_address(host):
                return  # asks no name server; connecting to it is another event
            if host.endswith(".invalid"):  # reserved for names that do not exist; asked of nobody
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            self._refuse(str(host))

    def _refuse(self, target: str) -> None:
        sentence = f"connected to {target}, which is not this machine; {describe(here(2))}"
        self._attempts.append(sentence)
        raise OutsideNetwork(sentence)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether a host as given to a socket call is this machine."""
    if host in ("", "localhost") or host.endswith(".localhost"):
        return True
    if not _is_address(host):
        return False
    address = ipaddress.ip_address(host.partition("%")[0])
    return address.is_loopback or address.is_unspecified
