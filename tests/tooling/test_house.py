"""The house rules: each one fails on a file that breaks it, and the repository keeps them all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import house


def faults_of(path: str, source: str) -> list[str]:
    return list(house.check_file(Path(path), source))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("kdesk/kube/engine/informer.py", "import urllib3\n"),
        ("kdesk/kube/engine/informer.py", "from urllib3.util import Retry\n"),
        ("kdesk/kube/engine/informer.py", "import kubernetes.client as k\n"),
        ("kdesk/kube/wire/dialler.py", "import urllib3\n"),
        ("kdesk/kube/engine/store.py", "from PySide6.QtCore import QObject\n"),
        ("kdesk/kube/engine/store.py", "def late() -> None:\n    import PySide6\n"),
        ("kdesk/kube/engine/store.py", "import importlib\nimportlib.import_module('PySide6.QtCore')\n"),
        ("kdesk/kube/engine/store.py", "import qasync\n"),
        ("kdesk/kube/engine/store.py", "import aiohttp\n"),
        ("kdesk/viewmodel/model.py", "from PySide6.QtWidgets import QWidget\n"),
        ("kdesk/viewmodel/model.py", "from PySide6 import QtGui\n"),
        ("kdesk/viewmodel/model.py", "from PySide6 import QtCore, QtWidgets\n"),
        ("kdesk/viewmodel/model.py", "import PySide6.QtGui\n"),
        ("kdesk/cli/watch.py", "from PySide6.QtCore import QObject\n"),
        ("kdesk/demo/server.py", "import kubernetes\n"),
        ("kdesk/ui/window.py", "import kubernetes\n"),
    ],
)
def test_closed_gates(path: str, source: str) -> None:
    assert len(faults_of(path, source)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("kdesk/kube/api/typed.py", "import kubernetes\n"),
        ("kdesk/kube/wire/dial_proxies.py", "from urllib3.util import Retry\n"),
        ("kdesk/kube/engine/informer.py", "from .typed import kubernetes\n"),
        ("kdesk/viewmodel/model.py", "from PySide6 import QtCore\nfrom PySide6.QtCore import QObject\n"),
        ("kdesk/ui/window.py", "from PySide6.QtWidgets import QWidget\n"),
        ("kdesk/app/main.py", "import qasync\n"),
        ("kdesk/demo/server.py", "from aiohttp import web\n"),
        ("tests/ui/test_window.py", "import PySide6.QtWidgets\n"),
    ],
)
def test_open_gates(path: str, source: str) -> None:
    assert faults_of(path, source) == []


def test_files_are_small() -> None:
    assert faults_of("kdesk/ui/window.py", "x = 1\n" * (house.UI_LINES - 1)) == []
    assert len(faults_of("kdesk/ui/window.py", "x = 1\n" * house.UI_LINES)) == 1
    assert faults_of("kdesk/kube/engine/store.py", "x = 1\n" * house.UI_LINES) == []
    assert len(faults_of("kdesk/kube/engine/store.py", "x = 1\n" * house.LINES)) == 1


def test_classes_are_small() -> None:
    methods = [f"    def m{number}(self): ...\n" for number in range(house.METHODS)]
    assert faults_of("tools/a.py", "class A:\n" + "".join(methods[:-1])) == []
    assert faults_of("tools/a.py", "class A:\n" + "".join(methods)) == [
        f"class A has {house.METHODS} methods; it is to stay below {house.METHODS}"
    ]


def test_newer_syntax() -> None:
    assert len(faults_of("kdesk/kube/engine/store.py", "def first[T](items: list[T]) -> T: ...\n")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "--index-url https://mirror.example\n",
        "--extra-index-url mirror\n",
        "--find-links /wheels\n",
        "a @ https://files.example/a.whl\n",
        "a==1\n",
    ],
)
def test_requirements(text: str) -> None:
    assert len(list(house.check_requirements(text))) == 1
    assert list(house.check_requirements("a==1 ; python_version > '3' \\\n    --hash=sha256:00\n")) == []
