"""Two states of an object as one or two columns: every line is there, in its place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kdesk.viewmodel.objects.comparison import (
    Line,
    Part,
    as_text,
    change_starts,
    differing,
    side_by_side,
    unified,
)
from kdesk.viewmodel.objects.yaml_text import Document, difference

_TEXT = st.lists(st.sampled_from(["a: 1", "b: 2", "c:", "- d", "  e: 3"]), max_size=30)


def document(old: list[str], new: list[str]) -> Document:
    marks = tuple(difference(old, new))
    return Document("\n".join(new), tuple(new), bytes(len(new)), None, marks, tuple(old))


@given(old=_TEXT, new=_TEXT)
def test_one_column_holds_both_states_in_order(old: list[str], new: list[str]) -> None:
    lines = unified(document(old, new), context=None)
    assert [line.text for line in lines if line.part in (Part.SAME, Part.REMOVED)] == old
    assert [line.text for line in lines if line.part in (Part.SAME, Part.ADDED)] == new
    assert [line.old for line in lines if line.old >= 0] == list(range(len(old)))
    assert [line.new for line in lines if line.new >= 0] == list(range(len(new)))


@given(old=_TEXT, new=_TEXT)
def test_two_columns_hold_one_state_each_and_agree_in_length(old: list[str], new: list[str]) -> None:
    left, right = side_by_side(document(old, new), context=None)
    assert len(left) == len(right)
    assert [line.text for line in left if line.part is not Part.BLANK] == old
    assert [line.text for line in right if line.part is not Part.BLANK] == new
    for one, other in zip(left, right, strict=True):
        assert (one.part is Part.SAME) == (other.part is Part.SAME)
        assert not (one.part is Part.BLANK and other.part is Part.BLANK)


@given(old=_TEXT, new=_TEXT, context=st.integers(0, 4))
def test_folding_hides_only_what_is_the_same(old: list[str], new: list[str], context: int) -> None:
    made = document(old, new)
    folded = unified(made, context=context)
    hidden = sum(line.hidden for line in folded)
    shown = sum(line.part is not Part.FOLD for line in folded)
    assert shown + hidden == len(unified(made, context=None))
    kept = [line for line in folded if line.part in (Part.ADDED, Part.REMOVED)]
    assert kept == [line for line in unified(made, context=None) if line.part in (Part.ADDED, Part.REMOVED)]


def test_a_fold_says_how_much_it_hides_and_where_the_next_change_is() -> None:
    head = ["metadata:", "  name: web"]
    middle = [f"  k{number}: 0" for number in range(9)]
    lines = unified(
        document([*head, *middle, "spec:", "  replicas: 2"], [*head, *middle, "spec:", "  replicas: 3"])
    )
    assert lines[0] == Line(Part.FOLD, "9 unchanged lines  ·  .spec.replicas", hidden=9)
    assert [line.part for line in lines[1:]] == [Part.SAME] * 3 + [Part.REMOVED, Part.ADDED]


def test_lines_before_a_removed_end_are_shown() -> None:
    same = [f"k{number}: 0" for number in range(9)]
    lines = unified(document([*same, "z: 1"], same))
    assert [line.part for line in lines] == [Part.FOLD, Part.SAME, Part.SAME, Part.SAME, Part.REMOVED]


def test_what_differs_within_a_line() -> None:
    lines = unified(document(["image: nginx:1.26"], ["image: nginx:1.27"]))
    assert [differing(line) for line in lines] == [(16, 1), (16, 1)]
    assert differing(Line(Part.ADDED, "zone: b", other="image: x")) is None
    assert differing(Line(Part.ADDED, "zone: b")) is None


def test_each_stretch_of_changes_is_found_once() -> None:
    same = ["x: 1"] * 4
    made = document(["a: 1", *same, "b: 1"], ["a: 2", *same, "b: 2", "c: 3"])
    assert change_starts(unified(made, context=None)) == [0, 6]
    assert change_starts(side_by_side(made, context=None)[0]) == [0, 5]


def test_as_text_for_other_programs() -> None:
    made = document(["a: 1", "b: 1"], ["a: 1", "b: 2"])
    assert as_text(made, "before", "after").splitlines() == [
        "--- before",
        "+++ after",
        "@@ -1,2 +1,2 @@",
        " a: 1",
        "-b: 1",
        "+b: 2",
    ]
