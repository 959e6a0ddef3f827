"""A server that answers lists and watches of pods with bytes made beforehand, in a process of its own.

It sends as fast as its client reads, so what is measured is the client. Lists of any length and page size come from
``Pods``; a watch waits for ``Replay.go(count)`` and then sends that many events, each an HTTP chunk as an API server
flushes them, and stays open until ``Replay.end``.
"""

from __future__ import annotations

import argparse
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from benchmarks.pods import Pods
from kdesk.demo import certs

_EVENTS = 10_000
_OBJECTS = 5_000
_BLOCK = 64  # events in one send, as they come from a busy server
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Server:
    """Holds the prepared answers and serves every connection with a thread."""

    def __init__(self, pods: int) -> None:
        self._pods = Pods()
        self._total = pods
        self._page_s = self._latency_s = 0.0
        self._pages: dict[tuple[int, int, bool], bytes] = {}
        self._events: dict[bool, list[bytes]] = {}
        self._said = threading.Lock()
        self._wanted = threading.Condition()
        self._count: int | None = None
        self._ends = 0

    def listen(self, tls: ssl.SSLContext | None) -> int:
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self._accept, args=(listener, tls), daemon=True).start()
        return int(listener.getsockname()[1])

    def command(self, line: str) -> None:
        word, _, number = line.strip().partition(" ")
        with self._wanted:
            if word == "go":
                self._count = int(number)
            elif word == "end":
                self._ends += 1
            elif word == "page":
                self._page_s = float(number)
            elif word == "latency":
                self._latency_s = float(number)
            self._wanted.notify_all()

    def say(self, line: str) -> None:
        with self._said:
            print(line, flush=True)

    def _accept(self, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection, tls), daemon=True).start()

    def _serve(self, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
        with suppress(OSError):
            if tls is not None:
                connection = tls.wrap_socket(connection, server_side=True)
            with connection:
                for target, accept in _requests(connection):
                    query = dict(parse_qsl(urlsplit(target).query))
                    time.sleep(self._latency_s)
                    if query.get("watch") in ("true", "True"):
                        self._watch(connection, "as=Table" in accept)
                        return
                    self._list(connection, query, "as=Table" in accept)

    def _list(self, connection: socket.socket, query: dict[str, str], table: bool) -> None:
        start = int(query.get("continue", 0))
        limit = int(query.get("limit", 0)) or self._total
        end = min(start + limit, self._total)
        page = self._pages.get((start, end, table))
        if page is None:
            page = self._pods.page(start, end, self._total, table=table)
            self._pages[start, end, table] = page
        elif self._page_s:
            time.sleep(self._page_s * (end - start) / 500)
        connection.sendall(_HEAD + b"Content-Length: %d\r\n\r\n" % len(page))
        connection.sendall(page)

    def _watch(self, connection: socket.socket, table: bool) -> None:
        events = self._chunks(table)
        connection.sendall(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        with self._wanted:
            ends = self._ends
            self.say("watching")
            while self._count is None and self._ends == ends:
                self._wanted.wait()
            count, self._count = self._count or 0, None
        chosen = [events[number % len(events)] for number in range(count)]
        blocks = [b"".join(chosen[at : at + _BLOCK]) for at in range(0, count, _BLOCK)]
        self.say(f"bytes {sum(map(len, blocks))}")
        for block in blocks:
            connection.sendall(block)
        with self._wanted:
            while self._ends == ends:
                self._wanted.wait()
        connection.sendall(b"0\r\n\r\n")

    def _chunks(self, table: bool) -> list[bytes]:
        if table not in self._events:
            lines = (
                self._pods.event(
                    "ADDED" if number < _OBJECTS else "MODIFIED",
                    number % _OBJECTS,
                    9_000_001 + number,
                    table=table,
                    first=not number,
                )
                for number in range(_EVENTS)
            )
            self._events[table] = [b"%x\r\n%b\r\n" % (len(line), line) for line in lines]
        return self._events[table]


class Replay:
    """The running server, seen from the benchmark. A context manager; its process ends with it."""

    def __init__(self, *, pods: int = 0) -> None:
        """``pods``: how many a list finds. The first list of them makes its pages, and is slow."""
        self._folder = tempfile.TemporaryDirectory(prefix="kdesk-bench-")
        self.authority = Path(self._folder.name, "ca.crt")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.replay", "--ca-out", str(self.authority), "--pods", str(pods)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        plain, tls = self._hear("ports").split()
        self.urls = {"plain": f"http://127.0.0.1:{plain}", "tls": f"https://127.0.0.1:{tls}"}

    def __enter__(self) -> Replay:
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()
        self._folder.cleanup()

    def wait_watch(self) -> None:
        """Until a watch has been opened and its headers have been sent."""
        self._hear("watching")

    def go(self, count: int) -> int:
        """Have the open watch send so many events; how many bytes they are with their chunk framing."""
        self._say(f"go {count}")
        return int(self._hear("bytes"))

    def end(self) -> None:
        """End all watches."""
        self._say("end")

    def slow_down(self, *, page_s: float = 0.0, latency_s: float = 0.0) -> None:
        """``page_s``: what the server takes for every 500 pods of a page; ``latency_s``: of every request."""
        self._say(f"page {page_s}")
        self._say(f"latency {latency_s}")

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _hear(self, word: str) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said, _, rest = line.strip().partition(" ")
            if said == word:
                return rest
        raise RuntimeError("the replay server has ended")


def _requests(connection: socket.socket) -> Iterator[tuple[str, str]]:
    """Target and Accept header of each request (all are GETs without a body)."""
    reader = connection.makefile("rb")
    with reader:
        while line := reader.readline():
            target, accept = line.decode().split(" ")[1], ""
            while (header := reader.readline().strip()) and header:
                name, _, value = header.decode().partition(":")
                accept = value if name.lower() == "accept" else accept
            yield target, accept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pods", type=int, default=0)
    parser.add_argument("--ca-out", type=Path, required=True)
    options = parser.parse_args()
    certificates = certs.make("127.0.0.1")
    options.ca_out.write_bytes(certificates.authority)
    server = Server(options.pods)
    server.say(f"ports {server.listen(None)} {server.listen(certificates.context())}")
    for line in sys.stdin:  # ends with the parent
        server.command(line)


if __name__ == "__main__":
    main()
