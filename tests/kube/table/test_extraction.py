"""Values of objects as rows: typed, kept alone, never of a secret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.table.extraction import Extraction, ValueType, Wanted, cell_of
from kdesk.kube.table.jsonpath import PathError
from kdesk.kube.table.rows import Cell, ColumnKind

PODS = Resource(GVR("", "v1", "pods"), "Pod", True, verbs=frozenset(["get", "list", "watch"]))
SECRETS = Resource(GVR("", "v1", "secrets"), "Secret", True, verbs=frozenset(["get", "list", "watch"]))
NODE = Wanted(".spec.nodeName")
CPU = Wanted(".spec.containers[*].cpu", ValueType.QUANTITY)


def obj(name: str, **more: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "prod", "uid": f"uid-{name}", "resourceVersion": "7"},
        **more,
    }


def listed(*items: dict[str, Any]) -> bytes:
    return json.dumps({"kind": "PodList", "metadata": {"resourceVersion": "9"}, "items": items}).encode()


@pytest.mark.parametrize(
    ("values", "kind", "cell"),
    [
        ([], ValueType.TEXT, None),
        (["a"], ValueType.TEXT, "a"),
        (["a", 2, True], ValueType.TEXT, "a,2,true"),
        ([{"a": 1}], ValueType.TEXT, '{"a":1}'),
        ([5], ValueType.NUMBER, 5),
        ([2.5], ValueType.NUMBER, 2.5),
        (["42"], ValueType.NUMBER, 42),
        (["4.2"], ValueType.NUMBER, 4.2),
        ([True], ValueType.NUMBER, "true"),
        (["many"], ValueType.NUMBER, "many"),
        (["250m"], ValueType.QUANTITY, "250m"),
        ([2], ValueType.QUANTITY, "2"),
        (["2023-11-14T22:13:20Z"], ValueType.AGE, 1_700_000_000),
        (["2023-11-14T22:13:20.000000Z"], ValueType.AGE, 1_700_000_000),
        (["yesterday"], ValueType.AGE, "yesterday"),
        ([7], ValueType.AGE, "7"),
    ],
)
def test_cells_are_of_their_type_or_the_text_that_is_there(
    values: list[Any], kind: ValueType, cell: Cell
) -> None:
    found = cell_of(values, kind)
    assert found == cell
    assert type(found) is type(cell)


def test_only_the_values_are_kept() -> None:
    extraction = Extraction(PODS, (NODE, CPU))
    body = listed(
        obj("web", spec={"nodeName": "n1", "containers": [{"cpu": "250m"}]}), obj("bare"), {"metadata": {}}
    )
    page = extraction.page(body)
    assert [(row.key, row.uid, row.cells, row.raw) for row in page.rows] == [
        ("prod/web", "uid-web", ("n1", "250m"), b""),
        ("prod/bare", "uid-bare", (None, None), b""),
    ]
    assert page.columns is not None
    assert [column.kind for column in page.columns] == [ColumnKind.TEXT, ColumnKind.QUANTITY]
    assert page.odd == 1
    assert extraction.received == len(body)


def test_events_bring_new_values() -> None:
    extraction = Extraction(PODS, (NODE,))
    lines = [
        json.dumps({"type": kind, "object": obj("web", spec={"nodeName": node})}).encode()
        for kind, node in (("ADDED", "n1"), ("MODIFIED", "n2"), ("DELETED", "n2"))
    ]
    found = extraction.events(lines)
    assert [(kind, row.cells) for kind, row in found.events] == [
        ("ADDED", ("n1",)),
        ("MODIFIED", ("n2",)),
        ("DELETED", ("n2",)),
    ]
    assert extraction.received == sum(map(len, lines))


def test_the_values_of_secrets_stay_masked() -> None:
    extraction = Extraction(SECRETS, (Wanted(".data.password"), Wanted(".data")))
    page = extraction.page(listed(obj("db", data={"password": "aHVudGVyMg=="})))
    [row] = page.rows
    assert row.cells == ("<masked, 7 bytes>", '{"password":"<masked, 7 bytes>"}')


def test_a_wrong_path_is_refused_at_once() -> None:
    with pytest.raises(PathError):
        Extraction(PODS, (Wanted(".spec["),))
