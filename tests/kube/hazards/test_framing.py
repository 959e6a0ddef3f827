"""Bytes come in any shape: every event is read, nothing half is applied, and nonsense is survived."""

from __future__ import annotations

import json

import pytest

from kdesk.kube.engine.subscription import WatchState
from tests.fakes.faults import Action, Answer, Break, Fault, Lines, Shape, error_line, event_line
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching
from tests.kube.hazards.watcher import Watcher


def odd(pods: Watcher) -> tuple[int, str]:
    """How much was left out, and the last of it in words."""
    report = pods.informer.report()
    return report.odd, report.last_odd


def pod(name: str, version: int, **fields: object) -> dict[str, object]:
    meta = {"name": name, "namespace": "default", "uid": f"u-{name}", "resourceVersion": str(version)}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": meta, **fields}


@pytest.mark.parametrize("tables", [True, False], ids=["table", "plain"])
@pytest.mark.parametrize("sizes", [(1,), (2, 3), (7, 1, 64), (4096,)])
def test_chunks_of_any_size(server: ApiServer, watch: Watching, sizes: tuple[int, ...], tables: bool) -> None:
    """Characters of several bytes are split in the middle."""
    server.switches.tables = tables
    server.script(Fault("* pods", Shape(sizes=sizes), times=2))
    server.cluster.create("pods", "first", status={"phase": "Läuft 🚀"})
    pods = watch(whole=not tables)
    pods.until_live()
    server.cluster.create("pods", "später", status={"phase": "Läuft 🚀"})
    pods.until_names("first", "später")
    assert pods.requests == ["list", "watch"]
    assert odd(pods) == (0, "")
    for row in pods.rows.values():
        told = json.loads(row.raw)["status"]["phase"] if row.raw else row.cells[2]
        assert told == "Läuft 🚀"


def test_an_object_of_several_mebibytes(server: ApiServer, watch: Watching) -> None:
    maps = watch("configmaps", whole=True)
    maps.until_live()
    server.cluster.create("configmaps", "big", data={"x": "ü" * (2 << 20)})
    server.cluster.create("configmaps", "after")
    maps.until_names("big", "after")
    assert len(json.loads(maps.rows["big"].raw)["data"]["x"]) == 2 << 20
    assert maps.requests == ["list", "watch"]


@pytest.mark.parametrize("action", [Shape(chunked=False), Shape(sizes=(50,), pause_s=0.001)], ids=str)
def test_streams_that_are_not_chunked_or_slow(server: ApiServer, watch: Watching, action: Shape) -> None:
    server.script(Fault("watch pods", action))
    pods = watch()
    pods.until_live()
    server.cluster.create_many("pods", 5)
    pods.until(lambda: len(pods.names) == 5)
    assert pods.requests == ["list", "watch"]


def test_twenty_thousand_lines_in_one_chunk(server: ApiServer, watch: Watching) -> None:
    lines = tuple(event_line("ADDED", pod(f"p{n}", 200 + n)) for n in range(20_000))
    server.script(Fault("watch pods", Lines(lines, joined=True)))
    server.cluster.version = 20_200
    pods = watch()
    pods.until(lambda: len(pods.names) == 20_000)
    assert pods.informer.report().resource_version == "20199"
    assert [name for _, name in pods.told] == [f"p{n}" for n in range(20_000)]


NO_EVENT = "a line that is no event"
NO_TYPE = "an event without a type"
NO_OBJECT = "an event whose object has no name or cannot be read"

#: What comes, and what is said of it.
NONSENSE = {
    "blank": (b"\n\r\n  \n", "a blank line"),
    "garbage": (b"not json\n", NO_EVENT),
    "half": (b'{"type":"ADDED","object":\n', NO_EVENT),
    "empty-object": (b"{}\n", NO_TYPE),
    "array": (b"[1,2]\n", NO_EVENT),
    "null": (b"null\n", NO_EVENT),
    "unknown-type": (event_line("SYNC", pod("never", 150)), "an event of type 'SYNC'"),
    "no-type": (b'{"object":{"metadata":{"name":"never","resourceVersion":"150"}}}\n', NO_TYPE),
    "null-object": (event_line("ADDED", None), NO_OBJECT),
    "text-object": (event_line("ADDED", "never"), ""),
    "odd-object": (event_line("ADDED", {"metadata": {"name": ["never"]}}), NO_OBJECT),
    "null-metadata": (event_line("ADDED", {"metadata": None}), NO_OBJECT),
    "empty-metadata": (event_line("MODIFIED", {"metadata": {}}), NO_OBJECT),
    "delete-of-nothing": (event_line("DELETED", pod("never", 150)), ""),
    "table-without-rows": (event_line("ADDED", {"kind": "Table", "rows": []}), NO_OBJECT),
    "table-null-rows": (event_line("ADDED", {"kind": "Table", "rows": None}), NO_OBJECT),
    "odd-bytes": (b'{"type":"ADDED","object":{"metadata":{"name":"\xff\xfe"}}}\n', NO_EVENT),
}


