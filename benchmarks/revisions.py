"""What the past costs: bytes in memory and on disk against JSON, and CPU for each revision.

    python -m benchmarks.revisions [--revisions 200] [--objects 20]

``rollout``: a deployment's objects as a rollout changes them (counters, conditions, moments, an image now and then);
``node``: nodes whose kubelets say that they are alive (a moment in each condition). Each object has so many revisions.
Memory is what the interpreter really holds (tracemalloc), the newest JSON of each object included; disk is the file
after the last write. The last line is JSON.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.measuring import Meter, report
from benchmarks.pods import Pods
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.history.archive import Archive, Limits, Observed
from kdesk.kube.history.book import RevisionBook
from kdesk.kube.table.rows import Change, Row, row_key

DEPLOYMENTS = Resource(GVR("apps", "v1", "deployments"), "Deployment", True)
NODES = Resource(GVR("", "v1", "nodes"), "Node", False)
_TURN = 50  # so many revisions between two writes to disk

_POD = Pods().item(1, 1, table=False)

Make = Callable[[int, int], dict[str, Any]]


def deployment(number: int, revision: int) -> dict[str, Any]:
    """As a rollout of it goes on: 10 revisions for each image."""
    pod = msgspec.json.decode(_POD)
    turn, step = divmod(revision, 10)
    pod["spec"]["containers"][0]["image"] = f"registry.local/shop/service-{number}:1.27.{turn}"
    template = {"metadata": {"labels": pod["metadata"]["labels"]}, "spec": pod["spec"]}
    moment = f"2026-02-03T{revision // 60 % 24:02}:{revision % 60:02}:05Z"
    message = f'ReplicaSet "service-{number}-{turn:010x}" is progressing.'
    conditions = [
        {
            "type": "Available",
            "status": "True",
            "lastUpdateTime": "2026-02-03T00:00:00Z",
            "reason": "MinimumReplicas",
        },
        {"type": "Progressing", "status": "True", "lastUpdateTime": moment, "message": message},
    ]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(f"service-{number}", "shop", number, revision) | {"generation": turn + 1},
        "spec": {
            "replicas": 10,
            "selector": {"matchLabels": template["metadata"]["labels"]},
            "template": template,
        },
        "status": {
            "observedGeneration": turn + 1,
            "replicas": 10 + step % 3,
            "updatedReplicas": step,
            "readyReplicas": 10 - step % 2,
            "unavailableReplicas": step % 2,
            "conditions": conditions,
        },
    }


def node(number: int, revision: int) -> dict[str, Any]:
    """A heartbeat: the same moment in every condition."""
    moment = f"2026-02-{3 + revision // 1440:02}T{revision // 60 % 24:02}:{revision % 60:02}:11Z"
    kinds = ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")
    conditions = [
        {
            "type": kind,
            "status": "True" if kind == "Ready" else "False",
            "lastHeartbeatTime": moment,
            "lastTransitionTime": "2026-01-03T04:05:06Z",
            "reason": f"KubeletHas{kind}",
            "message": f"kubelet says of {kind} what it says every time",
        }
        for kind in kinds
    ]
    images = [
        {
            "names": [
                f"registry.local/shop/image-{n}@sha256:{n * 7919:064x}",
                f"registry.local/shop/image-{n}:1.{n}",
            ],
            "sizeBytes": 10_000_000 + n * 7_777,
        }
        for n in range(number, number + 30)
    ]
    amounts = {"cpu": "16", "memory": "65536Mi", "pods": "110", "ephemeral-storage": "203056560Ki"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": _metadata(f"node-{number}", "", number, revision),
        "spec": {"podCIDR": f"10.{number}.0.0/24", "providerID": f"aws:///eu-central-1/i-{number:017x}"},
        "status": {"capacity": amounts, "allocatable": amounts, "conditions": conditions, "images": images},
    }


def _metadata(name: str, namespace: str, number: int, revision: int) -> dict[str, Any]:
    return {
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        "uid": f"1b4e28ba-2fa1-11d2-883f-{number:012x}",
        "resourceVersion": str(90_000_000 + revision * 1_000 + number),
        "creationTimestamp": "2026-01-03T04:05:06Z",
        "labels": {f"example.com/label-{n}": f"value-{n}" for n in range(6)},
    }


def rows_of(make: Make, objects: int, revisions: int) -> list[list[Row]]:
    """By revision, then by object: as they come in time."""
    rows = []
    for revision in range(revisions):
        turn = []
        for number in range(objects):
            obj = make(number, revision)
            metadata = obj["metadata"]
            key = row_key(metadata.get("namespace", ""), metadata["name"])
            cells = (metadata["name"], "kube-controller-manager", "status")
            raw = msgspec.json.encode(obj)
            turn.append(Row(key, metadata["uid"], metadata["resourceVersion"], 1_767_413_106, cells, raw=raw))
        rows.append(turn)
    return rows


def changes_of(rows: list[list[Row]]) -> list[list[Change]]:
    found = [[Change("ADDED", row, None, initial=True) for row in rows[0]]]
    for old, new in itertools.pairwise(rows):
        found.append([Change("MODIFIED", row, before) for row, before in zip(new, old, strict=True)])
    return found


def in_memory(resource: Resource, make: Make, objects: int, revisions: int) -> tuple[float, float, int]:
    """Bytes held, CPU seconds (both of all revisions), and bytes of JSON."""
    changes = changes_of(rows_of(make, objects, revisions))
    size = sum(len(change.row.raw) for turn in changes for change in turn)
    book = RevisionBook("benchmark")
    feed = book.feed(resource)
    meter = Meter()
    for turn in changes:
        feed.put(turn)
    book.wait_idle(120)
    cpu = meter.stop().cpu
    close(book)
    # Once more for the memory: being traced costs time.
    tracemalloc.start()
    book = RevisionBook("benchmark")
    feed = book.feed(resource)
    before = tracemalloc.get_traced_memory()[0]
    rows = rows_of(make, objects, revisions)
    changes = changes_of(rows)
    for turn in changes:
        feed.put(turn)
    book.wait_idle(120)
    newest = rows[-1]
    del rows, changes, turn
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert book.document(newest[0].uid, book.revisions(newest[0].uid)[0].number)
    close(book)
    return held, cpu, size


def close(book: RevisionBook) -> None:
    book.stop()
    book.join(10)


def on_disk(resource: Resource, make: Make, objects: int, revisions: int) -> tuple[int, float]:
    """Bytes of the file, and CPU seconds."""
    changes = changes_of(rows_of(make, objects, revisions))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "benchmark.sqlite"
        archive = Archive(path, b"k" * 32, Limits())
        meter = Meter()
        for start in range(0, len(changes), _TURN):
            archive.write(
                [
                    Observed(1_000.0 + at, resource, turn)
                    for at, turn in enumerate(changes[start : start + _TURN], start)
                ]
            )
        cpu = meter.stop().cpu
        archive.close()
        return path.stat().st_size, cpu


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--revisions", type=int, default=200, help="of each object")
    parser.add_argument("--objects", type=int, default=20)
    options = parser.parse_args(arguments)
    figures: dict[str, float | int | str] = {"revisions": options.revisions, "objects": options.objects}
    count = options.revisions * options.objects
    for name, resource, make in (("rollout", DEPLOYMENTS, deployment), ("node", NODES, node)):
        held, cpu, size = in_memory(resource, make, options.objects, options.revisions)
        file, disk_cpu = on_disk(resource, make, options.objects, options.revisions)
        print(
            f"{name:8} {size / count:6.0f} bytes of JSON a revision:"
            f" {held / count:5.0f} in memory (1/{size / held:.0f}, {cpu / count * 1e6:.0f} µs of CPU),"
            f" {file / count:5.0f} on disk (1/{size / file:.0f}, {disk_cpu / count * 1e6:.0f} µs)"
        )
        figures |= {
            f"{name}_json": size / count,
            f"{name}_memory_of_json": held / size,
            f"{name}_disk_of_json": file / size,
            f"{name}_memory_cpu_us": cpu / count * 1e6,
            f"{name}_disk_cpu_us": disk_cpu / count * 1e6,
        }
    report(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
