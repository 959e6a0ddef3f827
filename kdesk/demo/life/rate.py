"""A steady load: so many changed pods a second, on average exactly, whatever else happens in the cluster."""

from __future__ import annotations

import asyncio

import msgspec

from kdesk.demo.life import podstates
from kdesk.demo.objects.cluster import Cluster

_STEP_S = 0.01
_MAX_DEBT_S = 1.0
_decode = msgspec.json.Decoder(dict).decode


class Rate:
    """Restarts the first container of running pods, one after the other in a shuffled order."""

    def __init__(self, cluster: Cluster, per_second: float) -> None:
        self._cluster = cluster
        self._per_second = per_second
        self._keys: list[str] = []

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
        pods, now, done, misses = self._cluster["pods"], self._cluster.now(), 0, 0
        while done < count:
            if not self._keys:
                self._keys = list(pods.records)
                self._cluster.random.shuffle(self._keys)
                if misses >= len(self._keys):
                    return done
                misses = 0
            record = pods.records.get(self._keys.pop())
            if record is None or record.fields[".ready"] != "true" or record.fields[".deleting"]:
                misses += 1
                continue
            body = _decode(b"{" + record.body)
            podstates.restarted(body["status"], 1, now)
            pods.put_body(record, body)
            done += 1
        return done
