"""What happens by itself, in simulated time: workloads, jobs, namespaces, and the steady load."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from kdesk.demo.http.podlogs import lines
from kdesk.demo.life.jobs import due
from kdesk.demo.life.rate import Rate
from kdesk.demo.life.replicas import owned
from kdesk.demo.objects.columns_core import PRINTERS
from kdesk.demo.objects.operations import DeleteOptions, Operations, WriteOptions
from kdesk.demo.objects.store import Event, Record
from kdesk.demo.objects.tables import Cell
from tests.demo.stage import START, Theatre, pod


@pytest.fixture
def theatre() -> Theatre:
    """The default scene with its controllers; nothing has happened yet."""
    made = Theatre(pods=None)
    made.animate()
    return made


def cells(record: Record) -> list[Cell]:
    return PRINTERS["pods"].cells(record.object())


def is_ready(record: Record) -> bool:
    return cells(record)[1] == "1/1"


def restarts(record: Record) -> Cell:
    return cells(record)[3]


def told(theatre: Theatre, resource: str) -> list[Event]:
    events: list[Event] = []
    theatre.cluster.listen(resource, events.append)
    return events


def create(theatre: Theatre, resource: tuple[str, str, str], namespace: str, item: dict[str, Any]) -> None:
    Operations(theatre.cluster).create(theatre.cluster.served[resource], namespace, item, WriteOptions())


def workload(name: str, replicas: int, restart: str = "Always") -> dict[str, Any]:
    template = {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [{"name": "c", "image": "x:1.0"}], "restartPolicy": restart},
    }
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"metadata": {"name": name}, "spec": spec}


def pods_of(theatre: Theatre, app: str) -> list[dict[str, Any]]:
    records = theatre.cluster["pods"].select("default")
    return [record.object() for record in records if record.labels.get("app") == app]


def test_a_pod_goes_through_its_states(theatre: Theatre) -> None:
    events = told(theatre, "pods")
    create(theatre, ("", "v1", "pods"), "default", pod("solo"))
    theatre.play(10)
    mine = [event.record for event in events if event.record.name == "solo"]
    phases = [record.object()["status"]["phase"] for record in mine]
    assert phases[0] == "Pending"
    assert phases[-1] == "Running"
    assert mine[-1].fields[".ready"] == "true"
    assert mine[-1].fields["spec.nodeName"]
    reasons = {record.object()["reason"] for record in theatre.cluster["events"].select("default")}
    assert {"Scheduled", "Pulling", "Pulled", "Created", "Started"} <= reasons


def test_a_deployment_rolls_out_without_losing_its_service(theatre: Theatre) -> None:
    create(theatre, ("apps", "v1", "deployments"), "default", workload("web", 4))
    theatre.play(15)
    deployment = theatre.cluster["deployments.apps"].get("default", "web")
    assert deployment is not None
    assert deployment.object()["status"]["availableReplicas"] == 4
    ready: list[int] = []
    theatre.cluster.listen(
        "pods",
        lambda _: ready.append(sum(p["status"]["phase"] == "Running" for p in pods_of(theatre, "web"))),
    )
    item = deployment.object()
    item["spec"]["template"]["spec"]["containers"][0]["image"] = "x:2.0"
    theatre.cluster["deployments.apps"].put(item)
    theatre.play(40)
    images = Counter(p["spec"]["containers"][0]["image"] for p in pods_of(theatre, "web"))
    assert images == {"x:2.0": 4}
    assert min(ready) >= 3
    sets = owned(theatre.cluster, deployment.uid, "replicasets.apps")
    assert sorted(each.object()["spec"]["replicas"] for each in sets) == [0, 4]
    status = theatre.cluster["deployments.apps"].records["default/web"].object()["status"]
    assert (status["replicas"], status["updatedReplicas"], status["availableReplicas"]) == (4, 4, 4)
    assert "unavailableReplicas" not in status


def test_scaling_makes_and_removes_pods(theatre: Theatre) -> None:
    create(theatre, ("apps", "v1", "deployments"), "default", workload("web", 2))
    theatre.play(10)
    for count in (5, 0, 1):
        item = theatre.cluster["deployments.apps"].records["default/web"].object()
        item["spec"]["replicas"] = count
        theatre.cluster["deployments.apps"].put(item)
        theatre.play(10)
        assert len(pods_of(theatre, "web")) == count


def test_a_stateful_set_makes_one_pod_after_the_other(theatre: Theatre) -> None:
    events = told(theatre, "pods")
    create(theatre, ("apps", "v1", "statefulsets"), "default", workload("db", 3))
    theatre.play(30)
    story = []
    for event in events:
        if event.record.labels.get("app") == "db":
            if event.type == "ADDED":
                story.append(f"+{event.record.name}")
            elif event.record.fields[".ready"] and event.previous and not event.previous.fields[".ready"]:
                story.append(event.record.name)
    assert story == ["+db-0", "db-0", "+db-1", "db-1", "+db-2", "db-2"]


def test_a_daemon_set_is_on_every_node(theatre: Theatre) -> None:
    create(theatre, ("apps", "v1", "daemonsets"), "default", workload("agent", 1))
    theatre.play(10)
    nodes = [p["spec"]["nodeName"] for p in pods_of(theatre, "agent")]
    assert sorted(nodes) == sorted(theatre.cluster["nodes"].records)


def test_a_job_runs_to_its_end(theatre: Theatre) -> None:
    job = {"metadata": {"name": "once"}, "spec": {"template": workload("x", 1, "Never")["spec"]["template"]}}
    create(theatre, ("batch", "v1", "jobs"), "default", job)
    theatre.play(30)
    status = theatre.cluster["jobs.batch"].records["default/once"].object()["status"]
    assert (status["succeeded"], status["conditions"][0]["type"]) == (1, "Complete")
    assert status["completionTime"] > status["startTime"]


def test_cron_jobs_make_jobs_on_the_minute_and_forget_old_ones(theatre: Theatre) -> None:
    theatre.play(360)
    jobs = [
        r for r in theatre.cluster["jobs.batch"].select("payments") if r.name.startswith("settle-batches-")
    ]
    finished = [record for record in jobs if record.object()["status"].get("completionTime")]
    assert 2 <= len(jobs) <= 4
    assert len(finished) <= 3
    assert (
        theatre.cluster["cronjobs.batch"]
        .records["payments/settle-batches"]
        .object()["status"]["lastSuccessfulTime"]
    )


def test_a_namespace_goes_as_the_real_one_does(theatre: Theatre) -> None:
    events = told(theatre, "namespaces")
    served = theatre.cluster.served["", "v1", "namespaces"]
    create(theatre, ("", "v1", "namespaces"), "", {"metadata": {"name": "aaa"}})
    theatre.play(1)
    assert [record.name for record in theatre.cluster["serviceaccounts"].select("aaa")] == ["default"]
    create(theatre, ("apps", "v1", "deployments"), "aaa", workload("web", 2))
    theatre.play(10)
    Operations(theatre.cluster).delete(served, "", "aaa", DeleteOptions())
    theatre.play(5)
    mine = [event for event in events if event.record.name == "aaa"]
    assert [event.type for event in mine] == ["ADDED", "MODIFIED", "MODIFIED", "DELETED"]
    versions = [event.record.version for event in mine]
    assert versions == sorted(set(versions))
    left = [c.resource for c in theatre.cluster.collections if c.select("aaa")]
    assert left == []


def test_what_is_owned_goes_with_its_owner(theatre: Theatre) -> None:
    create(theatre, ("apps", "v1", "deployments"), "default", workload("web", 3))
    theatre.play(10)
    served = theatre.cluster.served["apps", "v1", "deployments"]
    Operations(theatre.cluster).delete(served, "default", "web", DeleteOptions())
    theatre.play(10)
    assert pods_of(theatre, "web") == []
    assert not [r for r in theatre.cluster["replicasets.apps"].select("default") if r.name.startswith("web-")]


def test_orphans_stay(theatre: Theatre) -> None:
    create(theatre, ("apps", "v1", "deployments"), "default", workload("web", 3))
    theatre.play(10)
    served = theatre.cluster.served["apps", "v1", "deployments"]
    Operations(theatre.cluster).delete(served, "default", "web", DeleteOptions(propagation="Orphan"))
    theatre.play(10)
    assert len(pods_of(theatre, "web")) == 3


def test_the_scene_lives_by_itself_and_stays_whole() -> None:
    theatre, kinds = Theatre(pods=None), Counter[str]()
    theatre.animate(lively=True)

    def count(resource: str) -> Callable[[Event], None]:
        return lambda event: kinds.update([f"{resource} {event.type}"])

    for resource in ("pods", "deployments.apps", "events", "nodes"):
        theatre.cluster.listen(resource, count(resource))
    theatre.play(240)
    assert kinds["pods ADDED"] > 3
    assert kinds["pods DELETED"] > 3
    assert kinds["deployments.apps MODIFIED"] > 3
    assert kinds["events ADDED"] > 20
    assert kinds["nodes MODIFIED"] > 10
    crashed = [
        record.object()["status"]["containerStatuses"][0]["restartCount"]
        for record in theatre.cluster["pods"].select("shop")
        if record.name.startswith("recommendations-")
    ]
    assert max(crashed) >= 6
    assert 50 <= len(theatre.cluster["pods"].records) <= 90


def test_the_same_seed_gives_the_same_story() -> None:
    stories = []
    for _ in range(2):
        theatre = Theatre(pods=None)
        theatre.animate(lively=True)
        events = told(theatre, "pods")
        theatre.play(60)
        stories.append([(event.type, event.record.key, event.record.version) for event in events])
    assert stories[0] == stories[1]
    assert len(stories[0]) > 20


@pytest.mark.parametrize("count", [1, 7, 333])
def test_a_cluster_starts_with_exactly_as_many_pods_as_asked_for(count: int) -> None:
    theatre = Theatre(pods=count)
    assert len(theatre.cluster["pods"].records) == count
    for deployment in theatre.cluster["deployments.apps"].records.values():
        sets = owned(theatre.cluster, deployment.uid, "replicasets.apps")
        pods = [p for each in sets for p in owned(theatre.cluster, each.uid, "pods")]
        assert len(pods) == deployment.object()["spec"]["replicas"]


def test_the_controllers_find_nothing_to_do_in_a_fresh_scene() -> None:
    theatre = Theatre(pods=200)
    theatre.animate()
    events = told(theatre, "pods")
    for resource in ("replicasets.apps", "statefulsets.apps", "daemonsets.apps", "deployments.apps"):
        for record in list(theatre.cluster[resource].records.values()):
            item = record.object()
            item["metadata"]["annotations"] = {"touched": "yes"} | item["metadata"].get("annotations", {})
            theatre.cluster[resource].put(item)
    theatre.play(0.5)
    assert [event.type for event in events if event.type != "MODIFIED"] == []


def test_the_load_changes_exactly_as_many_pods_as_asked_for() -> None:
    theatre = Theatre(pods=50)
    events = told(theatre, "pods")
    assert Rate(theatre.cluster, 1000).change(120) == 120
    assert Counter(event.type for event in events) == {"MODIFIED": 120}
    assert len({event.record.key for event in events[:80]}) == 40
    for event in events:
        assert event.previous is not None
        assert cells(event.record) != cells(event.previous)
    assert Rate(Theatre(pods=0).cluster, 1000).change(5) == 0


def test_under_the_load_a_cluster_stays_healthy() -> None:
    theatre = Theatre(pods=300)
    before = {key: restarts(record) for key, record in theatre.cluster["pods"].records.items()}
    load = Rate(theatre.cluster, 1000)
    ready = sum(is_ready(record) for record in theatre.cluster["pods"].records.values())
    for count in (1, 50, 700, 333):
        assert load.change(count) == count
        records = theatre.cluster["pods"].records
        assert 0 <= ready - sum(is_ready(record) for record in records.values()) <= 3
    assert {key: restarts(record) for key, record in records.items()} == before


def test_the_load_makes_a_pod_ready_again_that_the_controllers_have_seen_unready() -> None:
    theatre = Theatre(pods=20)
    pods = theatre.cluster["pods"]
    events = told(theatre, "pods")
    load = Rate(theatre.cluster, 1000)
    load.change(1)
    key = events[-1].record.key
    changed = pods.records[key].object()
    changed["metadata"]["annotations"] = {"touched": "yes"}
    pods.put(changed)
    assert pods.records[key].fields[".ready"] == ""
    load.change(1)
    assert is_ready(pods.records[key])
    assert pods.records[key].fields[".ready"] == "true"
    assert pods.records[key].object()["metadata"]["annotations"] == {"touched": "yes"}


@pytest.mark.parametrize(
    ("schedule", "minute", "hour", "holds"),
    [
        ("* * * * *", 17, 3, True),
        ("*/5 * * * *", 15, 3, True),
        ("*/5 * * * *", 16, 3, False),
        ("0 2 * * *", 0, 2, True),
        ("0 2 * * *", 0, 3, False),
        ("10-20/5,59 * * * *", 15, 0, True),
        ("10-20/5,59 * * * *", 14, 0, False),
        ("10-20/5,59 * * * *", 59, 0, True),
        ("nonsense", 0, 0, False),
        ("@daily * * * *", 0, 0, False),
    ],
)
def test_schedules(schedule: str, minute: int, hour: int, holds: bool) -> None:
    moment = time.struct_time((2026, 11, 23, hour, minute, 0, 0, 327, 0))
    assert due(schedule, moment) is holds


def test_a_log_is_the_same_however_it_is_cut() -> None:
    whole = list(lines("uid", "c", START, 0, START + 100))
    parts = list(lines("uid", "c", START, 0, START + 41))
    parts += list(lines("uid", "c", START, START + 41, START + 100))
    assert whole == parts
    assert len(whole) == 59
