"""kubectl's JSONPath (client-go's ``util/jsonpath``), as far as one value of one object goes.

``.spec.nodeName``  ``{.metadata.labels['app']}``  ``.metadata.labels.app\\.kubernetes\\.io/name``
``.spec.containers[0].image``  ``[-1]``  ``[0:2]``  ``[*]``  ``.*``  ``[0,2]``  ``['a','b']``  ``..image``
``.status.conditions[?(@.type=="Ready")].status``  with ``== != < <= > >=``, or ``[?(@.name)]`` for what has it

What an object lacks is no error: there are simply no values. Quoted names need no backslash before a dot, and ``range``
is not known: it makes texts, not values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from kdesk.kube.errors import KubeError

#: From one value to those that a step leads to.
Step = Callable[[Any], Iterable[Any]]

_NAME = re.compile(r"(?:\\.|[^\\.\[\](){}\s,$@'\"=!<>])+")
_INTEGER = re.compile(r"[+-]?\d+(?![\w.])")
_NUMBER = re.compile(r"[+-]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?(?![\w.])")
_WORD = re.compile(r"(?:true|false)(?!\w)")
_SPACE = re.compile(r"\s*")
_OPERATOR = re.compile(r"==|!=|<=|>=|<|>")
_ESCAPED = re.compile(r"\\(.)")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class PathError(KubeError):
    """The text is no path. ``position`` counts its characters from 0; the sentence counts from 1."""

    def __init__(self, sentence: str, position: int) -> None:
        super().__init__(f"{sentence} (character {position + 1})")
        self.position = position


@dataclass(frozen=True, slots=True)
class Path:
    """A path that was understood. ``names`` are its steps where all of them are names, else None."""

    text: str
    steps: tuple[Step, ...]
    names: tuple[str, ...] | None

    @property
    def label(self) -> str:
        """The label that it leads to: ``app`` of ``.metadata.labels.app``, or ""."""
        names = self.names
        return (
            names[2] if names is not None and len(names) == 3 and names[:2] == ("metadata", "labels") else ""
        )

    def find(self, obj: Any) -> list[Any]:
        """The values in an object, in its order; null is none."""
        found = _walk(self.steps, obj)
        return [value for value in found if value is not None]


def _walk(steps: Sequence[Step], obj: Any) -> list[Any]:
    values = [obj]
    for step in steps:
        values = [further for value in values for further in step(value)]
    return values


def as_text(value: Any) -> str:
    """A value as kubectl prints it: texts as they are, maps and lists as JSON."""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def parse_path(text: str) -> Path:
    """Raises PathError with a sentence and the position where it went wrong."""
    parser = _Parser(text)
    parser.space()
    braced = parser.eat("{")
    parser.space()
    steps, names = parser.steps(bare=True)
    parser.space()
    if braced:
        parser.expect("}", "the { is not closed")
        parser.space()
    if not parser.ended:
        rest = parser.rest
        if braced and rest:
            raise PathError("a column shows one value: nothing may follow the }", parser.at)
        raise PathError(f"{rest[0]!r} is not expected here", parser.at)
    if not steps:
        raise PathError("a path is missing, such as .spec.nodeName", parser.at)
    return Path(text, tuple(steps), tuple(names) if names is not None else None)


class _Parser:
    """Reads from left to right; ``at`` is the next character."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0

    @property
    def ended(self) -> bool:
        return self.at >= len(self._text)

    @property
    def rest(self) -> str:
        return self._text[self.at :]

    def space(self) -> None:
        self.match(_SPACE)

    def eat(self, text: str) -> bool:
        if not self._text.startswith(text, self.at):
            return False
        self.at += len(text)
        return True

    def expect(self, text: str, otherwise: str) -> None:
        if not self.eat(text):
            raise PathError(otherwise, self.at)

    def match(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self._text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[0]

    def steps(self, *, bare: bool) -> tuple[list[Step], list[str] | None]:
        """As many steps as there are; ``bare``: the first may be a name without a dot. The names where all are."""
        steps: list[Step] = []
        names: list[str] | None = []
        if not self.eat("$") and bare and not self.ended and self.rest[0] not in ".[}":
            names = self._add_name(steps, names)
        while True:
            if self.eat(".."):
                steps.append(_descend)
                names = None
                if not self.rest.startswith("["):
                    names = self._after_dot(steps, names)
            elif self.eat("."):
                if not steps and (self.ended or self.rest[0] in "[}"):
                    continue  # "." alone is the object, and ".[0]" is "[0]"
                names = self._after_dot(steps, names)
            elif self.eat("["):
                names = self._bracket(steps, names)
            else:
                return steps, names

    def _after_dot(self, steps: list[Step], names: list[str] | None) -> list[str] | None:
        if self.eat("*"):
            steps.append(_every)
            return None
        return self._add_name(steps, names)

    def _add_name(self, steps: list[Step], names: list[str] | None) -> list[str] | None:
        begin = self.at
        found = self.match(_NAME)
        if found is None:
            raise PathError("a name is missing", begin)
        name = _ESCAPED.sub(r"\1", found)
        steps.append(_member(name))
        return None if names is None else [*names, name]

    def _bracket(self, steps: list[Step], names: list[str] | None) -> list[str] | None:
        begin = self.at - 1
        self.space()
        if self.eat("*"):
            self._close(begin)
            steps.append(_every)
            return None
        if self.eat("?"):
            steps.append(self._filter(begin))
            self._close(begin)
            return None
        choices: list[Step] = []
        name = ""
        while True:
            self.space()
            if self.rest[:1] in ("'", '"'):
                name = self._quoted()
                choices.append(_member(name))
            else:
                choices.append(self._index_or_slice())
            self.space()
            if not self.eat(","):
                break
        self._close(begin)
        steps.append(choices[0] if len(choices) == 1 else _any_of(choices))
        return [*names, name] if names is not None and name and len(choices) == 1 else None

    def _close(self, begin: int) -> None:
        self.space()
        if self.ended:
            raise PathError("the [ is not closed", begin)
        self.expect("]", f"{self.rest[0]!r} is not expected here: a ] is")

    def _quoted(self) -> str:
        begin, quote = self.at, self.rest[0]
        pattern = re.compile(rf"{quote}((?:\\.|[^\\{quote}])*){quote}")
        found = self.match(pattern)
        if found is None:
            raise PathError(f"the {quote} is not closed", begin)
        return _ESCAPED.sub(r"\1", found[1:-1])

    def _index_or_slice(self) -> Step:
        begin = self.at
        bounds: list[int | None] = [self._integer()]
        while len(bounds) < 3 and self.eat(":"):
            bounds.append(self._integer())
        if len(bounds) == 1:
            if bounds[0] is None:
                raise PathError("an index, a quoted name, * or ?( is missing", begin)
            return _item(bounds[0])
        if len(bounds) == 3 and bounds[2] is not None and bounds[2] < 1:
            raise PathError("the step of a slice is 1 or more", begin)
        return _slice(slice(*bounds))

    def _integer(self) -> int | None:
        self.space()
        found = self.match(_INTEGER)
        self.space()
        return None if found is None else int(found)

    def _filter(self, begin: int) -> Step:
        self.expect("(", "a ( is missing after the ?")
        left = self._operand()
        self.space()
        operator = self.match(_OPERATOR)
        right = self._operand() if operator is not None else None
        self.space()
        if self.ended:
            raise PathError("the filter is not closed", begin)
        if not self.eat(")"):
            hints = {"&": ": one comparison is all that kubectl knows", "=": ": equal is =="}
            hint = (hints | {"|": hints["&"]}).get(self.rest[0], "")
            raise PathError(f"{self.rest[0]!r} is not expected in a filter{hint}", self.at)
        return _where(left, _COMPARE[operator] if operator is not None else None, right)

    def _operand(self) -> Step:
        """What is compared: a path from the item (``@.type``), or a value."""
        self.space()
        if self.eat("@"):
            steps, _ = self.steps(bare=False)
            return lambda item: _walk(steps, item)
        value: Any
        if self.rest[:1] in ("'", '"'):
            value = self._quoted()
        elif (number := self.match(_NUMBER)) is not None:
            value = float(number) if set(number) & set(".eE") else int(number)
        elif (word := self.match(_WORD)) is not None:
            value = word == "true"
        else:
            raise PathError('@, a number, true, false or a "text" is missing', self.at)
        return lambda _: (value,)


# Steps.


def _member(name: str) -> Step:
    def step(value: Any) -> Iterable[Any]:
        return (value[name],) if isinstance(value, dict) and name in value else ()

    return step


def _item(index: int) -> Step:
    def step(value: Any) -> Iterable[Any]:
        is_there = isinstance(value, list) and -len(value) <= index < len(value)
        return (value[index],) if is_there else ()

    return step


def _slice(bounds: slice) -> Step:
    return lambda value: value[bounds] if isinstance(value, list) else ()


def _any_of(choices: Sequence[Step]) -> Step:
    return lambda value: [found for choice in choices for found in choice(value)]


def _every(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _descend(value: Any) -> Iterator[Any]:
    """The value and everything below it."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += reversed(list(_every(found)))


def _where(left: Step, compare: Callable[[Any, Any], bool] | None, right: Step | None) -> Step:
    def holds(item: Any) -> bool:
        found = list(left(item))
        if compare is None or right is None:
            return bool(found)
        other = list(right(item))
        return (
            len(found) == len(other) == 1 and _comparable(found[0], other[0]) and compare(found[0], other[0])
        )

    return lambda value: [item for item in value if holds(item)] if isinstance(value, list) else ()


def _comparable(one: Any, other: Any) -> bool:
    """Texts with texts, numbers with numbers, true with false."""
    if isinstance(one, bool) or isinstance(other, bool):
        return isinstance(one, bool) and isinstance(other, bool)
    if isinstance(one, int | float):
        return isinstance(other, int | float)
    return isinstance(one, str) and isinstance(other, str)
