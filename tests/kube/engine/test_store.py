"""What a store tells its readers: differences, each once, and two objects where a name was reused."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

from kdesk.kube.engine.store import By, Store, StoreWriter
from kdesk.kube.table.rows import Change, Row


def _row(name: str, version: int = 1, uid: str = "") -> Row:
    return Row(f"ns/{name}", uid or f"uid-{name}", str(version), 0, (name,))


def _types(changes: list[Change]) -> list[tuple[str, str]]:
    return [(change.type, change.row.name) for change in changes]


def _synced(*rows: Row) -> tuple[Store, StoreWriter]:
    store = Store()
    writer = StoreWriter(store)
    writer.begin()
    writer.stage(rows)
    writer.commit()
    return store, writer


def test_the_first_list_is_visible_page_by_page_and_says_that_it_is_not_complete() -> None:
    store = Store()
    writer = StoreWriter(store)
    writer.begin()
    assert [change.initial for change in writer.stage([_row("a"), _row("b")])] == [True, True]
    assert (len(store), store.synced) == (2, False)
    writer.stage([_row("c")])
    assert writer.commit() == []
    assert (len(store), store.synced) == (3, True)


def test_a_first_list_that_begins_again_drops_what_is_no_longer_there() -> None:
    store = Store()
    writer = StoreWriter(store)
    writer.begin()
    writer.stage([_row("a"), _row("b")])
    writer.begin()
    assert writer.stage([_row("b"), _row("c")]) == [Change("ADDED", _row("c"), None, initial=True)]
    assert writer.commit() == [Change("DELETED", _row("a"), _row("a"), final_unknown=True)]
    assert {row.name for row in store.snapshot()} == {"b", "c"}


def test_a_relist_is_a_difference_and_never_half_visible() -> None:
    store, writer = _synced(_row("same"), _row("changed"), _row("gone"))
    before = {row.name: row for row in store.snapshot()}
    writer.begin()
    assert writer.stage([_row("same"), _row("changed", 2), _row("new")]) == []
    assert {row.name: row for row in store.snapshot()} == before
    changes = writer.commit()
    assert _types(changes) == [("DELETED", "gone"), ("MODIFIED", "changed"), ("ADDED", "new")]
    assert changes[0].final_unknown
    assert changes[1].old == _row("changed")
    assert store.get("ns/same") is before["same"]


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads that take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("hasty")
def test_whoever_reads_meanwhile_sees_a_relist_whole_or_not_at_all() -> None:
    lists = [[_row(f"{letter}{number}") for number in range(2_000)] for letter in "ab"]
    store, writer = _synced(*lists[0])
    index = writer.index(By.NAMESPACE)
    done = threading.Event()
    mixed: list[set[str]] = []

    def read() -> None:
        while not done.is_set():
            found = store.index(By.NAMESPACE)
            for rows in (store.snapshot(), found.get("ns") if found is not None else []):
                letters = {row.name[0] for row in rows}
                if len(letters) != 1 or len(rows) != 2_000:
                    mixed.append(letters)

    reading = threading.Thread(target=read)
    reading.start()
    for turn in range(20):
        writer.begin()
        writer.stage(lists[(turn + 1) % 2])
        assert len(writer.commit()) == 4_000
    done.set()
    reading.join()
    assert mixed == []
    assert store.index(By.NAMESPACE) is not index, "an index is swapped with its rows"


def test_a_reused_name_is_two_objects() -> None:
    store, writer = _synced(_row("a", 1, "first"))
    assert _types(writer.apply([("MODIFIED", _row("a", 5, "second"))])) == [("DELETED", "a"), ("ADDED", "a")]
    writer.begin()
    writer.stage([_row("a", 9, "third")])
    assert _types(writer.commit()) == [("DELETED", "a"), ("ADDED", "a")]
    assert len(store) == 1


def test_events_are_judged_by_what_is_known() -> None:
    store, writer = _synced(_row("a"))
    assert writer.apply([("ADDED", _row("a"))]) == []
    assert _types(writer.apply([("ADDED", _row("a", 2))])) == [("MODIFIED", "a")]
    assert _types(writer.apply([("MODIFIED", _row("b"))])) == [("ADDED", "b")]
    assert writer.apply([("DELETED", _row("never seen"))]) == []
    assert _types(writer.apply([("DELETED", _row("a", 3)), ("ADDED", _row("a", 4, "new"))])) == [
        ("DELETED", "a"),
        ("ADDED", "a"),
    ]
    assert len(store) == 2


def test_a_kind_that_is_gone_takes_its_objects_along() -> None:
    store, writer = _synced(_row("a"), _row("b"))
    assert _types(writer.clear()) == [("DELETED", "a"), ("DELETED", "b")]
    assert (len(store), store.synced) == (0, False)


def test_a_purge_is_silent_and_in_slices() -> None:
    store, writer = _synced(*[_row(str(i)) for i in range(5_000)])
    slices = writer.purge()
    next(iter(slices))
    assert (len(store), store.synced) == (0, False)
    assert len(list(slices)) == 2
