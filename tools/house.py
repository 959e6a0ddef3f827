"""The rules of the house that no other check knows: ``python -m tools.house``.

- which files may import which packages from outside (import-linter, which guards the layers among themselves,
sees
  an outside package only as a whole: it cannot tell QtCore from QtWidgets);
- how long a file and how large a class may get;
- that the pinned requirements name no server.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.interpreters import ROOT, supported

CHECKED = ("kdesk", "tests", "tools", "benchmarks")
UI_LINES = 400
LINES = 450
METHODS = 30
OLDEST = supported()[0]


@dataclass(frozen=True)
class Gate:
    """Only modules whose dotted names begin with one of ``allowed`` may import ``package`` or anything below
    it.

    A package below another may have a gate of its own: the most exact one counts.
    """

    package: str
    allowed: tuple[str, ...]


GATES = (
    Gate("PySide6", ("kdesk.ui", "kdesk.app")),
    Gate("PySide6.QtCore", ("kdesk.viewmodel", "kdesk.ui", "kdesk.app")),
    Gate("shiboken6", ("kdesk.ui", "kdesk.app")),
    Gate("qasync", ("kdesk.app",)),
    Gate("kubernetes", ("kdesk.kube.api.typed",)),
    Gate("urllib3", ("kdesk.kube.wire.dial",)),
    Gate("aiohttp", ("kdesk.demo",)),
    Gate("numpy", ("kdesk.viewmodel.events",)),
    Gate("pyqtgraph", ("kdesk.ui.events.rate_strip",)),
)


def check_imports(module: str, tree: ast.AST) -> Iterator[str]:
    """What ``module`` (dotted) imports through a gate that is closed to it, one sentence each."""
    for line, name in imported(module, tree):
        gate = gate_of(name)
        if gate is not None and not any(_begins(module, allowed) for allowed in gate.allowed):
            yield f"line {line} imports {name}; only {' and '.join(gate.allowed)} may"


def gate_of(name: str) -> Gate | None:
    """The most exact gate for a dotted name."""
    fitting = [gate for gate in GATES if name == gate.package or name.startswith(gate.package + ".")]
    return max(fitting, key=lambda gate: len(gate.package), default=None)


def imported(module: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every import: at the top, late, for typing only, or by a literal name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _is_import_call(node.func) and node.args:
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield node.lineno, name.value


def check_sizes(path: Path, source: str, tree: ast.AST) -> Iterator[str]:
    """What in a file is too large, one sentence each."""
    limit = UI_LINES if path.parts[:2] == ("kdesk", "ui") else LINES
    lines = len(source.splitlines())
    if lines >= limit:
        yield f"{lines} lines; it is to stay below {limit}"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            methods = sum(isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) for child in node.body)
            if methods >= METHODS:
                yield f"class {node.name} has {methods} methods; it is to stay below {METHODS}"


def check_requirements(text: str) -> Iterator[str]:
    """Lines of a requirement file that name a server or leave a package without a hash."""
    for number, line in enumerate(text.splitlines(), 1):
        if "://" in line or line.lstrip().startswith(("-i ", "--index", "--extra-index", "--find-links")):
            yield f"line {number} names a server"
        if "==" in line and not line.rstrip().endswith("\\"):
            yield f"line {number} has no hash"


def check_file(path: Path, source: str) -> Iterator[str]:
    """All of the above for one Python file; ``path`` is relative to the root."""
    try:
        tree = ast.parse(source, feature_version=OLDEST)
    except SyntaxError as error:
        yield f"line {error.lineno} is not Python {OLDEST[0]}.{OLDEST[1]}: {error.msg}"
        return
    yield from check_sizes(path, source, tree)
    if path.parts[0] == "kdesk":
        yield from check_imports(module_name(path), tree)


def faults(root: Path = ROOT) -> Iterator[str]:
    """Every broken rule under ``root``, as ``path: what``."""
    for folder in CHECKED:
        for file in sorted((root / folder).rglob("*.py")):
            path = file.relative_to(root)
            yield from (f"{path}: {fault}" for fault in check_file(path, file.read_text(encoding="utf-8")))
    for file in sorted((root / "requirements").glob("*.txt")):
        yield from (f"{file.relative_to(root)}: {fault}" for fault in check_requirements(file.read_text()))


def module_name(path: Path) -> str:
    """The dotted name, with ``__init__`` kept: so relative imports resolve alike everywhere."""
    return ".".join(path.with_suffix("").parts)


def _absolute(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = module.split(".")[: -node.level]
    return ".".join([*package, node.module] if node.module else package)


def _is_import_call(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("import_module", "__import__")


def _begins(module: str, allowed: str) -> bool:
    """``kdesk.kube.wire.dial`` opens for itself, what is below it, and ``kdesk.kube.dial_*``."""
    return module == allowed or module.startswith((f"{allowed}.", f"{allowed}_"))


def main() -> int:
    """0 when every rule holds, else 1 with the broken ones on standard error."""
    broken = list(faults())
    for fault in broken:
        print(fault, file=sys.stderr)
    if not broken:
        print(f"House rules hold: {len(GATES)} import gates, file and class sizes, pinned requirements.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
