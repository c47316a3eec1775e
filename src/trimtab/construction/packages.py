"""The packages of the extras `solver` and `terms`, imported where they are used; one clear line where one is missing."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

from trimtab.core.errors import UsageError


@cache
def package(name: str, extra: str = "solver") -> ModuleType:
    """The module of that name. Raises UsageError, with the command that brings it, where it is missing."""
    try:
        return import_module(name)
    except ImportError as error:
        top = name.partition(".")[0]
        what = f"this portfolio is the answer of a convex programme, which needs {top}"
        raise UsageError(what, remedy=f"Run: pip install 'trimtab[{extra}]'.") from error
