"""What was freed goes back to the system, and nothing of the interpreter's own holds on to it."""

from __future__ import annotations

import sys

from kdesk.kube.engine.reaper import give_back_memory


class _Any:
    """Something with attributes."""


def test_names_that_were_looked_up_are_not_kept() -> None:
    # As an extension asks for an attribute: with a text made for it, another one each time.
    names = ["".join(["looked_up_", str(number)]) for number in range(100)]
    before = [sys.getrefcount(name) for name in names]
    for at in range(len(names)):
        getattr(_Any(), names[at], None)
    give_back_memory()
    assert [sys.getrefcount(name) for name in names] == before
