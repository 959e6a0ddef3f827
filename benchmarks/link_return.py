"""How long after a dead link's return everything is fresh: watches of several kinds and namespaces over TLS.

    python -m benchmarks.link_return [--rounds 3] [--seconds 9]

Three ways to lose a server, each for about that many seconds and again and again: the link dies without a word and its
connections never come back (packets are dropped in the kernel); the same while the machine slept (its clock jumps, and
the network is back only some time later); and a server that ends every connection and is gone, behind something that
goes on accepting them for it. Objects change meanwhile. Measured is the time from the return until every watch is live
and shows what changed. The keep-alive times, the vigil and all pauses are those of the program. The last line is JSON.
Linux only.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import open_session, report, until
from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.engine.informer import Informer, WatchSpec
from kdesk.kube.engine.reaper import Reaper
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.engine.vigil import SLEPT_SECONDS, Vigil
from tests.fakes.relay import Relay
from tests.fakes.server import ApiServer
from tests.fakes.tls import server_tls

_TARGET_S = 5.0
_KINDS = ("pods", "configmaps", "events", "deployments", "widgets")
_NAMESPACES = 4


@dataclass(frozen=True, slots=True)
class Watched:
    label: str
    namespace: str
    informer: Informer

    def shows(self, name: str) -> bool:
        live = self.informer.status.state is WatchState.LIVE
        return live and self.informer.store.get(f"{self.namespace}/{name}") is not None


class Stage:
    """A session on a server behind a relay, with its vigil; ``slept`` is what the wall clock jumped."""

    def __init__(self, server: ApiServer, relay: Relay, session: ClusterSession) -> None:
        self.server, self.relay, self.session = server, relay, session
        self.slept = 0.0
        self.vigil = Vigil(lambda: [session], wall=lambda: time.time() + self.slept)
        catalogue = session.open()
        self.watched = [
            Watched(resource.label, namespace, session.watch(WatchSpec(resource, namespace)).informer)
            for resource in map(catalogue.resolve, _KINDS)
            for namespace in (f"ns{number}" for number in range(_NAMESPACES))
        ]
        self._round = 0
        until(self._fresh)

    def lose(self, lose: Callable[[], None], back: Callable[[], None], seconds: float) -> tuple[float, float]:
        """Seconds until the loss was noticed (0: only after the return), and from the return until all is fresh."""
        self._round += 1
        lost_at = time.monotonic()
        lose()
        time.sleep(0.2)
        for one in self.watched:
            self.server.cluster.create(one.label, f"round-{self._round}", one.namespace)
        noticed = 0.0
        while time.monotonic() < lost_at + seconds:
            if not noticed and self.vigil.unreachable:
                noticed = time.monotonic() - lost_at
            time.sleep(0.005)
        back()
        returned = time.monotonic()
        until(self._fresh)
        fresh = time.monotonic() - returned
        until(lambda: not self.session.lost)
        return noticed, fresh

    def _fresh(self) -> bool:
        name = f"round-{self._round}"
        return all(
            one.shows(name) if self._round else one.informer.status.state is WatchState.LIVE
            for one in self.watched
        )

    def sleep(self) -> None:
        self.relay.drop()
        self.slept += SLEPT_SECONDS + 60


def measure(stage: Stage, rounds: int, seconds: float) -> dict[str, float]:
    silent = stage.relay.drop, lambda: stage.relay.restore(forget=True)
    ways = {
        "silent": silent,
        "slept": (stage.sleep, silent[1]),
        "refused": (lambda: stage.server.close(how="reset"), stage.server.start),
    }
    figures: dict[str, float] = {}
    for name, (lose, back) in ways.items():
        found = [stage.lose(lose, back, seconds * (0.8 + 0.8 * random.random())) for _ in range(rounds)]
        fresh = [one[1] for one in found]
        words = ", ".join(f"{noticed:.1f} s" for noticed, _ in found if noticed)
        aside = f" (found unreachable after {words})" if words else ""
        print(f"{name:8} fresh after {', '.join(f'{one:.2f}' for one in fresh)} s{aside}", flush=True)
        figures[f"{name}_s"] = max(fresh)
    return figures | {"worst_s": max(figures.values())}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, help="of each way to lose the server")
    parser.add_argument("--seconds", type=float, default=9.0, help="without the server, a part more or less")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        context, authority = server_tls(Path(folder))
        with ApiServer(tls=context) as server, Relay(server.port) as relay:
            reaper = Reaper()
            info = ConnectionInfo(f"https://127.0.0.1:{relay.port}", ca_file=str(authority))
            stage = Stage(server, relay, open_session(info, reaper))
            stage.vigil.start()
            try:
                print(f"{len(stage.watched)} watches, {options.rounds} rounds")
                figures = measure(stage, options.rounds, options.seconds)
            finally:
                stage.vigil.stop()
                stage.session.retire()
                reaper.close()
                reaper.join(10)
    report({"watches": len(stage.watched), **figures})
    return 0 if figures["worst_s"] <= _TARGET_S else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