@pytest.mark.parametrize("whole", [False, True], ids=["table", "whole"])
@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense_between_events(server: ApiServer, watch: Watching, nonsense: str, whole: bool) -> None:
    line, words = NONSENSE[nonsense]
    lines = (event_line("ADDED", pod("before", 149)), line, event_line("ADDED", pod("after", 151)))
    server.script(Fault("watch pods", Lines(lines)))
    pods = watch(whole=whole)
    pods.until_names("before", "after")
    assert pods.told == [("ADDED", "before"), ("ADDED", "after")]
    assert pods.requests == ["list", "watch"], "the stream went on"
    assert pods.informer.report().resource_version == "151"
    count, said = odd(pods)
    assert count == (0 if nonsense == "delete-of-nothing" else line.count(b"\n"))
    assert said == words or nonsense == "text-object"  # either will do


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("code", [None, 0, 500])
def test_an_error_in_the_stream(server: ApiServer, watch: Watching, code: int | None) -> None:
    server.script(Fault("watch pods", Lines((error_line(code, "", "etcd is away"),))))
    server.cluster.create("pods", "a")
    pods = watch()
    pods.until(lambda: pods.requests == ["list", "watch", "watch"])
    pods.until_live()
    assert pods.watched_from() == ["101", "101"]
    assert any(h.status is not None and h.status.error == "etcd is away" for h in pods.seen)
    assert odd(pods) == ((0, "") if code else (1, "an error without a code"))


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("then", ["close", "reset"])
@pytest.mark.parametrize("chunked", [True, False])
def test_a_truncated_line_is_not_applied(
    server: ApiServer, watch: Watching, then: str, chunked: bool
) -> None:
    """Not even where what came is JSON as it is: the line has no end."""
    server.cluster.create("pods", "a")
    late = server.cluster.version + 1
    whole = event_line("ADDED", pod("b", late)).rstrip(b"\n")
    server.script(Fault("watch pods", Lines((whole,), then=then)))  # type: ignore[arg-type]
    pods = watch()
    pods.until(lambda: len(pods.watched_from()) == 2)
    assert pods.watched_from() == ["101", "101"], "the version did not move on"
    assert pods.names == {"a"}
    assert odd(pods) == (1, "a watch that broke off within an event, which is left out")
    server.cluster.create("pods", "b")
    pods.until_names("a", "b")
    assert pods.told == [("ADDED", "a"), ("ADDED", "b")]


@pytest.mark.usefixtures("hurried")
def test_cut_after_any_number_of_bytes(server: ApiServer, watch: Watching) -> None:
    """Twenty watches in a row break off somewhere: each object is told once, in order."""
    for number in range(20):
        server.script(
            Fault("watch pods", Break("reset" if number % 2 else "close", "body", 61 * (number + 1)))
        )
    pods = watch()
    pods.until_state(WatchState.LIVE)
    for number in range(20):
        server.cluster.create("pods", f"p{number:02d}")
    pods.until(lambda: len(pods.names) == 20)
    assert pods.told == [("ADDED", f"p{number:02d}") for number in range(20)]
    assert pods.requests.count("list") == 1


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(200, b'{"kind":"PodList","metadata":{"resourceVersion":"5"},"items":[]}'), "broke off"),
        (Answer(200, b"<html>log in</html>", "text/html"), "a web page"),
        (Answer(200, b"<html>log in</html>"), "broke off"),
        (Answer(200, b""), ""),
        (Answer(302, b"", headers=(("Location", "https://login.example.com/"),)), "redirects elsewhere"),
    ],
    ids=["a-list", "html", "html-called-json", "empty", "redirect"],
)
def test_an_answer_that_is_no_stream(server: ApiServer, watch: Watching, answer: Action, words: str) -> None:
    """It has a length, and the connection stays open: waiting for more would be for ever."""
    server.script(Fault("watch pods", answer))
    pods = watch()
    pods.until(lambda: pods.requests == ["list", "watch", "watch"])
    server.cluster.create("pods", "a")
    pods.until_names("a")
    assert pods.watched_from() == ["100", "100"]
    count, said = odd(pods)
    assert count == bool(words)
    assert words in said
