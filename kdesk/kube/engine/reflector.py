"""List and watch as a state machine: ``step(state, input, rand)`` gives the next state and its effects.

There is no thread, clock or socket in here. The driver (``informer``) does what ``state.action`` says and reports what
came of it; time comes in as durations, chance as ``rand``.

The rules follow client-go's reflector and kube-rs' watcher. A list carries no resourceVersion, so it is never older
than what was shown; a watch resumes from the newest version seen; a version that has expired, or that the server has
not reached (its store was restored), is forgotten at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.errors import (
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

#: Of the first page, some screens full: rows are seen at once (100 pods are 0.35 MB and take a server 14 ms, 500 are
#: 1.7 MB and take it 30 ms; on a slow link the bytes count even more).
FIRST_LIMIT = 100
#: Of the second page. Each one costs a round trip, so later ones are larger, while pages are quick: 50,000 pods 50 ms
#: away took 10.2 s in pages of 500, and 7.0 s in pages of 1,000 (6.7 s in pages of 2,000).
PAGE_LIMIT = 500
#: Of any page. Decoding 2,000 pods holds the interpreter for 16 ms, and the window would be late by as much.
LARGEST_PAGE = 1_000
#: A page that took longer than this (seconds) is not followed by a larger one, and twice as long by a smaller one.
QUICK_PAGE = 0.5
FIRST_DELAY = 0.8
LONGEST_DELAY = 30.0
HEALTHY_SECONDS = 120.0
#: A watch shorter than this is never resumed at once, whatever it brought.
SHORT_WATCH = 1.0
GONE_PROBE = 5.0
FORBIDDEN_PROBE = 5.0
POLL_SECONDS = 10.0
_LONGEST_RETRY_AFTER = 120.0


@dataclass(frozen=True, slots=True)
class List:
    """Fetch a page. ``token`` "" is the first one; ``limit`` 0 asks for everything in one answer."""

    token: str = ""
    limit: int = FIRST_LIMIT


@dataclass(frozen=True, slots=True)
class Watch:
    """Watch from ``version``. ``check``: ask first whether the server has reached that version.

    A server that came back with an older store (etcd restored, cluster rebuilt) does not refuse such a watch: it skips,
    in silence, everything that happens until its own versions have grown past it (seen on 1.37).
    """

    version: str
    check: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Sleep (a poke ends it), then do ``then``."""

    seconds: float
    then: List | Watch


@dataclass(frozen=True, slots=True)
class Park:
    """Do nothing until poked, then do ``then``."""

    then: List | Watch


Action = List | Watch | Wait | Park


class Effect(Enum):
    """What the driver does to the store on the way."""

    BEGIN = "begin"  # a list begins: nothing of an earlier attempt counts
    COMMIT = "commit"  # the list is complete
    CLEAR = "clear"  # the kind is gone


@dataclass(frozen=True, slots=True)
class Paged:
    """A page came. ``version`` is the list's; ``token`` the next page's, "" after the last; it took ``seconds``."""

    version: str
    token: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Opened:
    """The watch was answered."""


