"""Draw the reflector's table of states for the docs, from the code: ``python -m tools.state_table [--check]``."""

from __future__ import annotations

import sys
from pathlib import Path

from kdesk.kube import errors
from kdesk.kube.engine import reflector
from kdesk.kube.engine.subscription import WatchState

PAGE = Path(__file__).parent.parent / "docs" / "reflector.md"

_FAILURES: dict[str, errors.KubeError] = {
    "no connection, reset, silence": errors.ConnectionLost("lost"),
    "not Kubernetes (a login page)": errors.BadAnswer("html"),
    "5xx": errors.ApiError("broken", status=500),
    "429, or 503 with Retry-After: 7": errors.Throttled("busy", status=429, retry_after=7),
    "401 (a refreshed credential, too)": errors.Unauthorized("no", status=401),
    "no credential to be had": errors.CredentialError("plugin failed"),
    "403": errors.Forbidden("no", status=403),
    "404": errors.NotServed("gone", status=404),
    "410, as a status or in the stream": errors.Expired("too old", status=410),
    "too large resource version": errors.VersionTooLarge("too new", status=504),
}
_SITUATIONS: dict[str, tuple[reflector.State, dict[str, reflector.Input]]] = {
    "Listing, first page": (
        reflector.State(reflector.List(), shown=WatchState.LISTING),
        {"a page, more to come": reflector.Paged("40", "t1"), "the last page": reflector.Paged("40", "")},
    ),
    "Listing, a later page": (
        reflector.State(reflector.List("t1"), shown=WatchState.LISTING),
        {"a page, more to come": reflector.Paged("40", "t2"), "the last page": reflector.Paged("40", "")},
    ),
    "Watching": (
        reflector.State(reflector.Watch("40"), version="57", shown=WatchState.LIVE),
        {
            "answered": reflector.Opened(),
            "events or a bookmark, version 58": reflector.Received("58"),
            f"ended after {reflector.HEALTHY_SECONDS:.0f} s": reflector.Ended(
                reflector.HEALTHY_SECONDS, received=True
            ),
            f"ended within {reflector.SHORT_WATCH:.0f} s, with events": reflector.Ended(0.1, received=True),
            f"ended within {reflector.SHORT_WATCH:.0f} s, empty": reflector.Ended(0.1),
        },
    ),
    "Watching, after one version was given up": (
        reflector.State(reflector.Watch("40"), version="57", shown=WatchState.LIVE, failures=1, forgotten=1),
        {"410 again": reflector.Failed(_FAILURES["410, as a status or in the stream"])},
    ),
    "Waiting to watch": (
        reflector.State(
            reflector.Wait(1.6, reflector.Watch("57")), version="57", shown=WatchState.BACKOFF, failures=2
        ),
        {"time is up": reflector.Elapsed(), "reconnect now": reflector.Elapsed(poked=True)},
    ),
    "Waiting to list (forbidden, gone)": (
        reflector.State(reflector.Wait(5, reflector.List()), shown=WatchState.GONE, failures=1),
        {"time is up": reflector.Elapsed(), "reconnect now": reflector.Elapsed(poked=True)},
    ),
    "Parked (a login is needed)": (
        reflector.State(
            reflector.Park(reflector.Watch("57")), version="57", shown=WatchState.UNAUTHORIZED, failures=1
        ),
        {"log in again": reflector.Elapsed(poked=True)},
    ),
    "Polling (the kind cannot be watched)": (
        reflector.State(reflector.List(), shown=WatchState.LIVE, watchable=False),
        {"the last page": reflector.Paged("40", "")},
    ),
}
_WITH_FAILURES = ("Listing, first page", "Listing, a later page", "Watching")
_EFFECTS = {
    reflector.Effect.BEGIN: "begin staging",
    reflector.Effect.COMMIT: "commit the difference",
    reflector.Effect.CLEAR: "delete all",
}


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
            events |= {name: reflector.Failed(error) for name, error in _FAILURES.items()}
        lines += ["", f"## {title}", f"`{_action(state.action, state)}`, shown as {state.shown}.", ""]
        lines += ["| what happens | next | shown | store |", "|---|---|---|---|"]
        for name, event in events.items():
            after, effects = reflector.step(state, event, 0.0)
            store = ", ".join(_EFFECTS[effect] for effect in effects)
            lines.append(f"| {name} | {_action(after.action, after)} | {after.shown} | {store} |")
    return "\n".join(lines) + "\n"


def _action(action: reflector.Action, state: reflector.State | None = None) -> str:
    match action:
        case reflector.List(token, limit):
            words = f"list page {token}" if token else "list"
            return words if limit else f"{words} in one answer"
        case reflector.Watch(version):
            return f"watch from {state.version if state is not None else version}"
        case reflector.Wait(seconds, then):
            return f"wait {seconds:g} s, then {_action(then)}"
        case reflector.Park(then):
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
