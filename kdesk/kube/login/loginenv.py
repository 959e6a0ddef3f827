"""The environment of the person's login shell, for programs started from an icon.

A desktop gives its programs a bare PATH, without what a shell's profile adds, so credential plugins installed
by Homebrew, asdf or a vendor's script are not found. The shell is asked once, in the background, with a time
limit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from uuid import uuid4

_OF_THE_SHELL_ITSELF = frozenset({"_", "SHLVL", "PWD", "OLDPWD"})


def started_from_desktop() -> bool:
    """No terminal is attached to this process, so no shell prepared its environment."""
    if os.name != "posix":
        return False
    return not any(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


class LoginEnvironment:
    """A callable that gives the environment for child processes.

    With ``ask_shell`` the login shell is asked once, on a thread started by ``start()``; calls wait for it,
    at most until its time limit. When it fails or is too slow, the environment is this process's own and
    ``failure`` says why.
    """

    def __init__(
        self, *, ask_shell: bool, environ: Mapping[str, str] | None = None, time_limit: float = 10.0
    ) -> None:
        self._own = dict(os.environ if environ is None else environ)
        self._answer: dict[str, str] | None = None
        self._time_limit = time_limit
        self.failure: str | None = None
        self._thread = (
            threading.Thread(target=self._ask, name="kdesk-login-shell", daemon=True) if ask_shell else None
        )

    def start(self) -> None:
        """Ask the shell in the background; nothing to do when it is not asked. Once only."""
        if self._thread is not None:
            self._thread.start()

    def __call__(self) -> dict[str, str]:
        """A fresh copy. Not for the GUI thread before the shell has answered."""
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(self._time_limit + 1)
        return dict(self._answer or self._own)

    def _ask(self) -> None:
        try:
            self._answer = self._own | _shell_environment(self._own, self._time_limit)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            self.failure = f"the login shell did not tell its environment: {type(error).__name__}"


def _shell_environment(environ: Mapping[str, str], time_limit: float) -> dict[str, str]:
    """Run ``$SHELL -l -i`` and read its variables between two marks: profiles print around them."""
    shell = environ.get("SHELL") or "/bin/sh"
    mark = f"kdesk-{uuid4().hex}"
    script = f"printf %s {mark}; command env -0; printf %s {mark}"
    process = subprocess.Popen(
        [shell, "-l", "-i", "-c", script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=dict(environ),
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=time_limit)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError, PermissionError):  # it ended meanwhile
            os.killpg(process.pid, 9)
        process.communicate()
        raise
    parts = output.split(mark.encode())
    if len(parts) != 3:
        raise ValueError("no answer between the marks")
    pairs = (item.partition(b"=") for item in parts[1].split(b"\0") if b"=" in item)
    found = {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}
    return {name: value for name, value in found.items() if name not in _OF_THE_SHELL_ITSELF}
