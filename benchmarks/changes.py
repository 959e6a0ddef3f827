"""What changed, in words, against decoding the same events: CPU of one thread for an event.

    python -m benchmarks.changes [--events 2000] [--repeats 9]

Pods of 7 KB change as pods do: most events are a status (a container crashes, a condition is seen again), some are
labels, some change nothing that a person reads. ``objects``, the yardstick, decodes the watch's lines to Python objects
(msgspec, the fastest there is). ``rows`` is what is done with every line of a watch of whole objects; ``changes`` and
``words`` find what is different from the state before, and say it; ``told`` is both together with the paths that a
filter looks for, as a thread does it for every line of live events. They run in turns; the last line is JSON.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable
from typing import Any

import msgspec

from benchmarks.measuring import PODS, Meter, report
from benchmarks.pods import Pods
from kdesk.kube.diff.changes import changes_of
from kdesk.kube.diff.words import in_words
from kdesk.kube.table.projection import Projection
from kdesk.kube.table.rows import Row
from kdesk.viewmodel.events.lines import told_between

_decode = msgspec.json.Decoder().decode
_BATCH = 8  # events that a busy watch hands over at once
_TARGET = 1.5


def lines_of(count: int) -> list[bytes]:
    """Watch lines in pairs: a pod, and the same pod changed."""
    pods, lines = Pods(), []
    for number in range(count):
        line = pods.event("MODIFIED", number, number + 1, table=False).rstrip()
        event = _decode(line)
        _change(event["object"], number)
        lines += [line, msgspec.json.encode(event)]
    return lines


def _change(pod: dict[str, Any], number: int) -> None:
    """One of the four things that happen to a pod, in the proportion in which they do."""
    status, [container] = pod["status"], pod["status"]["containerStatuses"]
    ready = next(one for one in status["conditions"] if one["type"] == "Ready")
    pod["metadata"]["resourceVersion"] = "99999999"
    match number % 10:
        case 0:
            return
        case 1:
            pod["metadata"]["labels"]["tier"] = "web"
        case 2 | 3 | 4:
            ready |= {
                "status": "False",
                "reason": "ContainersNotReady",
                "lastTransitionTime": "2026-02-03T04:05:06Z",
            }
            container |= {"ready": False, "restartCount": 7}
            container["state"] = {"waiting": {"reason": "CrashLoopBackOff"}}
        case _:
            ready |= {"lastTransitionTime": "2026-02-03T04:05:06Z"}
            container["restartCount"] = container["restartCount"] + 1


def measure(contenders: dict[str, Callable[[], object]], count: int, repeats: int) -> dict[str, float]:
    """Median CPU in microseconds for each of ``count``; the first turn warms up."""
    costs: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(repeats + 1):
        for name, run in contenders.items():
            meter = Meter()
            run()
            if turn:
                costs[name].append(meter.stop().cpu / count * 1e6)
    return {name: statistics.median(found) for name, found in costs.items()}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args(arguments)
    lines = lines_of(options.events)
    newer = lines[1::2]
    projection = Projection(PODS, whole=True)
    rows: list[Row] = [row for _, row in projection.events(lines).events]
    pairs = list(zip(rows[::2], rows[1::2], strict=True))
    found = [changes_of(old.raw, new.raw, "Pod") for old, new in pairs]

    def objects() -> None:
        for line in newer:
            _decode(line)

    def as_rows() -> None:
        for at in range(0, len(newer), _BATCH):
            projection.events(newer[at : at + _BATCH])

    def differences() -> None:
        for old, new in pairs:
            changes_of(old.raw, new.raw, "Pod")

    def words() -> None:
        for one in found:
            in_words(one, "Pod")

    def told() -> None:
        for old, new in pairs:
            told_between("Pod", old.raw, new.raw)

    contenders: dict[str, Callable[[], object]] = {"objects": objects, "rows": as_rows}
    contenders |= {"changes": differences, "words": words, "told": told}
    figures = measure(contenders, options.events, options.repeats)
    for name, cost in figures.items():
        print(f"{name:8} {cost:7.1f} µs of CPU an event")
    of_decode = (figures["rows"] + figures["told"]) / figures["objects"]
    print(f"a row and words for every line: {of_decode:.2f} times decoding alone (target: at most {_TARGET})")
    report(
        {
            "events": options.events,
            "bytes": len(newer[0]),
            **{f"{name}_us": cost for name, cost in figures.items()},
            "cpu_of_decode": of_decode,
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
