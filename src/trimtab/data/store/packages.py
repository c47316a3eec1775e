"""The packages of the extra `store`, imported where they are used; one clear line where one is missing."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from trimtab.core.errors import UsageError

NEEDED = ("pyarrow", "duckdb", "filelock")


def package(name: str) -> ModuleType:
    """The module of that name. Raises UsageError, with the command that brings it, where it is missing."""
    try:
        return import_module(name)
    except ImportError as error:
        top = name.partition(".")[0]
        raise UsageError(f"the market store needs {top}", remedy="Run: pip install 'trimtab[store]'.") from error
