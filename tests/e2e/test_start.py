"""How the program begins: arguments, no kubeconfig, no display, settings, the demo."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Start
from tests.e2e.program import names, read_json


@pytest.mark.parametrize(
    "args", [["--nope"], ["--demo", "--kubeconfig", "x"], ["stray"], ["--command"], ["--contex", "a"]]
)
def test_a_wrong_argument_is_one_sentence_and_2(start: Start, args: list[str]) -> None:
    program = start(*args)
    assert program.wait() == 2
    assert len(program.err.splitlines()) == 1
    assert program.err.startswith("kdesk: ")


def test_version_and_help_need_no_qt(start: Start) -> None:
    version, help_ = start("--version"), start("--help")
    assert (version.wait(), help_.wait()) == (0, 0)
    assert version.out.startswith("kdesk ")
    for name in ("contexts", "get", "watch", "doctor", "demo-server", "--command"):
        assert name in help_.out
    code = (
        "import sys; from kdesk.__main__ import main; main(['--version']); sys.exit('PySide6' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_without_a_kubeconfig_the_window_offers_the_demo_and_starts_it(start: Start, tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    program = start(
        commands=(
            f"app.screenshot {tmp_path / 'welcome.png'}",
            f"app.diagnostics {tmp_path / 'empty.json'}",
            "demo.start",
            "view.open pods *",
            "view.wait-synced",
            f"app.diagnostics {answer}",
            "app.quit",
        )
    )
    assert program.wait() == 0, program.err
    assert (tmp_path / "welcome.png").exists()
    assert read_json(tmp_path / "empty.json")["clusters"] == []
    assert [cluster["state"] for cluster in read_json(answer)["clusters"]] == ["LIVE", "STOPPED"]


def test_a_setting_opens_nothing_at_the_start(start: Start, clusters: Path, tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    settings = tmp_path / "run0" / "home" / "config" / "kdesk" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('open_at_start = "none"\n')
    program = start(
        "--kubeconfig", str(clusters), commands=("app.wait 0.5", f"app.diagnostics {answer}", "app.quit")
    )
    assert program.wait() == 0, program.err
    assert {cluster["state"] for cluster in read_json(answer)["clusters"]} == {"STOPPED"}


def test_a_kubeconfig_that_was_added_is_there_the_next_time(
    start: Start, clusters: Path, tmp_path: Path
) -> None:
    program = start(commands=(f"kubeconfig.add {clusters}", "app.quit"))
    assert program.wait() == 0, program.err
    saved = program.home / "config" / "kdesk" / "settings.toml"
    assert str(clusters) in saved.read_text()
    answer = tmp_path / "answer.json"
    again = start(
        commands=(f"app.diagnostics {answer}", "app.quit"),
        environ={"XDG_CONFIG_HOME": str(program.home / "config")},
    )
    assert again.wait() == 0, again.err
    assert [cluster["name"] for cluster in read_json(answer)["clusters"]] == names(clusters)


def test_a_broken_file_stays_in_the_list_with_the_reason(
    start: Start, clusters: Path, tmp_path: Path
) -> None:
    broken, answer = tmp_path / "broken.yaml", tmp_path / "answer.json"
    broken.write_text("contexts: [")
    environ = {"KUBECONFIG": f"{broken}:{clusters}"}
    program = start(commands=("view.open nodes", f"app.diagnostics {answer}", "app.quit"), environ=environ)
    assert program.wait() == 0, program.err
    assert [cluster["name"] for cluster in read_json(answer)["clusters"]] == names(clusters)


def test_without_a_display_it_says_so_and_does_the_same_job(start: Start, clusters: Path) -> None:
    program = start("--kubeconfig", str(clusters), display=False)
    program.until(lambda: "resourceVersion:" in program.out)
    assert "no display" in program.err
    assert len(program.err.splitlines()) == 1
    picture, *events = program.out.splitlines()
    assert Path(picture).read_bytes().startswith(b"\x89PNG")
    assert Path(picture).is_relative_to(program.home)
    words = [line.split(" ", 2)[2] for line in events[:7]]
    assert words[0] in ("ADDED", "MODIFIED", "DELETED")
    assert [word.split(":")[0] for word in words[1:3]] == ["cluster", "kind"]
    assert program.end() == 0
    assert len(program.err.splitlines()) == 1


def test_without_a_display_and_a_kubeconfig_it_says_what_to_do(start: Start) -> None:
    program = start(display=False)
    program.until(lambda: "--demo" in program.err)
    assert program.end() == 0


def test_without_a_display_commands_run_as_ever(start: Start, clusters: Path, tmp_path: Path) -> None:
    picture = tmp_path / "nodes.png"
    program = start(
        "--kubeconfig",
        str(clusters),
        commands=("view.open nodes", "view.wait-synced", f"app.screenshot {picture}", "app.quit"),
        display=False,
    )
    assert program.wait() == 0, program.err
    assert picture.exists()
    assert program.out == ""


def test_the_setting_can_be_changed_by_a_command(start: Start, clusters: Path) -> None:
    program = start("--kubeconfig", str(clusters), commands=("start.open-current", "theme.light", "app.quit"))
    assert program.wait() == 0, program.err
    saved = (program.home / "config" / "kdesk" / "settings.toml").read_text()
    assert 'open_at_start = "none"' in saved
    assert 'theme = "light"' in saved
