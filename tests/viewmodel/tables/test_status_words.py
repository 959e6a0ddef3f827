"""Words of states: wrong, waiting, well, or none of it."""

from __future__ import annotations

import pytest

from kdesk.kube.table.rows import Cell, Column
from kdesk.viewmodel.rows.columns import TableColumn, table_columns
from kdesk.viewmodel.tables.copying import kubectl, names, qualified_names, tsv
from kdesk.viewmodel.tables.status_words import has_dot, tone
from tests.ui.stub_tables import NODE
from tests.viewmodel.pods import NOW, PODS, pod


def column(name: str) -> TableColumn:
    return TableColumn(Column(name), 1)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Status", "Running", "ok"),
        ("Status", "CrashLoopBackOff", "bad"),
        ("Status", "SomethingNewBackOff", "bad"),
        ("Status", "Init:0/2", "warn"),
        ("Status", "Init:Error", "bad"),
        ("Status", "Terminating", "warn"),
        ("Status", "Ready,SchedulingDisabled", "warn"),
        ("Status", "NotReady,SchedulingDisabled", "bad"),
        ("Status", "Completed", ""),
        ("Status", None, ""),
        ("Status", 3, ""),
        ("Ready", "0/1", "warn"),
        ("Ready", "10/9", ""),
        ("Ready", "False", "bad"),
        ("Available", "True", "ok"),
        ("Type", "Warning", "warn"),
        ("Type", "ClusterIP", ""),
        ("Name", "Running", ""),
    ],
)
def test_tones(name: str, value: Cell, expected: str) -> None:
    assert tone(column(name), value) == expected


def test_what_has_ended_well_is_not_waited_for() -> None:
    assert tone(column("Ready"), "0/1", ("job-1", "0/1", "Completed")) == ""
    assert tone(column("Ready"), "0/1", ("job-1", "0/1", "Error")) == "warn"


def test_states_have_a_dot_besides_the_colour() -> None:
    assert has_dot(column("Status"))
    assert not has_dot(column("Ready"))


def test_a_namespace_called_running_is_no_state() -> None:
    namespace = table_columns(PODS, namespaces=True)[0]
    assert tone(namespace, "Running") == ""


def test_rows_as_text() -> None:
    rows = [pod("web-1"), pod("it's", namespace="b", age=120)]
    assert names(rows) == "web-1\nit's"
    assert qualified_names(rows) == "prod/web-1\nb/it's"
    columns = table_columns(PODS[:2], namespaces=True)
    assert tsv(columns, rows, NOW) == "NAMESPACE\tNAME\tREADY\nprod\tweb-1\t1/1\nb\tit's\t1/1"
    node = pod("node-1", namespace="")
    assert qualified_names([node]) == "node-1"
    assert kubectl(NODE, [node], "a b") == "kubectl --context 'a b' get nodes node-1"
