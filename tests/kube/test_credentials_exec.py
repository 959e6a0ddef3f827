"""Credential plugins, run for real: small Python scripts that answer well, badly, slowly, or not at all."""

from __future__ import annotations

import base64
import json
import os
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kdesk.kube import procpipes
from kdesk.kube.connection import AuthInfo, ConnectionInfo, ExecConfig
from kdesk.kube.credentials import Credentials, Grant
from kdesk.kube.errors import CredentialError, Stopped
from kdesk.kube.execplugin import PluginAnswer, run_plugin
from kdesk.kube.stop import Stop
from tests.kube.kubeconfigs import certificate

V1 = "client.authentication.k8s.io/v1"
DEADLINE = 20.0
CERT, KEY = (pem.decode() for pem in certificate())

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the scripts are POSIX programs")


@pytest.fixture
def plugin(tmp_path: Path) -> Callable[..., ExecConfig]:
    """Make a plugin of some Python: ``answer(status)`` prints a good answer, ``runs`` is a file with a line a run."""

    def make(script: str, **fields: Any) -> ExecConfig:
        api_version = fields.get("api_version", V1)
        prelude = f"""
            import json, os, sys, time
            here = {str(tmp_path)!r}
            with open(here + "/runs", "a") as runs:
                runs.write("run\\n")
            def answer(**status):
                print(json.dumps({{"kind": "ExecCredential", "apiVersion": {api_version!r}, "status": status}}))
        """
        path = tmp_path / "plugin"
        path.write_text(f"#!{sys.executable}\n" + textwrap.dedent(prelude) + textwrap.dedent(script), "utf-8")
        path.chmod(0o700)
        return ExecConfig(**({"api_version": V1, "command": str(path), "interactive_mode": "Never"} | fields))

    return make


def runs(tmp_path: Path) -> int:
    path = tmp_path / "runs"
    return len(path.read_text().splitlines()) if path.exists() else 0


def info_for(plugin: ExecConfig, **fields: Any) -> ConnectionInfo:
    merged: dict[str, Any] = {"server": "https://c.test", "auth": AuthInfo(exec=plugin)} | fields
    return ConnectionInfo(**merged)


def ask(
    plugin: ExecConfig, stop: Stop | None = None, time_limit: float = DEADLINE, **fields: Any
) -> PluginAnswer:
    return run_plugin(plugin, info_for(plugin, **fields), dict(os.environ), stop or Stop(), time_limit)


def failure(plugin: ExecConfig, **fields: Any) -> str:
    with pytest.raises(CredentialError) as caught:
        ask(plugin, **fields)
    message = str(caught.value)
    assert message.startswith(f"The credential plugin {plugin.command} ")
    assert "\n" not in message
    return message.removeprefix(f"The credential plugin {plugin.command} ")


def wait_for(path: Path) -> str:
    """Content of a file that a plugin writes whole."""
    deadline = time.monotonic() + DEADLINE
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline, f"{path.name} did not come"
        time.sleep(0.01)
    return path.read_text()


