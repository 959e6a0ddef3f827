"""Paints one row of a table from its value, straight and fast; the finished picture is kept until the row differs."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap

from kdesk.kube.table.rows import Row
from kdesk.ui.look.theme import Theme, mix
from kdesk.viewmodel.rows.columns import CLUSTER, TableColumn
from kdesk.viewmodel.rows.filtering import Mark
from kdesk.viewmodel.tables.status_words import has_dot, tone

#: Logical pixels.
PADDING = 8
#: Right of numbers: the next column's words begin at once.
NUMBER_PADDING = 16
_DOT = 7
_DOT_GAP = 6
_GLOW = 0.25
_STALE = 0.6
_BAND = 3
# What a filter found: how much of the accent is behind it, and how far it stays from the row's edges.
_FOUND, _FOUND_INSET = 0.26, 4
# Pictures kept: a few screens full.
_KEPT = 400
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine


class Slot(NamedTuple):
    """Where a column stands in the row, in logical pixels. ``frozen``: it stays there, the others scroll under it."""

    column: TableColumn
    left: int
    width: int
    frozen: bool = False


class Look(NamedTuple):
    """What a row's picture depends on besides the row."""

    selected: bool = False
    hovered: bool = False
    stale: bool = False


class _Picture(NamedTuple):
    """``ages``: the columns whose text passes with time, and what they say in the picture."""

    row: Row
    ages: tuple[tuple[TableColumn, str], ...]
    pixmap: QPixmap


