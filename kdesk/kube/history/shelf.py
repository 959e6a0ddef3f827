"""The chains of all objects of a cluster, by kind and uid, within a bound of bytes. Not thread-safe: the book's."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from kdesk.kube.diff.managers import NOBODY
from kdesk.kube.gvk import GVR, Resource
from kdesk.kube.history.revisions import (
    CHAIN_COST,
    Chain,
    Managers,
    ObjectHistory,
    Record,
    RevisionType,
    mark_of,
    server_time,
    version_number,
)
from kdesk.kube.table.rows import Change

_PURGE_SLICE = 2_000
_GONE = (RevisionType.DELETED, RevisionType.LEFT)


class Shelf:
    """What is kept of a cluster. ``bytes``: what it takes; the newest JSON of a watched object is not counted.

    ``json_bytes``: of all revisions that were ever taken in; ``dropped_until``: when the newest of the ``dropped`` ones
    was received (epoch seconds).
    """

    def __init__(self, max_bytes: int) -> None:
        self.managers = Managers()
        self.bytes = self.json_bytes = self.revisions = self.dropped = 0
        self.dropped_until = 0.0
        self._max_bytes = max_bytes
        self._chains: dict[GVR, dict[str, Chain]] = {}
        self._ages: deque[Chain] = (
            deque()
        )  # one entry for each record of a chain, in the order in which they came
        self._next = 1

    def __len__(self) -> int:
        """How many objects."""
        return sum(map(len, self._chains.values()))

    def chains(self, resource: Resource | None = None) -> Iterator[Chain]:
        """Of one kind, or all."""
        for gvr, chains in self._chains.items():
            if resource is None or gvr == resource.gvr:
                yield from chains.values()

    def find(self, uid: str, resource: Resource | None = None) -> Chain | None:
        if resource is not None:
            return self._chains.get(resource.gvr, {}).get(uid)
        return next((chains[uid] for chains in self._chains.values() if uid in chains), None)

    def history(self, chain: Chain) -> ObjectHistory:
        newest = self.managers.info(chain.newest())
        since = chain.oldest().at
        return ObjectHistory(chain.object, len(chain), chain.dropped, since, newest, chain.watched != 0)

    def add(
        self, resource: Resource, bit: int, at: float, change: Change, text: bytes, *, selecting: bool
    ) -> None:
        """A change that the feed ``bit`` told at ``at``; ``text``: the JSON to be kept of its row."""
        row = change.row
        kind = _type_of(change, selecting=selecting)
        chains = self._chains.setdefault(resource.gvr, {})
        chain = chains.get(row.uid or row.key)
        if chain is None:
            chain = chains[row.uid or row.key] = Chain(resource, row.key, row.uid)
            self.bytes += CHAIN_COST
        if kind in _GONE:
            chain.watched &= ~bit
            if kind is RevisionType.LEFT and chain.watched:
                return  # another watch still sees it
        else:
            chain.watched |= bit
        record = Record(
            self._next,
            row.version,
            at,
            server_time(kind, change),
            mark_of(kind, final_unknown=change.final_unknown),
            self.managers.place(NOBODY if kind in _GONE else row.manager),
            len(text),
        )
        place = _place(chain, record, change)
        if place is not None:
            self._next += 1
            self._keep(chain, place, record, text)

    def release(self, chain: Chain, bit: int) -> None:
        """The feed ``bit`` has ended: what no other one holds is no longer shared with anybody."""
        if not chain.watched & bit:
            return
        chain.watched &= ~bit
        if chain.watched:
            return
        if not chain.records and not chain.dropped:  # it never changed: that is no history
            self.revisions -= len(chain)
            self._remove(chain)
        elif chain.head is not None:
            self.bytes += chain.settle()
            self._ages.append(chain)

    def drop_oldest(self) -> None:
        """Until it is within its bound."""
        while self.bytes > self._max_bytes and self._ages:
            chain = self._ages.popleft()
            self.dropped_until = max(self.dropped_until, chain.oldest().at)
            self.bytes -= chain.drop_oldest()
            self.dropped += 1
            self.revisions -= 1
            if not len(chain):
                self._remove(chain)

    def drain(self) -> Iterator[None]:
        """Let go of everything, a slice at a time."""
        chains, self._chains = self._chains, {}
        self._ages.clear()
        self.bytes = self.revisions = 0
        while chains:
            _, some = chains.popitem()
            while some:
                for _ in range(min(_PURGE_SLICE, len(some))):
                    some.popitem()
                yield

    def _keep(self, chain: Chain, place: int, record: Record, text: bytes) -> None:
        before = len(chain.records)
        self.bytes += chain.insert(place, record, text) if place < len(chain) else chain.push(record, text)
        if record.type in _GONE:
            self.bytes += chain.settle()
        self._ages.extend([chain] * (len(chain.records) - before))
        self.revisions += 1
        self.json_bytes += len(text)

    def _remove(self, chain: Chain) -> None:
        del self._chains[chain.resource.gvr][chain.uid or chain.key]
        self.bytes -= CHAIN_COST


def _type_of(change: Change, *, selecting: bool) -> RevisionType:
    if change.type == "DELETED":
        return RevisionType.LEFT if selecting else RevisionType.DELETED
    if change.initial:
        return RevisionType.INITIAL
    return RevisionType.ADDED if change.type == "ADDED" else RevisionType.MODIFIED


def _place(chain: Chain, record: Record, change: Change) -> int | None:
    """Where in the chain the record belongs; None: it is there already, as another informer was faster.

    Informers of one object each tell it in the order in which it happened, but one may be behind the other. Versions
    tell which, where they are numbers (they are, of any etcd); and they go back only when etcd was restored.
    """
    end = len(chain)
    if not end:
        return 0
    newest, kind = chain.newest(), record.type
    if kind is RevisionType.DELETED:
        known = newest.type is kind and (change.final_unknown or not newest.final_unknown)
        return None if known else end
    if kind is RevisionType.LEFT:
        return None if newest.type in _GONE else end
    if newest.type is RevisionType.LEFT or (newest.final_unknown and kind is not RevisionType.MODIFIED):
        return end  # it is there again
    if newest.version == record.version:
        return None
    version, old = version_number(record.version), change.old
    went_back = old is not None and version < version_number(old.version)
    if newest.type is not RevisionType.DELETED and (went_back or version > version_number(newest.version)):
        return end
    if newest.type is RevisionType.DELETED:
        end -= 1
    return _place_before(chain, end, record.version, version)


def _place_before(chain: Chain, end: int, version: str, number: int) -> int | None:
    """The place before ``end`` of a version that comes late; None when it is there."""
    for at in range(end - 1, -1, -1):
        one = chain.record(at)
        if one.version == version:
            return None
        if 0 <= version_number(one.version) < number:
            return at + 1
    return 0 if number >= 0 else end
