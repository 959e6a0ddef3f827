"""Run the tests that need no cluster on the oldest and on the newest supported Python of this machine.

Each has an environment of its own, with the PySide6 that it would get. Arguments go to pytest.
"""

from __future__ import annotations

import subprocess
import sys

from tools import bootstrap, interpreters, system_libraries
from tools.interpreters import ROOT, Interpreter

_SHOW = (
    "import platform, PySide6; print(f'Python {platform.python_version()}, PySide6 {PySide6.__version__}')"
)
_NO_TESTS = 5  # the exit status when none was collected: nothing failed on this Python


def main(arguments: list[str]) -> int:
    """0 when all passed on all; else 1."""
    try:
        chosen = choose(interpreters.find())
        system_libraries.ensure(system_libraries.OFFSCREEN)
        results = [_run(interpreter, arguments) for interpreter in chosen]
    except (bootstrap.SetupFailed, system_libraries.LibrariesMissing) as error:
        print(f"kdesk: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print()
    for title, closing, _ in results:
        print(f"{title}: {closing}")
    if len(chosen) == 1:
        print(f"Only Python {chosen[0].minor} is on this machine: nothing newer or older was tested.")
    return 1 if any(code for _, _, code in results) else 0


def choose(found: list[Interpreter]) -> list[Interpreter]:
    """The oldest and the newest. Raises ``SetupFailed`` when there is none."""
    if not found:
        versions = ", ".join(f"{major}.{minor}" for major, minor in interpreters.supported())
        raise bootstrap.SetupFailed(f"no Python of a supported version ({versions}) was found")
    return found if len(found) == 1 else [found[0], found[-1]]


def _run(interpreter: Interpreter, arguments: list[str]) -> tuple[str, str, int]:
    """(what was tested, pytest's closing line, its exit code); the output is passed on as it comes."""
    python = bootstrap.ensure(interpreter)
    title = subprocess.run([python, "-c", _SHOW], capture_output=True, text=True, check=True).stdout.strip()
    print(f"\n=== {title} ===", flush=True)
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    # A cache for each Python, so that each repeats what failed on it.
    cache = ["-o", f"cache_dir=.pytest_cache/{interpreter.minor}"]
    command = [str(python), "-m", "pytest", "-m", "not cluster", *cache, *colour, *arguments]
    closing = ""
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            closing = line.strip() or closing
    nothing_to_repeat = process.returncode == _NO_TESTS and "--last-failed" in arguments
    return title, closing, 0 if nothing_to_repeat else process.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
