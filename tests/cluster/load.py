"""Creates many pods quickly: plain POSTs over a few connections, each pod about 4 KB as the server stores it.

Against any API server that a kubeconfig with a token names::

    python -m tests.cluster.load --kubeconfig FILE --pods 50000 --nodes node-0 node-1
"""

from __future__ import annotations

import argparse
import base64
import json
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
import yaml

_HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "kdesk-load"}
_CONFLICT = 409
_CREATED = 201
# What a stored pod has besides: defaults and its creator's managedFields; running, also a status and kwok's.
_ADDED_TO_PENDING = 1800
_ADDED_TO_RUNNING = 3200
_APPS = ("api", "billing", "cache", "checkout", "frontend", "ingest", "mailer", "orders", "search", "worker")


class LoadFailed(RuntimeError):
    """The server refused an object; the message holds its answer."""


@dataclass(frozen=True)
class Load:
    """What to create: pods named ``<app>-<number>``, spread over namespaces ``<prefix>-0`` and so on.

    With `nodes` they are bound to these in turn, else they stay Pending for ever, as no scheduler is theirs.
    `size` is about the length of each when listed, in bytes of compact JSON.
    """

    pods: int
    namespaces: int = 10
    nodes: Sequence[str] = ()
    prefix: str = "load"
    size: int = 4200

    @property
    def period(self) -> int:
        """Pods this many numbers apart are alike: same app, same namespace."""
        return self.namespaces * len(_APPS)

    def place(self, number: int) -> tuple[str, str]:
        """Return namespace and name of the pod of this number."""
        return f"{self.prefix}-{number % self.namespaces}", f"{self._app(number)}-{number:06}"

    def pod(self, number: int) -> dict[str, Any]:
        """Return the manifest of the pod of this number."""
        namespace, name = self.place(number)
        node = self.nodes[sum(divmod(number, self.namespaces)) % len(self.nodes)] if self.nodes else None
        manifest = _pod(name, self._app(number), node, self.size)
        manifest["metadata"]["namespace"] = namespace
        return manifest

    def _app(self, number: int) -> str:
        return _APPS[number // self.namespaces % len(_APPS)]


def create_pods(server: str, authority: Path, token: str, load: Load, workers: int = 8) -> float:
    """Create pods, over `workers` connections, and return how many seconds it took.

    Returns when all are created, not when they run. Namespaces are made as needed; what exists is left alone.
    Raises `LoadFailed` at the first object that the server refuses.
    """
    loader = _Loader(server, authority, token, workers)
    started = time.monotonic()
    try:
        for number in range(load.namespaces):
            loader.create("/api/v1/namespaces", {"metadata": {"name": f"{load.prefix}-{number}"}})
        with ThreadPoolExecutor(workers, thread_name_prefix="load") as executor:
            shares = [
                executor.submit(loader.create_share, load, worker, workers) for worker in range(workers)
            ]
            try:
                for share in as_completed(shares):
                    share.result()
            except BaseException:
                loader.stopped.set()
                raise
    finally:
        loader.close()
    return time.monotonic() - started


def _pod(name: str, app: str, node: str | None, size: int) -> dict[str, Any]:
    """Return the manifest of a pod that is about `size` bytes long once the server has stored it."""
    manifest: dict[str, Any] = {
        "metadata": {
            "name": name,
            "labels": {
                "app.kubernetes.io/name": app,
                "app.kubernetes.io/version": "1.4.2",
                "team": f"{app}-team",
            },
            "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "8080"},
        },
        "spec": {
            "containers": [
                {
                    "name": app,
                    "image": f"registry.example/{app}:1.4.2",
                    "ports": [{"containerPort": 8080, "name": "http"}],
                    "env": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "REGION", "value": "eu-1"}],
                    "resources": {
                        "requests": {"cpu": "100m", "memory": "128Mi"},
                        "limits": {"memory": "256Mi"},
                    },
                }
            ],
            # The load is not work for the scheduler: pods are bound here, or never.
            **({"nodeName": node} if node else {"schedulerName": "none"}),
        },
    }
    added = _ADDED_TO_RUNNING if node else _ADDED_TO_PENDING
    padding = size - added - len(json.dumps(manifest))
    manifest["metadata"]["annotations"]["example.com/padding"] = "x" * max(padding, 0)
    return manifest


class _Loader:
    """A pool of connections to one server, and the flag that ends its workers early."""

    def __init__(self, server: str, authority: Path, token: str, workers: int) -> None:
        url = urllib3.util.parse_url(server)
        self._headers = _HEADERS | {"Authorization": f"Bearer {token}"}
        context = ssl.create_default_context(cafile=str(authority))
        self._pool = urllib3.HTTPSConnectionPool(
            url.host or "", url.port, maxsize=workers, block=True, ssl_context=context, retries=False
        )
        self.stopped = threading.Event()

    def create(self, path: str, manifest: dict[str, Any]) -> None:
        """Create one object; one that exists already is left alone."""
        body = json.dumps(manifest).encode()
        answer = self._pool.request("POST", path, body=body, headers=self._headers, timeout=60)
        if answer.status not in (_CREATED, _CONFLICT):
            told = answer.data[:500].decode(errors="replace")
            raise LoadFailed(f"POST {path} answered {answer.status}: {told}")

    def create_share(self, load: Load, first: int, step: int) -> None:
        """Create every `step`-th pod from the `first` on, until done or stopped."""
        for number in range(first, load.pods, step):
            if self.stopped.is_set():
                return
            pod = load.pod(number)
            # By default the server looks for unknown fields as well, which takes it noticeably longer.
            path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods?fieldValidation=Ignore"
            self.create(path, pod)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Create many pods, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.load", description=main.__doc__)
    parser.add_argument(
        "--kubeconfig", type=Path, required=True, metavar="FILE", help="its current context is used"
    )
    parser.add_argument("--pods", type=int, required=True, metavar="N")
    parser.add_argument(
        "--namespaces", type=int, default=10, metavar="N", help="to spread them over (%(default)s)"
    )
    parser.add_argument(
        "--nodes", nargs="*", default=[], metavar="NAME", help="to bind them to (none: they stay Pending)"
    )
    parser.add_argument(
        "--size", type=int, default=4200, metavar="BYTES", help="of each, about (%(default)s)"
    )
    options = parser.parse_args(arguments)
    config = yaml.safe_load(options.kubeconfig.read_text())
    context = _named(config["contexts"], config["current-context"])["context"]
    cluster = _named(config["clusters"], context["cluster"])["cluster"]
    token = _named(config["users"], context["user"])["user"]["token"]
    with tempfile.NamedTemporaryFile(suffix=".crt") as authority:
        authority.write(base64.b64decode(cluster["certificate-authority-data"]))
        authority.flush()
        try:
            load = Load(options.pods, options.namespaces, options.nodes, size=options.size)
            took = create_pods(cluster["server"], Path(authority.name), token, load)
        except LoadFailed as error:
            print(error, file=sys.stderr)
            return 1
    print(f"{options.pods} pods in {took:.1f} s")
    return 0


def _named(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(entry for entry in entries if entry["name"] == name)


if __name__ == "__main__":
    sys.exit(main())
