"""Settings: written whole, read back, and a broken file costs nothing but itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdesk.viewmodel.program.settings import Settings, TomlFile, WindowState, settings_file


@pytest.fixture
def file(tmp_path: Path) -> TomlFile[Settings]:
    return TomlFile(tmp_path / "new" / "settings.toml", Settings)


def test_no_file_gives_the_defaults_and_no_complaint(file: TomlFile[Settings]) -> None:
    assert file.load() == Settings()
    assert file.problem == ""


def test_what_is_saved_is_read_back(file: TomlFile[Settings]) -> None:
    wanted = Settings(theme="light", open_at_start="none", kubeconfigs=["/a b/config"])
    file.save(wanted)
    assert file.load() == wanted
    assert [path.name for path in file.path.parent.iterdir()] == ["settings.toml"]


def test_the_defaults_are_not_shared() -> None:
    WindowState().splitters["x"] = "y"
    assert WindowState().splitters == {}


@pytest.mark.parametrize("text", ["theme = [", 'open_at_start = "never"', "theme = 3", "\xff\xfe"])
def test_a_broken_file_is_reported_and_kept_aside(file: TomlFile[Settings], text: str) -> None:
    file.path.parent.mkdir()
    file.path.write_bytes(text.encode("latin-1"))
    assert file.load() == Settings()
    assert "settings.toml is not valid" in file.problem
    assert not file.path.exists()
    assert (file.path.parent / "settings.broken.toml").read_bytes() == text.encode("latin-1")
    file.save(Settings(theme="dark"))
    assert file.load().theme == "dark"
    assert file.problem == ""


def test_unknown_keys_of_a_newer_version_do_no_harm(file: TomlFile[Settings]) -> None:
    file.path.parent.mkdir()
    file.path.write_text('theme = "dark"\nfrom_the_future = 1\n')
    assert file.load().theme == "dark"


def test_a_save_that_fails_leaves_the_old_file(
    file: TomlFile[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    file.save(Settings(theme="dark"))

    def fails(*_: object) -> bytes:
        raise OSError("disk full")

    monkeypatch.setattr("msgspec.toml.encode", fails)
    with pytest.raises(OSError, match="disk full"):
        file.save(Settings(theme="light"))
    monkeypatch.undo()
    assert file.load().theme == "dark"
    assert len(list(file.path.parent.iterdir())) == 1


def test_it_lies_where_the_system_wants_it() -> None:
    assert settings_file().path.name == "settings.toml"
    assert settings_file().path.parent.name == "kdesk"
