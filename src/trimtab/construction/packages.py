"""The packages of the extras `solver` and `terms`."""

from __future__ import annotations

from functools import cache
from types import ModuleType

from trimtab.core import packages


@cache
def package(name: str, extra: str = "solver") -> ModuleType:
    """The module of that name. Raises UsageError where it is missing."""
    return packages.package(name, extra, "this portfolio is the answer of a convex programme, which")
