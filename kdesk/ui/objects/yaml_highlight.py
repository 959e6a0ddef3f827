"""Colours for one line of YAML: keys stand out, values are plain, what means nothing recedes."""

from __future__ import annotations

import re
from enum import Enum

from PySide6.QtGui import QColor, QFont, QTextCharFormat, QTextLayout

from kdesk.ui.look.theme import Theme, mix


class Role(Enum):
    KEY = "accent"
    VALUE = "text"
    MARK = "text2"  # dashes, colons, block marks, empty values
    MASKED = "info"


_LINE = re.compile(
    r"""(?P<dashes>(?:-\ )*-?)"""
    r"""(?:(?P<key>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s'"\[\]{}|>][^#]*?)(?P<colon>:)(?=\ |$))?\ ?(?P<value>.*)""",
    re.VERBOSE,
)
_EMPTY = re.compile(r"""(?:null|~|\{\}|\[\]|""|''|[|>][0-9]?[+-]?)$""")
_MASKED = re.compile(r"<masked, \d+ bytes?>$")

Span = tuple[int, int, Role]


def spans(line: str, *, verbatim: bool) -> list[Span]:
    """(start, length, role) of the parts of a line that are not plain; ``verbatim``: inside a block of text."""
    if verbatim:
        return []
    start = len(line) - len(line.lstrip(" "))
    match = _LINE.match(line, start)
    if match is None:
        return []
    found: list[Span] = []
    if match["dashes"]:
        found.append((match.start("dashes"), len(match["dashes"]), Role.MARK))
    if match["key"]:
        found.append((match.start("key"), len(match["key"]), Role.KEY))
        found.append((match.start("colon"), 1, Role.MARK))
    value = match["value"]
    if value and _EMPTY.match(value):
        found.append((match.start("value"), len(value), Role.MARK))
    elif value.startswith("<masked") and _MASKED.match(value):
        found.append((match.start("value"), len(value), Role.MASKED))
    return found


class Highlighter:
    """Roles as text formats of a theme. ``dimmed``: at 60 %, for what may be out of date."""

    def __init__(self, theme: Theme, *, dimmed: bool = False) -> None:
        self._formats: dict[Role, QTextCharFormat] = {}
        for role in Role:
            shape = QTextCharFormat()
            shape.setForeground(shade(theme, role.value, dimmed=dimmed))
            if role is Role.MASKED:
                shape.setFontItalic(True)
            if role is Role.KEY and theme.high_contrast:
                shape.setFontWeight(QFont.Weight.DemiBold)
            self._formats[role] = shape

    def ranges(self, line: str, *, verbatim: bool) -> list[QTextLayout.FormatRange]:
        result = []
        for start, length, role in spans(line, verbatim=verbatim):
            part = QTextLayout.FormatRange()
            part.start, part.length, part.format = start, length, self._formats[role]
            result.append(part)
        return result


def shade(theme: Theme, token: str, *, dimmed: bool) -> QColor:
    """The colour of a token, at 60 % over the page when ``dimmed``."""
    color = theme.color(token)
    return mix(color, theme.color("surface"), 0.4) if dimmed else color
