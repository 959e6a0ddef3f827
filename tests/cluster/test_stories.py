"""A rollout, a namespace's deletion and a node's loss read as the story they are, on real controllers."""

from __future__ import annotations

import datetime
import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from pytestqt.qtbot import QtBot

from kdesk.kube.engine.informer import WatchSpec
from kdesk.kube.engine.session import ClusterSession
from kdesk.kube.table.rows import Row
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.detail import Detail
from kdesk.viewmodel.objects.timeline_story import Line, Story
from tests.support.commands import until

from .controlplane import ControlPlane
from .watching import session_on

_DEADLINE_MS = 120_000
_NODE_SAYS_EVERY_S = 2.0
_LOST_SOON = ("--node-monitor-grace-period=20s", "--node-monitor-period=1s")


class Told(NamedTuple):
    """A line, and whose it is."""

    kind: str
    name: str
    line: Line


class Scenes:
    """Timelines of several objects, shown at once."""

    def __init__(self, session: ClusterSession, qtbot: QtBot) -> None:
        self._session, self._qtbot = session, qtbot
        self._details: list[Detail] = []

    def show(self, kind: str, namespace: str, name: str) -> Detail:
        assert self._session.catalogue is not None
        resource = self._session.catalogue.resolve(kind)
        lease = self._session.watch(WatchSpec(resource, namespace))
        informer = lease.informer
        until(lambda: informer.store.get(f"{namespace}/{name}") is not None, f"{kind} {name} is there")
        row = informer.store.get(f"{namespace}/{name}")
        assert isinstance(row, Row)
        detail = Detail(FrameClock())
        self._details.append(detail)
        detail.show(self._session, resource, row)
        detail.timeline.set_shown(True)
        lease.release()
        self._qtbot.waitUntil(lambda: bool(detail.timeline.story.lines), timeout=_DEADLINE_MS)
        return detail

    def told(self) -> list[Told]:
        """Everything, the oldest first, once."""
        found: dict[tuple[str | float, ...], Told] = {}
        for story in (detail.timeline.story for detail in self._details):
            members = {lane.member.uid: lane.member for lane in story.lanes}
            for line in reversed(story.lines):
                member = members[line.lane]
                found[line.key] = Told(member.resource.kind, member.name, line)
        return sorted(found.values(), key=lambda told: told.line.at)

    def wait_for(self, kind: str, words: str) -> None:
        def is_told() -> None:
            story = self.told()
            assert _which(story, kind, words), f"nobody told {kind} {words!r} in\n{_text(story)}"

        self._qtbot.waitUntil(is_told, timeout=_DEADLINE_MS)

    def close(self) -> None:
        for detail in self._details:
            detail.dispose()


@contextmanager
def scenes_on(kubeconfig: Path, qtbot: QtBot) -> Iterator[Scenes]:
    with session_on(kubeconfig) as session:
        scenes = Scenes(session, qtbot)
        try:
            yield scenes
        finally:
            scenes.close()


def test_a_rollout(plane_a: ControlPlane, namespace: str, qtbot: QtBot) -> None:
    plane_a.apply(_deployment(namespace, "nginx:1.26"))
    plane_a.kubectl("-n", namespace, "rollout", "status", "deployment/web", "--timeout=60s")
    with scenes_on(plane_a.kubeconfig(), qtbot) as scenes:
        detail = scenes.show("deployments", namespace, "web")
        qtbot.waitUntil(lambda: len(detail.timeline.story.lanes) == 4, timeout=_DEADLINE_MS)
        old = _names(detail.timeline.story, "Pod")
        before = [told for told in scenes.told() if not told.line.seen]
        _assert_order(
            before,
            ("Deployment", "web", "created"),
            ("ReplicaSet", "", "created: revision 1, nginx:1.26"),
            ("Pod", old[0], "web started"),
        )
        plane_a.kubectl("-n", namespace, "set", "image", "deployment/web", "web=nginx:1.27")
        scenes.wait_for("Deployment", "→ NewReplicaSetAvailable")
        scenes.wait_for("ReplicaSet", "spec.replicas 1 → 0")
        timeline = detail.timeline
        qtbot.waitUntil(
            lambda: [bool(lane.gone) for lane in timeline.story.lanes].count(True) == 2, timeout=_DEADLINE_MS
        )
        story = [told for told in scenes.told() if told.line.seen]
        new = next(name for name in _names(detail.timeline.story, "Pod") if name not in old)
        first = next(told.name for told in story if told.name in old and told.line.words == "deleted")
        _assert_order(
            story,
            ("Deployment", "web", "image nginx:1.26 → 1.27"),
            ("ReplicaSet", "", "created: revision 2, nginx:1.27"),
            ("Pod", "", "created"),
            ("Pod", "", "phase Pending → Running"),
            ("Pod", first, "deletionTimestamp set"),
            ("Pod", first, "deleted"),
            ("ReplicaSet", "", "spec.replicas 1 → 0"),
            ("Deployment", "web", "→ NewReplicaSetAvailable"),
        )
        _assert_order(
            story,
            ("Pod", new, "created"),
            ("Pod", new, "Scheduled: Successfully assigned"),
        )
        _assert_order(story, ("Deployment", "web", "ScalingReplicaSet: Scaled up replica set .* to 1"))
        ready = next(told.line for told in story if told.name == new and "phase Pending" in told.line.words)
        assert ready.tone == "ok"
        depths = [(lane.member.resource.kind, lane.depth) for lane in detail.timeline.story.lanes]
        pods = [("Pod", 2), ("Pod", 2)]
        assert depths == [("Deployment", 0), ("ReplicaSet", 1), *pods, ("ReplicaSet", 1), *pods]


