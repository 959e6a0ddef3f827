"""What a cluster served is kept on disk: shown as such until it answers, and used for groups that do not."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kdesk.kube.api.discovery import Catalogue
from kdesk.kube.api.remembered import KEPT_SECONDS, CatalogueCache, identity
from kdesk.kube.config.connection import AuthInfo, ConnectionInfo, ExecConfig
from kdesk.kube.config.kubeconfig import Context
from kdesk.kube.engine.reaper import Reaper
from kdesk.kube.engine.session import ClusterSession, SessionState
from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import GVR, Resource
from tests.fakes.faults import BROKEN, UNAVAILABLE, Fault, Hold
from tests.fakes.kinds import KINDS, WIDGET, ServedKind
from tests.fakes.server import ApiServer

LABELS = {kind.label for kind in KINDS}
KEY = "0" * 64
PODS = Resource(GVR("", "v1", "pods"), "Pod", True, "pod", ("po",), frozenset({"get", "list", "watch"}))
DEPLOYMENTS = replace(PODS, gvr=GVR("apps", "v1", "deployments"), kind="Deployment")
SERVED = Catalogue((PODS, DEPLOYMENTS), (), "v1.37.2")
Making = Callable[..., ClusterSession]


class Clock:
    """Unix seconds, and some that passed when told."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return time.time() + self.passed


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "discovery"


@pytest.fixture
def cache(folder: Path, clock: Clock) -> CatalogueCache:
    return CatalogueCache(folder, clock)


def context(info: ConnectionInfo, *, file: str = "/config", user: str = "me") -> Context:
    return Context("x", "x", file, "c", info.server, user, "default", False, None, info)


@pytest.fixture
def make(server: ApiServer, reaper: Reaper, cache: CatalogueCache) -> Iterator[Making]:
    """Sessions of one context that share a cache, as if the program were started again and again."""
    made: list[ClusterSession] = []

    def making(on_change: Callable[[ClusterSession], None] | None = None) -> ClusterSession:
        where = context(ConnectionInfo(server.url))
        made.append(ClusterSession(where, 1, reaper, on_change=on_change, cache=cache))
        return made[-1]

    yield making
    for session in made:
        session.retire()


def labels(catalogue: Catalogue | None) -> set[str]:
    assert catalogue is not None
    return {resource.label for resource in catalogue.resources}


def test_what_was_served_is_shown_until_the_cluster_answers(server: ApiServer, make: Making) -> None:
    make().open()
    answer, seen = threading.Event(), threading.Event()
    told: list[tuple[SessionState, bool, int]] = []

    def tell(session: ClusterSession) -> None:
        if session.catalogue is not None:
            told.append((session.state, session.catalogue.checked, len(session.catalogue.resources)))
        seen.set()

    server.script(Fault("* /api", Hold(answer)))
    server.remove_kind(WIDGET.label)
    session = make(tell)
    thread = threading.Thread(target=session.open)
    thread.start()
    assert seen.wait(10)
    assert (session.state, session.discovered) == (SessionState.OPENING, False)
    assert labels(session.catalogue) == LABELS
    answer.set()
    thread.join(10)
    assert told == [(SessionState.OPENING, False, len(LABELS)), (SessionState.OPEN, True, len(LABELS) - 1)]
    assert session.catalogue is not None
    assert session.catalogue.stale == ()


def test_a_cluster_that_does_not_answer_shows_nothing_old(server: ApiServer, make: Making) -> None:
    make().open()
    server.script(Fault("* /api", BROKEN, times=None))
    seen: list[bool] = []
    session = make(lambda session: seen.append(session.catalogue is not None))
    for _ in range(2):
        with pytest.raises(KubeError):
            session.open()
        assert session.state is SessionState.FAILED
    assert seen == [True, False, False, False], "shown once, while it was asked for the first time"


