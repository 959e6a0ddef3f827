"""Objects that something is kept of, also deleted ones: a list to open their history from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHeaderView, QLabel, QTreeView, QVBoxLayout, QWidget

from kdesk.ui.look.icons import icon, kind_icon
from kdesk.ui.look.theme import Theme, tabular
from kdesk.ui.parts.flat_model import FlatModel, Index
from kdesk.viewmodel.moments import dated_text
from kdesk.viewmodel.objects.recorded import KeptObject

_COLUMNS = ("KIND", "NAMESPACE", "NAME", "LAST SEEN", "REVISIONS", "STATE")
_KIND, _NAMESPACE, _NAME, _SEEN, _REVISIONS, _STATE = range(6)
_ROLE = Qt.ItemDataRole


class KeptPage(QWidget):
    """``opened(KeptObject)``: a person wants to see its history."""

    opened = Signal(object)

    def __init__(self, cluster: str, text: str, found: Sequence[KeptObject], theme: Theme) -> None:
        """``text``: what was looked for; ``found``: to be shown in this order."""
        super().__init__()
        many = f"{len(found):,} object{'' if len(found) == 1 else 's'}"
        self.words = QLabel(
            f"{many} of {cluster} with “{text}” in the name, as far as they were watched whole."
        )
        self.words.setProperty("tone", "text2")
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setContentsMargins(12, 0, 12, 0)
        self.words.setFixedHeight(36)
        self._model = _Model(found, theme)
        self.list = QTreeView(rootIsDecorated=False, uniformRowHeights=True, allColumnsShowFocus=True)
        self.list.setModel(self._model)
        self.list.setAccessibleName("Objects that something is kept of")
        self.list.setStyleSheet("QTreeView::item { min-height: 26px; padding: 0 4px; }")
        self.list.activated.connect(lambda index: self.opened.emit(self._model.lines[index.row()]))
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.words)
        box.addWidget(self.list)
        self.setFocusProxy(self.list)
        if found:
            self.list.setCurrentIndex(self._model.index(0, 0))
        theme.changed.connect(self.list.viewport().update)


class _Model(FlatModel[KeptObject]):
    def __init__(self, found: Sequence[KeptObject], theme: Theme) -> None:
        super().__init__(_COLUMNS, found)
        self._theme = theme

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> object:
        one, column = self.lines[index.row()], index.column()
        if role == _ROLE.DisplayRole:
            return _texts(one)[column]
        if role == _ROLE.DecorationRole:
            if column == _KIND:
                return icon(kind_icon(one.object.resource), "text2", self._theme)
            return icon("minus", "bad", self._theme) if column == _STATE and one.deleted else None
        if role == _ROLE.FontRole and column in (_SEEN, _REVISIONS):
            return tabular(QGuiApplication.font())
        if role == _ROLE.TextAlignmentRole and column == _REVISIONS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == _ROLE.ForegroundRole and column in (_KIND, _NAMESPACE, _STATE):
            return self._theme.color("text2")
        return None


def _texts(one: KeptObject) -> tuple[str, ...]:
    state = ", ".join(filter(None, ("deleted" if one.deleted else "", "recorded" if one.recorded else "")))
    which = one.object
    return which.resource.kind, which.namespace, which.name, dated_text(one.at), f"{one.kept:,}", state
