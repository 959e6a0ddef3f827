"""What is remembered: settings that a person edits, and the window's own state, as two TOML files.

Written whole or not at all. A file that cannot be read is kept aside under another name, reported, and replaced by the
defaults; nothing of it is lost and nothing stops the program.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import msgspec

from kdesk.viewmodel.clusters.recorders import RecorderSettings
from kdesk.viewmodel.program.places import config_path, state_path

OpenAtStart = Literal["current", "none"]
RowHeight = Literal["compact", "normal", "roomy"]


class Settings(msgspec.Struct):
    """``settings.toml``.

    ``theme``: "system" or the name of a theme. ``rows``: how high the rows of tables are.
    ``open_at_start``: "current" opens the current context, "none" nothing.
    ``kubeconfigs``: files that were added besides those that kubectl would use. ``watch_problems``: look for problems
    of all open clusters also while the Problems page is closed. ``side_by_side``: states of an object are compared in
    two columns.
    ``tables``: what is remembered of tables, by kind (see TableMemory, which passes over what makes no sense).
    ``columns``: columns of a person's own, by kind (see ColumnBook, likewise). ``layouts``: how pages stand, by name
    (see LayoutBook, likewise). ``last_layout``: begin as the program ended the last time.
    ``watch_lists``: what to watch for live events, by name (see WatchLists, likewise). ``recorder``: which clusters
    are recorded on disk, and how much of them.
    """

    theme: str = "system"
    rows: RowHeight = "normal"
    open_at_start: OpenAtStart = "current"
    kubeconfigs: list[str] = []
    watch_problems: bool = False
    side_by_side: bool = False
    tables: dict[str, Any] = {}
    columns: dict[str, Any] = {}
    watch_lists: dict[str, Any] = {}
    layouts: dict[str, Any] = {}
    last_layout: bool = False
    recorder: RecorderSettings = msgspec.field(default_factory=RecorderSettings)


class WindowState(msgspec.Struct):
    """``window.toml``: geometry and splitters in Qt's own base64 form, what was chosen last in the palette.

    ``side``: how wide the tree was, in logical pixels; 0 where it was not shown. ``layout``: how the pages stood at the
    end (see LayoutBook).
    """

    geometry: str = ""
    side: int = 0
    splitters: dict[str, str] = {}
    recent: list[str] = []
    event_kinds: list[str] = []
    layout: dict[str, Any] = {}


S = TypeVar("S", bound=msgspec.Struct)


class TomlFile(Generic[S]):
    """One file of one shape. ``problem`` is a sentence when the last load had to fall back to the defaults."""

    def __init__(self, path: Path, shape: type[S]) -> None:
        self.path = path
        self.problem = ""
        self._shape = shape

    def load(self) -> S:
        """What the file says; the defaults where there is none or it is broken. Never raises for the file's sake."""
        self.problem = ""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return self._shape()
        except OSError as error:
            self.problem = f"{self.path} cannot be read ({error.strerror}); using the defaults."
            return self._shape()
        try:
            return msgspec.toml.decode(data, type=self._shape)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self.problem = f"{self.path} is not valid ({error}); using the defaults. {self._set_aside()}"
            return self._shape()

    def save(self, value: S) -> None:
        """Raises OSError where the folder cannot be written."""
        self.write(self.encode(value))

    def encode(self, value: S) -> bytes:
        """What ``write`` takes: as the value is now."""
        return msgspec.toml.encode(value)

    def write(self, data: bytes) -> None:
        """Raises OSError where the folder cannot be written. Any thread."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(self.path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                Path(name).unlink()
            raise

    def _set_aside(self) -> str:
        aside = self.path.with_suffix(f".broken{self.path.suffix}")
        try:
            self.path.replace(aside)
        except OSError as error:
            return f"It could not be moved aside ({error.strerror})."
        return f"The old file is kept as {aside.name}."


def settings_file() -> TomlFile[Settings]:
    return TomlFile(config_path() / "settings.toml", Settings)


def window_file() -> TomlFile[WindowState]:
    return TomlFile(state_path() / "window.toml", WindowState)
