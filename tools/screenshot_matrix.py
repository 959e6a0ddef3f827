"""Pictures for judging the look: what is hard to get right, in every theme, at 100 % and at 200 %.

``python -m tools.screenshot_matrix FOLDER [THEME...]`` writes ``THEME@SCALE-SCENE.png``; about a minute for each theme.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from kdesk.demo import launch
from tools.screenshots import EVENTS_PER_SECOND, PODS, contexts, run
from tools.unwell_cluster import UnwellCluster

THEMES = ("dark", "light", "high-contrast-dark", "high-contrast-light")
SCALES = (1, 2)
#: Kinds of the unwell cluster, and what their tables show.
STATES = {
    "configmaps": "empty", "pods": "loading", "secrets": "forbidden", "widgets": "gone", "nodes": "dead",
}  # fmt: skip

_UNWELL = """\
apiVersion: v1
kind: Config
clusters:
- {{name: unwell, cluster: {{server: "{url}"}}}}
users:
- {{name: jane, user: {{}}}}
contexts:
- {{name: unwell, context: {{cluster: unwell, user: jane}}}}
"""

# A wrong filter that is typed by a command ends the script; one that was saved by hand does not.
_SETTINGS = """\
[tables.pods.filters]
wrong = "colour:red"
"""


def main() -> int:
    """Gives the exit status: 1 when the clusters failed, 2 for a wrong call."""
    if len(sys.argv) < 2 or set(sys.argv[2:]) - set(THEMES):
        sys.stderr.write(f"{__doc__}\nThe themes are {', '.join(THEMES)}.\n")
        return 2
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    demo, unwell = launch.start(2, PODS, EVENTS_PER_SECOND), UnwellCluster()
    try:
        if not demo.wait_ready(60):
            sys.stderr.write(f"the simulated clusters did not start: {demo.complaint()}\n")
            return 1
        with tempfile.TemporaryDirectory() as name:
            config = Path(name) / "demo" / ".kube" / "config"
            config.parent.mkdir(parents=True)
            config.write_bytes(demo.kubeconfig.read_bytes())
            ill = Path(name) / "unwell.yaml"
            ill.write_text(_UNWELL.format(url=unwell.url))
            files = os.pathsep.join(map(str, (config, ill)))
            for theme in sys.argv[2:] or THEMES:
                for scale in SCALES:
                    home = Path(name) / f"{theme}-{scale}"
                    settings = home / ".config" / "kdesk" / "settings.toml"
                    settings.parent.mkdir(parents=True)
                    settings.write_text(_SETTINGS)
                    commands = scenes(str(folder / f"{theme}@{scale}"), theme, contexts(config))
                    run(home, commands, KUBECONFIG=files, QT_SCALE_FACTOR=str(scale))
    finally:
        demo.stop()
        unwell.stop()
    return 0


def scenes(prefix: str, theme: str, names: tuple[str, str]) -> list[str]:
    """The commands of one run. ``names``: of two clusters that are well."""
    first, second = names
    commands = [
        f"theme.{theme}",
        f"context.open {second}",
        f"context.open {first}",
        "view.open pods *",
        "view.wait-synced",
        f"view.clusters {first} {second}",
        "view.wait-synced",
        "app.wait 2",
        f"app.screenshot {prefix}-merged.png",
        "view.filter-use wrong",
        "app.wait 0.5",
        f"app.screenshot {prefix}-filter-error.png",
        "view.filter restarts>0 | !status:running",
        "app.wait 1",
        f"app.screenshot {prefix}-filter.png",
        "view.filter nothing-like-this",
        "app.wait 1",
        f"app.screenshot {prefix}-filter-none.png",
        "problems.open",
        "app.wait 4",
        f"app.screenshot {prefix}-problems.png",
        "context.open unwell",
    ]
    for kind, state in STATES.items():
        commands += [f"view.open {kind} *", "app.wait 1.5", f"app.screenshot {prefix}-{state}.png"]
    return [*commands, "app.quit"]


if __name__ == "__main__":
    sys.exit(main())