@dataclass(frozen=True, slots=True)
class Received:
    """Events came; ``version`` is the newest seen, "" when they carried none."""

    version: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The watch ended without an error after ``lasted`` seconds."""

    lasted: float
    received: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """The list or watch failed; ``lasted`` seconds a watch had been open before."""

    error: KubeError
    lasted: float = 0.0


@dataclass(frozen=True, slots=True)
class Elapsed:
    """The wait is over (``poked``: ended by someone who wants to know now)."""

    poked: bool = False


Input = Paged | Opened | Received | Ended | Failed | Elapsed


@dataclass(frozen=True, slots=True)
class State:
    """``version`` is the newest resourceVersion seen, "" when there is none to resume from.

    ``shown`` and ``error`` are what a person sees; ``failures`` counts towards the back-off, ``forgotten`` the versions
    in a row that had to be given up; ``lost``: there was no connection at the last attempt; ``unsure``: it was
    lost since the version was seen, so that the server may have been restarted.
    """

    action: Action = List()
    version: str = ""
    shown: WatchState = WatchState.LISTING
    error: str = ""
    failures: int = 0
    refusals: int = 0
    forgotten: int = 0
    lost: bool = False
    unsure: bool = False
    watchable: bool = True


def start(*, watchable: bool = True) -> tuple[State, tuple[Effect, ...]]:
    """The first state: a list from the beginning."""
    return State(watchable=watchable), (Effect.BEGIN,)


def step(state: State, event: Input, rand: float) -> tuple[State, tuple[Effect, ...]]:
    """The state after ``event``, and what to do to the store, in order. ``rand`` is uniform in [0, 1)."""
    match event:
        case Paged():
            return _paged(state, event)
        case Opened():
            return replace(state, shown=WatchState.LIVE, error="", refusals=0, lost=False, unsure=False), ()
        case Received():
            return (replace(state, version=event.version), ()) if event.version else (state, ())
        case Ended():
            return _ended(state, event, rand)
        case Failed():
            return _failed(state, event, rand)
        case Elapsed():
            return _elapsed(state, event)


def delay(failures: int, rand: float) -> float:
    """Seconds before the next attempt after ``failures`` in a row: 0.8 doubling to 30, and up to half as long again."""
    return _doubled(FIRST_DELAY, failures - 1, rand)


def _doubled(seconds: float, times: int, rand: float) -> float:
    # Bounded twice: a night of failures must not grow into a number that no float holds.
    base: float = min(seconds * 2 ** min(max(times, 0), 10), LONGEST_DELAY)
    return base * (1 + rand / 2)


def _paged(state: State, page: Paged) -> tuple[State, tuple[Effect, ...]]:
    state = replace(state, lost=False, unsure=False)
    if page.token:
        asked = state.action.limit if isinstance(state.action, List) else FIRST_LIMIT
        next_page = List(page.token, _next_limit(asked, page.seconds))
        return replace(state, action=next_page, shown=WatchState.LISTING, error=""), ()
    if not state.watchable:
        polled = replace(
            state, action=Wait(POLL_SECONDS, List()), shown=WatchState.LIVE, error="", failures=0
        )
        return replace(polled, version=page.version, refusals=0), (Effect.COMMIT,)
    # Complete, but not LIVE before the watch is answered. Whatever was shown before, it has been listed now.
    listed = replace(state, version=page.version, shown=WatchState.LISTING, error="")
    return replace(listed, action=Watch(page.version)), (Effect.COMMIT,)


def _next_limit(limit: int, seconds: float) -> int:
    """How much to ask for after a page of ``limit`` that took so long; 0 (everything) stays that."""
    if limit == FIRST_LIMIT:
        return PAGE_LIMIT  # so few tell nothing of how long a page takes
    if limit and seconds > 2 * QUICK_PAGE:
        return max(limit // 2, PAGE_LIMIT)
    return min(limit * 2, LARGEST_PAGE) if seconds <= QUICK_PAGE else limit


def _ended(state: State, event: Ended, rand: float) -> tuple[State, tuple[Effect, ...]]:
    """A server ends a watch when its time is up: no failure, unless it never lets one live."""
    again = Watch(
        state.version, state.unsure
    )  # still so when it was ended (poked) before the server answered
    if event.lasted >= SHORT_WATCH:
        healthy = event.lasted >= HEALTHY_SECONDS
        failures, forgotten = (0, 0) if healthy else (state.failures, state.forgotten)
        return replace(state, failures=failures, forgotten=forgotten, action=again), ()
    failures = state.failures if event.received else state.failures + 1
    wait = Wait(delay(max(failures, 1), rand), again)
    if failures < 2:
        return replace(state, failures=failures, action=wait), ()
    error = "the server ends every watch at once"
    return replace(state, failures=failures, action=wait, shown=WatchState.BACKOFF, error=error), ()


def _failed(state: State, event: Failed, rand: float) -> tuple[State, tuple[Effect, ...]]:
    error = event.error
    failures = (0 if event.lasted >= HEALTHY_SECONDS else state.failures) + 1
    lost = isinstance(error, ConnectionLost)
    unsure = state.unsure or lost
    failed = replace(state, failures=failures, error=str(error), lost=lost, unsure=unsure)
    again = _again(failed)
    if isinstance(error, (Expired, VersionTooLarge)):
        return _forget_version(state, event, failures, rand)
    if isinstance(error, NotServed):
        gone = replace(
            failed, version="", shown=WatchState.GONE, action=Wait(GONE_PROBE * (1 + rand / 2), List())
        )
        return gone, () if state.shown is WatchState.GONE else (Effect.CLEAR,)
    if isinstance(error, (Unauthorized, CredentialError)):
        # The transport has refreshed the credential and tried again already: more requests might lock an account.
        return replace(failed, shown=WatchState.UNAUTHORIZED, action=Park(again)), ()
    if isinstance(error, Forbidden):
        refusals = state.refusals + 1
        seconds = _doubled(FORBIDDEN_PROBE, refusals - 1, rand)
        # Its rights may have changed while it was away from the watch: what it may see now, a list tells.
        return replace(
            failed, refusals=refusals, shown=WatchState.FORBIDDEN, action=Wait(seconds, List())
        ), ()
    seconds = delay(failures, rand)
    if isinstance(error, Throttled) and error.retry_after is not None:
        seconds = min(error.retry_after, _LONGEST_RETRY_AFTER) + rand
    return replace(failed, shown=WatchState.BACKOFF, action=Wait(max(seconds, FIRST_DELAY), again)), ()


def _forget_version(
    state: State, event: Failed, failures: int, rand: float
) -> tuple[State, tuple[Effect, ...]]:
    """A version is too old or too new. The first time, list at once; on repeats, back off like any failure.

    Other failures before do not count: after an API server was away, this answer is the first good sign.
    """
    # Where pages took longer than the server keeps them: everything in one answer.
    then = List("", 0) if isinstance(state.action, List) and state.action.token else List()
    forgotten = (0 if event.lasted >= HEALTHY_SECONDS else state.forgotten) + 1
    listing = replace(
        state, version="", failures=failures, forgotten=forgotten, shown=WatchState.LISTING, error=""
    )
    if forgotten == 1:
        return replace(listing, action=then), (Effect.BEGIN,)
    return replace(listing, action=Wait(delay(forgotten - 1, rand), then)), ()


def _elapsed(state: State, event: Elapsed) -> tuple[State, tuple[Effect, ...]]:
    if not isinstance(state.action, (Wait, Park)):
        return state, ()
    then = state.action.then
    begins = isinstance(then, List) and not then.token
    # A poll is no new beginning in a person's eyes, and neither is a probe: both keep saying what they said.
    shown = WatchState.LISTING if event.poked and begins else state.shown
    return replace(state, action=then, shown=shown), (Effect.BEGIN,) if begins else ()


def _again(state: State) -> List | Watch:
    """What to take up again after a passing failure: the same page, or the watch from the newest version."""
    if isinstance(state.action, Watch):
        return Watch(state.version, state.unsure)
    if isinstance(state.action, List):
        return state.action
    return Watch(state.version, state.unsure) if state.version else List()
