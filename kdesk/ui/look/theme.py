"""Colours by meaning. A theme is a file of tokens; the program follows the system's choice, live.

Widgets ask ``theme.color("ok")`` when they paint and repaint on ``theme.changed``; what a style sheet can do
is in ``resources/themes/kdesk.qss``, where ``@ok`` stands for the same colour.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# Names of these modules are made when they are first asked for; those of Qt, QFont and QStyle take longer than a whole
# window, and its first paint needs none of them.
from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from kdesk.ui.look.cluster_colour import cluster_colours, own_colour
from kdesk.ui.look.resources import resource

#: Every theme has exactly these.
TOKENS = (
    "surface", "raised", "sunken", "selection", "border",
    "text", "text2", "accent", "info", "ok", "warn", "bad",
)  # fmt: skip
BACKGROUNDS = ("surface", "raised", "sunken", "selection")
TEXTS = ("text", "text2", "accent", "info", "ok", "warn", "bad")
#: What a person may choose; ``system`` stands for one of the others.
THEMES = ("dark", "light", "high-contrast-dark", "high-contrast-light")
SYSTEM = "system"
#: For the application, as arguments: the one style that takes every colour from the palette, on every system.
STYLE = ("-style", "Fusion")
#: How high rows of a table may be, in logical pixels.
ROW_HEIGHTS = {"compact": 22, "normal": 26, "roomy": 32}


class ThemeError(ValueError):
    """A theme file is missing or wrong; the message names the file and the fault."""


@dataclass(frozen=True, slots=True)
class ThemeData:
    """One theme file. ``colors`` maps each token to ``#rrggbb``; ``focus_width`` is in logical pixels."""

    id: str
    name: str
    dark: bool
    high_contrast: bool
    focus_width: int
    colors: Mapping[str, str]


def load_theme(theme_id: str) -> ThemeData:
    """Read ``resources/themes/ID.toml``. Raises ThemeError."""
    path = resource("themes", f"{theme_id}.toml")
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ThemeError(f"the theme {theme_id} cannot be read: {error}") from error
    colors = document.get("colors", {})
    wrong = set(TOKENS) ^ set(colors)
    if wrong:
        raise ThemeError(f"{path.name}: colours missing or unknown: {', '.join(sorted(wrong))}")
    bad = [token for token, value in colors.items() if not re.fullmatch("#[0-9a-f]{6}", str(value))]
    if bad:
        raise ThemeError(f"{path.name}: not a colour of the form #rrggbb: {', '.join(bad)}")
    return ThemeData(
        id=theme_id,
        name=str(document.get("name", theme_id)),
        dark=bool(document.get("dark", False)),
        high_contrast=bool(document.get("high_contrast", False)),
        focus_width=int(document.get("focus_width", 1)),
        colors=colors,
    )


def mix(one: QColor, other: QColor, share: float) -> QColor:
    """``one`` with ``share`` (0 to 1) of ``other`` laid over it."""
    keep = 1.0 - share
    return QColor.fromRgbF(
        one.redF() * keep + other.redF() * share,
        one.greenF() * keep + other.greenF() * share,
        one.blueF() * keep + other.blueF() * share,
    )


