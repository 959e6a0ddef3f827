"""The system libraries that Qt loads: what is missing, and how to get it.

PySide6's wheels bring Qt but not the libraries below it. On Linux each is tried by its soname; macOS and
Windows have theirs.
"""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """A library (by soname) or a program, and the package that holds it in three families of systems."""

    name: str
    apt: str
    dnf: str
    pacman: str
    program: bool = False

    def is_met(self) -> bool:
        if self.program:
            return shutil.which(self.name) is not None
        try:
            ctypes.CDLL(self.name)
        except OSError:
            return False
        return True


OFFSCREEN = (
    Need("libglib-2.0.so.0", "libglib2.0-0", "glib2", "glib2"),
    Need("libgthread-2.0.so.0", "libglib2.0-0", "glib2", "glib2"),
    Need("libGL.so.1", "libgl1", "libglvnd-glx", "libglvnd"),
    Need("libEGL.so.1", "libegl1", "libglvnd-egl", "libglvnd"),
    Need("libfontconfig.so.1", "libfontconfig1", "fontconfig", "fontconfig"),
    Need("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    Need("libdbus-1.so.3", "libdbus-1-3", "dbus-libs", "dbus"),
)
"""What every use of Qt's widgets needs, even with no display."""

DISPLAY = (
    Need("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    Need("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    Need("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    Need("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    Need("libxcb-shape.so.0", "libxcb-shape0", "libxcb", "libxcb"),
)
"""Besides, what a window on an X display needs."""

XVFB = (Need("Xvfb", "xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb", program=True),)
"""Besides, a display in memory."""


class LibrariesMissing(RuntimeError):
    """Something is missing and could not be installed; the message names it and the command to use."""


def missing(needs: Sequence[Need]) -> list[Need]:
    """The unmet ones; none on systems other than Linux."""
    if not sys.platform.startswith("linux"):
        return []
    return [need for need in needs if not need.is_met()]


def ensure(needs: Sequence[Need]) -> None:
    """Install what is missing where that is allowed (apt-get, as root or with a sudo that asks nothing).

    Raises ``LibrariesMissing`` with one sentence and the exact command otherwise.
    """
    lacking = missing(needs)
    if not lacking:
        return
    names = ", ".join(need.name for need in lacking)
    privilege = _privilege()
    if shutil.which("apt-get") is None or privilege is None:
        raise LibrariesMissing(
            f"Qt needs {names}, which this system lacks. Install with: {command_for(lacking)}"
        )
    reason = apt_install(sorted({need.apt for need in lacking}), privilege)
    still = missing(lacking)
    if still:
        because = f" ({reason})" if reason else ""
        names = ", ".join(need.name for need in still)
        raise LibrariesMissing(f"Qt needs {names}, and installing failed{because}. Try: {command_for(still)}")


def can_install() -> bool:
    """Whether ``apt_install`` may be tried."""
    return shutil.which("apt-get") is not None and _privilege() is not None


def apt_install(packages: Sequence[str], privilege: Sequence[str] | None = None) -> str:
    """Install packages, with fresh package lists if need be; why it failed, or an empty string."""
    before = list(privilege if privilege is not None else _privilege() or [])
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    install = [*before, "apt-get", "install", "-y", "--no-install-recommends", *packages]
    print(f"kdesk: installing system packages: {shlex.join(install)}", file=sys.stderr, flush=True)
    reason = ""
    for command in (install, [*before, "apt-get", "update"], install):
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        errors = [line for line in done.stderr.splitlines() if line.startswith("E:")]
        reason = (
            (errors or [f"{shlex.join(command)} ended with {done.returncode}"])[0] if done.returncode else ""
        )
        if command is install and not reason:
            return ""
    return reason


def command_for(needs: Sequence[Need]) -> str:
    """The command with which a person installs the packages on this kind of system."""
    if shutil.which("apt-get"):
        return "sudo apt-get install " + " ".join(sorted({need.apt for need in needs}))
    if shutil.which("dnf"):
        return "sudo dnf install " + " ".join(sorted({need.dnf for need in needs}))
    if shutil.which("pacman"):
        return "sudo pacman -S " + " ".join(sorted({need.pacman for need in needs}))
    return (
        "your system's package manager (Debian's names: "
        + " ".join(sorted({need.apt for need in needs}))
        + ")"
    )


def _privilege() -> list[str] | None:
    """What to put before a command that changes the system; None when that takes asking."""
    if sys.platform == "win32":
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    asked = subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return ["sudo", "-n"] if asked.returncode == 0 else None
