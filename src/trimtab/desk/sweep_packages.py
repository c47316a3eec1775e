"""The packages of the extras `sweep`, `dask`, `ray` and `objects`."""

from __future__ import annotations

from functools import cache
from types import ModuleType

from trimtab.core import packages


@cache
def package(name: str, extra: str = "sweep") -> ModuleType:
    """The module of that name. Raises UsageError where it is missing."""
    return packages.package(name, extra, "spreading work over workers")
