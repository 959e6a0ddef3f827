"""The revisions of one object that were seen, what each changed, and any two of them compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from kdesk.kube.diff.changes import changes_of
from kdesk.kube.diff.masking import SECRET, incomparable, secret_text
from kdesk.kube.diff.words import in_words
from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import Resource
from kdesk.kube.history.revisions import ObjectHistory, RevisionInfo, RevisionType
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.moments import moment_text
from kdesk.viewmodel.objects.documents import Maker
from kdesk.viewmodel.objects.yaml_text import Document, make_document

#: Numbers of revisions that were recorded on disk are by so much lower: below 0, whatever a book counts to.
RECORDED = 1 << 40
_LOOK_MS = 300
_NOT_COMPARABLE = "values cannot be compared with those recorded before this start"
#: Revisions whose changes are put into words at once, the newest first.
_AT_ONCE = 64
_FIRST_WORDS = {RevisionType.INITIAL: "as it was when its watch began", RevisionType.ADDED: "created"}
_LAST_WORDS = {RevisionType.DELETED: "deleted", RevisionType.LEFT: "deleted, or out of the watch's selection"}


class Revisions(Protocol):
    """Where revisions are kept: of a session, or read from a file."""

    @property
    def version(self) -> int: ...
    def revisions(self, uid: str, resource: Resource | None = None) -> tuple[RevisionInfo, ...]: ...
    def document(self, uid: str, number: int, resource: Resource | None = None) -> bytes: ...
    def history(self, uid: str, resource: Resource | None = None) -> ObjectHistory | None: ...


class RevisionLine(NamedTuple):
    """``words``: what changed against the revision before; "" until that is known."""

    info: RevisionInfo
    words: str

    @property
    def recorded(self) -> bool:
        """It is out of the recorder's file, and not of what was seen since the cluster was opened."""
        return self.info.number < 0


@dataclass(frozen=True, slots=True)
class Compared:
    """The document of one revision against another's (against nothing: ``old`` is None)."""

    old: RevisionInfo | None
    new: RevisionInfo
    document: Document


class History(QObject):
    """Follows one object while it is shown. Everything is called on the GUI thread, and is prompt."""

    changed = Signal()  # lines, dropped
    compared_changed = Signal()

    def __init__(self, clock: FrameClock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[RevisionLine, ...] = ()  # newest first
        self.dropped = 0  # older ones that are no longer kept
        self.compared: Compared | None = None
        self.growing = True
        self._book: Revisions | None = None
        self._resource: Resource | None = None
        self._uid = ""
        self._seen = -1
        self._words: dict[int, str] = {}
        self._chosen: tuple[int, ...] = ()
        self._worder: Maker[dict[int, str]] = Maker(clock, self._worded)
        self._comparer: Maker[Compared] = Maker(clock, self._made)
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)

    def follow(
        self, book: Revisions | None, resource: Resource | None, uid: str, *, growing: bool = True
    ) -> None:
        """Another object, or none; ``growing``: more may come. Nothing happens when it is the one that is followed."""
        if (book, resource, uid) == (self._book, self._resource, self._uid):
            return
        self._worder.cancel()
        self._comparer.cancel()
        self._book, self._resource, self._uid = book, resource, uid
        self.growing = growing
        self._seen, self._words, self._chosen = -1, {}, ()
        self.lines, self.dropped, self.compared = (), 0, None
        self.changed.emit()
        self.compared_changed.emit()
        if self._timer.isActive():
            self._look()

    def set_shown(self, shown: bool) -> None:
        """Look for new revisions only while somebody sees them."""
        if shown and not self._timer.isActive():
            self._timer.start()
            self._look()
        elif not shown:
            self._timer.stop()

    def choose(self, numbers: Sequence[int]) -> None:
        """One revision is compared with the one before it, several: the oldest with the newest of them."""
        known = {line.info.number: place for place, line in enumerate(self.lines)}
        chosen = tuple(sorted(number for number in numbers if number in known))
        if chosen == self._chosen:
            return
        self._chosen = chosen
        self._comparer.cancel()
        if not chosen or self._book is None or self._resource is None:
            self.compared = None
            self.compared_changed.emit()
            return
        new = self.lines[known[chosen[-1]]].info
        before = known[chosen[0]] if len(chosen) > 1 else known[chosen[-1]] + 1
        old = self.lines[before].info if before < len(self.lines) else None
        self._comparer.make(partial(compare, self._book, self._uid, self._resource, old, new))

    def close(self) -> None:
        """For good: threads end."""
        self._timer.stop()
        self._worder.close()
        self._comparer.close()

    def _look(self) -> None:
        book = self._book
        if book is None or book.version == self._seen:
            return
        self._seen = book.version
        found = book.revisions(self._uid, self._resource)
        history = book.history(self._uid, self._resource)
        dropped = history.dropped if history is not None else 0
        if [info.number for info in found] != [line.info.number for line in reversed(self.lines)]:
            self.dropped = dropped
            self._show(found)
        self._ask_for_words()

    def _show(self, found: Sequence[RevisionInfo]) -> None:
        self.lines = tuple(RevisionLine(info, self._words.get(info.number, "")) for info in reversed(found))
        self.changed.emit()

    def _ask_for_words(self) -> None:
        if self._worder.busy or self._book is None or self._resource is None:
            return
        pairs = [
            (self.lines[place + 1].info if place + 1 < len(self.lines) else None, line.info)
            for place, line in enumerate(self.lines)
            if line.info.number not in self._words
        ][:_AT_ONCE]
        if pairs:
            self._worder.make(partial(_put_into_words, self._book, self._uid, self._resource, pairs))

    def _worded(self, words: dict[int, str]) -> None:
        self._words.update(words)
        self._show([line.info for line in reversed(self.lines)])
        self._ask_for_words()

    def _made(self, compared: Compared) -> None:
        self.compared = compared
        self.compared_changed.emit()


