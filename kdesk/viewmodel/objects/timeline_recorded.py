"""What was recorded of a workload's objects: those that are gone, and what each of them looked like before."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import Resource
from kdesk.kube.history.archive_reader import ArchiveReader
from kdesk.kube.history.revisions import ObjectId, RevisionInfo
from kdesk.viewmodel.objects.recorded import as_recorded

_log = logging.getLogger(__name__)
#: Of each kind, the objects that were deleted last.
_MOST_GONE = 500
#: Of each object, its newest revisions.
_MOST_OF_EACH = 200

T = TypeVar("T")


class OnDisk:
    """The recorder's file of a cluster, which need not be there; None: there is none. Blocks; for one thread.

    What cannot be read is not there: the recorder says what is wrong with its file.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._reader: ArchiveReader | None = None

    def gone(self, resource: Resource, namespace: str) -> list[tuple[ObjectId, bytes]]:
        """The objects of a kind that were deleted, each with its last JSON."""
        return self._read(lambda reader: reader.gone(resource, namespace=namespace, most=_MOST_GONE)) or []

    def revisions(self, uid: str, resource: Resource) -> dict[RevisionInfo, bytes]:
        """Oldest first, each with its JSON; numbers are below 0."""
        found = self._read(lambda reader: reader.whole(uid, resource, most=_MOST_OF_EACH)) or []
        return {as_recorded(info): text for info, text in found}

    def rest(self) -> None:
        """Let go of the file until the next question."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _read(self, ask: Callable[[ArchiveReader], T]) -> T | None:
        if self._path is None or (self._reader is None and not self._path.exists()):
            return None
        try:
            if self._reader is None:
                self._reader = ArchiveReader(self._path)
            return ask(self._reader)
        except KubeError as error:
            _log.info("nothing recorded is told: %s", error)
            self.rest()
            self._path = None
            return None
