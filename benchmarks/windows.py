"""The real window as a process of its own, driven by ``--command`` as other programs drive it, and read by them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import platformdirs

from benchmarks.children import peak_of

_LOOK_S = 0.05
_BYTECODE = platformdirs.user_cache_path("kdesk-bench-bytecode", appauthor=False)
#: As large as the screen of a laptop: what is painted counts.
_SCREEN = {
    "screens": [{"name": "bench", "x": 0, "y": 0, "width": 1440, "height": 900, "logicalDpi": 96, "dpr": 1}]
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What ``app.diagnostics`` wrote; ``at`` is when (seconds of the system's clock)."""

    at: float
    found: Mapping[str, Any]

    @property
    def resident(self) -> int:
        """Bytes."""
        return int(self.found["process"]["rss_bytes"])

    @property
    def cpu_s(self) -> float:
        return float(self.found["process"]["cpu_s"])

    @property
    def late_p99_ms(self) -> float:
        """Of the frame timer, since the reading before."""
        return float(self.found["gui"]["lateness_ms"]["p99"])

    @property
    def late_max_ms(self) -> float:
        return float(self.found["gui"]["lateness_ms"]["max"])

    @property
    def events(self) -> int:
        """Watch events received by all informers that run."""
        return sum(watch["events"] for cluster in self.found["clusters"] for watch in cluster["watches"])

    def view(self, resource: str) -> Mapping[str, Any]:
        """Raises StopIteration when there is no such table."""
        return next(view for view in self.found["views"] if view["resource"] == resource)

    def core_since(self, before: Reading) -> float:
        """Part of a core used since then."""
        return (self.cpu_s - before.cpu_s) / (self.at - before.at)


class WindowFailed(RuntimeError):
    """The window ended with an error; the message is what it said."""


class Script:
    """Commands for the window, one after the other, with readings in between."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def do(self, *lines: str) -> Self:
        self.lines += lines
        return self

    def wait(self, seconds: float) -> Self:
        return self.do(f"app.wait {seconds}")

    def read(self, label: str) -> Self:
        """Asked for by the label afterwards."""
        return self.do(f"app.diagnostics {label}.json")

    def open(self, resource: str) -> Self:
        """The table of all namespaces, complete."""
        return self.do(f"view.open {resource} *", "view.wait-synced 300")


@dataclass(frozen=True, slots=True)
class Run:
    """``peak``: the most memory that was resident, in bytes."""

    readings: Mapping[str, Reading]
    peak: int

    def __getitem__(self, label: str) -> Reading:
        return self.readings[label]


def run(kubeconfig: Path, contexts: Sequence[str], script: Script, *, platform: str | None = None) -> Run:
    """Start the window with a home of its own, run the script, end it.

    ``platform``: Qt's; offscreen with a screen of 1440 x 900 when None. Raises WindowFailed.
    """
    with tempfile.TemporaryDirectory(prefix="kdesk-bench-window-") as name:
        folder = Path(name)
        line = [sys.executable, "-m", "kdesk", "--kubeconfig", str(kubeconfig)]
        for context in contexts:
            line += ["--context", context]
        for command in (*script.lines, "app.wait 0.2", "app.quit"):
            line += ["--command", command]
        with (folder / "stderr").open("wb") as errors:
            process = subprocess.Popen(
                line,
                cwd=folder,
                env=environment(folder, platform),
                stdout=subprocess.DEVNULL,
                stderr=errors,
                stdin=subprocess.DEVNULL,
            )
            peak = _watched(process)
        if process.returncode:
            raise WindowFailed((folder / "stderr").read_text(errors="replace")[-2000:].strip())
        found = {
            path.stem: Reading(path.stat().st_mtime, json.loads(path.read_text()))
            for path in folder.glob("*.json")
            if path.name != "screen.json"
        }
    return Run(found, peak)


def environment(folder: Path, platform: str | None) -> dict[str, str]:
    """Of a process whose home is this folder, so that no settings of a person play a part."""
    (folder / "screen.json").write_text(json.dumps(_SCREEN))
    own = {"HOME": str(folder), "KUBECONFIG": ""}
    own |= {f"XDG_{part}_HOME": str(folder / part.lower()) for part in ("CONFIG", "STATE", "CACHE", "DATA")}
    own["QT_QPA_PLATFORM"] = platform or "offscreen:configfile=screen.json"
    # What is installed has been compiled; where Python may not keep that beside the sources, each start would do it.
    own |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(_BYTECODE)}
    # The program itself is found from any folder.
    own["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    return os.environ | own


def _watched(process: subprocess.Popen[bytes]) -> int:
    """Wait for its end; its greatest resident memory in bytes."""
    peak = 0
    while process.poll() is None:
        peak = max(peak, peak_of(process.pid))
        time.sleep(_LOOK_S)
    return peak


@contextmanager
def virtual_display() -> Iterator[None]:
    """An X server of its own (Xvfb), named in DISPLAY meanwhile. Raises FileNotFoundError where there is none."""
    program = shutil.which("Xvfb")
    if program is None:
        raise FileNotFoundError("Xvfb is not installed")
    reader, writer = os.pipe()
    before = os.environ.get("DISPLAY")
    command = [
        program, "-displayfd", str(writer), "-screen", "0", "1440x900x24", "-nolisten", "tcp", "-noreset",
    ]  # fmt: skip
    with subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL) as process:
        os.close(writer)
        try:
            with os.fdopen(reader) as said:
                number = said.readline().strip()
            if not number:
                raise FileNotFoundError("Xvfb does not start")
            os.environ["DISPLAY"] = f":{number}"
            yield
        finally:
            if before is None:
                os.environ.pop("DISPLAY", None)
            else:
                os.environ["DISPLAY"] = before
            process.terminate()
