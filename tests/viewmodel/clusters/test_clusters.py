"""Opening, switching, closing, and files that change: what the window makes of its contexts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication

from kdesk.kube.engine.fleet import FleetChange
from kdesk.kube.engine.session import SessionState
from kdesk.kube.errors import ConnectionLost, CredentialError, KubeconfigError, KubeError
from kdesk.viewmodel.clusters import opener
from kdesk.viewmodel.clusters.opener import ContextError
from kdesk.viewmodel.tasks import Superseded
from tests.viewmodel.doubles import FakeSession
from tests.viewmodel.stages import Stage, until


@pytest.fixture
def stage(qapp: QCoreApplication) -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.tasks.cancel()
    stage.clusters.shut_down()
    assert stage.tasks.wait_closed(5)


def test_nothing_connects_before_it_is_opened(stage: Stage) -> None:
    async def work() -> None:
        assert [c.name for c in stage.clusters.contexts] == ["a", "b", "c", "bad"]
        assert stage.clusters.current == "a"

    stage.run(work)
    assert stage.fleet.made == []


def test_opening_waits_until_discovered_and_makes_it_active(stage: Stage) -> None:
    async def work() -> None:
        session = await stage.clusters.open("b")
        assert session.catalogue is not None

    stage.run(work)
    assert stage.clusters.active == "b"
    assert stage.clusters.is_open("b")
    assert stage.clusters.state("b").name == "OPEN"
    assert stage.told == ["opened b"]


def test_several_are_open_at_once_and_a_hanging_one_holds_up_nobody(stage: Stage) -> None:
    def prepare(session: FakeSession) -> None:
        if session.name == "a":
            session.gate.clear()

    stage.prepare = prepare

    async def work() -> None:
        hanging = asyncio.ensure_future(stage.clusters.open("a"))
        await until(lambda: stage.clusters.sessions.get("a"))
        await stage.clusters.open("b")
        await stage.clusters.open("c")
        assert stage.clusters.state("a").name == "OPENING"
        stage.fleet.made[0].gate.set()
        await hanging

    stage.run(work)
    assert set(stage.clusters.sessions) == {"a", "b", "c"}
    assert stage.fleet.epoch == 0


def test_opening_twice_at_once_asks_the_cluster_once(stage: Stage) -> None:
    async def work() -> None:
        await asyncio.gather(stage.clusters.open("a"), stage.clusters.open("a"))
        await stage.clusters.open("a")

    stage.run(work)
    assert [session.opened for session in stage.fleet.made] == [1]


def test_a_session_whose_credential_was_renewed_is_opened_again(stage: Stage) -> None:
    """Its token file was rewritten after the refusal: nobody has to ask for it."""

    async def work() -> None:
        await stage.clusters.open("b")
        session = stage.fleet.made[0]
        session.catalogue, session.state = None, SessionState.IDLE
        stage.fleet.on_change(FleetChange("session", name="b"))
        await until(lambda: session.opened == 2)

    stage.run(work)
    assert stage.told == ["opened b", "opened b"]
    assert stage.clusters.active == "b"


@pytest.mark.parametrize(("name", "error"), [("bad", "no CA"), ("nope", "nope")])
def test_what_cannot_be_opened_says_why(stage: Stage, name: str, error: str) -> None:
    async def work() -> None:
        with pytest.raises(KubeconfigError if name == "nope" else ContextError, match=error):
            await stage.clusters.open(name)
        with pytest.raises(KubeError, match=error):
            await stage.clusters.switch(name)

    stage.run(work)
    assert stage.fleet.made == []


def test_a_failure_stays_with_the_context_and_can_be_tried_again(stage: Stage) -> None:
    def prepare(session: FakeSession) -> None:
        session.failure = ConnectionLost("connection refused")

    stage.prepare = prepare

    async def work() -> None:
        with pytest.raises(ContextError, match="connection refused"):
            await stage.clusters.open("a")
        state = stage.clusters.state("a")
        assert (state.name, state.detail) == ("FAILED", "connection refused")
        with pytest.raises(ContextError, match="a is not open: connection refused"):
            stage.clusters.session("a")
        stage.fleet.made[0].failure = None
        await stage.clusters.open("a")

    stage.run(work)
    assert stage.clusters.state("a").name == "OPEN"
    assert stage.told == ["opened a"]


def test_closing_retires_and_another_open_one_becomes_active(stage: Stage) -> None:
    async def work() -> None:
        await stage.clusters.open("a")
        await stage.clusters.open("b")
        stage.clusters.close("b")
        with pytest.raises(ContextError, match="not open"):
            stage.clusters.close("b")

    stage.run(work)
    assert stage.clusters.active == "a"
    assert stage.fleet.made[1].state is SessionState.RETIRED
    assert stage.told == ["opened a", "opened b", "retired b", "closed b"]


def test_closing_while_it_opens_ends_the_wait(stage: Stage) -> None:
    stage.prepare = lambda session: session.gate.clear()

    async def work() -> None:
        opening = asyncio.ensure_future(stage.clusters.open("a"))
        await until(lambda: stage.fleet.made and stage.fleet.made[0].opened)
        stage.clusters.close("a")
        with pytest.raises(Superseded):
            await opening

    stage.run(work)
    assert stage.clusters.state("a").name == "IDLE"


def test_a_switch_retires_all_others_in_a_new_epoch(stage: Stage) -> None:
    async def work() -> None:
        await stage.clusters.open("a")
        await stage.clusters.open("b")
        await stage.clusters.switch("c")

    stage.run(work)
    assert set(stage.clusters.sessions) == {"c"}
    assert stage.clusters.epoch == 1
    assert stage.clusters.active == "c"
    assert stage.told == ["opened a", "opened b", "retired a", "retired b", "switched", "opened c"]


def test_switches_in_a_hurry_end_in_the_last_one(stage: Stage) -> None:
    def prepare(session: FakeSession) -> None:
        if session.name != "c":
            session.gate.clear()

    stage.prepare = prepare

    async def work() -> None:
        first = asyncio.ensure_future(stage.clusters.switch("a"))
        await until(lambda: len(stage.fleet.made) == 1)
        second = asyncio.ensure_future(stage.clusters.switch("b"))
        await until(lambda: len(stage.fleet.made) == 2)
        await stage.clusters.switch("c")
        for overtaken in (first, second):
            with pytest.raises(Superseded):
                await overtaken

    stage.run(work)
    assert stage.clusters.active == "c"
    assert set(stage.clusters.sessions) == {"c"}
    assert [told for told in stage.told if told.startswith("opened")] == ["opened c"]
    assert stage.clusters.epoch == 3


def test_a_switch_that_fails_says_why_and_can_be_tried_again(stage: Stage) -> None:
    def prepare(session: FakeSession) -> None:
        if session.name == "b":
            session.failure = ConnectionLost("no route")

    stage.prepare = prepare

    async def work() -> None:
        await stage.clusters.open("a")
        with pytest.raises(ContextError, match="no route"):
            await stage.clusters.switch("b")
        assert "a" not in stage.clusters.sessions
        stage.fleet.made[1].failure = None
        await stage.clusters.open("b")

    stage.run(work)
    assert stage.clusters.active == "b"
    assert stage.told[-1] == "opened b"


def test_a_changed_connection_starts_again_and_only_that_one(stage: Stage) -> None:
    async def work() -> None:
        await stage.clusters.open("a")
        await stage.clusters.open("b")
        stage.fleet.stop("a")  # the fleet retires before it tells
        stage.fleet.on_change(FleetChange("files", changed=("a", "c")))
        await until(lambda: stage.told.count("opened a") == 2)

    stage.run(work)
    assert [session.name for session in stage.fleet.made] == ["a", "b", "a"]
    assert stage.clusters.active == "b"
    assert stage.failed == []


def test_a_removed_context_stops_and_says_so(stage: Stage) -> None:
    async def work() -> None:
        await stage.clusters.open("a")
        stage.fleet.contexts = stage.fleet.contexts[1:]
        stage.fleet.stop("a")
        stage.fleet.on_change(FleetChange("files", removed=("a",)))
        await until(lambda: "retired a" in stage.told)

    stage.run(work)
    assert len(stage.fleet.made) == 1
    assert stage.clusters.active == ""
    assert "no longer in the kubeconfig files" in stage.told[-1]


def test_a_login_again_opens_what_was_refused(stage: Stage) -> None:
    def prepare(session: FakeSession) -> None:
        session.failure = ConnectionLost("refused")

    stage.prepare = prepare

    async def work() -> None:
        with pytest.raises(ContextError):
            await stage.clusters.open("a")
        await stage.clusters.log_in("a")

    stage.run(work)
    assert stage.fleet.made[0].logins == 1
    assert stage.clusters.is_open("a")


def test_a_cluster_that_cannot_be_reached_is_tried_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opener, "RETRY_S", (0.02, 0.05))

    def prepare(session: FakeSession) -> None:
        session.failure = ConnectionLost("no route")

    stage.prepare = prepare

    async def work() -> None:
        with pytest.raises(ContextError, match="no route"):
            await stage.clusters.open("a")
        await asyncio.sleep(0.1)
        assert stage.clusters.state("a").name in ("FAILED", "OPENING")
        stage.fleet.made[0].failure = None
        await until(lambda: stage.clusters.is_open("a"))

    stage.run(work)
    assert stage.told == ["opened a"]
    assert len(stage.fleet.made) == 1


def test_a_refused_login_is_not_tried_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opener, "RETRY_S", (0.01, 0.01))

    def prepare(session: FakeSession) -> None:
        session.failure = CredentialError("log in again")

    stage.prepare = prepare

    async def work() -> None:
        with pytest.raises(ContextError, match="log in again"):
            await stage.clusters.open("a")
        stage.fleet.made[0].failure = None
        await asyncio.sleep(0.1)
        assert not stage.clusters.is_open("a")

    stage.run(work)
