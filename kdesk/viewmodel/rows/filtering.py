"""Filter as you type.

``web prod``        rows with both words anywhere; ``"two words"`` as one; ``web | api`` either
``!web``            not this (before anything)
``status:crash``    a column that contains; ``status=Running`` that is; ``status!=Running`` that is not
``restarts>5``      comparisons in the order of the column: ``age<1h``, ``cpu>=500m``, ``version<1.30``
``cluster:edge``    in a table of several clusters (``context:`` is the same)
``tier=web``        a label, where no column is called so; ``tier!=web``
``/web-\\d+/``       a regular expression
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from kdesk.kube.table.rows import MOMENT, Cell, Column, ColumnKind, Row
from kdesk.viewmodel.rows.cluster_row import cluster_of
from kdesk.viewmodel.rows.columns import CLUSTER, NAMESPACE
from kdesk.viewmodel.rows.ordering import MISSING, SortKey, duration, is_quantity, text_key, value_key

#: (row, its haystack, epoch seconds now) to whether it stays.
Test = Callable[[Row, str, float], bool]


class FilterError(ValueError):
    """The text is no filter; the message is one sentence that says why."""


class Mark(NamedTuple):
    """What a term found, to be shown in the cells: of one column (``cell`` as in TableColumn), or of any (None).

    ``pattern`` None: the whole text, where ``test`` holds (which does not look into a haystack).
    """

    cell: int | None
    pattern: re.Pattern[str] | None
    test: Test | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. Two are equal when they were typed the same; ``word`` is set for plain words.

    ``reads``: it looks into the haystack; ``timed``: its answer changes as time passes.
    """

    text: str
    test: Test = field(compare=False, repr=False)
    word: str = ""
    timed: bool = False
    reads: bool = False
    mark: Mark | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Filter:
    """Any of ``alternatives`` must hold, each of which is a list of terms that must all hold."""

    text: str
    alternatives: tuple[tuple[Term, ...], ...] = ()

    @property
    def timed(self) -> bool:
        """The answer for a row changes as time passes (ages are compared)."""
        return any(term.timed for terms in self.alternatives for term in terms)

    @property
    def reads(self) -> bool:
        """It looks into rows' haystacks."""
        return any(term.reads for terms in self.alternatives for term in terms)

    @property
    def words(self) -> tuple[str, ...] | None:
        """The words that must be in a row's haystack when that is all there is to it, else None."""
        if not self.alternatives:
            return ()
        if len(self.alternatives) > 1 or not all(term.word for term in self.alternatives[0]):
            return None
        return tuple(term.word for term in self.alternatives[0])

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Where in the cells it finds something."""
        found = (term.mark for terms in self.alternatives for term in terms)
        return tuple(mark for mark in found if mark is not None)

    def matches(self, row: Row, hay: str, now: float) -> bool:
        """Whether the row stays; ``hay`` is ``haystack(row)`` (where it is read), ``now`` epoch seconds."""
        if not self.alternatives:
            return True
        return any(all(term.test(row, hay, now) for term in terms) for terms in self.alternatives)

    def narrows(self, other: Filter) -> bool:
        """Every row that this one keeps is surely among those that ``other`` keeps."""
        if not other.alternatives:
            return True
        if len(self.alternatives) != 1 or len(other.alternatives) != 1:
            return False
        mine = self.alternatives[0]
        return all(
            any(term == wider or (wider.word and wider.word in term.word) for term in mine)
            for wider in other.alternatives[0]
        )


EVERYTHING = Filter("")

_MOMENTS = re.compile(f"{MOMENT}-?\\d+{MOMENT}")
_TOKEN = re.compile(r"""\s*(?:(?P<or>\|)|(?P<term>(?:"[^"]*"|/(?:[^/\\]|\\.)*/(?=\s|\||\Z)|[^\s"|])+))""")
_OPERATION = re.compile(r"(?P<name>[^\s:=!<>\"]+)(?P<op>!=|>=|<=|=|:|>|<)(?P<value>.*)\Z", re.DOTALL)
_TIMES = (ColumnKind.AGE, ColumnKind.SINCE)
_COMPARE: dict[str, Callable[[SortKey, SortKey], bool]] = {
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}


def haystack(row: Row) -> str:
    """What plain words are looked for in: namespace, name and cells, in lower case; no ages."""
    cells = [cell if isinstance(cell, str) else str(cell) for cell in row.cells if cell is not None]
    text = "\n".join((row.key, *cells)).lower()
    return _MOMENTS.sub("", text) if MOMENT in text else text


def parse(text: str, columns: Sequence[Column]) -> Filter:
    """The filter that ``text`` says, over rows whose cells match ``columns``. Raises FilterError."""
    alternatives: list[list[Term]] = [[]]
    for token in _tokens(text):
        if token == "|":
            alternatives.append([])
        else:
            alternatives[-1].append(_term(token, columns))
    if alternatives == [[]]:
        return EVERYTHING
    if not all(alternatives):
        raise FilterError("Something is missing beside the |.")
    return Filter(text, tuple(tuple(terms) for terms in alternatives))


def _tokens(text: str) -> Iterable[str]:
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise FilterError('A " is not closed.')
        place = match.end()
        yield "|" if match["or"] else match["term"]


def _term(token: str, columns: Sequence[Column]) -> Term:
    if token.startswith("!"):
        if token == "!":
            raise FilterError("Something is missing after the !.")
        inner = _term(token[1:], columns)
        test = inner.test
        return Term(
            token, lambda row, hay, now: not test(row, hay, now), timed=inner.timed, reads=inner.reads
        )
    if len(token) > 1 and token[0] == token[-1] == "/":
        return _pattern(token)
    match = _OPERATION.match(token)
    if match is None:
        word = token.replace('"', "").lower()
        return _word(token, word)
    return _operation(token, match["name"], match["op"], match["value"].replace('"', ""), columns)


def _pattern(token: str) -> Term:
    try:
        pattern = re.compile(token[1:-1], re.IGNORECASE)
    except re.error as error:
        raise FilterError(f"{token} is no regular expression: {error}.") from error
    search = pattern.search
    return Term(token, lambda row, hay, now: search(hay) is not None, reads=True, mark=Mark(None, pattern))


def _word(token: str, word: str) -> Term:
    return Term(token, lambda row, hay, now: word in hay, word=word, reads=True, mark=_word_mark(None, word))


def _operation(token: str, name: str, op: str, value: str, columns: Sequence[Column]) -> Term:
    if not value:
        raise FilterError(f"Something is missing after {name}{op}")
    source = _source(name, columns)
    if source is None:
        if op in ("=", "!="):
            return _label(token, name, value, wanted=op == "=")
        if op == ":" and not name.isidentifier():
            word = token.lower()  # an address such as 10.0.0.1:80
            return _word(token, word)
        raise FilterError(f"There is no column {name!r}: {_known(columns)}.")
    text, key, kind = source
    cell = _cell(name, columns)
    low = value.lower()
    if op in _COMPARE:
        term = _comparison(token, key, _COMPARE[op], _wanted(value, kind, name), timed=kind in _TIMES)
        return replace(term, mark=None if cell is None else Mark(cell, None, term.test))
    if op == ":":
        mark = None if cell is None else _word_mark(cell, low)
        return Term(token, lambda row, hay, now: low in text(row).lower(), mark=mark)
    is_equal = op == "="

    def test(row: Row, hay: str, now: float) -> bool:
        return (text(row).lower() == low) is is_equal

    return Term(token, test, mark=Mark(cell, None, test) if is_equal and cell is not None else None)


def _wanted(value: str, kind: ColumnKind | None, name: str) -> SortKey:
    if kind not in _TIMES:
        return text_key(value, minutes=kind is not ColumnKind.QUANTITY)
    seconds = duration(value)
    if seconds is None:
        raise FilterError(f"{value!r} is no time: write {name} as in 30s, 5m, 12h or 3d.")
    return (seconds, "")


def _comparison(
    token: str,
    key: Callable[[Row, float], SortKey | None],
    holds: Callable[[SortKey, SortKey], bool],
    wanted: SortKey,
    *,
    timed: bool,
) -> Term:
    of_text = bool(wanted[1])

    def test(row: Row, hay: str, now: float) -> bool:
        found = key(row, now)
        # Numbers compare with numbers and texts with texts; what is missing is neither more nor less.
        return found is not None and bool(found[1]) == of_text and holds(found, wanted)

    return Term(token, test, timed=timed)


def _label(token: str, name: str, value: str, *, wanted: bool) -> Term:
    pair = f",{name}={value},"
    return Term(token, lambda row, hay, now: (pair in f",{row.labels},") is wanted)


# The text of a row's cell; its sort key (None when missing); the kind where it is a time or a quantity.
_Source = tuple[Callable[[Row], str], Callable[[Row, float], SortKey | None], ColumnKind | None]


def _source(name: str, columns: Sequence[Column]) -> _Source | None:
    wanted = _plain(name)
    for index, column in enumerate(columns):
        if _plain(column.name) == wanted:
            return _cell_source(column, index)
    own: dict[str, Callable[[Row], str]] = {
        "namespace": lambda row: row.namespace,
        "ns": lambda row: row.namespace,
        "name": lambda row: row.name,
        "labels": lambda row: row.labels,
        "cluster": cluster_of,
        "context": cluster_of,
    }
    text = own.get(wanted)
    return (text, lambda row, now: text_key(text(row)), None) if text else None


def _cell_source(column: Column, index: int) -> _Source:
    def value(row: Row) -> Cell:
        return row.cells[index] if index < len(row.cells) else None

    def text(row: Row) -> str:
        found = value(row)
        if found is None:
            return ""
        return _MOMENTS.sub("", found) if isinstance(found, str) else str(found)

    quantity = is_quantity(column)

    def key(row: Row, now: float) -> SortKey | None:
        found = value(row)
        return None if found is None or found in MISSING else value_key(found, minutes=not quantity)

    def age(row: Row, now: float) -> SortKey | None:
        return (now - row.created, "") if row.created else None

    def since(row: Row, now: float) -> SortKey | None:
        found = value(row)
        return (now - found, "") if isinstance(found, (int, float)) else None

    if column.kind is ColumnKind.AGE:
        return text, age, column.kind
    if column.kind is ColumnKind.SINCE:
        return text, since, column.kind
    return text, key, ColumnKind.QUANTITY if quantity else None


def _cell(name: str, columns: Sequence[Column]) -> int | None:
    """Where the cells of a column stand, as TableColumn says it; None: in no column."""
    wanted = _plain(name)
    own = {"namespace": NAMESPACE, "ns": NAMESPACE, "cluster": CLUSTER, "context": CLUSTER}
    found = next((at for at, column in enumerate(columns) if _plain(column.name) == wanted), None)
    return own.get(wanted) if found is None else found


def _word_mark(cell: int | None, word: str) -> Mark:
    return Mark(cell, re.compile(re.escape(word), re.IGNORECASE))


def _plain(name: str) -> str:
    return re.sub(r"[\s_()-]", "", name).lower()


def _known(columns: Sequence[Column]) -> str:
    names = [_plain(column.name) for column in columns]
    if not names:
        return "the columns are not known yet"
    names += [name for name in ("namespace", "labels", "cluster") if name not in names]
    return f"the columns are {', '.join(names)}"
