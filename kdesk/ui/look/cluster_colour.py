"""A cluster's own colour: from its name, told apart from the colours that mean a state, and from other clusters'."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QColor

# Hues away from the green, amber and red of states; the lightness reads well as a narrow band on dark and light pages.
_HUES = (212, 268, 316, 190, 244, 292, 228)


def own_colour(name: str) -> QColor:
    """The colour that a name has by itself: the same every day, and maybe another's as well."""
    return _colour(_own_hue(name))


def cluster_colours(names: Iterable[str]) -> dict[str, QColor]:
    """A colour for each, no two the same while another is free: a taken one gives way to the next."""
    colours: dict[str, QColor] = {}
    free: list[int] = []
    for name in sorted(set(names)):
        free = free or [*range(len(_HUES))]
        own = _own_hue(name)
        hue = min(free, key=lambda at: (at - own) % len(_HUES))
        free.remove(hue)
        colours[name] = _colour(hue)
    return colours


def _own_hue(name: str) -> int:
    import hashlib  # noqa: PLC0415 (it loads a library that the first paint can do without)

    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[0] % len(_HUES)


def _colour(hue: int) -> QColor:
    return QColor.fromHsl(_HUES[hue], 150, 130)
