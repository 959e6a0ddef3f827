"""Which columns a table shows, where, how wide: what fits, and what a person made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QTableView

from kdesk.ui.tables.column_widths import fitting_widths, natural_width
from kdesk.ui.tables.header import TableHeader
from kdesk.viewmodel.rows.columns import TableColumn
from kdesk.viewmodel.rows.memory import TableLayout, titles
from kdesk.viewmodel.rows.model import TableModel


class ColumnLayout(QObject):
    """Of one view. ``changed``: a person moved, hid, sized or sorted; ``layout`` is to be remembered."""

    changed = Signal()

    def __init__(
        self, view: QTableView, header: TableHeader, model: TableModel, font: Callable[[], QFont]
    ) -> None:
        """``font``: of the cells."""
        super().__init__(view)
        self._view, self._header, self._model, self._font = view, header, model, font
        self._layout = TableLayout()
        # What is done here is no person's wish.
        self._busy = False
        header.column_toggled.connect(self.toggle)
        header.wide_toggled.connect(self.show_wide)
        header.reset_wanted.connect(self.reset)
        header.sectionResized.connect(self._resized)
        header.sectionMoved.connect(self._moved)
        model.order_changed.connect(self._sorted)
        model.columns_changed.connect(self._fresh_columns)

    @property
    def layout(self) -> TableLayout:
        return self._layout

    def use(self, layout: TableLayout) -> None:
        """Take over what was remembered."""
        self._layout = layout
        self._busy = True
        if layout.sort != self._model.order:
            self._model.set_order(layout.sort)
        self._busy = False
        self._fresh_columns()

    def shown(self) -> list[TableColumn]:
        """In the order on the screen."""
        header = self._header
        sections = [header.logicalIndex(at) for at in range(header.count())]
        columns = self._model.columns
        return [columns[section] for section in sections if not header.isSectionHidden(section)]

    def fit(self) -> None:
        """Widths from a sample of the rows, where a person has not chosen one; wide columns are hidden."""
        self._busy = True
        header, columns = self._header, self._model.columns
        for section, column in enumerate(columns):
            header.setSectionHidden(section, not self._is_shown(column))
        places = {column: section for section, column in enumerate(columns)}
        shown = self.shown()
        fonts = self._font(), header.label_font()
        room = self._view.viewport().width()
        widths = fitting_widths(self._model, shown, self._layout.widths, room, fonts)
        for column, width in zip(shown, widths, strict=True):
            header.resizeSection(places[column], width)
        self._busy = False

    def fitting(self, section: int) -> int:
        """How wide a column is with room for its longest text."""
        return natural_width(
            self._model, self._model.columns[section], self._font(), self._header.label_font()
        )

    def toggle(self, section: int) -> None:
        """Show a column, or hide it."""
        column = self._model.columns[section]
        layout, one = self._layout, frozenset([column.title])
        if self._is_shown(column):
            hidden = layout.hidden if column.source.wide else layout.hidden | one
            self._change(replace(layout, hidden=hidden, shown=layout.shown - one))
        else:
            shown = layout.shown | one if column.source.wide else layout.shown
            self._change(replace(layout, hidden=layout.hidden - one, shown=shown))

    @property
    def has_wide(self) -> bool:
        """The kind has columns that kubectl shows with ``-o wide`` only."""
        return any(column.source.wide for column in self._model.columns)

    @property
    def wide(self) -> bool:
        """All wide columns are shown, and there are some."""
        wide = [column for column in self._model.columns if column.source.wide]
        return bool(wide) and all(map(self._is_shown, wide))

    def show_wide(self, wide: bool) -> None:
        """Show all that kubectl shows with ``-o wide``, or none of those."""
        titles = {column.title for column in self._model.columns if column.source.wide}
        shown = self._layout.shown | titles if wide else self._layout.shown - titles
        self._change(replace(self._layout, shown=frozenset(shown)))

    def reset(self) -> None:
        """As the server has them; the order of the rows stays."""
        self._change(TableLayout(sort=self._layout.sort))

    def _is_shown(self, column: TableColumn) -> bool:
        title = column.title
        return title in self._layout.shown if column.source.wide else title not in self._layout.hidden

    def _change(self, layout: TableLayout) -> None:
        self._layout = layout
        self._fresh_columns()
        self.changed.emit()

    def _fresh_columns(self) -> None:
        """The columns are others, or their order: put them where they belong."""
        self._busy = True
        columns = self._model.columns
        places = {column.title: section for section, column in enumerate(columns)}
        for visual, title in enumerate(titles(self._layout.columns, places)):
            self._header.moveSection(self._header.visualIndex(places[title]), visual)
        self._busy = False
        self.fit()

    def _resized(self, section: int, before: int, after: int) -> None:
        columns = self._model.columns
        if not self._busy and after > 0 and section < len(columns):
            widths = {**self._layout.widths, columns[section].title: after}
            self._layout = replace(self._layout, widths=widths)
            self.changed.emit()

    def _moved(self) -> None:
        if not self._busy:
            header, columns = self._header, self._model.columns
            order = [columns[header.logicalIndex(at)].title for at in range(header.count())]
            natural = [column.title for column in columns]
            self._layout = replace(self._layout, columns=() if order == natural else tuple(order))
            self.changed.emit()

    def _sorted(self) -> None:
        if not self._busy:
            self._layout = replace(self._layout, sort=self._model.order)
            self.changed.emit()
