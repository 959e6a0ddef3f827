"""Columns of a person's own, per kind: read from the settings, kept there, and given to the tables that show the kind.

[columns.pods.Zone]
path = ".metadata.labels['topology.kubernetes.io/zone']"
[columns.pods.CPU]
path = ".spec.containers[0].resources.requests.cpu"
type = "quantity"
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from kdesk.kube.errors import KubeError
from kdesk.kube.table.extraction import ValueType, Wanted
from kdesk.kube.table.jsonpath import PathError, parse_path
from kdesk.kube.table.rows import Column

_LONGEST_NAME = 40


class ColumnError(KubeError):
    """A column cannot be made or taken away; the message says why."""


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """One column. ``label``: the label that it shows, which rows know without further reading; or ""."""

    name: str
    path: str
    type: ValueType = ValueType.TEXT
    label: str = ""

    @property
    def column(self) -> Column:
        return Column(self.name, self.type.column_kind, description=f"{self.path} (a column of your own)")

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.path, self.type)


def make_column(name: str, path: str, kind: str = "text") -> OwnColumn:
    """``path`` is a JSONPath, ``label:NAME`` or ``annotation:NAME``. Raises ColumnError, PathError."""
    name, path = name.strip(), _spelled_out(path.strip())
    if not name:
        raise ColumnError("a column needs a name")
    if len(name) > _LONGEST_NAME:
        raise ColumnError(f"a name of {len(name)} characters is too long for a column")
    if kind not in {*ValueType}:
        raise ColumnError(f"{kind!r} is no type; there are {', '.join(ValueType)}")
    parsed, kind = parse_path(path), ValueType(kind)
    # The age and value of a label are texts to the row; only as text it needs nothing further.
    return OwnColumn(name, path, kind, parsed.label if kind is ValueType.TEXT else "")


def _spelled_out(path: str) -> str:
    """The JSONPath of ``label:app`` and ``annotation:note``."""
    for word, field in (("label:", "labels"), ("annotation:", "annotations")):
        if path.startswith(word) and len(path) > len(word):
            key = path.removeprefix(word).replace("\\", "\\\\").replace("'", "\\'")
            return f".metadata.{field}['{key}']"
    return path


class ColumnBook(QObject):
    """``columns`` is the settings' own dict, by the kind's label; ``save`` asks for it to be written.

    ``changed(kind)``. ``problems``: a sentence for each column that makes no sense; it is passed over and stays.
    """

    changed = Signal(str)

    def __init__(
        self, columns: dict[str, Any], save: Callable[[], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._columns, self._save = columns, save
        self.problems: list[str] = []
        for kind in columns:
            self._read(kind, self.problems)

    def of(self, kind: str) -> list[OwnColumn]:
        """Of a kind (``pods``, ``deployments.apps``), in their order."""
        return self._read(kind, [])

    def add(self, kind: str, column: OwnColumn, taken: Sequence[str] = ()) -> None:
        """Keep a column; one of the same name is replaced. Raises ColumnError for the name of one of the server's."""
        if column.name.lower() in (title.lower() for title in taken):
            raise ColumnError(f"the table has a column {column.name.upper()} of its own")
        held = self._held(kind)
        same = next((name for name in held if name.lower() == column.name.lower()), column.name)
        held.pop(same, None)
        self._put(kind, {**held, column.name: _as_setting(column)})

    def remove(self, kind: str, name: str) -> None:
        """Raises ColumnError when there is none of that name."""
        held = self._held(kind)
        same = next((known for known in held if known.lower() == name.lower()), None)
        if same is None:
            there = f"; there are {', '.join(held)}" if held else ""
            raise ColumnError(f"{kind} has no column {name!r} of your own{there}")
        del held[same]
        self._put(kind, held)

    def _held(self, kind: str) -> dict[str, Any]:
        held = self._columns.get(kind)
        return dict(held) if isinstance(held, dict) else {}

    def _put(self, kind: str, held: dict[str, Any]) -> None:
        if held:
            self._columns[kind] = held
        else:
            self._columns.pop(kind, None)
        self._save()
        self.changed.emit(kind)

    def _read(self, kind: str, problems: list[str]) -> list[OwnColumn]:
        found = []
        for name, setting in self._held(kind).items():
            try:
                wanted = msgspec.convert(setting, Wanted)
                found.append(make_column(name, wanted.path, wanted.type))
            except (msgspec.ValidationError, ColumnError, PathError) as error:
                problems.append(f"The column columns.{kind}.{name} is passed over: {error}.")
        return found


def _as_setting(column: OwnColumn) -> dict[str, str]:
    setting = {"path": column.path}
    return setting if column.type is ValueType.TEXT else {**setting, "type": column.type.value}
