"""Rows: the cells that a person reads, computed as the real server computes them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kdesk.demo.objects import crd
from kdesk.demo.objects.columns_core import PRINTERS
from kdesk.demo.objects.columns_more import PRINTERS as MORE
from kdesk.demo.objects.tables import Since, compile_cells, write_cells
from kdesk.demo.objects.values import stamp

NOW = 1_790_000_000


def pod(status: dict[str, Any], containers: int = 1, **metadata: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {"containers": [{"name": f"c{number}"} for number in range(containers)]}
    spec["initContainers"] = [{"name": "init"}]
    return {
        "metadata": {"name": "web", "creationTimestamp": stamp(NOW - 60), **metadata},
        "spec": spec,
        "status": status,
    }


def container(state: dict[str, Any], ready: bool = False, restarts: int = 0, **more: Any) -> dict[str, Any]:
    return {"name": "c0", "ready": ready, "restartCount": restarts, "state": state, **more}


RUNNING = {"running": {"startedAt": stamp(NOW)}}
CRASHED = {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": stamp(NOW - 30)}}
WAITING = {"waiting": {"reason": "CrashLoopBackOff"}}
DONE = {"terminated": {"exitCode": 0, "reason": "Completed"}}
READY = [{"type": "Ready", "status": "True"}]
INIT = [{**container(RUNNING), "name": "init"}]


@pytest.mark.parametrize(
    ("item", "ready", "status", "restarts"),
    [
        (pod({"phase": "Pending"}), "0/1", "Pending", "0"),
        (pod({"phase": "Running", "containerStatuses": [container(RUNNING, True)]}), "1/1", "Running", "0"),
        (
            pod({"phase": "Running", "containerStatuses": [container(WAITING, False, 7, lastState=CRASHED)]}),
            "0/1",
            "CrashLoopBackOff",
            "7 (30s ago)",
        ),
        (pod({"phase": "Succeeded", "containerStatuses": [container(DONE)]}), "0/1", "Completed", "0"),
        (
            pod(
                {
                    "phase": "Running",
                    "conditions": READY,
                    "containerStatuses": [container(DONE), container(RUNNING, True)],
                },
                2,
            ),
            "1/2",
            "Running",
            "0",
        ),
        (pod({"phase": "Failed", "reason": "Evicted"}), "0/1", "Evicted", "0"),
        (pod({"phase": "Pending", "initContainerStatuses": INIT}), "0/1", "Init:0/1", "0"),
        (pod({"phase": "Running"}, deletionTimestamp=stamp(NOW)), "0/1", "Terminating", "0"),
        (
            pod({"phase": "Running", "containerStatuses": [container({"terminated": {"exitCode": 2}})]}),
            "0/1",
            "ExitCode:2",
            "0",
        ),
    ],
)
def test_pods(item: dict[str, Any], ready: str, status: str, restarts: str) -> None:
    cells = msgspec.json.decode(write_cells(compile_cells(PRINTERS["pods"].cells(item)), NOW))
    assert cells == ["web", ready, status, restarts, "60s", "<none>", "<none>", "<none>", "<none>"]


def test_ages_are_written_when_they_are_sent() -> None:
    cells = compile_cells(["a", Since(stamp(NOW), "3 (", ' "ago")'), 5, None, Since(stamp(NOW))])
    assert msgspec.json.decode(write_cells(cells, NOW + 7)) == ["a", '3 (7s "ago")', 5, None, "7s"]
    assert msgspec.json.decode(write_cells(cells, NOW + 120))[4] == "2m"


def test_every_printer_gives_a_cell_for_each_column() -> None:
    for resource in ("configmaps", "secrets", "serviceaccounts", "services", "namespaces", "nodes", "events"):
        printer = PRINTERS[resource]
        assert len(printer.cells({"metadata": {"name": "x"}})) == len(printer.columns), resource


def test_a_cron_job_says_whether_it_is_suspended() -> None:
    item = {"metadata": {"name": "x"}, "spec": {"schedule": "* * * * *", "suspend": True}}
    assert MORE["cronjobs.batch"].cells(item)[:6] == ["x", "* * * * *", "<none>", "True", 0, "<none>"]


def definition(**version: Any) -> dict[str, Any]:
    names = {"plural": "widgets", "kind": "Widget"}
    served = {"name": "v1", "served": True, "storage": True, **version}
    return {
        "metadata": {"name": "widgets.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [served]},
    }


def test_columns_of_custom_resources_follow_their_paths() -> None:
    columns = [
        {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
        {"name": "Ready", "type": "string", "jsonPath": '.status.conditions[?(@.type=="Ready")].status'},
        {"name": "First", "type": "string", "jsonPath": ".spec.hosts[0]"},
        {"name": "Since", "type": "date", "jsonPath": ".status.since", "priority": 1},
        {"name": "Dotted", "type": "string", "jsonPath": ".metadata.labels.example\\.com/name"},
        {"name": "On", "type": "boolean", "jsonPath": ".spec.on"},
        {"name": "Wrong", "type": "integer", "jsonPath": ".spec.hosts"},
    ]
    (_, printer), *_ = crd.kinds_of(definition(additionalPrinterColumns=columns))
    item = {
        "metadata": {"name": "one", "labels": {"example.com/name": "n"}},
        "spec": {"size": 3, "hosts": ["a", "b"], "on": True},
        "status": {
            "since": stamp(NOW),
            "conditions": [{"type": "Other", "status": "x"}, {"type": "Ready", "status": "True"}],
        },
    }
    assert printer.cells(item) == ["one", 3, "True", "a", Since(stamp(NOW)), None, True, None]
    assert printer.cells({"metadata": {"name": "two"}}) == ["two", *[None] * 7]
    assert [column.priority for column in printer.columns] == [0, 0, 0, 0, 1, 0, 0, 0]


def test_a_custom_resource_without_columns_shows_its_age() -> None:
    (_, printer), *_ = crd.kinds_of(definition())
    assert [column.name for column in printer.columns] == ["Name", "Age"]


def test_a_definition_must_be_named_after_its_resource() -> None:
    wrong = definition()
    wrong["metadata"]["name"] = "gadgets.example.com"
    assert crd.problem(definition()) is None
    fault = crd.problem(wrong)
    assert fault is not None
    assert fault[0] == "metadata.name"
