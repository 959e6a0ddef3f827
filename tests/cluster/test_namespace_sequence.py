"""Creating and deleting a namespace shows ADDED, MODIFIED, MODIFIED, DELETED, with growing versions."""

from __future__ import annotations

import signal

import pytest

from tests.support.commands import Command, until

from .controlplane import ControlPlane


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_shows_a_namespace_come_and_go(plane_a: ControlPlane, number: int) -> None:
    name = f"sequence-{number}"
    with Command(
        "watch", "namespaces", "--kubeconfig", str(plane_a.kubeconfig()), "--changes-only"
    ) as command:
        until(lambda: "LIVE" in command.states(), "LIVE")
        plane_a.kubectl("create", "namespace", name)
        until(lambda: len(command.events(name)) >= 1, "ADDED")
        plane_a.kubectl("delete", "namespace", name)
        until(lambda: [event["type"] for event in command.events(name)][-1] == "DELETED", "DELETED")
        status, took = command.interrupt(number)
        events = command.events(name)
        assert [event["type"] for event in events] == ["ADDED", "MODIFIED", "MODIFIED", "DELETED"]
        versions = [int(event["resourceVersion"]) for event in events]
        assert versions == sorted(set(versions))
        assert {(event["apiVersion"], event["kind"]) for event in events} == {("v1", "Namespace")}
        assert len({event["uid"] for event in events}) == 1
        assert command.states() == ["LISTING", "LIVE", "STOPPED"]
        assert "state" in command.lines[-1]
        assert (status, command.errors) == (0, "")
        assert took < 5  # the promise is one second; a loaded machine is given more
