"""Every field of a cluster and of a user: what it becomes, and what makes a context unusable and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kdesk.kube.config.connection import AuthInfo, ConnectionInfo, ExecConfig
from kdesk.kube.config.kubeconfig import Context
from tests.kube.kubeconfigs import base64_of, certificate, config, load_one, only

CERT, KEY = certificate()
EXEC = "apiVersion: client.authentication.k8s.io/v1, command: login, interactiveMode: Never"
NOT_THERE = "cannot be read: No such file or directory"
NO_PEM = "its certificate authority holds no PEM certificate"
NO_HEADER = "its token or impersonation holds a line break or control character, which no header can"
HTTPS = "server: 'https://127.0.0.1:6443'"


def context_of(
    tmp_path: Path, *, cluster: str = f"{{{HTTPS}}}", user: str = "{}", context: str = "{cluster: c, user: u}"
) -> Context:
    (tmp_path / "cert.pem").write_bytes(CERT)
    (tmp_path / "key.pem").write_bytes(KEY)
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "junk").write_bytes(b"junk")
    return only(load_one(tmp_path / "config", config(cluster=cluster, user=user, context=context)))


def connection_of(tmp_path: Path, **parts: str) -> ConnectionInfo:
    context = context_of(tmp_path, **parts)
    assert context.problem is None
    assert context.connection is not None
    return context.connection


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("https://a.test:6443", "https://a.test:6443"),
        ("https://a.test/", "https://a.test"),
        ("HTTPS://a.test/k8s/clusters/c-1/", "https://a.test/k8s/clusters/c-1"),
        ("https://a.test/path?x=1#y", "https://a.test/path"),
        ("https://[::1]:6443", "https://[::1]:6443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("localhost:8080", "http://localhost:8080"),
        ("10.0.0.1:6443/", "http://10.0.0.1:6443"),
        ("cluster", "http://cluster"),
        ("https://me:pass@a.test/x", "https://a.test/x"),
        ("http://me:pass@a.test", "http://a.test"),
    ],
)
def test_server(tmp_path: Path, server: str, expected: str) -> None:
    context = context_of(tmp_path, cluster=f"{{server: '{server}'}}")
    assert context.connection is not None
    assert context.server == context.connection.server == expected
    assert ":pass" not in repr(context)


@pytest.mark.parametrize(
    "server",
    [
        "https://",
        "https:/a",
        "ftp://a.test",
        "unix:///run/k8s",
        "https://a b",
        "https://a:99999",
        "https://a:b",
        "https://[::1",
        "a.test/path",
        "//a.test",
        "https://a\tb",
    ],
)
def test_a_server_that_is_no_url(tmp_path: Path, server: str) -> None:
    context = context_of(tmp_path, cluster=f'{{server: "{server}"}}')
    assert context.connection is None
    assert context.problem is not None
    assert context.problem.startswith(f'cluster "c" in {tmp_path / "config"}: its server ')


def test_a_login_in_the_server_url_is_basic_auth_and_beats_a_token(tmp_path: Path) -> None:
    info = connection_of(tmp_path, cluster="{server: 'https://me:p%40ss@a.test'}", user="{token: t}")
    assert info.auth == AuthInfo(username="me", password="p@ss")


def test_every_field_of_a_cluster(tmp_path: Path) -> None:
    info = connection_of(
        tmp_path,
        cluster=f"""{{{HTTPS}, certificate-authority-data: {base64_of(CERT)}, tls-server-name: name.test,
        proxy-url: 'socks5://me:hush@proxy.test:1080', disable-compression: true}}""",
        context="{cluster: c, user: u, namespace: team}",
    )
    assert info == ConnectionInfo(
        server="https://127.0.0.1:6443",
        ca_data=CERT,
        tls_server_name="name.test",
        proxy_url="socks5://me:hush@proxy.test:1080",
        disable_compression=True,
        namespace="team",
    )
    assert "hush" not in repr(info)


def test_a_certificate_authority_file_is_used_when_the_data_is_empty(tmp_path: Path) -> None:
    info = connection_of(
        tmp_path, cluster=f"{{{HTTPS}, certificate-authority: cert.pem, certificate-authority-data: ''}}"
    )
    assert (info.ca_file, info.ca_data) == (str(tmp_path / "cert.pem"), None)


@pytest.mark.parametrize(
    ("cluster", "problem"),
    [
        ("{}", "it has no server"),
        ("null", "it has no server"),
        (f"{{{HTTPS}, certificate-authority: gone}}", f"its certificate-authority {{d}}/gone {NOT_THERE}"),
        (
            f"{{{HTTPS}, certificate-authority: .}}",
            "its certificate-authority {d} cannot be read: Is a directory",
        ),
        (f"{{{HTTPS}, certificate-authority: empty}}", NO_PEM),
        (f"{{{HTTPS}, certificate-authority-data: {base64_of(b'junk')}}}", NO_PEM),
        (f"{{{HTTPS}, certificate-authority-data: '###'}}", "certificate-authority-data is not base64"),
        (
            f"{{{HTTPS}, certificate-authority: cert.pem, certificate-authority-data: {base64_of(CERT)}}}",
            "certificate-authority and certificate-authority-data are both set; remove one",
        ),
        (
            f"{{{HTTPS}, certificate-authority: cert.pem, insecure-skip-tls-verify: true}}",
            "a certificate authority together with insecure-skip-tls-verify makes no sense; remove one",
        ),
        (
            f"{{{HTTPS}, certificate-authority-data: {base64_of(CERT)}, insecure-skip-tls-verify: true}}",
            "a certificate authority together with insecure-skip-tls-verify makes no sense; remove one",
        ),
        (
            f"{{{HTTPS}, insecure-skip-tls-verify: 'true'}}",
            "insecure-skip-tls-verify must be true or false, not text",
        ),
        (f"{{{HTTPS}, tls-server-name: 12}}", "tls-server-name must be text, not a number: put it in quotes"),
        (
            f"{{{HTTPS}, proxy-url: 'ftp://me:pw@p'}}",
            'its proxy-url "ftp://***@p" is not an http, https or socks5 URL',
        ),
        (
            f"{{{HTTPS}, proxy-url: 'proxy.test:3128'}}",
            'its proxy-url "proxy.test:3128" is not an http, https or socks5 URL',
        ),
        (
            f"{{{HTTPS}, proxy-url: 'http://:1'}}",
            'its proxy-url "http://:1" is not an http, https or socks5 URL',
        ),
        (f"{{{HTTPS}, extensions: [1]}}", "extensions must be a list of objects"),
    ],
)
def test_a_cluster_that_cannot_be_used(tmp_path: Path, cluster: str, problem: str) -> None:
    context = context_of(tmp_path, cluster=cluster)
    assert context.connection is None
    assert (
        context.problem == f'cluster "c" in {tmp_path / "config"}: {problem.replace("{d}", str(tmp_path))}.'
    )


def test_over_plain_http_the_certificate_authority_does_not_matter(tmp_path: Path) -> None:
    connection_of(
        tmp_path, cluster="{server: 'http://a', certificate-authority: junk, insecure-skip-tls-verify: true}"
    )


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("null", AuthInfo()),
        ("{token: t, tokenFile: tok}", AuthInfo(token="t", token_file="{d}/tok")),
        ("{username: me, password: pw}", AuthInfo(username="me", password="pw")),
        ("{username: me}", AuthInfo(username="me")),
        (
            "{client-certificate: cert.pem, client-key: key.pem}",
            AuthInfo(client_certificate="{d}/cert.pem", client_key="{d}/key.pem"),
        ),
        (
            f"{{client-certificate-data: {base64_of(CERT)}, client-key-data: {base64_of(KEY)}}}",
            AuthInfo(client_certificate_data=CERT, client_key_data=KEY),
        ),
        (
            f"{{client-certificate: cert.pem, client-key-data: {base64_of(KEY)}}}",
            AuthInfo(client_certificate="{d}/cert.pem", client_key_data=KEY),
        ),
        ("{client-key: gone}", AuthInfo(client_key="{d}/gone")),  # without a certificate kubectl ignores it
        (
            "{as: a, as-uid: '1', as-groups: [g, h], as-user-extra: {k: [v, w], e: []}}",
            AuthInfo(
                impersonate_user="a",
                impersonate_uid="1",
                impersonate_groups=("g", "h"),
                impersonate_extra=(("k", ("v", "w")), ("e", ())),
            ),
        ),
        (
            "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: a, args: [b, null], env: null}}",
            AuthInfo(
                exec=ExecConfig(
                    "client.authentication.k8s.io/v1beta1", "a", ("b", ""), interactive_mode="IfAvailable"
                )
            ),
        ),
        (
            f"{{exec: {{{EXEC}, env: [{{name: A, value: b}}, {{name: C}}], installHint: get it, "
            "provideClusterInfo: true}}",
            AuthInfo(
                exec=ExecConfig(
                    "client.authentication.k8s.io/v1",
                    "login",
                    env=(("A", "b"), ("C", "")),
                    install_hint="get it",
                    interactive_mode="Never",
                    provide_cluster_info=True,
                )
            ),
        ),
    ],
)
def test_every_field_of_a_user(tmp_path: Path, user: str, expected: AuthInfo) -> None:
    paths = {
        name: getattr(expected, name).replace("{d}", str(tmp_path))
        for name in ("token_file", "client_certificate", "client_key")
        if getattr(expected, name)
    }
    assert connection_of(tmp_path, user=user).auth == replace(expected, **paths)


@pytest.mark.parametrize(
    ("user", "problem"),
    [
        ("{token: 12}", "token must be text, not a number: put it in quotes"),
        ('{token: "a\\nb"}', NO_HEADER),
        ('{as: "a\\r\\nX: y"}', NO_HEADER),
        ("{token: t, username: u}", "it has a token and a user name with password; only one can be used"),
        ("{tokenFile: t, password: u}", "it has a token and a user name with password; only one can be used"),
        ("{client-certificate: cert.pem}", "it has a client certificate without a key"),
        ("{client-certificate: gone, client-key: key.pem}", f"its client-certificate {{d}}/gone {NOT_THERE}"),
        ("{client-certificate: cert.pem, client-key: gone}", f"its client-key {{d}}/gone {NOT_THERE}"),
        ("{client-certificate: cert.pem, client-key: junk}", "its client-key is not PEM"),
        (
            f"{{client-certificate: cert.pem, client-certificate-data: {base64_of(CERT)}, client-key: key.pem}}",
            "client-certificate and client-certificate-data are both set; remove one",
        ),
        (
            f"{{client-certificate: cert.pem, client-key: key.pem, client-key-data: {base64_of(KEY)}}}",
            "client-key and client-key-data are both set; remove one",
        ),
        ("{client-key-data: '@'}", "client-key-data is not base64"),
        ("{as-groups: [g]}", "as-uid, as-groups and as-user-extra need an as"),
        ("{as: a, as-groups: [1]}", "as-groups must be a list of text: put numbers, yes and no in quotes"),
        ("{as: a, as-user-extra: {k: v}}", "as-user-extra.k must be a list, not text"),
        (
            "{auth-provider: {name: gcp}}",
            'auth-provider "gcp" was removed from kubectl in 1.26; use an exec plugin',
        ),
        ("{auth-provider: {name: oidc}}", 'auth-provider "oidc" is not supported; use an exec plugin'),
        ("{exec: {apiVersion: client.authentication.k8s.io/v1}}", "its exec plugin has no command"),
        ("{exec: {command: a}}", "its exec plugin has no apiVersion"),
        (
            "{exec: {command: a, apiVersion: client.authentication.k8s.io/v1alpha1}}",
            'its exec plugin wants apiVersion "client.authentication.k8s.io/v1alpha1"; supported are '
            "client.authentication.k8s.io/v1 and client.authentication.k8s.io/v1beta1",
        ),
        (
            "{exec: {command: a, apiVersion: client.authentication.k8s.io/v1}}",
            "its exec plugin needs an interactiveMode, since its apiVersion is client.authentication.k8s.io/v1",
        ),
        (
            "{exec: {command: a, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Sometimes}}",
            'its exec plugin has the unknown interactiveMode "Sometimes"',
        ),
        (
            "{exec: {command: a, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}}",
            "its exec plugin has interactiveMode Always: it asks in a terminal, and kdesk gives plugins none",
        ),
        (
            f"{{exec: {{{EXEC}, args: [1]}}}}",
            "exec.args must be a list of text: put numbers, yes and no in quotes",
        ),
        (f"{{exec: {{{EXEC}, env: [{{value: a}}]}}}}", "its exec plugin has an env variable without a name"),
        (
            f"{{exec: {{{EXEC}, env: [{{name: 'a=b'}}]}}}}",
            "its exec plugin has an env variable that cannot be set",
        ),
        (
            f"{{exec: {{{EXEC}, env: [{{name: a, value: yes}}]}}}}",
            "exec.env.value must be text, not true or false: put it in quotes",
        ),
    ],
)
def test_a_user_that_cannot_be_used(tmp_path: Path, user: str, problem: str) -> None:
    context = context_of(tmp_path, user=user)
    assert context.connection is None
    assert context.problem == f'user "u" in {tmp_path / "config"}: {problem.replace("{d}", str(tmp_path))}.'


def test_a_plugin_that_is_not_run_may_want_a_terminal(tmp_path: Path) -> None:
    user = (
        "{token: t, exec: {command: a, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}}"
    )
    auth = connection_of(tmp_path, user=user).auth
    assert auth.exec is not None
    assert auth.plugin is None


@pytest.mark.parametrize(
    ("context", "problem"),
    [
        ("{cluster: nope, user: u}", 'context "x" in {f} names the cluster "nope", which is not defined.'),
        ("{cluster: c, user: nope}", 'context "x" in {f} names the user "nope", which is not defined.'),
        ("{user: u}", 'context "x" in {f} names no cluster.'),
        ("null", 'context "x" in {f} names no cluster.'),
        ("{cluster: c, namespace: 12}", 'context "x" in {f}: namespace must be text, not a number.'),
    ],
)
def test_a_context_that_cannot_be_used(tmp_path: Path, context: str, problem: str) -> None:
    found = context_of(tmp_path, context=context)
    assert found.connection is None
    assert found.problem == problem.replace("{f}", str(tmp_path / "config"))
    assert found.current


def test_a_context_without_a_user_is_anonymous(tmp_path: Path) -> None:
    info = connection_of(tmp_path, context="{cluster: c}")
    assert info.auth.anonymous
    assert info.namespace == "default"


def test_a_cluster_and_a_user_may_have_the_empty_name(tmp_path: Path) -> None:
    text = (
        "clusters: [{cluster: {server: 'https://a'}}]\nusers: [{user: {token: t}}]\n"
        "contexts: [{name: x, context: {}}]\n"
    )
    context = only(load_one(tmp_path / "f", text))
    assert context.connection is not None
    assert context.connection.auth.token == "t"


def test_the_plugin_gets_the_config_of_the_cluster(tmp_path: Path) -> None:
    extension = "{name: client.authentication.k8s.io/exec, extension: {audience: a, list: [1, true, null, 2024-01-01]}}"
    cluster = f"{{{HTTPS}, extensions: [{{name: other, extension: 1}}, {extension}]}}"
    asks = connection_of(tmp_path, cluster=cluster, user=f"{{exec: {{{EXEC}, provideClusterInfo: true}}}}")
    assert asks.auth.exec is not None
    assert asks.auth.exec.cluster_config == {"audience": "a", "list": [1, True, None, "2024-01-01"]}
    silent = connection_of(tmp_path, cluster=cluster, user=f"{{exec: {{{EXEC}}}}}")
    assert silent.auth.exec is not None
    assert silent.auth.exec.cluster_config is None


def test_an_endless_extension_is_refused(tmp_path: Path) -> None:
    extension = "{name: client.authentication.k8s.io/exec, extension: &a [*a]}"
    context = context_of(tmp_path, cluster=f"{{{HTTPS}, extensions: [{extension}]}}")
    assert context.problem is not None
    assert "too large" in context.problem


def test_no_secret_is_shown_by_a_repr(tmp_path: Path) -> None:
    user = (
        f"{{token: hush-token, client-certificate-data: {base64_of(CERT)}, client-key-data: {base64_of(KEY)}, "
        f"exec: {{{EXEC}, env: [{{name: A, value: hush-env}}]}}}}"
    )
    context = context_of(tmp_path, user=user)
    assert context.connection is not None
    assert "hush" not in repr(context)
    assert "PRIVATE" not in repr(context)
    assert "hush" not in repr(connection_of(tmp_path, user="{username: me, password: hush-pw}"))


BASE = {"cluster": f"{{{HTTPS}, certificate-authority: cert.pem}}", "user": "{token: t}"}


@pytest.mark.parametrize(
    "change",
    [
        {"cluster": "{server: 'https://127.0.0.1:6444', certificate-authority: cert.pem}"},
        {"cluster": f"{{{HTTPS}, certificate-authority: cert.pem, tls-server-name: a}}"},
        {"cluster": f"{{{HTTPS}, certificate-authority: cert.pem, proxy-url: 'http://p'}}"},
        {"cluster": f"{{{HTTPS}, certificate-authority: cert.pem, disable-compression: true}}"},
        {"cluster": f"{{{HTTPS}, insecure-skip-tls-verify: true}}"},
        {"user": "{token: other}"},
        {"user": "{token: t, as: someone}"},
        {"user": "{tokenFile: t}"},
        {"user": f"{{exec: {{{EXEC}}}}}"},
        {"user": f"{{exec: {{{EXEC}, env: [{{name: A, value: b}}]}}}}"},
    ],
)
def test_another_connection_has_another_fingerprint(tmp_path: Path, change: dict[str, str]) -> None:
    before = connection_of(tmp_path, **BASE)
    assert connection_of(tmp_path, **BASE).fingerprint == before.fingerprint
    assert connection_of(tmp_path, **(BASE | change)).fingerprint != before.fingerprint


def test_namespace_and_name_are_not_part_of_the_connection(tmp_path: Path) -> None:
    before = connection_of(tmp_path, **BASE)
    after = connection_of(tmp_path, **BASE, context="{cluster: c, user: u, namespace: other}")
    assert after.fingerprint == before.fingerprint
    assert after != before


def test_a_replaced_certificate_file_is_another_connection(tmp_path: Path) -> None:
    user = "{client-certificate: cert.pem, client-key: key.pem}"
    context = context_of(tmp_path, user=user)
    (tmp_path / "cert.pem").write_bytes(CERT + b"\n")
    after = only(load_one(tmp_path / "config", config(user=user)))
    assert context.connection is not None
    assert after.connection is not None
    assert after.connection.fingerprint != context.connection.fingerprint
