"""Grants of fixed and file credentials: which headers go where, when files are read again, and the latch."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from kdesk.kube.config.connection import AuthInfo, ConnectionInfo
from kdesk.kube.errors import CredentialError, Stopped
from kdesk.kube.login.credentials import Credentials, Grant
from kdesk.kube.stop import Stop
from tests.kube.kubeconfigs import certificate

CERT, KEY = certificate()


class Clock:
    """Unix seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def credentials(auth: AuthInfo, clock: Clock | None = None, server: str = "https://c.test") -> Credentials:
    return Credentials(ConnectionInfo(server=server, auth=auth), dict, clock or Clock())


def granted(auth: AuthInfo, server: str = "https://c.test") -> Grant:
    return credentials(auth, server=server).grant(Stop())


IMPERSONATION = AuthInfo(
    impersonate_user="jané",
    impersonate_uid="7",
    impersonate_groups=("dev", "ops"),
    impersonate_extra=(("scopes", ("view", "edit")), ("a.test/x%", ("y",)), ("naïve", ("z",))),
)


@pytest.mark.parametrize(
    ("auth", "headers"),
    [
        (AuthInfo(), ()),
        (AuthInfo(token="t"), (("Authorization", "Bearer t"),)),
        (AuthInfo(username="me", password="pä:ß"), (("Authorization", "Basic bWU6cMOkOsOf"),)),
        (AuthInfo(username="me"), (("Authorization", "Basic bWU6"),)),
        (
            IMPERSONATION,
            (
                ("Impersonate-User", "janÃ©"),  # UTF-8, byte by byte
                ("Impersonate-Uid", "7"),
                ("Impersonate-Group", "dev"),
                ("Impersonate-Group", "ops"),
                ("Impersonate-Extra-scopes", "view"),
                ("Impersonate-Extra-scopes", "edit"),
                ("Impersonate-Extra-a.test%2Fx%25", "y"),
                ("Impersonate-Extra-na%C3%AFve", "z"),
            ),
        ),
    ],
)
def test_headers(auth: AuthInfo, headers: tuple[tuple[str, str], ...]) -> None:
    grant = granted(auth)
    assert grant.headers == headers
    assert (grant.certificate, grant.key, grant.expires) == (None, None, None)
    for name, value in grant.headers:
        name.encode("ascii")
        value.encode("latin-1")


def test_certificates_come_from_data_or_from_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(KEY)
    grant = granted(AuthInfo(client_certificate_data=CERT, client_key=str(tmp_path / "key")))
    assert (grant.certificate, grant.key) == (CERT, KEY)


def test_a_certificate_and_a_token_go_together() -> None:
    grant = granted(AuthInfo(token="t", client_certificate_data=CERT, client_key_data=KEY))
    assert grant.headers == (("Authorization", "Bearer t"),)
    assert grant.certificate == CERT


@pytest.mark.parametrize(
    "auth",
    [
        AuthInfo(token="t"),
        AuthInfo(token_file="/nonexistent"),
        AuthInfo(username="me", password="pw"),
        AuthInfo(client_certificate="/nonexistent", client_key="/nonexistent"),
    ],
)
def test_over_plain_http_no_credential_is_read_or_sent(auth: AuthInfo) -> None:
    held = credentials(auth, server="http://c.test")
    grant = held.grant(Stop())
    assert (grant.headers, grant.certificate, grant.key) == ((), None, None)
    with pytest.raises(CredentialError, match="over plain http none is sent"):
        held.refresh(grant, Stop())


def test_impersonation_is_sent_over_plain_http_as_kubectl_does() -> None:
    assert granted(AuthInfo(token="t", impersonate_user="a"), "http://c").headers == (
        ("Impersonate-User", "a"),
    )


def test_no_secret_is_shown_by_a_repr() -> None:
    grant = granted(AuthInfo(token="hush", client_certificate_data=CERT, client_key_data=KEY))
    assert "hush" not in repr(grant)
    assert "PRIVATE" not in repr(grant)


def test_a_grant_is_made_once() -> None:
    held = credentials(AuthInfo(token="t"))
    assert held.grant(Stop()) is held.grant(Stop())


@pytest.mark.parametrize(
    ("auth", "reason"),
    [
        (AuthInfo(token="t"), "The server refused the token; log in again."),
        (AuthInfo(username="me"), "The server refused the user name or password; log in again."),
        (
            AuthInfo(client_certificate_data=CERT, client_key_data=KEY),
            "The server refused the client certificate; log in again.",
        ),
        (
            AuthInfo(),
            "The server wants a credential, and the context has none; name a user in the kubeconfig.",
        ),
    ],
)
def test_what_cannot_be_refreshed_is_refused_until_reset(auth: AuthInfo, reason: str) -> None:
    held = credentials(auth)
    grant = held.grant(Stop())
    for refused in (True, False, True):
        with pytest.raises(CredentialError) as caught:
            held.refresh(grant, Stop()) if refused else held.grant(Stop())
        assert str(caught.value) == reason
    held.reset()
    assert held.grant(Stop()).headers == grant.headers


