"""One kubeconfig file: its bytes, its YAML as kubectl reads it, and its named entries.

kubectl decodes with goyaml, PyYAML differs in what a bare word is: here ``2024-01-01`` and ``12:30`` are text
too, only the first document counts, and UTF-16 is read. A file that kubectl refuses whole (a name twice, a
wrong kind, a list where an object belongs) has a ``fault``; its entries are kept so that its contexts can be
listed with that reason.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from kdesk.kube.errors import KubeconfigError

MAX_BYTES = 16 << 20
_MAX_DEPTH = 100  # libyaml's composer recurses on the C stack: a file of brackets would end the process
_MAX_NODES = 2_000_000  # with aliases expanded
_BOMS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One named cluster, user or context; ``value`` stands under ``cluster:``, ``user:`` or ``context:``."""

    name: str
    value: Mapping[str, object] = field(repr=False)
    file: KubeFile = field(repr=False)

    @property
    def folder(self) -> str:
        """Relative paths of the entry start here."""
        return os.path.dirname(self.file.path)


@dataclass(slots=True)
class KubeFile:
    """What one file holds, by name. ``fault``: a sentence when it is unusable; ``missing``: no such file."""

    path: str
    clusters: dict[str, Entry] = field(default_factory=dict)
    users: dict[str, Entry] = field(default_factory=dict)
    contexts: dict[str, Entry] = field(default_factory=dict)
    current: str = ""
    fault: str | None = None
    missing: bool = False


def read_file(path: Path) -> KubeFile:
    """Read one kubeconfig (absolute path). Never raises for what it is or holds: see ``KubeFile.fault``."""
    file = KubeFile(os.fspath(path))
    try:
        text = decode(_read(path), file.path)
        document = parse(text, file.path)
        _fill(file, document, text)
    except FileNotFoundError:
        file.missing = True
    except KubeconfigError as error:
        file.fault = str(error)
    except OSError as error:
        file.fault = f"{path} cannot be read: {error.strerror or error}."
    return file


def _read(path: Path) -> bytes:
    with path.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise KubeconfigError(f"{path} is larger than {MAX_BYTES >> 20} MiB, which no kubeconfig is.")
    return data


def decode(data: bytes, path: str) -> str:
    """The text of a file in UTF-8, or in UTF-16 or UTF-32 with a byte order mark (as Windows writes it)."""
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise KubeconfigError(f"{path}, line {line}: this is not {encoding.upper()} text.") from None


def parse(text: str, path: str) -> Mapping[str, object]:
    """The first YAML document as a mapping; empty when there is none."""
    try:
        _check_size(text, path)
        loader = _LOADER(text)
        try:
            document = loader.get_data() if loader.check_data() else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise KubeconfigError(_yaml_problem(error, text, path)) from None
    except yaml.YAMLError as error:
        problem = getattr(error, "reason", "") or "it is not YAML"
        raise KubeconfigError(f"{path} is not YAML: {problem}.") from None
    except (ValueError, OverflowError, RecursionError, TypeError) as error:
        # What no kubeconfig holds and a constructor refuses: an integer of 5,000 digits, say.
        reason = type(error).__name__
        raise KubeconfigError(f"{path} is not a kubeconfig: {reason} while reading its YAML.") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise KubeconfigError(f"{path} is not a kubeconfig: it holds {kind_of(document)}, not an object.")
    return document


def _check_size(text: str, path: str) -> None:
    """Refuse nesting and aliases that would take the process down, in one pass that builds nothing."""
    open_nodes: list[tuple[str | None, int]] = []
    anchors: dict[str, int] = {}
    total = 0
    for event in yaml.parse(text, Loader=_LOADER):
        size = 1
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event.anchor, total))
            if len(open_nodes) > _MAX_DEPTH:
                raise KubeconfigError(f"{path} is nested deeper than {_MAX_DEPTH} levels; no kubeconfig is.")
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor:
                anchors[anchor] = total - before
        elif isinstance(event, yaml.AliasEvent):
            size = anchors.get(event.anchor or "", 1)
        elif isinstance(event, yaml.DocumentEndEvent):
            return
        total += size
        if total > _MAX_NODES:
            raise KubeconfigError(f"{path} expands to more than {_MAX_NODES:,} values; no kubeconfig does.")


