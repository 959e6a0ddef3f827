"""All benchmarks, one after the other: ``python -m benchmarks [NAME ...]``; ``make bench``.

Options go to the one that is named: ``python -m benchmarks window --part idle``.

Each runs in a process of its own with its own defaults, prints its figures, and ends with a line of JSON; the table at
the end is made of those lines. A benchmark that fails is named, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence

_NAMES = (
    "watch_throughput",
    "list_speed",
    "memory_per_object",
    "switching",
    "table_model",
    "link_return",
    "changes",
    "events",
    "revisions",
    "playback",
    "window",
    "plane",
)
#: What the documents claim: benchmark, figure, what it is, and the target.
_CLAIMS = (
    ("watch_throughput", "plain_table_times_package", "watch: times SharedInformer's throughput", ">= 40"),
    ("watch_throughput", "tls_table_times_package", "the same over TLS", ">= 40"),
    ("watch_throughput", "plain_table_cpu_of_decode", "watch: CPU, times drain and typed decode", "<= 2"),
    ("watch_throughput", "tls_table_cpu_of_decode", "the same over TLS", "<= 2"),
    ("watch_throughput", "plain_whole_times_package", "the same of whole objects", ">= 40"),
    ("watch_throughput", "tls_whole_times_package", "whole objects over TLS", ">= 40"),
    ("watch_throughput", "plain_whole_cpu_of_decode", "whole objects: CPU, times drain and decode", "<= 2"),
    ("watch_throughput", "tls_whole_cpu_of_decode", "whole objects over TLS: the same", "<= 2"),
    ("changes", "cpu_of_decode", "every event in words: CPU, times decoding alone", "<= 1.5"),
    ("events", "keystroke_ms", "a million live events: the worst keystroke, ms", "<= 100"),
    ("events", "bytes_per_line", "bytes of a line besides its objects", "<= 400"),
    ("events", "late_p99_ms", "2,000 whole events a second: lateness p99, ms", "<= 16"),
    ("events", "lost", "2,000 whole events a second: lost, or without words", "<= 0"),
    ("list_speed", "real_tls_ratio", "list of 100,000: times the drain, real server's pace", "<= 1.5"),
    ("list_speed", "times_package", "list: times as fast as the package's models", ""),
    ("memory_per_object", "kdesk_bytes_per_pod", "bytes kept for a pod's row", "<= 900"),
    ("memory_per_object", "kdesk_returned", "part of the memory returned within 2 s", ">= 0.95"),
    ("switching", "switch_p99_ms", "switch: p99 on the caller's thread, ms", "<= 16"),
    ("switching", "memory_ratio", "switch: memory of the last cycle to the first", "<= 1.05"),
    ("switching", "old_events", "switch: events of an old epoch", "<= 0"),
    ("link_return", "worst_s", "seconds from a dead link's return to all fresh", "<= 5"),
    ("table_model", "sort_name_ratio", "sorting by name: times as fast as Qt's proxy", ""),
    ("table_model", "filter_next_key_ratio", "filtering: times as fast as Qt's proxy", ""),
    ("window", "start_ratio", "cold start: times an empty Qt window", "<= 1.5"),
    ("window", "changes_400_core", "400 changes a second: CPU, % of a core", "<= 15"),
    ("window", "tables_core", "50 tables, 10 clusters, 1,000 changes/s: CPU, %", "<= 30"),
    ("window", "list_late_p99_ms", "100,000 rows come in: lateness p99, ms", "<= 16"),
    ("window", "busy_late_p99_ms", "100,000 live-sorted rows: lateness p99, ms", "<= 16"),
    ("window", "busy_late_max_ms", "the same: the most, ms", "<= 100"),
    ("window", "sort_late_max_ms", "sorted by another column: the most, ms", "<= 100"),
    ("window", "type_late_max_ms", "a filter is typed: the most, ms", "<= 100"),
    ("window", "memory_50k_mb", "the whole window, 50,000 rows: MB", "<= 250"),
    ("window", "memory_200k_mb", "the whole window, 200,000 rows: MB", "<= 400"),
    ("window", "memory_50k_kept", "not back 3 s after closing: % of 50,000 rows", "<= 10"),
    ("window", "growth_cost_ratio", "a change in 500,000 rows, times one in 10,000", "<= 2"),
    ("plane", "window_first_pages", "50,000 real pods: first rows, in page times", "<= 2"),
    ("plane", "window_times_drain", "all rows, times the drain", "<= 1.3"),
    ("plane", "window_far_times_drain_far", "the same 50 ms away", "<= 1.3"),
    ("plane", "window_idle", "nothing happens: CPU, part of a core", "<= 0.02"),
    ("plane", "window_returned", "part of the memory back 3 s after closing", ">= 0.9"),
    ("plane", "window_peak_mb", "the whole window, at most: MB", "<= 250"),
    ("plane", "kubectl_get_times_drain", "kubectl get: times the drain", ""),
    ("plane", "client-go_informer_times_drain", "client-go informer: times the drain", ""),
    ("plane", "k9s_times_drain", "k9s: times the drain", ""),
    ("playback", "back_ms", "20,000 rows back by 100,000 changes: ms", "<= 200"),
    ("playback", "play_late_p99_ms", "the past played at 100x: lateness p99, ms", "<= 16"),
    ("playback", "bytes_per_change", "memory of the past: bytes a change", ""),
    ("revisions", "rollout_memory_of_json", "revisions of a rollout: memory, part of their JSON", "<= 0.1"),
    ("revisions", "node_memory_of_json", "the same of node heartbeats", "<= 0.1"),
    ("revisions", "rollout_disk_of_json", "revisions of a rollout: disk, part of their JSON", "<= 0.05"),
    ("revisions", "node_disk_of_json", "the same of node heartbeats", "<= 0.05"),
)


def run(name: str, options: Sequence[str] = ()) -> dict[str, float] | None:
    """Run one, let its lines through, and give its figures; None when it failed."""
    print(f"== {name}", flush=True)
    started, last = time.monotonic(), ""
    with subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{name}", *options], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            last = line
            if not line.startswith("{"):
                print(line, end="", flush=True)
    print(f"   ({time.monotonic() - started:.0f} s)\n", flush=True)
    if not last.startswith("{"):
        return None
    figures: dict[str, float] = json.loads(last)
    return figures | {"failed": process.returncode}


def met(value: float, target: str) -> str:
    sign, _, bound = target.partition(" ")
    if not bound:
        return ""
    good = value >= float(bound) if sign == ">=" else value <= float(bound)
    return "met" if good else "MISSED"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        "benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(_NAMES)} (default: all)")
    given, options = parser.parse_known_args(arguments)
    names = given.names or list(_NAMES)
    if options and len(names) > 1:
        parser.error(f"{' '.join(options)}: of one benchmark, to be named")
    if unknown := set(names) - set(_NAMES):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    found = {name: run(name, options) for name in names}
    print("== summary")
    for benchmark, figure, words, target in _CLAIMS:
        value = (found.get(benchmark) or {}).get(figure)
        if value is not None:
            print(f"{words:56} {value:10.2f}  {target:7} {met(value, target)}")
    failed = [name for name, figures in found.items() if figures is None or figures["failed"]]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    print(json.dumps(found))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
