"""The journal of a watch: from the rows now and its steps, every earlier state comes back exactly."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from kdesk.kube.engine.journal import Budget, Journal, Recording
from kdesk.kube.engine.store import Store, StoreWriter
from kdesk.kube.engine.subscription import Status, WatchState
from kdesk.kube.table.rows import Change, Column, Row

LIVE = Status(WatchState.LIVE, synced=True)
LISTING = Status(WatchState.LISTING)


def row(name: str, version: int, cells: tuple[str, ...], uid: str = "") -> Row:
    return Row(f"a/{name}", uid or f"uid-{name}", str(version), 7, cells, f"app={name}")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def frozen(journal: Journal, rows: list[Row]) -> Recording:
    journal.resync(rows, (), LIVE)
    recording = journal.take()
    assert recording is not None
    return recording


def rewound(recording: Recording, steps: int) -> dict[str, Row]:
    """The rows so many steps before the end."""
    rows = dict(recording.rows)
    for step in reversed(recording.steps[len(recording.steps) - steps :]):
        if step.before is None:
            del rows[step.key]
        else:
            rows[step.key] = step.before
    return rows


@given(seed=st.integers(0, 10_000), count=st.integers(1, 60))
@settings(deadline=None, max_examples=60)
def test_every_state_before_comes_back(seed: int, count: int) -> None:
    chance = random.Random(seed)
    writer, states = StoreWriter(Store()), list[dict[str, Row]]()
    journal = Journal(Budget())
    journal.begin([], (), LIVE)
    live: dict[str, Row] = {}
    states.append(dict(live))
    for version in range(1, count + 1):
        name = chance.choice("abcd")
        type_ = "DELETED" if f"a/{name}" in live and chance.random() < 0.3 else "MODIFIED"
        uid = f"uid-{name}-{chance.randrange(2)}"
        new = row(name, version, (chance.choice("xyz"), chance.choice("xyz")), uid)
        changes = writer.apply([(type_, new)])
        journal.changed(changes)
        for change in changes:
            if change.type == "DELETED":
                live.pop(change.row.key, None)
            else:
                live[change.row.key] = change.row
            states.append(dict(live))
    recording = frozen(journal, list(live.values()))
    assert recording.rows == live
    for back, state in enumerate(reversed(states)):
        assert rewound(recording, back) == state


def test_a_first_list_and_a_resync_are_no_steps() -> None:
    journal = Journal(Budget(), clock=Clock())
    one = row("a", 1, ("x",))
    journal.begin([], (), LISTING)
    journal.changed([Change("ADDED", one, initial=True)])
    journal.resync([one], (), LISTING)
    assert journal.take() is None, "before the list is complete there is no past"
    journal.status(LIVE)
    journal.changed([Change("MODIFIED", one, one, resync=True)])
    recording = frozen(journal, [one])
    assert (recording.steps, recording.rows, recording.since) == ((), {"a/a": one}, 101.0)
    assert journal.take() is None, "frozen once, taken once"


def test_a_kind_that_went_and_came_back_are_steps() -> None:
    journal = Journal(Budget(), clock=Clock())
    writer = StoreWriter(Store())
    writer.begin()
    one = row("a", 1, ("x",))
    journal.begin([], (), LISTING)
    journal.changed([*writer.stage([one]), *writer.commit()])
    journal.status(LIVE)
    journal.changed(writer.clear())
    writer.begin()
    journal.changed([*writer.stage([one]), *writer.commit()])
    recording = frozen(journal, [one])
    assert [rewound(recording, back) for back in range(3)] == [{"a/a": one}, {}, {"a/a": one}]


def test_a_step_holds_only_what_was_different() -> None:
    journal = Journal(Budget(), clock=Clock())
    journal.begin([], (), LIVE)
    old = row("a", 1, ("".join(["same", "cell"]), "Pending"))
    new = row("a", 2, ("".join(["same", "cell"]), "Running"))
    assert old.cells[0] is not new.cells[0]
    journal.changed([Change("MODIFIED", new, old)])
    [step] = frozen(journal, [new]).steps
    assert step.before == old
    assert step.before is not None
    assert step.before.cells[0] is new.cells[0]


def test_the_oldest_go_first_and_are_counted() -> None:
    journal = Journal(Budget(max_bytes=3_700), clock=Clock())
    journal.begin([], (), LIVE)
    last = row("a", 0, ("0",))
    for version in range(1, 21):
        new = row("a", version, (str(version),))
        journal.changed([Change("MODIFIED", new, last)])
        last = new
    recording = frozen(journal, [last])
    assert len(recording.steps) == 10
    assert recording.dropped == 10
    assert recording.since == recording.steps[0].at - 1
    assert [step.before.cells[0] for step in recording.steps if step.before] == [
        str(n) for n in range(10, 20)
    ]


def test_every_journal_has_the_same_share() -> None:
    budget = Budget(max_bytes=7_400)
    first = Journal(budget, clock=Clock())
    first.begin([], (), LIVE)
    last = row("a", 0, ("0",))
    for version in range(1, 31):
        new = row("a", version, (str(version),))
        first.changed([Change("MODIFIED", new, last)])
        last = new
    assert len(frozen(first, [last]).steps) == 20
    second = Journal(budget, clock=Clock())
    assert len(frozen(first, [last]).steps) == 10, "another one takes its share at once"
    second.close()
    first.changed([Change("MODIFIED", row("a", 99, ("x",)), last)])
    assert len(frozen(first, [last]).steps) == 11, "and leaves it when it closes"


def test_other_columns_begin_it_anew() -> None:
    journal = Journal(Budget(), clock=Clock())
    journal.begin([], (), LIVE)
    old, new = row("a", 1, ("x",)), row("a", 2, ("y",))
    journal.changed([Change("MODIFIED", new, old)])
    journal.columns((Column("Name"), Column("More")))
    recording = frozen(journal, [new])
    assert (recording.steps, recording.dropped) == ((), 1)


def test_a_closed_journal_hears_nothing() -> None:
    journal = Journal(Budget())
    journal.begin([], (), LIVE)
    journal.close()
    journal.changed([Change("ADDED", row("a", 1, ("x",)))])
    journal.resync([], (), LIVE)
    assert journal.take() is None
