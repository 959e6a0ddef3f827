"""The pictures of the documentation: the real program, driven by ``--command`` against simulated clusters.

``python -m tools.screenshots [FOLDER]`` writes PNG files to FOLDER (docs/images when not given).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PySide6.QtGui import QImage

from kdesk.demo import launch

ROOT = Path(__file__).resolve().parents[1]
PODS, EVENTS_PER_SECOND = 1200, 12.0
CROWD, CROWD_EVENTS_PER_SECOND = 50_000, 50.0
_LIMIT_S = 180
# So long that a pod that crashes has done so.
_CRASHES_S = 30
#: In the first of the simulated clusters.
CRASHING = "shop/recommendations"

BROKEN = """\
apiVersion: v1
kind: Config
clusters:
- name: old-lab
  cluster: {server: "https://old-lab.example.com:6443", certificate-authority: ca.pem}
users:
- name: me
  user: {token: none}
contexts:
- name: old-lab
  context: {cluster: old-lab, user: me}
"""


def main() -> int:
    """Gives the exit status: 1 when the program or the clusters failed."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "docs" / "images").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        run(
            home / "first",
            ["theme.dark", "app.wait 0.5", f"app.screenshot {folder / 'first-start.png'}", "app.quit"],
        )
        crowd = launch.start(1, CROWD, CROWD_EVENTS_PER_SECOND)
        try:
            if not ready(crowd):
                return 1
            own = settle(home / "large", crowd)
            run(home / "large", large(folder, own), KUBECONFIG=str(own))
        finally:
            crowd.stop()
        demo = launch.start(2, PODS, EVENTS_PER_SECOND)
        try:
            if not ready(demo):
                return 1
            # Pods crash soon after the start, and then seldom: their history comes first.
            for part, scenes in (("history", history), ("past", past), ("tabs", split_tabs)):
                own = settle(home / part, demo)
                run(home / part, scenes(folder, own), KUBECONFIG=str(own))
            config = settle(home / "tour", demo)
            lab = home / "tour" / "work" / "lab.yaml"
            lab.parent.mkdir(parents=True)
            lab.write_text(BROKEN)
            run(home / "tour", tour(folder, config), KUBECONFIG=os.pathsep.join(map(str, (lab, config))))
        finally:
            demo.stop()
    for picture in sorted(folder.glob("*.png")):
        shrink(picture)
        sys.stdout.write(f"{picture.relative_to(folder.parent)}\n")
    return 0


def ready(demo: launch.DemoProcess) -> bool:
    """Waits for the simulated clusters; False, and a sentence, where they did not start."""
    started = demo.wait_ready(90)
    if not started:
        sys.stderr.write(f"the simulated clusters did not start: {demo.complaint()}\n")
    return started


def settle(home: Path, demo: launch.DemoProcess) -> Path:
    """A home that knows the simulated clusters: their kubeconfig in it."""
    config = home / ".kube" / "config"
    config.parent.mkdir(parents=True)
    config.write_bytes(demo.kubeconfig.read_bytes())
    return config


def pods_of(context: str, *before: str) -> list[str]:
    """How most scenes begin: a table of all pods, filled."""
    return ["theme.dark", *before, f"context.open {context}", "view.open pods *", "view.wait-synced"]


def large(folder: Path, config: Path) -> list[str]:
    """A table of 50,000 pods, filtered."""
    (only,) = (str(one["name"]) for one in ask(config, "contexts"))
    return [
        *pods_of(only, "rows.compact"),
        "view.filter restarts>0",
        "app.wait 8",
        f"app.screenshot {folder / 'large.png'}",
        "app.quit",
    ]


def tour(folder: Path, config: Path) -> list[str]:
    """The commands of the long run, a picture at every stop."""
    first, second = contexts(config)

    def picture(name: str) -> str:
        return f"app.screenshot {folder / name}.png"

    return [
        "theme.dark",
        f"context.open {second}",
        f"context.open {first}",
        "view.open deployments *",
        "view.open nodes",
        "view.open pods *",
        "view.wait-synced",
        "app.wait 3",
        picture("pods"),
        "events.open pods deployments.apps jobs.batch",
        "events.rates",
        "app.wait 20",
        picture("live-events"),
        "events.close",
        f"detail.open {a_pod(config, first)}",
        "app.wait 1",
        picture("detail"),
        "detail.close",
        *timeline(picture("timeline")),
        "palette.open dep",
        "app.wait 0.3",
        picture("palette"),
        "palette.close",
        f"context.open {second}",
        "view.open pods *",
        "view.wait-synced",
        "app.wait 1",
        picture("clusters"),
        "diagnostics.open",
        "app.wait 1.5",
        picture("diagnostics"),
        "view.close",
        "theme.light",
        "app.wait 1.5",
        picture("light"),
        "theme.system",
        "app.quit",
    ]


