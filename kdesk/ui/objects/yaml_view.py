"""A read-only YAML viewer for living documents: an update changes only the lines that changed.

Scroll position and selection stay. Changed lines glow and keep a mark in the margin until the next change. Only the
lines on the screen are coloured, so that a document of a hundred thousand lines opens at once.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from kdesk.ui.look.theme import Theme, fixed_font
from kdesk.ui.objects.yaml_highlight import Highlighter, shade
from kdesk.viewmodel.objects.yaml_text import Document, Hunk, path_at

_MARGIN = 12
_GLOW_S = 1.2
_GLOW_FRAME_MS = 40
_PATH_DELAY_MS = 60
# Edits made together are laid out together, with everything between them: worth it only where they are many.
_SEPARATE = 50


class YamlView(QPlainTextEdit):
    """Shows one Document. ``path_changed`` tells the JSONPath of the line the cursor is in."""

    path_changed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(fixed_font())
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setTabChangesFocus(True)
        self.setAccessibleName("YAML")
        self.document().setDocumentMargin(4)
        self.shown: Document | None = None
        self._theme = theme
        self._dimmed = False
        self._round = 0  # the highlighting that is in force; blocks remember which one they have
        self._colouring = False
        self._highlighter = Highlighter(theme)
        self._marked: list[Hunk] = []
        self._went_to = -1  # where the view was scrolled to for the sake of the first of them
        self._found: list[QTextEdit.ExtraSelection] = []
        self._glow_began = 0.0
        self._margin = _Margin(self)
        self.setViewportMargins(_MARGIN, 0, 0, 0)
        self._glow = QTimer(self, interval=_GLOW_FRAME_MS)
        self._glow.timeout.connect(self._fade)
        self._path = QTimer(self, interval=_PATH_DELAY_MS, singleShot=True)
        self._path.timeout.connect(lambda: self.path_changed.emit(self.path()))
        self.cursorPositionChanged.connect(self._path.start)
        self.updateRequest.connect(self._updated)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_document(self, document: Document | None) -> None:
        """Show it; with ``changes`` against the document shown before, in place."""
        before, self.shown = self.shown, document
        lines = document.lines if document is not None else ()
        changes = document.changes if document is not None and before is not None else None
        if changes is None:
            self._marked = list(document.marks) if document is not None else []
            self._glow.stop()
            self.setPlainText("\n".join(lines))
            self._show_selections()
            self._go_to_mark()
        elif changes:
            self._apply(changes, lines)
            self._marked, self._went_to = list(changes), -1
            self._begin_glow()
        self._round += 1  # after the change: blocks keep what they remember when their text is replaced
        self._colour_visible()
        self._margin.update()
        self._path.start()

    def set_dimmed(self, dimmed: bool) -> None:
        """At 60 %: what is shown may be out of date."""
        if dimmed != self._dimmed:
            self._dimmed = dimmed
            self._restyle()

    def set_wrapped(self, wrapped: bool) -> None:
        mode = QPlainTextEdit.LineWrapMode
        self.setLineWrapMode(mode.WidgetWidth if wrapped else mode.NoWrap)

    def path(self) -> str:
        """The JSONPath of the line the cursor is in; empty without a document."""
        if self.shown is None:
            return ""
        return path_at(self.shown.lines, self.shown.verbatim, self.textCursor().blockNumber())

    def show_found(self, cursors: list[QTextCursor], current: int) -> None:
        """Highlight what a search found; ``current`` is the index of the one that was gone to."""
        self._found = []
        for number, cursor in enumerate(cursors):
            color = self._theme.color("warn")
            color.setAlphaF(0.55 if number == current else 0.22)
            self._found.append(_selection(cursor, color))
        self._show_selections()

    # Changing lines in place

    def _apply(self, changes: tuple[Hunk, ...], lines: tuple[str, ...]) -> None:
        top = self.firstVisibleBlock()
        bar = self.verticalScrollBar()
        within = bar.value() - top.firstLineNumber()
        first = number = top.blockNumber()
        cursor = QTextCursor(self.document())
        together = len(changes) > _SEPARATE
        if together:
            cursor.beginEditBlock()
        for hunk in reversed(changes):
            self._replace(cursor, hunk, lines[hunk.new_start : hunk.new_end])
        if together:
            cursor.endEditBlock()
        for hunk in changes:
            if hunk.old_end <= first:
                number += (hunk.new_end - hunk.new_start) - (hunk.old_end - hunk.old_start)
        block = self.document().findBlockByNumber(max(0, min(number, self.blockCount() - 1)))
        bar.setValue(block.firstLineNumber() + within)

    def _replace(self, cursor: QTextCursor, hunk: Hunk, new: tuple[str, ...]) -> None:
        document = self.document()
        count = document.blockCount()
        text = "\n".join(new)
        if hunk.old_start >= count:  # after the last line
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText("\n" + text)
            return
        start = document.findBlockByNumber(hunk.old_start).position()
        cursor.setPosition(start)
        if hunk.old_start == hunk.old_end:
            cursor.insertText(text + "\n")
            return
        last = document.findBlockByNumber(hunk.old_end - 1)
        end = last.position() + last.length() - 1
        if not new:  # with one of the two line ends
            if last.next().isValid():
                end += 1
            else:
                cursor.setPosition(max(0, start - 1))
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text)

    # Colours

    def _restyle(self) -> None:
        self._highlighter = Highlighter(self._theme, dimmed=self._dimmed)
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Text, shade(self._theme, "text", dimmed=self._dimmed))
        palette.setColor(QPalette.ColorRole.Base, self._theme.color("surface"))
        self.setPalette(palette)
        text = shade(self._theme, "text", dimmed=self._dimmed).name()
        # The program's style sheet would win over the palette.
        self.setStyleSheet(
            f"QPlainTextEdit {{ background: {self._theme.color('surface').name()}; color: {text}; border: none; }}"
        )
        self._round += 1
        self._colour_visible()
        self._margin.update()

    def _updated(self, rect: QRect, dy: int) -> None:
        self._colour_visible()
        if dy:
            self._margin.scroll(0, dy)
        else:
            self._margin.update(0, rect.y(), _MARGIN, rect.height())

    def _colour_visible(self) -> None:
        if self._colouring or self.shown is None:
            return
        self._colouring = True  # setFormats asks for an update, which leads here again
        for block, _ in self.visible_blocks():
            if block.userState() != self._round:
                block.setUserState(self._round)
                number = block.blockNumber()
                inside = number < len(self.shown.verbatim) and bool(self.shown.verbatim[number])
                block.layout().setFormats(self._highlighter.ranges(block.text(), verbatim=inside))
        self._colouring = False

    def visible_blocks(self) -> list[tuple[QTextBlock, QRect]]:
        """The blocks on the screen and where they are, in coordinates of the viewport."""
        found = []
        block = self.firstVisibleBlock()
        height = self.viewport().height()
        while block.isValid():
            rect = self.blockBoundingGeometry(block).translated(self.contentOffset()).toRect()
            if rect.top() > height:
                break
            found.append((block, rect))
            block = block.next()
        return found

    # What changed last

    def mark_of(self, number: int) -> bool:
        """The line is part of the last change."""
        return any(hunk.new_start <= number < max(hunk.new_end, hunk.new_start + 1) for hunk in self._marked)

    def _go_to_mark(self) -> None:
        """The first changed line a third below the top, where it would be out of sight."""
        first = self._marked[0].new_start if self._marked else 0
        in_view = max(1, self.viewport().height() // max(1, self.fontMetrics().lineSpacing()))
        if first >= in_view:
            self.verticalScrollBar().setValue(first - in_view // 3)
        self._went_to = self.verticalScrollBar().value()

    def _begin_glow(self) -> None:
        if self._theme.reduced_motion:
            return
        self._glow_began = time.monotonic()
        self._glow.start()
        self._show_selections()

    def _fade(self) -> None:
        if time.monotonic() - self._glow_began >= _GLOW_S:
            self._glow.stop()
        self._show_selections()

    def _show_selections(self) -> None:
        glowing: list[QTextEdit.ExtraSelection] = []
        if self._glow.isActive():
            left = max(0.0, 1.0 - (time.monotonic() - self._glow_began) / _GLOW_S)
            color = self._theme.color("accent")
            color.setAlphaF(0.25 * left)
            for block, _ in self.visible_blocks():
                if self.mark_of(block.blockNumber()):
                    one = _selection(QTextCursor(block), color)
                    one.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
                    glowing.append(one)
        self.setExtraSelections(glowing + self._found)

    # The margin

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.verticalScrollBar().value() == self._went_to:  # nobody has scrolled since
            self._go_to_mark()
        area = self.contentsRect()
        self._margin.setGeometry(area.left(), area.top(), _MARGIN, area.height())
        self._colour_visible()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.setFont(fixed_font())

    def paint_margin(self, painter: QPainter) -> None:
        painter.fillRect(self._margin.rect(), self._theme.color("surface"))
        color = shade(self._theme, "accent", dimmed=self._dimmed)
        for block, rect in self.visible_blocks():
            if self.mark_of(block.blockNumber()):
                painter.fillRect(4, rect.top(), 3, rect.height(), color)


class _Margin(QWidget):
    def __init__(self, view: YamlView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self) -> QSize:
        return QSize(_MARGIN, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._view.paint_margin(painter)
        painter.end()


def _selection(cursor: QTextCursor, background: QColor) -> QTextEdit.ExtraSelection:
    result = QTextEdit.ExtraSelection()
    result.cursor = cursor
    result.format.setBackground(background)
    return result
