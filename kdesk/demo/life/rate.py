"""A steady load: so many changed pods a second, on average exactly, whatever else happens in the cluster."""

from __future__ import annotations

import asyncio
from collections import deque

import msgspec

from kdesk.demo.life import podstates
from kdesk.demo.objects.cluster import Cluster
from kdesk.demo.objects.store import Record
from kdesk.demo.objects.values import Object
from kdesk.demo.objects.writers import KUBELET

_STEP_S = 0.01
_MAX_DEBT_S = 1.0
#: At one time no more pods are unready than so many seconds' worth of changes, and than this share of all.
_UNREADY_S, _UNREADY = 4.0, 0.01
_decode = msgspec.json.Decoder(dict).decode


class Rate:
    """Lets readiness probes of running pods fail and hold again, one pod after the other in a shuffled order.

    Every change is to be seen in a table (READY, ``0/1`` and back). Few pods are unready at one time, none for long.
    """

    def __init__(self, cluster: Cluster, per_second: float) -> None:
        self._cluster = cluster
        self._per_second = per_second
        self._keys: list[str] = []
        self._unready: deque[tuple[str, str]] = deque()

    async def run(self) -> None:
        """Runs for ever. A load that the machine cannot carry is let go after a second's worth of debt."""
        loop = asyncio.get_running_loop()
        last, debt = loop.time(), 0.0
        while True:
            await asyncio.sleep(_STEP_S)
            now = loop.time()
            debt = min(debt + (now - last) * self._per_second, max(1.0, _MAX_DEBT_S * self._per_second))
            last = now
            # No turn is longer than four steps' worth, so that connections are served in between.
            due = min(int(debt), max(1, int(4 * _STEP_S * self._per_second)))
            debt -= self.change(due)

    def change(self, count: int) -> int:
        """Changes `count` pods. Gives how many were changed: fewer only when no pod is running."""
        pods = self._cluster["pods"]
        most = max(1.0, min(_UNREADY_S * self._per_second, _UNREADY * len(pods.records)))
        for done in range(count):
            full = len(self._unready) >= most
            if not ((full and self._recover()) or self._fail() or self._recover()):
                return done
        return count

    def _fail(self) -> bool:
        """The next pod's probe fails. False: no pod is ready."""
        pods = self._cluster["pods"]
        misses = 0
        while True:
            if not self._keys:
                self._keys = list(pods.records)
                self._cluster.random.shuffle(self._keys)
                if misses >= len(self._keys):
                    return False
                misses = 0
            record = pods.records.get(self._keys.pop())
            if record is None or record.fields[".ready"] != "true" or record.fields[".deleting"]:
                misses += 1
                continue
            body = _decode(b"{" + record.body)
            if not _is_ready(body):
                misses += 1
                continue
            podstates.ready(body, False, self._cluster.now())
            # The fields stay: controllers let a moment's failure pass, as they would do for ten thousand a second.
            pods.put_body(record, body)
            self._unready.append((record.key, record.uid))
            return True

    def _recover(self) -> bool:
        """The pod that has been unready for longest is ready again. False: there is none."""
        while self._unready:
            key, uid = self._unready.popleft()
            record = self._cluster["pods"].records.get(key)
            if record is None or record.uid != uid or record.fields[".deleting"]:
                continue
            body = _decode(b"{" + record.body)
            if body["status"]["phase"] == "Running" and not _is_ready(body):
                podstates.ready(body, True, self._cluster.now())
                self._put(record, body)
                return True
        return False

    def _put(self, record: Record, body: Object) -> None:
        pods = self._cluster["pods"]
        if record.fields[".ready"] == "true":
            pods.put_body(record, body)
        else:  # somebody else has written it meanwhile, and the controllers have seen it unready
            pods.put(record.object() | body, KUBELET)


def _is_ready(body: Object) -> bool:
    return all(entry["ready"] for entry in body["status"].get("containerStatuses") or ())
