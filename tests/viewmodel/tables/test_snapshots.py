"""The open tables saved with the history of their objects, and opened where there is no cluster."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kdesk.kube.engine.subscription import WatchState
from kdesk.kube.errors import Stopped
from kdesk.kube.history.archive import Archive, Limits, Observed
from kdesk.kube.history.book import RevisionBook
from kdesk.kube.history.revisions import NoRevision
from kdesk.kube.history.snapshot import SnapshotError
from kdesk.kube.stop import Stop
from kdesk.kube.table.rows import Change, Column, Row
from kdesk.viewmodel.frame import FrameClock
from kdesk.viewmodel.objects.detail import Detail, DetailState, Subject
from kdesk.viewmodel.rows.order import SortBy
from kdesk.viewmodel.tables import snapshot_choice
from kdesk.viewmodel.tables.controller import TableController
from kdesk.viewmodel.tables.export import ExportError, Format
from kdesk.viewmodel.tables.object_work import Chosen, _read
from kdesk.viewmodel.tables.snapshot_file import Snapshot, open_snapshot
from kdesk.viewmodel.tables.snapshot_saving import Shown, save, saved_text, shown
from kdesk.viewmodel.tables.snapshot_table import SnapshotController
from tests.ui.stub_tables import POD, StubSession
from tests.viewmodel.pods import pod
from tests.viewmodel.stub_cluster import SECRETS, added, deleted, modified, row

PLANTED = "planted-in-a-secret-7f31"


@dataclass
class Place:
    clock: FrameClock
    session: StubSession
    book: RevisionBook
    table: TableController
    path: Path

    def shown(self, filter_: str = "") -> list[Shown]:
        return shown(self.table, self.table.model.columns, filter_)

    def save(self, *more: Shown) -> Snapshot:
        assert self.book.wait_idle(5)
        save(self.path, [*self.shown(), *more], Stop(), lambda done, total: None)
        return open_snapshot(self.path)


@pytest.fixture
def place(qtbot: QtBot, tmp_path: Path) -> Iterator[Place]:
    clock, session, book = FrameClock(interval=0.002), StubSession(), RevisionBook("prod")
    session.book = book  # type: ignore[attr-defined]
    table = TableController(session.as_session(), POD, (), clock)
    table.set_visible(True)
    session.put(pod("web", namespace="shop"), pod("db", namespace="data"), pod("api", namespace="shop"))
    session.say(WatchState.LIVE)
    qtbot.waitUntil(lambda: table.synced)
    yield Place(clock, session, book, table, tmp_path / "shop.kdesk")
    table.close()
    book.stop()
    assert book.join(5)


def opened(qtbot: QtBot, place: Place, snapshot: Snapshot) -> SnapshotController:
    view = SnapshotController(snapshot, snapshot.tables[0], place.clock)
    view.set_visible(True)
    qtbot.waitUntil(lambda: view.synced)
    return view


def names(table: TableController) -> list[str]:
    return [one.name for one in table.model.shown_rows()]


def text_of(detail: Detail) -> str:
    return detail.document.text if detail.document is not None else ""


def history(*, uid: str) -> list[Change]:
    first, second = (row("web", version=str(n), uid=uid, spec={"replicas": n}) for n in (1, 2))
    return [added(first), modified(second), deleted(second)]


def test_a_table_comes_back_as_it_was_shown(qtbot: QtBot, place: Place) -> None:
    place.table.model.set_order([SortBy("NAME", descending=True)])
    place.table.model.set_filter("namespace:shop")
    view = opened(qtbot, place, place.save())
    assert names(view) == ["web", "api"]
    assert view.model.order == (SortBy("NAME", descending=True),)
    assert view.clusters == ("prod",)
    assert [column.title for column in view.model.columns] == [c.title for c in place.table.model.columns]
    assert not any(column.source.wide for column in view.model.columns)
    assert view.known_namespaces() == ["shop"]
    view.set_namespaces(("data",))
    qtbot.waitUntil(lambda: view.synced)
    assert names(view) == []
    view.set_namespaces(())
    qtbot.waitUntil(lambda: view.synced and len(names(view)) == 2)
    view.model.set_filter("api")
    assert names(view) == ["api"]
    view.close()


def test_it_says_when_it_was_and_nothing_of_live(qtbot: QtBot, place: Place) -> None:
    view = opened(qtbot, place, place.save())
    said = view.freshness
    assert said.state is None
    assert said.shape == "hourglass"
    assert said.word.endswith("shop.kdesk")
    assert "live" not in said.word + said.detail
    # Ages are those of the moment.
    assert view.model.clock() == view.snapshot.tables[0].at
    view.rebind(place.session.as_session())
    view.reconnect()
    assert names(view) == ["db", "api", "web"]
    view._tick.timeout.emit()
    assert view.freshness == said
    assert view.session is None
    view.close()


def test_the_history_goes_with_it(qtbot: QtBot, place: Place) -> None:
    place.book.feed(POD).put(history(uid="u1"))
    snapshot = place.save()
    kept = snapshot.kept
    assert [info.type for info in kept.revisions("u1", POD)] == ["ADDED", "MODIFIED", "DELETED"]
    (found,) = kept.objects(POD)
    assert found.deleted
    last = kept.revisions("u1")[1]
    assert json.loads(kept.document("u1", last.number))["spec"] == {"replicas": 2}
    with pytest.raises(NoRevision):
        kept.document("u1", 99)
    # And into the next one, out of this.
    view = opened(qtbot, place, snapshot)
    again = place.path.with_name("again.kdesk")
    figures = save(again, shown(view, view.model.columns, ""), Stop(), lambda done, total: None)
    assert figures[:3] == (1, 1, 3)
    assert saved_text(again, figures).startswith("1 table, 1 object with 3 revisions in ")
    view.close()


def test_no_secret_is_in_it(place: Place) -> None:
    data = {"password": base64.b64encode(PLANTED.encode()).decode()}
    place.book.feed(SECRETS).put([added(row("login", data=data, stringData={"plain": PLANTED}))])
    cells = Row("shop/login", "uid-login", "1", 0, ("login", PLANTED), raw=PLANTED.encode())
    place.session.put(pod("login", namespace="shop"))
    table = TableController(None, SECRETS, (), place.clock)
    own = Column("Own")
    table.model.set_columns([Column("Name")], namespaces=True)
    table.model.set_joined([own], [""])
    table.model.apply([(cells.key, cells)], glow=False)
    (part,) = shown(table, table.model.columns, "")
    assert own not in [column.source for column in part.columns]
    secrets = Shown(part.cluster, SECRETS, (), 1.0, part.columns, part.rows, "", (), place.book)
    snapshot = place.save(secrets)
    table.close()
    assert "login" in {one.object.name for one in snapshot.kept.objects(SECRETS)}
    with zipfile.ZipFile(place.path) as archive:
        texts = [place.path.read_bytes(), *(archive.read(name) for name in archive.namelist())]
    for text in texts:
        assert PLANTED.encode() not in text
        assert base64.b64encode(PLANTED.encode()) not in text


def test_what_is_too_much_is_left_out_and_counted(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = place.book.feed(POD)
    feed.put([added(row("old")), added(row("new"))])
    assert place.book.wait_idle(5)
    size = place.book.revisions("uid-new")[0].size
    monkeypatch.setattr(snapshot_choice, "MOST_BYTES", size + 1)
    figures = save(place.path, place.shown(), Stop(), lambda done, total: None)
    assert (figures.objects, figures.left_out) == (1, 1)
    assert "1 object more did not fit" in saved_text(place.path, figures)


@pytest.fixture
def recording(place: Place) -> Path:
    """The recorder's file: an earlier run's, in 2001, and what this run has recorded so far."""
    path = place.path.with_name("prod.sqlite")
    uid = pod("web", namespace="shop").uid
    secret = row("web", version="5", uid=uid, data={"p": base64.b64encode(PLANTED.encode()).decode()})
    changes = [
        added(state(1, uid)),
        modified(state(2, uid)),
        modified(state(3, uid)),
        added(state(1, "uid-elsewhere")),
    ]
    with closing(Archive(path, b"k" * 32, Limits())) as archive:
        archive.write([Observed(1e9 + at, POD, [change]) for at, change in enumerate(changes)])
        archive.write([Observed(1e9, SECRETS, [added(secret)])])
    return path


def state(number: int, uid: str) -> Row:
    return row("web", version=str(number), uid=uid, spec={"replicas": number})


def test_what_was_recorded_goes_with_it_once(place: Place, recording: Path) -> None:
    uid = pod("web", namespace="shop").uid
    place.book.feed(POD).put([added(state(3, uid), initial=True), modified(state(4, uid))])
    assert place.book.wait_idle(5)
    tables = shown(place.table, place.table.model.columns, "", lambda session: recording)
    figures = save(place.path, tables, Stop(), lambda done, total: None)
    kept = open_snapshot(place.path).kept
    found = kept.revisions(uid, POD)
    assert [(info.version, info.number < 0) for info in found] == [
        ("1", True),
        ("2", True),
        ("3", True),
        ("4", False),
    ]
    replicas = [json.loads(kept.document(uid, info.number, POD))["spec"]["replicas"] for info in found]
    assert replicas == [1, 2, 3, 4]
    assert [one.object.uid for one in kept.objects()] == [uid], "of no object that is not in the table"
    assert (figures.objects, figures.revisions, figures.shortened) == (1, 4, 0)


def test_of_an_object_that_was_only_recorded_too(place: Place, recording: Path) -> None:
    tables = shown(place.table, place.table.model.columns, "", lambda session: recording)
    save(place.path, tables, Stop(), lambda done, total: None)
    kept = open_snapshot(place.path).kept
    assert [info.version for info in kept.revisions(pod("web", namespace="shop").uid, POD)] == ["1", "2", "3"]


def test_no_recorded_secret_is_in_it(place: Place, recording: Path) -> None:
    (part,) = shown(place.table, place.table.model.columns, "", lambda session: recording)
    save(place.path, [replace(part, resource=SECRETS)], Stop(), lambda done, total: None)
    (info,) = open_snapshot(place.path).kept.revisions(pod("web", namespace="shop").uid, SECRETS)
    assert info.version == "5"
    with zipfile.ZipFile(place.path) as archive:
        texts = [place.path.read_bytes(), *(archive.read(name) for name in archive.namelist())]
    for text in texts:
        assert PLANTED.encode() not in text
        assert base64.b64encode(PLANTED.encode()) not in text


def test_what_was_seen_goes_before_what_was_recorded(
    place: Place, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = pod("web", namespace="shop").uid
    place.book.feed(POD).put([added(state(3, uid), initial=True), modified(state(4, uid))])
    assert place.book.wait_idle(5)
    monkeypatch.setattr(snapshot_choice, "MOST_BYTES", 2 * place.book.revisions(uid)[-1].size)
    tables = shown(place.table, place.table.model.columns, "", lambda session: recording)
    figures = save(place.path, tables, Stop(), lambda done, total: None)
    assert [info.version for info in open_snapshot(place.path).kept.revisions(uid, POD)] == ["3", "4"]
    assert (figures.left_out, figures.shortened) == (0, 1)
    assert "What was recorded of 1 object did not fit." in saved_text(place.path, figures)


def test_a_recording_that_cannot_be_read_is_said(place: Place) -> None:
    odd = place.path.with_name("odd.sqlite")
    odd.write_bytes(b"nothing of the kind" * 400)
    place.book.feed(POD).put(history(uid="u1"))
    assert place.book.wait_idle(5)
    tables = shown(place.table, place.table.model.columns, "", lambda session: odd)
    figures = save(place.path, tables, Stop(), lambda done, total: None)
    assert len(open_snapshot(place.path).kept.revisions("u1")) == 3
    assert "Not all that was recorded is in it: " in saved_text(place.path, figures)
    assert "odd.sqlite" in figures.trouble


def test_a_cancelled_one_leaves_the_old_file(place: Place) -> None:
    place.save()
    before, stop = place.path.read_bytes(), Stop()
    place.book.feed(POD).put(history(uid="u1"))
    assert place.book.wait_idle(5)
    with pytest.raises(Stopped):
        save(place.path, place.shown(), stop, lambda done, total: stop.set())
    assert place.path.read_bytes() == before


def test_what_is_no_snapshot_is_said(tmp_path: Path) -> None:
    odd = tmp_path / "odd.kdesk"
    odd.write_text("{}")
    with pytest.raises(SnapshotError, match="is no snapshot of kdesk"):
        open_snapshot(odd)


def test_whole_objects_are_exported_from_the_file(place: Place) -> None:
    uid = pod("web", namespace="shop").uid
    place.book.feed(POD).put([added(row("web", uid=uid, spec={"replicas": 1}))])
    snapshot = place.save()
    rows = snapshot.tables[0].rows
    found = list(_read(Chosen(POD, rows, (), kept=snapshot.kept), Stop()))
    assert [(list(one), one["shop/web"]["kind"]) for one in found] == [(["shop/web"], "Pod")]
    others = [one for one in rows if one.uid != uid]
    with pytest.raises(ExportError, match="holds no whole object"):
        list(_read(Chosen(POD, others, (), kept=snapshot.kept), Stop()))
    assert Format.YAML.objects


def test_the_detail_shows_what_the_file_has(qtbot: QtBot, place: Place) -> None:
    place.book.feed(POD).put(history(uid="u1")[:2])
    snapshot = place.save()
    detail = Detail(place.clock)
    detail.show_kept(Subject("prod", POD, "shop", "web"), "u1", snapshot.kept, snapshot.said)
    qtbot.waitUntil(lambda: detail.document is not None)
    assert detail.state is DetailState.PAST
    assert detail.sentence.startswith("as it was: shop.kdesk, saved ")
    assert not detail.stale
    assert "replicas: 2" in text_of(detail)
    detail.history.set_shown(True)
    assert len(detail.history.lines) == 2
    assert not detail.history.growing
    detail.show_kept(Subject("prod", POD, "shop", "api"), "u9", snapshot.kept, snapshot.said)
    assert not text_of(detail)
    assert detail.sentence.startswith("only its row is in shop.kdesk")
    detail.dispose()
