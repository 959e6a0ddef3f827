"""Which kubeconfig files the window reads: those of kubectl or of the command line, and those that were added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the core is loaded after the first paint, off the GUI thread
    from kdesk.kube.config.kubeconfig import Sources


def with_added(sources: Sources, paths: Iterable[str | Path]) -> Sources:
    """The same files and these, each kept apart from all others; none twice."""
    added = [Path(path).absolute() for path in paths]
    extra = dict.fromkeys((*sources.extra, *(path for path in added if path not in sources.files)))
    return replace(sources, extra=tuple(extra))
