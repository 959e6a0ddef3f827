"""The two servers that hold a control plane's state, and what can be done to them while somebody watches."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path

from . import commands, processes
from .api import Api
from .etcd import Etcd

START_TIMEOUT_S = 60.0


class Servers:
    """etcd and kube-apiserver as processes. The attributes are filled in by `ControlPlane`."""

    programs: dict[str, Path]
    folder: Path
    etcd: Etcd
    api: Api
    _port: int
    _files: commands.Files
    _extra_apiserver_args: list[str]
    _children: dict[str, processes.Child]
    _guard: processes.Guard | None

    def kill_apiserver(self) -> None:
        """End the API server at once, as a crash does: connections break, nobody listens on its port."""
        self._children["kube-apiserver"].kill()

    def stop_nodes(self) -> None:
        """End what plays the nodes: they and their pods stay as they are, and nobody watches or renews them."""
        processes.end_all([self._children.pop("kwok")])

    def pause_apiserver(self) -> None:
        """Freeze the API server: connections stay, nothing is answered."""
        self._children["kube-apiserver"].send(signal.SIGSTOP)

    def resume_apiserver(self) -> None:
        """Let a paused API server go on."""
        self._children["kube-apiserver"].send(signal.SIGCONT)

    def start_apiserver(self) -> None:
        """Start the API server, after it was killed, on the port it had; return when it is ready."""
        program = self.programs["kube-apiserver"]
        self._spawn(
            "kube-apiserver",
            commands.apiserver(program, self._files, self._port, self.etcd.url, self._extra_apiserver_args),
        )
        self._children["kube-apiserver"].wait_ready(lambda: self.api.answers("/readyz"), START_TIMEOUT_S)

    def restart_apiserver(self) -> None:
        """Kill and start the API server."""
        self.kill_apiserver()
        self.start_apiserver()

    def back_up(self) -> Path:
        """Copy what etcd stores, while nothing runs; return the copy's folder, for `restore`."""
        copy = Path(tempfile.mkdtemp(prefix="backup-", dir=self.folder)) / "etcd"
        self._stop_store()
        shutil.copytree(self.etcd.data, copy)
        self._start_store()
        return copy

    def restore(self, backup: Path) -> None:
        """Go back to a backup, at the same address: what happened since never did, and versions are lower again."""
        self._stop_store()
        shutil.rmtree(self.etcd.data)
        shutil.copytree(backup, self.etcd.data)
        self._start_store()

    def compact(self) -> int:
        """Make etcd forget all older versions; return the current revision (a resourceVersion).

        The API server still answers old watches from its watch cache: see `expire_watches`.
        """
        return self.etcd.compact()

    def expire_watches(self) -> int:
        """Compact, and restart the API server: a watch from before then answers 410. Return the revision."""
        revision = self.compact()
        self.restart_apiserver()
        return revision

    def _stop_store(self) -> None:
        self.kill_apiserver()
        self._children["etcd"].kill()

    def _start_store(self) -> None:
        self._spawn("etcd", self.etcd.command(self.programs["etcd"]))
        self._children["etcd"].wait_ready(self.etcd.healthy, START_TIMEOUT_S)
        self.start_apiserver()

    def _spawn(self, name: str, command: Sequence[str]) -> None:
        self._children[name] = processes.Child(name, command, self.folder / f"{name}.log")
        assert self._guard is not None, "the control plane is not started"
        self._guard.watch(child for child in self._children.values() if child.running())