def name_of(info: RevisionInfo) -> str:
    """A revision as it is called in a comparison: ``14:02:11 (version 4711)``."""
    return f"{time_of(info)} (version {info.version})"


def time_of(info: RevisionInfo) -> str:
    """When it was received."""
    return moment_text(info.at)


def compare(
    book: Revisions, uid: str, resource: Resource, old: RevisionInfo | None, new: RevisionInfo
) -> Compared:
    """Blocking. What can no longer be read says so in the document's ``error``."""
    try:
        if old is None:
            raw, before = book.document(uid, new.number, resource), b""
        else:
            before, raw = _both(book, uid, resource, old, new)
    except KubeError as error:
        return Compared(old, new, Document(error=str(error)))
    return Compared(old, new, make_document(raw, resource.gvk, before=before))


def _put_into_words(
    book: Revisions, uid: str, resource: Resource, pairs: Sequence[tuple[RevisionInfo | None, RevisionInfo]]
) -> dict[int, str]:
    words: dict[int, str] = {}
    for old, new in pairs:
        words[new.number] = _words_of(book, uid, resource, old, new)
    return words


def _words_of(
    book: Revisions, uid: str, resource: Resource, old: RevisionInfo | None, new: RevisionInfo
) -> str:
    if new.type in _LAST_WORDS:
        return _LAST_WORDS[new.type] + (" while nobody watched" if new.final_unknown else "")
    if old is None:
        return _FIRST_WORDS.get(new.type, "the oldest that is kept")
    try:
        before, after = _both(book, uid, resource, old, new)
        words = (
            in_words(changes_of(before, after, resource.kind), resource.kind) or "nothing that can be seen"
        )
    except KubeError as error:
        return str(error)
    return f"{words} ({_NOT_COMPARABLE})" if _apart(resource, old, new) else words


def _both(
    book: Revisions, uid: str, resource: Resource, old: RevisionInfo, new: RevisionInfo
) -> tuple[bytes, bytes]:
    """The JSON of two revisions, to be compared. Raises KubeError."""
    before, after = (book.document(uid, info.number, resource) for info in (old, new))
    if _apart(resource, old, new):
        before, after = (secret_text(raw, incomparable) for raw in (before, after))
    return before, after


def _apart(resource: Resource, old: RevisionInfo, new: RevisionInfo) -> bool:
    """Secret values of a recording have digests under its own key, those of this run under the run's."""
    return resource.kind == SECRET and (old.number < 0) != (new.number < 0)
