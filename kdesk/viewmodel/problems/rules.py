"""The rules of what needs attention, read from files: the built-in one, and a person's own that adds to it.

What a rule may say is told at the head of ``resources/rules/problems.toml``.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from kdesk.viewmodel.rows.ordering import duration

Tone = Literal["bad", "warn"]
#: Instead of the name of a kind.
ANY, CUSTOM = "*", "custom"
SEEN, CREATED, DELETING = "seen", "created", "deleting"
_Scalar = str | bool | int | float
_OPERATIONS = ("is_", "is_not", "has", "matches", "incomplete", "below", "above")
_LABEL = re.compile(r"[a-z0-9-]+(\.[a-z0-9.-]+)?\Z")


class RuleError(ValueError):
    """A file of rules, or a rule in it, is wrong; the message is a sentence that names the file and the rule."""


class Test(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"is_": "is"}):
    """One test of a row's cells; exactly one of the operations is given."""

    __test__ = False  # not one of pytest's

    column: str | list[str]
    is_: _Scalar | list[_Scalar] | None = None
    is_not: _Scalar | list[_Scalar] | None = None
    has: str | list[str] | None = None
    matches: str | None = None
    incomplete: Literal[True] | None = None
    below: float | str | None = None
    above: float | str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The titles, in capitals."""
        return tuple(title.upper() for title in _list(self.column))


class _Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as it is written."""

    resource: str | list[str]
    title: str
    tone: Tone
    reason: str
    name: str = ""
    when: list[Test] = []
    owned: bool | None = None
    since: str = SEEN
    after: str = "0s"
    within: str = ""
    off: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """``after`` and ``within`` in seconds; ``since`` SEEN, CREATED, DELETING or a column's title in capitals."""

    id: str
    resources: tuple[str, ...]
    title: str
    tone: Tone
    reason: str
    name: str
    tests: tuple[Test, ...]
    owned: bool | None
    since: str
    after: float
    within: float
    place: int

    @property
    def rank(self) -> tuple[int, int]:
        """The worst first."""
        return (0 if self.tone == "bad" else 1, self.place)

    def covers(self, label: str, *, custom: bool) -> bool:
        """Whether it speaks of the kind with this label; ``custom``: that is a custom resource."""
        return label in self.resources or ANY in self.resources or (custom and CUSTOM in self.resources)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules, the worst first. ``faults``: a sentence for each thing in a person's own file that is left out."""

    rules: tuple[Rule, ...]
    faults: tuple[str, ...] = ()

    def of(self, label: str, *, custom: bool) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.covers(label, custom=custom))

    @property
    def named(self) -> tuple[str, ...]:
        """The kinds that rules name, in the order of the worst."""
        labels = (label for rule in self.rules for label in rule.resources if label not in (ANY, CUSTOM))
        return tuple(dict.fromkeys(labels))


def load_rules(built_in: Path, own: Path | None = None) -> RuleSet:
    """The built-in rules, changed and extended by a person's own where that file exists.

    What is wrong in ``own`` is left out and told in ``faults``. Raises RuleError for what is wrong in ``built_in``.
    """
    texts = _read(built_in)
    faults = []
    try:
        added = _read(own) if own is not None and own.exists() else {}
    except RuleError as error:
        added, faults = {}, [f"{error} Only the built-in rules are used."]
    rules, wrong = _rules(texts, built_in.name)
    if wrong:
        raise RuleError(" ".join(wrong))
    if own is not None and added:
        order = {rule.id: rule.place for rule in rules}
        merged = {name: {**texts.get(name, {}), **text} for name, text in added.items()}
        mine, wrong = _rules(merged, str(own), order, first=len(texts))
        wrong_ids = merged.keys() - {rule.id for rule in mine} - _off(merged)
        # A rule that was changed into a wrong one stays as it was.
        rules = [rule for rule in rules if rule.id not in merged or rule.id in wrong_ids] + mine
        faults += wrong
    return RuleSet(tuple(sorted(rules, key=lambda rule: rule.rank)), tuple(faults))


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise RuleError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{path} is no TOML: {error}.") from error
    for name, text in document.items():
        if not isinstance(text, dict):
            raise RuleError(f"{path}: {name} is no table: a rule begins with its id in brackets.")
    return document


def _rules(
    texts: Mapping[str, dict[str, Any]], file: str, order: Mapping[str, int] | None = None, first: int = 0
) -> tuple[list[Rule], list[str]]:
    """The rules that are right and not off, and a sentence for each that is wrong."""
    rules, wrong = [], []
    for place, (name, text) in enumerate(texts.items(), first):
        try:
            rule = _rule(name, text, (order or {}).get(name, place))
        except (msgspec.ValidationError, ValueError) as error:
            wrong.append(f"{file}: the rule {name} is wrong: {_said(error)}.")
        else:
            rules += [rule] if rule is not None else []
    return rules, wrong


def _off(texts: Mapping[str, dict[str, Any]]) -> set[str]:
    return {name for name, text in texts.items() if text.get("off") is True}


def _rule(name: str, text: dict[str, Any], place: int) -> Rule | None:
    """Raises msgspec.ValidationError, ValueError."""
    if text.get("off") is True:
        return None
    given = msgspec.convert(text, _Text)
    resources = _list(given.resource)
    for label in resources:
        if label not in (ANY, CUSTOM) and not _LABEL.match(label):
            raise ValueError(f"{label!r} is no kind such as pods or deployments.apps")
    for test in given.when:
        _check(test)
    since = given.since if given.since in (SEEN, CREATED, DELETING) else given.since.upper()
    if not given.when and since == SEEN:
        raise ValueError("it has neither `when` nor `since`, and would fit every object")
    within = _seconds("within", given.within) if given.within else math.inf
    return Rule(
        id=name,
        resources=resources,
        title=given.title,
        tone=given.tone,
        reason=given.reason,
        name=given.name,
        tests=tuple(given.when),
        owned=given.owned,
        since=since,
        after=_seconds("after", given.after),
        within=within,
        place=place,
    )


def _check(test: Test) -> None:
    """Raises ValueError."""
    titles = " or ".join(test.columns)
    if not titles:
        raise ValueError("a test names no column")
    given = [name for name in _OPERATIONS if getattr(test, name) is not None]
    if len(given) != 1:
        known = ", ".join(name.rstrip("_") for name in _OPERATIONS)
        raise ValueError(f"the test of {titles} needs exactly one of {known}")
    if test.matches is not None:
        try:
            re.compile(test.matches)
        except re.error as error:
            raise ValueError(f"{test.matches!r} is no regular expression ({error})") from error


def _seconds(key: str, text: str) -> float:
    seconds = duration(text)
    if seconds is None:
        raise ValueError(f"`{key}` is {text!r}, which is no time such as 30s, 5m or 1h")
    return seconds


def _said(error: Exception) -> str:
    """msgspec's words, with the place in front: ``tone: invalid enum value 'red'``."""
    text, _, place = str(error).partition(" - at `$")
    where = place.rstrip("`").lstrip(".").replace("[...]", "")
    text = text.replace("Object ", "it ", 1) if text.startswith("Object ") else text[:1].lower() + text[1:]
    return f"{where}: {text}" if where else text


def values(given: _Scalar | Iterable[_Scalar]) -> frozenset[str]:
    """The values of ``is`` and its like, as ``comparable`` makes those of cells."""
    several = [given] if isinstance(given, (str, bool, int, float)) else given
    return frozenset(str(value).lower() for value in several)


def _list(given: str | list[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
