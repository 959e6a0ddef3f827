"""From bytes off a socket to whole lines, in linear time, whatever the chunks look like."""

from __future__ import annotations

from kdesk.kube.errors import BadAnswer

_MAX_CHUNK_HEADER = 4_096
#: etcd refuses objects over about 1.5 MiB; a watch event of one is JSON of at most a few times that.
_MAX_LINE = 64 << 20


class Dechunker:
    """HTTP/1.1 chunked transfer coding (RFC 9112, section 7.1), fed with whatever the socket gave."""

    def __init__(self) -> None:
        self._left = 0  # bytes of the current chunk still to come, its CRLF included
        self._pending = b""  # the beginning of a chunk header
        self.done = False

    def feed(self, data: bytes) -> list[bytes]:
        """The payload in ``data``, in pieces: a chunk is mostly a line of a watch, and is copied once.

        ``done`` is True after the last chunk. Raises BadAnswer on broken framing.
        """
        if self._pending:
            data, self._pending = self._pending + data, b""
        size = len(data)
        position = min(self._left, size)
        # The last two bytes of ``_left`` are the CRLF behind the payload.
        out = [data[: self._left - 2]] if self._left > 2 else []
        self._left -= position
        while position < size and not self.done:
            end = data.find(b"\r\n", position)
            if end < 0:
                if size - position > _MAX_CHUNK_HEADER:
                    raise BadAnswer("the server's stream is broken: a chunk header without an end")
                self._pending = data[position:]
                break
            length = _chunk_length(data[position:end])
            if length == 0:
                self.done = True  # trailers are of no interest
                break
            position = end + 2 + length + 2
            out.append(data[end + 2 : position - 2])
            self._left = max(position - size, 0)
        return out


class Lines:
    """Newline-delimited JSON, split without copying a long line more than once."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._held = 0

    def feed(self, *pieces: bytes) -> list[bytes]:
        """The lines that the pieces complete, blank ones too. Raises BadAnswer when a line never ends."""
        found: list[bytes] = []
        for piece in pieces:
            if piece and not self._parts and piece.find(b"\n") == len(piece) - 1:
                found.append(
                    piece[:-1]
                )  # a chunk that is a line, as those of API servers are: no need to split
                continue
            *lines, tail = piece.split(b"\n")
            if lines:
                if self._parts:
                    lines[0] = b"".join([*self._parts, lines[0]])
                    self._parts, self._held = [], 0
                found += lines
            if tail:
                self._parts.append(tail)
                self._held += len(tail)
                if self._held > _MAX_LINE:
                    raise BadAnswer(f"the server sent a line of over {_MAX_LINE >> 20} MiB")
        return found

    @property
    def truncated(self) -> bool:
        """True when the stream ended within a line: it must not be applied."""
        return any(part.strip() for part in self._parts)


def _chunk_length(header: bytes) -> int:
    try:
        length = int(header.partition(b";")[0], 16)
    except ValueError:
        length = -1
    if length < 0:
        raise BadAnswer("the server's stream is broken: a chunk has no valid length")
    return length
