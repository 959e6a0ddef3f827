"""etcd for one API server: its command line, its health, and the compaction of its history."""

from __future__ import annotations

from pathlib import Path

import urllib3


class Etcd:
    """One etcd on loopback, over plain HTTP."""

    def __init__(self, data: Path, port: int, peer_port: int) -> None:
        self._data = data
        self.url = f"http://127.0.0.1:{port}"
        self._peer_url = f"http://127.0.0.1:{peer_port}"

    def command(self, program: Path) -> list[str]:
        """Return the command that starts it. Nothing is synced to disk: the data dies with the test run."""
        return [
            str(program),
            "--name=default",
            f"--data-dir={self._data}",
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
        current = self._call(
            "kv/range", {"key": "AA=="}
        )  # the key does not matter: each answer tells the revision
        revision = int(current["header"]["revision"])
        self._call("kv/compaction", {"revision": str(revision), "physical": True})
        return revision

    def _call(self, method: str, body: dict[str, object]) -> dict[str, dict[str, str]]:
        with urllib3.PoolManager(retries=False) as pool:
            answer = pool.request("POST", f"{self.url}/v3/{method}", json=body, timeout=30)
            if answer.status != 200:
                raise RuntimeError(f"etcd answered {answer.status} to {method}: {answer.data.decode()}")
            decoded: dict[str, dict[str, str]] = answer.json()
            return decoded
