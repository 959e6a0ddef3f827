"""The lines of a timeline as a model: when, what it happened to, and what it was; the newest first."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap

from kdesk.kube.api.discovery import category
from kdesk.ui.look.icons import icon, kind_icon, pixmap
from kdesk.ui.look.theme import Theme, tabular
from kdesk.ui.parts.flat_model import FlatModel, Index
from kdesk.viewmodel.moments import moment_text
from kdesk.viewmodel.objects.timeline_story import Known, Lane, Line, Story

TIME, OBJECT, WHAT = range(3)
_COLUMNS = ("TIME", "OBJECT", "WHAT HAPPENED")
_ROLE = Qt.ItemDataRole
#: Of the marks, in pixels: at 100, 150 and 200 %.
_SIZES, _RING = (16, 24, 32), 0.75
_SHAPES = {Known.SEEN: ("disc", 1.0), Known.RECORDED: ("circle-dot", _RING), Known.TOLD: ("circle", _RING)}


class TimelineModel(FlatModel[Line]):
    """Lines that stay keep their place: what is selected stays selected."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(_COLUMNS)
        self._theme = theme
        self._lanes: dict[str, Lane] = {}
        self._marks: dict[tuple[str, Known], QIcon] = {}
        self._kinds: dict[str, QIcon] = {}

    def show_story(self, story: Story) -> None:
        """Only what is between the same beginning and the same end is taken out and put in."""
        self._lanes = {lane.member.uid: lane for lane in story.lanes}
        old, new = self.lines, story.lines
        head = _common(old, new)
        tail = _common(old[head:][::-1], new[head:][::-1])
        stale, fresh = len(old) - head - tail, len(new) - head - tail
        if stale:
            self.beginRemoveRows(QModelIndex(), head, head + stale - 1)
            self.lines = old[:head] + old[head + stale :]
            self.endRemoveRows()
        if fresh:
            self.beginInsertRows(QModelIndex(), head, head + fresh - 1)
            self.lines = new
            self.endInsertRows()
        self.lines = new
        self.all_changed()

    def row_of(self, key: object) -> int:
        """-1 where there is no such line."""
        return next((row for row, line in enumerate(self.lines) if line.key == key), -1)

    def restyle(self) -> None:
        """The theme's colours are other ones."""
        self._marks.clear()
        self._kinds.clear()
        self.all_changed()

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> object:
        line, column = self.lines[index.row()], index.column()
        if role in (_ROLE.DisplayRole, _ROLE.ToolTipRole, _ROLE.AccessibleTextRole):
            return self._text(line, column, role)
        if role == _ROLE.DecorationRole:
            return self._decoration(line, column)
        if role == _ROLE.FontRole and column == TIME:
            return tabular(QGuiApplication.font())
        if role == _ROLE.ForegroundRole:
            if column == WHAT and line.tone in ("warn", "bad"):
                return self._theme.color(line.tone)
            return self._theme.color("text" if line.seen and column != OBJECT else "text2")
        return None

    def _text(self, line: Line, column: int, role: int) -> str:
        lane = self._lanes.get(line.lane)
        if column == TIME:
            return moment_text(line.at) + ("" if role == _ROLE.DisplayRole else f", {line.known}")
        if column == WHAT:
            return line.words
        if lane is None:
            return ""
        return lane.short if role == _ROLE.DisplayRole else f"{lane.member.resource.kind} {lane.member.name}"

    def _decoration(self, line: Line, column: int) -> QIcon | None:
        if column == TIME:
            key = (line.tone, line.known)
            if key not in self._marks:
                self._marks[key] = mark(line.tone, self._theme, line.known)
            return self._marks[key]
        lane = self._lanes.get(line.lane)
        if column != OBJECT or lane is None:
            return None
        kind = lane.member.resource
        if kind.label not in self._kinds:
            self._kinds[kind.label] = icon(kind_icon(kind, category(kind)), "text2", self._theme)
        return self._kinds[kind.label]


def mark(tone: str, theme: Theme, known: Known) -> QIcon:
    """A disc for what was seen to happen, a ring as large for what is said, with a dot in it for what was recorded."""
    shape, share = _SHAPES[known]
    result = QIcon()
    for size in _SIZES:
        image = QPixmap(size, size)
        image.fill(Qt.GlobalColor.transparent)
        inner = round(size * share)
        painter = QPainter(image)
        place = (size - inner) // 2
        painter.drawPixmap(place, place, pixmap(shape, tone or "text2", theme, inner))
        painter.end()
        result.addPixmap(image)
    return result


def _common(one: tuple[Line, ...], other: tuple[Line, ...]) -> int:
    """How many lines both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (mine, its) in pairs if mine.key != its.key), min(len(one), len(other)))
