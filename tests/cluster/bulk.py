"""Multiplies pods inside etcd, several times as fast as the API server takes them.

Stored objects are protobuf, where each string follows its length: a copy with another name and uid, of the same
lengths, is another valid pod. To the API server, and to whoever watches it, copies arrive like any other write.
"""

from __future__ import annotations

import re
import uuid

from .etcd import Etcd
from .load import Load

_UID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# etcd takes 128 writes at once. Those of a batch share a revision, and so the pods a resourceVersion.
_BATCH = 100


def multiply(etcd: Etcd, load: Load) -> int:
    """Write the pods that `load` asks for, as copies of its first `load.period` ones, which exist already.

    They get uids of their own; all else, such as pod IP and creation time, they share with the pod they are of.
    Returns the revision of the last one, 0 if there is none. That one has its revision to itself: the API server's
    cache has reached a revision with the first write of its batch, so only then does reaching it mean "all here".
    """
    originals = [etcd.get(_key(*load.place(number))) for number in range(min(load.period, load.pods))]
    revision = 0
    copies = range(load.period, load.pods)
    crowd = copies[:-1]
    batches = [crowd[start : start + _BATCH] for start in range(0, len(crowd), _BATCH)]
    for numbers in filter(None, (*batches, copies[-1:])):
        batch: dict[str, bytes] = {}
        for number in numbers:
            of = number % load.period
            namespace, name = load.place(number)
            renamed = originals[of].replace(load.place(of)[1].encode(), name.encode())
            batch[_key(namespace, name)] = _UID.sub(str(uuid.uuid4()).encode(), renamed)
        revision = etcd.put_all(batch)
    return revision


def _key(namespace: str, name: str) -> str:
    return f"/registry/pods/{namespace}/{name}"
