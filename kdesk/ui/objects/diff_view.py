"""Two states of an object compared: one column or two, folded to what changed, with a way from change to change."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from kdesk.ui.look.theme import Theme
from kdesk.ui.objects.diff_text import DiffText
from kdesk.ui.parts.buttons import dress, tool_button
from kdesk.ui.parts.state_page import StatePage
from kdesk.viewmodel.objects.comparison import CONTEXT, as_text, change_starts, side_by_side, unified
from kdesk.viewmodel.objects.diff_columns import DiffColumns
from kdesk.viewmodel.objects.history import Compared, name_of, time_of
from kdesk.viewmodel.objects.yaml_text import Document

_NARROWEST = 36  # characters of a column: with fewer, the values of most objects are cut


class DiffView(QWidget):
    """Shows one Document against its state before. ``tools`` is a row of buttons for the owner to place."""

    def __init__(self, theme: Theme, columns: DiffColumns, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._columns = theme, columns
        self._document: Document | None = None
        self._names = ("before", "after")
        self._starts: list[int] = []
        self._at = -1
        self._one = DiffText(theme, ("old", "new"))
        self._one.setAccessibleName("Changes")
        self._left, self._right = DiffText(theme, ("old",)), DiffText(theme, ("new",))
        self._left.setAccessibleName("Before")
        self._right.setAccessibleName("After")
        self._two = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        self._two.addWidget(self._left)
        self._two.addWidget(self._right)
        self._two.setHandleWidth(1)
        self._page = StatePage(theme)
        self._stack = QStackedWidget()
        for page in (self._one, self._two, self._page):
            self._stack.addWidget(page)
        self._build_tools()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._stack)
        for one, other in ((self._left, self._right), (self._right, self._left)):
            one.verticalScrollBar().valueChanged.connect(other.verticalScrollBar().setValue)
            one.horizontalScrollBar().valueChanged.connect(other.horizontalScrollBar().setValue)
        for key, step in ((Qt.Key.Key_F7, 1), (Qt.KeyboardModifier.ShiftModifier | Qt.Key.Key_F7, -1)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda step=step: self.go(step))
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_document(self, document: Document | None, old: str = "before", new: str = "after") -> None:
        """``old`` and ``new`` name the two states where they are copied."""
        self._document, self._names = document, (old, new)
        self._show()
        if document is not None and self._starts and not self.folds.isChecked():
            self._go_to(0)

    def show_compared(self, compared: Compared | None) -> str:
        """Two revisions, or the first of all; answers with what to call that: ``14:02:11 → 14:02:15``."""
        if compared is None:
            self.show_document(None)
            return ""
        if compared.old is None:
            self.show_whole(compared.document)
            return f"{time_of(compared.new)}  ·  the oldest"
        self.show_document(compared.document, name_of(compared.old), name_of(compared.new))
        return f"{time_of(compared.old)} → {time_of(compared.new)}"

    def show_whole(self, document: Document) -> None:
        """A state that there is nothing to compare with: all of it, in one column."""
        self.show_document(None)
        if document.error:
            self._page.show_state("triangle-alert", document.error, tone="bad")
            return
        self._one.show_lines([line._replace(old=-1) for line in unified(document, context=None)])
        self._stack.setCurrentWidget(self._one)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        document = self._document
        if document is not None and document.marks and self._two_columns() != self._are_two:
            at = self._at
            self._show()
            if 0 <= at < len(self._starts):
                self._go_to(at)

    def go(self, step: int) -> None:
        """To the next (1) or previous (-1) change, round and round."""
        if self._starts:
            self._at = (self._at + step) % len(self._starts)
            self._go_to(self._at)

    def copy(self) -> None:
        """A unified diff to the clipboard, secret values masked."""
        if self._document is not None:
            QGuiApplication.clipboard().setText(as_text(self._document, *self._names))

    def _build_tools(self) -> None:
        self.tools = QWidget(self)
        self._count = QLabel()
        self._count.setProperty("tone", "text2")
        self._previous = tool_button("Previous change (Shift+F7)")
        self._next = tool_button("Next change (F7)")
        self.folds = tool_button("Show unchanged lines", checkable=True)
        self.sides = tool_button("Side by side", checkable=True)
        self._copy = tool_button("Copy as a diff")
        row = QHBoxLayout(self.tools)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self._count)
        row.addSpacing(6)
        for button in (self._previous, self._next, self.folds, self.sides, self._copy):
            row.addWidget(button)
        self.sides.setChecked(self._columns.two)
        self._previous.clicked.connect(lambda: self.go(-1))
        self._next.clicked.connect(lambda: self.go(1))
        self.folds.toggled.connect(self._show)
        self.sides.toggled.connect(self._show)
        self.sides.toggled.connect(self._columns.choose)
        self._columns.changed.connect(self.sides.setChecked)
        self._copy.clicked.connect(self.copy)

    @property
    def _are_two(self) -> bool:
        return self._stack.currentWidget() is self._two

    def _two_columns(self) -> bool:
        """Wanted, and there is room for them."""
        narrowest = _NARROWEST * self._one.fontMetrics().horizontalAdvance("0")
        return self.sides.isChecked() and self.width() >= 2 * narrowest

    def _show(self) -> None:
        document = self._document
        self._starts, self._at = [], -1
        changed = document is not None and not document.error and bool(document.marks)
        if not changed or document is None:
            for text in (self._one, self._left, self._right):
                text.show_lines(())
            if document is not None:
                error = document.error
                self._page.show_state(
                    "triangle-alert" if error else "circle-check",
                    error or "The two states say the same.",
                    tone="bad" if error else "text2",
                )
            self._stack.setCurrentWidget(self._page)
        else:
            context = None if self.folds.isChecked() else CONTEXT
            if self._two_columns():
                left, right = side_by_side(document, context=context)
                self._left.show_lines(left)
                self._right.show_lines(right)
                self._starts = change_starts(left)
                self._stack.setCurrentWidget(self._two)
            else:
                lines = unified(document, context=context)
                self._one.show_lines(lines)
                self._starts = change_starts(lines)
                self._stack.setCurrentWidget(self._one)
        count = len(self._starts)
        cramped = changed and self.sides.isChecked() and not self._are_two
        self.sides.setToolTip("Side by side" + (", as soon as there is room for it" if cramped else ""))
        words = f"{count:,} change{'' if count == 1 else 's'}" if changed else ""
        self._count.setText(f"{count:,}" if changed else "")  # a pane at the side has no room for more
        self._count.setToolTip(words)
        self._count.setAccessibleName(words)
        for button in (self._previous, self._next, self.folds, self.sides, self._copy):
            button.setEnabled(changed)

    def _go_to(self, index: int) -> None:
        self._at = index
        for text in (self._left, self._right) if self._are_two else (self._one,):
            text.go_to(self._starts[index])

    def _restyle(self) -> None:
        dress(
            self._theme,
            (self._previous, "arrow-up"),
            (self._next, "arrow-down"),
            (self.folds, "list"),
            (self.sides, "columns-3"),
            (self._copy, "copy"),
        )
