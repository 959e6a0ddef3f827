"""Where icons, themes and translations lie: inside the package when installed, beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

import kdesk


def resources_folder() -> Path:
    """The folder of the resources. Raises FileNotFoundError when the installation is incomplete."""
    package = Path(kdesk.__file__).resolve().parent
    for folder in (package / "resources", package.parent / "resources"):
        if (folder / "themes").is_dir():
            return folder
    raise FileNotFoundError(f"the resources of kdesk are missing beside {package}: install it again")


def resource(*parts: str) -> Path:
    """The path of one resource, such as ``resource("icons", "box.svg")``; it need not exist."""
    return resources_folder().joinpath(*parts)
