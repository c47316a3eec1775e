"""Doubles of the libraries of others, with their real exceptions where these can be loaded without the library's own needs.

yfinance and xbbg cannot always be imported where tests run (a database package, Bloomberg's own library): their modules of
exceptions are loaded from the installed files all the same. lseg-data is not installed: a stand-in has its names and shape.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@cache
def folder_of(package: str) -> Path:
    """Where an installed package lies, without importing it. Asked once, before a double takes its place."""
    found = importlib.util.find_spec(package)
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0])


def loaded(name: str, file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def module(name: str, **names: Any) -> ModuleType:
    made = ModuleType(name)
    for key, value in names.items():
        setattr(made, key, value)
    return made


def install(monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
    for each in modules:
        monkeypatch.setitem(sys.modules, each.__name__, each)


def yfinance_exceptions() -> ModuleType:
    """The real classes of the installed yfinance."""
    return loaded("yfinance.exceptions", folder_of("yfinance") / "exceptions.py")


def xbbg_exceptions(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The real module of the installed xbbg, above stand-ins for the classes that its compiled part holds."""
    names = ("BlpSessionError", "BlpTimeoutError", "BlpInternalError", "BlpRequestError", "BlpValidationError")
    root = type("BlpError", (Exception,), {})
    core = module("xbbg._core", BlpError=root, **{name: type(name, (root,), {}) for name in names})
    file = folder_of("xbbg") / "exceptions.py"
    package = module("xbbg", _core=core, __path__=[str(file.parent)])
    install(monkeypatch, package, core)
    made = loaded("xbbg.exceptions", file)
    install(monkeypatch, made)
    return made


class Script:
    """Answers in their order, the last one for ever; an exception among them is raised. `asked` keeps the questions."""

    def __init__(self, *answers: Any) -> None:
        self.answers: Sequence[Any] = answers
        self.asked: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def __call__(self, *args: Any, **named: Any) -> Any:
        answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append((args, named))
        if isinstance(answer, BaseException):
            raise answer
        return answer(*args, **named) if callable(answer) else answer
