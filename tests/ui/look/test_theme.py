"""Themes: the colours can be read, files are checked, the style sheet knows every token."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kdesk.ui.look import theme as theme_module
from kdesk.ui.look.theme import (
    BACKGROUNDS,
    TEXTS,
    THEMES,
    Theme,
    ThemeError,
    ThemeManager,
    load_theme,
    style_sheet,
)


def luminance(color: str) -> float:
    """Relative luminance of ``#rrggbb`` as WCAG 2 defines it."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme_id", THEMES)
def test_every_text_can_be_read_on_every_background(theme_id: str) -> None:
    data = load_theme(theme_id)
    least = 7.0 if data.high_contrast else 4.5
    poor = [
        f"{text} on {back}: {ratio:.2f}"
        for text in TEXTS
        for back in BACKGROUNDS
        if (ratio := contrast(data.colors[text], data.colors[back])) < least
    ]
    assert not poor


@pytest.mark.parametrize("theme_id", ["high-contrast-dark", "high-contrast-light"])
def test_high_contrast_has_one_text_colour_and_a_wide_focus_ring(theme_id: str) -> None:
    data = load_theme(theme_id)
    assert data.colors["text2"] == data.colors["text"]
    assert data.focus_width == 2


def test_a_theme_file_with_a_fault_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(theme_module, "resource", lambda *parts: tmp_path / parts[-1])
    with pytest.raises(ThemeError, match="broken"):
        load_theme("broken")
    (tmp_path / "short.toml").write_text('[colors]\ntext = "#ffffff"\n')
    with pytest.raises(ThemeError, match="missing or unknown: accent"):
        load_theme("short")
    colors = "".join(f'{token} = "white"\n' for token in theme_module.TOKENS)
    (tmp_path / "words.toml").write_text(f"[colors]\n{colors}")
    with pytest.raises(ThemeError, match="not a colour"):
        load_theme("words")


@pytest.mark.parametrize("theme_id", THEMES)
def test_the_style_sheet_has_no_token_left(theme_id: str) -> None:
    sheet = style_sheet(load_theme(theme_id))
    assert "@" not in sheet.split("*/", 1)[1]


def test_a_choice_dresses_the_application_and_tells(qtbot: QtBot, qapp: QApplication) -> None:
    before = qapp.styleSheet()
    manager = ThemeManager("dark")
    try:
        manager.apply(qapp)
        with qtbot.waitSignal(manager.theme.changed, timeout=1000):
            manager.choose("light")
        assert manager.theme.color("surface").name() == "#ffffff"
        button = QPushButton()
        qtbot.addWidget(button)
        assert button.palette().window().color().name() == "#ffffff"
        with pytest.raises(ThemeError, match="no theme 'pink'"):
            manager.choose("pink")
        assert manager.choice == "light"
    finally:
        qapp.setStyleSheet(before)


@pytest.mark.parametrize("theme_id", THEMES)
def test_the_ring_of_a_filled_button_stands_off_it(qtbot: QtBot, qapp: QApplication, theme_id: str) -> None:
    manager = ThemeManager(theme_id)
    manager.apply(qapp)
    window = QWidget()
    qtbot.addWidget(window)
    button = QPushButton("", window)
    button.setProperty("primary", True)
    button.setGeometry(10, 10, 80, 28)
    window.show()
    window.activateWindow()
    button.clearFocus()

    def colours() -> list[str]:
        """From the edge inwards, each once."""
        picture = window.grab().toImage()
        line = [picture.pixelColor(10 + at, 24).name() for at in range(10)]
        return [name for name, before in zip(line, ["", *line], strict=False) if name != before]

    fill, page = (manager.theme.color(token).name() for token in ("accent", "surface"))
    assert colours() == [fill]
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    assert colours() == [fill, page, fill]


def test_the_systems_choice_is_followed_live(qapp: QApplication) -> None:
    manager = ThemeManager("system")
    hints = qapp.styleHints()
    before = qapp.styleSheet()
    try:
        manager.apply(qapp)
        hints.setColorScheme(Qt.ColorScheme.Light)
        if hints.colorScheme() != Qt.ColorScheme.Light:  # the offscreen platform has no scheme of its own
            hints.colorSchemeChanged.emit(Qt.ColorScheme.Light)
            assert manager.theme.data.id == "dark"
        else:
            assert manager.theme.data.id == "light"
    finally:
        hints.unsetColorScheme()
        qapp.setStyleSheet(before)


def test_the_same_theme_again_is_no_change(qtbot: QtBot) -> None:
    theme = Theme(load_theme("dark"))
    with qtbot.assertNotEmitted(theme.changed):
        theme.use(load_theme("dark"), reduced_motion=False)


def test_a_colour_handed_out_cannot_change_the_theme() -> None:
    theme = Theme(load_theme("dark"))
    theme.color("text").setAlpha(0)
    assert theme.color("text").alpha() == 255


def test_no_two_clusters_have_one_colour_while_another_is_free(qtbot: QtBot) -> None:
    names = [f"cluster-{number}" for number in range(7)]
    theme = Theme(load_theme("dark"))
    assert len({theme.cluster(name).name() for name in names}) < 7  # by their names alone
    with qtbot.waitSignal(theme.changed):
        theme.tell_clusters(names)
    assert len({theme.cluster(name).name() for name in names}) == 7
    with qtbot.assertNotEmitted(theme.changed):
        theme.tell_clusters(reversed(names))
    theme.tell_clusters([*names, *(f"more-{number}" for number in range(7))])
    shared = Counter(colour.name() for colour in map(theme.cluster, [*names, "more-0", "more-3"]))
    assert max(shared.values()) == 2


def test_a_cluster_alone_keeps_the_colour_of_its_name() -> None:
    theme = Theme(load_theme("dark"))
    before = theme.cluster("prod")
    theme.tell_clusters(["prod"])
    assert theme.cluster("prod") == before
