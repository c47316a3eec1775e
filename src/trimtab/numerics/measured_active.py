"""The measures against a benchmark, each a formula over sums taken once; the plain twins are in `ratios` and `appraisal`."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.conventions import Active, Alpha
from trimtab.numerics.measured import Figures, Sums
from trimtab.numerics.ratios import Capture
from trimtab.numerics.returns import over

NO_RISK = 1e-12  # a risk a year below this is rounding of a perfect fit


def tracking(s: Sums) -> Figures:
    """Active return and the risk that it took."""
    sd, f = s.divisor("active_m2"), s.per_year
    ahead = s.cagr - s.yearly(s["b_growth"])
    if s.chosen.information_ratio is Active.GEOMETRIC:
        ratio = over(ahead, sd * np.sqrt(f))
    else:
        ahead = (s["excess"] - s["b_excess"]) * f
        ratio = over(s["excess"] - s["b_excess"], sd) * (np.sqrt(f) if s.chosen.information_ratio is Active.ARITHMETIC else 1.0)
    return {
        "active_return": ahead,
        "tracking_error": s.spread("active_m2") * np.sqrt(f),
        "information_ratio": ratio,
        "batting_average": s["ahead"] / s.count,
    }


def slope(s: Sums) -> Figures:
    """Beta, alphas, and the risk that the benchmark explains."""
    beta, root = (s["beta"] if s.count > 1 else np.full(s["beta"].shape, np.nan)), np.sqrt(s.per_year)
    systematic, specific = beta * np.sqrt(s["b_excess_m2"] / s.count) * root, np.sqrt(s["rest2"] / s.count) * root
    reward, theirs = s.cagr - s.rf_year, s.yearly(s["b_growth"]) - s.rf_year
    jensen = reward - beta * theirs
    each = s["excess"] - beta * s["b_excess"]
    ratio = over(s.divisor("excess_m2"), s.divisor("b_excess_m2"))
    return {
        "beta": beta,
        "alpha": (1.0 + each) ** s.per_year - 1.0 if s.chosen.alpha is Alpha.COMPOUND else each * s.per_year,
        "correlation": over(beta, ratio),
        "r_squared": over(beta, ratio) ** 2,
        "jensen_alpha": jensen,
        "net_selectivity": jensen - (ratio - beta) * theirs,
        "systematic_risk": systematic,
        "specific_risk": specific,
        "total_risk": np.hypot(systematic, specific),
        "treynor": over(reward, _risky(beta)),
        "modified_treynor": over(reward, _risky(systematic)),
        "appraisal_ratio": over(jensen, _risky(specific)),
        "m_squared": s.rf_year + over(reward, s.divisor("m2")) * s.spread("b_m2"),
    }


def capturing(s: Sums) -> Figures:
    """What was taken of the benchmark's rises and falls."""
    found = {}
    for name, theirs, periods in (("up_capture", "b_up", "rises"), ("down_capture", "b_down", "drops")):
        pair = s[name], s[theirs]
        if s.chosen.capture is Capture.ANNUALISED:
            power = s.per_year / np.maximum(s[periods], 1.0)
            pair = (1.0 + pair[0]) ** power - 1.0, (1.0 + pair[1]) ** power - 1.0
        found[name] = over(*pair)
    return found


def _risky(risk: Array) -> Array:
    return np.where(np.abs(risk) > NO_RISK, risk, np.nan)
