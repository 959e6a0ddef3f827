"""One JSON text as its difference from another: zlib, with the other as its dictionary.

Two states of an object share nearly all of their bytes. Deflate finds them at once, for a few bytes each 258; what it
cannot do is look further than 32 KiB back. So a larger text is taken in pieces, each with its own part of the base.
"""

from __future__ import annotations

import zlib

from kdesk.kube.errors import KubeError


class Damaged(KubeError):
    """What was kept of a revision cannot be read back."""


_LEVEL = 6
#: Against a base nearly all is found at once: this takes half of the time, for a tenth more of very few bytes.
FAST = 3
_RAW = -15  # no header and no checksum: the window alone, as large as it gets
_PIECE = 1 << 14
_ASIDE = 1 << 13  # so much of the base before and after a piece: text that moved by less is found
_ALONE, _AFTER = b"\0", b"\1"
#: An object is at most some MiB: what claims to be more is damaged, not large.
_LARGEST = 1 << 26


def packed(text: bytes) -> bytes:
    """``text`` on its own."""
    return _ALONE + zlib.compress(text, _LEVEL)


def delta(base: bytes, text: bytes, level: int = _LEVEL) -> bytes:
    """What makes ``text`` of ``base``; ``level`` is zlib's."""
    found = [_AFTER]
    for at in range(0, len(text), _PIECE):
        stream = zlib.compressobj(level, zlib.DEFLATED, _RAW, zdict=_beside(base, at))
        found += (stream.compress(text[at : at + _PIECE]), stream.flush())
    return b"".join(found)


def alone(found: bytes) -> bool:
    """Whether ``restored`` needs no base for this."""
    return found[:1] == _ALONE


def restored(base: bytes, found: bytes) -> bytes:
    """The text that ``delta(base, text)`` or ``packed(text)`` was made of. Raises Damaged.

    Of a wrong base it makes a wrong text: whoever cannot rule that out keeps a checksum.
    """
    try:
        if alone(found):
            return _checked(zlib.decompressobj(), found[1:])[0]
        if found[:1] != _AFTER:
            raise Damaged("a kept revision is written in no known way")
        pieces, rest, at = [], found[1:], 0
        while rest:
            piece, rest = _checked(zlib.decompressobj(_RAW, zdict=_beside(base, at)), rest)
            pieces.append(piece)
            at += _PIECE
        return b"".join(pieces)
    except zlib.error as error:
        raise Damaged(f"a kept revision cannot be read back: {error}") from None


def _beside(base: bytes, at: int) -> bytes:
    return base[max(0, at - _ASIDE) : at + _PIECE + _ASIDE]


def _checked(stream: zlib._Decompress, found: bytes) -> tuple[bytes, bytes]:
    """What the stream makes of it, and what follows. Raises Damaged."""
    text = stream.decompress(found, _LARGEST)
    if not stream.eof:
        raise Damaged("a kept revision ends too early")
    return text, stream.unused_data
