"""The kubeconfig that leads to the simulated clusters."""

from __future__ import annotations

import base64
import os
import tempfile
from pathlib import Path

import msgspec
import yaml


class Entry(msgspec.Struct, frozen=True):
    """One cluster: its name (the context's, too), its address and the secret token of its only user."""

    name: str
    server: str
    token: str

    def __repr__(self) -> str:
        return f"Entry({self.name}, {self.server})"


def text(entries: list[Entry], authority: bytes) -> str:
    """A kubeconfig in YAML; the first entry is the current context. `authority`: PEM."""
    data = base64.b64encode(authority).decode()
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": entries[0].name,
        "clusters": [
            {"name": entry.name, "cluster": {"server": entry.server, "certificate-authority-data": data}}
            for entry in entries
        ],
        "users": [{"name": f"{entry.name}-admin", "user": {"token": entry.token}} for entry in entries],
        "contexts": [
            {"name": entry.name, "context": {"cluster": entry.name, "user": f"{entry.name}-admin"}}
            for entry in entries
        ],
    }
    return yaml.safe_dump(document, sort_keys=False)


def write(path: Path, content: str) -> None:
    """Puts the file there whole or not at all, for its owner's eyes only. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
