"""Watches: what is told, from where, in which form, and when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.demo.stage import TABLE, Stage, config_map

MAPS = "/api/v1/namespaces/default/configmaps"
MERGE = "application/merge-patch+json"


def play(scene: Callable[[Stage], Awaitable[None]], **options: Any) -> None:
    async def run() -> None:
        async with asyncio.timeout(20), Stage(**options) as stage:
            await scene(stage)

    asyncio.run(run())


def seen(events: list[Any]) -> list[tuple[str, str]]:
    return [(event["type"], event["object"]["metadata"]["name"]) for event in events]


async def version(stage: Stage) -> str:
    return str((await stage.get(MAPS))["metadata"]["resourceVersion"])


async def labelled(stage: Stage, name: str, value: str | None) -> None:
    await stage.call("PATCH", f"{MAPS}/{name}", {"metadata": {"labels": {"app": value}}}, MERGE)


def test_a_watch_resumes_after_its_version_and_misses_nothing() -> None:
    async def scene(stage: Stage) -> None:
        start = await version(stage)
        for number in range(3):
            await stage.call("POST", MAPS, config_map(f"m{number}"))
        events = await stage.watch(f"{MAPS}?watch=1&resourceVersion={start}", 3)
        assert seen(events) == [("ADDED", "m0"), ("ADDED", "m1"), ("ADDED", "m2")]
        middle = events[1]["object"]["metadata"]["resourceVersion"]
        watching = asyncio.create_task(stage.watch(f"{MAPS}?watch=1&resourceVersion={middle}", 3))
        await asyncio.sleep(0.05)
        await labelled(stage, "m0", "web")
        await stage.call("DELETE", f"{MAPS}/m1")
        assert seen(await watching) == [("ADDED", "m2"), ("MODIFIED", "m0"), ("DELETED", "m1")]

    play(scene)


def test_without_a_version_the_present_state_comes_first() -> None:
    async def scene(stage: Stage) -> None:
        events = await stage.watch("/api/v1/namespaces?watch=1", 3)
        assert {event["type"] for event in events} == {"ADDED"}
        assert events[0]["object"]["kind"] == "Namespace"

    play(scene)


def test_initial_events_end_with_a_marked_bookmark() -> None:
    async def scene(stage: Stage) -> None:
        count = len(stage.cluster["namespaces"].records)
        path = "/api/v1/namespaces?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
        events = await stage.watch(f"{path}&allowWatchBookmarks=true", count + 1)
        assert [event["type"] for event in events] == ["ADDED"] * count + ["BOOKMARK"]
        annotations = events[-1]["object"]["metadata"]["annotations"]
        assert annotations == {"k8s.io/initial-events-end": "true"}

    play(scene)


def test_what_enters_or_leaves_a_selection_is_added_or_deleted() -> None:
    async def scene(stage: Stage) -> None:
        start = await version(stage)
        await stage.call("POST", MAPS, config_map("m"))
        await labelled(stage, "m", "web")
        await stage.call("PATCH", f"{MAPS}/m", {"data": {"a": "1"}}, MERGE)
        await labelled(stage, "m", None)
        await stage.call("DELETE", f"{MAPS}/m")
        path = f"{MAPS}?watch=1&labelSelector=app=web&resourceVersion={start}&timeoutSeconds=1"
        events = await stage.watch(path, 9)
        assert seen(events) == [("ADDED", "m"), ("MODIFIED", "m"), ("DELETED", "m")]
        last = events[-1]["object"]["metadata"]
        assert last["labels"] == {"app": "web"}
        assert int(last["resourceVersion"]) > int(events[1]["object"]["metadata"]["resourceVersion"])

    play(scene)


def test_one_namespace_hears_nothing_of_the_others() -> None:
    async def scene(stage: Stage) -> None:
        start = await version(stage)
        await stage.call("POST", "/api/v1/namespaces/shop/configmaps", config_map("there"))
        await stage.call("POST", MAPS, config_map("here"))
        assert seen(await stage.watch(f"{MAPS}?watch=1&resourceVersion={start}", 1)) == [("ADDED", "here")]

    play(scene)


def test_an_old_version_is_gone_within_the_stream() -> None:
    async def scene(stage: Stage) -> None:
        start = await version(stage)
        for number in range(12):
            await stage.call("POST", MAPS, config_map(f"m{number}"))
        await asyncio.sleep(0.05)
        events = await stage.watch(f"{MAPS}?watch=1&resourceVersion={start}", 9)
        assert [event["type"] for event in events] == ["ERROR"]
        status = events[0]["object"]
        assert (status["kind"], status["code"], status["reason"]) == ("Status", 410, "Expired")

    play(scene, history=5)


def test_bookmarks_carry_the_newest_version_of_the_cluster() -> None:
    async def scene(stage: Stage) -> None:
        start = await version(stage)
        stage.cluster["pods"].remove(next(iter(stage.cluster["pods"].records)))
        path = f"{MAPS}?watch=1&resourceVersion={start}&timeoutSeconds=1"
        assert await stage.watch(path, 1) == []
        events = await stage.watch(f"{path}&allowWatchBookmarks=true", 2)
        assert [event["type"] for event in events] == ["BOOKMARK", "BOOKMARK"]
        marked = events[0]["object"]
        assert (marked["kind"], marked["metadata"]["resourceVersion"]) == ("ConfigMap", str(int(start) + 1))

    play(scene, bookmark_s=0.1)


def test_only_the_first_table_of_a_watch_defines_its_columns() -> None:
    async def scene(stage: Stage) -> None:
        start = await version(stage)
        for name in ("one", "two"):
            await stage.call("POST", MAPS, config_map(name))
        path = f"{MAPS}?watch=1&resourceVersion={start}&allowWatchBookmarks=true"
        one, two, bookmark = await stage.watch(path, 3, TABLE)
        assert [column["name"] for column in one["object"]["columnDefinitions"]] == ["Name", "Data", "Age"]
        assert two["object"]["columnDefinitions"] is None
        assert two["object"]["rows"][0]["cells"][:2] == ["two", 0]
        assert two["object"]["rows"][0]["object"]["metadata"]["name"] == "two"
        row = bookmark["object"]["rows"][0]
        assert (bookmark["type"], row["cells"]) == ("BOOKMARK", ["", "", ""])
        assert row["object"]["metadata"]["resourceVersion"] == str(stage.cluster.versions.current)

    play(scene, bookmark_s=0.1)


def test_watches_of_different_forms_do_not_mix_up_their_bytes() -> None:
    async def scene(stage: Stage) -> None:
        start = await version(stage)
        path = f"{MAPS}?watch=1&resourceVersion={start}"
        forms = ("application/json", TABLE, "application/json", TABLE)
        watches = [asyncio.create_task(stage.watch(path, 30, form)) for form in forms]
        await asyncio.sleep(0.1)
        for number in range(30):
            stage.cluster["configmaps"].put(
                {"metadata": stage.cluster.metadata(f"m{number}", "default"), "data": {}}
            )
            if number % 10 == 9:
                await asyncio.sleep(0.03)
        plain, table, plain_too, table_too = await asyncio.gather(*watches)
        wanted = [f"m{number}" for number in range(30)]
        assert [event["object"]["metadata"]["name"] for event in plain] == wanted
        assert [event["object"]["rows"][0]["cells"][0] for event in table] == wanted
        assert plain == plain_too
        assert [event["object"]["rows"] for event in table] == [
            event["object"]["rows"] for event in table_too
        ]

    play(scene)


def test_a_watch_that_is_left_is_forgotten() -> None:
    async def scene(stage: Stage) -> None:
        collection = stage.cluster["configmaps"]
        start = await version(stage)
        watching = asyncio.create_task(stage.watch(f"{MAPS}?watch=1&resourceVersion={start}", 1))
        while not collection.watched:
            await asyncio.sleep(0.01)
        watching.cancel()
        while collection.watched:
            await asyncio.sleep(0.01)

    play(scene)
