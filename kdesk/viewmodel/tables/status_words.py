"""Which words of a table say that something is well, waiting or wrong. Colour means a state here, or is absent."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kdesk.kube.table.rows import Cell
from kdesk.viewmodel.rows.columns import TableColumn

#: Columns whose words are states.
_STATE_COLUMNS = frozenset(
    ["STATUS", "PHASE", "STATE", "HEALTH", "HEALTH STATUS", "SYNC STATUS", "CONDITION"]
)
#: Columns whose words are the answer to a yes-or-no question that should be yes.
_TRUTH_COLUMNS = frozenset(["READY", "AVAILABLE", "SYNCED", "ESTABLISHED", "HEALTHY", "APPROVED"])

_TONES = {
    "ok": (
        "Running Ready Active Bound Available Healthy Synced Succeeded Established Approved,Issued Deployed "
        "Provisioned"
    ),
    "warn": (
        "Pending ContainerCreating PodInitializing Terminating Progressing Released Updating Reconciling "
        "SchedulingDisabled Suspended Waiting Provisioning Deleting OutOfSync Unschedulable SchedulingGated "
        "NotTriggerScaleUp Degrading ScalingReplicaSet"
    ),
    "bad": (
        "CrashLoopBackOff ImagePullBackOff ErrImagePull Error Failed Evicted OOMKilled NotReady Lost Unknown "
        "ContainerCannotRun CreateContainerError CreateContainerConfigError InvalidImageName RunContainerError "
        "DeadlineExceeded BackoffLimitExceeded Degraded Missing NodeLost Unhealthy Denied Expired Stalled "
        "ContainerStatusUnknown NodeAffinity UnexpectedAdmissionError Shutdown"
    ),
}
_WORDS = {word: tone for tone, words in _TONES.items() for word in words.split()}
_ENDINGS = (("BackOff", "bad"), ("Error", "bad"), ("Failed", "bad"))
_RATIO = re.compile(r"(\d+)/(\d+)\Z")
_ENDED = frozenset(["Completed", "Succeeded"])
_WORST_FIRST = ("bad", "warn", "ok")


def tone(column: TableColumn, value: Cell, row: Sequence[Cell] = ()) -> str:
    """The colour token for a cell, or "" for none. Lists of words (``Ready,SchedulingDisabled``) take the worst.

    ``row``: all of its cells. What has ended as it should is not waited for, though nothing of it is ready.
    """
    title = column.title
    if title == "TYPE":  # of an Event
        return "warn" if value == "Warning" else ""
    if not isinstance(value, str) or column.cell < 0:
        return ""
    if title == "READY" and (ratio := _RATIO.match(value)):
        return "warn" if int(ratio[1]) < int(ratio[2]) and _ENDED.isdisjoint(row) else ""
    if title in _TRUTH_COLUMNS:
        return {"True": "ok", "False": "bad", "Unknown": "warn"}.get(value, "")
    if title not in _STATE_COLUMNS:
        return ""
    tones = {_of_word(word) for word in value.split(",")}
    if "bad" not in tones and value.startswith("Init:"):
        return "warn"
    return next((found for found in _WORST_FIRST if found in tones), "")


def has_dot(column: TableColumn) -> bool:
    """Whether the column's states have a dot before the word: colour is never alone."""
    return column.title in _STATE_COLUMNS


def _of_word(word: str) -> str:
    word = word.removeprefix("Init:")
    found = _WORDS.get(word)
    if found is None:
        found = next((tone for ending, tone in _ENDINGS if word.endswith(ending)), "")
    return found
