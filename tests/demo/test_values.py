"""Durations, timestamps, selectors, patches: the small rules that everything else leans on."""

from __future__ import annotations

import pytest

from kdesk.demo.objects.errors import ApiError
from kdesk.demo.objects.patching import MERGE, STRATEGIC, apply_patch
from kdesk.demo.objects.selectors import Selector
from kdesk.demo.objects.values import human_duration, micro_stamp, seconds_of, stamp

MINUTE, HOUR, DAY = 60, 3600, 86400
YEAR = 365 * DAY


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-2, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (10 * MINUTE, "10m"),
        (3 * HOUR - 1, "179m"),
        (3 * HOUR, "3h"),
        (3 * HOUR + 5 * MINUTE, "3h5m"),
        (8 * HOUR + 59 * MINUTE, "8h"),
        (2 * DAY - 1, "47h"),
        (2 * DAY, "2d"),
        (2 * DAY + 3 * HOUR, "2d3h"),
        (8 * DAY, "8d"),
        (2 * YEAR - 1, "729d"),
        (2 * YEAR, "2y"),
        (2 * YEAR + 3 * DAY, "2y3d"),
        (8 * YEAR, "8y"),
    ],
)
def test_durations_read_as_kubectl_writes_them(seconds: int, text: str) -> None:
    assert human_duration(seconds) == text


def test_timestamps_go_out_and_come_back() -> None:
    assert stamp(1_790_000_000.7) == "2026-09-21T14:13:20Z"
    assert micro_stamp(1_790_000_000.25) == "2026-09-21T14:13:20.250000Z"
    assert seconds_of(stamp(1_790_000_000)) == 1_790_000_000


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("app=web", True),
        ("app==web,tier=front", True),
        ("app!=web", False),
        ("app in (web, db)", True),
        ("app notin (web)", False),
        ("missing notin (x)", True),
        ("tier", True),
        ("!tier", False),
        ("!missing", True),
        ("app=web,missing", False),
    ],
)
def test_label_selectors(text: str, matches: bool) -> None:
    selector = Selector(text, "", frozenset())
    assert selector.matches({"app": "web", "tier": "front"}, {}) is matches


def test_field_selectors_know_their_fields() -> None:
    known = frozenset({"status.phase"})
    assert Selector("", "status.phase!=Running", known).matches({}, {"status.phase": "Failed"})
    with pytest.raises(ApiError, match=r"field label not supported: spec.color"):
        Selector("", "spec.color=red", known)


def test_a_merge_patch_replaces_lists_and_removes_nulls() -> None:
    target = {"spec": {"a": 1, "b": [1, 2], "c": {"d": 1}}}
    patched = apply_patch(MERGE, target, {"spec": {"a": None, "b": [3], "c": {"e": 2}}})
    assert patched == {"spec": {"b": [3], "c": {"d": 1, "e": 2}}}
    assert target["spec"]["a"] == 1


def test_a_strategic_patch_merges_containers_by_name() -> None:
    target = {"containers": [{"name": "a", "image": "x:1"}, {"name": "b", "image": "y:1"}]}
    patched = apply_patch(STRATEGIC, target, {"containers": [{"name": "b", "image": "y:2"}]})
    assert patched["containers"] == [{"name": "a", "image": "x:1"}, {"name": "b", "image": "y:2"}]


def test_other_patches_are_refused() -> None:
    with pytest.raises(ApiError) as refused:
        apply_patch("application/apply-patch+yaml", {}, {})
    assert refused.value.code == 415
