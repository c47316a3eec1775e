"""Performance measures in one place, and why a figure is missing.

Pure functions over simple returns (..., T), oldest first: see `returns`, `drawdown`, `ratios`, `tail`,
`calendar_returns`, `partial_moments` and `appraisal` for conventions and sources, `definitions` for their wording. Each
answers NaN where it has no answer; `why_not` says why.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.appraisal import (
    adjusted_sharpe,
    appraisal_ratio,
    jensen_alpha,
    m_squared,
    modified_treynor,
    specific_risk,
    systematic_risk,
)
from trimtab.numerics.calendar_returns import YearTable, best_year, by_period, worst_year, year_table
from trimtab.numerics.definitions import DEFINITIONS, Definition, Reason
from trimtab.numerics.drawdown import (
    Drawdown,
    calmar,
    drawdown_table,
    drawdowns,
    max_drawdown,
    pain_index,
    pain_ratio,
    ulcer_index,
)
from trimtab.numerics.partial_moments import d_ratio, omega, upside_risk
from trimtab.numerics.ratios import (
    Capture,
    beta,
    down_capture,
    information_ratio,
    sharpe,
    sharpe_error,
    sharpe_interval,
    sharpe_scale,
    sortino,
    tracking_error,
    up_capture,
)
from trimtab.numerics.returns import (
    cagr,
    downside_deviation,
    returns_of,
    rolling_return,
    rolling_volatility,
    total_return,
    volatility,
    wealth,
)
from trimtab.numerics.tail import Risk, Shortfall, excess_kurtosis, expected_shortfall, skewness, value_at_risk

_PLAIN = (  # what takes returns as they come; all other figures compound them
    "volatility skewness excess_kurtosis autocorrelation best_period worst_period sharpe adjusted_sharpe lo_sharpe "
    "downside_deviation sortino upside_risk upside_potential omega prospect bernardo_ledoit d_ratio win_rate payoff "
    "profit_factor kelly value_at_risk expected_shortfall tail_ratio tracking_error batting_average beta alpha correlation "
    "r_squared systematic_risk specific_risk total_risk"
)
_HUGE = 1e6  # returns beyond it overflow when compounded or raised to powers
_PAIRS = (
    "volatility sharpe adjusted_sharpe lo_sharpe skewness excess_kurtosis autocorrelation tracking_error information_ratio "
    "beta alpha correlation r_squared jensen_alpha net_selectivity systematic_risk specific_risk total_risk treynor "
    "modified_treynor appraisal_ratio m_squared"
)
_SUMMED, _NEED_TWO = frozenset(_PLAIN.split()), frozenset(_PAIRS.split())


def why_not(key: str, value: float, returns: Array, benchmark: Array | None = None) -> Reason | None:
    """Why figure `key` of one series (T,) is missing, or None where it is not. `key` is one of DEFINITIONS."""
    definition = DEFINITIONS[key]
    if np.isfinite(value):
        return None
    compared = benchmark if definition.relative else None
    known = np.isfinite(returns) if compared is None else np.isfinite(returns) & np.isfinite(compared)
    if not len(returns):
        return Reason.EMPTY
    if not known.all():
        return Reason.GAPS if known.any() else Reason.UNKNOWN
    lowest = min(returns.min(), np.inf if compared is None else np.min(compared))
    if key not in _SUMMED and lowest < -1.0:
        return Reason.RUIN
    if len(returns) < 2 and key in _NEED_TWO:
        return Reason.SHORT
    if np.abs(returns).max() > _HUGE or (compared is not None and np.abs(compared).max() > _HUGE):
        return Reason.TOO_LARGE
    if definition.relative and definition.missing is Reason.NO_BETA and compared is not None and np.ptp(compared) == 0.0:
        return Reason.FLAT_BENCHMARK
    return definition.missing


__all__ = [
    "DEFINITIONS",
    "Capture",
    "Definition",
    "Drawdown",
    "Reason",
    "Risk",
    "Shortfall",
    "YearTable",
    "adjusted_sharpe",
    "appraisal_ratio",
    "best_year",
    "beta",
    "by_period",
    "cagr",
    "calmar",
    "d_ratio",
    "down_capture",
    "downside_deviation",
    "drawdown_table",
    "drawdowns",
    "excess_kurtosis",
    "expected_shortfall",
    "information_ratio",
    "jensen_alpha",
    "m_squared",
    "max_drawdown",
    "modified_treynor",
    "omega",
    "pain_index",
    "pain_ratio",
    "returns_of",
    "rolling_return",
    "rolling_volatility",
    "sharpe",
    "sharpe_error",
    "sharpe_interval",
    "sharpe_scale",
    "skewness",
    "sortino",
    "specific_risk",
    "systematic_risk",
    "total_return",
    "tracking_error",
    "ulcer_index",
    "up_capture",
    "upside_risk",
    "value_at_risk",
    "volatility",
    "wealth",
    "why_not",
    "worst_year",
    "year_table",
]
