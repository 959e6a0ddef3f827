"""A real Kubernetes control plane on loopback, up in seconds, gone without a trace.

In a test, take a fixture of `conftest`. By hand, to have a cluster to look at until interrupted::

    python -m tests.cluster.controlplane --nodes 3 --pods 1000
"""

from __future__ import annotations

import argparse
import atexit
import dataclasses
import functools
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from . import bulk, commands, fakenodes, load, pki, processes, programs
from .api import Api
from .etcd import Etcd
from .servers import START_TIMEOUT_S, Servers

_USERS = {"admin": ["system:masters"], "alice": [], "bob": []}
_FILL_TIMEOUT_S = 300.0
_KUBECTL_TIMEOUT_S = 90


class KubectlFailed(RuntimeError):
    """kubectl exited with an error; the message is what it wrote to standard error."""


class ControlPlane(Servers):
    """etcd and kube-apiserver; on demand controllers, scheduler and nodes. Use it as a context manager.

    Users with tokens: ``admin`` may do anything, ``alice`` and ``bob`` only what RBAC grants them. The
    ServiceAccount admission plugin is off, so pods can be made in a namespace that is a moment old.
    """

    def __init__(
        self,
        name: str = "kdesk-test",
        *,
        nodes: int = 0,
        controllers: bool = True,
        scheduler: bool = True,
        extra_apiserver_args: Sequence[str] = (),
        extra_controller_args: Sequence[str] = (),
    ) -> None:
        """Describe a control plane; `start` makes it.

        `name` names cluster and context in kubeconfigs. `controllers` is the controller manager: without it,
        namespaces are not finalized and deployments make no pods. Raises `ProgramsMissing`.
        """
        self.name = name
        wanted = ["etcd", "kube-apiserver", "kubectl"]
        wanted += (
            ["kube-controller-manager"] * controllers
            + ["kube-scheduler"] * scheduler
            + ["kwok"] * (nodes > 0)
        )
        #: Paths of the programs, by name.
        self.programs = programs.locate(*wanted)
        self._wanted_nodes = nodes
        self._node_count = 0
        self._extra_apiserver_args = list(extra_apiserver_args)
        self._extra_controller_args = list(extra_controller_args)
        self._tokens = {user: secrets.token_hex(16) for user in _USERS}
        self._revoked: set[str] = set()
        self._children = {}
        self._guard = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything; return when it is usable. Raises `StartFailed`, and leaves nothing running."""
        #: Everything of this control plane: configuration, data, logs (``<program>.log``).
        self.folder = Path(tempfile.mkdtemp(prefix=f"{self.name}-"))
        self._guard = processes.Guard(self.folder)
        atexit.register(self.stop)
        try:
            self._prepare()
            self._start_all()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End every process and remove the folder. Does nothing when that is done already."""
        if self._guard is not None:
            # The API server cannot end in order when its etcd is gone.
            processes.end_all(child for name, child in self._children.items() if name != "etcd")
            processes.end_all(self._children.values())
            self._guard.dismiss()
            self._guard = None
            atexit.unregister(self.stop)

    @property
    def server(self) -> str:
        """The API server's address."""
        return self._files.server

    @property
    def authority(self) -> Path:
        """The certificate authority of the API server, a PEM file."""
        return self._files.authority

    def token(self, user: str = "admin") -> str:
        """Return the user's newest token, which may have been revoked."""
        return self._tokens[user]

    def kubeconfig(self, path: Path | None = None, user: str = "admin", context: str | None = None) -> Path:
        """Write a kubeconfig with one context, for a user's token, and return its path.

        Unless named here, the context is named after the cluster; for users other than admin,
        ``<cluster>-<user>``.
        """
        context = context or (self.name if user == "admin" else f"{self.name}-{user}")
        path = path or self.folder / f"{context}.kubeconfig"
        credentials = {"token": self._tokens[user]}
        commands.write_kubeconfig(self._files, path, context, user, credentials)
        return path

    def request(
        self, method: str, path: str, body: object = None, *, user: str | None = None
    ) -> tuple[int, Any]:
        """Send one request; return HTTP status and decoded JSON. See `Api.request`.

        Without `user` it is sent as an administrator whose credentials no test revokes.
        """
        return self.api.request(method, path, body, token=None if user is None else self._tokens[user])

    def kubectl(self, *args: str, input: str | None = None, user: str = "admin") -> str:
        """Run kubectl and return its standard output. Raises `KubectlFailed`."""
        # With a home of its own, neither caches nor preferences of the person who runs the tests play a part.
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder)}
        # Nor does it share a kubeconfig with the tests: they see files change when they change them.
        kubeconfig = self.kubeconfig(self.folder / f"kubectl-{user}.kubeconfig", user)
        command = [str(self.programs["kubectl"]), f"--kubeconfig={kubeconfig}", *args]
        done = subprocess.run(
            command,
            input="" if input is None else input,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_KUBECTL_TIMEOUT_S,
            check=False,
        )
        if done.returncode:
            raise KubectlFailed(f"kubectl {' '.join(args)}: {done.stderr.strip()}")
        return done.stdout

    def apply(self, manifest: str | dict[str, Any]) -> None:
        """Apply YAML (one document or several) or one object. Raises `KubectlFailed`."""
        text = manifest if isinstance(manifest, str) else json.dumps(manifest)
        self.kubectl("apply", "--filename=-", input=text)

    def revoke_token(self, user: str) -> None:
        """Make the user's token answer 401. The API server reads tokens at its start, so it is restarted."""
        self._revoked.add(user)
        self._write_tokens()
        self.restart_apiserver()

    def rotate_token(self, user: str) -> str:
        """Give the user a new token and return it; the old one answers 401. The API server is restarted."""
        self._tokens[user] = secrets.token_hex(16)
        self._revoked.discard(user)
        self._write_tokens()
        self.restart_apiserver()
        return self._tokens[user]

    def add_nodes(self, count: int) -> list[str]:
        """Add nodes, wait until they are Ready, and return their names. Pods on them become Running."""
        if "kwok" not in self._children:
            self.programs |= programs.locate("kwok")
            self._start_kwok()
        names = [f"node-{self._node_count + number}" for number in range(count)]
        self._node_count += count
        for name in names:
            status, answer = self.request("POST", "/api/v1/nodes", fakenodes.node(name))
            if status != 201:
                raise RuntimeError(f"Creating {name} answered {status}: {answer}")

        def all_ready() -> bool:
            return set(names) <= fakenodes.ready(self.request("GET", "/api/v1/nodes")[1])

        try:
            self._children["kwok"].wait_ready(all_ready, START_TIMEOUT_S)
        except processes.StartFailed:
            if not fakenodes.stumbled(self._children["kwok"].log.read_text(errors="replace")):
                raise
            self._start_kwok()
            self._children["kwok"].wait_ready(all_ready, START_TIMEOUT_S)
        return names

    def _start_kwok(self) -> None:
        program = self.programs["kwok"]
        self._spawn("kwok", self._kubelet.command(program, self._files.kubeconfig, self._files.serving))

    def fill(self, what: load.Load) -> float:
        """Create many pods, return how many seconds it took. They are listed, and those on nodes run, by then.

        The first ones of each kind come through the API server, the others are copies of them: see `bulk`.
        """
        started = time.monotonic()
        first = dataclasses.replace(what, pods=min(what.pods, what.period))
        load.create_pods(self.server, self.authority, self.token(), first)
        if what.nodes:
            self._children["kwok"].wait_ready(functools.partial(_all_run, self, what), START_TIMEOUT_S)
        revision = bulk.multiply(self.etcd, what)
        # Lists fail until the API server's cache has caught up. Controllers and kwok may go on reading for longer.
        cached = f"/api/v1/pods?limit=1&resourceVersion={revision}&resourceVersionMatch=NotOlderThan"
        self._children["kube-apiserver"].wait_ready(lambda: self.api.answers(cached), _FILL_TIMEOUT_S)
        return time.monotonic() - started

    def write_log(self, message: str) -> None:
        """Append a line to the log of every container on the nodes of `add_nodes`."""
        self._kubelet.write_log(message)

    def _prepare(self) -> None:
        self._port = processes.free_port()
        self._certificates = pki.Authority(self.folder, f"{self.name}-ca")
        serving = self._certificates.serving("serving")
        authority = self._certificates.certificate
        self._files = commands.Files(
            self.folder, self.name, f"https://127.0.0.1:{self._port}", authority, serving
        )
        #: The etcd behind the API server.
        self.etcd = Etcd(self.folder / "etcd", processes.free_port(), processes.free_port())
        self._kubelet = fakenodes.Kubelet(self.folder, processes.free_port())
        pki.write_signing_key(self._files.signing_key)
        self._write_tokens()
        operator = self._certificates.client("operator", ["system:masters"])
        #: For requests that `request` has no words for.
        self.api = Api(self._port, self.authority, operator)
        credentials = {"client-certificate": str(operator[0]), "client-key": str(operator[1])}
        commands.write_kubeconfig(self._files, self._files.kubeconfig, self.name, "operator", credentials)

    def _start_all(self) -> None:
        self._start_store()
        for name, command in (
            (
                "kube-controller-manager",
                functools.partial(commands.controllers, extra=self._extra_controller_args),
            ),
            ("kube-scheduler", commands.scheduler),
        ):
            if name in self.programs:
                self._spawn(name, command(self.programs[name], self._files, processes.free_port()))
        if self._wanted_nodes:
            self.add_nodes(self._wanted_nodes)
        usable = "/api/v1/namespaces/default"
        waited_for = self._children["kube-apiserver"]
        if "kube-controller-manager" in self.programs:
            usable += "/serviceaccounts/default"
            waited_for = self._children["kube-controller-manager"]
        waited_for.wait_ready(lambda: self.api.answers(usable), START_TIMEOUT_S)

    def _write_tokens(self) -> None:
        lines = [
            f'{self._tokens[user]},{user},{user},"{",".join(groups)}"\n'
            for user, groups in _USERS.items()
            if user not in self._revoked
        ]
        self._files.tokens.touch(mode=0o600)
        self._files.tokens.write_text("".join(lines))


