"""What each choice of `Conventions` means, in the words that are shown beside the figures that it touches."""

from __future__ import annotations

from collections.abc import Mapping

from trimtab.numerics.conventions import Conventions

WORDS: Mapping[str, Mapping[str, str]] = {
    "sharpe": {
        "arithmetic": "mean excess return times the periods in a year (Sharpe 1994; PerformanceAnalytics from 2.1.0)",
        "geometric": "compounded excess return a year (Bacon 2008; PerformanceAnalytics before 2.1.0)",
    },
    "sortino": {
        "year": "per year (empyrical, quantstats)",
        "period": "per period, not annualised (PerformanceAnalytics)",
    },
    "information_ratio": {
        "geometric": "difference of the geometric returns a year over tracking error (PerformanceAnalytics)",
        "arithmetic": "mean difference a year over tracking error",
        "period": "mean difference over its standard deviation, not annualised (empyrical, quantstats)",
    },
    "capture": {
        "annualised": "returns a year of the chosen periods; a fall is below 0 (empyrical)",
        "cumulative": "compounded returns; a benchmark return of 0 counts as a fall (PerformanceAnalytics)",
        "strict": "compounded returns; a fall is below 0",
        "means": "ratio of the mean returns of the chosen periods",
    },
    "value_at_risk": {
        "historical": "quantile, linear between returns (empyrical, PerformanceAnalytics)",
        "Gaussian": "normal with the population variance (quantstats takes ddof 1)",
        "modified": "Cornish-Fisher (Favre and Galeano 2002)",
    },
    "expected_shortfall": {
        "historical": "mean of the worst share, the last return in part (Rockafellar and Uryasev 2002)",
        "mean below the quantile": "mean of the returns not above the quantile (PerformanceAnalytics, empyrical)",
        "whole tail": "mean of the worst whole number of returns",
        "Gaussian": "normal with the population variance",
        "modified": "Edgeworth density below the Cornish-Fisher quantile (Boudt, Peterson and Croux 2008)",
    },
    "ulcer": {
        "all": "squared drawdowns divided by all periods (Martin 1987; PerformanceAnalytics)",
        "less one": "squared drawdowns divided by the periods less one (quantstats)",
    },
    "moments": {
        "population": "skewness and kurtosis from sums divided by T (PerformanceAnalytics)",
        "sample": "skewness and kurtosis corrected for small samples (pandas, quantstats)",
    },
    "alpha": {
        "sum": "alpha of a period times the periods in a year (quantstats)",
        "compound": "alpha of a period compounded over a year (empyrical)",
    },
    "win_rate": {
        "all": "out of all periods",
        "moved": "out of the periods whose return is not 0 (quantstats)",
    },
    "burke": {
        "highs": "falls from a high of wealth (Burke 1994)",
        "spells": "runs of losing periods, their returns all but summed (PerformanceAnalytics)",
    },
    "prospect": {
        "each": "the least acceptable return taken off in every period (Bacon 2008)",
        "once": "the least acceptable return taken off once from the sum (PerformanceAnalytics)",
    },
}
TOUCHED: Mapping[str, str] = {  # figures that a choice touches besides the one that bears its name
    "adjusted_sharpe": "sharpe",
    "up_capture": "capture",
    "down_capture": "capture",
    "martin": "ulcer",
    "skewness": "moments",
    "excess_kurtosis": "moments",
    "active_return": "information_ratio",
}


def chosen_words(key: str, conventions: Conventions) -> str:
    """What the convention behind figure `key` is, in words; empty where there is no choice."""
    choice = TOUCHED.get(key, key)
    return WORDS[choice][conventions.named()[choice]] if choice in WORDS else ""
