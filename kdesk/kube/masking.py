"""Secret values never reach a widget, a file or the clipboard: they are replaced in the object itself.

Masked are the values of a Secret (``data``, ``stringData``) and those of its annotations that hold a copy of
them, as ``kubectl apply`` leaves one behind. Keys and sizes stay readable: they are what one looks for.
"""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from typing import Any

_VALUES = ("data", "stringData")
# Tools that apply objects keep the whole object, values and all, in an annotation.
_COPIES = frozenset(["kubectl.kubernetes.io/last-applied-configuration", "objectset.rio.cattle.io/applied"])


def masked(obj: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the object with secret values as ``<masked, 24 bytes>``. Never raises."""
    result = dict(obj)
    if result.get("kind") != "Secret":
        return result
    for field in _VALUES:
        if field in result:
            result[field] = _mask_values(result[field], encoded=field == "data")
    metadata = result.get("metadata")
    if isinstance(metadata, Mapping) and metadata.get("annotations") is not None:
        result["metadata"] = {**metadata, "annotations": _mask_copies(metadata["annotations"])}
    return result


def _mask_values(values: Any, *, encoded: bool) -> Any:
    if values is None:
        return None
    if not isinstance(values, Mapping):  # malformed: rather nothing than a value
        return _mask(_size(values, encoded=False))
    return {key: _mask(_size(value, encoded=encoded)) for key, value in values.items()}


def _mask_copies(annotations: Any) -> Any:
    if not isinstance(annotations, Mapping):
        return _mask(_size(annotations, encoded=False))
    return {
        key: _mask(_size(value, encoded=False)) if key in _COPIES or _holds_values(value) else value
        for key, value in annotations.items()
    }


def _holds_values(value: Any) -> bool:
    return isinstance(value, str) and any(f'"{field}"' in value for field in _VALUES)


def _size(value: Any, *, encoded: bool) -> int:
    """Bytes of the value itself; of base64, of what it stands for."""
    text = value if isinstance(value, str) else str(value)
    if encoded:
        try:
            return len(binascii.a2b_base64(text))
        except (binascii.Error, ValueError):  # not base64 after all
            return len(text.encode())
    return len(text.encode())


def _mask(size: int) -> str:
    return f"<masked, {size} byte{'' if size == 1 else 's'}>"
