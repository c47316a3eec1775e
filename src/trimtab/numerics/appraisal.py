"""What a portfolio earned beyond its market risk: Jensen's alpha and the ratios built on it (Bacon 2008, chapter 4).

Returns and benchmark are simple, (..., T); `rf` is a rate per year. Risks have population moments (divided by T) times
sqrt(per_year); returns per year are geometric.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.ratios import beta, sharpe
from trimtab.numerics.returns import cagr, divisor, finite, over, paired, unknown, volatility
from trimtab.numerics.tail import excess_kurtosis, skewness


def jensen_alpha(returns: Array, benchmark: Array, per_year: float, *, rf: float = 0.0) -> Array:
    """Return per year beyond rf + beta * (benchmark - rf), shape (...)."""
    return cagr(returns, per_year) - rf - beta(returns, benchmark) * (cagr(benchmark, per_year) - rf)


def systematic_risk(returns: Array, benchmark: Array, per_year: float) -> Array:
    """Beta times the benchmark's risk per year, shape (...)."""
    other = paired(returns, benchmark)
    if not returns.shape[-1]:
        return unknown(returns - other)
    return np.asarray(beta(returns, benchmark) * other.std(-1) * np.sqrt(per_year))


def specific_risk(returns: Array, benchmark: Array, per_year: float) -> Array:
    """Risk per year of what the benchmark does not explain, shape (...)."""
    other = paired(returns, benchmark)
    if not returns.shape[-1]:
        return unknown(returns - other)
    rest = returns - beta(returns, benchmark)[..., None] * other
    return np.asarray(rest.std(-1) * np.sqrt(per_year))


def appraisal_ratio(returns: Array, benchmark: Array, per_year: float, *, rf: float = 0.0) -> Array:
    """Jensen's alpha over specific risk, shape (...). NaN where the benchmark explains everything."""
    risk = specific_risk(returns, benchmark, per_year)
    return over(jensen_alpha(returns, benchmark, per_year, rf=rf), np.where(risk > 1e-12, risk, np.nan))


def modified_treynor(returns: Array, benchmark: Array, per_year: float, *, rf: float = 0.0) -> Array:
    """Excess return per year over systematic risk, shape (...). NaN where there is none."""
    risk = systematic_risk(returns, benchmark, per_year)
    return over(cagr(returns, per_year) - rf, np.where(np.abs(risk) > 1e-12, risk, np.nan))


def m_squared(returns: Array, benchmark: Array, per_year: float, *, rf: float = 0.0) -> Array:
    """Return per year at the benchmark's volatility, along the line through `rf` (Modigliani and Modigliani 1997)."""
    reward = over(cagr(returns, per_year) - rf, divisor(returns) * np.sqrt(per_year))
    return finite(rf + reward * volatility(paired(returns, benchmark), per_year))


def adjusted_sharpe(returns: Array, per_year: float) -> Array:
    """Sharpe ratio with a penalty for negative skewness and fat tails (Pezier and White 2006), shape (...)."""
    ratio = sharpe(returns, per_year)
    return ratio * (1.0 + skewness(returns) / 6.0 * ratio - excess_kurtosis(returns) / 24.0 * ratio**2)