def _yaml_problem(error: yaml.MarkedYAMLError, text: str, path: str) -> str:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return f"{path} is not YAML: {error.problem}."
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return f"{path}, line {mark.line + 1}: a tab is not allowed here; YAML is indented with spaces."
    return f"{path}, line {mark.line + 1}: not YAML: {error.problem or error.context}."


def _fill(file: KubeFile, document: Mapping[str, object], text: str) -> None:
    faults = [_header_fault(file.path, document)]
    for section in ("clusters", "users", "contexts"):
        faults.append(_fill_section(file, section, document.get(section), text))
    current = document.get("current-context")
    if current is not None and not isinstance(current, str):
        faults.append(f'{file.path}: "current-context" must be text, not {kind_of(current)}.')
    else:
        file.current = current or ""
    file.fault = next((fault for fault in faults if fault), None)


def _header_fault(path: str, document: Mapping[str, object]) -> str | None:
    kind, version = document.get("kind"), document.get("apiVersion")
    if kind in (None, "", "Config") and version in (None, "", "v1"):
        return None
    found = " in ".join(str(value)[:40] for value in (kind or "Config", version or "v1"))
    return f"{path} is not a kubeconfig: it holds {found}, not Config in v1."


def _fill_section(file: KubeFile, section: str, items: object, text: str) -> str | None:
    """Read the entries of one list; the first reason for kubectl to refuse the file, or None."""
    inner = section.removesuffix("s")
    into: dict[str, Entry] = getattr(file, section)
    if items is None:
        return None
    if not isinstance(items, list):
        return f'{file.path}: "{section}" must be a list, not {kind_of(items)}.'
    fault = None
    for index, item in enumerate(items):
        problem = _entry_fault(item, inner, into)
        if problem and not fault:
            fault = f"{file.path}, line {_line_of(text, section, index)}: {problem}."
        fields = item if isinstance(item, dict) else {}
        name, value = fields.get("name"), fields.get(inner)
        shown = name if isinstance(name, str) else "" if name is None else str(name)[:80]
        into.setdefault(shown, Entry(shown, value if isinstance(value, dict) else {}, file))
    return fault


def _entry_fault(item: object, inner: str, known: Mapping[str, Entry]) -> str | None:
    if item is None:
        item = {}
    if not isinstance(item, dict):
        return f"a {inner} must be an object, not {kind_of(item)}"
    name, value = item.get("name"), item.get(inner)
    if name is not None and not isinstance(name, str):
        return f"the name of a {inner} must be text, not {kind_of(name)}: put it in quotes"
    if value is not None and not isinstance(value, dict):
        return f'{inner} "{name or ""}" must be an object, not {kind_of(value)}'
    if (name or "") in known:
        return f'the {inner} "{name or ""}" is defined twice in this file'
    return None


def _line_of(text: str, section: str, index: int) -> int:
    """The line (from 1) where an entry begins. Composes the file again: for error messages only."""
    loader = _LOADER(text)
    try:
        loader.check_node()
        root = loader.get_node()
    finally:
        loader.dispose()
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value == section and isinstance(value, yaml.SequenceNode) and index < len(value.value):
            return int(value.value[index].start_mark.line) + 1
    return 1


def kind_of(value: object) -> str:
    """A value's kind in words, for "must be text, not ..."."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    return "nothing" if value is None else f"a {type(value).__name__}"


def _resolvers() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """PyYAML's rules for bare words, less those that goyaml lacks: dates, ``=``, numbers to base 60."""
    numbers = {
        "tag:yaml.org,2002:int": re.compile(
            r"^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?0x[0-9a-fA-F_]+|[-+]?(?:0|[1-9][0-9_]*))$"
        ),
        "tag:yaml.org,2002:float": re.compile(
            r"^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
        ),
    }
    dropped = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value")
    return {
        first: [(tag, numbers.get(tag, pattern)) for tag, pattern in rules if tag not in dropped]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


# The C parser where PyYAML was built with it: 200 contexts take 20 ms instead of 300.
_LOADER: Any = type(
    "KubeconfigLoader",
    (getattr(yaml, "CSafeLoader", yaml.SafeLoader),),
    {"yaml_implicit_resolvers": _resolvers()},
)