@pytest.mark.parametrize("aggregated", [True, False])
def test_a_group_that_fails_is_as_it_was_and_says_so(
    server: ApiServer, make: Making, clock: Clock, aggregated: bool
) -> None:
    server.switches.aggregated = aggregated
    session = make()
    assert session.open().stale == ()
    at = clock()
    clock.passed += 3600
    server.switches.stale_groups = ("example.com",) if aggregated else ()
    if not aggregated:
        server.script(Fault("discovery /apis/example.com/v1", UNAVAILABLE, times=None))
    for _ in range(2):
        catalogue = session.open()
        ((name, since),) = catalogue.stale
        assert name == "example.com/v1"
        assert abs(since - at) < 60, "it does not get younger by being kept again"
        assert [group for group, _ in catalogue.failures] == ["example.com/v1"]
        assert labels(catalogue) == LABELS
        assert catalogue.stale_since(catalogue.resolve("widgets")) == since
        assert catalogue.stale_since(catalogue.resolve("pods")) is None
    clock.passed += KEPT_SECONDS - 3600 + 60
    assert labels(session.open()) == LABELS - {WIDGET.label}, "what is that old is not shown at all"
    server.forgive()
    server.switches.stale_groups = ()
    assert session.open().stale == ()


def test_a_failed_version_does_not_make_a_kind_ambiguous(server: ApiServer, make: Making) -> None:
    server.switches.aggregated = False
    server.kinds = [ServedKind("example.com", version, "widgets", "Widget") for version in ("v1", "v2")]
    session = make()
    assert session.open().resolve("widgets").gvr.version == "v1"
    server.script(Fault("discovery /apis/example.com/v1", UNAVAILABLE, times=None))
    catalogue = session.open()
    assert catalogue.resolve("widgets").gvr.version == "v2", "the one that is known to be served"
    assert catalogue.stale_since(catalogue.resolve("widgets.v1.example.com")) is not None


@pytest.mark.skipif(os.name != "posix", reason="files have no such modes elsewhere")
def test_it_is_private(cache: CatalogueCache, folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o755)
    cache.keep(KEY, SERVED)
    (file,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)


def test_it_is_what_was_kept_for_six_hours(cache: CatalogueCache, clock: Clock) -> None:
    assert cache.keep(KEY, SERVED) == SERVED
    clock.passed += KEPT_SECONDS - 60
    found = cache.recall(KEY)
    assert found is not None
    assert (found.resources, found.version, found.checked) == (SERVED.resources, SERVED.version, False)
    assert {name for name, _ in found.stale} == {"v1", "apps/v1"}
    assert cache.recall("1" * 64) is None
    clock.passed += 61
    assert cache.recall(KEY) is None


