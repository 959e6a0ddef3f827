"""What a server sends that makes no sense: survived, counted, and told in words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from kdesk.kube.errors import ApiError, BadAnswer, KubeError, Stopped
from kdesk.kube.wire.transport import Stream

_log = logging.getLogger(__name__)


class Oddities:
    """Written by one informer's thread, read by anyone: ``count`` of them so far, and the ``last``, "" for none.

    The words say what kind of thing came, and never what was in it.
    """

    def __init__(self, name: str) -> None:
        self.count = 0
        self.last = ""
        self._name = name

    def note(self, words: str, times: int = 1) -> None:
        self.last = words
        self.count += times
        _log.info("%s: %s%s", self._name, words, f" ({times})" if times > 1 else "")

    def failed(self, error: KubeError) -> None:
        """Look at why a list or watch failed: most causes are no oddity."""
        if isinstance(error, BadAnswer):
            self.note(str(error))
        elif isinstance(error, ApiError) and not error.status:
            self.note("an error without a code")

    @contextmanager
    def noting(self, stream: Stream) -> Iterator[None]:
        """Whether the stream ended within an event, unless it was told to end."""
        try:
            yield
        except Stopped:
            raise
        except KubeError:
            self._ended(stream)
            raise
        self._ended(stream)

    def _ended(self, stream: Stream) -> None:
        if stream.truncated:
            self.note("a watch that broke off within an event, which is left out")
