"""The side pane for one object: what it is, how fresh it is, and its YAML, live."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from kdesk.kube.api.discovery import category
from kdesk.ui.look.icons import icon, kind_icon, pixmap
from kdesk.ui.look.theme import Theme
from kdesk.ui.objects.history_page import HistoryPage
from kdesk.ui.objects.timeline_page import TimelinePage
from kdesk.ui.objects.yaml_panel import YamlPanel
from kdesk.ui.parts.buttons import push_button, tool_button
from kdesk.ui.parts.elided_label import ElidedLabel
from kdesk.ui.parts.skeleton import TextSkeleton
from kdesk.ui.parts.state_page import StatePage
from kdesk.ui.parts.tab_row import TabRow
from kdesk.viewmodel.objects.detail import Detail, DetailState
from kdesk.viewmodel.objects.diff_columns import DiffColumns

#: Shape, word and colour of each state.
_STATES = {
    DetailState.EMPTY: ("circle", "", "text2"),
    DetailState.LOADING: ("circle", "loading", "info"),
    DetailState.LIVE: ("disc", "live", "ok"),
    DetailState.STALE: ("clock", "stale", "warn"),
    DetailState.FORBIDDEN: ("lock", "forbidden", "bad"),
    DetailState.LOGIN: ("key-round", "login needed", "bad"),
    DetailState.DELETED: ("ban", "deleted", "bad"),
    DetailState.PAST: ("hourglass", "past", "warn"),
    DetailState.GONE: ("ban", "gone", "bad"),
}
_YAML, _HISTORY, _TIMELINE = range(3)
_RETRY = (DetailState.STALE, DetailState.FORBIDDEN)


class DetailPane(QWidget):
    """``closed`` is emitted when the person closes it; the owner hides it. Esc closes."""

    closed = Signal()

    def __init__(
        self, detail: Detail, theme: Theme, columns: DiffColumns, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._detail, self._theme = detail, theme
        self.setMinimumWidth(320)
        self._kind = QLabel()
        self._name = ElidedLabel()
        self._where = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self._state_icon, self._state = QLabel(), QLabel()
        self._close = tool_button("Close detail (Esc)")
        self._band = QFrame()
        self._tabs = TabRow(("YAML", "History", "Timeline"))
        self._tabs.setAccessibleName("What is shown of the object")
        self.yaml = YamlPanel(theme)
        self.history = HistoryPage(detail.history, theme, columns)
        self.timeline = TimelinePage(detail.timeline, theme, columns)
        self._banner = _Banner(theme)
        self._page = StatePage(theme)
        self._stack = QStackedWidget()
        self._skeleton = TextSkeleton(theme)
        for page in (self._skeleton, self.yaml, self.history, self.timeline, self._page):
            self._stack.addWidget(page)
        self._lay_out()
        self.setFocusProxy(self.yaml.view)
        self._close.clicked.connect(self._closed)
        self._tabs.currentChanged.connect(self._refresh)
        self._banner.retry.connect(detail.reconnect)
        self._page.activated.connect(detail.reconnect)
        shortcut = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self._closed)
        detail.changed.connect(self._refresh)
        detail.document_changed.connect(self._show_document)
        theme.changed.connect(self._refresh)
        self._show_document()

    @property
    def history_shown(self) -> bool:
        """The tab that was chosen."""
        return self._tabs.currentIndex() == _HISTORY

    def show_history(self, shown: bool) -> None:
        self._tabs.setCurrentIndex(_HISTORY if shown else _YAML)

    @property
    def timeline_shown(self) -> bool:
        """The tab that was chosen."""
        return self._tabs.currentIndex() == _TIMELINE

    def show_timeline(self, shown: bool) -> None:
        self._tabs.setCurrentIndex(_TIMELINE if shown else _YAML)

    def _lay_out(self) -> None:
        font = self._name.font()
        font.setWeight(font.Weight.DemiBold)
        self._name.setFont(font)
        self._where.setProperty("tone", "text2")
        self._band.setFixedWidth(3)
        title = QHBoxLayout()
        title.setSpacing(8)
        title.addWidget(self._kind)
        title.addWidget(self._name, 1)
        title.addWidget(self._state_icon)
        title.addWidget(self._state)
        title.addWidget(self._close)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self._band)
        below.addWidget(self._where, 1)
        head = QVBoxLayout()
        head.setContentsMargins(12, 8, 8, 6)
        head.setSpacing(4)
        head.addLayout(title)
        head.addLayout(below)
        bar = QHBoxLayout()
        bar.setContentsMargins(0, 0, 8, 0)
        bar.addWidget(self._tabs)
        bar.addStretch(1)
        bar.addWidget(self.yaml.tools)
        line = QFrame(frameShape=QFrame.Shape.NoFrame)
        line.setObjectName("hairline")
        line.setFixedHeight(1)
        self._line = line
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(head)
        box.addLayout(bar)
        box.addWidget(line)
        box.addWidget(self._banner)
        box.addWidget(self._stack, 1)

    def _closed(self) -> None:
        if self.yaml.find_bar.isVisible():
            self.yaml.find_bar.end()
            return
        self._detail.close()
        self.closed.emit()

    def _show_document(self) -> None:
        self.yaml.show_document(self._detail.document)
        self._refresh()

    def _refresh(self) -> None:
        detail, theme, subject = self._detail, self._theme, self._detail.subject
        shape, word, tone = _STATES[detail.state]
        past = detail.state is DetailState.PAST  # a file tells of the object alone
        self._tabs.setTabVisible(_TIMELINE, not past)
        if past and self.timeline_shown:
            self._tabs.setCurrentIndex(_HISTORY)
        self._close.setIcon(icon("x", "text2", theme))
        self._line.setStyleSheet(f"background: {theme.color('border').name()};")
        ratio = self.devicePixelRatioF()
        if subject is None:
            self._kind.clear()
            self._name.set_text("Nothing selected")
            self._where.set_text("")
        else:
            name = kind_icon(subject.resource, category(subject.resource))
            self._kind.setPixmap(pixmap(name, "text", theme, 18, ratio))
            self._name.set_text(subject.name)
            place = [subject.resource.kind, subject.namespace, subject.cluster]
            self._where.set_text("  ·  ".join(part for part in place if part))
            self._band.setStyleSheet(f"background: {self._theme.cluster(subject.cluster).name()};")
        self._band.setVisible(subject is not None)
        self._state_icon.setPixmap(
            pixmap(shape, tone, theme, 12, ratio) if word else pixmap("circle", "surface", theme, 12)
        )
        self._state.setText(word)
        self._state.setProperty("tone", tone)
        self._state.style().unpolish(self._state)
        self._state.style().polish(self._state)
        self.yaml.view.set_dimmed(detail.stale)
        self._choose_page(shape, tone)

    def _choose_page(self, shape: str, tone: str) -> None:
        detail = self._detail
        broken = detail.document is not None and bool(detail.document.error)
        readable = detail.document is not None and not broken
        self.yaml.tools.setEnabled(readable)
        retry = detail.state in _RETRY
        past = detail.subject is not None and self._tabs.currentIndex() != _YAML
        self.yaml.tools.setVisible(not past)
        if past:
            self._stack.setCurrentWidget(self.timeline if self.timeline_shown else self.history)
        elif readable:
            self._stack.setCurrentWidget(self.yaml)
        elif detail.state is DetailState.LOADING:
            self._stack.setCurrentWidget(self._skeleton)
        else:
            sentence = detail.sentence or "Select an object and press Enter to see it here."
            sentence = sentence[0].upper() + sentence[1:] + ("" if sentence.endswith((".", "?")) else ".")
            self._page.show_state(shape, sentence, button="Try again" if retry else "", tone=tone)
            self._stack.setCurrentWidget(self._page)
        self._banner.show_state(shape, tone, detail.sentence if readable else "", retry=retry)


class _Banner(QFrame):
    """A line above the text for what must be known of it."""

    retry = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._icon = QLabel()
        self._text = QLabel(wordWrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._button = push_button("Try now")
        self._button.clicked.connect(self.retry)
        box = QHBoxLayout(self)
        box.setContentsMargins(12, 6, 8, 6)
        box.setSpacing(8)
        box.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        box.addWidget(self._text, 1)
        box.addWidget(self._button)
        self.hide()

    def show_state(self, shape: str, tone: str, text: str, *, retry: bool) -> None:
        """``text`` empty hides it."""
        self.setVisible(bool(text))
        if not text:
            return
        self._icon.setPixmap(pixmap(shape, tone, self._theme, 16, self.devicePixelRatioF()))
        self._text.setText(text[0].upper() + text[1:])
        self._button.setVisible(retry)
        self.setStyleSheet(f"_Banner {{ background: {self._theme.color('raised').name()}; }}")
