"""What redaction takes out, what it leaves readable, and that it copes with any text."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdesk.kube.redact import redact
from tests.kube.kubeconfigs import certificate

KEY = certificate()[1].decode()
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer abc.def-123", "Authorization: ***"),
        ('{"Authorization": "Basic bWU6cHc="}', '{"Authorization": ***'),
        ("sent bearer abcdef to it", "sent bearer *** to it"),
        ("Basic bWU6cHc= was refused", "Basic *** was refused"),
        (f"got {JWT}.", "got ***"),
        (f"cut {JWT[:20]}", "cut ***"),
        ("http://me:p@ss@proxy.test:3128/x", "http://***@proxy.test:3128/x"),
        (
            "socks5://me:pw@proxy.test and https://token@a.test",
            "socks5://***@proxy.test and https://***@a.test",
        ),
        ("https://a.test/path?user=me@b.test", "https://a.test/path?user=me@b.test"),
        (f"key:\n{KEY}end", "key:\n***\nend"),
        (f"key: {KEY[:120]}", "key: ***"),
        (KEY[60:] + "after", "***\nafter"),
        (f'"k": "{KEY.replace(chr(10), chr(92) + "n")}"', '"k": "***\\n"'),
        ("data " + base64.b64encode(KEY.encode()).decode(), "data ***"),
        ("client-key-data: AAAA rest", "client-key-data: *** rest"),
        ("id_token=abc&x=1", "id_token=***&x=1"),
        ('{"refresh_token":"a \\" b","x":1}', '{"refresh_token":***,"x":1}'),
        ("password = 'a b' done", "password = *** done"),
        ("login --client-secret hush --verbose", "login --client-secret *** --verbose"),
        ("login --token=hush --verbose", "login --token=*** --verbose"),
        ("login --token --verbose", "login --token --verbose"),
        ("k8s-aws-v1.aHR0cHM6Ly9z", "***"),
        ("ghp_0123456789abcdefABCDEF", "***"),
        ("sha256~AbCdEf0123456789-xyz_", "***"),
        ("bootstrap abcdef.0123456789abcdef", "bootstrap ***"),
        ("opaque Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MEFCQ0Q= here", "opaque *** here"),
    ],
)
def test_secrets_are_masked(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "x509: certificate signed by unknown authority",
        "the server refused the token",
        "context prod-eu-west-1@kubernetes-admin in /home/me/.kube/config",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "uid 6f1c9b1e-53c4-4a52-9c2a-0a0f3f9ad2f7",
        "https://A1B2C3D4E5F6A7B8C9D0E1F2A3B4C5D6.gr7.eu-west-1.eks.amazonaws.com:443",
        "dial tcp 10.0.0.1:6443: connect: connection refused",
        "/usr/local/Caskroom/google-cloud-sdk/latest/Google-Cloud-SDK-9/bin/gke-gcloud-auth-plugin",
        "run: kubectl oidc-login get-token --oidc-issuer-url=https://issuer.test",
    ],
)
def test_what_helps_stays_readable(text: str) -> None:
    assert redact(text) == text


def test_what_follows_an_authorization_line_is_still_there_when_the_lines_were_joined() -> None:
    """A plugin's words are masked line by line, made one line, and masked once more where they are told."""
    once = redact("GET /login\nAuthorization: Bearer abc.def-ghi\nyour device is not enrolled")
    joined = " ".join(once.split())
    assert joined == "GET /login Authorization: *** your device is not enrolled"
    assert redact(joined) == joined
    assert redact("Authorization: ***:s3cret") == "Authorization: ***", "that is no mask of ours"


def test_known_secrets_are_masked_wherever_they_stand() -> None:
    assert redact("a-hush-b hush2 x", ["hush", "hush2", "x", ""]) == "a-***-b *** x"


@settings(max_examples=200, deadline=None)
@given(st.text() | st.text(alphabet="-=: .@/tokenBEGIN PRIVATEKEYey\"'\\", max_size=300))
def test_any_text_is_redacted_and_twice_is_once(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@given(
    token=st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-_.", min_size=8), before=st.text(max_size=30)
)
def test_a_bearer_token_never_gets_through(token: str, before: str) -> None:
    assert f"earer {token}" not in redact(f"{before}\nAuthorization: Bearer {token}")


@pytest.mark.parametrize(
    "unit", ["x", "-", "a.", "token", "--token", "http://", "eyJ", "-----BEGIN ", "Aa1", "bearer "]
)
def test_a_long_text_takes_no_time(unit: str) -> None:
    """Patterns are linear: a quadratic one would run into the test's time limit here."""
    redact(unit * (300_000 // len(unit)))