def rewritten(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def rewrite(data: bytes) -> bytes:
        document = json.loads(data)
        change(document)
        return json.dumps(document).encode()

    return rewrite


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: b"[]",
        lambda data: b"\xff\x00" * 100,
        lambda data: b"[" * 100_000,
        rewritten(lambda file: file.update(format=2)),
        rewritten(lambda file: file.pop("format")),
        rewritten(lambda file: file.update(groups={})),
        rewritten(lambda file: file["groups"][0].update(at="yesterday")),
        rewritten(lambda file: [group.update(at=time.time() + 86_400) for group in file["groups"]]),
        rewritten(lambda file: file["groups"][0]["resources"][0].update(gvr=["v1"])),
        rewritten(lambda file: file["groups"][0]["resources"].append(None)),
    ],
    ids=(
        "empty", "half", "array", "binary", "deep", "foreign version", "no version", "other groups", "odd time",
        "of the future", "odd resource", "null resource",
    ),
)  # fmt: skip
def test_a_file_that_makes_no_sense_is_ignored_and_replaced(
    cache: CatalogueCache, folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    cache.keep(KEY, SERVED)
    (file,) = folder.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert cache.recall(KEY) is None
    assert cache.keep(KEY, SERVED) == SERVED
    assert cache.recall(KEY) is not None
    assert list(folder.iterdir()) == [file], "nothing is left behind"


@pytest.mark.skipif(os.name != "posix", reason="files have no such modes elsewhere")
def test_a_file_that_others_may_write_is_not_believed(cache: CatalogueCache, folder: Path) -> None:
    cache.keep(KEY, SERVED)
    (file,) = folder.iterdir()
    file.chmod(0o666)
    assert cache.recall(KEY) is None


@pytest.mark.parametrize("obstacle", ["the folder is a file", "the file is a folder"])
def test_what_cannot_be_written_is_said_once(
    cache: CatalogueCache, folder: Path, obstacle: str, caplog: pytest.LogCaptureFixture
) -> None:
    if obstacle == "the folder is a file":
        folder.parent.mkdir(parents=True)
        folder.write_text("")
    else:
        (folder / f"{KEY}.json" / "x").mkdir(parents=True)
    with caplog.at_level(logging.INFO, "kdesk"):
        for _ in range(3):
            assert cache.keep(KEY, SERVED) == SERVED
    assert len([r for r in caplog.records if "is not kept" in r.getMessage()]) == 1
    assert cache.recall(KEY) is None
    assert not list(folder.parent.rglob("*.tmp"))


def test_a_full_disk_keeps_what_was_there(
    cache: CatalogueCache, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.keep(KEY, SERVED)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert cache.keep(KEY, Catalogue((PODS,))) == Catalogue((PODS,))
    assert [path.suffix for path in folder.iterdir()] == [".json"], "no half of a file"
    found = cache.recall(KEY)
    assert found is not None
    assert found.resources == SERVED.resources


def test_old_files_go(cache: CatalogueCache, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in ("1.json", "2.tmp", "other"):
        (folder / name).write_text("")
        os.utime(folder / name, (time.time() - KEPT_SECONDS - 60,) * 2)
    cache.keep(KEY, SERVED)
    assert {path.name for path in folder.iterdir()} == {f"{KEY}.json", "other"}


def named(file: str = "/config", user: str = "me", **connection: Any) -> str:
    info = ConnectionInfo(**({"server": "https://c.test"} | connection))
    return identity(context(info, file=file, user=user), info)


def test_each_cluster_and_user_has_its_own() -> None:
    others = [
        named(server="https://d.test"),
        named(tls_server_name="c"),
        named(insecure=True),
        named(ca_data=b"one"),
        named(ca_data=b"two"),
        named(proxy_url="http://proxy.test"),
        named(user="you"),
        named("/other"),
        named(auth=AuthInfo(impersonate_user="you")),
        named(auth=AuthInfo(impersonate_groups=("you",))),
        named(auth=AuthInfo(client_certificate_data=b"you", client_key_data=b"x")),
        named(auth=AuthInfo(username="you")),
        named(auth=AuthInfo(exec=ExecConfig("v1", "login"))),
    ]
    assert len({named(), *others}) == len(others) + 1
    assert named() == named(namespace="other"), "what is served is so in all of them"
    assert named() == named(ca_file="/nonexistent/ca.crt")


@pytest.mark.parametrize(
    ("of_one", "of_another"),
    [
        ({"auth": AuthInfo(token="s3cret")}, {}),
        ({"auth": AuthInfo(password="s3cret")}, {}),
        ({"auth": AuthInfo(client_key_data=b"s3cret")}, {}),
        ({"proxy_url": "http://me:s3cret@proxy.test"}, {"proxy_url": "http://proxy.test"}),
        (
            {"auth": AuthInfo(exec=ExecConfig("v1", "login", ("--secret", "s3cret"), (("KEY", "s3cret"),)))},
            {"auth": AuthInfo(exec=ExecConfig("v1", "login"))},
        ),
    ],
    ids=["token", "password", "key", "proxy", "plugin"],
)
def test_no_secret_is_in_the_name(of_one: dict[str, Any], of_another: dict[str, Any]) -> None:
    """Not even as a part of a digest."""
    assert named(**of_one) == named(**of_another)
