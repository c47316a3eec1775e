"""scikit-learn's shrunk covariances as oracles, kept away from plugins of other packages.

scikit-learn asks narwhals what kind of table it was given, and narwhals imports every plugin that is installed, even one
whose own libraries are missing. An array is no table: no plugin is asked here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from sklearn.covariance import ledoit_wolf, oas
from sklearn.datasets import load_iris

from trimtab.core.arrays import Array


@contextmanager
def no_plugins() -> Iterator[None]:
    """No plugin of narwhals, where it is installed at all."""
    try:
        with patch("narwhals.plugins._discover_entrypoints", return_value=()):
            yield
    except (AttributeError, ModuleNotFoundError):  # another release of narwhals, or none
        yield


def sklearn_ledoit_wolf(rows: Array) -> tuple[Array, float]:
    """Covariance (A, A) of rows (n, A), and its intensity."""
    with no_plugins():
        return ledoit_wolf(rows)  # type: ignore[no-any-return]


def sklearn_oas(rows: Array) -> tuple[Array, float]:
    """Covariance (A, A) of rows (n, A), and its intensity."""
    with no_plugins():
        return oas(rows)  # type: ignore[no-any-return]


def iris() -> Array:
    """The 150 x 4 measurements."""
    return load_iris().data  # type: ignore[no-any-return]
