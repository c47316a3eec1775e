"""The packages of the extras `sweep`, `dask`, `ray` and `objects`, imported where they are used."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

from trimtab.core.errors import UsageError


@cache
def package(name: str, extra: str = "sweep") -> ModuleType:
    """The module of that name. Raises UsageError, with the command that brings it, where it is missing."""
    try:
        return import_module(name)
    except ImportError as error:
        top = name.partition(".")[0]
        what = f"spreading work over workers needs {top}"
        raise UsageError(what, remedy=f"Run: pip install 'trimtab[{extra}]'.") from error
