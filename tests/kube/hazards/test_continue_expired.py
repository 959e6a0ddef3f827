"""A continue token that expires costs one more list, whole; nothing that was not deleted is announced as such."""

from __future__ import annotations

import pytest

from tests.fakes.faults import CONTINUE_EXPIRED, Fault
from tests.fakes.server import ApiServer
from tests.kube.hazards.conftest import Watching

COUNT = 2_000

pytestmark = pytest.mark.usefixtures("hurried")


def test_in_the_first_list(server: ApiServer, watch: Watching) -> None:
    server.cluster.create_many("pods", COUNT)
    server.script(Fault("page pods", CONTINUE_EXPIRED, skip=1))
    pods = watch()
    pods.until_live()
    assert pods.requests == ["list", "page", "page", "list", "watch"]
    whole = server.asked("list pods")[1]
    assert "limit" not in whole.query
    assert "continue" not in whole.query
    assert len(pods.names) == COUNT
    assert [kind for kind, _ in pods.told] == ["ADDED"] * COUNT


def test_with_deletions_between(server: ApiServer, watch: Watching) -> None:
    """A row of the first page that is gone in the whole list was deleted, and only that one."""
    server.cluster.create_many("pods", COUNT)
    pods = watch()
    pods.until_live()
    pods.forget()
    server.script(Fault("page pods", CONTINUE_EXPIRED))
    server.close()
    server.cluster.delete("pods", "o00003")
    server.cluster.compact()
    server.start()
    pods.until(lambda: pods.requests[-1] == "watch" and pods.told)
    pods.until_live()
    assert pods.told == [("DELETED", "o00003")]
    assert pods.requests[-4:] == ["list", "page", "list", "watch"]
