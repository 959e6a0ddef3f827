"""A cluster's own colour: the same every day, from its name, and told apart from the colours that mean a state."""

from __future__ import annotations

import hashlib

from PySide6.QtGui import QColor

# Hues away from the green, amber and red of states; the lightness reads well as a narrow band on dark and light pages.
_HUES = (212, 268, 316, 190, 244, 292, 228)


def cluster_colour(name: str) -> QColor:
    """The colour of the band of the context with this name."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
    return QColor.fromHsl(_HUES[digest[0] % len(_HUES)], 150, 130)
