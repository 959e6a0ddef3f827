"""The history of one object: its revisions above, what two of them differ in below."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSplitter,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from kdesk.kube.history.revisions import RevisionType
from kdesk.ui.look.icons import icon
from kdesk.ui.look.theme import Theme, tabular
from kdesk.ui.objects.diff_view import DiffView
from kdesk.ui.parts.buttons import dress, tool_button
from kdesk.ui.parts.elided_label import ElidedLabel
from kdesk.ui.parts.flat_model import FlatModel, Index
from kdesk.ui.parts.state_page import StatePage
from kdesk.viewmodel.objects.diff_columns import DiffColumns
from kdesk.viewmodel.objects.history import History, RevisionLine, time_of

_COLUMNS = ("TIME", "WHO", "CHANGE")
_TIME, _WHO, _CHANGE = range(3)
_SHAPES = {
    RevisionType.INITIAL: ("eye", "text2"),
    RevisionType.ADDED: ("plus", "ok"),
    RevisionType.MODIFIED: ("pencil", "info"),
    RevisionType.DELETED: ("minus", "bad"),
    RevisionType.LEFT: ("minus", "warn"),
}
_ROLE = Qt.ItemDataRole
_LIST_SHARE = (2, 3)


class HistoryPage(QWidget):
    """Looks for new revisions only while it is on the screen. ``tools`` is for the owner to place."""

    def __init__(
        self, history: History, theme: Theme, columns: DiffColumns, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._history, self._theme = history, theme
        self._model = _Model(theme)
        self.list = QTreeView(rootIsDecorated=False, uniformRowHeights=True, allColumnsShowFocus=True)
        self.list.setModel(self._model)
        self.list.setAccessibleName("Revisions")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setStyleSheet("QTreeView::item { min-height: 24px; padding: 0 4px; }")
        self.list.header().setStretchLastSection(True)
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.diff = DiffView(theme, columns)
        self._names = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self._names.setProperty("tone", "text2")
        self._dropped = QLabel(wordWrap=True)
        self._dropped.setProperty("tone", "text2")
        self._copy = tool_button("Copy this revision as YAML")
        self._page = StatePage(theme)
        self._stack = QStackedWidget()
        self.setFocusProxy(self.list)
        self._lay_out()
        self._copy.clicked.connect(self.copy)
        self.list.selectionModel().selectionChanged.connect(self._choose)
        history.changed.connect(self._refresh)
        history.compared_changed.connect(self._compare)
        theme.changed.connect(self._restyle)
        self._restyle()
        self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._history.set_shown(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._history.set_shown(False)

    def copy(self) -> None:
        """The newer of the compared revisions to the clipboard, secret values masked."""
        compared = self._history.compared
        if compared is not None:
            QGuiApplication.clipboard().setText(compared.document.text)

    def _lay_out(self) -> None:
        self.list.setColumnWidth(_WHO, self.fontMetrics().horizontalAdvance("kubelet (status)") + 16)
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 2, 8, 2)
        bar.addWidget(self._names, 1)
        bar.addWidget(self.diff.tools)
        bar.addWidget(self._copy)
        below = QWidget()
        box = QVBoxLayout(below)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(bar)
        box.addWidget(self.diff, 1)
        self._dropped.setContentsMargins(12, 4, 12, 4)
        above = QWidget()
        column = QVBoxLayout(above)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.list, 1)
        column.addWidget(self._dropped)
        self._split = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False)
        self._split.setHandleWidth(1)
        for part, share in zip((above, below), _LIST_SHARE, strict=True):
            self._split.addWidget(part)
            self._split.setStretchFactor(self._split.count() - 1, share)
        self._stack.addWidget(self._split)
        self._stack.addWidget(self._page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def _refresh(self) -> None:
        history = self._history
        self._model.show_lines(history.lines)
        self.list.resizeColumnToContents(_TIME)
        count = history.dropped
        self._dropped.setText(f"{count:,} older ones are no longer kept." if count else "")
        self._dropped.setVisible(bool(count))
        if not history.lines:
            self._page.show_state(
                "hourglass",
                "Nothing has been seen of it yet. Changes are kept from now on, while it is watched."
                if history.growing
                else "Nothing was seen of it before the file was saved.",
            )
        self._stack.setCurrentWidget(self._split if history.lines else self._page)
        if history.lines and not self.list.selectionModel().hasSelection():
            self.list.setCurrentIndex(self._model.index(0, 0))

    def _choose(self) -> None:
        rows = {index.row() for index in self.list.selectionModel().selectedRows()}
        self._history.choose([self._model.lines[row].info.number for row in sorted(rows)])

    def _compare(self) -> None:
        compared = self._history.compared
        self._copy.setEnabled(compared is not None and not compared.document.error)
        self._names.set_text(self.diff.show_compared(compared))

    def _restyle(self) -> None:
        dress(self._theme, (self._copy, "clipboard"))
        self._model.all_changed()


class _Model(FlatModel[RevisionLine]):
    """Newest first. New revisions come in above; what is selected stays."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(_COLUMNS)
        self._theme = theme

    def show_lines(self, lines: tuple[RevisionLine, ...]) -> None:
        old, new = ([line.info.number for line in each] for each in (self.lines, lines))
        fresh = len(new) - len(old)
        if old and fresh > 0 and new[fresh:] == old:
            self.beginInsertRows(QModelIndex(), 0, fresh - 1)
            self.lines = lines
            self.endInsertRows()
        elif old == new:
            self.lines = lines
        else:
            self.beginResetModel()
            self.lines = lines
            self.endResetModel()
            return
        self.all_changed()

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> object:
        line, column = self.lines[index.row()], index.column()
        shape, tone = _SHAPES[line.info.type]
        if role in (_ROLE.DisplayRole, _ROLE.ToolTipRole):
            recorded = "  recorded" if line.recorded else ""
            texts = (f"{time_of(line.info)}{recorded}", line.info.who.text, line.words)
            return texts[column] or None
        if role == _ROLE.AccessibleTextRole:
            recorded = " recorded" if line.recorded else ""
            texts = (f"{time_of(line.info)} {line.info.type}{recorded}", line.info.who.text, line.words)
            return texts[column]
        if role == _ROLE.DecorationRole and column == _TIME:
            return icon(shape, tone, self._theme)
        if role == _ROLE.FontRole and column == _TIME:
            return tabular(QGuiApplication.font())
        if role == _ROLE.ForegroundRole and column == _WHO:
            return self._theme.color("text2")
        return None
