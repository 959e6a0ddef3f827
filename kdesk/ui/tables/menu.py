"""What can be done with the selected rows of a table: copied as text here, and by commands whatever takes longer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu

from kdesk.kube.config.kubeconfig import Sources
from kdesk.kube.table.rows import Row
from kdesk.ui.look.icons import icon
from kdesk.ui.look.theme import Theme
from kdesk.ui.tables.view import TableView
from kdesk.viewmodel.tables import copying
from kdesk.viewmodel.tables.controller import TableController
from kdesk.viewmodel.tables.object_work import by_part

#: Runs a command of the window by its id.
Run = Callable[[str], object]


class RowCopies:
    """Puts the selected rows on the clipboard; each method says whether there were any."""

    def __init__(self, table: TableController, view: TableView) -> None:
        self._table, self._view = table, view

    def names(self) -> bool:
        return self._put(copying.names)

    def qualified_names(self) -> bool:
        return self._put(copying.qualified_names)

    def cells(self) -> bool:
        """As tab-separated values."""
        return self._put(lambda rows: copying.tsv(self._view.shown_columns(), rows, self._now()))

    def kubectl(self) -> bool:
        return self._put(self._kubectl)

    def markdown(self) -> bool:
        """The selected rows where there are several, else all that are shown."""
        rows = self._view.selected_rows()
        if len(rows) < 2:
            rows = self._table.leaving.remaining()
        return self._put(lambda rows: copying.markdown(self._view.shown_columns(), rows, self._now()), rows)

    def _now(self) -> float:
        """What ages are counted to: the past has its own moment."""
        return self._table.model.clock()

    def _put(self, text_of: Callable[[Sequence[Row]], str], rows: Sequence[Row] | None = None) -> bool:
        rows = self._view.selected_rows() if rows is None else rows
        if rows:
            QGuiApplication.clipboard().setText(text_of(rows))
        return bool(rows)

    def _kubectl(self, rows: Sequence[Row]) -> str:
        wide = any(column.source.wide for column in self._view.shown_columns())
        known = {str(path) for path in Sources.default().files}
        commands = []
        for part, some in by_part(self._table, rows):
            context = part.session.context if part.session is not None else None
            file = context.file if context is not None and context.file not in known else ""
            name = context.plain_name if context is not None else ""
            commands.append(copying.kubectl(part.resource, some, name, kubeconfig=file, wide=wide))
        return "\n".join(commands)


def table_menu(
    view: TableView, table: TableController, copies: RowCopies, theme: Theme, run: Run
) -> QMenu | None:
    """The context menu for the selected rows; None when none is selected. ``run``: a command of the window."""
    rows = view.selected_rows()
    if not rows:
        return None
    menu = QMenu(view)

    def add(
        text: str, do: Callable[[], object], symbol: str = "", key: QKeySequence | None = None
    ) -> QAction:
        action = menu.addAction(text)
        if symbol:
            action.setIcon(icon(symbol, "text2", theme))
        if key is not None:
            action.setShortcut(key)
        action.triggered.connect(lambda _=False: do())
        return action

    one, shown = len(rows) == 1, table.model.rowCount()
    add("Show the object", lambda: view.opened.emit(rows[0]), "panel-right", QKeySequence("Return"))
    menu.addSeparator()
    copy_key = QKeySequence(QKeySequence.StandardKey.Copy)
    add("Copy the name" if one else f"Copy {len(rows):,} names", copies.names, "copy", copy_key)
    if table.resource.namespaced:
        add("Copy namespace/name", copies.qualified_names)
    add("Copy the row" if one else "Copy the rows with a header", copies.cells)
    add("Copy as YAML", lambda: run("object.copy-yaml"), "file-text")
    add("Copy as a kubectl command", copies.kubectl, "terminal")
    menu.addSeparator()
    what = "the table" if one else f"{len(rows):,} rows"
    add(f"Copy {what} as Markdown", copies.markdown, "table-2")
    if not one:
        add(f"Export the {len(rows):,} selected rows…", lambda: run("object.export"), "save")
    add(
        "Export the row…" if shown == 1 else f"Export all {shown:,} rows…",
        lambda: run("view.export"),
        "download",
    )
    return menu
