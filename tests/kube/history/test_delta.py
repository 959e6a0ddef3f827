"""A text comes back from its difference, whatever it is; damage is named."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kdesk.kube.history import delta as delta_module
from kdesk.kube.history.delta import Damaged, alone, delta, packed, restored


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.binary(max_size=400))
@example(b"", b"")
@example(b"x", b"")
def test_any_two_texts(base: bytes, text: bytes) -> None:
    assert restored(base, delta(base, text)) == text
    assert restored(b"another", packed(text)) == text


@pytest.mark.parametrize("size", [16_383, 16_384, 16_385, 100_000, 1_000_000])
def test_large_texts_stay_small(size: int) -> None:
    """Longer than what deflate can look back over, with a change near the beginning that moves all the rest."""
    base = random.Random(size).randbytes(size)
    text = base[:100] + b"something new" + base[102:]
    found = delta(base, text)
    assert restored(base, found) == text
    assert len(found) < size / 50
    assert restored(base, delta(base, base[: size // 3])) == base[: size // 3]


def test_what_stands_alone_says_so() -> None:
    assert alone(packed(b"text"))
    assert not alone(delta(b"base", b"text"))
    assert not alone(b"")


@pytest.mark.parametrize(
    "wrong", [b"", b"\2abc", b"\0abc", b"\1abc", packed(b"a" * 99)[:-9], delta(b"", b"abcdef")[:-2]]
)
def test_damage_is_named(wrong: bytes) -> None:
    with pytest.raises(Damaged):
        restored(b"base", wrong)


def test_a_bomb_does_not_go_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delta_module, "_LARGEST", 1 << 16)
    with pytest.raises(Damaged):
        restored(b"", packed(b"\0" * (1 << 17)))
