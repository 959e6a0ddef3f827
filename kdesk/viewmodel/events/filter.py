"""The filter of the live-event log, in the words of the tables' filter.

``web prod``           lines with both words, in any column; ``"two words"`` as one; ``web | api`` either
``!web``               not this (before anything)
``type:DELETED``       one column: type, kind, ns, name, cluster, who, version; ``kind:"Pod"`` and ``kind=Pod`` exactly
``path:status.phase``  what changed there; ``change:nginx`` what changed, in words
``tier=web``           a label; ``tier!=web``
``/web-\\d+/``          a regular expression
``time:14:02..14:05``  when it was received (see ``times``); ``time:>14:02:11``; ``age<5m`` and ``last:5m``
``bookmark:``          lines with a bookmark; ``bookmark:deploy`` those with that in their note

Words are found whatever their case. While it is typed a filter is mostly half-finished: what is not there yet is passed
over, and only what can never be right is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from operator import attrgetter

from kdesk.viewmodel.events.book import Subject
from kdesk.viewmodel.events.lines import EventColumn, Told
from kdesk.viewmodel.events.times import TimeError, TimeRange, parse_time
from kdesk.viewmodel.rows.filtering import FilterError
from kdesk.viewmodel.rows.ordering import duration


@dataclass(frozen=True, slots=True)
class Term:
    """One condition: any of what is set must hold (or, ``negated``, none). ``word`` is sought in subject and change.

    ``age``: seconds before now, and whether younger (or older) than that. ``note``: of a line's bookmark.
    """

    negated: bool = False
    word: str = ""
    subject: Callable[[Subject], bool] | None = None
    told: Callable[[Told], bool] | None = None
    version: Callable[[str], bool] | None = None
    time: TimeRange | None = None
    age: tuple[float, bool] | None = None
    note: Callable[[str], bool] | None = None

    @property
    def needs_words(self) -> bool:
        """It looks at what changed, which has to be found out first."""
        return bool(self.word) or self.told is not None


class EventFilter:
    """Any of ``alternatives`` must hold, each a list of terms that must all hold. Raises FilterError."""

    def __init__(self, text: str = "") -> None:
        self.text = text.strip()
        self.alternatives = tuple(_parse(self.text))

    def __bool__(self) -> bool:
        return bool(self.alternatives)

    @property
    def needs_words(self) -> bool:
        return any(term.needs_words for terms in self.alternatives for term in terms)

    @property
    def timed(self) -> bool:
        """What it finds changes as time passes."""
        return any(term.age is not None for terms in self.alternatives for term in terms)

    @property
    def marked(self) -> bool:
        """What it finds changes with the bookmarks."""
        return any(term.note is not None for terms in self.alternatives for term in terms)


_TOKEN = re.compile(
    r'\s*(?:(?P<or>\|)|(?P<term>!*(?:/(?:[^/\\]|\\.)+/(?=\s|\||\Z)|(?:"[^"]*"?|[^\s"|])+)))', re.DOTALL
)
_OPERATION = re.compile(r"(?P<name>[^\s:=!<>\"]+)(?P<op>!=|>=|<=|=|:|>|<)(?P<value>.*)", re.DOTALL)
_SUBJECT: dict[str, Callable[[Subject], tuple[str, ...]]] = {
    "type": lambda subject: (subject.type,),
    "kind": lambda subject: (subject.origin.resource.kind, subject.origin.resource.label),
    "ns": lambda subject: (subject.namespace,),
    "cluster": lambda subject: (subject.origin.cluster,),
    "name": lambda subject: (subject.name,),
    "who": lambda subject: (subject.who,),
}
#: What those follow from that have few values: each is tested once.
_FEW: dict[str, Callable[[Subject], Hashable]] = {
    "type": attrgetter("type"),
    "kind": attrgetter("origin"),
    "cluster": attrgetter("origin.cluster"),
    "who": attrgetter("type", "manager", "subresource"),
}
_TOLD: dict[str, Callable[[Told], tuple[str, ...]]] = {
    "path": lambda told: tuple(told.paths.split("\n")),
    "change": lambda told: (told.more or told.words,),
}
_OTHERS = ("version", "time", "age", "last", "bookmark")
_ALIASES = {"namespace": "ns", "context": "cluster", "resource": "kind", "note": "bookmark", "at": "time"}
FILTER_FIELDS = (*_SUBJECT, *_TOLD, *_OTHERS)


def _parse(text: str) -> Iterable[tuple[Term, ...]]:
    alternatives: list[list[Term]] = [[]]
    for match in _TOKEN.finditer(text):
        if match["or"]:
            alternatives.append([])
        elif (term := _term(match["term"])) is not None:
            alternatives[-1].append(term)
    # What is quickly told first: mostly it spares the rest.
    return [tuple(sorted(terms, key=lambda term: term.needs_words)) for terms in alternatives if terms]


def _term(token: str) -> Term | None:
    """None where nothing is said yet."""
    bare = token.lstrip("!")
    negated = (len(token) - len(bare)) % 2 == 1
    if len(bare) > 2 and bare[0] == bare[-1] == "/":
        term: Term | None = _pattern(bare)
    elif not bare.startswith('"') and (match := _OPERATION.fullmatch(bare)) is not None:
        term = _operation(match["name"], match["op"], match["value"], bare)
    else:
        term = _word(bare)
    return replace(term, negated=term.negated is not negated) if term is not None else None


def _word(text: str) -> Term | None:
    word = text.replace('"', "").lower()
    return Term(word=word) if word else None


def _pattern(token: str) -> Term:
    try:
        search = re.compile(token[1:-1], re.IGNORECASE).search
    except re.error as error:
        raise FilterError(f"{token} is no regular expression: {error}.") from error
    return Term(
        subject=lambda subject: search(subject.hay) is not None,
        told=lambda told: search(told.more or told.words) is not None,
    )


def _operation(name: str, op: str, value: str, token: str) -> Term | None:
    field = _ALIASES.get(name.lower(), name.lower())
    if field in ("time", "age", "last"):
        return _moment(field, op, value.replace('"', ""))
    exact = op != ":" or (value[:1] == '"' and field in FILTER_FIELDS)
    wanted = value.replace('"', "").lower()
    if field == "bookmark":
        return Term(note=lambda note: wanted in note.lower())
    if op in (">", "<", ">=", "<="):
        return _word(token)
    if field not in FILTER_FIELDS:
        return _word(token) if op == ":" else _label(name, value.replace('"', ""), wanted=op == "=")
    if not wanted:
        return None
    term = _column(field, _tester(wanted, exact=exact))
    return replace(term, negated=op == "!=")


def _column(field: str, test: Callable[[Iterable[str]], bool]) -> Term:
    if field == "version":
        return Term(version=lambda version: test((version,)))
    if (said := _TOLD.get(field)) is not None:
        return Term(told=lambda told: test(said(told)))
    texts, few = _SUBJECT[field], _FEW.get(field)
    if few is None:
        return Term(subject=lambda subject: test(texts(subject)))
    known: dict[Hashable, bool] = {}

    def tested(subject: Subject) -> bool:
        key = few(subject)
        answer = known.get(key)
        if answer is None:
            answer = known[key] = test(texts(subject))
        return answer

    return Term(subject=tested)


def _tester(wanted: str, *, exact: bool) -> Callable[[Iterable[str]], bool]:
    if exact:
        return lambda texts: any(text.lower() == wanted for text in texts)
    return lambda texts: any(wanted in text.lower() for text in texts)


def _label(name: str, value: str, *, wanted: bool) -> Term | None:
    if not value:
        return None
    pair = f",{name}={value},"
    return Term(subject=lambda subject: (pair in f",{subject.labels},") is wanted)


def _moment(field: str, op: str, value: str) -> Term | None:
    if field == "time":
        if not value.strip(">=<. "):
            return None
        comparison = "" if op in (":", "=", "!=") else op
        try:
            return Term(negated=op == "!=", time=parse_time(comparison + value))
        except TimeError as error:
            raise FilterError(str(error)) from error
    if field == "age" and value[:1] in ("<", ">"):  # age:<5m
        op, value = value[0], value[1:].lstrip("=")
    if not value:
        return None
    seconds = duration(value)
    if seconds is None:
        raise FilterError(f"{value!r} is no time: write {field}{op} as in 30s, 5m, 12h or 3d.")
    return Term(age=(seconds, field == "last" or not op.startswith(">")))


#: Which column a field of the filter speaks of.
FIELD_OF_COLUMN = {
    EventColumn.TIME: "time",
    EventColumn.CLUSTER: "cluster",
    EventColumn.TYPE: "type",
    EventColumn.KIND: "kind",
    EventColumn.NAMESPACE: "ns",
    EventColumn.NAME: "name",
    EventColumn.CHANGE: "change",
    EventColumn.WHO: "who",
}
