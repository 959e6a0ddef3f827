"""Secret values never reach a widget, a file or the clipboard: they are replaced in the object itself.

Masked are the values of a Secret (``data``, ``stringData``) and those of its annotations that hold a copy of
them, as ``kubectl apply`` leaves one behind. Keys and sizes stay readable: they are what one looks for.
Where two states are compared there is a digest besides. It is keyed with what only this run of the program knows:
nobody can try passwords against it.
"""

from __future__ import annotations

import binascii
import functools
import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

SECRET = "Secret"
#: The fields of a Secret that hold its values.
VALUES = ("data", "stringData")
# Tools that apply objects keep the whole object, values and all, in an annotation.
_COPIES = frozenset(["kubectl.kubernetes.io/last-applied-configuration", "objectset.rio.cattle.io/applied"])


_KEY = secrets.token_bytes(16)
#: What stands in a value's place already, in an object that was kept: it is not masked once more.
_DIGESTED = re.compile(r"(<masked, \d+ bytes?), digest (?:[0-9a-f]+|not comparable)>")
#: Turns a value (base64 when told so) into what stands in its place.
_Mark = Callable[..., str]


def masked(obj: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the object with secret values as ``<masked, 24 bytes>``. Never raises."""
    return _masked(obj, _sized)


def digested(obj: Mapping[str, Any], key: bytes = _KEY) -> dict[str, Any]:
    """The same as ``<masked, 24 bytes, digest 1f0c9a3b>``: another value is another text. Never raises.

    ``key``: instead of this run's own, for what is compared with objects of another run.
    """
    return _masked(obj, functools.partial(_told_apart, key=key))


def incomparable(obj: Mapping[str, Any]) -> dict[str, Any]:
    """The same without what tells values apart, for an object that is compared with one under another key."""
    return _masked(obj, _not_told_apart)


def secret_text(raw: bytes, mask: Callable[[Mapping[str, Any]], dict[str, Any]] = digested) -> bytes:
    """The JSON of a Secret, masked, whatever kind it says it is (or does not say). Raises MsgspecError."""
    return msgspec.json.encode(mask({**msgspec.json.decode(raw), "kind": SECRET}))


def digest(value: Any, key: bytes = _KEY) -> str:
    """Eight characters that tell values apart, by default in this run of the program alone."""
    return hashlib.blake2b(str(value).encode(errors="replace"), digest_size=4, key=key).hexdigest()


def _masked(obj: Mapping[str, Any], mark: _Mark) -> dict[str, Any]:
    result = dict(obj)
    if result.get("kind") != SECRET:
        return result
    for field in VALUES:
        if field in result:
            result[field] = _mask_values(result[field], mark, encoded=field == "data")
    metadata = result.get("metadata")
    if isinstance(metadata, Mapping) and metadata.get("annotations") is not None:
        result["metadata"] = {**metadata, "annotations": _mask_copies(metadata["annotations"], mark)}
    return result


def _mask_values(values: Any, mark: _Mark, *, encoded: bool) -> Any:
    if values is None:
        return None
    if not isinstance(values, Mapping):  # malformed: rather nothing than a value
        return mark(values)
    return {key: mark(value, encoded=encoded) for key, value in values.items()}


def _mask_copies(annotations: Any, mark: _Mark) -> Any:
    if not isinstance(annotations, Mapping):
        return mark(annotations)
    return {
        key: mark(value) if key in _COPIES or _holds_values(value) else value
        for key, value in annotations.items()
    }


def _holds_values(value: Any) -> bool:
    return isinstance(value, str) and any(f'"{field}"' in value for field in VALUES)


def _size(value: Any, *, encoded: bool) -> int:
    """Bytes of the value itself; of base64, of what it stands for."""
    text = value if isinstance(value, str) else str(value)
    if encoded:
        try:
            return len(binascii.a2b_base64(text))
        except (binascii.Error, ValueError):  # not base64 after all
            return len(text.encode())
    return len(text.encode())


def _sized(value: Any, *, encoded: bool = False) -> str:
    if isinstance(value, str) and (kept := _DIGESTED.fullmatch(value)):
        return f"{kept[1]}>"
    size = _size(value, encoded=encoded)
    return f"<masked, {size} byte{'' if size == 1 else 's'}>"


def _not_told_apart(value: Any, *, encoded: bool = False) -> str:
    return f"{_sized(value, encoded=encoded)[:-1]}, digest not comparable>"


def _told_apart(value: Any, *, encoded: bool = False, key: bytes) -> str:
    if isinstance(value, str) and _DIGESTED.fullmatch(value):
        return value
    return f"{_sized(value, encoded=encoded)[:-1]}, digest {digest(value, key)}>"
