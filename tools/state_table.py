"""Draw the reflector's table of states for the docs, from the code: ``python -m tools.state_table [--check]``."""

from __future__ import annotations

import sys
from pathlib import Path

from kdesk.kube.engine.reflector import (
    HEALTHY_SECONDS,
    SHORT_WATCH,
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

PAGE = Path(__file__).parent.parent / "docs" / "reflector.md"

_FAILURES: dict[str, KubeError] = {
    "no connection, reset, silence": ConnectionLost("lost"),
    "not Kubernetes (a login page)": BadAnswer("html"),
    "5xx": ApiError("broken", status=500),
    "429, or 503 with Retry-After: 7": Throttled("busy", status=429, retry_after=7),
    "401 (a refreshed credential, too)": Unauthorized("no", status=401),
    "no credential to be had": CredentialError("plugin failed"),
    "403": Forbidden("no", status=403),
    "404": NotServed("gone", status=404),
    "410, as a status or in the stream": Expired("too old", status=410),
    "too large resource version": VersionTooLarge("too new", status=504),
}
_SITUATIONS: dict[str, tuple[State, dict[str, Input]]] = {
    "Listing, first page": (
        State(List(), shown=WatchState.LISTING),
        {"a page, more to come": Paged("40", "t1"), "the last page": Paged("40", "")},
    ),
    "Listing, a later page": (
        State(List("t1"), shown=WatchState.LISTING),
        {"a page, more to come": Paged("40", "t2"), "the last page": Paged("40", "")},
    ),
    "Watching": (
        State(Watch("40"), version="57", shown=WatchState.LIVE),
        {
            "answered": Opened(),
            "events or a bookmark, version 58": Received("58"),
            f"ended after {HEALTHY_SECONDS:.0f} s": Ended(HEALTHY_SECONDS, received=True),
            f"ended within {SHORT_WATCH:.0f} s, with events": Ended(0.1, received=True),
            f"ended within {SHORT_WATCH:.0f} s, empty": Ended(0.1),
        },
    ),
    "Watching, after one version was given up": (
        State(Watch("40"), version="57", shown=WatchState.LIVE, failures=1, forgotten=1),
        {"410 again": Failed(_FAILURES["410, as a status or in the stream"])},
    ),
    "Waiting to watch": (
        State(Wait(1.6, Watch("57")), version="57", shown=WatchState.BACKOFF, failures=2),
        {"time is up": Elapsed(), "reconnect now": Elapsed(poked=True)},
    ),
    "Waiting to list (forbidden, gone)": (
        State(Wait(5, List()), shown=WatchState.GONE, failures=1),
        {"time is up": Elapsed(), "reconnect now": Elapsed(poked=True)},
    ),
    "Parked (a login is needed)": (
        State(Park(Watch("57")), version="57", shown=WatchState.UNAUTHORIZED, failures=1),
        {"log in again": Elapsed(poked=True)},
    ),
    "Polling (the kind cannot be watched)": (
        State(List(), shown=WatchState.LIVE, watchable=False),
        {"the last page": Paged("40", "")},
    ),
}
_WITH_FAILURES = ("Listing, first page", "Listing, a later page", "Watching")
_EFFECTS = {Effect.BEGIN: "begin staging", Effect.COMMIT: "commit the difference", Effect.CLEAR: "delete all"}


def page() -> str:
    """The whole page, in Markdown."""
    lines = [
        "# The reflector's states",
        "",
        "Drawn from `kdesk/kube/engine/reflector.py` by `python -m tools.state_table`; a test keeps it so.",
        "Times are without the random part, which adds up to half as long again. *Shown* is what a",
        "person sees, *store* what happens to the rows.",
    ]
    for title, (state, inputs) in _SITUATIONS.items():
        events = dict(inputs)
        if title in _WITH_FAILURES:
            events |= {name: Failed(error) for name, error in _FAILURES.items()}
        lines += ["", f"## {title}", f"`{_action(state.action, state)}`, shown as {state.shown}.", ""]
        lines += ["| what happens | next | shown | store |", "|---|---|---|---|"]
        for name, event in events.items():
            after, effects = step(state, event, 0.0)
            store = ", ".join(_EFFECTS[effect] for effect in effects)
            lines.append(f"| {name} | {_action(after.action, after)} | {after.shown} | {store} |")
    return "\n".join(lines) + "\n"


def _action(action: Action, state: State | None = None) -> str:
    match action:
        case List(token, limit):
            words = f"list page {token}" if token else "list"
            return words if limit else f"{words} in one answer"
        case Watch(version):
            return f"watch from {state.version if state is not None else version}"
        case Wait(seconds, then):
            return f"wait {seconds:g} s, then {_action(then)}"
        case Park(then):
            return f"nothing until asked, then {_action(then)}"


def main() -> int:
    """Write the page, or with ``--check`` only say whether it is what the code says."""
    text = page()
    if "--check" in sys.argv[1:]:
        return 0 if PAGE.read_text(encoding="utf-8") == text else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
