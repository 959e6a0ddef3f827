"""Collections: versions, changes, and where a watch may start."""

from __future__ import annotations

from typing import Any

import msgspec

from kdesk.demo.objects.store import Collection, Event, Versions

NOW = "2026-01-02T03:04:05Z"


def make(history: int = 100) -> tuple[Collection, list[Event]]:
    told: list[Event] = []

    def fields(item: dict[str, Any]) -> dict[str, str]:
        return {"phase": item["status"]["phase"]}

    return Collection(
        "pods",
        Versions(100),
        fields,
        history,
        lambda _, event: told.append(event),
        lambda: "2026-01-02T03:04:05Z",
    ), told


def item(name: str, phase: str = "Running", namespace: str = "a") -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "uid": f"uid-{name}", "labels": {"app": "web"}}
    return {"metadata": metadata, "status": {"phase": phase}}


def test_an_object_comes_back_as_it_was_put() -> None:
    collection, _ = make()
    record = collection.put(item("one"))
    got = record.object()
    assert got.pop("metadata") == item("one")["metadata"] | {"resourceVersion": "101"}
    assert got == {"status": {"phase": "Running"}}
    assert record.whole_bytes(b'{"kind":"Pod",').startswith(
        b'{"kind":"Pod","metadata":{"resourceVersion":"101",'
    )


def test_a_write_that_changes_nothing_is_none() -> None:
    collection, told = make()
    first = collection.put(item("one"))
    assert collection.put(first.object()) is first
    assert [event.type for event in told] == ["ADDED"]


def test_changes_are_told_with_growing_versions_and_what_was_before() -> None:
    collection, told = make()
    collection.put(item("one"))
    collection.put(item("one", "Failed"))
    collection.remove("a/one")
    assert [event.type for event in told] == ["ADDED", "MODIFIED", "DELETED"]
    assert [event.record.version for event in told] == [101, 102, 103]
    assert told[2].previous is told[1].record
    assert told[1].record.fields == {"phase": "Failed"}


def test_selection_by_namespace_is_exact_and_ordered() -> None:
    collection, _ = make()
    for namespace in ("a", "a-b", "ab", "b"):
        collection.put(item("z", namespace=namespace))
        collection.put(item("c", namespace=namespace))
    assert [record.key for record in collection.select("a")] == ["a/c", "a/z"]
    assert [record.key for record in collection.select("a-b")] == ["a-b/c", "a-b/z"]
    assert len(collection.select("")) == 8


def test_a_watch_starts_after_its_version_or_not_at_all() -> None:
    collection, _ = make(history=2)
    for name in ("one", "two", "three", "four"):
        collection.put(item(name))
    assert collection.position_after(100) == 0
    assert collection.position_after(99) is None
    assert collection.position_after(104) == collection.end == 4
    collection.forget()
    assert collection.oldest_version == 102
    assert collection.position_after(101) is None
    assert collection.position_after(102) == 2
    assert collection.position_after(103) == 3


def test_the_body_alone_can_be_replaced() -> None:
    collection, told = make()
    before = collection.put(item("one"))
    before.cells = (b"[]",)
    after = collection.put_body(before, {"status": {"phase": "Running", "restarts": 1}})
    assert after.meta is before.meta
    assert after.fields is before.fields
    assert after.cells is None
    assert told[-1].record.object()["status"]["restarts"] == 1


def test_equal_labels_are_kept_once() -> None:
    collection, _ = make()
    assert collection.put(item("one")).labels is collection.put(item("two")).labels


def test_an_object_names_its_writers_newest_last() -> None:
    collection, _ = make()
    made = collection.put(item("one"), "kubectl-create")
    reported = collection.put(made.object() | {"status": {"phase": "Failed"}}, "kubelet")
    again = collection.put_body(reported, {"spec": {}, "status": {"phase": "Running"}})
    taken = collection.put(again.object() | {"spec": {"x": 1}}, by="")
    document = msgspec.json.decode(taken.whole_bytes(b"{"))
    writers = [(e["manager"], e.get("subresource")) for e in document["metadata"]["managedFields"]]
    assert writers == [("kubectl-create", None), ("kubelet", "status")]
    assert "managedFields" not in taken.object()["metadata"]