def _all_run(plane: ControlPlane, what: load.Load) -> bool:
    pending = "pods?fieldSelector=status.phase%3DPending&limit=1"
    paths = [f"/api/v1/namespaces/{what.prefix}-{number}/{pending}" for number in range(what.namespaces)]
    return not any(plane.request("GET", path)[1]["items"] for path in paths)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one control plane until interrupted, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.controlplane", description=main.__doc__)
    parser.add_argument("--name", default="kdesk-test", help="the name of cluster and context (%(default)s)")
    parser.add_argument(
        "--nodes", type=int, default=0, metavar="N", help="nodes, played by kwok (%(default)s)"
    )
    parser.add_argument(
        "--pods", type=int, default=0, metavar="N", help="pods of about 4 KB each (%(default)s)"
    )
    parser.add_argument(
        "--namespaces", type=int, default=10, metavar="N", help="to spread pods over (%(default)s)"
    )
    parser.add_argument(
        "--no-controllers", action="store_true", help="neither controller manager nor scheduler"
    )
    parser.add_argument(
        "--kubeconfig-out", type=Path, metavar="FILE", help="write the kubeconfig there as well"
    )
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # `kill` ends it as orderly as Ctrl+C does
    control = not options.no_controllers
    try:
        with ControlPlane(options.name, nodes=options.nodes, controllers=control, scheduler=control) as plane:
            if options.pods:
                nodes = [f"node-{number}" for number in range(options.nodes)]
                print(f"Creating {options.pods} pods ...", file=sys.stderr, flush=True)
                plane.fill(load.Load(options.pods, options.namespaces, nodes))
            path = plane.kubeconfig()
            if options.kubeconfig_out is not None:
                path = plane.kubeconfig(options.kubeconfig_out)
            print(f"{path}\nexport KUBECONFIG={path}", flush=True)
            print("Interrupt to stop it.", file=sys.stderr, flush=True)
            signal.pause()
    except (programs.ProgramsMissing, processes.StartFailed, load.LoadFailed) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
