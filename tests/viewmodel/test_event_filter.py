"""The filter of the live-event log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdesk.viewmodel.events.filter import EventFilter
from kdesk.viewmodel.events.lines import EventLine, Origin
from tests.viewmodel.stub_cluster import DEPLOYMENTS, PODS, row

POD = EventLine(
    1, 1_700_000_000.5, "ADDED", Origin("prod-eu", PODS, ""), row("web-1", namespace="shop", version="77")
)
ROLLOUT = EventLine(
    2, 1_700_000_001.0, "DELETED", Origin("test", DEPLOYMENTS, ""), row("api", namespace="web")
)
STATE = EventLine(3, 1_700_000_002.0, "BACKOFF", Origin("prod-eu", PODS, "shop"), note="connection refused")
PENDING = row("db", version="1", status={"phase": "Pending", "ready": 1})
RUNNING = row("db", version="2", manager="kubelet", status={"phase": "Running", "ready": 1})
CHANGE = EventLine(4, 1_700_000_003.0, "MODIFIED", Origin("test", PODS, ""), RUNNING, old=PENDING.raw)
BROKEN = EventLine(5, 1_700_000_004.0, "MODIFIED", Origin("test", PODS, ""), RUNNING, old=b'{"half')
LINES = (POD, ROLLOUT, STATE)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", [1, 2, 3]),
        ("web", [1, 2]),
        ("WEB prod", [1]),
        ("type:deleted", [2]),
        ("kind:pod", [1, 3]),
        ("kind:deployments.apps", [2]),
        ('kind:"Deployment"', [2]),
        ('kind:"Deploy"', []),
        ("ns:web", [2]),
        ("namespace:shop", [1, 3]),
        ("cluster:prod-eu !type:BACKOFF", [1]),
        ("!web", [3]),
        ("!!web", [1, 2]),
        ('"connection refused"', [3]),
        ('"refused connection"', []),
        ("name:web", [1]),
        ("version:77", [1]),
        ("2023-04-04", [1, 2]),
        ("nonsense:web", []),
        ("kind:", [1, 2, 3]),
        ('"', [1, 2, 3]),
    ],
)
def test_lines_found(text: str, numbers: list[int]) -> None:
    wanted = EventFilter(text)
    assert [line.number for line in LINES if wanted.accepts(line)] == numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("path:status.phase", [4]),
        ("path:STATUS", [4]),
        ("path:status.ready", []),
        ('path:"status.phase"', [4]),
        ('path:"status"', []),
        ("!path:status", [1, 5]),
        ("change:pending", [4]),
        ("change:readable", [5]),
        ("who:kube", [4, 5]),
        ("who:status", [4, 5]),
        ("kubelet", [4, 5]),
        ("path:status who:kubelet db", [4]),
        ("path:status who:kubectl", []),
    ],
)
def test_lines_found_by_what_changed_and_who_did_it(text: str, numbers: list[int]) -> None:
    wanted = EventFilter(text)
    assert [line.number for line in (POD, CHANGE, BROKEN) if wanted.accepts(line)] == numbers
    assert wanted.costly is ("path" in text or "change" in text)


@given(st.text(max_size=30))
def test_any_text_is_a_filter(text: str) -> None:
    wanted = EventFilter(text)
    assert {wanted.accepts(line) for line in LINES} <= {True, False}
