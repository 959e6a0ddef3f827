"""What was freed goes back to the system, and nothing of the interpreter's own holds on to it."""

from __future__ import annotations

import sys
import time

import pytest

from kdesk.kube.engine import reaper as reaper_module
from kdesk.kube.engine.reaper import Reaper, give_back_memory


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


class _Dead:
    def join(self, seconds: float) -> bool:
        return True

    def purge(self) -> list[None]:
        return []


def test_memory_is_given_back_again_when_views_have_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    returned: list[str] = []
    monkeypatch.setattr(reaper_module, "give_back_memory", lambda: returned.append("again"))
    monkeypatch.setattr(reaper_module, "_LEFTOVERS_SECONDS", 0.01)
    reaper = Reaper()
    reaper.bury([_Dead()], lambda: returned.append("buried"))
    deadline = time.monotonic() + 10
    while len(returned) < 3 and time.monotonic() < deadline:
        time.sleep(0.005)
    reaper.close()
    assert reaper.join(5)
    assert returned == ["buried", "again", "again"]
