"""etcd for one API server: its command line, its health, what it stores, and the compaction of its history."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import urllib3


class Etcd:
    """One etcd on loopback, over plain HTTP."""

    def __init__(self, data: Path, port: int, peer_port: int) -> None:
        #: The folder of what it stores.
        self.data = data
        self.url = f"http://127.0.0.1:{port}"
        self._peer_url = f"http://127.0.0.1:{peer_port}"

    def command(self, program: Path) -> list[str]:
        """Return the command that starts it. Nothing is synced to disk: the data dies with the test run."""
        return [
            str(program),
            "--name=default",
            f"--data-dir={self.data}",
            f"--listen-client-urls={self.url}",
            f"--advertise-client-urls={self.url}",
            f"--listen-peer-urls={self._peer_url}",
            f"--initial-advertise-peer-urls={self._peer_url}",
            f"--initial-cluster=default={self._peer_url}",
            "--heartbeat-interval=20",
            "--election-timeout=100",
            "--unsafe-no-fsync",
            "--quota-backend-bytes=8589934592",
            "--log-level=error",
        ]

    def healthy(self) -> bool:
        """Tell whether it serves by now."""
        try:
            with urllib3.PoolManager(retries=False) as pool:
                return pool.request("GET", f"{self.url}/health", timeout=5).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def compact(self) -> int:
        """Forget everything older than the current revision, which is returned."""
        revision = int(self._call("kv/range", {"key": _encoded(b"/"), "limit": 1})["header"]["revision"])
        self._call("kv/compaction", {"revision": str(revision), "physical": True})
        return revision

    def get(self, key: str) -> bytes:
        """Return what is stored under a key. Raises `KeyError`."""
        found = self._call("kv/range", {"key": _encoded(key.encode())}).get("kvs", [])
        if not found:
            raise KeyError(key)
        return base64.b64decode(found[0]["value"])

    def put_all(self, values: dict[str, bytes]) -> int:
        """Store up to 128 values, by their keys, in one revision, which is returned."""
        puts = [
            {"requestPut": {"key": _encoded(key.encode()), "value": _encoded(value)}}
            for key, value in values.items()
        ]
        return int(self._call("kv/txn", {"success": puts})["header"]["revision"])

    def _call(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        with urllib3.PoolManager(retries=False) as pool:
            answer = pool.request("POST", f"{self.url}/v3/{method}", json=body, timeout=30)
            if answer.status != 200:
                raise RuntimeError(f"etcd answered {answer.status} to {method}: {answer.data.decode()}")
            decoded: dict[str, Any] = answer.json()
            return decoded


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()
