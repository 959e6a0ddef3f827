"""Qt's own form of geometries and splitters, as lines of text."""

from __future__ import annotations

from PySide6.QtCore import QByteArray


def text_of(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")


def bytes_of(text: str) -> QByteArray:
    """The other way; of any other text, something that Qt ignores."""
    return QByteArray.fromBase64(text.encode("ascii", "replace"))
