"""Filtering: each form of a term, errors in sentences, and narrowing that never loses a row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdesk.kube.table.rows import MOMENT, Column, ColumnKind, Row
from kdesk.viewmodel.rows.filtering import EVERYTHING, FilterError, haystack, parse

NOW = 1_000_000.0
COLUMNS = (
    Column("Name"),
    Column("Ready"),
    Column("Status"),
    Column("Restarts", ColumnKind.NUMBER),
    Column("Age", ColumnKind.AGE),
    Column("Last Seen", ColumnKind.SINCE),
)


def pod(name: str, ready: str, status: str, restarts: int | str, *, age: int, labels: str = "") -> Row:
    return Row(
        key=f"prod/{name}",
        uid=name,
        version="1",
        created=int(NOW) - age,
        cells=(name, ready, status, restarts, None, int(NOW) - age // 2),
        labels=labels,
    )


ROWS = [
    pod("web-1", "1/1", "Running", 0, age=3600, labels="app=web,tier=front"),
    pod(
        "web-2",
        "0/1",
        "CrashLoopBackOff",
        f"17 ({MOMENT}999000{MOMENT} ago)",
        age=60,
        labels="app=web,tier=back",
    ),
    pod("api-1", "2/2", "Running", 6, age=86_400, labels="app=api"),
    pod("db-0", "1/1", "Completed", 1, age=30, labels=""),
]


def kept(text: str) -> list[str]:
    found = parse(text, COLUMNS)
    return [row.name for row in ROWS if found.matches(row, haystack(row), NOW)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["web-1", "web-2", "api-1", "db-0"]),
        ("WEB", ["web-1", "web-2"]),
        ("web run", ["web-1"]),
        ("prod/db", ["db-0"]),
        ("crash | completed", ["web-2", "db-0"]),
        ("api|db", ["api-1", "db-0"]),
        ("!running", ["web-2", "db-0"]),
        ("!status:run !db", ["web-2"]),
        ("status:loop", ["web-2"]),
        ("status=running", ["web-1", "api-1"]),
        ("status!=running", ["web-2", "db-0"]),
        ("restarts>5", ["web-2", "api-1"]),
        ("restarts<=1", ["web-1", "db-0"]),
        ("ready<1/1", ["web-2"]),
        ("age<5m", ["web-2", "db-0"]),
        ("age>=1h", ["web-1", "api-1"]),
        ("lastseen<1m", ["web-2", "db-0"]),
        ("tier=back", ["web-2"]),
        ("tier!=back app=web", ["web-1"]),
        ("labels:front", ["web-1"]),
        ("ns=prod name:1", ["web-1", "api-1"]),
        ("/^prod.web-[12]$/", []),
        (r"/web-\d|db/", ["web-1", "web-2", "db-0"]),
        ("!/web|db/", ["api-1"]),
        ('"1/1"', ["web-1", "db-0"]),
        ('status="running"', ["web-1", "api-1"]),
        ("999000", []),
    ],
)
def test_terms(text: str, names: list[str]) -> None:
    assert kept(text) == names


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('"web', "not closed"),
        ("web |", r"missing beside the \|"),
        ("| web", r"missing beside the \|"),
        ("!", "missing after the !"),
        ("restarts>", "missing after restarts>"),
        ("restrts>5", "no column 'restrts': the columns are name, ready, status"),
        ("/web(/", "no regular expression"),
        ("age<soon", "no time"),
    ],
)
def test_a_wrong_filter_says_why(text: str, sentence: str) -> None:
    with pytest.raises(FilterError, match=sentence):
        parse(text, COLUMNS)


def test_an_unknown_column_is_answered_with_all_that_can_be_asked_for() -> None:
    with pytest.raises(FilterError) as error:
        parse("restrts>5", COLUMNS)
    said = str(error.value).partition("the columns are ")[2]
    asked = said.removesuffix(".").split(", ")
    assert asked == [
        *("name", "ready", "status", "restarts", "age", "lastseen"),
        *("namespace", "labels", "cluster"),
    ]
    for name in asked:
        parse(f"{name}:x", COLUMNS)
    with pytest.raises(FilterError, match="are not known yet"):
        parse("restrts>5", ())
    with pytest.raises(FilterError, match=r"the columns are name, namespace, labels, cluster\.$"):
        parse("restrts>5", (Column("Name"), Column("Namespace")))


def test_nothing_typed_keeps_everything() -> None:
    assert parse("   ", COLUMNS) is EVERYTHING
    assert EVERYTHING.words == ()


def test_only_plain_words_are_looked_up_by_words_alone() -> None:
    assert parse("web run", COLUMNS).words == ("web", "run")
    assert parse("web !run", COLUMNS).words is None
    assert parse("web | run", COLUMNS).words is None


def test_only_comparisons_of_times_change_as_time_passes() -> None:
    assert parse("!age<5m", COLUMNS).timed
    assert not parse("restarts>5 web", COLUMNS).timed


PIECES = ["w", "we", "web", "web-1", "run", "!web", "restarts>1", "status:run", "|", "tier=front", "/b/"]


@given(st.lists(st.sampled_from(PIECES), max_size=4), st.lists(st.sampled_from(PIECES), max_size=4))
def test_a_filter_that_narrows_another_keeps_none_that_the_other_drops(
    one: list[str], two: list[str]
) -> None:
    try:
        narrow, wide = parse(" ".join(one), COLUMNS), parse(" ".join(two), COLUMNS)
    except FilterError:
        return
    if narrow.narrows(wide):
        for row in ROWS:
            hay = haystack(row)
            assert not narrow.matches(row, hay, NOW) or wide.matches(row, hay, NOW)


def test_typing_on_narrows() -> None:
    assert parse("web-1", COLUMNS).narrows(parse("web", COLUMNS))
    assert parse("web restarts>1", COLUMNS).narrows(parse("we", COLUMNS))
    assert not parse("web", COLUMNS).narrows(parse("web-1", COLUMNS))
    assert not parse("!web-1", COLUMNS).narrows(parse("!web", COLUMNS))


@pytest.mark.parametrize(
    ("text", "found"),
    [("cpu<500m", ["250m"]), ("cpu>=1", ["1", "1500m"]), ("cpu>=250m", ["250m", "1", "1500m"])],
)
def test_quantities_compare_by_value(text: str, found: list[str]) -> None:
    column = Column("Cpu", ColumnKind.QUANTITY)
    rows = [Row(f"prod/{cpu}", cpu, "1", int(NOW), (cpu,)) for cpu in ("250m", "1", "1500m")]
    wanted = parse(text, [column])
    assert [row.uid for row in rows if wanted.matches(row, haystack(row), NOW)] == found
