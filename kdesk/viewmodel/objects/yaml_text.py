"""An object as YAML for people: the order of kubectl, readable blocks, secret values masked.

All of it is plain functions on values, so that large objects can be written in a background thread.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import yaml

from kdesk.kube.diff.masking import digested, masked
from kdesk.kube.errors import KubeError
from kdesk.kube.gvk import GVK, restore

_FIRST = ("apiVersion", "kind", "metadata")
_LAST = ("status",)
# The order of the fields of ObjectMeta in the API's own types.
_METADATA = (
    "name", "generateName", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp",
    "deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences",
    "finalizers",
)  # fmt: skip
#: A longer line is cut for the screen: the text engine needs seconds to lay out a line of a megabyte.
LONGEST_LINE = 4_000
_DIFF_LIMIT = 4_000  # lines; a thorough comparison takes quadratic time
_NEAR = 100

_BLOCK = re.compile(r"[|>][0-9]?[+-]?$")
_KEY = re.compile(r"""(?P<key>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#'"\[\]{}][^#]*?):(?: |$)""")


class Hunk(NamedTuple):
    """Lines ``old_start..old_end`` (end exclusive) of the text before became ``new_start..new_end``."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One object's YAML. ``text`` is whole; ``lines`` are as shown (very long ones cut).

    ``verbatim``: one byte per line, 1 where it is the inside of a block of text, not YAML of its own.
    ``changes``: what differs from the document shown before, or None when there is none to compare with.
    ``marks``: what differs from the object's state before this one, whose lines are ``before``.
    ``error``: a sentence instead of a text.
    """

    text: str = ""
    lines: tuple[str, ...] = ()
    verbatim: bytes = b""
    changes: tuple[Hunk, ...] | None = None
    marks: tuple[Hunk, ...] = ()
    before: tuple[str, ...] = ()
    error: str = ""


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def to_yaml(obj: Mapping[str, Any]) -> str:
    """The YAML of an object that carries kind and apiVersion, secret values masked."""
    return _dump(masked(obj))


def _dump(obj: Mapping[str, Any]) -> str:
    text: str = yaml.dump(
        ordered(obj),
        Dumper=_Dumper,
        sort_keys=False,
        default_flow_style=False,
        allow_unicode=True,
        width=-1,
    )
    return text


def ordered(obj: Mapping[str, Any]) -> dict[str, Any]:
    """apiVersion, kind and metadata first, status last; the rest as the server sent it; no managedFields."""
    result = {key: obj[key] for key in _FIRST if key in obj}
    metadata = result.get("metadata")
    if isinstance(metadata, Mapping):
        known = {key: metadata[key] for key in _METADATA if key in metadata}
        rest = {key: value for key, value in metadata.items() if key not in known and key != "managedFields"}
        result["metadata"] = known | rest
    result |= {key: value for key, value in obj.items() if key not in _FIRST and key not in _LAST}
    return result | {key: obj[key] for key in _LAST if key in obj}


def restored(raw: bytes, gvk: GVK, *, digests: bool = False) -> dict[str, Any]:
    """The object of ``raw`` (JSON) with its true apiVersion and kind, secret values masked (with ``digests`` beside).

    Raises KubeError with a sentence when it is no object or its kind cannot be told.
    """
    try:
        obj = msgspec.json.decode(raw, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise KubeError(f"the {gvk.kind} came without a readable object") from error
    return digested(restore(obj, gvk)) if digests else masked(restore(obj, gvk))


def make_document(raw: bytes, gvk: GVK, previous: Document | None = None, *, before: bytes = b"") -> Document:
    """The document of an object as JSON; what cannot be read becomes its ``error``.

    ``previous`` is what is shown, to be changed in place; ``before`` the object's state before, for ``marks``.
    """
    try:
        obj = restored(raw, gvk, digests=bool(before))
        text = _dump(obj)
        old = _lines(_dump(_as_new(restored(before, gvk, digests=True), obj))) if before else ()
    except KubeError as error:
        return Document(error=str(error))
    lines = _lines(text)
    shown = tuple(_cut(line) for line in lines)
    changes = None if previous is None or previous.error else tuple(difference(previous.lines, shown))
    marks = tuple(difference(old, lines)) if before else ()
    return Document(text, shown, verbatim_lines(lines), changes, marks, tuple(_cut(line) for line in old))


def make_event(kind: str, raw: bytes, gvk: GVK) -> Document:
    """A watch event as its JSON, indented: ``kind`` is its type. Secret values are masked, managedFields not kept."""
    try:
        event = {"type": kind, "object": restored(raw, gvk)}
    except KubeError as error:
        return Document(error=str(error))
    text = msgspec.json.format(msgspec.json.encode(event), indent=2).decode() + "\n"
    lines = _lines(text)
    return Document(text, tuple(_cut(line) for line in lines), b"\1" * len(lines))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.removesuffix("\n").split("\n"))


def _as_new(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The old object with the new one's resourceVersion: that it is another one is no news."""
    metadata, version = old.get("metadata"), (new.get("metadata") or {}).get("resourceVersion")
    if not isinstance(metadata, Mapping) or version is None:
        return old
    return {**old, "metadata": {**metadata, "resourceVersion": version}}


def _cut(line: str) -> str:
    if len(line) <= LONGEST_LINE:
        return line
    return f"{line[:LONGEST_LINE]} … {len(line) - LONGEST_LINE:,} more characters"


def verbatim_lines(lines: Sequence[str]) -> bytes:
    """One byte per line: 1 inside a block of text (after ``key: |``), else 0."""
    flags = bytearray(len(lines))
    block = -1  # the indent of the line that opened the block
    for number, line in enumerate(lines):
        stripped = line.lstrip(" ")
        indent = len(line) - len(stripped)
        if block >= 0 and (not stripped or indent > block):
            flags[number] = 1
            continue
        block = -1
        if stripped and stripped[-1] in "|>+-0123456789" and _BLOCK.search(stripped.rsplit(" ", 1)[-1]):
            # "- |" opens a block below the dash, "- key: |" one below the key
            while stripped.startswith("- ") and not stripped.startswith("- |"):
                stripped = stripped[2:]
                indent += 2
            block = indent
    return bytes(flags)


def difference(old: Sequence[str], new: Sequence[str], *, limit: int = _DIFF_LIMIT) -> list[Hunk]:
    """What changed, line by line, in order; beyond ``limit`` lines in linear time, and then not the least there is."""
    head = 0
    shorter = min(len(old), len(new))
    while head < shorter and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < shorter - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    if not old and not new:
        return []
    if max(len(old), len(new)) > limit:
        hunks = _near_differences(old, new)
    else:
        matcher = difflib.SequenceMatcher(None, old, new)
        hunks = [Hunk(*places) for tag, *places in matcher.get_opcodes() if tag != "equal"]
    return [Hunk(*(place + head for place in hunk)) for hunk in hunks]


def _near_differences(old: Sequence[str], new: Sequence[str]) -> list[Hunk]:
    """Differences after each of which the texts soon agree again; from the first that does not, all the rest."""
    hunks: list[Hunk] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if old[i] == new[j]:
            i, j = i + 1, j + 1
            continue
        skip = _agree_again(old[i : i + _NEAR], new[j : j + _NEAR])
        if skip is None:
            break
        hunks.append(Hunk(i, i + skip[0], j, j + skip[1]))
        i, j = i + skip[0], j + skip[1]
    if i < len(old) or j < len(new):
        hunks.append(Hunk(i, len(old), j, len(new)))
    return hunks


def _agree_again(old: Sequence[str], new: Sequence[str]) -> tuple[int, int] | None:
    """The fewest lines to skip of both so that the next three are the same."""
    for skipped in range(1, len(old) + len(new)):
        for x in range(max(0, skipped - len(new) + 1), min(skipped, len(old) - 1) + 1):
            y = skipped - x
            if old[x] == new[y] and old[x : x + 3] == new[y : y + 3]:
                return x, y
    return None


def path_at(lines: Sequence[str], verbatim: bytes, number: int) -> str:
    """The JSONPath of a line, as kubectl's ``-o jsonpath`` takes it: ``.spec.containers[0].image``."""
    steps: list[tuple[int, str | int]] = []  # (column, key or index) from the root to the line
    for line, inside in zip(lines[: number + 1], verbatim, strict=False):
        if inside:
            continue
        rest = line.lstrip(" ")
        column = len(line) - len(rest)
        while rest.startswith("- "):
            while steps and steps[-1][0] > column:
                steps.pop()
            last = steps[-1] if steps else (-1, "")
            if last[0] == column and isinstance(last[1], int):
                steps[-1] = (column, last[1] + 1)
            else:  # the first item; it stands at the column of its key
                steps.append((column, 0))
            rest = rest[2:]
            column += 2
        if match := _KEY.match(rest):
            while steps and steps[-1][0] >= column:
                steps.pop()
            steps.append((column, match["key"]))
    return "".join(f"[{step}]" if isinstance(step, int) else _step(step) for _, step in steps)


def _step(key: str) -> str:
    if key[0] in "\"'":
        key = key[1:-1]
    return "." + key.replace(".", "\\.")
