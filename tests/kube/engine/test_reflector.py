"""The reflector by itself: every transition, with no clock, no thread and no socket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from kdesk.kube.engine import reflector
from kdesk.kube.engine.reflector import (
    Action,
    Effect,
    Elapsed,
    Ended,
    Failed,
    Input,
    List,
    Opened,
    Paged,
    Park,
    Received,
    State,
    Wait,
    Watch,
    delay,
    step,
)
from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.errors import (
    ApiError,
    BadAnswer,
    ConnectionLost,
    CredentialError,
    Expired,
    Forbidden,
    KubeError,
    NotServed,
    Throttled,
    Unauthorized,
    VersionTooLarge,
)

LOST = ConnectionLost("the line is dead")
EXPIRED = Expired("too old", status=410)
TOO_LARGE = VersionTooLarge("too large", status=504)
WATCHING = State(action=Watch("7"), version="7", shown=WatchState.LIVE)


def run(state: State, events: Sequence[Input], rand: float = 0.0) -> tuple[State, list[Effect]]:
    """The state after all of them, and every effect in order."""
    effects: list[Effect] = []
    for event in events:
        state, more = step(state, event, rand)
        effects += more
    return state, effects


def waits_for(action: Action) -> List | Watch:
    assert isinstance(action, Wait | Park)
    return action.then


def test_it_begins_with_a_list() -> None:
    state, effects = reflector.start()
    assert (state.action, state.shown, effects) == (List(), WatchState.LISTING, (Effect.BEGIN,))


def test_pages_then_a_watch_from_the_lists_version() -> None:
    state, _ = reflector.start()
    state, effects = step(state, Paged("5", "next"), 0.0)
    assert (state.action, state.shown, effects) == (List("next", 500), WatchState.LISTING, ())
    state, effects = step(state, Paged("5", ""), 0.0)
    assert (state.action, state.version, effects) == (Watch("5"), "5", (Effect.COMMIT,))
    assert state.shown is not WatchState.LIVE, "not before the watch is answered"
    assert step(state, Opened(), 0.0)[0].shown is WatchState.LIVE


def limits(*seconds: float, first: int = 500) -> list[int]:
    """What is asked for, page by page, when pages take so long."""
    state, asked = State(action=List("", first)), []
    for took in seconds:
        state, _ = step(state, Paged("5", "next", took), 0.0)
        assert isinstance(state.action, List)
        asked.append(state.action.limit)
    return asked


def test_pages_grow_while_they_are_quick() -> None:
    assert limits(0.05, 0.1, 0.2) == [1_000, 1_000, 1_000]
    assert limits(0.6, 0.6) == [500, 500]
    assert limits(0.1, 0.7, 1.2, 2.0) == [1_000, 1_000, 500, 500]


def test_the_first_page_is_small_and_says_nothing_of_the_others() -> None:
    assert reflector.start()[0].action == List("", 100)
    assert limits(0.05, 0.05, 0.05, first=100) == [500, 1_000, 1_000]
    assert limits(3.0, 0.6, first=100) == [500, 500]


def test_what_was_asked_for_in_one_answer_stays_so() -> None:
    assert limits(0.1, 9.0, first=0) == [0, 0]


def test_the_newest_version_is_what_a_watch_resumes_from() -> None:
    state, _ = run(WATCHING, [Received("8"), Received(""), Received("9"), Ended(300.0, True)])
    assert (state.action, state.version) == (Watch("9"), "9")
    assert state.shown is WatchState.LIVE
    state, _ = run(WATCHING, [Received("8"), Failed(LOST, 300.0)])
    assert waits_for(state.action) == Watch("8", check=True)


@pytest.mark.parametrize("lasted", [1.0, 50.0, 5_000.0])
def test_a_watch_that_ends_in_time_is_resumed_at_once(lasted: float) -> None:
    state, effects = step(WATCHING, Ended(lasted), 0.0)
    assert (state.action, effects) == (Watch("7"), ())


def test_a_very_short_empty_watch_is_a_failure() -> None:
    state, _ = step(WATCHING, Ended(0.1), 0.0)
    assert (state.action, state.failures, state.shown) == (Wait(0.8, Watch("7")), 1, WatchState.LIVE)
    state, _ = run(state, [Elapsed(), Opened(), Ended(0.1)])
    assert (state.action, state.shown) == (Wait(1.6, Watch("7")), WatchState.BACKOFF)
    assert state.error


def test_a_very_short_watch_that_brought_something_is_none_but_waits_too() -> None:
    state, _ = step(WATCHING, Ended(0.1, True), 0.0)
    assert (state.action, state.failures) == (Wait(0.8, Watch("7")), 0)


@pytest.mark.parametrize(
    "error", [LOST, BadAnswer("html"), ApiError("broken", status=500), Throttled("later", status=429)]
)
def test_passing_failures_of_a_watch_cause_no_list(error: KubeError) -> None:
    resumed = Watch("7", check=error is LOST)
    state, effects = step(WATCHING, Failed(error), 0.0)
    assert (state.action, effects) == (Wait(0.8, resumed), ())
    assert (state.shown, state.error, state.version) == (WatchState.BACKOFF, str(error), "7")
    state, effects = step(state, Elapsed(), 0.0)
    assert (state.action, state.shown, effects) == (resumed, WatchState.BACKOFF, ())
    state, _ = step(state, Opened(), 0.0)
    assert (state.shown, state.error) == (WatchState.LIVE, "")


def test_after_a_lost_connection_the_server_is_asked_for_its_version_first() -> None:
    """It may have come back with an older store, which a watch would not say."""
    state, _ = run(WATCHING, [Failed(LOST, 60.0)])
    assert waits_for(state.action) == Watch("7", check=True)
    state, _ = run(state, [Elapsed(), Failed(ApiError("starting", status=503))])
    assert waits_for(state.action) == Watch("7", check=True), "until it was answered"
    poked, _ = run(state, [Elapsed(), Ended(reflector.SHORT_WATCH)])
    assert poked.action == Watch("7", check=True), "also when someone wants to know now"
    answered, _ = run(state, [Elapsed(), Opened(), Failed(ApiError("broken", status=500))])
    assert waits_for(answered.action) == Watch("7")
    behind, effects = run(state, [Elapsed(), Failed(TOO_LARGE)])
    assert (behind.action, behind.version, effects) == (List(), "", [Effect.BEGIN])


def test_a_page_that_fails_is_taken_up_again() -> None:
    state, effects = run(State(action=List("next")), [Failed(LOST), Elapsed()])
    assert state.action == List("next")
    assert effects == [], "what was staged stays"


def test_a_first_page_that_fails_begins_again() -> None:
    state, effects = run(State(), [Failed(LOST), Elapsed()])
    assert (state.action, effects) == (List(), [Effect.BEGIN])


@pytest.mark.parametrize("error", [EXPIRED, TOO_LARGE])
def test_a_dead_version_is_forgotten_and_listed_at_once(error: KubeError) -> None:
    state, effects = step(WATCHING, Failed(error), 0.0)
    assert (state.action, state.version, effects) == (List(), "", (Effect.BEGIN,))
    assert state.shown is WatchState.LISTING


def test_other_failures_before_do_not_delay_that_list() -> None:
    state, _ = run(WATCHING, [Failed(LOST), Elapsed()] * 5)
    state, effects = step(state, Failed(EXPIRED), 0.0)
    assert (state.action, effects) == (List(), (Effect.BEGIN,))


def test_a_version_that_dies_again_and_again_backs_off() -> None:
    state, waits = WATCHING, []
    for number in range(5):
        state, _ = run(state, [Failed(EXPIRED)])
        if isinstance(state.action, Wait):
            waits.append(state.action.seconds)
            state, effects = step(state, Elapsed(), 0.0)
            assert effects == (Effect.BEGIN,)
        assert state.action == List()
        state, _ = run(state, [Paged(str(number), ""), Opened()])
    assert waits == [0.8, 1.6, 3.2, 6.4]


def test_a_healthy_watch_in_between_makes_it_the_first_time_again() -> None:
    state, _ = run(WATCHING, [Failed(EXPIRED), Paged("9", ""), Opened(), Failed(EXPIRED, 200.0)])
    assert state.action == List()


def test_a_continue_token_that_expires_asks_for_everything_at_once() -> None:
    state, effects = step(State(action=List("next")), Failed(EXPIRED), 0.0)
    assert (state.action, effects) == (List("", 0), (Effect.BEGIN,))


def test_a_kind_that_is_gone_clears_and_is_probed() -> None:
    gone = Failed(NotServed("404", status=404))
    state, effects = run(WATCHING, [gone])
    assert (state.action, state.version, effects) == (Wait(5.0, List()), "", [Effect.CLEAR])
    assert state.shown is WatchState.GONE
    state, effects = run(state, [Elapsed(), gone])
    assert (state.shown, effects) == (WatchState.GONE, [Effect.BEGIN]), "cleared once"
    state, effects = run(state, [Elapsed(), Paged("9", ""), Opened()])
    assert (state.shown, state.action) == (WatchState.LIVE, Watch("9"))
    assert effects == [Effect.BEGIN, Effect.COMMIT]


@pytest.mark.parametrize("error", [Unauthorized("401", status=401), CredentialError("no token")])
@pytest.mark.parametrize("state", [WATCHING, State(), State(action=List("next"))])
def test_without_a_credential_it_waits_for_a_person(error: KubeError, state: State) -> None:
    after, effects = step(state, Failed(error), 0.0)
    assert (after.action, effects) == (Park(state.action), ())  # type: ignore[arg-type]
    assert after.shown is WatchState.UNAUTHORIZED
    after, _ = step(after, Elapsed(poked=True), 0.0)
    assert after.action == state.action


def test_what_is_forbidden_is_probed_slowly_by_a_list() -> None:
    forbidden = Failed(Forbidden("403", status=403))
    state, waits = WATCHING, []
    for _ in range(5):
        state, _ = step(state, forbidden, 0.0)
        assert isinstance(state.action, Wait)
        assert state.shown is WatchState.FORBIDDEN
        waits.append(state.action.seconds)
        state, _ = step(state, Elapsed(), 0.0)
        assert (state.action, state.shown) == (List(), WatchState.FORBIDDEN)
    assert waits == [5.0, 10.0, 20.0, 30.0, 30.0]
    state, _ = run(state, [Paged("9", ""), Opened()])
    assert (state.shown, state.refusals) == (WatchState.LIVE, 0)


@pytest.mark.parametrize(("asked", "waited"), [(0.0, 0.8), (1.0, 1.0), (60.0, 60.0), (86_400.0, 120.0)])
def test_retry_after_is_kept_within_reason(asked: float, waited: float) -> None:
    state, _ = step(WATCHING, Failed(Throttled("later", status=429, retry_after=asked)), 0.0)
    assert state.action == Wait(waited, Watch("7"))


def test_back_off_doubles_has_an_end_and_spreads() -> None:
    assert [delay(n, 0.0) for n in range(1, 8)] == [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0]
    assert delay(1, 0.999) < 1.2
    assert delay(9, 0.999) < 45.0
    spread = [delay(1, n / 50) for n in range(50)]
    assert len(set(spread)) == 50, "fifty informers after one outage do not come at once"


@pytest.mark.parametrize("error", [LOST, Forbidden("403"), NotServed("404"), EXPIRED, BadAnswer("html")])
def test_a_night_of_failures(error: KubeError) -> None:
    """Thousands in a row: the wait stays bounded, and no number overflows."""
    state = WATCHING
    for _ in range(5_000):
        state, _ = step(state, Failed(error), 0.5)
        if isinstance(state.action, Wait):
            assert state.action.seconds <= 45.0
            state, _ = step(state, Elapsed(), 0.5)


def test_two_healthy_minutes_end_the_back_off() -> None:
    state, _ = run(WATCHING, [Failed(LOST), Elapsed(), Opened()] * 4)
    assert state.failures == 4
    assert step(state, Failed(LOST, 119.0), 0.0)[0].failures == 5
    assert step(state, Failed(LOST, 120.0), 0.0)[0].failures == 1
    assert step(state, Ended(120.0), 0.0)[0].failures == 0


def test_what_cannot_be_watched_is_polled() -> None:
    state, _ = reflector.start(watchable=False)
    state, effects = step(state, Paged("5", ""), 0.0)
    assert (state.action, state.shown) == (Wait(10.0, List()), WatchState.LIVE)
    assert effects == (Effect.COMMIT,)
    state, effects = step(state, Elapsed(), 0.0)
    assert (state.action, state.shown, effects) == (List(), WatchState.LIVE, (Effect.BEGIN,))


def test_a_poke_shows_that_something_is_done() -> None:
    state = State(action=Wait(30.0, List()), shown=WatchState.FORBIDDEN)
    assert step(state, Elapsed(poked=True), 0.0)[0].shown is WatchState.LISTING
    assert step(state, Elapsed(), 0.0)[0].shown is WatchState.FORBIDDEN


ERRORS = [
    LOST,
    EXPIRED,
    TOO_LARGE,
    NotServed("404"),
    Unauthorized("401"),
    Forbidden("403"),
    Throttled("429", retry_after=3.0),
    BadAnswer("html"),
    ApiError("500"),
]
INPUTS: list[Input] = [
    Paged("9", ""),
    Paged("9", "next"),
    Opened(),
    Received("9"),
    Received(""),
    Ended(0.1),
    Ended(0.1, True),
    Ended(2.0),
    Ended(500.0),
    Elapsed(),
    Elapsed(True),
    *(Failed(error) for error in ERRORS),
    *(Failed(error, 500.0) for error in ERRORS),
]
ACTIONS: list[Action] = [
    List(),
    List("next"),
    List("", 0),
    Watch("7"),
    Wait(3.0, List()),
    Wait(3.0, Watch("7")),
    Park(Watch("7")),
]


@pytest.mark.parametrize("event", INPUTS, ids=repr)
def test_any_input_in_any_state(event: Input) -> None:
    """Whatever comes when: the state is a sound one, and the one it came from is untouched."""
    for action in ACTIONS:
        for shown in WatchState:
            version = "7" if Watch("7") in (action, getattr(action, "then", None)) else ""
            state = State(action=action, version=version, shown=shown)
            copy = replace(state)
            after, effects = step(state, event, 0.5)
            assert state == copy
            assert set(effects) <= set(Effect)
            follows = after.action.then if isinstance(after.action, Wait | Park) else after.action
            if isinstance(follows, Watch) and not isinstance(event, Received):
                assert follows.version == after.version, "a watch is made from the newest version"
            if isinstance(after.action, Wait):
                assert 0.0 < after.action.seconds <= 180.0
            if isinstance(event, Failed) and isinstance(event.error, Expired | VersionTooLarge):
                assert after.version == ""
                assert not isinstance(follows, Watch)
