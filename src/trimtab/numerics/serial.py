"""What one period tells of the next: autocorrelation, and the Sharpe ratio a year that allows for it (Lo 2002)."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.numerics.ratios import sharpe
from trimtab.numerics.returns import divisor, over, unknown


def autocorrelation(returns: Array, *, lag: int = 1) -> Array:
    """Correlation with the return `lag` periods before, sums over T - lag pairs and T squares, shape (...).

    NaN where returns do not vary or are no more than `lag`. Raises ParameterError for a `lag` below 1.
    """
    if lag < 1:
        raise ParameterError(f"lag is {lag}", field="lag", remedy="Give 1 or more periods.")
    if returns.shape[-1] <= max(lag, 1):
        return unknown(returns)
    away = returns - returns.mean(-1, keepdims=True)
    steady = np.where(divisor(returns) > 0.0, (away**2).sum(-1), np.nan)
    return over((away[..., lag:] * away[..., :-lag]).sum(-1), steady)


def lo_sharpe(returns: Array, per_year: int, *, rf: Array | float = 0.0) -> Array:
    """Sharpe ratio a period times per_year / sqrt(per_year + 2 sum (per_year - k) rho(k)), k = 1 .. per_year - 1 (Lo 2002).

    Shape (...). Equal to the Sharpe ratio a year without autocorrelation; NaN for T up to `per_year`.
    """
    excess = returns - np.asarray(rf)
    if excess.shape[-1] <= max(per_year, 1):
        return unknown(excess)
    rho = [autocorrelation(excess, lag=lag) * (per_year - lag) for lag in range(1, per_year)]
    variance = per_year + 2.0 * np.sum(rho, axis=0) if rho else np.full(excess.shape[:-1], 1.0)
    return over(sharpe(excess, 1.0) * per_year, np.sqrt(np.maximum(variance, 0.0)))
