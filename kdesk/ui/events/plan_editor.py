"""What to watch: kinds, clusters, namespaces, selectors, what that costs, and the names it is kept under."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from kdesk.ui.events.kind_list import KindList
from kdesk.ui.look.theme import Theme
from kdesk.ui.parts.buttons import push_button
from kdesk.ui.parts.picker import PickerButton, PickerWords
from kdesk.viewmodel.events.feed import Feed
from kdesk.viewmodel.events.kind_choices import kind_choices
from kdesk.viewmodel.events.plan import WatchPlan
from kdesk.viewmodel.events.watch_lists import WatchLists

_WIDTH, _HEIGHT = 520, 560
# The buttons' own direction is from right to left, and would turn the side.
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute
_CLUSTERS = PickerWords("Clusters", "All open clusters", "Search clusters")
_NAMESPACES = PickerWords("Namespaces", "All namespaces", "Search or type a namespace", typed=True)


class PlanEditor(QFrame):
    """A popup over a Feed. Nothing is watched before *Start* (Ctrl+Enter); Esc leaves everything as it was."""

    started = Signal()

    def __init__(
        self,
        feed: Feed,
        lists: WatchLists,
        namespaces: Callable[[], Sequence[str]],
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        """``namespaces`` gives those known of the open clusters."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("popup", True)
        self._feed, self._lists = feed, lists
        self._plan = WatchPlan()
        self.names = QComboBox(editable=True)
        self.names.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.names.setAccessibleName("Watch list")
        line = self.names.lineEdit()
        if line is not None:
            line.setPlaceholderText("Watch list: a name to keep this")
        self._save, self._rename, self._delete = (
            push_button("Save"),
            push_button("Rename"),
            push_button("Delete"),
        )
        self.kinds = KindList(theme)
        self._clusters = PickerButton(theme, lambda: [s.name for s in feed.sessions], _CLUSTERS)
        self._namespaces = PickerButton(theme, namespaces, _NAMESPACES)
        self.labels = QLineEdit(placeholderText="such as app=web,tier!=cache")
        self.labels.setAccessibleName("Label selector")
        self.fields = QLineEdit(placeholderText="such as metadata.name=web")
        self.fields.setAccessibleName("Field selector")
        self._cost = QLabel()
        self._cost.setProperty("tone", "text2")
        self.start = push_button()
        self.start.setProperty("primary", True)
        self._lay_out()
        self._connect()
        self.resize(_WIDTH, _HEIGHT)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.names, 1)
        for button in (self._save, self._rename, self._delete):
            button.setAutoDefault(False)
            top.addWidget(button)
        form = QGridLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(6)
        rows = (
            ("Clusters", self._clusters),
            ("Namespaces", self._namespaces),
            ("Labels", self.labels),
            ("Fields", self.fields),
        )
        for number, (text, widget) in enumerate(rows):
            label = QLabel(text)
            label.setProperty("tone", "text2")
            form.addWidget(label, number, 0)
            form.addWidget(widget, number, 1, _LEFT if number < 2 else Qt.AlignmentFlag(0))
        form.setColumnStretch(1, 1)
        bottom = QHBoxLayout()
        bottom.addWidget(self._cost, 1)
        bottom.addWidget(self.start)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 12, 12, 12)
        box.setSpacing(10)
        box.addLayout(top)
        box.addWidget(self.kinds, 1)
        box.addLayout(form)
        box.addLayout(bottom)

    def _connect(self) -> None:
        self.kinds.toggled.connect(self._toggle)
        self._clusters.chosen.connect(lambda names: self._change(clusters=names))
        self._namespaces.chosen.connect(lambda names: self._change(namespaces=names))
        self.labels.textChanged.connect(lambda text: self._change(labels=_selector(text)))
        self.fields.textChanged.connect(lambda text: self._change(fields=_selector(text)))
        self.names.textActivated.connect(self._load)
        self.names.editTextChanged.connect(self._refresh)
        self._save.clicked.connect(self._keep)
        self._rename.clicked.connect(self._renamed)
        self._delete.clicked.connect(self._forget)
        self.start.clicked.connect(self._start)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self._start)

    def open_at(self, at: QPoint) -> None:
        """Show below ``at`` (global), with what is watched now."""
        self.kinds.show_kinds(
            sorted(kind_choices(self._feed.sessions), key=lambda row: row.label not in self._feed.plan.kinds)
        )
        self._list_names(self._feed.name)
        self._show(self._feed.plan)
        screen = self.screen().availableGeometry()
        self.move(at.x(), max(screen.top(), min(at.y(), screen.bottom() - self.height())))
        self.show()
        self.kinds.search.setFocus(Qt.FocusReason.PopupFocusReason)

    @property
    def plan(self) -> WatchPlan:
        """As it stands."""
        return self._plan

    def _show(self, plan: WatchPlan) -> None:
        self._plan = plan
        for edit, text in ((self.labels, plan.labels), (self.fields, plan.fields)):
            edit.blockSignals(True)
            edit.setText(text)
            edit.blockSignals(False)
        self._refresh()

    def _change(self, **fields: str | tuple[str, ...]) -> None:
        self._plan = msgspec.structs.replace(self._plan, **fields)
        self._refresh()

    def _toggle(self, label: str, on: bool) -> None:
        if label:
            self._plan = self._plan.with_kind(label, on)
        else:
            self._plan = msgspec.structs.replace(self._plan, everything=on, without=())
        self._refresh()

    def _refresh(self) -> None:
        plan, feed, name = self._plan, self._feed, self.names.currentText().strip()
        self.kinds.tick(plan.wants, everything=plan.everything)
        self._clusters.show_names(plan.clusters)
        self._namespaces.show_names(plan.namespaces)
        cost = feed.cost(plan)
        self._cost.setText(cost.text if plan else "Tick the kinds to watch")
        self._cost.setToolTip(
            "Each watch is a connection and a thread, and keeps the objects that it watches.\n"
            "How many objects there are is known of kinds that are being watched already."
        )
        self.start.setText("Apply" if feed.running else "Start")
        self.start.setEnabled(bool(cost.watches))
        saved = self._lists.plan(name)
        current = self._lists.plan(feed.name)
        self._save.setEnabled(bool(name and plan) and saved != plan)
        self._rename.setEnabled(bool(name) and saved is None and current is not None)
        self._rename.setToolTip(f"{feed.name} becomes {name}" if self._rename.isEnabled() else "")
        self._delete.setEnabled(saved is not None)

    # Watch lists

    def _list_names(self, name: str) -> None:
        self.names.blockSignals(True)
        self.names.clear()
        self.names.addItems(self._lists.names)
        self.names.setCurrentIndex(self.names.findText(name))
        self.names.setEditText(name)
        self.names.blockSignals(False)

    def _load(self, name: str) -> None:
        plan = self._lists.plan(name)
        if plan is not None:
            self._feed.name = name
            self._show(plan)

    def _keep(self) -> None:
        name = self.names.currentText().strip()
        self._lists.keep(name, self._plan)
        self._feed.name = name
        self._list_names(name)
        self._refresh()

    def _renamed(self) -> None:
        name = self.names.currentText().strip()
        if self._lists.rename(self._feed.name, name):
            self._feed.name = name
        self._list_names(self._feed.name)
        self._refresh()

    def _forget(self) -> None:
        self._lists.forget(self.names.currentText().strip())
        self._feed.name = ""
        self._list_names("")
        self._refresh()

    def _start(self) -> None:
        if self.start.isEnabled():
            name = self.names.currentText().strip()
            self._feed.use(self._plan, name if self._lists.plan(name) == self._plan else "")
            self._feed.start()
            self.close()
            self.started.emit()


def _selector(text: str) -> str:
    """As the API server takes it: without spaces around commas."""
    return re.sub(r"\s*,\s*", ",", text.strip())
