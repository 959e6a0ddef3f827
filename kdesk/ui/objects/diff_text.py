"""One column of a comparison: lines with their numbers and signs, coloured by what happened to them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from kdesk.ui.look.theme import Theme, fixed_font, mix, tabular
from kdesk.ui.objects.yaml_highlight import Highlighter
from kdesk.viewmodel.objects.comparison import Line, Part, differing

_PAD = 8
_TONES = {Part.ADDED: "ok", Part.REMOVED: "bad"}
_LINE_TINT = 0.14
_SPAN_TINT = 0.38


class DiffText(QPlainTextEdit):
    """Read-only. ``numbers``: which numbers stand in the margin: ``old``, ``new`` or both, in this order."""

    def __init__(self, theme: Theme, numbers: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setTabChangesFocus(True)
        self.setFont(fixed_font())
        self.document().setDocumentMargin(4)
        self.lines: Sequence[Line] = ()
        self._theme = theme
        self._numbers = numbers
        self._highlighter = Highlighter(theme)
        self._round = 0
        self._colouring = False
        self._margin = _Margin(self)
        self.updateRequest.connect(self._updated)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Replaces what is shown; the view stays where it is as far as the new lines reach."""
        self.lines = lines
        bar = self.verticalScrollBar()
        at = bar.value()
        self.setPlainText("\n".join(line.text for line in lines))
        bar.setValue(at)
        self._round += 1
        self.setViewportMargins(self.margin_width(), 0, 0, 0)
        self._place_margin()
        self._colour_visible()
        self._margin.update()

    def go_to(self, number: int) -> None:
        """The line a third below the top, with the cursor in it."""
        cursor = self.textCursor()
        cursor.setPosition(self.document().findBlockByNumber(number).position())
        self.setTextCursor(cursor)
        in_view = max(1, self.viewport().height() // max(1, self.fontMetrics().lineSpacing()))
        self.verticalScrollBar().setValue(max(0, number - in_view // 3))

    def margin_width(self) -> int:
        """Pixels for the numbers and the sign."""
        return _PAD + len(self._numbers) * (self._digits() + _PAD) + self._sign() + _PAD

    def paint_margin(self, painter: QPainter) -> None:
        theme, digits = self._theme, self._digits()
        painter.fillRect(self._margin.rect(), theme.color("raised"))
        painter.setFont(tabular(self.font()))
        block, right = self.firstVisibleBlock(), Qt.AlignmentFlag.AlignRight
        while block.isValid() and block.blockNumber() < len(self.lines):
            rect = self.blockBoundingGeometry(block).translated(self.contentOffset()).toRect()
            if rect.top() > self.viewport().height():
                break
            line = self.lines[block.blockNumber()]
            tone = _TONES.get(line.part)
            area = QRect(0, rect.top(), self._margin.width(), rect.height())
            if tone:
                painter.fillRect(area, mix(theme.color("raised"), theme.color(tone), _LINE_TINT))
            painter.setPen(theme.color("text2"))
            x = _PAD
            for side in self._numbers:
                number = line.old if side == "old" else line.new
                if number >= 0:
                    painter.drawText(QRect(x, rect.top(), digits, rect.height()), right, str(number + 1))
                x += digits + _PAD
            painter.setPen(theme.color(tone or "text2"))
            sign = line.part.value.strip()
            painter.drawText(QRect(x, rect.top(), self._sign(), rect.height()), right, sign)
            block = block.next()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Whole lines are tinted first, to the right edge, below the text."""
        painter = QPainter(self.viewport())
        theme = self._theme
        painter.fillRect(event.rect(), theme.color("surface"))
        block = self.firstVisibleBlock()
        while block.isValid() and block.blockNumber() < len(self.lines):
            rect = self.blockBoundingGeometry(block).translated(self.contentOffset()).toRect()
            if rect.top() > event.rect().bottom():
                break
            part = self.lines[block.blockNumber()].part
            if color := self._line_color(part):
                painter.fillRect(0, rect.top(), self.viewport().width(), rect.height(), color)
            block = block.next()
        painter.end()
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_margin()
        self._colour_visible()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.setFont(fixed_font())

    def _line_color(self, part: Part) -> QColor | None:
        surface = self._theme.color("surface")
        if part in _TONES:
            return mix(surface, self._theme.color(_TONES[part]), _LINE_TINT)
        if part in (Part.FOLD, Part.BLANK):
            return self._theme.color("raised" if part is Part.FOLD else "sunken")
        return None

    def _place_margin(self) -> None:
        area = self.contentsRect()
        self._margin.setGeometry(area.left(), area.top(), self.margin_width(), area.height())

    def _digits(self) -> int:
        longest = max((max(line.old, line.new) for line in self.lines), default=0) + 1
        return self.fontMetrics().horizontalAdvance("0" * max(2, len(str(longest))))

    def _sign(self) -> int:
        return self.fontMetrics().horizontalAdvance("+")

    def _updated(self, rect: QRect, dy: int) -> None:
        self._colour_visible()
        if dy:
            self._margin.scroll(0, dy)
        else:
            self._margin.update(0, rect.y(), self._margin.width(), rect.height())

    def _colour_visible(self) -> None:
        if self._colouring:
            return
        self._colouring = True  # setFormats asks for an update, which leads here again
        block, bottom = self.firstVisibleBlock(), self.viewport().height()
        while block.isValid() and block.blockNumber() < len(self.lines):
            if self.blockBoundingGeometry(block).translated(self.contentOffset()).top() > bottom:
                break
            if block.userState() != self._round:
                block.setUserState(self._round)
                block.layout().setFormats(self._formats(self.lines[block.blockNumber()]))
            block = block.next()
        self._colouring = False

    def _formats(self, line: Line) -> list[QTextLayout.FormatRange]:
        if line.part is Part.FOLD:
            return [_range(0, len(line.text), foreground=self._theme.color("text2"))]
        formats = self._highlighter.ranges(line.text, verbatim=line.verbatim)
        span = differing(line) if line.part in _TONES else None
        if span is not None and span[1]:
            tone = self._theme.color(_TONES[line.part])
            formats.append(_range(*span, background=mix(self._theme.color("surface"), tone, _SPAN_TINT)))
        return formats

    def _restyle(self) -> None:
        self._highlighter = Highlighter(self._theme)
        # The viewport stays clear: what lies below the text is painted here. The program's style sheet would win.
        self.setStyleSheet(
            f"QPlainTextEdit {{ background: transparent; color: {self._theme.color('text').name()}; border: none; }}"
        )
        self._round += 1
        self._colour_visible()
        self._margin.update()


class _Margin(QWidget):
    def __init__(self, view: DiffText) -> None:
        super().__init__(view)
        self._view = view

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._view.paint_margin(painter)
        painter.end()


def _range(
    start: int, length: int, *, foreground: QColor | None = None, background: QColor | None = None
) -> QTextLayout.FormatRange:
    part = QTextLayout.FormatRange()
    shape = QTextCharFormat()
    if foreground is not None:
        shape.setForeground(foreground)
    if background is not None:
        shape.setBackground(background)
    part.start, part.length, part.format = start, length, shape
    return part
