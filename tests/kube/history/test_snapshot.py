"""A snapshot comes back as it was saved, elsewhere, without secrets; and whatever is none of them says so."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from kdesk.kube.diff.managers import Manager
from kdesk.kube.history.revisions import NoRevision, ObjectId, RevisionInfo, RevisionType
from kdesk.kube.history.snapshot import VERSION, SnapshotError, SnapshotReader, SnapshotTable, writing
from kdesk.kube.saving import SaveError
from kdesk.kube.table.rows import Column, ColumnKind, Row
from tests.kube.history.making import DEPLOYMENTS, PODS, SECRETS, row

COLUMNS = (
    Column("Name"),
    Column("Restarts", ColumnKind.NUMBER, description="how often"),
    Column("Age", ColumnKind.AGE, wide=True),
)
TABLE = SnapshotTable(
    "prod",
    PODS,
    ("shop", "default"),
    1_000.5,
    COLUMNS,
    (
        Row("default/web", "u1", "7", 1_700_000_000, ("web", 3, None), "app=web", "owner", 1_800_000_000),
        Row("default/dä", "u2", "8", 0, ("dä", 1.5, True)),
    ),
)
WEB = ObjectId(PODS, "default", "web", "uid-web")


def revision(number: int, kind: RevisionType = RevisionType.MODIFIED, **more: bool) -> RevisionInfo:
    return RevisionInfo(
        number, str(number), 1_000.25 + number, 5, kind, Manager("kubelet", "status"), 0, **more
    )


def saved(path: Path, text: bytes = b"") -> list[tuple[RevisionInfo, bytes]]:
    """A snapshot with a table and an object, and that object's revisions."""
    found = [
        (revision(3, RevisionType.INITIAL), row("web", 3).raw),
        (revision(9, RevisionType.DELETED, final_unknown=True), text or row("web", 9).raw),
    ]
    with writing(path, by="kdesk 0", note="see the restarts") as snapshot:
        snapshot.table(TABLE)
        snapshot.history("prod", WEB, found)
    return found


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "incident.kdesk"
    found = saved(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with closing(SnapshotReader(path)) as snapshot:
        assert list(snapshot.tables()) == [TABLE]
        assert (snapshot.by, snapshot.note) == ("kdesk 0", "see the restarts")
        assert snapshot.made > 1_700_000_000
        [one] = snapshot.objects()
        assert (one.cluster, one.object) == ("prod", WEB)
        assert [info._replace(size=0) for info in one.revisions] == [info for info, _ in found]
        assert snapshot.revisions("uid-web") == one.revisions
        for info, text in found:
            assert snapshot.document("uid-web", info.number) == text
        history = snapshot.history("uid-web")
        assert history is not None
        assert (history.kept, history.deleted, history.watched) == (2, True, False)
        assert snapshot.revisions("nobody") == snapshot.revisions("uid-web", DEPLOYMENTS) == ()
        assert snapshot.history("nobody") is None
        with pytest.raises(NoRevision):
            snapshot.document("uid-web", 4)


def test_an_empty_one(tmp_path: Path) -> None:
    with writing(tmp_path / "empty"):
        pass
    with closing(SnapshotReader(tmp_path / "empty")) as snapshot:
        assert list(snapshot.tables()) == []
        assert snapshot.objects() == ()


def test_history_is_small(tmp_path: Path) -> None:
    path = tmp_path / "large"
    texts = [row("web", version, data=list(range(900))).raw for version in range(100)]
    with writing(path) as snapshot:
        snapshot.history("prod", WEB, [(revision(at), text) for at, text in enumerate(texts)])
    assert path.stat().st_size < sum(map(len, texts)) / 20


def test_no_secrets(tmp_path: Path) -> None:
    """Also where they come straight from a cluster, and in what is left of them elsewhere."""
    path, planted = tmp_path / "s", ("aHVudGVyMg==", "hunter-in-plain", "applied-value")
    secret = json.loads(
        row("db", 1, resource=SECRETS, data={"p": planted[0]}, stringData={"q": planted[1]}).raw
    )
    applied = json.dumps({"data": {"p": planted[2]}})
    secret["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": applied}
    whole = json.dumps(secret).encode()
    table = msgspec.structs.replace(TABLE.rows[0], raw=whole)
    with writing(path) as snapshot:
        snapshot.history("prod", ObjectId(SECRETS, "default", "db", "u"), [(revision(1), whole)])
        snapshot.table(SnapshotTable("prod", SECRETS, (), 1.0, COLUMNS, (table,)))
    with zipfile.ZipFile(path) as archive:
        everything = path.read_bytes() + b"".join(archive.read(name) for name in archive.namelist())
    assert not any(word.encode() in everything for word in planted)
    with closing(SnapshotReader(path)) as reader:
        [one] = reader.objects()
        assert b"<masked, 7 bytes, digest " in reader.document("u", one.revisions[0].number)


def test_a_snapshot_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "incident.kdesk"
    saved(path)
    before = path.read_bytes()
    with pytest.raises(SnapshotError, match="cannot be saved"):
        saved(path, b"{no json")
    with pytest.raises(AttributeError), writing(path) as snapshot:
        snapshot.table(None)  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(SaveError, match="no folder"), writing(tmp_path / "none" / "x"):
        pass


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def index(**said: object) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        old = json.loads(members["snapshot.json"])
        members["snapshot.json"] = json.dumps(old | said).encode()

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (index(version=VERSION + 1, tables="in another form"), "newer kdesk"),
        (index(format="something else"), "is no snapshot"),
        (index(tables=[{"member": 5}]), "is damaged"),
        (lambda members: members.pop("snapshot.json"), "is no snapshot"),
        (lambda members: members.update({"snapshot.json": b"\xff{"}), "is damaged"),
    ],
)
def test_other_files_are_refused(
    tmp_path: Path, change: Callable[[dict[str, bytes]], None], words: str
) -> None:
    path = tmp_path / "s"
    saved(path)
    rewritten(path, change)
    with pytest.raises(SnapshotError, match=words):
        SnapshotReader(path)


def test_no_zip_no_file(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with pytest.raises(SnapshotError, match="cannot be read: no such file"):
        SnapshotReader(path)
    path.write_text("apiVersion: v1")
    with pytest.raises(SnapshotError, match="is no snapshot"):
        SnapshotReader(path)
    with pytest.raises(SnapshotError, match="cannot be read: is a directory"):
        SnapshotReader(tmp_path)


def test_damage_is_named_wherever_it_is(tmp_path: Path) -> None:
    """Every byte changed in turn: it is read as it was, or refused; never shown as something else."""
    path = tmp_path / "s"
    found = saved(path)
    data = path.read_bytes()
    refused = 0
    for at in range(0, len(data), 3):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
        try:
            with closing(SnapshotReader(path)) as snapshot:
                assert list(snapshot.tables()) == [TABLE]
                for info, text in found:
                    assert snapshot.document("uid-web", info.number) == text
        except SnapshotError:
            refused += 1
    assert refused > len(data) / 6
    for end in range(0, len(data), 7):
        path.write_bytes(data[:end])
        with pytest.raises(SnapshotError):
            SnapshotReader(path)