def has_ended(pid: int) -> bool:
    """No such process, or only its entry, which whoever adopted it has not collected."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return not Path(f"/proc/{pid}").exists()


def wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + DEADLINE
    while not has_ended(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.01)


def test_token_certificate_and_expiry(plugin: Callable[..., ExecConfig]) -> None:
    script = (
        f"answer(token='t', clientCertificateData={CERT!r}, clientKeyData={KEY!r}, "
        "expirationTimestamp='2030-01-02T03:04:05.123456789+01:00')"
    )
    assert ask(plugin(script)) == PluginAnswer("t", CERT.encode(), KEY.encode(), 1893549845.123456)


@pytest.mark.parametrize(
    ("stamp", "expires"),
    [("2030-01-02T02:04:05Z", 1893549845.0), ("2030-01-02T02:04:05.5Z", 1893549845.5), (None, None)],
)
def test_expiry_formats(plugin: Callable[..., ExecConfig], stamp: str | None, expires: float | None) -> None:
    assert ask(plugin(f"answer(token='t', expirationTimestamp={stamp!r})")).expires == expires


@pytest.mark.parametrize("api_version", [V1, "client.authentication.k8s.io/v1beta1"])
def test_what_a_plugin_is_told(plugin: Callable[..., ExecConfig], tmp_path: Path, api_version: str) -> None:
    script = """
        report = {"info": os.environ["KUBERNETES_EXEC_INFO"], "own": os.environ["OWN"], "args": sys.argv[1:],
                  "inherited": os.environ["HOME"], "stdin": sys.stdin.read(), "group": os.getpgrp() == os.getpid()}
        with open(here + "/report", "w") as file:
            json.dump(report, file)
        answer(token="t")
    """
    config = plugin(script, api_version=api_version, args=("a", "b c"), env=(("OWN", "value"),))
    ask(config)
    report = json.loads((tmp_path / "report").read_text())
    assert json.loads(report.pop("info")) == {
        "kind": "ExecCredential",
        "apiVersion": api_version,
        "spec": {"interactive": False},
    }
    assert report == {
        "own": "value",
        "args": ["a", "b c"],
        "inherited": os.environ["HOME"],
        "stdin": "",
        "group": True,
    }


@pytest.mark.parametrize("from_file", [False, True])
def test_a_plugin_that_asks_for_the_cluster_gets_it(
    plugin: Callable[..., ExecConfig], tmp_path: Path, from_file: bool
) -> None:
    script = """
        open(here + "/info", "w").write(os.environ["KUBERNETES_EXEC_INFO"])
        answer(token="t")
    """
    (tmp_path / "ca").write_text(CERT)
    ca: dict[str, Any] = {"ca_file": str(tmp_path / "ca")} if from_file else {"ca_data": CERT.encode()}
    ask(
        plugin(script, provide_cluster_info=True, cluster_config={"audience": "a"}),
        tls_server_name="name.test",
        proxy_url="http://proxy.test",
        **ca,
    )
    assert json.loads((tmp_path / "info").read_text())["spec"] == {
        "interactive": False,
        "cluster": {
            "server": "https://c.test",
            "tls-server-name": "name.test",
            "certificate-authority-data": base64.b64encode(CERT.encode()).decode(),
            "proxy-url": "http://proxy.test",
            "config": {"audience": "a"},
        },
    }
    ask(plugin(script, provide_cluster_info=True), insecure=True)
    assert json.loads((tmp_path / "info").read_text())["spec"]["cluster"] == {
        "server": "https://c.test",
        "insecure-skip-tls-verify": True,
        "config": None,
    }


ANSWER = {"kind": "ExecCredential", "apiVersion": V1, "status": {"token": "t"}}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "did not answer with a JSON object."),
        ("token", "did not answer with a JSON object."),
        ("[" * 100_000, "did not answer with a JSON object."),
        ([], "did not answer with a JSON object."),
        (
            ANSWER | {"kind": "Secret"},
            f"is configured for ExecCredential in {V1} and answered with Secret in {V1}.",
        ),
        (
            ANSWER | {"apiVersion": "client.authentication.k8s.io/v1beta1"},
            f"is configured for ExecCredential in {V1} and answered with ExecCredential in {V1}beta1.",
        ),
        (
            {"status": {"token": "t"}},
            f"is configured for ExecCredential in {V1} and answered with nothing in nothing.",
        ),
        ({"kind": "ExecCredential", "apiVersion": V1}, "answered without a status."),
        (ANSWER | {"status": {}}, "answered with neither a token nor a certificate."),
        (ANSWER | {"status": {"token": ""}}, "answered with neither a token nor a certificate."),
        (ANSWER | {"status": {"token": 1}}, "answered with a token or certificate that is not text."),
        (
            ANSWER | {"status": {"token": "a\nb"}},
            "answered with a token that holds a line break or control character.",
        ),
        (ANSWER | {"status": {"clientKeyData": KEY}}, "answered with only one of certificate and key."),
        (
            ANSWER | {"status": {"token": "t", "clientCertificateData": CERT}},
            "answered with only one of certificate and key.",
        ),
        (
            ANSWER | {"status": {"clientCertificateData": "x", "clientKeyData": "y"}},
            "answered with a certificate or key that is not PEM.",
        ),
        (
            ANSWER | {"status": {"token": "t", "expirationTimestamp": "soon"}},
            "answered with an expirationTimestamp that is not a time.",
        ),
    ],
)
def test_answers_that_are_none(plugin: Callable[..., ExecConfig], answer: object, reason: str) -> None:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    assert failure(plugin(f"print({text!r})")) == reason


def test_a_failing_plugin_shows_the_end_of_what_it_said(plugin: Callable[..., ExecConfig]) -> None:
    script = """
        print("out of sight", file=sys.stderr)
        print("x" * 20_000, file=sys.stderr)
        print("\\x1b[31mSSO session\\x1b[0m expired.\\nRun: aws sso login", file=sys.stderr)
        print("secret-of-stdout")
        sys.exit(7)
    """
    reason = failure(plugin(script))
    assert reason.startswith("failed with exit code 7: …xxx")
    assert reason.endswith(" SSO session expired. Run: aws sso login.")
    assert "secret-of-stdout" not in reason


def test_a_failing_plugin_s_secrets_are_not_shown(plugin: Callable[..., ExecConfig]) -> None:
    script = """
        print("Authorization: Bearer abcdef and client_secret=hush1 and", os.environ["MY_TOKEN"], file=sys.stderr)
        sys.exit(1)
    """
    reason = failure(plugin(script, env=(("MY_TOKEN", "hush2-hush2"),)))
    assert reason.startswith("failed with exit code 1: ")
    assert "hush" not in reason
    assert "abcdef" not in reason


def test_a_silent_failure_says_so(plugin: Callable[..., ExecConfig]) -> None:
    assert failure(plugin("sys.exit(3)")) == "failed with exit code 3, without a word on standard error."
    assert (
        failure(plugin("os.kill(os.getpid(), 9)")) == "ended by signal 9, without a word on standard error."
    )


def test_a_plugin_that_is_not_installed_shows_its_hint() -> None:
    config = ExecConfig(V1, "no-such-plugin", install_hint="brew install \x1b[1mit\x1b[0m\nor ask")
    assert failure(config) == "was not found on PATH. brew install it or ask"
    assert failure(ExecConfig(V1, "/no/such/plugin")) == "does not exist or is not executable."


def test_the_path_of_the_given_environment_is_searched(
    plugin: Callable[..., ExecConfig], tmp_path: Path
) -> None:
    config = replace(plugin("answer(token=os.environ['PATH'])"), command="plugin")
    token = run_plugin(config, info_for(config), {"PATH": str(tmp_path)}, Stop()).token
    assert token == str(tmp_path)


def test_a_relative_folder_on_path_is_not_searched(
    plugin: Callable[..., ExecConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(plugin("answer(token='t')"), command="plugin")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CredentialError, match="was not found on PATH"):
        run_plugin(config, info_for(config), {"PATH": "."}, Stop())


def test_a_plugin_that_cannot_be_started(tmp_path: Path) -> None:
    (tmp_path / "plugin").write_text("#!/no/such/interpreter\n")
    (tmp_path / "plugin").chmod(0o700)
    assert failure(ExecConfig(V1, str(tmp_path / "plugin"))).startswith("could not be started: No such file")


def test_a_slow_plugin_is_ended_with_its_children(plugin: Callable[..., ExecConfig], tmp_path: Path) -> None:
    script = """
        import signal, subprocess
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        open(here + "/pids", "w").write(f"{os.getpid()} {child.pid}")
        time.sleep(600)
    """
    assert failure(plugin(script), time_limit=1.5) == "did not answer in 1.5 seconds and was ended."
    for pid in wait_for(tmp_path / "pids").split():
        wait_for_end(int(pid))


def test_a_plugin_may_not_answer_without_end(
    plugin: Callable[..., ExecConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(procpipes, "MAX_OUTPUT", 1 << 20)
    assert failure(plugin("while True: print('x' * 10_000)")) == "answered with more than 1 MiB."


def test_a_browser_that_outlives_its_plugin_is_not_waited_for(
    plugin: Callable[..., ExecConfig], tmp_path: Path
) -> None:
    """The child keeps both pipes open; the plugin has ended, and that is what counts."""
    script = """
        import subprocess
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        open(here + "/pid", "w").write(str(child.pid))
        answer(token="t" * 100_000)
    """
    try:
        assert ask(plugin(script)).token == "t" * 100_000
    finally:
        os.kill(int(wait_for(tmp_path / "pid")), 9)


def test_stop_ends_a_plugin(plugin: Callable[..., ExecConfig], tmp_path: Path) -> None:
    stop = Stop()
    config = plugin("open(here + '/pid', 'w').write(str(os.getpid())); time.sleep(600)")
    outcome: list[BaseException] = []

    def run() -> None:
        try:
            ask(config, stop=stop, time_limit=600)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is what the test looks at
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    pid = int(wait_for(tmp_path / "pid"))
    stop.set()
    thread.join(DEADLINE)
    assert [type(error) for error in outcome] == [Stopped]
    wait_for_end(pid)


# ---- through Credentials: one run for everyone ----


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def held_by(config: ExecConfig, clock: Clock | None = None, **auth: Any) -> Credentials:
    info = info_for(config, auth=AuthInfo(exec=config, **auth))
    return Credentials(info, lambda: dict(os.environ), clock or Clock())


COUNTING = """
    count = len(open(here + "/runs").readlines())
    answer(token=f"token-{count}")
