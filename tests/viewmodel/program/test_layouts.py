"""Layouts as values: read from TOML, written to it, and a broken one costs only itself."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kdesk.viewmodel.program.layouts import Layout, LayoutBook, Pane, Tab, Window, from_plain, to_plain

PODS = Tab("pods", ("prod",), ("web",), "restarts>5", ("RESTARTS desc",))
LAYOUT = Layout(
    (
        Window(
            Pane(
                "across",
                (60, 40),
                (
                    Pane(tabs=(PODS, Tab("nodes", ("prod",))), front=1),
                    Pane(tabs=(Tab(command="problems.open"),)),
                ),
            ),
            (0, 0, 1440, 900),
        ),
        Window(Pane(tabs=(Tab("services", ("prod", "staging")),)), (1500, 80, 900, 600), maximized=True),
    )
)


def test_what_is_saved_is_read_back_from_toml() -> None:
    held: dict[str, Any] = {}
    saved: list[int] = []
    book = LayoutBook(held, lambda: saved.append(1))
    book.put("at work", LAYOUT)
    text = msgspec.toml.encode({"layouts": held})
    assert b'filter = "restarts>5"' in text
    again = LayoutBook(msgspec.toml.decode(text)["layouts"], lambda: None)
    assert again.get("at work") == LAYOUT
    assert again.problems == []
    assert saved == [1]


def test_what_is_as_usual_is_not_written() -> None:
    assert to_plain(Layout((Window(Pane(tabs=(Tab("pods"),))),))) == {
        "windows": ({"pane": {"tabs": ({"kind": "pods"},)}},)
    }


def test_the_example_in_the_documentation_is_one() -> None:
    text = """
[[windows]]
geometry = [0, 0, 1440, 900]
[windows.pane]
split = "across"
shares = [60, 40]
[[windows.pane.panes]]
tabs = [{ kind = "pods", clusters = ["prod-eu"], filter = "restarts>5" }]
"""
    layout = from_plain(msgspec.toml.decode(text))
    assert layout.tabs == [Tab("pods", ("prod-eu",), filter="restarts>5")]


def test_tabs_in_order_whatever_stands_where() -> None:
    assert [tab.kind or tab.command for tab in LAYOUT.tabs] == ["pods", "nodes", "problems.open", "services"]


@pytest.mark.parametrize("value", [3, {"windows": 7}, {"windows": [{"pane": {"split": "sideways"}}]}])
def test_one_that_makes_no_sense_is_named_and_the_others_are_there(value: object) -> None:
    book = LayoutBook({"broken": value, "fine": to_plain(LAYOUT)}, lambda: None)
    assert len(book.problems) == 1
    assert "layouts.broken is passed over" in book.problems[0]
    assert book.get("fine") == LAYOUT
    with pytest.raises(msgspec.ValidationError):
        book.get("broken")


def test_deleting() -> None:
    book = LayoutBook({"b": {}, "A": {}}, lambda: None)
    assert book.names == ["A", "b"]
    book.forget("A")
    assert book.names == ["b"]
    with pytest.raises(KeyError):
        book.forget("A")
