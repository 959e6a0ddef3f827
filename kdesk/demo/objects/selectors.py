"""Label and field selectors, as they come in `labelSelector=` and `fieldSelector=`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from kdesk.demo.objects.errors import bad_request

Labels = Mapping[str, str]
Predicate = Callable[[Labels], bool]

_SET = re.compile(r"^\s*(\S+)\s+(in|notin)\s*\(([^)]*)\)\s*$")
_EQUAL = re.compile(r"^\s*([^\s!=]+)\s*(==|=|!=)\s*(\S*)\s*$")
_EXISTS = re.compile(r"^\s*(!?)\s*([^\s!=(),]+)\s*$")
_COMMA = re.compile(r",(?![^(]*\))")


class Selector:
    """Labels and fields together. An empty one matches everything."""

    def __init__(self, labels: str, fields: str, known_fields: frozenset[str]) -> None:
        """Parses both. Raises ApiError 400 when a text is malformed or a field cannot be selected on."""
        self.text = f"{labels}\0{fields}"
        self._labels = [_label_requirement(part) for part in _COMMA.split(labels) if part.strip()]
        self._fields = [_field_requirement(part, known_fields) for part in fields.split(",") if part.strip()]

    @property
    def empty(self) -> bool:
        return not self._labels and not self._fields

    def matches(self, labels: Labels, fields: Labels) -> bool:
        return all(test(labels) for test in self._labels) and all(test(fields) for test in self._fields)


def _label_requirement(text: str) -> Predicate:
    if found := _SET.match(text):
        key, operator, listed = found.groups()
        values = {value.strip() for value in listed.split(",")}
        if operator == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    if found := _EQUAL.match(text):
        return _equality(*found.groups())
    if found := _EXISTS.match(text):
        absent, key = bool(found[1]), found[2]
        return lambda labels: (key in labels) != absent
    raise bad_request(f"unable to parse requirement: {text.strip()!r} is not a label selector")


def _field_requirement(text: str, known: frozenset[str]) -> Predicate:
    found = _EQUAL.match(text)
    if not found:
        raise bad_request(f"invalid selector: '{text}'; can't understand '{text}'")
    if found[1] not in known:
        raise bad_request(f"field label not supported: {found[1]}")
    return _equality(*found.groups())


def _equality(key: str, operator: str, value: str) -> Predicate:
    if operator == "!=":
        return lambda labels: labels.get(key) != value
    return lambda labels: labels.get(key) == value
