"""Problems: what needs attention in all open clusters, in words, the worst first."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from kdesk.ui.look.icons import pixmap
from kdesk.ui.look.theme import Theme, tabular
from kdesk.ui.parts.elided_label import ElidedLabel
from kdesk.ui.parts.state_page import StatePage
from kdesk.ui.problems.table import SHAPES, ProblemTable
from kdesk.ui.tables.bar import FilterEdit
from kdesk.viewmodel.problems.list import Item, ProblemListModel
from kdesk.viewmodel.problems.watch import ProblemWatch
from kdesk.viewmodel.problems.words import gaps, objects, watching
from kdesk.viewmodel.rows.filtering import FilterError

_HEIGHT = 44
_TICK_MS = 1000
_HINT = (
    "Words, or a column: kind:pod  cluster:prod  since<10m\n"
    "A label: tier=web    Not: !event    Either: crash | pull    Expression: /web-\\d+/"
)


class ProblemsPage(QWidget):
    """``opened`` and ``selected`` carry an Item; ``table_wanted`` the Item whose kind is wanted as a table.

    ``clusters`` gives the number of open clusters. While the page exists the watch keeps the kinds watched.
    """

    opened = Signal(object)
    selected = Signal(object)
    table_wanted = Signal(object)

    def __init__(
        self,
        watch: ProblemWatch,
        theme: Theme,
        clusters: Callable[[], int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._watch, self._theme, self._clusters = watch, theme, clusters
        self.setObjectName("problems")
        self.model = ProblemListModel(watch, self)
        self.table = ProblemTable(self.model, theme)
        self.state = StatePage(theme)
        self.filter = FilterEdit(theme)
        self.filter.setToolTip(_HINT)
        self.filter.setMinimumWidth(160)
        self.filter.setMaximumWidth(560)
        self._picture = QLabel()
        self._title = QLabel("Problems")
        font = self._title.font()
        font.setWeight(font.Weight.DemiBold)
        self._title.setFont(font)
        self._figures = {tone: (QLabel(), QLabel()) for tone in SHAPES}
        self._watching = QLabel()
        self._watching.setProperty("tone", "text2")
        self._error = QLabel()
        self._error.setProperty("tone", "bad")
        self._error.setContentsMargins(12, 0, 12, 8)
        self._error.hide()
        self._gap_icon, self._gap_text = QLabel(), ElidedLabel()
        self._gap_line = QWidget()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.state)
        self._fitted = (0, 0)
        self._lay_out()
        self.setFocusProxy(self.table)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self.table.opened.connect(self.opened)
        self.table.selected.connect(self.selected)
        self.table.table_wanted.connect(self.table_wanted)
        self.table.filter_wanted.connect(self.focus_filter)
        self.filter.textChanged.connect(self._filtered)
        self.filter.left.connect(self.table.setFocus)
        self.state.activated.connect(self.filter.clear)
        self.model.caught_up.connect(self.refresh)
        watch.parts_changed.connect(self.refresh)
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_filter(self, text: str) -> None:
        """As if typed."""
        self.filter.setText(text)

    @property
    def filter_error(self) -> str:
        return self._error.text()

    @property
    def gaps_text(self) -> str:
        """What the list cannot know, as it is shown; empty where it knows all."""
        return self._gap_text.text() if not self._gap_line.isHidden() else ""

    def focus_filter(self) -> None:
        self.filter.setFocus()
        self.filter.selectAll()

    def current_item(self) -> Item | None:
        return self.table.current_item()

    def refresh(self) -> None:
        """Bring words and numbers up to date. Nothing is done while nobody sees it."""
        if not self.isVisible():
            return
        parts = self._watch.parts()
        self._show_counts()
        shown, total = self.model.rowCount(), self.model.total
        narrowed = f"{shown:,} of {total:,}" if shown != total else ""
        self._watching.setText(" · ".join(filter(None, (narrowed, watching(parts) if parts else ""))))
        self._show_gaps()
        self.table.show_stale(self._watch.stale())
        if self.model.rowCount():
            self._stack.setCurrentWidget(self.table)
            self._fit()
        else:
            self._say()
            self._stack.setCurrentWidget(self.state)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.model.set_active(True)
        self._timer.start()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        self.model.set_active(False)
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fitted = (0, 0)
        self._fit()

    def _tick(self) -> None:
        self.model.pass_time()
        if self.model.rowCount():
            self.table.fit(self._clusters())  # what came meanwhile may be wider
        self.table.viewport().update()
        self._show_gaps()

    def _filtered(self, text: str) -> None:
        try:
            self.model.set_filter(text)
            said = ""
        except FilterError as error:
            said = str(error)
        self._error.setText(said)
        self._error.setVisible(bool(said))
        self.filter.set_invalid(bool(said))
        self.refresh()

    def _fit(self) -> None:
        """Widths change when something new is to be fitted in, not with every change of a line."""
        needed = self._clusters(), min(200, self.model.rowCount())
        if needed[0] != self._fitted[0] or needed[1] > self._fitted[1]:
            self._fitted = needed
            self.table.fit(needed[0])

    def _show_counts(self) -> None:
        bad = self.model.bad
        for tone, number in (("bad", bad), ("warn", self.model.total - bad)):
            words = "critical" if tone == "bad" else "warning" if number == 1 else "warnings"
            shape, text = self._figures[tone]
            text.setText(f"{number:,} {words}")
            for label in (shape, text):
                label.setVisible(bool(number))

    def _show_gaps(self) -> None:
        found = gaps(self._watch.parts(), time.time())
        faults = self._watch.rules.faults
        words = [*faults, *(gap.words for gap in found)]
        self._gap_line.setVisible(bool(words))
        if not words:
            return
        tone, shape = (found[0].tone, found[0].shape) if found and not faults else ("warn", "triangle-alert")
        self._gap_icon.setPixmap(pixmap(shape, tone, self._theme, 14, self.devicePixelRatioF()))
        self._gap_text.setText(" · ".join(words))
        tips = [f"{gap.words}\n{gap.detail}" if gap.detail else gap.words for gap in found]
        self._gap_text.setToolTip("\n".join((*faults, *tips)))

    def _say(self) -> None:
        """Why there is no line."""
        parts, show = self._watch.parts(), self.state.show_state
        clusters = self._clusters()
        if not clusters:
            show("unplug", "No cluster is open.", hint="Problems of all open clusters are listed here.")
        elif self.model.total:
            show(
                "funnel", f"None of {self.model.total:,} problems fits the filter.", button="Clear the filter"
            )
        elif not self._watch.complete:
            names = "the cluster" if clusters == 1 else f"{clusters} clusters"
            show("search", f"Looking for problems on {names}.", hint=f"{objects(parts):,} objects so far.")
        elif any(gap.tone == "bad" for gap in gaps(parts, time.time())):
            hint = "Not everything could be looked at: see the line above."
            show("circle-help", "No problem is known.", hint=hint, tone="warn")
        else:
            hint = f"None of {objects(parts):,} objects needs attention: {watching(parts)}."
            show("circle-check", "All is well.", hint=hint, tone="ok")

    def _restyle(self) -> None:
        theme, ratio = self._theme, self.devicePixelRatioF()
        self._picture.setPixmap(pixmap("bell", "text2", theme, 16, ratio))
        for tone, (shape, text) in self._figures.items():
            shape.setPixmap(pixmap(SHAPES[tone], tone, theme, 14, ratio))
            text.setFont(tabular(text.font()))
        self.refresh()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(self._picture)
        row.addWidget(self._title)
        row.addSpacing(8)
        for shape, text in self._figures.values():
            row.addWidget(shape)
            row.addWidget(text)
            row.addSpacing(4)
        row.addWidget(self.filter, stretch=1)
        row.addStretch(0)
        row.addWidget(self._watching)
        line = QWidget()
        line.setFixedHeight(_HEIGHT)
        line.setLayout(row)
        gap = QHBoxLayout(self._gap_line)
        gap.setContentsMargins(12, 0, 12, 8)
        gap.setSpacing(6)
        gap.addWidget(self._gap_icon)
        gap.addWidget(self._gap_text, stretch=1)
        self._gap_line.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        for widget in (line, self._error, self._gap_line):
            box.addWidget(widget)
        box.addWidget(self._stack, stretch=1)
