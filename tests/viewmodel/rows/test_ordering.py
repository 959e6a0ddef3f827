"""Ordering: what a person expects of names, quantities, ages, ratios and versions, both ways."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdesk.kube.table.rows import MOMENT, Cell, Column, ColumnKind, Row
from kdesk.viewmodel.rows.ordering import (
    AgeRanking,
    NameRanking,
    Ranking,
    descending,
    duration,
    natural,
    quantity,
    text_key,
    value_key,
)


def row(*cells: Cell, created: int = 0) -> Row:
    return Row(key="ns/x", uid="u", version="1", created=created, cells=cells)


@pytest.mark.parametrize(
    "expected",
    [
        ["web-1", "web-2", "web-10", "web-a"],
        ["node2", "node10", "Node11"],
        ["0/3", "1/3", "2/3", "1/1", "3/3"],
        ["250m", "500m", "1", "1500m", "2"],
        ["128Mi", "1G", "1Gi", "2Gi", "1Ti"],
        ["5%", "12%", "100%"],
        ["v1.9.3", "v1.30.0-rc.1", "v1.30.0", "v1.30.1"],
        ["10.0.0.2", "10.0.0.10", "10.0.1.1"],
        [f"0 ({MOMENT}5{MOMENT} ago)", "3", f"17 ({MOMENT}1{MOMENT} ago)"],
        ["2", "10", "Running", "<none>"],
    ],
)
def test_texts_sort_as_people_expect(expected: list[str]) -> None:
    shuffled = list(expected)
    random.Random(7).shuffle(shuffled)
    assert sorted(shuffled, key=lambda text: text_key(text, minutes=False)) == expected


def ranked(ranking: Ranking | AgeRanking, *rows: Row) -> list[Row]:
    """Sorted by the keys of many, which must be those of each."""
    keys: list[Any] = list(ranking.values(rows, [row.key for row in rows]))
    assert keys == [ranking.value(row, row.key) for row in rows]
    return [found for _, found in sorted(zip(keys, rows, strict=True), key=lambda pair: pair[0])]


def test_durations_and_quantities_are_told_apart_by_the_column() -> None:
    times = ranked(Ranking(Column("Duration"), 0), *map(row, ["2h", "5m30s", "90s", "3m", "1d"]))
    assert [r.cells[0] for r in times] == ["90s", "3m", "5m30s", "2h", "1d"]
    cpus = ranked(Ranking(Column("CPU Requests"), 0), *map(row, ["1", "250m", "2"]))
    assert [r.cells[0] for r in cpus] == ["250m", "1", "2"]


def test_ages_have_the_youngest_first() -> None:
    rows = [row(created=0), row(created=100), row(created=200)]
    assert [r.created for r in ranked(AgeRanking(), *rows)] == [200, 100, 0]
    assert [r.created for r in ranked(AgeRanking(reverse=True), *rows)] == [100, 200, 0]
    since = ranked(Ranking(Column("Last seen", ColumnKind.SINCE), 0), row(100), row(300), row(None))
    assert [r.cells[0] for r in since] == [300, 100, None]


def test_a_row_with_fewer_cells_than_columns_is_missing_there() -> None:
    found = ranked(Ranking(Column("Status"), 1), row("a"), row("b", "b"))
    assert [r.cells[0] for r in found] == ["b", "a"]


def test_names_and_namespaces_rank_by_their_part_of_the_key() -> None:
    names = [natural("b/web-10"), natural("a/web-9")]
    by_name = NameRanking(namespace=False).values([], names)
    assert by_name == [natural("web-10"), natural("web-9")]
    ranking = NameRanking(namespace=True, reverse=True)
    assert ranking.value(row(), names[0]) < ranking.value(row(), names[1])


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(max_codepoint=127), max_size=8),
    st.from_regex(r"(v?[0-9]{1,3}\.[0-9]{1,3}|[0-9]{1,4}(m|Gi|s|d)?|[0-9]/[0-9]|<none>|)", fullmatch=True),
)  # fmt: skip


@given(st.lists(CELLS, max_size=12))
def test_descending_is_the_other_way_round_with_what_is_missing_last(cells: list[Cell]) -> None:
    up = [key for key in sorted(map(value_key, cells)) if key != value_key(None)]
    down = sorted(descending(value_key(cell)) for cell in cells)
    assert down[: len(up)] == [descending(key) for key in reversed(up)]
    assert down[len(up) :] == [descending(value_key(None))] * (len(cells) - len(up))


@given(st.integers(0, 10**8), st.integers(0, 10**8), st.sampled_from(["", "web-", "a.b/"]))
def test_numbers_in_names_sort_by_their_value(one: int, other: int, prefix: str) -> None:
    assert (natural(f"{prefix}{one}-x") < natural(f"{prefix}{other}-x")) == (one < other)


def test_what_is_no_duration_or_quantity_is_none() -> None:
    assert duration("1d2h") == 93_600
    assert duration("soon") is None
    assert quantity("1.5Gi") == 1.5 * 2**30
    assert quantity("12x") is None
    assert value_key(True) == (1.0, "")
