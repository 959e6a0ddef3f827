"""Pin every dependency anew, with the hashes of all its files: ``make lock``.

``requirements/*.txt`` serve every supported Python and every platform, and name no server: pip asks whichever
index the machine is set up for. The pins that fit are kept; ``make lock ARGS=--upgrade`` moves all to the
newest.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tools import bootstrap
from tools.interpreters import ROOT, supported

# What each file holds, as arguments of uv. All but lock.txt hold the project's own dependencies.
FILES = {
    "requirements/runtime.txt": ["pyproject.toml"],
    "requirements/dev.txt": ["pyproject.toml", "--group", "dev"],
    "requirements/lock.txt": ["--group", "lock"],
}
_HEADER = (
    "# All packages with the hashes of all their files, for every supported system. Made by `make lock`.\n"
)


def main(arguments: list[str]) -> int:
    """Write the files; 0, or the exit code of what failed (it has said why)."""
    try:
        uv = _uv()
    except bootstrap.SetupFailed as error:
        print(f"kdesk: {error}", file=sys.stderr)
        return 1
    major, minor = supported()[0]
    options = [
        "--universal",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-header",
        "--no-annotate",
        "--quiet",
    ]
    for name, sources in FILES.items():
        target = ROOT / name
        command = [
            uv,
            "pip",
            "compile",
            *sources,
            *options,
            "--python-version",
            f"{major}.{minor}",
            "-o",
            name,
        ]
        done = subprocess.run([*command, *arguments], cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
        if done.returncode:
            return done.returncode
        target.write_text(_HEADER + target.read_text().removeprefix(_HEADER))
        print(f"{name}: {target.read_text().count('==')} packages")
    return 0


def _uv() -> str:
    """The one on PATH or in the environment; else the pinned one, installed there."""
    python = bootstrap.ensure()
    beside = python.with_name("uv.exe" if sys.platform == "win32" else "uv")
    found = shutil.which("uv") or (str(beside) if beside.exists() else None)
    if found is None:
        pins = str(Path("requirements", "lock.txt"))
        pip = [
            str(python),
            "-m",
            "pip",
            "--disable-pip-version-check",
            "install",
            "--quiet",
            "--require-hashes",
        ]
        if subprocess.run([*pip, "-r", pins], cwd=ROOT, check=False).returncode:
            raise bootstrap.SetupFailed("uv, which resolves the dependencies, could not be installed.")
        found = str(beside)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
