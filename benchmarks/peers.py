"""The others on the same cluster: the pages alone, ``kubectl get``, a client-go informer, k9s in a terminal.

    python -m benchmarks.peers KUBECONFIG --limit 500

drains the pages of all pods as Tables and throws them away; the first and the last line are times in seconds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

import platformdirs

from benchmarks import children
from benchmarks.children import Child, Taken
from kdesk.kube.config.kubeconfig import Sources
from kdesk.kube.engine.fleet import Fleet
from kdesk.kube.login.credentials import Credentials
from kdesk.kube.stop import Stop
from kdesk.kube.table.projection import TABLE
from kdesk.kube.wire.transport import Transport

HERE = Path(__file__).parent
IDLE_S = 20.0
_BUILD_S = 900.0
_K9S_S = 150.0
_READ = 1 << 16
_CONTINUE = re.compile(rb'"continue":"([^"]+)"')
_CONTROL = re.compile(rb"\x1b(?:\[[0-9;?]*[A-Za-z]|[()][A-Za-z0-9]|[=>])")
#: The title that k9s gives a table of all namespaces: its rows.
_K9S_ROWS = re.compile(rb"all\)\[(\d[\d,]*)\]")
_LINES, _COLUMNS = 50, 200
_REDRAW_S = 0.5


class CannotBeHad(RuntimeError):
    """A program is not there and cannot be built; the message says why."""


def drain(kubeconfig: Path, limit: int) -> Taken:
    """The pages one after the other, in a process of its own, nothing decoded."""
    command = [sys.executable, "-m", "benchmarks.peers", str(kubeconfig), "--limit", str(limit)]
    with children.start(command) as child:
        assert child.process.stdout is not None
        said = json.loads(child.process.stdout.read())
    return Taken(said["all_s"], said["first_s"], child.peak, cpu_s=child.cpu_s)


def kubectl(program: Path, kubeconfig: Path) -> Taken:
    with children.start([str(program), f"--kubeconfig={kubeconfig}", "get", "pods", "-A"]) as child:
        out = child.process.stdout
        assert out is not None
        said, first = b"", None
        while data := out.read(_READ):
            said = said if first else said + data
            if first is None and said.count(b"\n") > 1:  # the titles, and a row
                first = child.age
        age = child.age
    return Taken(age, first, child.peak, cpu_s=child.cpu_s)


def informer(kubeconfig: Path) -> Taken:
    """client-go's dynamic informer. Raises CannotBeHad."""
    with children.start([str(built("goinformer", ".")), str(kubeconfig)]) as child:
        assert child.process.stdout is not None
        line = child.process.stdout.readline()
        age, used = child.age, child.cpu_s
        if not line:
            raise CannotBeHad("the client-go informer ended with an error")
        idle = child.idle(IDLE_S)
        return Taken(age, None, child.peak, child.resident(), idle, used)


def k9s(kubeconfig: Path, rows: int) -> Taken:
    """In a terminal of its own, on all pods. Raises CannotBeHad."""
    program = built("k9s", "github.com/derailed/k9s")
    with tempfile.TemporaryDirectory(prefix="kdesk-bench-k9s-") as home:
        environment = os.environ | {"HOME": home, "TERM": "xterm-256color", "K9S_CONFIG_DIR": home}
        environment |= {f"XDG_{part}_HOME": home for part in ("CONFIG", "STATE", "CACHE", "DATA")}
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(ours, (_LINES, _COLUMNS))
        # It wants the terminal for its own.
        command = ["setsid", "--ctty", str(program), "--kubeconfig", str(kubeconfig), "-c", "pods", "-A"]
        process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
        os.close(theirs)
        try:
            with Child(process) as child:
                first, shown = _shown(child, ours, rows)
                used = child.cpu_s
                idle = _idle(child, ours)
                return Taken(shown, first, child.peak, child.resident(), idle, used)
        finally:
            os.close(ours)


def _shown(child: Child, terminal: int, rows: int) -> tuple[float, float]:
    """Seconds until a pod is shown, and until the title of the table tells of all rows."""
    said, first, asked = b"", 0.0, 0.0
    while child.age < _K9S_S and child.process.poll() is None:
        if child.age > asked:
            # It writes only what became another character; of another size, it writes all of its screen.
            asked = child.age + _REDRAW_S
            termios.tcsetwinsize(terminal, (_LINES, _COLUMNS + int(asked / _REDRAW_S) % 2))
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            said = (said + os.read(terminal, _READ))[-4 * _READ :]
        except OSError:  # it has ended, and its side of the terminal with it
            break
        plain = _CONTROL.sub(b"", said)
        if not first and b"Running" in plain:
            first = child.age
        if any(int(count.replace(b",", b"")) >= rows for count in _K9S_ROWS.findall(plain)):
            return first or child.age, child.age
    words = _CONTROL.sub(b"", said)[:80].decode(errors="replace").strip()
    raise CannotBeHad(
        f"k9s shows no {rows} pods within {_K9S_S:.0f} s" if child.age >= _K9S_S else f"it says: {words}"
    )


def _idle(child: Child, terminal: int) -> float:
    """What it takes while nothing happens; what it says is read, or it would wait for that."""
    until, used, started = time.perf_counter() + IDLE_S, child.cpu_s, time.perf_counter()
    while time.perf_counter() < until and child.process.poll() is None:
        if select.select([terminal], [], [], 0.1)[0]:
            os.read(terminal, _READ)
    return (child.cpu_s - used) / (time.perf_counter() - started)


def built(module: str, package: str) -> Path:
    """A Go program of the module in the folder of that name, built once per machine. Raises CannotBeHad."""
    folder = HERE / module
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("go.*"), *folder.glob("*.go")]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    target = platformdirs.user_cache_path("kdesk-bench-programs", appauthor=False)
    target = target / f"{module}-{digest.hexdigest()[:16]}"
    if target.exists():
        return target
    go = shutil.which("go")
    if go is None:
        raise CannotBeHad("there is no Go here to build it")
    print(f"Building {module} (once per machine, minutes) ...", file=sys.stderr, flush=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_suffix(".part")
    command = [go, "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", str(half), package]
    environment = os.environ | {"CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "-mod=readonly"}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_BUILD_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotBeHad(f"building it takes longer than {_BUILD_S:.0f} s") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise CannotBeHad(f"it does not build: {lines[-1] if lines else 'without a word'}")
    half.replace(target)
    return target


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kubeconfig", type=Path)
    parser.add_argument("--limit", type=int, default=500)
    options = parser.parse_args(arguments)
    fleet = Fleet(Sources.explicit([options.kubeconfig]))
    fleet.load()
    info = fleet.contexts[0].connection
    assert info is not None
    transport, token = Transport(info, Credentials(info)), ""
    transport.get("/version", stop=Stop())  # the connection is there
    first, started = None, time.perf_counter()
    while first is None or token:
        query = {"limit": str(options.limit), "continue": token}
        body = transport.get("/api/v1/pods", query, stop=Stop(), accept=TABLE).body
        first = first or time.perf_counter() - started
        found = _CONTINUE.search(body, 0, 1_000)
        token = found[1].decode() if found else ""
    print(json.dumps({"first_s": first, "all_s": time.perf_counter() - started}))
    transport.close()
    fleet.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
