"""What the palette finds, and in which order."""

from __future__ import annotations

from kdesk.viewmodel.program.palette import Entry, Recent, rank, score


def entry(text: str, line: str = "", **more: object) -> Entry:
    return Entry(text, "Kind", line or text, **more)  # type: ignore[arg-type]


def texts(names: list[str], query: str, recent: list[str] | None = None) -> list[str]:
    return [match.entry.text for match in rank(map(entry, names), query, recent or [])]


def test_letters_must_come_in_order_and_case_does_not_matter() -> None:
    assert score("dpl", "Deployments") is not None
    assert score("lpd", "deployments") is None


def test_the_letters_found_are_named() -> None:
    found = score("pod", "Open pods")
    assert found is not None
    assert found[1] == (5, 6, 7)


def test_beginnings_beat_middles_and_runs_beat_gaps() -> None:
    assert texts(["ippools", "pods", "persistentvolumes"], "po")[0] == "pods"
    assert texts(["endpoints", "pods", "poddisruptionbudgets"], "pod")[:2] == ["pods", "poddisruptionbudgets"]


def test_every_word_is_looked_for_in_any_order() -> None:
    assert texts(["Open prod-eu", "Close prod-eu", "Open dev"], "eu open") == ["Open prod-eu"]


def test_other_names_find_too_but_light_up_nothing() -> None:
    [match] = rank([entry("deployments.apps", also=("deploy",))], "deplo")
    assert match.positions
    [match] = rank([entry("horizontalpodautoscalers", also=("hpa",)), entry("pods")], "hpa")
    assert match.entry.text == "horizontalpodautoscalers"


def test_nothing_typed_shows_the_recent_ones_first_and_all_others_in_their_order() -> None:
    assert texts(["a", "b", "c"], "", ["c"]) == ["c", "a", "b"]


def test_recent_ones_win_between_equals() -> None:
    assert texts(["pods-a", "pods-b"], "pods", ["pods-b"]) == ["pods-b", "pods-a"]


def test_what_is_not_there_is_not_found() -> None:
    assert texts(["pods"], "xyz") == []


def test_letters_whose_lower_case_is_longer_do_no_harm() -> None:
    assert score("x", "İx") is not None


def test_the_list_of_recent_lines_is_bounded_and_holds_each_once() -> None:
    recent = Recent(["a", "b"], limit=2)
    recent.chose("b")
    assert recent.lines == ["b", "a"]
    recent.chose("c")
    assert recent.lines == ["c", "b"]
