"""Build the wheel and prove it: ``make wheel``.

The wheel in ``dist/`` is installed with the pinned runtime dependencies into a new environment in a temporary
folder, where nothing of the checkout can be imported by accident; there the command answers and the resources
are inside.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_FINDS_RESOURCES = "from kdesk.ui.look.resources import resource; resource('kdesk.svg').read_bytes()"


class BadWheel(RuntimeError):
    """The wheel could not be built or does not work; the message is one sentence."""


def build() -> Path:
    """The new wheel. Raises ``BadWheel``."""
    dist = ROOT / "dist"
    for old in dist.glob("*.whl"):
        old.unlink()
    _run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel"],
        ROOT,
        "The wheel could not be built",
    )
    wheels = list(dist.glob("*.whl"))
    if len(wheels) != 1:
        raise BadWheel(f"dist/ holds {len(wheels)} wheels instead of one.")
    return wheels[0]


def check_contents(wheel: Path) -> None:
    """Every resource of the checkout is in the wheel. Raises ``BadWheel``."""
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    resources = ROOT / "resources"
    wanted = {
        f"kdesk/resources/{file.relative_to(resources).as_posix()}"
        for file in resources.rglob("*")
        if file.is_file()
    }
    absent = sorted(wanted - inside)
    if absent or not wanted:
        raise BadWheel(f"The wheel lacks {', '.join(absent) or 'all resources'}.")


def check_installed(wheel: Path) -> None:
    """Install into a new environment, outside the checkout, and run it. Raises ``BadWheel``."""
    with tempfile.TemporaryDirectory(prefix="kdesk-wheel-") as folder:
        home = Path(folder)
        _run([sys.executable, "-m", "venv", str(home / "env")], home, "No environment could be made")
        scripts = home / "env" / ("Scripts" if sys.platform == "win32" else "bin")
        pip = [str(scripts / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        pins = str(ROOT / "requirements" / "runtime.txt")
        _run([*pip, "--require-hashes", "-r", pins], home, "The dependencies could not be installed")
        _run([*pip, "--no-deps", "--no-index", str(wheel)], home, "The wheel could not be installed")
        _run(
            [str(scripts / "python"), "-c", _FINDS_RESOURCES], home, "The installed kdesk lacks its resources"
        )
        answer = _run([str(scripts / "kdesk"), "--version"], home, "The installed kdesk does not run")
        print(f"Installed in a new environment: {answer.strip()}")


def _run(command: list[str], folder: Path, failure: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = ((done.stderr or done.stdout).strip().splitlines() or ["no reason was given"])[-1]
        raise BadWheel(f"{failure}: {last}")
    return done.stdout


def main() -> int:
    """0 when the wheel is built and works."""
    parser = argparse.ArgumentParser(prog="python -m tools.wheel", description="Build and prove the wheel.")
    parser.add_argument("--no-install", action="store_true", help="do not install it into a new environment")
    arguments = parser.parse_args()
    try:
        wheel = build()
        check_contents(wheel)
        if not arguments.no_install:
            check_installed(wheel)
    except BadWheel as error:
        print(f"kdesk: {error}", file=sys.stderr)
        return 1
    print(wheel.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