def split_tabs(folder: Path, config: Path) -> list[str]:
    """Tables of two clusters beside and below each other."""
    first, second = contexts(config)
    return [
        "theme.dark",
        f"context.open {first}",
        "view.open services *",
        "view.open pods *",
        "view.open nodes",
        "view.open deployments *",
        "view.split-right",
        f"context.open {second}",
        "problems.open",
        "view.open pods *",
        "view.wait-synced",
        "view.filter !running",
        "view.split-down",
        "view.previous",
        "view.previous",
        "view.previous",
        "view.previous",
        "problems.wait",
        "app.wait 2",
        f"app.screenshot {folder / 'split-tabs.png'}",
        "app.quit",
    ]


def timeline(picture: str) -> list[str]:
    """The story of a workload that crashes again and again."""
    return [
        "view.open deployments *",
        "view.wait-synced",
        f"detail.open {CRASHING}",
        "detail.timeline",
        "app.wait 20",
        picture,
        "detail.timeline",
        "detail.close",
        "view.close",
    ]


def past(folder: Path, config: Path) -> list[str]:
    """A table as it was a few seconds ago."""
    first, _ = contexts(config)
    return [
        *pods_of(first),
        "app.wait 15",
        "past.enter 5",
        "app.wait 1",
        f"app.screenshot {folder / 'past.png'}",
        "app.quit",
    ]


def history(folder: Path, config: Path) -> list[str]:
    """What a pod that crashes again and again looked like, and what was different."""
    first, _ = contexts(config)
    return [
        *pods_of(first),
        f"detail.open {a_pod(config, first, 'recommendations')}",
        f"app.wait {_CRASHES_S}",
        "detail.history",
        "app.wait 1",
        f"app.screenshot {folder / 'history.png'}",
        "app.quit",
    ]


def environment(home: Path) -> dict[str, str]:
    """A home of its own, no display, no kubeconfig but the one in it."""
    home.mkdir(parents=True, exist_ok=True)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "KUBE"))}
    return {
        **kept,
        "HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "QT_QPA_PLATFORM": "offscreen",
    }


def run(home: Path, commands: list[str], **more: str) -> None:
    """The window, to its end; ``more`` goes into its environment. Raises CalledProcessError."""
    line = [sys.executable, "-m", "kdesk"]
    for command in commands:
        line += ["--command", command]
    subprocess.run(line, env=environment(home) | more, check=True, timeout=_LIMIT_S)


def ask(config: Path, *args: str) -> list[dict[str, object]]:
    """What the command line says, as JSON lines."""
    line = [sys.executable, "-m", "kdesk", *args, "--kubeconfig", str(config), "-o", "json"]
    done = subprocess.run(
        line, env=environment(config.parents[1]), check=True, capture_output=True, text=True, timeout=60
    )
    return [json.loads(text) for text in done.stdout.splitlines()]


def contexts(config: Path) -> tuple[str, str]:
    """The names of the two simulated clusters."""
    first, second, *_ = (str(line["name"]) for line in ask(config, "contexts"))
    return first, second


def shrink(picture: Path) -> None:
    """No alpha, and zlib's best: the colours stay as they are."""
    QImage(str(picture)).convertToFormat(QImage.Format.Format_RGB888).save(str(picture), quality=0)


def a_pod(config: Path, context: str, word: str = "payments") -> str:
    """``namespace/name`` of a pod that has the word in one of them."""
    pods = ask(config, "get", "pods", "-A", "--context", context)
    chosen = max(pods, key=lambda pod: word in f"{pod['namespace']}/{pod['name']}")
    return f"{chosen['namespace']}/{chosen['name']}"


if __name__ == "__main__":
    sys.exit(main())
