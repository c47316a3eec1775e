"""Packages of the extras, imported where they are used: one clear line where one is missing."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from trimtab.core.errors import UsageError


def package(name: str, extra: str, what: str) -> ModuleType:
    """The module of that name. Raises UsageError, with the command that brings it: `what` needs the package."""
    try:
        return import_module(name)
    except ImportError as error:
        remedy = f"Run: pip install 'trimtab[{extra}]'."
        raise UsageError(f"{what} needs {name.partition('.')[0]}", remedy=remedy) from error
