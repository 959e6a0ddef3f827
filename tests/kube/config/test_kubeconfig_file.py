"""One file's bytes and YAML: what is read, what is refused whole, and that the reason names file and line."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kdesk.kube.config import file as kubeconfig_file
from kdesk.kube.config.kubeconfig import Loaded, Sources, load
from tests.kube.kubeconfigs import config, load_one, only, write

BOMS = {"utf-8-sig": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


def problem_of(loaded: Loaded) -> str:
    (problem,) = loaded.problems
    assert problem.endswith(".")
    assert "\n" not in problem
    return problem


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_text_of_windows_tools_is_read(tmp_path: Path, encoding: str, newline: str) -> None:
    text = config(context="{cluster: c, user: u, namespace: größe}").replace("\n", newline)
    mark = BOMS.get(encoding, b"") if encoding != "utf-8-sig" else b""
    (tmp_path / "f").write_bytes(mark + text.encode(encoding))
    loaded = load(Sources.explicit([tmp_path / "f"]))
    assert loaded.problems == ()
    assert only(loaded).namespace == "größe"
    assert loaded.current == "x"


@pytest.mark.parametrize(
    "text", ["", "\n", "# nothing here\n", "---\n", "null\n", "{}", "contexts:\nusers: []\n"]
)
def test_an_empty_file_is_a_kubeconfig_without_contexts(tmp_path: Path, text: str) -> None:
    loaded = load_one(tmp_path / "f", text)
    assert (loaded.contexts, loaded.problems) == ((), ())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("- a\n", "{f} is not a kubeconfig: it holds a list, not an object."),
        ("hello\n", "{f} is not a kubeconfig: it holds text, not an object."),
        ("12\n", "{f} is not a kubeconfig: it holds a number, not an object."),
        ("contexts:\n\t- name: a\n", "{f}, line 2: a tab is not allowed here; YAML is indented with spaces."),
        ("a: b: c\n", "{f}, line 1: not YAML: mapping values are not allowed in this context."),
        ("a: [1\nb: 2\n", "{f}, line 2: not YAML: did not find expected ',' or ']'."),
        ("a: \x01\n", "{f} is not YAML: control characters are not allowed."),
        ("a: !thing b\n", "{f}, line 1: not YAML: could not determine a constructor for the tag '!thing'."),
        ("kind: Pod\n", "{f} is not a kubeconfig: it holds Pod in v1, not Config in v1."),
        ("apiVersion: v2\n", "{f} is not a kubeconfig: it holds Config in v2, not Config in v1."),
        ("contexts: {a: b}\n", '{f}: "contexts" must be a list, not an object.'),
        ("current-context: 1\n", '{f}: "current-context" must be text, not a number.'),
        ("users:\n- name: a\n- 12\n", "{f}, line 3: a user must be an object, not a number."),
        ("users: [{name: a, user: b}]\n", '{f}, line 1: user "a" must be an object, not text.'),
        (
            "users:\n- name: 12\n",
            "{f}, line 2: the name of a user must be text, not a number: put it in quotes.",
        ),
        (
            "users:\n- name: yes\n",
            "{f}, line 2: the name of a user must be text, not true or false: put it in quotes.",
        ),
        (
            "clusters:\n- name: a\n  cluster: {}\n- name: b\n- name: a\n",
            '{f}, line 5: the cluster "a" is defined twice in this file.',
        ),
        ("users: [{}, {}]", '{f}, line 1: the user "" is defined twice in this file.'),
        ("? [a]\n: b\n", "{f}, line 1: not YAML: found unhashable key."),
        ("a: " + "9" * 5000, "{f} is not a kubeconfig: ValueError while reading its YAML."),
        ("[" * 50_000, "{f} is nested deeper than 100 levels; no kubeconfig is."),
        ("- " * 50_000, "{f} is nested deeper than 100 levels; no kubeconfig is."),
    ],
)
def test_a_file_that_kubectl_refuses_has_one_clear_reason(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "f"
    path.write_text(text, "utf-8")
    assert problem_of(load(Sources.explicit([path]))) == reason.replace("{f}", str(path))


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"a: b\nc: \xff\xff\n")
    assert (
        problem_of(load(Sources.explicit([tmp_path / "f"])))
        == f"{tmp_path / 'f'}, line 2: this is not UTF-8 text."
    )


def test_aliases_cannot_blow_a_file_up(tmp_path: Path) -> None:
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 12)]
    assert "expands to more than" in problem_of(load_one(tmp_path / "f", "\n".join(lines)))


def test_anchors_and_merge_keys_are_read(tmp_path: Path) -> None:
    text = (
        "common: &common {server: 'https://a.test'}\n"
        "clusters: [{name: c, cluster: {<<: *common, tls-server-name: b.test}}]\n"
        "contexts: [{name: x, context: {cluster: c}}]\n"
    )
    info = only(load_one(tmp_path / "f", text)).connection
    assert info is not None
    assert (info.server, info.tls_server_name) == ("https://a.test", "b.test")


def test_contexts_of_a_refused_file_are_listed_with_the_reason(tmp_path: Path) -> None:
    text = (
        "users:\n- name: u\n- name: u\n"
        "clusters: [{name: c, cluster: {server: 'https://c.test'}}]\n"
        "contexts:\n- {name: x, context: {cluster: c, user: u, namespace: n}}\n- {name: y}\n"
    )
    loaded = load_one(tmp_path / "f", text)
    reason = f'{tmp_path / "f"}, line 3: the user "u" is defined twice in this file.'
    assert loaded.problems == (reason,)
    assert [(c.name, c.server, c.namespace, c.problem, c.connection) for c in loaded.contexts] == [
        ("x", "https://c.test", "n", reason, None),
        ("y", "", "default", reason, None),
    ]


def test_a_context_twice_is_listed_once(tmp_path: Path) -> None:
    loaded = load_one(tmp_path / "f", "contexts: [{name: x, context: {namespace: a}}, {name: x}]")
    assert only(loaded).namespace == "a"
    assert only(loaded).problem == loaded.problems[0]


def test_bare_words_are_what_goyaml_takes_them_for(tmp_path: Path) -> None:
    rows = "".join(
        f"- {{name: {word}}}\n" for word in ("2024-01-01", "12:30", "12:30:45.5", "=", "1.2.3", "0o17")
    )
    loaded = load_one(tmp_path / "f", f"contexts:\n{rows}")
    assert loaded.problems == ()
    assert [c.plain_name for c in loaded.contexts] == [
        "2024-01-01",
        "12:30",
        "12:30:45.5",
        "=",
        "1.2.3",
        "0o17",
    ]


def test_only_the_first_document_counts(tmp_path: Path) -> None:
    loaded = load_one(tmp_path / "f", "contexts: [{name: a}]\n---\ncontexts: [{name: b}]\n--- {{{\n")
    assert [context.name for context in loaded.contexts] == ["a"]


def test_json_with_tabs_is_read(tmp_path: Path) -> None:
    loaded = load_one(tmp_path / "f", '{\n\t"contexts": [\n\t\t{"name": "a"}\n\t]\n}')
    assert [context.name for context in loaded.contexts] == ["a"]


def test_null_entries_and_unknown_fields_are_accepted(tmp_path: Path) -> None:
    text = (
        "kind: Config\npreferences: {colors: 1}\nextra: [1]\nusers: [{name: u, user: null, more: 1}]\n"
        "clusters: [{name: c, cluster: {server: 'https://c', extensions: null, new-field: {}}}]\n"
        "contexts: [{name: x, context: {cluster: c, user: u, extensions: [{name: k}]}}]\n"
    )
    context = only(load_one(tmp_path / "f", text))
    assert context.problem is None
    assert context.connection is not None
    assert context.connection.auth.anonymous


def test_a_context_without_a_name_is_listed_as_unusable(tmp_path: Path) -> None:
    context = only(load_one(tmp_path / "f", "contexts: [null]"))
    assert (context.name, context.plain_name) == ("(no name)", "")
    assert context.problem == f"a context in {tmp_path / 'f'} has no name."


def test_unreadable_files_are_problems(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert problem_of(load(Sources.explicit([tmp_path / "folder"]))) == (
        f"{tmp_path / 'folder'} cannot be read: Is a directory."
    )
    (tmp_path / "loop").symlink_to("loop")
    assert "symbolic links" in problem_of(load(Sources.explicit([tmp_path / "loop"])))


def test_a_file_of_a_nonsensical_size_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "f").open("wb") as file:
        file.truncate(kubeconfig_file.MAX_BYTES + 1)
    assert problem_of(load(Sources.explicit([tmp_path / "f"]))) == (
        f"{tmp_path / 'f'} is larger than 16 MiB, which no kubeconfig is."
    )


def test_the_null_device_is_an_empty_kubeconfig() -> None:
    loaded = load(Sources.explicit([os.devnull]))
    assert (loaded.contexts, loaded.problems) == ((), ())


def test_the_c_parser_is_used() -> None:
    """Where PyYAML has it: 200 contexts in 30 ms instead of 300."""
    text = config()
    assert yaml.__with_libyaml__ == hasattr(kubeconfig_file._LOADER(text), "raw_parse")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    data=st.binary(max_size=200) | st.text(alphabet="{}[]-:&*<|>'\"\n\t #?ab, ", max_size=120).map(str.encode)
)
def test_no_bytes_make_loading_raise(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "f").write_bytes(data)
    for problem in load(Sources.explicit([tmp_path / "f"])).problems:
        assert problem.startswith(str(tmp_path / "f"))
        assert re.fullmatch(r"[^\n]+\.", problem)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [
        "server",
        "certificate-authority",
        "certificate-authority-data",
        "insecure-skip-tls-verify",
        "proxy-url",
        "extensions",
        "token",
        "tokenFile",
        "client-certificate",
        "client-certificate-data",
        "client-key",
        "as",
        "as-groups",
        "as-user-extra",
        "exec",
        "auth-provider",
        "username",
        "cluster",
        "user",
        "namespace",
        "name",
        "context",
        "command",
        "apiVersion",
        "interactiveMode",
        "env",
        "args",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    cluster=st.dictionaries(FIELDS, JSON_VALUES, max_size=4),
    user=st.dictionaries(FIELDS, JSON_VALUES | st.dictionaries(FIELDS, JSON_VALUES, max_size=4), max_size=4),
    context=st.dictionaries(FIELDS, JSON_VALUES, max_size=3),
)
def test_no_values_make_loading_raise(
    tmp_path: Path, cluster: dict[str, object], user: dict[str, object], context: dict[str, object]
) -> None:
    text = yaml.safe_dump(
        {
            "clusters": [{"name": "c", "cluster": {"server": "https://c.test", **cluster}}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", **context}}],
        }
    )
    (tmp_path / "f").write_text(text, "utf-8")
    found = only(load(Sources.explicit([tmp_path / "f"])))
    assert (found.problem is None) == (found.connection is not None)
    if found.connection is not None:
        assert len(found.connection.fingerprint) == 64


def test_a_name_of_another_kind_is_still_listed(tmp_path: Path) -> None:
    write(tmp_path / "f", "contexts: [{name: 12, context: {cluster: c}}]")
    context = only(load(Sources.explicit([tmp_path / "f"])))
    assert (context.name, context.cluster) == ("12", "c")
    assert context.problem is not None
