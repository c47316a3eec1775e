"""Estimators of one's own, in the manner of scikit-learn, for the signal that fits them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd


class Calm:
    """The calmest asset at `full`, the others in proportion: nothing here depends on the order of the assets."""

    def __init__(self, full: float = 1.0) -> None:
        self.full = full

    def fit(self, X: pd.DataFrame) -> Calm:
        """Volatilities, column by column."""
        warnings.warn("theirs", UserWarning, stacklevel=1)
        calm = np.array([1.0 / X[name].to_numpy().std(ddof=1) for name in X.columns])
        self.weights_ = self.full * calm / calm.max()
        return self


class Stubborn:
    """Fits only where the last return of the first asset is above 0; then leaves whatever it was told to."""

    def __init__(self, leaves: Any = None) -> None:
        self.leaves = leaves

    def fit(self, X: pd.DataFrame) -> Stubborn:
        """Or not."""
        if X.iloc[-1, 0] <= 0.0:
            raise RuntimeError("no optimum\nwas found")
        self.weights_ = np.full(X.shape[1], 1.0 / X.shape[1]) if self.leaves is None else np.array(self.leaves)
        return self


class Named:
    """The weights that it was told, by name of the column; `inner` another estimator, `kind` a member of an enumeration."""

    def __init__(self, weights: dict[str, float], inner: Any = None, kind: Any = None) -> None:
        self.weights, self.inner, self.kind = weights, inner, kind

    def fit(self, X: pd.DataFrame) -> Named:
        """What it was told, times what the inner one makes of it."""
        factor = 1.0 if self.inner is None else self.inner.full
        self.weights_ = np.array([factor * self.weights[name] for name in X.columns])
        return self


nothing = 7
