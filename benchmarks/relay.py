"""A cluster further away: a relay on loopback that holds back what it carries, each way by the same time.

It limits no bandwidth and breaks nothing; a request and its answer take twice the delay longer. It is a process of its
own, so that it takes no time from whom it delays.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from queue import SimpleQueue

_READ = 1 << 16


def _carry(source: socket.socket, target: socket.socket, delay: float) -> None:
    """From one side to the other, until that one ends."""
    held: SimpleQueue[tuple[float, bytes]] = SimpleQueue()

    def hand_over() -> None:
        with suppress(OSError):
            while True:
                due, data = held.get()
                time.sleep(max(0.0, due - time.monotonic()))
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(data)

    threading.Thread(target=hand_over, daemon=True).start()
    data = b" "
    while data:
        try:
            data = source.recv(_READ)
        except OSError:
            data = b""
        held.put((time.monotonic() + delay, data))


def _serve(port: int, delay: float) -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)
    while True:
        client, _ = listener.accept()
        server = socket.create_connection(("127.0.0.1", port))
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for pair in ((client, server), (server, client)):
            threading.Thread(target=_carry, args=(*pair, delay), daemon=True).start()


class Relay:
    """The running relay to ``port``; ``delay`` in seconds, each way. A context manager; ``port`` is its own then."""

    def __init__(self, port: int, delay: float) -> None:
        command = [sys.executable, "-m", "benchmarks.relay", str(port), str(delay)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("delay", type=float)
    options = parser.parse_args(arguments)
    _serve(options.port, options.delay)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
