"""Where the programs of a real control plane are: found, or built once per machine.

Each program is taken from the folder that ``KUBEBUILDER_ASSETS`` names, if it is there (envtest's folder has
etcd, kube-apiserver and kubectl). The others are built by Go, from the modules in ``controlplane/`` and
``kwok/``, into a folder of the user's cache named after what those modules say: a second run builds nothing.

``python -m tests.cluster.programs`` builds what is missing and prints that folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from tests.support.isolation import CLUSTER_PROGRAMS

if sys.platform != "win32":
    import fcntl

HERE = Path(__file__).parent


@dataclass(frozen=True)
class _Source:
    """What a program is built from: the folder of the Go module that pins it, and its package."""

    module: str
    package: str


_SOURCES = {
    "etcd": _Source("controlplane", "go.etcd.io/etcd/server/v3"),
    "kube-apiserver": _Source("controlplane", "k8s.io/kubernetes/cmd/kube-apiserver"),
    "kubectl": _Source("controlplane", "k8s.io/kubernetes/cmd/kubectl"),
    "kube-controller-manager": _Source("controlplane", "k8s.io/kubernetes/cmd/kube-controller-manager"),
    "kube-scheduler": _Source("controlplane", "k8s.io/kubernetes/cmd/kube-scheduler"),
    "kwok": _Source("kwok", "sigs.k8s.io/kwok/cmd/kwok"),
}
NAMES = tuple(_SOURCES)


class ProgramsMissing(RuntimeError):
    """A program is not on this machine and could not be built; the message says what would help."""


def locate(*names: str) -> dict[str, Path]:
    """Return the path of each named program (without names, of all `NAMES`), building those that are missing.

    A first build of everything takes about ten minutes on two cores and says so on standard error.
    Raises `ProgramsMissing` when one is missing and cannot be built.
    """
    found: dict[str, Path] = {}
    missing: list[str] = []
    for name in names or NAMES:
        if (path := _installed(name)) is not None:
            found[name] = path
        else:
            missing.append(name)
    if missing:
        with _one_builder():
            found |= {name: _built(name) for name in missing}
    return found


def cache_folder() -> Path:
    """Return the folder for built programs, named after a hash of go.mod and go.sum. It may not exist."""
    digest = hashlib.sha256()
    for path in sorted(HERE.glob("*/go.*")):
        digest.update(path.relative_to(HERE).as_posix().encode() + b"\0" + path.read_bytes())
    # A test run has a home of its own, and is told here where the person's cache is.
    named = os.environ.get(CLUSTER_PROGRAMS)
    root = Path(named) if named else platformdirs.user_cache_path("kdesk-test-programs", appauthor=False)
    return root / digest.hexdigest()[:16]


def kubernetes_version() -> str:
    """Return the version of Kubernetes that is built, such as ``v1.37.2``. Raises `ProgramsMissing`."""
    text = (HERE / "controlplane" / "go.mod").read_text()
    if (match := re.search(r"^\s*(?:require )?k8s\.io/kubernetes (v\S+)", text, re.MULTILINE)) is None:
        raise ProgramsMissing("tests/cluster/controlplane/go.mod does not require k8s.io/kubernetes.")
    return match[1]


def _installed(name: str) -> Path | None:
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    folders = [Path(assets)] if assets else []
    folders.append(cache_folder())
    return next((folder / name for folder in folders if os.access(folder / name, os.X_OK)), None)


@contextlib.contextmanager
def _one_builder() -> Iterator[None]:
    """Hold the lock of the cache folder, so that two test runs do not build the same program side by side."""
    if sys.platform == "win32":
        raise ProgramsMissing("A Kubernetes control plane runs on Linux and macOS only.")
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Waiting for another run that is building the programs of the control plane.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _built(name: str) -> Path:
    """Build one program, whole or not at all, and return its path. The lock is held by the caller."""
    if (path := _installed(name)) is not None:
        return path  # the run that held the lock before this one built it
    source = _SOURCES[name]
    go = _go(name, HERE / source.module)
    target = cache_folder() / name
    _say(f"Building {name} (once per machine, minutes for the large ones) ...")
    version = kubernetes_version()
    major, minor = version.removeprefix("v").split(".")[:2]
    package = "k8s.io/component-base/version"
    flags = (
        f"-s -w -X {package}.gitVersion={version} -X {package}.gitMajor={major} -X {package}.gitMinor={minor}"
    )
    half = target.with_suffix(".part")
    command = [
        go,
        "build",
        "-trimpath",
        "-buildvcs=false",
        "-ldflags",
        flags,
        "-o",
        str(half),
        source.package,
    ]
    try:
        _run(command, HERE / source.module, f"Building {name} failed")
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
    return target


def _go(wanted_by: str, module: Path) -> str:
    """Return the path of a Go that can build the module."""
    version = re.search(r"^go (\S+)", (module / "go.mod").read_text(), re.MULTILINE)
    needed = f"Go {version[1] if version else 'toolchain'} or newer"
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    where = f"neither in KUBEBUILDER_ASSETS ({assets}) nor in the cache" if assets else "not in the cache"
    explained = f"{wanted_by} is {where}, and building it takes {needed} on PATH"
    go = shutil.which("go")
    if go is None:
        raise ProgramsMissing(
            f"{explained}. Install Go, or point KUBEBUILDER_ASSETS at a folder with {wanted_by}."
        )
    # Reads go.mod, and so fails at once, and in Go's own words, where this Go is too old for it.
    _run([go, "list", "-m"], module, explained)
    return go


def _run(command: list[str], folder: Path, failure: str) -> None:
    environment = os.environ | {"CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "-mod=readonly"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ProgramsMissing(f"{failure}:\n{done.stderr[-2000:].strip()}")


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def main() -> int:
    """Build what is missing, print the folder of the built programs, and return the exit code."""
    try:
        paths = locate()
    except ProgramsMissing as error:
        _say(str(error))
        return 1
    for name, path in paths.items():
        if path.parent != cache_folder():
            _say(f"{name} comes from KUBEBUILDER_ASSETS: {path}")
    print(cache_folder())
    return 0


if __name__ == "__main__":
    sys.exit(main())
