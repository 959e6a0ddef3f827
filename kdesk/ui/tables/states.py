"""What a table says in place of rows that are not there: for each state an icon, a sentence and a button."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from kdesk.kube.engine.subscription import WatchState
from kdesk.ui.look.icons import kind_icon
from kdesk.viewmodel.clusters.freshness import Shape
from kdesk.viewmodel.tables.controller import TableController


class Action(Enum):
    """What the button does."""

    NONE = auto()
    RECONNECT = auto()
    ALL_NAMESPACES = auto()
    CLEAR_FILTER = auto()


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a state page; see ``StatePage.show_state``."""

    icon: str
    sentence: str
    hint: str = ""
    button: str = ""
    action: Action = Action.NONE
    details: str = ""
    tone: str = "text2"


def what_to_say(table: TableController) -> Said | None:
    """The page for the moment; None: there are rows, or they are on their way (a skeleton)."""
    if table.model.rowCount():
        return None
    if table.rows:
        return Said(
            "funnel",
            f"None of {table.rows:,} {_plural(table)} matches the filter.",
            button="Clear the filter",
            action=Action.CLEAR_FILTER,
        )
    if not table.live:
        return Said("hourglass", f"There were no {_plural(table)} in it.") if table.synced else None
    if table.session is None:
        return Said("unplug", "No cluster is connected.", hint="The table comes back with the cluster.")
    return _without_rows(table)


def _without_rows(table: TableController) -> Said | None:
    said, kinds = table.freshness, _plural(table)
    where = _where(table)
    match table.state:
        case WatchState.LIVE if table.synced:
            everywhere = bool(table.namespaces)
            return Said(
                kind_icon(table.resource),
                f"There are no {kinds} {where}.",
                hint="New ones appear here by themselves.",
                button="Look in all namespaces" if everywhere else "",
                action=Action.ALL_NAMESPACES if everywhere else Action.NONE,
            )
        case WatchState.FORBIDDEN:
            return Said(
                Shape.LOCK,
                f"You may not list {kinds} {where}.",
                hint="kdesk asks again from time to time; another namespace may be open to you.",
                button="Try again",
                action=Action.RECONNECT,
                details=said.detail,
                tone="bad",
            )
        case WatchState.UNAUTHORIZED:
            return Said(
                Shape.KEY,
                f"{_worst(table)} asks for a login.",
                hint="The credential was refused, and nothing more is sent until you say so.",
                button="Log in again",
                action=Action.RECONNECT,
                details=said.detail,
                tone="bad",
            )
        case WatchState.GONE:
            # What the server says of a kind that went is its own language: it folds out.
            served = all(part.served for part in table.parts)
            return Said(
                Shape.STRUCK,
                f"{_worst(table)} no longer serves {kinds}." if served else said.detail,
                hint="The table comes back by itself when the kind does.",
                button="Look again",
                action=Action.RECONNECT,
                details=said.detail if served else "",
                tone="bad",
            )
        case WatchState.BACKOFF:
            return Said(
                "cloud-off",
                f"{_worst(table)} does not answer.",
                hint=said.word[:1].upper() + said.word[1:] + ".",
                button="Reconnect now",
                action=Action.RECONNECT,
                details=said.detail,
                tone="warn",
            )
        case WatchState.STOPPED:
            return Said(
                "unplug", f"{_worst(table)} is closed.", hint="Open the context again to see its rows."
            )
        case _:
            return None


def _plural(table: TableController) -> str:
    return table.resource.gvr.resource


def _worst(table: TableController) -> str:
    """The cluster that the state is of."""
    return next((part.cluster for part in table.parts if part.state is table.state), table.cluster)


def _where(table: TableController) -> str:
    many = len(table.clusters)
    if many > 1 and table.state is not WatchState.LIVE:
        return f"in {_worst(table)}"
    if many > 1 and not table.namespaces:
        return f"in these {many} clusters"
    if not table.resource.namespaced or not table.namespaces:
        return "in this cluster"
    if len(table.namespaces) == 1:
        return f"in the namespace {table.namespaces[0]}"
    return f"in {len(table.namespaces)} namespaces"