"""


def test_a_grant_carries_token_certificate_and_impersonation(plugin: Callable[..., ExecConfig]) -> None:
    config = plugin(f"answer(token='t', clientCertificateData={CERT!r}, clientKeyData={KEY!r})")
    grant = held_by(config, impersonate_user="a").grant(Stop())
    assert grant.headers == (("Authorization", "Bearer t"), ("Impersonate-User", "a"))
    assert (grant.certificate, grant.key) == (CERT.encode(), KEY.encode())


@pytest.mark.parametrize(
    "auth",
    [
        {"token": "t"},
        {"username": "me"},
        {"client_certificate_data": CERT.encode(), "client_key_data": KEY.encode()},
    ],
)
def test_a_fixed_credential_makes_the_plugin_needless(
    plugin: Callable[..., ExecConfig], tmp_path: Path, auth: dict[str, Any]
) -> None:
    held_by(plugin("answer(token='other')"), **auth).grant(Stop())
    assert runs(tmp_path) == 0


def test_over_plain_http_no_plugin_runs(plugin: Callable[..., ExecConfig], tmp_path: Path) -> None:
    config = plugin("answer(token='t')")
    held = Credentials(info_for(config, server="http://c.test"), dict)
    assert held.grant(Stop()).headers == ()
    assert runs(tmp_path) == 0


def in_threads(count: int, work: Callable[[], Grant]) -> list[Grant | str]:
    """What ``work`` gave or which error it raised, called by many threads at once."""
    start = threading.Barrier(count)
    results: list[Grant | str] = []

    def call() -> None:
        start.wait()
        try:
            results.append(work())
        except CredentialError as error:
            results.append(str(error))

    threads = [threading.Thread(target=call) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert len(results) == count
    return results


def test_one_run_and_one_refresh_for_everyone(plugin: Callable[..., ExecConfig], tmp_path: Path) -> None:
    held = held_by(plugin("time.sleep(0.3)" + COUNTING.replace("\n    ", "\n")))
    first = in_threads(30, lambda: held.grant(Stop()))
    assert runs(tmp_path) == 1
    assert len(set(map(id, first))) == 1
    used = held.grant(Stop())
    second = in_threads(30, lambda: held.refresh(used, Stop()))
    assert runs(tmp_path) == 2
    assert {grant.headers for grant in second if isinstance(grant, Grant)} == {
        (("Authorization", "Bearer token-2"),)
    }
    assert len(set(map(id, second))) == 1


def test_a_failing_plugin_runs_once_for_everyone_until_reset(
    plugin: Callable[..., ExecConfig], tmp_path: Path
) -> None:
    held = held_by(plugin("time.sleep(0.3); sys.exit('not logged in')"))
    results = in_threads(30, lambda: held.grant(Stop()))
    assert len(set(results)) == 1
    assert "not logged in" in str(results[0])
    with pytest.raises(CredentialError, match="not logged in"):
        held.grant(Stop())
    assert runs(tmp_path) == 1
    held.reset()
    with pytest.raises(CredentialError, match="not logged in"):
        held.grant(Stop())
    assert runs(tmp_path) == 2


def test_refused_refused_again_and_then_nothing_runs(
    plugin: Callable[..., ExecConfig], tmp_path: Path
) -> None:
    held = held_by(plugin(COUNTING))
    first = held.grant(Stop())
    second = held.refresh(first, Stop())
    results = in_threads(10, lambda: held.refresh(second, Stop()))
    assert set(results) == {"The server refused the credential plugin's answer; log in again."}
    for used in (first, second):
        with pytest.raises(CredentialError, match="log in again"):
            held.refresh(used, Stop())
    assert runs(tmp_path) == 2
    held.reset()
    assert held.grant(Stop()).headers == (("Authorization", "Bearer token-3"),)


def test_a_plugin_that_answers_the_same_gets_one_more_try(
    plugin: Callable[..., ExecConfig], tmp_path: Path
) -> None:
    held = held_by(plugin("answer(token='same')"))
    first = held.grant(Stop())
    second = held.refresh(first, Stop())
    assert second.generation > first.generation
    with pytest.raises(CredentialError, match="log in again"):
        held.refresh(second, Stop())
    assert runs(tmp_path) == 2


def test_a_plugin_runs_again_when_its_answer_expires(
    plugin: Callable[..., ExecConfig], tmp_path: Path
) -> None:
    script = """
        count = len(open(here + "/runs").readlines())
        moment = time.gmtime(1_700_000_000 + 100 * count)
        answer(token=f"token-{count}", expirationTimestamp=time.strftime("%Y-%m-%dT%H:%M:%SZ", moment))
    """
    clock = Clock()
    held = held_by(plugin(script), clock)
    first = held.grant(Stop())
    assert first.expires == 1_700_000_100.0
    clock.now += 99
    assert held.grant(Stop()) is first
    clock.now += 1
    second = held.grant(Stop())
    assert second.headers == (("Authorization", "Bearer token-2"),)
    # Refused because it had expired meanwhile: as often as it likes, that is no failed login.
    for number in range(3, 6):
        clock.now += 100
        second = held.refresh(second, Stop())
        assert second.headers == (("Authorization", f"Bearer token-{number}"),)
    assert runs(tmp_path) == 5


def test_an_answer_that_had_expired_on_arrival_is_used_until_refused(
    plugin: Callable[..., ExecConfig], tmp_path: Path
) -> None:
    """One of the clocks is wrong: running the plugin for every request would not help."""
    held = held_by(plugin("answer(token='t', expirationTimestamp='2020-01-01T00:00:00Z')"))
    assert held.grant(Stop()) is held.grant(Stop())
    assert held.grant(Stop()).expires is None
    assert runs(tmp_path) == 1


def test_one_who_stops_waiting_does_not_take_the_login_from_the_others(
    plugin: Callable[..., ExecConfig], tmp_path: Path
) -> None:
    script = """
        open(here + "/pid", "w").write(str(os.getpid()))
        while not os.path.exists(here + "/go"):
            time.sleep(0.01)
        answer(token="t")
    """
    held = held_by(plugin(script))
    first, second = Stop(), Stop()
    outcomes: dict[str, object] = {}

    def wait(name: str, stop: Stop) -> None:
        try:
            outcomes[name] = held.grant(stop)
        except Stopped:
            outcomes[name] = "stopped"

    threads = [threading.Thread(target=wait, args=("first", first))]
    threads[0].start()
    wait_for(tmp_path / "pid")
    threads.append(threading.Thread(target=wait, args=("second", second)))
    threads[1].start()
    deadline = time.monotonic() + DEADLINE
    while held._reading is None or held._reading.waiting < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    first.set()
    threads[0].join(DEADLINE)
    assert outcomes == {"first": "stopped"}
    (tmp_path / "go").touch()
    threads[1].join(DEADLINE)
    assert isinstance(outcomes["second"], Grant)
    assert runs(tmp_path) == 1


@pytest.mark.parametrize("how", ["stop", "forget"])
def test_a_plugin_nobody_waits_for_is_ended(
    plugin: Callable[..., ExecConfig], tmp_path: Path, how: str
) -> None:
    held = held_by(plugin("open(here + '/pid', 'w').write(str(os.getpid())); time.sleep(600)"))
    stop = Stop()
    outcome: list[str] = []

    def wait() -> None:
        try:
            held.grant(stop)
        except Stopped:
            outcome.append("stopped")

    thread = threading.Thread(target=wait)
    thread.start()
    pid = int(wait_for(tmp_path / "pid"))
    if how == "stop":
        stop.set()
    else:
        held.forget()
    thread.join(DEADLINE)
    assert outcome == ["stopped"]
    wait_for_end(pid)
    if how == "stop":
        (tmp_path / "plugin").write_text(
            (tmp_path / "plugin").read_text().replace("time.sleep(600)", "answer(token='t')")
        )
        assert held.grant(Stop()).headers == (("Authorization", "Bearer t"),), "a stop is not a failed login"
