"""The sorted index: merging gives what sorting would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kdesk.viewmodel.rows.sorted_index import merge, place_of

ENTRIES = st.sets(st.tuples(st.integers(0, 9), st.sampled_from("abc")), max_size=12)


@given(ENTRIES, ENTRIES, ENTRIES)
def test_merging_is_sorting(
    held: set[tuple[int, str]], gone: set[tuple[int, str]], come: set[tuple[int, str]]
) -> None:
    added = come - held
    before = sorted(held)
    assert merge(before, added, gone) == sorted((held - gone) | added)
    assert before == sorted(held)


def test_places() -> None:
    entries = [(1, "a"), (2, "b")]
    assert [place_of(entries, entry) for entry in [(1, "a"), (2, "b"), (1, "b"), (3, "a")]] == [0, 1, -1, -1]
