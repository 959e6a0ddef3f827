"""What changed, in words, against decoding the same events: CPU of one thread for each event.

    python -m benchmarks.changes [--events 2000] [--repeats 5]

Pods of 8 KB change as pods do: most events are a status (a container crashes, a condition is seen again), some are
labels, some change nothing that a person reads. ``decode`` turns the watch's lines into rows of whole objects, as the
log of live events needs them anyway; ``objects`` decodes the same lines to Python objects; ``words`` says of every
event what changed. The window does that for lines that are looked at, and a thread for those that a filter asks for.
The last line is JSON.
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

_decode = msgspec.json.decode


def lines_of(count: int) -> list[bytes]:
    """Watch lines in pairs: a pod, and the same pod changed."""
    pods, lines = Pods(), []
    for number in range(count):
        line = pods.event("MODIFIED", number, number + 1, table=False)
        event = _decode(line)
        _change(event["object"], number)
        lines += [line, msgspec.json.encode(event) + b"\n"]
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


def measure(work: Callable[[], object], count: int, repeats: int) -> float:
    """Median CPU in microseconds for each of ``count``; the first run warms up."""
    costs = []
    for turn in range(repeats + 1):
        meter = Meter()
        work()
        if turn:
            costs.append(meter.stop().cpu / count * 1e6)
    return statistics.median(costs)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    lines = lines_of(options.events)
    newer = lines[1::2]
    projection = Projection(PODS, whole=True)
    rows: list[Row] = [row for _, row in projection.events(lines).events]
    pairs = list(zip(rows[::2], rows[1::2], strict=True))

    def words() -> int:
        return sum(len(in_words(changes_of(old.raw, new.raw, "Pod"), "Pod")) for old, new in pairs)

    figures = {
        "decode": measure(lambda: projection.events(newer), options.events, options.repeats),
        "objects": measure(lambda: [len(_decode(line)) for line in newer], options.events, options.repeats),
        "words": measure(words, options.events, options.repeats),
    }
    for name, cost in figures.items():
        print(f"{name:8} {cost:7.1f} µs of CPU an event")
    ratio = (figures["decode"] + figures["words"]) / figures["decode"]
    print(f"with words for every line: {ratio:.2f} times the CPU of decoding alone")
    report(
        {
            "events": options.events,
            "bytes": len(newer[0]),
            **{f"{name}_us": cost for name, cost in figures.items()},
            "words_of_decode": figures["words"] / figures["decode"],
            "words_of_objects": figures["words"] / figures["objects"],
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
