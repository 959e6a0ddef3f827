"""Chunks and lines, however the bytes are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdesk.kube.errors import BadAnswer
from kdesk.kube.wire.framing import Dechunker, Lines


def _chunked(chunks: list[bytes]) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def _cut(data: bytes, places: list[int]) -> list[bytes]:
    borders = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[a:b] for a, b in pairwise(borders)]


@given(st.lists(st.binary(min_size=1, max_size=50)), st.lists(st.integers(min_value=0)))
def test_any_cut_of_a_chunked_stream_gives_its_payload(chunks: list[bytes], places: list[int]) -> None:
    dechunker = Dechunker()
    got = b"".join(piece for part in _cut(_chunked(chunks), places) for piece in dechunker.feed(part))
    assert got == b"".join(chunks)
    assert dechunker.done


@given(
    st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n"), max_size=20)),
    st.lists(st.integers(0)),
)
def test_any_cut_of_a_text_gives_its_lines(texts: list[str], places: list[int]) -> None:
    lines = Lines()
    data = "".join(text + "\n" for text in texts).encode()
    got = [line for part in _cut(data, places) for line in lines.feed(part)]
    assert got == [text.encode() for text in texts]
    assert not lines.truncated


@given(st.lists(st.sampled_from([b"", b"\n", b"a", b"b\n", b"\nc", b"d\ne\n", b"f\n\n"])))
def test_pieces_at_once_give_the_lines_of_pieces_one_by_one(pieces: list[bytes]) -> None:
    *complete, rest = b"".join(pieces).split(b"\n")
    lines = Lines()
    assert lines.feed(*pieces) == complete
    assert lines.truncated == bool(rest)


def test_an_unfinished_line_is_told() -> None:
    lines = Lines()
    assert lines.feed(b'{"a":1}\n{"b"') == [b'{"a":1}']
    assert lines.truncated


def test_chunk_extensions_are_ignored() -> None:
    assert Dechunker().feed(b"3;name=value\r\nabc\r\n") == [b"abc"]


@pytest.mark.parametrize("data", [b"xyz\r\n", b"-8\r\nabc\r\n", b"\r\n\r\n", b"a" * 5000])
def test_broken_framing_is_an_error(data: bytes) -> None:
    with pytest.raises(BadAnswer):
        Dechunker().feed(data)
