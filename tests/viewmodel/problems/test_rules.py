"""Files of rules: the built-in one is right, a person's own adds to it, and what is wrong is said by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdesk.viewmodel.problems.rules import Rule, RuleError, load_rules
from tests.viewmodel.problem_rows import BUILT_IN, built_in

MINE = """
[my-queue]
resource = "queues.example.com"
title = "too long"
tone = "warn"
reason = "{DEPTH} messages wait"
when = [{ column = "DEPTH", above = 1000 }]
"""


def by_id(rules: tuple[Rule, ...], name: str) -> Rule:
    [found] = [rule for rule in rules if rule.id == name]
    return found


def test_the_built_in_rules_are_right_and_the_worst_come_first() -> None:
    found = built_in()
    assert found.faults == ()
    tones = [rule.tone for rule in found.rules]
    assert tones == sorted(tones, key=["bad", "warn"].index)
    assert {"pods", "nodes", "deployments.apps", "events", "jobs.batch"} <= set(found.named)
    assert not {"*", "custom"} & set(found.named)


def test_rules_are_found_by_kind() -> None:
    found = built_in()
    pods = {rule.id for rule in found.of("pods", custom=False)}
    assert {"pod-crash-loop", "deleting"} <= pods
    assert not {"node-not-ready", "custom-failed"} & pods
    assert {rule.id for rule in found.of("queues.example.com", custom=True)} == {
        "custom-failed", "custom-not-ready", "deleting",
    }  # fmt: skip


def own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "problems.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_persons_own_rules_are_added_change_others_and_switch_them_off(tmp_path: Path) -> None:
    text = f'{MINE}\n[pod-not-ready]\nafter = "1h"\ntone = "bad"\n[event-warning]\noff = true\n'
    before, after = built_in(), load_rules(BUILT_IN, own(tmp_path, text))
    assert after.faults == ()
    ids = [rule.id for rule in after.rules]
    assert "event-warning" not in ids
    assert len(ids) == len(before.rules)
    changed, was = by_id(after.rules, "pod-not-ready"), by_id(before.rules, "pod-not-ready")
    assert (changed.after, changed.tone) == (3600, "bad")
    assert (changed.tests, changed.reason, changed.place) == (was.tests, was.reason, was.place)
    assert "queues.example.com" in after.named


def test_a_file_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    assert load_rules(BUILT_IN, tmp_path / "none.toml") == built_in()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('tone = "red"', "tone: invalid enum value 'red'"),
        ('colour = "red"', "unknown field `colour`"),
        ('after = "soon"', "`after` is 'soon', which is no time"),
        ('within = "5"', "`within` is '5', which is no time"),
        ('resource = "Pod"', "'Pod' is no kind"),
        ("when = []", "would fit every object"),
        ('when = [{ is = "x" }]', "missing required field `column`"),
        ('when = [{ column = "STATUS" }]', "the test of STATUS needs exactly one of is, is_not"),
        ('when = [{ column = "A", is = "x", has = "y" }]', "needs exactly one of"),
        ('when = [{ column = "A", matches = "(" }]', "'(' is no regular expression"),
        ('when = [{ column = "A", equals = "x" }]', "unknown field `equals`"),
        ("reason = 3", "reason: expected `str`, got `int`"),
    ],
)
def test_a_wrong_rule_is_named_and_the_others_stay(tmp_path: Path, text: str, said: str) -> None:
    path = own(tmp_path, f"{MINE}\n[pod-crash-loop]\n{text}\n")
    found = load_rules(BUILT_IN, path)
    [fault] = found.faults
    assert fault.startswith(f"{path}: the rule pod-crash-loop is wrong: ")
    assert said in fault
    assert by_id(found.rules, "pod-crash-loop") == by_id(built_in().rules, "pod-crash-loop")
    assert by_id(found.rules, "my-queue").title == "too long"


@pytest.mark.parametrize(
    ("text", "said"), [("[pods\n", "is no TOML"), ("tone = 1\n", "tone is no table")], ids=["toml", "table"]
)
def test_a_file_that_cannot_be_read_leaves_the_built_in_rules(tmp_path: Path, text: str, said: str) -> None:
    path = own(tmp_path, text)
    found = load_rules(BUILT_IN, path)
    assert found.rules == built_in().rules
    [fault] = found.faults
    assert str(path) in fault
    assert said in fault
    assert "Only the built-in rules are used." in fault


def test_wrong_built_in_rules_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="the rule x is wrong"):
        load_rules(own(tmp_path, '[x]\ntone = "bad"\n'))
    with pytest.raises(RuleError, match="cannot be read"):
        load_rules(tmp_path / "none.toml")
