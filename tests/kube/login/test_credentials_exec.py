"""One run of a credential plugin: what it is told, which answers count, and that nothing of it stays behind."""

from __future__ import annotations

import base64
import functools
import json
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kdesk.kube.config.connection import ExecConfig
from kdesk.kube.errors import CredentialError, Stopped
from kdesk.kube.login import procpipes
from kdesk.kube.login.execplugin import PluginAnswer, run_plugin
from kdesk.kube.stop import Stop
from tests.kube.login.plugins import (
    CERT,
    DEADLINE,
    KEY,
    V1,
    MakePlugin,
    info_for,
    make_plugin,
    wait_for,
    wait_for_end,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the scripts are POSIX programs")


@pytest.fixture
def plugin(tmp_path: Path) -> MakePlugin:
    return functools.partial(make_plugin, tmp_path)


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


def test_token_certificate_and_expiry(plugin: MakePlugin) -> None:
    script = (
        f"answer(token='t', clientCertificateData={CERT!r}, clientKeyData={KEY!r}, "
        "expirationTimestamp='2030-01-02T03:04:05.123456789+01:00')"
    )
    assert ask(plugin(script)) == PluginAnswer("t", CERT.encode(), KEY.encode(), 1893549845.123456)


@pytest.mark.parametrize(
    ("stamp", "expires"),
    [("2030-01-02T02:04:05Z", 1893549845.0), ("2030-01-02T02:04:05.5Z", 1893549845.5), (None, None)],
)
def test_expiry_formats(plugin: MakePlugin, stamp: str | None, expires: float | None) -> None:
    assert ask(plugin(f"answer(token='t', expirationTimestamp={stamp!r})")).expires == expires


@pytest.mark.parametrize("api_version", [V1, "client.authentication.k8s.io/v1beta1"])
def test_what_a_plugin_is_told(plugin: MakePlugin, tmp_path: Path, api_version: str) -> None:
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
    plugin: MakePlugin, tmp_path: Path, from_file: bool
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
def test_answers_that_are_none(plugin: MakePlugin, answer: object, reason: str) -> None:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    assert failure(plugin(f"print({text!r})")) == reason


def test_a_failing_plugin_shows_the_end_of_what_it_said(plugin: MakePlugin) -> None:
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


def test_a_failing_plugin_s_secrets_are_not_shown(plugin: MakePlugin) -> None:
    script = """
        print("Authorization: Bearer abcdef and client_secret=hush1 and", os.environ["MY_TOKEN"], file=sys.stderr)
        sys.exit(1)
    """
    reason = failure(plugin(script, env=(("MY_TOKEN", "hush2-hush2"),)))
    assert reason.startswith("failed with exit code 1: ")
    assert "hush" not in reason
    assert "abcdef" not in reason


def test_a_silent_failure_says_so(plugin: MakePlugin) -> None:
    assert failure(plugin("sys.exit(3)")) == "failed with exit code 3."
    assert failure(plugin("os.kill(os.getpid(), 9)")) == "ended by signal 9."


def test_a_plugin_that_is_not_installed_shows_its_hint() -> None:
    config = ExecConfig(V1, "no-such-plugin", install_hint="brew install \x1b[1mit\x1b[0m\nor ask")
    assert failure(config) == "was not found on PATH. brew install it or ask"
    assert failure(ExecConfig(V1, "/no/such/plugin")) == "does not exist or is not executable."


def test_the_path_of_the_given_environment_is_searched(plugin: MakePlugin, tmp_path: Path) -> None:
    config = replace(plugin("answer(token=os.environ['PATH'])"), command="plugin")
    token = run_plugin(config, info_for(config), {"PATH": str(tmp_path)}, Stop()).token
    assert token == str(tmp_path)


def test_a_relative_folder_on_path_is_not_searched(
    plugin: MakePlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(plugin("answer(token='t')"), command="plugin")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CredentialError, match="was not found on PATH"):
        run_plugin(config, info_for(config), {"PATH": "."}, Stop())


def test_a_plugin_that_cannot_be_started(tmp_path: Path) -> None:
    (tmp_path / "plugin").write_text("#!/no/such/interpreter\n")
    (tmp_path / "plugin").chmod(0o700)
    assert failure(ExecConfig(V1, str(tmp_path / "plugin"))).startswith("could not be started: No such file")


def test_a_slow_plugin_is_ended_with_its_children(plugin: MakePlugin, tmp_path: Path) -> None:
    script = """
        import signal, subprocess
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        open(here + "/pids", "w").write(f"{os.getpid()} {child.pid}")
        print("Open https://login.test and enter ABCD.", file=sys.stderr, flush=True)
        time.sleep(600)
    """
    assert failure(plugin(script), time_limit=4) == (
        "did not answer in 4 seconds and was ended: Open https://login.test and enter ABCD."
    )
    for pid in wait_for(tmp_path / "pids").split():
        wait_for_end(int(pid))


def test_a_plugin_may_not_answer_without_end(plugin: MakePlugin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(procpipes, "MAX_OUTPUT", 1 << 20)
    assert failure(plugin("while True: print('x' * 10_000)")) == "answered with more than 1 MiB."


def test_a_browser_that_outlives_its_plugin_is_not_waited_for(plugin: MakePlugin, tmp_path: Path) -> None:
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


def test_stop_ends_a_plugin(plugin: MakePlugin, tmp_path: Path) -> None:
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