def test_a_token_file_wins_over_a_token_and_its_newline_is_trimmed(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(" from-file \r\n", "utf-8")
    grant = granted(AuthInfo(token="fixed", token_file=str(tmp_path / "token")))
    assert grant.headers == (("Authorization", "Bearer from-file"),)


@pytest.mark.parametrize("content", [None, "", "\n", "two\nlines"])
def test_a_token_file_without_a_token(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content, "utf-8")
    assert granted(AuthInfo(token="t", token_file=str(path))).headers == (("Authorization", "Bearer t"),)
    held = credentials(AuthInfo(token_file=str(path)))
    with pytest.raises(CredentialError) as caught:
        held.grant(Stop())
    what = "cannot be read: No such file or directory." if content is None else "holds no token."
    assert str(caught.value) == f"The token file {path} {what}"
    path.write_text("here", "utf-8")
    assert held.grant(Stop()).headers == (("Authorization", "Bearer here"),), (
        "a file may come: nothing is latched"
    )


def test_a_token_file_is_read_again_after_a_minute(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "token"
    path.write_text("one", "utf-8")
    held = credentials(AuthInfo(token_file=str(path)), clock)
    first = held.grant(Stop())
    path.write_text("two", "utf-8")
    clock.now += 59
    assert held.grant(Stop()) is first
    clock.now += 2
    second = held.grant(Stop())
    assert second.headers == (("Authorization", "Bearer two"),)
    assert second.generation > first.generation
    clock.now += 61
    assert held.grant(Stop()).generation == second.generation, "the same content is no other credential"
    path.unlink()
    clock.now += 61
    assert held.grant(Stop()).headers == second.headers, "the last good token serves while the file is away"


def test_a_clock_set_back_does_not_keep_a_token_for_ever(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "token"
    path.write_text("one", "utf-8")
    held = credentials(AuthInfo(token_file=str(path)), clock)
    held.grant(Stop())
    path.write_text("two", "utf-8")
    clock.now -= 86_400
    assert held.grant(Stop()).headers == (("Authorization", "Bearer two"),)


def test_a_refresh_reads_a_token_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("one", "utf-8")
    held = credentials(AuthInfo(token_file=str(path)))
    first = held.grant(Stop())
    path.write_text("two", "utf-8")
    second = held.refresh(first, Stop())
    assert second.headers == (("Authorization", "Bearer two"),)
    assert held.refresh(first, Stop()) is second, "an old grant gets the current one"


def test_a_refused_token_file_that_did_not_change_is_final(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("one", "utf-8")
    held = credentials(AuthInfo(token_file=str(path)))
    with pytest.raises(CredentialError, match="refused the token; log in again"):
        held.refresh(held.grant(Stop()), Stop())
    path.write_text("two", "utf-8")
    with pytest.raises(CredentialError, match="log in again"):
        held.grant(Stop())
    held.reset()
    assert held.grant(Stop()).headers == (("Authorization", "Bearer two"),)


def test_a_refresh_sees_rotated_certificate_files(tmp_path: Path) -> None:
    (tmp_path / "cert").write_bytes(CERT)
    (tmp_path / "key").write_bytes(KEY)
    held = credentials(AuthInfo(client_certificate=str(tmp_path / "cert"), client_key=str(tmp_path / "key")))
    first = held.grant(Stop())
    new_cert, new_key = certificate("rotated")
    (tmp_path / "cert").write_bytes(new_cert)
    (tmp_path / "key").write_bytes(new_key)
    second = held.refresh(first, Stop())
    assert (second.certificate, second.key) == (new_cert, new_key)
    assert second.generation > first.generation


def test_a_missing_certificate_file_is_an_error(tmp_path: Path) -> None:
    auth = AuthInfo(client_certificate=str(tmp_path / "cert"), client_key=str(tmp_path / "key"))
    with pytest.raises(CredentialError, match=r"The client certificate .*/cert cannot be read: No such file"):
        granted(auth)


def test_refused_again_soon_after_a_refresh_is_final_and_later_is_not(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "token"
    held = credentials(AuthInfo(token_file=str(path)), clock)
    path.write_text("one", "utf-8")
    first = held.grant(Stop())
    path.write_text("two", "utf-8")
    second = held.refresh(first, Stop())
    clock.now += 120
    path.write_text("three", "utf-8")
    third = held.refresh(second, Stop())
    assert third.headers == (("Authorization", "Bearer three"),)
    path.write_text("four", "utf-8")
    clock.now += 5
    with pytest.raises(CredentialError, match="log in again"):
        held.refresh(third, Stop())


def test_a_refresh_that_worked_makes_the_next_refusal_a_new_matter(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("0", "utf-8")
    held = credentials(AuthInfo(token_file=str(path)))
    grant = held.grant(Stop())
    for number in range(1, 4):
        path.write_text(f"{number}", "utf-8")
        grant = held.refresh(grant, Stop())
        held.accepted(grant)
    assert grant.headers == (("Authorization", "Bearer 3"),)


def test_a_stop_that_is_set_ends_the_call(tmp_path: Path) -> None:
    held = credentials(AuthInfo(token="t"))
    stop = Stop()
    stop.set()
    with pytest.raises(Stopped):
        held.grant(stop)
    grant = held.grant(Stop())
    with pytest.raises(Stopped):
        held.refresh(grant, stop)


def test_forgotten_credentials_hold_no_secret() -> None:
    held = credentials(AuthInfo(token="hush-token"))
    grant = held.grant(Stop())
    held.forget()
    with pytest.raises(Stopped):
        held.grant(Stop())
    with pytest.raises(Stopped):
        held.refresh(grant, Stop())
    held.reset()
    assert "hush-token" not in repr(vars(held))
    with pytest.raises(Stopped):
        held.grant(Stop())


def test_many_threads_share_one_grant(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("one", "utf-8")
    held = credentials(AuthInfo(token_file=str(path)))
    first = held.grant(Stop())
    path.write_text("two", "utf-8")
    start = threading.Barrier(20)
    grants: list[Grant] = []

    def refused() -> None:
        start.wait()
        grants.append(held.refresh(first, Stop()))

    threads = [threading.Thread(target=refused) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(grants) == 20
    assert {grant.generation for grant in grants} == {first.generation + 1}
