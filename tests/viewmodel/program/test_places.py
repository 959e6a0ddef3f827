"""The folders of files are those that platformdirs names, which is asked nothing on Linux."""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs
import pytest

from kdesk.viewmodel.program.places import config_path, log_path, state_path


@pytest.mark.parametrize("value", [None, "", "/somewhere/else", "relative", "/with/end/"])
def test_they_are_as_platformdirs_has_them(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert config_path() == platformdirs.user_config_path("kdesk", appauthor=False)
    assert state_path() == platformdirs.user_state_path("kdesk", appauthor=False)
    assert log_path() == platformdirs.user_log_path("kdesk", appauthor=False)


def test_other_systems_are_left_to_platformdirs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(platformdirs, "user_config_path", lambda *args, **more: tmp_path)
    assert config_path() == tmp_path
