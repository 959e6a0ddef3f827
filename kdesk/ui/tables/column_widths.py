"""How wide columns are at first: from their titles and a sample of their texts, and the room there is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from PySide6.QtGui import QFont, QFontMetrics

from kdesk.ui.tables.header import ARROW
from kdesk.ui.tables.row_painter import NUMBER_PADDING, PADDING
from kdesk.viewmodel.rows.columns import CLUSTER, TableColumn
from kdesk.viewmodel.rows.model import TableModel
from kdesk.viewmodel.tables.status_words import has_dot

_SAMPLE = 200
_LEAST, _MOST, _MOST_OF_NAME, _MOST_OF_CLUSTER = 56, 280, 420, 200
# Where there is little room.
_LEAST_OF_NAME, _LEAST_OF_TEXT, _LEAST_OF_STATUS, _LEAST_OF_NUMBER = 132, 80, 144, 60
# What went wrong is seldom in a sample, and it is what one looks for.
_STATUS = "CrashLoopBackOff"
# The space between columns grows to this where there is room.
_AIR = 40
# How much of what is then left the name takes (short ones no more than twice their width), and each other text:
# with more, numbers would stand too far from what they are of.
_MOST_OF_SLACK, _SLACK_OF_SHORT, _SLACK_OF_TEXT = 240, 80, 48
_DOT = 13


def fitting_widths(
    model: TableModel,
    columns: Sequence[TableColumn],
    chosen: Mapping[str, int],
    room: int,
    fonts: tuple[QFont, QFont],
) -> list[int]:
    """Logical pixels for each of ``columns``; ``chosen``: by title, what a person made of them.

    ``room``: what they may fill together; ``fonts``: of the cells and of the titles. A text in the last column takes
    what is left.
    """
    natural = [natural_width(model, column, *fonts) for column in columns]
    widths = [
        chosen.get(column.title, min(width, _most(column)))
        for column, width in zip(columns, natural, strict=True)
    ]
    left = room - sum(widths)
    if left <= 0 or not columns:
        return _narrowed(columns, widths, chosen, -left)
    air = min(_AIR, left // len(columns))
    widths = [
        width if column.title in chosen else width + air
        for column, width in zip(columns, widths, strict=True)
    ]
    _spread(columns, natural, widths, chosen, room - sum(widths))
    last = columns[-1]
    if not last.is_number and last.title not in chosen and natural[-1] > widths[-1]:
        widths[-1] = room - sum(widths[:-1])
    return widths


def _most(column: TableColumn) -> int:
    """At first: a person may make it wider."""
    if column.is_name:
        return _MOST_OF_NAME
    return _MOST_OF_CLUSTER if column.cell == CLUSTER else _MOST


def _spread(
    columns: Sequence[TableColumn],
    natural: Sequence[int],
    widths: list[int],
    chosen: Mapping[str, int],
    slack: int,
) -> None:
    """Give what is left to the name first, then to other texts."""
    texts = [at for at, column in enumerate(columns) if not column.is_number and column.title not in chosen]
    for at in sorted(texts, key=lambda at: not columns[at].is_name):
        most = _SLACK_OF_TEXT
        if columns[at].is_name:
            most = min(_MOST_OF_SLACK, max(_SLACK_OF_SHORT, natural[at]))
        share = min(slack, most)
        widths[at] += share
        slack -= share


def _narrowed(
    columns: Sequence[TableColumn], widths: Sequence[int], chosen: Mapping[str, int], missing: int
) -> list[int]:
    """Names give way first (they are cut in the middle and stay known), then other texts, then numbers."""
    narrowed = list(widths)
    free = [at for at, column in enumerate(columns) if column.title not in chosen]
    for at in sorted(free, key=lambda at: (columns[at].is_number, not columns[at].is_name)):
        least = _least(columns[at])
        give = max(0, min(missing, narrowed[at] - least))
        narrowed[at] -= give
        missing -= give
    return narrowed


def _least(column: TableColumn) -> int:
    """Where there is little room; of ``3 (2m ago)`` the number is read all the same."""
    if column.is_number:
        return _LEAST_OF_NUMBER
    if column.is_name:
        return _LEAST_OF_NAME
    return _LEAST_OF_STATUS if has_dot(column) else _LEAST_OF_TEXT


def natural_width(model: TableModel, column: TableColumn, font: QFont, title_font: QFont) -> int:
    """The width of a column with room for its longest text.

    Rows are picked evenly over the table: measuring all would take seconds.
    """
    metrics = QFontMetrics(font)
    now = time.time()
    step = max(1, model.rowCount() // _SAMPLE)
    texts = {column.text(model.row_at(place), now) for place in range(0, model.rowCount(), step)}
    if has_dot(column) and model.rowCount() > _SAMPLE:
        texts.add(_STATUS)
    # The longest texts in characters are the widest, near enough.
    longest = sorted(texts, key=len)[-5:]
    width = max((metrics.horizontalAdvance(text) for text in longest), default=0)
    width += _DOT if has_dot(column) else 0
    title = QFontMetrics(title_font).horizontalAdvance(column.title) + ARROW + 4
    padding = PADDING + (NUMBER_PADDING if column.is_number else PADDING)
    return max(_LEAST, max(width, title) + padding + 4)