class RowPainter:
    """Call ``layout`` when columns, widths or the screen's ratio change; ``restyle`` when colours or fonts do."""

    def __init__(self, theme: Theme, font: QFont) -> None:
        self._theme = theme
        self._slots: tuple[Slot, ...] = ()
        self._marks: tuple[Mark, ...] = ()
        self._width, self._ratio = 0, 1.0
        self._pictures: OrderedDict[tuple[str, Look], _Picture] = OrderedDict()
        self.restyle(font)

    def restyle(self, font: QFont) -> None:
        color = self._theme.color
        self._font, self._row = font, self._theme.row_height
        self._metrics = QFontMetricsF(font)
        self._average = self._metrics.averageCharWidth() or 1.0
        self._tones = {token: color(token) for token in ("ok", "warn", "bad")}
        self._text, self._text2, self._accent = color("text"), color("text2"), color("accent")
        self._border = color("border")
        self._surface, self._raised, self._selection = color("surface"), color("raised"), color("selection")
        self._pictures.clear()

    def layout(self, slots: Sequence[Slot], width: int, ratio: float) -> None:
        """``slots`` as on the screen, already scrolled, a frozen one last; ``width``: of the viewport."""
        wanted = tuple(slots)
        if (wanted, width, ratio) != (self._slots, self._width, self._ratio):
            self._slots, self._width, self._ratio = wanted, width, ratio
            self._pictures.clear()

    def mark(self, marks: tuple[Mark, ...]) -> None:
        """Tint what a filter found."""
        if marks != self._marks:
            self._marks = marks
            self._pictures.clear()

    def picture(self, row: Row, look: Look, now: float) -> QPixmap:
        """The row without its glow; drawn anew when the row, the look or the text of an age differs."""
        key = (row.key, look)
        held = self._pictures.get(key)
        if held is not None and held.row is row and all(c.text(row, now) == text for c, text in held.ages):
            self._pictures.move_to_end(key)
            return held.pixmap
        # Rounded up: at 125 % a row is no whole number of pixels, and a seam would show.
        picture = QPixmap(math.ceil(self._width * self._ratio), math.ceil(self._row * self._ratio))
        picture.setDevicePixelRatio(self._ratio)
        painter = QPainter(picture)
        self._draw(painter, row, look, now)
        painter.end()
        ages = tuple((s.column, s.column.text(row, now)) for s in self._slots if s.column.passes(row))
        self._pictures[key] = _Picture(row, ages, picture)
        if len(self._pictures) > _KEPT:
            self._pictures.popitem(last=False)
        return picture

    def glow(self, painter: QPainter, top: int, strength: float, mask: int) -> None:
        """Light the changed cells of the row at ``top``: ``strength`` from 1 down to 0."""
        color = QColor(self._accent)
        color.setAlphaF(_GLOW * strength)
        if mask < 0:
            painter.fillRect(0, top, self._width, self._row, color)
            return
        for slot in self._slots:
            if mask & slot.column.bit:
                painter.fillRect(slot.left, top, slot.width, self._row, color)

    def _background(self, look: Look) -> QColor:
        if look.selected:
            return self._selection
        return self._raised if look.hovered else self._surface

    def _draw(self, painter: QPainter, row: Row, look: Look, now: float) -> None:
        background = self._background(look)
        painter.fillRect(0, 0, self._width, self._row, background)
        painter.setFont(self._font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for slot in self._slots:
            if slot.left + slot.width > 0 and slot.left < self._width:
                if slot.frozen:
                    painter.fillRect(slot.left, 0, slot.width, self._row, background)
                    painter.fillRect(slot.left + slot.width - 1, 0, 1, self._row, self._border)
                self._draw_cell(painter, slot, row, look, background, now)

    def _draw_cell(
        self, painter: QPainter, slot: Slot, row: Row, look: Look, background: QColor, now: float
    ) -> None:
        column = slot.column
        text = column.text(row, now)
        if column.cell == CLUSTER:
            band = self._theme.cluster(text)
            painter.fillRect(
                slot.left, 0, _BAND, self._row, mix(background, band, _STALE) if look.stale else band
            )
        value = row.cells[column.cell] if 0 <= column.cell < len(row.cells) else None
        token = tone(column, value, row.cells)
        right = NUMBER_PADDING if column.is_number else PADDING
        rect = QRectF(slot.left + PADDING, 0, slot.width - PADDING - right, self._row)
        # A word that says all is well is not coloured, only its dot: what is not well must stand out.
        color = self._tones[token] if token in ("warn", "bad") else self._plain(column, row, text)
        if has_dot(column):
            if token:
                dot = self._tones[token]
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(mix(background, dot, _STALE) if look.stale else dot)
                painter.drawEllipse(QPointF(rect.left() + _DOT / 2, self._row / 2), _DOT / 2, _DOT / 2)
            # Words stand under each other, with a dot or without.
            rect.setLeft(rect.left() + _DOT + _DOT_GAP)
        if rect.width() > 0:
            fitting = self._fitting(text, rect.width(), column)
            spans = self._found(column, row, fitting, now) if self._marks else ()
            if spans:
                advance = self._metrics.horizontalAdvance(fitting) if column.is_number else 0.0
                self._tint(
                    painter, spans, fitting, rect.right() - advance if advance else rect.left(), background
                )
                if color == self._text2:
                    color = self._text  # a quiet colour would not be read on the tint
            painter.setPen(mix(background, color, _STALE) if look.stale else color)
            painter.drawText(rect, _RIGHT if column.is_number else _LEFT, fitting)

    def _found(self, column: TableColumn, row: Row, text: str, now: float) -> list[tuple[int, int]]:
        """What of a cell's text the filter found; ages are not looked in, except by their own name."""
        spans: list[tuple[int, int]] = []
        for cell, pattern, test in self._marks:
            if cell != column.cell and (cell is not None or column.ages):
                continue
            if pattern is not None:
                spans += (found.span() for found in pattern.finditer(text))
            elif test is None or test(row, "", now):
                spans.append((0, len(text)))
        return [(start, end) for start, end in spans if end > start]

    def _tint(
        self,
        painter: QPainter,
        spans: Sequence[tuple[int, int]],
        text: str,
        left: float,
        background: QColor,
    ) -> None:
        """Tint ``spans`` of a text that begins at ``left``."""
        advance = self._metrics.horizontalAdvance
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mix(background, self._accent, _FOUND))
        for start, end in spans:
            x, width = left + advance(text[:start]), advance(text[start:end])
            box = QRectF(x - 1, _FOUND_INSET, width + 2, self._row - 2 * _FOUND_INSET)
            painter.drawRoundedRect(box, 3, 3)

    def _plain(self, column: TableColumn, row: Row, text: str) -> QColor:
        if row.deleting or text in ("<none>", "<unknown>", "<unset>"):
            return self._text2
        return self._text if column.is_name or column.is_number or column.cell > 0 else self._text2

    def _fitting(self, text: str, width: float, column: TableColumn) -> str:
        # Measuring costs more than drawing: only what may be too long is measured.
        if len(text) * self._average * 2 <= width or self._metrics.horizontalAdvance(text) <= width:
            return text
        where = (
            Qt.TextElideMode.ElideMiddle
            if column.is_name or column.cell == CLUSTER
            else Qt.TextElideMode.ElideRight
        )
        return self._metrics.elidedText(text, where, width)