class Theme(QObject):
    """The colours in use, and how high rows are. ``changed`` is emitted after one of them changed."""

    changed = Signal()

    def __init__(self, data: ThemeData, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.reduced_motion = False
        self.row_height = ROW_HEIGHTS["normal"]
        self.data = data
        self._colors = {token: QColor(value) for token, value in data.colors.items()}
        self._clusters: dict[str, QColor] = {}

    @property
    def dark(self) -> bool:
        return self.data.dark

    @property
    def high_contrast(self) -> bool:
        return self.data.high_contrast

    def color(self, token: str) -> QColor:
        """The colour of a token (a copy). Raises KeyError for one that does not exist."""
        return QColor(self._colors[token])

    def cluster(self, name: str) -> QColor:
        """The colour of a cluster's band."""
        return self._clusters.get(name) or own_colour(name)

    def tell_clusters(self, names: Iterable[str]) -> None:
        """These are all that there are: no two have one colour, as far as colours go."""
        colours = cluster_colours(names)
        if colours != self._clusters:
            self._clusters = colours
            self.changed.emit()

    def set_row_height(self, height: int) -> None:
        """In logical pixels."""
        if height != self.row_height:
            self.row_height = height
            self.changed.emit()

    def use(self, data: ThemeData, *, reduced_motion: bool) -> None:
        """Take other colours, and tell everyone; nothing happens when nothing differs."""
        if (data, reduced_motion) == (self.data, self.reduced_motion):
            return
        self.data, self.reduced_motion = data, reduced_motion
        self._colors = {token: QColor(value) for token, value in data.colors.items()}
        self.changed.emit()


class ThemeManager(QObject):
    """Chooses the theme (a person's choice, or the system's) and dresses the application in it."""

    def __init__(self, choice: str = SYSTEM, parent: QObject | None = None) -> None:
        """``choice``: one of THEMES or ``system``. Raises ThemeError for another."""
        super().__init__(parent)
        self._known = {theme_id: load_theme(theme_id) for theme_id in THEMES}
        self._choice = self._checked(choice)
        self._app: QApplication | None = None
        self._worn: ThemeData | None = None
        self._whole = False
        self.theme = Theme(self._known["dark"], self)

    @property
    def choice(self) -> str:
        return self._choice

    @property
    def names(self) -> dict[str, str]:
        """What may be chosen: id to the name for people."""
        return {SYSTEM: "As the system"} | {theme_id: data.name for theme_id, data in self._known.items()}

    def begin(self, app: QApplication) -> None:
        """Dress ``app``, made with STYLE, as far as a first paint shows it. Call it once, before any widget."""
        self._app = app
        self._dress()

    def apply(self, app: QApplication, row_height: int = ROW_HEIGHTS["normal"]) -> None:
        """Dress ``app`` wholly, and again whenever the system's choice changes. Call it once."""
        if self._app is None:
            self._app = app
            app.setStyle(STYLE[-1])
        self._whole = True
        self.theme.set_row_height(row_height)
        hints = app.styleHints()
        hints.colorSchemeChanged.connect(self._follow)
        accessibility = getattr(hints, "accessibility", None)  # Qt 6.10 and newer
        if accessibility is not None:
            accessibility().contrastPreferenceChanged.connect(self._follow)
        self._dress()

    def choose(self, choice: str) -> None:
        """Take one of THEMES or ``system``. Raises ThemeError for another."""
        self._choice = self._checked(choice)
        self._dress()

    def _checked(self, choice: str) -> str:
        if choice != SYSTEM and choice not in self._known:
            raise ThemeError(f"there is no theme {choice!r}: choose one of {', '.join((SYSTEM, *THEMES))}")
        return choice

    def _follow(self) -> None:
        if self._choice == SYSTEM:
            self._dress()

    def _dress(self) -> None:
        app = self._app
        if app is None:
            return
        data = self._known[self._choice if self._choice != SYSTEM else _system_theme(app)]
        if data is not self._worn:
            self._worn = data
            app.setPalette(palette(data))
            app.setStyleSheet(style_sheet(data, app.font().pointSizeF()))
        self.theme.use(data, reduced_motion=self._whole and _still(app))


def _still(app: QApplication) -> bool:
    """The platform wants nothing to move."""
    return app.style().styleHint(QtWidgets.QStyle.StyleHint.SH_Widget_Animation_Duration) == 0


def _system_theme(app: QApplication) -> str:
    hints = app.styleHints()
    dark = hints.colorScheme() != QtCore.Qt.ColorScheme.Light  # unknown: dark, like the terminal beside it
    accessibility = getattr(hints, "accessibility", None)
    if (
        accessibility is not None
        and accessibility().contrastPreference() == QtCore.Qt.ContrastPreference.HighContrast
    ):
        return "high-contrast-dark" if dark else "high-contrast-light"
    return "dark" if dark else "light"


def palette(data: ThemeData) -> QPalette:
    """The palette for whatever the style sheet does not reach."""
    role = QPalette.ColorRole
    roles = {
        role.Window: "surface",
        role.Base: "surface",
        role.AlternateBase: "raised",
        role.Button: "raised",
        role.ToolTipBase: "raised",
        role.Mid: "border",
        role.Midlight: "border",
        role.Dark: "border",
        role.Light: "raised",
        role.Shadow: "sunken",
        role.WindowText: "text",
        role.Text: "text",
        role.ButtonText: "text",
        role.BrightText: "text",
        role.ToolTipText: "text",
        role.PlaceholderText: "text2",
        role.Highlight: "selection",
        role.HighlightedText: "text",
        role.Link: "accent",
        role.LinkVisited: "accent",
        role.Accent: "accent",
    }
    colors = QPalette()
    for name, token in roles.items():
        colors.setColor(name, QColor(data.colors[token]))
    for name in (role.WindowText, role.Text, role.ButtonText):
        colors.setColor(QPalette.ColorGroup.Disabled, name, QColor(data.colors["text2"]))
    return colors


def small(points: float) -> float:
    """The size of what is not what one reads, such as a column's title, beside text of this size."""
    return max(7.0, points * 0.86)


def style_sheet(data: ThemeData, points: float = 9.0) -> str:
    """The application's style sheet with the tokens filled in. Raises ThemeError for an unknown token.

    ``points``: the size of the interface's font.
    """
    values = dict(data.colors)
    values["focus_width"] = f"{data.focus_width}px"
    # A scroll bar's handle must be seen (3 : 1) and not shout.
    values["scroll"] = mix(QColor(data.colors["surface"]), QColor(data.colors["text2"]), 0.45).name()
    values["arrow"] = resource("themes", "arrow-dark.svg" if data.dark else "arrow-light.svg").as_posix()
    values["arrow_up"] = resource(
        "themes", "arrow-up-dark.svg" if data.dark else "arrow-up-light.svg"
    ).as_posix()
    # One for all: Qt asks a line for it once, whatever the theme becomes.
    values["clear"] = resource("themes", "clear.svg").as_posix()
    values["small"] = f"{small(points):.4g}pt"
    values["tick"] = resource("themes", "tick-dark.svg" if data.dark else "tick-light.svg").as_posix()
    template = resource("themes", "kdesk.qss").read_text("utf-8")
    unknown = set(re.findall(r"@(\w+)", template)) - set(values) - {"names"}
    if unknown:
        raise ThemeError(f"kdesk.qss names unknown tokens: {', '.join(sorted(unknown))}")
    return re.sub(r"@(\w+)", lambda match: values.get(match[1], match[0]), template)


def fixed_font() -> QtGui.QFont:
    """The system's fixed font, at the size of the interface: for YAML, logs and names in paths."""
    font = QtGui.QFontDatabase.systemFont(QtGui.QFontDatabase.SystemFont.FixedFont)
    size = QApplication.font().pointSizeF()
    if size > 0:
        font.setPointSizeF(size)
    return font


def tabular(font: QtGui.QFont) -> QtGui.QFont:
    """The font with digits of one width, where it has them (Qt 6.7 and newer)."""
    result = QtGui.QFont(font)
    result.setFeature(QtGui.QFont.Tag("tnum"), 1)
    return result
