"""The documented table of states is the code's."""

from __future__ import annotations

from tools.state_table import PAGE, page


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tools.state_table"
