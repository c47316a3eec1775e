"""The words for measures of returns alone that the key figures of a report leave out. Symbols as in `definitions`."""

from __future__ import annotations

from trimtab.numerics.defining import Definition, Reason, defined

RATIOS = defined(
    Definition("total_return", "Total return", "Growth over the whole window.", "prod(1 + r) - 1", Reason.TOO_LARGE),
    Definition(
        "best_month", "Best month", "Highest return of a calendar month.", "max over months of prod(1 + r) - 1", Reason.EMPTY
    ),
    Definition(
        "worst_month", "Worst month", "Lowest return of a calendar month.", "min over months of prod(1 + r) - 1", Reason.EMPTY
    ),
    Definition("best_period", "Best period", "Highest return of one period.", "max(r)", Reason.EMPTY),
    Definition("worst_period", "Worst period", "Lowest return of one period.", "min(r)", Reason.EMPTY),
    Definition(
        "autocorrelation",
        "Autocorrelation",
        "Correlation of returns with those of the period before.",
        "sum((r(t) - mean) * (r(t - 1) - mean)) / sum((r - mean)^2)",
        Reason.FLAT,
    ),
    Definition(
        "adjusted_sharpe",
        "Adjusted Sharpe ratio",
        "Sharpe ratio with a penalty for negative skewness and fat tails (Pezier and White 2006).",
        "S * (1 + skewness / 6 * S - excess kurtosis / 24 * S^2), S the Sharpe ratio",
        Reason.FLAT,
    ),
    Definition(
        "lo_sharpe",
        "Sharpe ratio (Lo)",
        "Sharpe ratio a year that allows for autocorrelation up to a year (Lo 2002); equal to the plain one without any.",
        "S * f / sqrt(f + 2 * sum((f - k) * rho(k), k = 1 .. f - 1)), S per period",
        Reason.FEW,
    ),
    Definition(
        "upside_risk",
        "Upside risk",
        "Root mean square of the returns above 0, counting all periods, of one period.",
        "sqrt(mean(max(r, 0)^2))",
        Reason.EMPTY,
    ),
    Definition(
        "upside_potential",
        "Upside potential ratio",
        "Mean of the returns above 0, counting all periods, over the downside deviation of a period.",
        "mean(max(r, 0)) / sqrt(mean(min(r, 0)^2))",
        Reason.NO_LOSS,
    ),
    Definition("omega", "Omega", "Sum of gains over sum of losses, at 0.", "sum(max(r, 0)) / sum(max(-r, 0))", Reason.NO_LOSS),
    Definition(
        "prospect",
        "Prospect ratio",
        "Mean of gains and 2.25 times losses over the downside deviation of a period (Watanabe 2006).",
        "mean(max(r, 0) + 2.25 * min(r, 0)) / sqrt(mean(min(r, 0)^2))",
        Reason.NO_LOSS,
    ),
    Definition(
        "bernardo_ledoit",
        "Gain-loss ratio",
        "Sum of gains over sum of losses, always at 0 (Bernardo and Ledoit 2000).",
        "sum(max(r, 0)) / sum(max(-r, 0))",
        Reason.NO_LOSS,
    ),
    Definition(
        "d_ratio",
        "D ratio",
        "Number times sum of losses over number times sum of gains; 0 is best (Dowd).",
        "n(r < 0) * sum(max(-r, 0)) / (n(r > 0) * sum(max(r, 0)))",
        Reason.NO_GAIN,
    ),
    Definition("win_rate", "Win rate", "Share of all periods with a gain.", "n(r > 0) / T", Reason.EMPTY),
    Definition("payoff", "Payoff", "Mean gain over mean loss.", "mean(r | r > 0) / -mean(r | r < 0)", Reason.NO_GAIN),
    Definition(
        "profit_factor", "Profit factor", "Sum of gains over sum of losses.", "sum(max(r, 0)) / sum(max(-r, 0))", Reason.NO_LOSS
    ),
    Definition(
        "kelly",
        "Kelly stake",
        "Share of wealth to stake on a bet with this payoff (Kelly 1956); periods without a return left out.",
        "w - (1 - w) / payoff, w = n(r > 0) / n(r != 0)",
        Reason.NO_GAIN,
    ),
    Definition(
        "drawdown_periods",
        "Its periods",
        "Periods from the high before the maximum drawdown to the recovery of that high, or to the end.",
        "recovery - peak",
        Reason.NO_FALL,
    ),
    Definition(
        "longest_drawdown",
        "Longest drawdown",
        "Most periods from one high to the recovery of it, or to the end.",
        "max over drawdowns of recovery - peak",
        Reason.EMPTY,
    ),
    Definition("pain_index", "Pain index", "Mean depth below the high so far (Becker 2006).", "mean(-D)", Reason.EMPTY),
    Definition("pain_ratio", "Pain ratio", "Geometric return a year over the pain index.", "CAGR / pain index", Reason.NO_FALL),
    Definition(
        "martin",
        "Martin ratio (UPI)",
        "Geometric return a year above bills over the Ulcer index (Martin 1987).",
        "(CAGR - rf a year) / Ulcer index",
        Reason.NO_FALL,
    ),
    Definition(
        "burke",
        "Burke ratio",
        "Geometric return a year above bills over the root of the sum of the squared depths of all drawdowns (Burke 1994).",
        "(CAGR - rf a year) / sqrt(sum of depth^2)",
        Reason.NO_FALL,
    ),
    Definition(
        "tail_ratio",
        "Tail ratio",
        "Size of the 95 % quantile of returns over that of the 5 % quantile.",
        "|95 % quantile of r| / |5 % quantile of r|",
        Reason.NO_LOSS,
    ),
)
