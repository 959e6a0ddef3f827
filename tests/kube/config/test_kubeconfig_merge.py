"""Which files are read and how they become one: KUBECONFIG, explicit files, names, current-context, relative paths."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kdesk.kube.config.kubeconfig import Context, Loaded, Sources, load
from tests.kube.kubeconfigs import certificate, config, load_one, only, write


def merged(*paths: Path | str) -> Loaded:
    return load(Sources.default({"KUBECONFIG": os.pathsep.join(map(str, paths))}))


def by_name(loaded: Loaded) -> dict[str, Context]:
    found = {context.name: context for context in loaded.contexts}
    assert len(found) == len(loaded.contexts), "names are unique"
    return found


def part(name: str, *, server: str = "", current: str = "") -> str:
    """A file with cluster, user and context of one name."""
    return (
        f'clusters: [{{name: {name}, cluster: {{server: "{server or f"https://{name}.test"}"}}}}]\n'
        f"users: [{{name: {name}, user: {{token: of-{name}}}}}]\n"
        f"contexts: [{{name: {name}, context: {{cluster: {name}, user: {name}}}}}]\n"
        f"current-context: '{current}'\n"
    )


def test_without_kubeconfig_the_default_file_is_read(tmp_path: Path) -> None:
    write(tmp_path / ".kube" / "config", part("a", current="a"))
    loaded = load(Sources.default({"HOME": str(tmp_path)}))
    assert [context.name for context in loaded.contexts] == ["a"]
    assert loaded.current == "a"


def test_a_missing_default_file_is_no_problem(tmp_path: Path) -> None:
    loaded = load(Sources.default({"HOME": str(tmp_path), "KUBECONFIG": ""}))
    assert loaded == Loaded((), None, (), (tmp_path / ".kube" / "config",))


def test_kubeconfig_is_read_from_the_environment_when_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(write(tmp_path / "late", part("late"))))
    assert [context.name for context in load(Sources.default()).contexts] == ["late"]


def test_empty_entries_and_missing_files_of_a_list_are_ignored(tmp_path: Path) -> None:
    loaded = merged("", tmp_path / "none", write(tmp_path / "a", part("a")), "")
    assert list(by_name(loaded)) == ["a"]
    assert loaded.problems == ()
    assert tmp_path / "none" in loaded.files, "watched: it may come"


def test_a_list_of_nothing_but_separators_is_not_the_default_file(tmp_path: Path) -> None:
    write(tmp_path / ".kube" / "config", part("a"))
    sources = Sources.default({"HOME": str(tmp_path), "KUBECONFIG": os.pathsep})
    assert load(sources).contexts == ()


def test_the_first_file_wins_for_every_name_and_for_current_context(tmp_path: Path) -> None:
    first = write(tmp_path / "1", part("a", server="https://first.test", current="b"))
    second = write(tmp_path / "2", part("a", server="https://second.test", current="a"))
    third = write(tmp_path / "3", part("b"))
    loaded = merged(first, second, third)
    contexts = by_name(loaded)
    assert contexts["a"].server == "https://first.test"
    assert contexts["a"].file == str(first)
    assert loaded.current == "b"
    assert [context.name for context in loaded.contexts if context.current] == ["b"]


def test_an_empty_current_context_leaves_it_to_the_next_file(tmp_path: Path) -> None:
    loaded = merged(write(tmp_path / "1", part("a")), write(tmp_path / "2", part("b", current="b")))
    assert loaded.current == "b"


def test_a_current_context_that_does_not_exist_is_not_replaced_by_another(tmp_path: Path) -> None:
    loaded = merged(
        write(tmp_path / "1", part("a", current="gone")), write(tmp_path / "2", part("b", current="b"))
    )
    assert loaded.current is None
    assert loaded.missing_current == "gone"
    assert not any(context.current for context in loaded.contexts)


def test_entries_of_one_context_may_lie_in_three_files(tmp_path: Path) -> None:
    loaded = merged(
        write(tmp_path / "1", "contexts: [{name: x, context: {cluster: c, user: u, namespace: n}}]"),
        write(tmp_path / "2", "clusters: [{name: c, cluster: {server: 'https://c.test'}}]"),
        write(tmp_path / "3", "users: [{name: u, user: {token: t}}]"),
    )
    context = only(loaded)
    assert (context.problem, context.namespace, context.file) == (None, "n", str(tmp_path / "1"))
    assert context.connection is not None
    assert context.connection.auth.token == "t"


def test_relative_paths_start_at_the_file_that_holds_the_entry(tmp_path: Path) -> None:
    cert, key = certificate()
    for name, content in (("clusters/ca.crt", cert), ("users/me.crt", cert), ("users/me.key", key)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    loaded = merged(
        write(tmp_path / "contexts" / "f", "contexts: [{name: x, context: {cluster: c, user: u}}]"),
        write(
            tmp_path / "clusters" / "f",
            "clusters: [{name: c, cluster: {server: 'https://c', certificate-authority: ca.crt}}]",
        ),
        write(
            tmp_path / "users" / "f",
            "users: [{name: u, user: {client-certificate: ./me.crt, client-key: ../users/me.key, "
            "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: bin/login}}}]",
        ),
    )
    context = only(loaded)
    assert context.problem is None
    info = context.connection
    assert info is not None
    assert info.auth.exec is not None
    assert info.ca_file == str(tmp_path / "clusters" / "ca.crt")
    assert info.auth.client_certificate == str(tmp_path / "users" / "me.crt")
    assert info.auth.client_key == str(tmp_path / "users" / "me.key")
    assert info.auth.exec.command == str(tmp_path / "users" / "bin" / "login")
    assert set(loaded.files) >= {
        tmp_path / "clusters" / "ca.crt",
        tmp_path / "users" / "me.crt",
        tmp_path / "users" / "me.key",
    }


def test_a_bare_command_stays_bare(tmp_path: Path) -> None:
    user = "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws}}"
    info = only(load_one(tmp_path / "f", config(user=user))).connection
    assert info is not None
    assert info.auth.exec is not None
    assert info.auth.exec.command == "aws"


def test_relative_file_names_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a", part("a"))
    assert Sources.explicit(["a", "./a", tmp_path / "a"]).files == (tmp_path / "a",)
    assert only(merged("a")).file == str(tmp_path / "a")


def test_files_given_one_by_one_are_kept_apart(tmp_path: Path) -> None:
    first = write(tmp_path / "1", part("same", server="https://one.test", current="same"))
    second = write(tmp_path / "2", part("same", server="https://two.test", current="same"))
    third = write(tmp_path / "3", "contexts: [{name: lost, context: {cluster: same}}]")
    loaded = load(Sources.explicit([first, second, third]))
    contexts = by_name(loaded)
    assert {name: context.server for name, context in contexts.items()} == {
        f"same@{first}": "https://one.test",
        f"same@{second}": "https://two.test",
        "lost": "",
    }
    assert {context.plain_name for context in loaded.contexts} == {"same", "lost"}
    assert contexts["lost"].problem == (
        f'context "lost" in {third} names the cluster "same", which is not defined.'
    )
    assert loaded.current == f"same@{first}"
    assert [context.name for context in loaded.contexts if context.current] == [f"same@{first}"]


def test_a_qualified_name_never_hides_a_context_that_is_really_called_so(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    write(first, "contexts: [{name: a}]")
    write(second, f"contexts: [{{name: a}}, {{name: 'a@{first}'}}]")
    names = [context.name for context in load(Sources.explicit([first, second])).contexts]
    assert len(set(names)) == 3
    assert f"a@{first}" in names


def test_an_explicit_file_that_does_not_exist_is_a_problem(tmp_path: Path) -> None:
    loaded = load(Sources.explicit([tmp_path / "gone", write(tmp_path / "a", part("a"))]))
    assert loaded.problems == (f"{tmp_path / 'gone'} does not exist.",)
    assert [context.name for context in loaded.contexts] == ["a"]


def test_one_broken_file_costs_only_its_own_contexts(tmp_path: Path) -> None:
    broken = write(tmp_path / "broken", part("a") + "kind: Pod\n")
    good = write(tmp_path / "good", part("a", server="https://other.test"))
    third = write(tmp_path / "third", part("b"))
    contexts = by_name(merged(broken, good, third))
    # "a" of the broken file still wins its name: connecting to the other "a" instead would be a trap.
    assert contexts["a"].file == str(broken)
    assert contexts["a"].connection is None
    assert contexts["a"].problem == f"{broken} is not a kubeconfig: it holds Pod in v1, not Config in v1."
    assert contexts["b"].problem is None


def test_an_entry_of_a_broken_file_is_not_used_by_another_file(tmp_path: Path) -> None:
    broken = write(tmp_path / "1", part("a") + "apiVersion: v7\n")
    other = write(tmp_path / "2", "contexts: [{name: x, context: {cluster: a, user: a}}]")
    context = by_name(merged(broken, other))["x"]
    assert context.connection is None
    assert context.problem == f"{broken} is not a kubeconfig: it holds Config in v7, not Config in v1."


def test_a_dead_symlink_in_a_list_counts_as_missing(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert merged(tmp_path / "link").problems == ()
    assert len(load(Sources.explicit([tmp_path / "link"])).problems) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    files=st.lists(
        st.tuples(st.lists(st.sampled_from("abcd"), unique=True), st.sampled_from(["", "a", "b", "zz"])),
        max_size=4,
    )
)
def test_merging_is_first_wins_for_any_files(tmp_path: Path, files: list[tuple[list[str], str]]) -> None:
    paths, expected, current = [], dict[str, str](), ""
    for number, (names, wanted) in enumerate(files):
        rows = "".join(f"- {{name: {name}, context: {{namespace: n{number}}}}}\n" for name in names)
        paths.append(write(tmp_path / f"f{number}", f"contexts:\n{rows}current-context: '{wanted}'\n"))
        for name in names:
            expected.setdefault(name, f"n{number}")
        current = current or wanted
    loaded = merged(*paths)
    assert {context.name: context.namespace for context in loaded.contexts} == expected
    assert loaded.current == (current if current in expected else None)


def test_two_hundred_contexts_share_what_they_refer_to(tmp_path: Path) -> None:
    """Each cluster and user is read once, however many contexts use it: fast enough not to be noticed."""
    cert, key = certificate()
    (tmp_path / "ca").write_bytes(cert)
    (tmp_path / "key").write_bytes(key)
    rows = "\n".join(f"- {{name: c{n}, context: {{cluster: c, user: u}}}}" for n in range(200))
    text = (
        "clusters: [{name: c, cluster: {server: 'https://c', certificate-authority: ca}}]\n"
        "users: [{name: u, user: {client-certificate: ca, client-key: key}}]\n"
        f"contexts:\n{rows}\n"
    )
    loaded = load_one(tmp_path / "f", text)
    assert len(loaded.contexts) == 200
    assert not any(context.problem for context in loaded.contexts)
    assert len({context.connection.fingerprint for context in loaded.contexts if context.connection}) == 1
    assert len(loaded.files) == 3


def test_loading_does_not_change_when_nothing_changed(tmp_path: Path) -> None:
    path = write(tmp_path / "f", part("a"))
    before = load(Sources.explicit([path]))
    os.utime(path, (time.time() + 5, time.time() + 5))
    assert load(Sources.explicit([path])) == before
