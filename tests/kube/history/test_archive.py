"""What is recorded comes back after a restart, once, in order, without secrets, within its bounds."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kdesk.kube.diff.changes import changes_of
from kdesk.kube.history.archive import Archive, Limits, Observed
from kdesk.kube.history.archive_reader import ArchiveReader
from kdesk.kube.history.database import VERSION, DamagedStore, FullStore, StoreError
from kdesk.kube.history.delta import Damaged
from kdesk.kube.history.folder import FolderError, HistoryFolder
from kdesk.kube.history.revisions import NoRevision, RevisionType
from kdesk.kube.table.rows import Change
from tests.kube.history.making import DEPLOYMENTS, PODS, SECRETS, added, deleted, lives, modified, row

KEY = b"k" * 32
Open = Callable[..., Archive]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cluster.sqlite"


@pytest.fixture
def archive(path: Path) -> Iterator[Open]:
    opened: list[Archive] = []

    def opening(limits: Limits = Limits(), key: bytes = KEY) -> Archive:  # noqa: B008 (immutable)
        opened.append(Archive(path, key, limits))
        return opened[-1]

    yield opening
    for one in opened:
        one.close()


def observed(*changes: Change, at: float = 1_000.0, resource: Any = PODS) -> Observed:
    return Observed(at, resource, changes)


def texts(path: Path, uid: str) -> list[bytes]:
    with closing(ArchiveReader(path)) as reader:
        return [reader.document(uid, one.number) for one in reader.revisions(uid)]


def said(path: Path, uid: str) -> list[tuple[str, str]]:
    with closing(ArchiveReader(path)) as reader:
        return [(one.type.value, one.version) for one in reader.revisions(uid)]


def test_every_revision_comes_back(path: Path, archive: Open) -> None:
    rows, changes = lives("web", range(1, 600))
    one = archive()
    for number, change in enumerate(changes):
        assert one.write([observed(change, at=1_000.5 + number)]) == 1
    one.close()
    assert texts(path, "uid-web") == [row.raw for row in rows]
    with closing(ArchiveReader(path)) as reader:
        assert reader.whole("uid-web") == list(
            zip(reader.revisions("uid-web"), texts(path, "uid-web"), strict=True)
        )
        assert reader.whole("nobody") == []
        first, *_, last = reader.revisions("uid-web")
        assert (first.number, first.type, first.version, first.at) == (0, RevisionType.ADDED, "1", 1_000.5)
        assert (last.type, last.who.name, last.size) == (RevisionType.MODIFIED, "kubelet", len(rows[-1].raw))
        [history] = reader.objects(PODS, namespace="default", name="web")
        assert history == reader.history("uid-web")
        assert history.object[1:] == ("default", "web", "uid-web")
        assert (history.object.resource.label, history.kept, history.dropped) == ("pods", 599, 0)
        assert [m.revision.version for m in reader.between(1_001, 1_004)] == ["2", "3", "4"]
        assert reader.between(0, 9e9, DEPLOYMENTS) == ()
        assert reader.revisions("nobody") == ()
        for number in (-1, 599, 5_000):
            with pytest.raises(NoRevision):
                reader.document("uid-web", number)


def test_a_restart_goes_on_where_it_was(path: Path, archive: Open) -> None:
    rows, changes = lives("web", range(1, 6))
    archive().write([observed(*changes)])
    again = archive()
    assert again.write([observed(added(rows[-1], initial=True))]) == 0, "nothing new"
    later = row("web", 9)
    assert again.write([observed(added(later, initial=True))]) == 1
    assert again.write([observed(deleted(row("web", 10), later))]) == 1
    assert said(path, "uid-web")[-3:] == [("MODIFIED", "5"), ("INITIAL", "9"), ("DELETED", "10")]
    assert texts(path, "uid-web")[:5] == [row.raw for row in rows]


def test_what_went_while_nobody_looked(path: Path, archive: Open) -> None:
    one = archive()
    one.write([observed(added(row(name, 1))) for name in ("a", "b", "c")])
    one.write([observed(added(row("d", 1, resource=DEPLOYMENTS)), resource=DEPLOYMENTS)])
    assert one.missing(PODS, {"uid-b"}, 2_000.0) == 2
    assert one.missing(PODS, {"uid-b"}, 3_000.0) == 0
    assert one.missing(PODS, (), 3_000.0, namespace="elsewhere") == 0
    assert said(path, "uid-a") == [("ADDED", "1"), ("DELETED", "1")]
    assert said(path, "uid-b") == said(path, "uid-d") == [("ADDED", "1")]
    assert texts(path, "uid-a") == [row("a", 1).raw] * 2
    one.write([observed(added(row("a", 1), initial=True))])
    assert said(path, "uid-a")[-1] == ("INITIAL", "1"), "it is there after all"


def test_the_same_told_twice_is_recorded_once(path: Path, archive: Open) -> None:
    """Two programs record one cluster."""
    rows, changes = lives("web", range(1, 40))
    changes.append(deleted(row("web", 50), rows[-1]))
    one, other = archive(), archive()
    for at in range(0, 40, 7):
        for writer in (one, other):
            writer.write([observed(*changes[at : at + 7])])
    assert [version for _, version in said(path, "uid-web")] == [*map(str, range(1, 40)), "50"]
    assert other.write([observed(*changes)]) == 0


def test_old_ones_go_by_age(path: Path, archive: Open) -> None:
    day = 86_400.0
    one = archive(Limits(max_age=2 * day))
    rows, changes = lives("web", range(1, 11))
    for number, change in enumerate(changes):
        one.write([observed(change, at=number * day)])
    gone = row("gone", 1)
    one.write([observed(added(gone), deleted(gone), at=0.0)])
    assert one.prune(9 * day) == 8
    # What was the newest at any moment of the last two days is there.
    assert said(path, "uid-web") == [("MODIFIED", version) for version in ("7", "8", "9", "10")]
    assert texts(path, "uid-web") == [row.raw for row in rows[-4:]]
    assert said(path, "uid-gone") == []
    with closing(ArchiveReader(path)) as reader:
        history = reader.history("uid-web")
        assert history is not None
        assert history.dropped == 6
        assert [one.number for one in reader.revisions("uid-web")] == [6, 7, 8, 9]
    assert one.prune(1_000 * day) == 3
    assert said(path, "uid-web") == [("MODIFIED", "10")], "what is there stays, however old"


def test_the_oldest_go_by_size(path: Path, archive: Open) -> None:
    most = 1 << 20
    one = archive(Limits(max_bytes=most))
    last: dict[str, Any] = {}
    for turn in range(1, 60):
        for name in ("a", "b", "c"):
            new = row(name, turn, data=os.urandom(6_000).hex())
            change = modified(new, last[name]) if name in last else added(new)
            one.write([observed(change, at=1_000.0 + turn)])
            last[name] = new
        assert path.stat().st_size <= most
    assert one.prune(2_000.0) >= 0
    assert one.used <= most
    kept = said(path, "uid-a")
    assert kept[-1] == ("MODIFIED", "59")
    assert 5 < len(kept) < 59
    assert texts(path, "uid-a")[-1] == last["a"].raw
    assert [version for _, version in kept] == [str(v) for v in range(60 - len(kept), 60)]


def test_a_smaller_bound_shrinks_the_file(path: Path, archive: Open) -> None:
    one = archive()
    one.write([observed(added(row(f"p{n}", 1, data=os.urandom(8_000).hex()))) for n in range(400)])
    one.close()
    before = path.stat().st_size
    smaller = archive(Limits(max_bytes=1 << 20))
    smaller.prune(2_000.0)
    smaller.close()
    assert before > 3 << 20
    assert path.stat().st_size <= 1 << 20
    with closing(ArchiveReader(path)) as reader:
        names = {one.object.name for one in reader.objects()}
    assert "p0" not in names
    assert "p399" in names


def test_a_full_disk_changes_nothing(path: Path, archive: Open) -> None:
    """``max_page_count`` says the same as a disk without room."""
    one = archive()
    one.write([observed(added(row("web", 1)))])
    one._database.execute("PRAGMA max_page_count = 30")
    big = row("web", 2, data=os.urandom(400_000).hex())
    with pytest.raises(FullStore, match=r"cluster\.sqlite cannot grow"):
        one.write([observed(added(row("other", 1)), modified(big, row("web", 1)))])
    assert said(path, "uid-web") == [("ADDED", "1")]
    assert said(path, "uid-other") == []
    one._database.execute("PRAGMA max_page_count = 100000")
    assert one.write([observed(modified(big, row("web", 1)))]) == 1
    assert texts(path, "uid-web")[-1] == big.raw


PLANTED = ("aHVudGVyMg==", "hunter2-in-plain", "c2Vjb25kLXZhbHVl", "applied-value")


def test_secrets_are_never_written(tmp_path: Path, path: Path, archive: Open) -> None:
    applied = json.dumps({"kind": "Secret", "stringData": {"x": PLANTED[3]}})
    copies = {
        "kubectl.kubernetes.io/last-applied-configuration": applied,
        "mine": '{"data":{"y":"' + PLANTED[3] + '"}}',
    }
    one = archive()

    def secret(version: int, value: str) -> Any:
        made = row(
            "db", version, resource=SECRETS, data={"password": value}, stringData={"plain": PLANTED[1]}
        )
        obj = json.loads(made.raw)
        obj["metadata"]["annotations"] = copies
        return msgspec.structs.replace(made, raw=json.dumps(obj).encode())

    first, second, third = secret(1, PLANTED[0]), secret(2, PLANTED[2]), secret(3, PLANTED[0])
    one.write([observed(added(first), modified(second, first), modified(third, second), resource=SECRETS)])
    found = [json.loads(text)["data"]["password"] for text in texts(path, "uid-db")]
    one.write([observed(deleted(secret(4, PLANTED[0]), third), resource=SECRETS)])
    assert found[0] != found[1], "a change is still seen"
    assert found[0] == found[2]
    assert found[0].startswith("<masked, 7 bytes, digest ")
    before, after, *_ = texts(path, "uid-db")
    assert changes_of(before, after, "Secret")
    one.close()
    archive().write([observed(added(secret(9, PLANTED[0]), initial=True), resource=SECRETS)])
    assert json.loads(texts(path, "uid-db")[-1])["data"]["password"] == found[0], "also after a restart"
    for file in tmp_path.rglob("*"):
        data = file.read_bytes()
        assert not any(word.encode() in data for word in PLANTED), file
    everything = b"".join(texts(path, "uid-db"))
    assert not any(word.encode() in everything for word in PLANTED)


def test_files_are_private(tmp_path: Path) -> None:
    os.umask(old := os.umask(0))
    os.umask(0)
    try:
        folder = HistoryFolder(tmp_path / "deep" / "history")
        folder.prepare()
        path = folder.database("prod/eu", "https://example.invalid")
        archive = Archive(path, folder.key(), Limits())
        archive.write([observed(added(row("web", 1)))])
        files = sorted(folder.path.iterdir())
        assert {file.name for file in files} >= {path.name, f"{path.name}-wal", "digest.key", "lock"}
        for file in files:
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        archive.close()
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    finally:
        os.umask(old)
    folder.path.chmod(0o755)
    folder.prepare()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_names_of_files(tmp_path: Path) -> None:
    folder = HistoryFolder(tmp_path)
    one, other = folder.database("a/b", "https://x.invalid"), folder.database("a:b", "https://x.invalid")
    assert one != other
    assert one.parent == tmp_path
    assert folder.database("../../etc", "").parent == tmp_path
    assert folder.database("x" * 500, "").name.startswith("x" * 60 + "-")
    assert folder.database("c", "https://one.invalid") != folder.database("c", "https://two.invalid")


def test_one_key_for_all(tmp_path: Path) -> None:
    folder = HistoryFolder(tmp_path)
    key = folder.key()
    assert len(key) == 32
    assert HistoryFolder(tmp_path).key() == key
    (tmp_path / "digest.key").write_bytes(b"short")
    assert len(folder.key()) == 32
    assert folder.key() != key


def test_a_folder_without_rights(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(FolderError, match="cannot be used"):
        HistoryFolder(blocked / "history").prepare()


@pytest.mark.parametrize(
    "data",
    [
        b"not a database at all, but long enough to be looked at " * 100,
        b"SQLite format 3\0" + b"\xff" * 9_000,
    ],
)
def test_a_file_that_is_no_database(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(DamagedStore, match="damaged"):
        Archive(path, KEY, Limits())
    assert path.read_bytes() == data


def test_holes_are_found(path: Path, archive: Open) -> None:
    one = archive()
    one.write([observed(added(row(f"p{n}", 1, data=os.urandom(2_000).hex()))) for n in range(200)])
    one.close()
    data = bytearray(path.read_bytes())
    for at in range(4096 * 5, len(data), 4096 * 3):
        data[at : at + 600] = b"\xaa" * 600
    path.write_bytes(data)
    with pytest.raises(DamagedStore, match="damaged"):
        Archive(path, KEY, Limits())


def test_a_changed_byte_is_not_shown_as_the_truth(path: Path, archive: Open) -> None:
    one = archive()
    one.write([observed(*lives("web", range(1, 10))[1])])
    one._database.execute("UPDATE revisions SET crc = crc + 1 WHERE id = 3")
    with closing(ArchiveReader(path)) as reader:
        assert reader.document("uid-web", 3)
        with pytest.raises(Damaged, match="does not come back as it was"):
            reader.document("uid-web", 2)


def test_what_is_not_ours_is_left_alone(path: Path, archive: Open) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program") as caught:
        Archive(path, KEY, Limits())
    assert not caught.value.passing
    assert path.read_bytes() == before
    path.unlink()
    archive().close()
    with closing(sqlite3.connect(path)) as newer:
        newer.execute(f"PRAGMA user_version = {VERSION + 1}")
    for opening in (lambda: Archive(path, KEY, Limits()), lambda: ArchiveReader(path)):
        with pytest.raises(StoreError, match="newer kdesk"):
            opening()


def test_nothing_recorded(path: Path) -> None:
    with pytest.raises(StoreError, match="nothing is recorded"):
        ArchiveReader(path)
    path.touch()
    with pytest.raises(StoreError, match="nothing is recorded"):
        ArchiveReader(path)


@pytest.fixture
def not_root() -> Iterator[Path]:
    """A folder of somebody who is not root, for whom read-only is read-only; and being that somebody."""
    folder = Path(tempfile.mkdtemp(prefix="kdesk-test-"))
    me = os.geteuid()
    if me == 0:
        os.chown(folder, 65_534, 65_534)
        os.seteuid(65_534)
    yield folder
    os.seteuid(me)
    folder.chmod(0o700)
    shutil.rmtree(folder)


def test_a_read_only_folder(not_root: Path) -> None:
    path = not_root / "cluster.sqlite"
    with closing(Archive(path, KEY, Limits())) as one:
        one.write([observed(added(row("web", 1)))])
    path.chmod(0o400)
    not_root.chmod(0o500)
    assert said(path, "uid-web") == [("ADDED", "1")], "it can be read"
    with pytest.raises(StoreError, match="permission denied") as caught:
        Archive(path, KEY, Limits())
    assert caught.value.passing
    with pytest.raises(FolderError, match="permission denied"):
        HistoryFolder(not_root).key()
