"""An order in words, as a command takes it."""

from __future__ import annotations

import pytest

from kdesk.viewmodel.rows.order import SortBy, order_of

TITLES = ("NAME", "STATUS", "LAST SEEN")


@pytest.mark.parametrize(
    ("words", "levels"),
    [
        (["status"], [SortBy("STATUS")]),
        (["status", "desc"], [SortBy("STATUS", descending=True)]),
        (["Last Seen", "DESC", "name"], [SortBy("LAST SEEN", descending=True), SortBy("NAME")]),
        (["status", "name", "desc"], [SortBy("STATUS"), SortBy("NAME", descending=True)]),
        (["status", "asc", "name", "asc"], [SortBy("STATUS"), SortBy("NAME")]),
        ([], []),
    ],
)
def test_each_column_has_a_direction_of_its_own(words: list[str], levels: list[SortBy]) -> None:
    assert order_of(words, TITLES) == levels


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["statsu"], "there is no column 'statsu'; there are NAME, STATUS, LAST SEEN"),
        (["status", "up"], "'up' is neither asc nor desc, nor one of the columns NAME, STATUS, LAST SEEN"),
        (["status", "asc", "desc"], "there is no column 'desc'; there are NAME, STATUS, LAST SEEN"),
        (["desc"], "there is no column 'desc'; there are NAME, STATUS, LAST SEEN"),
        (["status", "Status", "desc"], "STATUS is named twice"),
    ],
)
def test_what_is_no_order_is_told(words: list[str], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        order_of(words, TITLES)
