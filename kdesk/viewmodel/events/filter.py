"""The filter of the live-event log: words, ``type:DELETED``, ``path:status.phase``, quotes, ``!not``.

Words are looked for in all columns but that of the changes: to find out what changed takes longer than all else, and
is done for ``path:`` and ``change:`` only.

Any text is a filter: while it is typed it is mostly half-finished, and complaints would be in the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from kdesk.kube.errors import KubeError
from kdesk.viewmodel.events.lines import EventColumn, EventLine, cells, change_text, differences, who


def _paths(line: EventLine) -> tuple[str, ...]:
    try:
        return tuple([change.path for change in differences(line)])
    except KubeError:  # an object that cannot be read
        return ()


_FIELDS: dict[str, Callable[[EventLine], tuple[str, ...]]] = {
    "type": lambda line: (line.type,),
    "kind": lambda line: (line.origin.resource.kind, line.origin.resource.label),
    "ns": lambda line: (line.row.namespace if line.row is not None else line.origin.namespace,),
    "cluster": lambda line: (line.origin.cluster,),
    "name": lambda line: (line.row.name if line.row is not None else "",),
    "version": lambda line: (line.row.version if line.row is not None else "",),
    "who": lambda line: (who(line).text,),
    "path": _paths,
    "change": lambda line: (change_text(line, limit=_ALL),),
}
_COSTLY = frozenset(["path", "change"])
_ALL = 100  # phrases
_ALIASES = {"namespace": "ns", "context": "cluster", "resource": "kind"}
_TERM = re.compile(r'(?P<not>!*)(?:(?P<field>[a-z]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<word>\S*))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Term:
    field: str  # "" = any column
    text: str  # lower case
    exact: bool
    negated: bool

    def accepts(self, line: EventLine, everything: Callable[[EventLine], str]) -> bool:
        if not self.field:
            found = self.text in everything(line)
        else:
            values = [value.lower() for value in _FIELDS[self.field](line)]
            found = self.text in values if self.exact else any(self.text in value for value in values)
        return found is not self.negated


class EventFilter:
    """Terms that must all hold. Case does not matter; a term is found anywhere in the text, but a quoted term
    of a field is the whole of it (``kind:"Pod"``).
    """

    def __init__(self, text: str = "") -> None:
        self.text = text.strip()
        # What is quickly told first: mostly it spares the rest.
        self._terms = tuple(sorted(_parse(self.text), key=lambda term: term.field in _COSTLY))

    def __bool__(self) -> bool:
        return bool(self._terms)

    @property
    def costly(self) -> bool:
        """Whether it looks at changes: too much for the GUI thread where lines are many."""
        return any(term.field in _COSTLY for term in self._terms)

    def accepts(self, line: EventLine) -> bool:
        known = ""

        def everything(line: EventLine) -> str:
            nonlocal known
            known = known or _everything(line)
            return known

        return all(term.accepts(line, everything) for term in self._terms)


def _everything(line: EventLine) -> str:
    return "\x1f".join((*cells(line), line.origin.resource.label)).lower()


def _parse(text: str) -> list[_Term]:
    terms = []
    for match in _TERM.finditer(text):
        field = (match["field"] or "").lower()
        field = _ALIASES.get(field, field)
        value = match["quoted"] if match["quoted"] is not None else match["word"]
        if field and field not in _FIELDS:  # 14:02 and image:tag are words with a colon in them
            field, value = "", f"{match['field']}:{value}"
        if value:
            exact = bool(field) and match["quoted"] is not None
            terms.append(_Term(field, value.lower(), exact, len(match["not"]) % 2 == 1))
    return terms


FILTER_FIELDS = tuple(_FIELDS)
#: Which column a field of the filter speaks of.
FIELD_OF_COLUMN = {
    EventColumn.CLUSTER: "cluster",
    EventColumn.TYPE: "type",
    EventColumn.KIND: "kind",
    EventColumn.NAMESPACE: "ns",
    EventColumn.NAME: "name",
    EventColumn.CHANGE: "change",
    EventColumn.WHO: "who",
}
