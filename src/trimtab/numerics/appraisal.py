"""What a portfolio earned beyond its market risk: alphas and the ratios built on them (Bacon 2008, chapter 4).

Jensen (1968), Treynor (1965), net selectivity after Fama (1972).

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


def regression_alpha(
    returns: Array, benchmark: Array, per_year: float, *, rf: Array | float = 0.0, compound: bool = False
) -> Array:
    """Intercept of the regression on the benchmark, both above `rf` (a period), per year: times it, or compounded."""
    other = paired(returns, benchmark)
    if not returns.shape[-1]:
        return unknown(returns - other)
    each = (returns - rf).mean(-1) - beta(returns, benchmark, rf=rf) * (other - rf).mean(-1)
    return finite((1.0 + each) ** per_year - 1.0) if compound else np.asarray(each * per_year)


def treynor(returns: Array, benchmark: Array, per_year: float, *, rf: float = 0.0) -> Array:
    """Excess return per year over beta, shape (...). NaN where beta is 0."""
    slope = beta(returns, benchmark)
    return over(cagr(returns, per_year) - rf, np.where(np.abs(slope) > 1e-12, slope, np.nan))


def total_risk(returns: Array, benchmark: Array, per_year: float) -> Array:
    """Root of the sum of squares of systematic and specific risk, shape (...)."""
    return np.hypot(systematic_risk(returns, benchmark, per_year), specific_risk(returns, benchmark, per_year))


def net_selectivity(returns: Array, benchmark: Array, per_year: float, *, rf: float = 0.0) -> Array:
    """Jensen's alpha less what the risk not diversified away should have earned at the benchmark's price, shape (...).

    That is (sd of returns / sd of benchmark - beta) * (benchmark's return per year - rf).
    """
    other = paired(returns, benchmark)
    undiversified = over(divisor(returns), divisor(other)) - beta(returns, benchmark)
    return jensen_alpha(returns, benchmark, per_year, rf=rf) - undiversified * (cagr(benchmark, per_year) - rf)


def correlation_with(returns: Array, benchmark: Array) -> Array:
    """Correlation with the benchmark, shape (...). NaN where either does not vary."""
    return over(beta(returns, benchmark) * divisor(paired(returns, benchmark)), divisor(returns))
