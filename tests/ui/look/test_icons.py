"""Icons: every name that is used has a file, is tinted, and is sharp at every scale."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

from kdesk.kube.gvk import GVR, Resource
from kdesk.ui.look import icons
from kdesk.ui.look.icons import CATEGORY_ICONS, IconError, category_icon, icon, kind_icon, pixmap
from kdesk.ui.look.resources import resource
from kdesk.ui.look.theme import Theme, load_theme
from kdesk.viewmodel.clusters.freshness import Shape


@pytest.fixture
def theme(qtbot: QtBot) -> Theme:
    return Theme(load_theme("dark"))


@pytest.mark.parametrize(
    "name", sorted({*CATEGORY_ICONS.values(), *icons._KIND_ICONS.values(), *map(str, Shape)})
)
def test_every_icon_named_has_a_picture_in_the_tokens_colour(name: str, theme: Theme) -> None:
    image = pixmap(name, "ok", theme, 32).toImage()
    solid = [
        image.pixelColor(x, y) for x in range(32) for y in range(32) if image.pixelColor(x, y).alpha() == 255
    ]
    assert solid
    # Blending rounds by one.
    assert all(abs(c.red() - 0x4C) + abs(c.green() - 0xC3) + abs(c.blue() - 0x8A) <= 3 for c in solid)


def test_every_file_is_one_family() -> None:
    for path in resource("icons").glob("*.svg"):
        text = path.read_text("utf-8")
        assert 'viewBox="0 0 24 24"' in text, path.name
        assert "currentColor" in text, path.name
        assert "#" not in text, f"{path.name} has a colour of its own"
    assert "ISC License" in resource("icons", "LICENSE").read_text("utf-8")


@pytest.mark.parametrize(("ratio", "pixels"), [(1.0, 16), (1.5, 24), (2.0, 32)])
def test_an_icon_is_drawn_for_the_screens_pixels(theme: Theme, ratio: float, pixels: int) -> None:
    assert QSize(pixels, pixels) in icon("box", "text", theme).availableSizes()
    drawn = pixmap("box", "text", theme, 16, ratio)
    assert (drawn.width(), drawn.deviceIndependentSize().width()) == (pixels, 16)


def test_an_unknown_icon_is_refused(theme: Theme) -> None:
    with pytest.raises(IconError, match="no icon 'nothing'"):
        icon("nothing", "text", theme)


def test_a_kind_without_an_icon_takes_its_categorys() -> None:
    pods = Resource(GVR("", "v1", "pods"), "Pod", True)
    widgets = Resource(GVR("example.org", "v1", "widgets"), "Widget", True)
    assert kind_icon(pods) == "box"
    assert kind_icon(widgets, "Network") == CATEGORY_ICONS["Network"]
    assert kind_icon(widgets) == category_icon("example.org") == CATEGORY_ICONS["Custom"]
