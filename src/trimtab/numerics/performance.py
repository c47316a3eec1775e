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

_COMPOUNDED = frozenset(
    {"cagr", "max_drawdown", "drawdown_length", "calmar", "ulcer", "best_year", "worst_year"}
    | {"information_ratio", "up_capture", "down_capture"}
)
_NEED_TWO = frozenset({"volatility", "sharpe", "tracking_error", "information_ratio", "beta", "skewness", "excess_kurtosis"})


def why_not(key: str, value: float, returns: Array, benchmark: Array | None = None) -> Reason | None:
    """Why figure `key` of one series (T,) is missing, or None where it is not. `key` is one of DEFINITIONS."""
    definition = DEFINITIONS[key]
    if np.isfinite(value):
        return None
    if definition.relative and benchmark is not None:
        known = np.isfinite(returns) & np.isfinite(benchmark)
    else:
        known = np.isfinite(returns)
    if not len(returns):
        return Reason.EMPTY
    if not known.all():
        return Reason.GAPS if known.any() else Reason.UNKNOWN
    lowest = min(returns.min(), np.inf if benchmark is None else np.min(benchmark))
    if key in _COMPOUNDED and lowest < -1.0:
        return Reason.RUIN
    return Reason.SHORT if len(returns) < 2 and key in _NEED_TWO else definition.missing


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
