"""The command line's contract, on the real program and a scripted server."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fakes.cluster import Object
from tests.fakes.faults import FORBIDDEN, LOGIN_PAGE, Break, Fault, Rewrite, throttled
from tests.fakes.server import ApiServer
from tests.support.commands import Command, json_lines, run, until
from tests.support.plugin import Plugin

STATE_KEYS = {"cluster", "resource", "namespace", "state", "objects", "error"}
EVENT_KEYS = {
    "cluster",
    "type",
    "apiVersion",
    "kind",
    "namespace",
    "name",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "finalStateUnknown",
}


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer() as running:
        yield running


def kubeconfig(path: Path, *, server: str, context: str = "here", user: dict[str, Any] | None = None) -> Path:
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": context,
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": user or {}}],
        "contexts": [{"name": context, "context": {"cluster": "c", "user": "u"}}],
    }
    path.write_text(yaml.safe_dump(document))
    return path


@pytest.fixture
def config(server: ApiServer, tmp_path: Path) -> str:
    return str(kubeconfig(tmp_path / "config", server=server.url))


def _cluster_of(server: ApiServer) -> Object:
    return server.cluster.create("pods", "web-1", "default")


@pytest.mark.parametrize(
    ("name", "fault", "state"),
    [
        ("a list that hangs", Fault("list pods", Break("hang", "answer")), None),
        ("headers of a watch that do not come", Fault("watch pods", Break("hang", "answer")), "LISTING"),
        ("a Retry-After", Fault("list pods", throttled(60)), "BACKOFF"),
        ("back-off", Fault("list pods", Break("reset", "answer"), times=None), "BACKOFF"),
        ("an idle watch", None, "LIVE"),
        ("a refused right", Fault("list pods", FORBIDDEN, times=None), "FORBIDDEN"),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) and " " in value else "",
)
def test_an_interrupt_ends_a_watch_in_any_phase(
    server: ApiServer, config: str, name: str, fault: Fault | None, state: str | None
) -> None:
    _cluster_of(server)
    if fault is not None:
        server.script(fault)
    with Command("watch", "pods", "--kubeconfig", config) as command:
        until(lambda: server.asked("list pods"), name)
        if state is not None:
            until(lambda: state in command.states(), f"{state}: {command.lines}")
        status, took = command.interrupt(signal.SIGINT)
        assert (status, command.lines[-1]["state"]) == (0, "STOPPED")
        assert took < 5  # one second is promised; a loaded machine is given more
        server.wait_for(lambda: server.connections == 0, "the connections' end")


def test_a_discovery_that_hangs_is_interrupted(server: ApiServer, config: str) -> None:
    server.script(Fault("*", Break("hang", "answer"), times=None))
    with Command("watch", "pods", "--kubeconfig", config) as command:
        until(lambda: server.requests, "a request")
        assert command.interrupt()[0] == 0
        assert command.states()[-1] == "STOPPED"


def test_the_stream_of_events(server: ApiServer, config: str) -> None:
    first = _cluster_of(server)
    with Command("watch", "pods", "--kubeconfig", config) as command:
        until(lambda: "LIVE" in command.states(), "LIVE")
        server.cluster.update("pods", "web-1")
        server.cluster.delete("pods", "web-1")
        until(lambda: len(command.events("web-1")) == 3, "three events")
        command.interrupt()
        lines = command.lines
        assert [line.get("state") or line["type"] for line in lines] == [
            *("LISTING", "ADDED", "LIVE", "MODIFIED", "DELETED", "STOPPED")
        ]
        assert all(set(line) == (STATE_KEYS if "state" in line else EVENT_KEYS) for line in lines)
        event = lines[1]
        assert (event["cluster"], event["apiVersion"], event["kind"]) == ("here", "v1", "Pod")
        assert (event["namespace"], event["name"], event["uid"]) == (
            "default",
            "web-1",
            first["metadata"]["uid"],
        )
        assert event["creationTimestamp"] == first["metadata"]["creationTimestamp"]
        assert event["finalStateUnknown"] is False
        assert lines[0] == {
            "cluster": "here",
            "resource": "pods",
            "namespace": "default",
            "state": "LISTING",
            "objects": 0,
            "error": None,
        }


def test_changes_only_leaves_out_what_is_there(server: ApiServer, config: str) -> None:
    _cluster_of(server)
    with Command("watch", "pods", "--kubeconfig", config, "--changes-only") as command:
        until(lambda: "LIVE" in command.states(), "LIVE")
        server.cluster.create("pods", "web-2", "default")
        until(lambda: command.events("web-2"), "the new one")
        assert not command.events("web-1")


def test_the_text_of_an_event(server: ApiServer, config: str) -> None:
    server.cluster.create("namespaces", "aaa", "")
    done = run("watch", "ns", "--kubeconfig", config, "--timeout", "1")
    assert done.returncode == 0
    lines = [line.split(" ", 2)[2] for line in done.stdout.splitlines()]
    created = server.cluster.objects("namespaces")[0]["metadata"]
    assert lines[:3] == ["ADDED", "kind: Namespace", "name: aaa"]
    assert lines[3].removeprefix("created: ").isdigit()
    assert lines[4:] == [f"resourceVersion: {created['resourceVersion']}", "STOPPED"]


def test_a_dead_cluster_is_backoff_and_holds_up_nobody(
    server: ApiServer, config: str, tmp_path: Path
) -> None:
    dead = str(kubeconfig(tmp_path / "dead", server="http://127.0.0.1:9", context="dead"))
    _cluster_of(server)
    arguments = ("--kubeconfig", config, "--kubeconfig", dead, "--context", "here", "--context", "dead")
    with Command("watch", "pods", *arguments) as command:
        until(lambda: {"LIVE", "BACKOFF"} <= set(command.states()), "both")
        state = next(line for line in command.lines if line.get("state") == "BACKOFF")
        assert (state["cluster"], state["resource"]) == ("dead", "pods")
        assert "refused" in state["error"]


def test_get_prints_header_and_cells(server: ApiServer, config: str) -> None:
    _cluster_of(server)
    done = run("get", "pods", "--kubeconfig", config)
    assert (done.returncode, done.stderr) == (0, "")
    header, row = done.stdout.splitlines()
    assert header.split()[0] == "NAME"
    assert row.split()[0] == "web-1"
    everywhere = run("get", "pods", "-A", "--kubeconfig", config).stdout.splitlines()
    assert everywhere[0].startswith("NAMESPACE")
    one = json_lines(run("get", "pods", "--kubeconfig", config, "-o", "json").stdout)[0]
    assert (one["kind"], one["apiVersion"], one["cells"]["Name"]) == ("Pod", "v1", "web-1")


def test_get_says_what_it_had_to_leave_out(server: ApiServer, config: str) -> None:
    server.cluster.create_many("pods", 3)
    server.script(Fault("list pods", Rewrite("rows.1.object", None)))
    done = run("get", "pods", "--kubeconfig", config)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 3, "the header and two pods"
    assert done.stderr == (
        "kdesk: here: pods: left out 1: an object in a list that has no name or cannot be read\n"
    )


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("get", "pods", "--kubeconfig", "/does/not/exist"), 1, "/does/not/exist"),
        (("get", "nonsense"), 1, 'the cluster serves no "nonsense"'),
        (("get",), 2, "RESOURCE"),
        (("get", "pods", "-n", "a", "-A"), 2, "not allowed"),
        (("watch", "pods", "--timeout", "soon"), 2, "soon"),
        (("watch", "pods", "--context", "elsewhere"), 1, '"elsewhere"'),
        (("doctor", "--context", "elsewhere"), 1, "elsewhere"),
        (("demo-server", "--pods", "-1"), 2, "-1"),
        (("contexts", "-o", "yaml"), 2, "yaml"),
    ],
)
def test_errors_are_one_sentence_and_an_exit_status(
    config: str, arguments: tuple[str, ...], status: int, words: str
) -> None:
    done = run(*arguments, env={"KUBECONFIG": config})
    assert done.returncode == status
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_get_says_what_it_may_not(server: ApiServer, config: str) -> None:
    server.script(Fault("list pods", FORBIDDEN, times=None))
    done = run("get", "pods", "--kubeconfig", config)
    assert done.returncode == 1
    assert "forbidden" in done.stderr


def test_contexts_in_json(server: ApiServer, config: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text(
        yaml.safe_dump({"contexts": [{"name": "here", "context": {"cluster": "no", "user": "no"}}]})
    )
    done = run("contexts", "-o", "json", "--kubeconfig", config, "--kubeconfig", str(broken))
    good, bad = json_lines(done.stdout)
    assert set(good) == {"name", "file", "cluster", "server", "user", "namespace", "current", "problem"}
    assert (good["server"], good["user"], good["namespace"], good["current"]) == (
        server.url,
        "u",
        "default",
        True,
    )
    assert good["problem"] is None
    assert good["file"] == config
    assert "no" in bad["problem"]
    assert good["name"] != bad["name"], "two files, one name: told apart"


def test_the_doctor_tells_which_step_fails(server: ApiServer, config: str, tmp_path: Path) -> None:
    well = run("doctor", "--kubeconfig", config, "-o", "json")
    assert well.returncode == 0, well.stdout + well.stderr
    steps = {line["step"]: line["ok"] for line in json_lines(well.stdout)}
    assert steps["version"] is True
    dead = str(kubeconfig(tmp_path / "dead", server="http://127.0.0.1:9"))
    ill = run("doctor", "--kubeconfig", dead, "-o", "json")
    assert ill.returncode == 1
    assert [line["step"] for line in json_lines(ill.stdout)][-1] == "connect"
    server.script(Fault("*", LOGIN_PAGE, times=None))
    page = run("doctor", "--kubeconfig", config)
    assert page.returncode == 1
    assert "web page" in page.stdout


def test_the_doctor_tells_all_a_plugin_said(tmp_path: Path) -> None:
    """Also what comes after a header that it printed, whose value alone is taken out."""
    plugin = Plugin(tmp_path)
    plugin.fail("GET /login\nAuthorization: Bearer planted-secret-0123\nthis device is not enrolled")
    config = kubeconfig(tmp_path / "config", server="https://127.0.0.1:9", user=plugin.user)
    for output in ("text", "json"):
        told = run("doctor", "--kubeconfig", str(config), "-o", output).stdout
        assert "this device is not enrolled" in told
        assert "planted" not in told


def test_no_secret_is_told_and_none_is_sent_in_clear(server: ApiServer, tmp_path: Path) -> None:
    secret = "planted-secret-0123456789"
    config = str(kubeconfig(tmp_path / "config", server=server.url, user={"token": secret}))
    for command in (("doctor",), ("contexts",), ("get", "pods"), ("watch", "pods", "--timeout", "0.5")):
        for output in ("text", "json"):
            done = run(*command, "--kubeconfig", config, "-o", output)
            assert done.returncode == 0
            assert secret not in done.stdout + done.stderr
    assert server.requests
    assert not any(
        "authorization" in {name.lower() for name in request.headers} for request in server.requests
    )


def test_nothing_of_qt_is_loaded(config: str) -> None:

    code = (
        "import sys; from kdesk.__main__ import main; main(['contexts', '--kubeconfig', sys.argv[1]]);"
        "sys.exit(any(name.split('.')[0] in ('PySide6', 'shiboken6', 'qasync') for name in sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code, config], capture_output=True, check=False).returncode == 0
    )
