"""Named watch lists, kept in the settings, readable there.

[watch_lists.rollout]
kinds = ["pods", "deployments.apps"]
namespaces = ["shop"]
labels = "app=web"
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from kdesk.viewmodel.events.plan import WatchPlan


class WatchLists(QObject):
    """``lists`` is the settings' own dict; ``save`` asks for it to be written. ``changed``: a name came or went.

    ``problems``: a sentence for each that makes no sense; such a list is passed over, and stays in the file.
    """

    changed = Signal()

    def __init__(
        self, lists: dict[str, Any], save: Callable[[], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._lists, self._save = lists, save
        self.problems: list[str] = []
        self._plans: dict[str, WatchPlan] = {}
        for name, value in lists.items():
            try:
                self._plans[name] = msgspec.convert(value, WatchPlan)
            except msgspec.ValidationError as error:
                self.problems.append(f"The setting watch_lists.{name} is passed over: {error}.")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._plans, key=str.lower))

    def plan(self, name: str) -> WatchPlan | None:
        return self._plans.get(name)

    def keep(self, name: str, plan: WatchPlan) -> None:
        """Under a name; one of that name is replaced."""
        self._plans[name] = plan
        self._lists[name] = msgspec.to_builtins(plan)
        self._told()

    def rename(self, name: str, new: str) -> bool:
        """False where there is no such list, or one of the new name already."""
        if name not in self._plans or new in self._plans or not new:
            return False
        self._plans = {new if one == name else one: plan for one, plan in self._plans.items()}
        self._lists[new] = self._lists.pop(name)
        self._told()
        return True

    def forget(self, name: str) -> bool:
        """False where there is no such list."""
        if self._plans.pop(name, None) is None:
            return False
        self._lists.pop(name, None)
        self._told()
        return True

    def _told(self) -> None:
        self._save()
        self.changed.emit()
