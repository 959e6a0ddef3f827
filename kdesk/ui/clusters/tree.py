"""The cluster tree: the navigation. A line is a shape, a name, a word, and a number at the right edge."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from kdesk.ui.look.icons import category_icon, kind_icon, pixmap
from kdesk.ui.look.theme import Theme, tabular
from kdesk.ui.parts.focus_ring import draw_focus_ring
from kdesk.viewmodel.clusters.problem_counts import Badge
from kdesk.viewmodel.clusters.tree import ClusterTreeModel, Node, NodeKind, TreeRole
from kdesk.viewmodel.commands import quote

_ROW, _ICON, _GAP, _EDGE, _BAND, _SIGN, _BOX = 24, 16, 6, 10, 3, 12, 14
Index = QModelIndex | QPersistentModelIndex


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, tree: QTreeView) -> None:
        super().__init__(tree)
        self._theme, self._tree = theme, tree

    def _unfolded(self, index: Index) -> bool:
        return self._tree.isExpanded(index.model().index(index.row(), 0, index.parent()))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        node = index.data(TreeRole.NODE)
        if not isinstance(node, Node):
            return
        rect: QRect = option.rect
        face = node.face
        panel = QStyle.PrimitiveElement.PE_PanelItemViewItem
        self._tree.style().drawPrimitive(panel, option, painter, self._tree)
        painter.save()
        left, right = rect.left() + 2, rect.right() - _EDGE
        if face.merged is not None:
            self._box(painter, _box_of(rect), checked=face.merged)
            left += _BOX + _GAP
        icon, tone = _icon(node)
        if icon:
            ratio = painter.device().devicePixelRatioF()
            painter.drawPixmap(
                left, rect.top() + (_ROW - _ICON) // 2, pixmap(icon, tone, self._theme, _ICON, ratio)
            )
        left += _ICON + _GAP
        if node.kind is NodeKind.CONTEXT and face.active:
            right -= _ICON
            mark = pixmap("check", "accent", self._theme, _ICON, painter.device().devicePixelRatioF())
            painter.drawPixmap(right + 2, rect.top() + (_ROW - _ICON) // 2, mark)
            right -= 4
        if node.kind is NodeKind.RESOURCE and face.shape:
            right -= _ICON
            sign = pixmap(face.shape, face.tone, self._theme, _ICON, painter.device().devicePixelRatioF())
            painter.drawPixmap(right + 2, rect.top() + (_ROW - _ICON) // 2, sign)
            right -= 4
        # What is below a line that is unfolded says it itself.
        told = node.kind is not NodeKind.RESOURCE and self._unfolded(index)
        badge = None if told else face.badge
        self._texts(painter, node, badge, _font(node, option), QRect(left, rect.top(), right - left, _ROW))
        painter.restore()

    def _box(self, painter: QPainter, box: QRect, *, checked: bool) -> None:
        """As the check boxes of the style sheet look."""
        theme = self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("accent" if checked else "text2"))
        painter.setBrush(theme.color("accent" if checked else "surface"))
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        if checked:
            ratio = painter.device().devicePixelRatioF()
            painter.drawPixmap(box.topLeft() + QPoint(1, 1), pixmap("check", "surface", theme, _SIGN, ratio))

    def _texts(self, painter: QPainter, node: Node, badge: Badge | None, font: QFont, room: QRect) -> None:
        face, theme = node.face, self._theme
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        if face.right:
            number = tabular(font)
            number.setBold(False)
            painter.setFont(number)
            painter.setPen(theme.color("text2"))
            painter.drawText(room, flags | Qt.AlignmentFlag.AlignRight, face.right)
            room.setRight(room.right() - QFontMetrics(number).horizontalAdvance(face.right) - _GAP)
        if badge is not None:
            for shape, tone, count in (
                ("triangle-alert", "warn", badge.warn),
                ("circle-x", "bad", badge.bad),
            ):
                self._badge(painter, room, tabular(font), shape, tone, count)
        metrics = QFontMetrics(font)
        elide = (
            Qt.TextElideMode.ElideMiddle if node.kind is not NodeKind.PROBLEM else Qt.TextElideMode.ElideRight
        )
        # The name comes first: the word behind it may be cut, and is whole in the tool tip.
        text = metrics.elidedText(face.text, elide, room.width())
        painter.setFont(font)
        painter.setPen(theme.color(_text_tone(node)))
        painter.drawText(room, flags, text)
        if face.second:
            room.setLeft(room.left() + metrics.horizontalAdvance(text) + 8)
            plain = QFont(font)
            plain.setBold(False)
            second = QFontMetrics(plain).elidedText(face.second, Qt.TextElideMode.ElideRight, room.width())
            if len(second) > 2:
                painter.setFont(plain)
                painter.setPen(theme.color(face.tone))
                painter.drawText(room, flags, second)

    def _badge(self, painter: QPainter, room: QRect, font: QFont, shape: str, tone: str, count: int) -> None:
        """How many need attention, at the right edge of the room, which gets smaller by it."""
        text = f"{count:,}"
        width = QFontMetrics(font).horizontalAdvance(text)
        if not count or room.width() < width + _SIGN + 2 * _GAP:
            return
        painter.setFont(font)
        painter.setPen(self._theme.color(tone))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
        room.setRight(room.right() - width - _SIGN - 3)
        sign = pixmap(shape, tone, self._theme, _SIGN, painter.device().devicePixelRatioF())
        painter.drawPixmap(room.right() + 1, room.top() + (_ROW - _SIGN) // 2, sign)
        room.setRight(room.right() - _GAP)


class ClusterTree(QTreeView):
    """``activated_kind`` asks for a table of a Resource in a context; ``command`` for any command line."""

    activated_kind = Signal(str, object)
    command = Signal(str)

    def __init__(self, model: ClusterTreeModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = self.theme = theme
        self._tree = model
        #: The clusters of the table in front; None: there is none.
        self.merging: Callable[[], Sequence[str] | None] = lambda: None
        self.setModel(model)
        self.setObjectName("clusters")
        self.setAccessibleName("Clusters")
        self.setItemDelegate(_Delegate(theme, self))
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(14)
        self.setMouseTracking(True)
        self.setMinimumWidth(180)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setExpandsOnDoubleClick(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu_at)
        self.clicked.connect(self._clicked)
        self.doubleClicked.connect(self._double_clicked)
        model.rowsInserted.connect(self._inserted)
        theme.changed.connect(self.viewport().update)
        self._inserted(QModelIndex(), 0, model.rowCount() - 1)

    def tick(self) -> None:
        """Another table is in front, or it is of other clusters: tick those that it is of."""
        self._tree.set_merged(self.merging())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        index = self.indexAt(at)
        on_box = event.button() is Qt.MouseButton.LeftButton and _box_of(self.visualRect(index)).contains(at)
        if not (on_box and self._merge(index)):
            super().mousePressEvent(event)

    def _merge(self, index: QModelIndex) -> bool:
        """Take the cluster of this line into the table in front, or out; False where that is not to choose."""
        node = self._tree.node(index) if index.isValid() else None
        if node is None or node.face.merged is None:
            return False
        self.command.emit(f"view.merge {quote(node.context)}")
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self._merge(self.currentIndex()):
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._activate(self.currentIndex())
            return
        super().keyPressEvent(event)

    def drawRow(self, painter: QPainter, options: QStyleOptionViewItem, index: Index) -> None:
        super().drawRow(painter, options, index)
        node = self._tree.node(index)
        rect: QRect = options.rect
        if self.hasFocus() and index == self.currentIndex():
            draw_focus_ring(
                painter, QRect(0, rect.top(), self.viewport().width(), rect.height()), self._theme
            )
        if node is not None and node.kind is not NodeKind.FILE and node.context and _opened(node):
            painter.fillRect(0, rect.top(), _BAND, rect.height(), self._theme.cluster(node.context))

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Only a quiet arrow: no lines."""
        if not self._tree.rowCount(index):
            return
        name = "chevron-down" if self.isExpanded(index) else "chevron-right"
        arrow = pixmap(name, "text2", self._theme, 12, painter.device().devicePixelRatioF())
        painter.drawPixmap(rect.right() - 13, rect.top() + (rect.height() - 12) // 2, arrow)

    def _inserted(self, parent: Index, first: int, last: int) -> None:
        """Files, open contexts and Workloads begin unfolded, the rest folded."""
        for row in range(first, last + 1):
            index = self._tree.index(row, 0, parent)
            node = self._tree.node(index)
            if node is not None and (
                node.kind in (NodeKind.FILE, NodeKind.CONTEXT) or node.category == "Workloads"
            ):
                self.expand(index)
        # A context that had no children could not be unfolded then.
        owner = self._tree.node(parent)
        if owner is not None and owner.kind is NodeKind.CONTEXT:
            self.expand(self._tree.index_of(owner))

    def _clicked(self, index: QModelIndex) -> None:
        """One click opens a table or folds a category; a context takes a double click: opening one connects."""
        node = self._tree.node(index)
        if node is None or node.kind is NodeKind.CONTEXT:
            return
        self._activate(index)

    def _double_clicked(self, index: QModelIndex) -> None:
        node = self._tree.node(index)
        if node is not None and node.kind is NodeKind.CONTEXT:
            self._activate(index)

    def _activate(self, index: QModelIndex) -> None:
        node = self._tree.node(index) if index.isValid() else None
        if node is None:
            return
        if node.kind is NodeKind.RESOURCE:
            self.activated_kind.emit(node.context, node.resource)
        elif node.kind is NodeKind.CONTEXT:
            self.command.emit(f"context.open {quote(node.context)}")
        else:
            self.setExpanded(index, not self.isExpanded(index))

    def _menu_at(self, at: QPoint) -> None:
        node = self._tree.node(self.indexAt(at)) if self.indexAt(at).isValid() else None
        menu = self.menu_for(node) if node is not None else None
        if menu is not None:
            menu.exec(self.viewport().mapToGlobal(at))
            menu.deleteLater()

    def menu_for(self, node: Node) -> QMenu | None:
        """The context menu of a line; None where there is nothing to do."""
        menu = QMenu(self)
        if node.kind is NodeKind.CONTEXT:
            name = quote(node.context)
            menu.addAction("Open", lambda: self.command.emit(f"context.open {name}"))
            menu.addAction("Switch to it", lambda: self.command.emit(f"context.switch {name}"))
            menu.addAction("Close", lambda: self.command.emit(f"context.close {name}")).setEnabled(
                node.face.held
            )
            menu.addSeparator()
            self._add_merging(menu, node)
            menu.addSeparator()
            menu.addAction("Log in again", lambda: self.command.emit(f"context.login {name}")).setEnabled(
                node.face.held
            )
        elif node.kind is NodeKind.RESOURCE:
            menu.addAction("Open table", lambda: self.activated_kind.emit(node.context, node.resource))
        elif node.kind not in (NodeKind.FILE, NodeKind.PROBLEM):
            return None
        copied = node.context if node.kind is NodeKind.CONTEXT else node.key.removeprefix("!")
        menu.addAction("Copy name", lambda: QGuiApplication.clipboard().setText(copied))
        return menu

    def _add_merging(self, menu: QMenu, node: Node) -> None:
        shown = self.merging()
        merge = menu.addAction("Merge into the table")
        merge.setCheckable(True)
        merge.setChecked(shown is not None and node.context in shown)
        # The last cluster of a table stays.
        merge.setEnabled(node.face.open and shown is not None and tuple(shown) != (node.context,))
        merge.triggered.connect(lambda: self.command.emit(f"view.merge {quote(node.context)}"))


def _box_of(line: QRect) -> QRect:
    """Where the box of a line stands that has one."""
    return QRect(line.left() + 2, line.top() + (_ROW - _BOX) // 2, _BOX, _BOX)


def _icon(node: Node) -> tuple[str, str]:
    match node.kind:
        case NodeKind.CATEGORY | NodeKind.GROUP:
            return category_icon(node.category), "text2"
        case NodeKind.RESOURCE if node.resource is not None:
            return kind_icon(node.resource, node.category), "text2"
    return node.face.shape, node.face.tone


def _text_tone(node: Node) -> str:
    if node.kind is NodeKind.PROBLEM:
        return node.face.tone
    if node.kind in (NodeKind.FILE, NodeKind.CATEGORY, NodeKind.GROUP):
        return "text2"
    return "text"


def _font(node: Node, option: QStyleOptionViewItem) -> QFont:
    font = QFont(option.font)
    font.setBold(node.kind is NodeKind.CONTEXT and node.face.active)
    return font


def _opened(node: Node) -> bool:
    """The band runs along an open context and all that is below it."""
    above: Node | None = node
    while above is not None and above.kind is not NodeKind.CONTEXT:
        above = above.parent
    return above is not None and above.face.open
