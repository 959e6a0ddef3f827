"""Credentials that come from a plugin: one run for everyone, again when it has expired or was refused, then no more."""

from __future__ import annotations

import functools
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kdesk.kube.config.connection import AuthInfo, ExecConfig
from kdesk.kube.errors import CredentialError, Stopped
from kdesk.kube.login.credentials import Credentials, Grant
from kdesk.kube.stop import Stop
from tests.kube.login.plugins import (
    CERT,
    DEADLINE,
    KEY,
    MakePlugin,
    info_for,
    make_plugin,
    runs,
    wait_for,
    wait_for_end,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the scripts are POSIX programs")


@pytest.fixture
def plugin(tmp_path: Path) -> MakePlugin:
    return functools.partial(make_plugin, tmp_path)


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


def test_a_grant_carries_token_certificate_and_impersonation(plugin: MakePlugin) -> None:
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
    plugin: MakePlugin, tmp_path: Path, auth: dict[str, Any]
) -> None:
    held_by(plugin("answer(token='other')"), **auth).grant(Stop())
    assert runs(tmp_path) == 0


def test_over_plain_http_no_plugin_runs(plugin: MakePlugin, tmp_path: Path) -> None:
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


def test_one_run_and_one_refresh_for_everyone(plugin: MakePlugin, tmp_path: Path) -> None:
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


def test_a_failing_plugin_runs_once_for_everyone_until_reset(plugin: MakePlugin, tmp_path: Path) -> None:
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


def test_refused_refused_again_and_then_nothing_runs(plugin: MakePlugin, tmp_path: Path) -> None:
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


def test_a_plugin_that_answers_the_same_gets_one_more_try(plugin: MakePlugin, tmp_path: Path) -> None:
    held = held_by(plugin("answer(token='same')"))
    first = held.grant(Stop())
    second = held.refresh(first, Stop())
    assert second.generation > first.generation
    with pytest.raises(CredentialError, match="log in again"):
        held.refresh(second, Stop())
    assert runs(tmp_path) == 2


def test_a_plugin_runs_again_when_its_answer_expires(plugin: MakePlugin, tmp_path: Path) -> None:
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
    plugin: MakePlugin, tmp_path: Path
) -> None:
    """One of the clocks is wrong: running the plugin for every request would not help."""
    held = held_by(plugin("answer(token='t', expirationTimestamp='2020-01-01T00:00:00Z')"))
    assert held.grant(Stop()) is held.grant(Stop())
    assert held.grant(Stop()).expires is None
    assert runs(tmp_path) == 1


def test_one_who_stops_waiting_does_not_take_the_login_from_the_others(
    plugin: MakePlugin, tmp_path: Path
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
def test_a_plugin_nobody_waits_for_is_ended(plugin: MakePlugin, tmp_path: Path, how: str) -> None:
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