def test_a_namespaces_deletion(plane_a: ControlPlane, qtbot: QtBot) -> None:
    name = "story-of-an-end"
    plane_a.kubectl("create", "namespace", name)
    plane_a.apply(_deployment(name, "nginx:1.26"))
    plane_a.kubectl("-n", name, "rollout", "status", "deployment/web", "--timeout=60s")
    with scenes_on(plane_a.kubeconfig(), qtbot) as scenes:
        scenes.show("namespaces", "", name)
        workload = scenes.show("deployments", name, "web")
        qtbot.waitUntil(lambda: len(workload.timeline.story.lanes) == 4, timeout=_DEADLINE_MS)
        plane_a.kubectl("delete", "namespace", name, "--wait=false")
        scenes.wait_for("Namespace", "^deleted$")
        scenes.wait_for("Deployment", "^deleted$")
        qtbot.waitUntil(
            lambda: all(lane.gone for lane in workload.timeline.story.lanes), timeout=_DEADLINE_MS
        )
        story = [told for told in scenes.told() if told.line.seen]
        _assert_order(
            story,
            ("Namespace", name, "deletionTimestamp set; phase Active → Terminating"),
            ("Pod", "", "deletionTimestamp set"),
            ("Pod", "", "^deleted$"),
            ("Namespace", name, "^deleted$"),
        )
        for kind, count in (("Deployment", 1), ("ReplicaSet", 1), ("Pod", 2)):
            assert len({told.name for told in _which(story, kind, "^deleted$")}) >= count, kind


def test_a_nodes_loss(qtbot: QtBot) -> None:
    with ControlPlane("loss", nodes=1, extra_controller_args=_LOST_SOON) as plane:
        plane.apply(_deployment("default", "nginx:1.26", replicas=1, tolerations=_LEAVES_AT_ONCE))
        plane.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
        with scenes_on(plane.kubeconfig(), qtbot) as scenes:
            scenes.show("nodes", "", "node-0")
            workload = scenes.show("deployments", "default", "web")
            qtbot.waitUntil(lambda: len(workload.timeline.story.lanes) == 3, timeout=_DEADLINE_MS)
            [lost] = _names(workload.timeline.story, "Pod")
            plane.stop_nodes()
            with _ready_node(plane, "spare"):
                scenes.wait_for("Node", "condition Ready True → Unknown")
                scenes.wait_for("Pod", "spec.nodeName set to spare")
                scenes.wait_for("Pod", "TaintManagerEviction: ")
            story = [told for told in scenes.told() if told.line.seen]
            _assert_order(
                story,
                ("Node", "node-0", r"condition Ready True → Unknown \(NodeStatusUnknown\)"),
                ("Pod", lost, "deletionTimestamp set"),
                ("Pod", "(?!" + lost + ")", "^created$"),
                ("Pod", "(?!" + lost + ")", "spec.nodeName set to spare"),
            )
            _assert_order(
                story,
                ("Node", "node-0", "condition Ready True → Unknown"),
                ("Pod", lost, "condition Ready True → False"),
            )
            _assert_order(story, ("Pod", lost, "TaintManagerEviction: "))
            node = next(told.line for told in story if told.kind == "Node" and "Unknown" in told.line.words)
            assert node.tone == "bad"
            states = [stretch.state.word for stretch in workload.timeline.story.lanes[0].stretches]
            assert "0/1 ready" in states, "the deployment was without a pod for a moment"


_LEAVES_AT_ONCE = [
    {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 1}
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
]


def _which(story: Sequence[Told], kind: str, words: str) -> list[Told]:
    return [told for told in story if told.kind == kind and re.search(words, told.line.words)]


def _assert_order(story: Sequence[Told], *wanted: tuple[str, str, str]) -> None:
    """Each of them (kind, the name or how it begins, words) comes after the one before it, with others in between."""
    rest = iter(story)
    for kind, name, words in wanted:
        found = any(
            told.kind == kind and re.match(name, told.name) and re.search(words, told.line.words)
            for told in rest
        )
        assert found, f"{kind} {name}: {words} is not where it belongs in\n{_text(story)}"


def _text(story: Sequence[Told]) -> str:
    return "\n".join(f"{told.line.at:.3f} {told.kind} {told.name}: {told.line.words}" for told in story)


def _names(story: Story, kind: str) -> list[str]:
    return [lane.member.name for lane in story.lanes if lane.member.resource.kind == kind]


def _deployment(namespace: str, image: str, *, replicas: int = 2, tolerations: Any = ()) -> dict[str, Any]:
    labels = {"app": "web"}
    pod = {"containers": [{"name": "web", "image": image}], "tolerations": list(tolerations)}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


@contextmanager
def _ready_node(plane: ControlPlane, name: str) -> Iterator[None]:
    """A node that goes on saying that it is ready, well within the time after which it would be lost as well."""
    over = threading.Event()

    def say(method: str, path: str) -> None:
        status, answer = plane.request(method, f"/api/v1/nodes{path}", _node(name))
        assert status in (200, 201), answer

    def go_on() -> None:
        while not over.wait(_NODE_SAYS_EVERY_S):
            say("PUT", f"/{name}/status")

    say("POST", "")
    with ThreadPoolExecutor(1) as pool:
        going_on = pool.submit(go_on)
        try:
            yield
        finally:
            over.set()
            going_on.result()


def _node(name: str) -> dict[str, Any]:
    """As its kubelet would tell it now."""
    capacity = {"cpu": "4", "memory": "8Gi", "pods": "110"}
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": now}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name},
        "status": {"conditions": [ready], "capacity": capacity, "allocatable": capacity},
    }
