"""What each figure means: its name, one sentence with the convention, its formula, and why it may be missing.

The sentences are shown beside the figures wherever people read them. In formulas r is the return of a period, b that of
the benchmark, rf that of bills, T the number of periods, f their number in a year, sd has ddof 1.
"""

from __future__ import annotations

from trimtab.numerics.defining import Definition, Reason, defined
from trimtab.numerics.definitions_of_active import ACTIVE
from trimtab.numerics.definitions_of_ratios import RATIOS

__all__ = ["DEFINITIONS", "Definition", "Reason"]

DEFINITIONS = defined(
    Definition("start_value", "Start value", "Net asset value on the first day.", "V(0)"),
    Definition("end_value", "End value", "Net asset value on the last day, after all costs.", "V(T)"),
    Definition(
        "cagr",
        "Return a year (CAGR)",
        "Geometric return a year after costs: the constant yearly growth that leads from the first value to the last.",
        "(V(T) / V(0))^(f / T) - 1",
        Reason.TOO_LARGE,
    ),
    Definition(
        "volatility",
        "Volatility",
        "Standard deviation of returns (ddof 1) times the square root of the periods in a year.",
        "sd(r) * sqrt(f)",
    ),
    Definition(
        "downside_deviation",
        "Downside deviation",
        "Root mean square of the returns below 0, counting all periods, per year.",
        "sqrt(mean(min(r, 0)^2)) * sqrt(f)",
        Reason.EMPTY,
    ),
    Definition(
        "sharpe",
        "Sharpe ratio",
        "Mean return above bills over its standard deviation, per year, arithmetic; in brackets the interval of Lo "
        "(2002), which takes returns as independent.",
        "mean(r - rf) / sd(r - rf) * sqrt(f);  standard error sqrt((1 + S^2 / 2) / T), S per period",
        Reason.FLAT,
    ),
    Definition(
        "deflated_sharpe",
        "Deflated Sharpe ratio",
        "Probability that the true Sharpe ratio is above what the best of N trials without merit shows by luck; N is the "
        "effective number of trials in this workspace; of one trial, that it is above 0 (Bailey and Lopez de Prado 2014).",
        "Phi((S - S*) * sqrt(T - 1) / sqrt(1 - skewness * S + (kurtosis - 1) / 4 * S^2)), S per period;  "
        "S* = sqrt(V) * (0.4228 * z(1 - 1 / N) + 0.5772 * z(1 - 1 / (e * N))), V the variance across trials or 1 / (T - 1)",
        Reason.FLAT,
    ),
    Definition(
        "sortino",
        "Sortino ratio",
        "Mean return above bills over the downside deviation from bills, per year.",
        "mean(r - rf) * f / (sqrt(mean(min(r - rf, 0)^2)) * sqrt(f))",
        Reason.NO_LOSS,
    ),
    Definition(
        "max_drawdown",
        "Maximum drawdown",
        "Deepest fall of wealth below its highest value so far; the first period counts.",
        "min over t of V(t) / max(V(0..t)) - 1",
        Reason.EMPTY,
    ),
    Definition(
        "drawdown_length",
        "Its length",
        "Time from the high before the maximum drawdown to the recovery of that high, or to the last day where it is "
        "still open.",
        "recovery date - peak date",
        Reason.NO_FALL,
    ),
    Definition(
        "calmar",
        "Calmar ratio",
        "Geometric return a year over the depth of the maximum drawdown, whole window.",
        "CAGR / |maximum drawdown|",
        Reason.NO_FALL,
    ),
    Definition(
        "ulcer",
        "Ulcer index",
        "Root mean square of all drawdowns, divided by the number of periods.",
        "sqrt(mean(D^2)), D(t) the drawdown of period t",
        Reason.EMPTY,
    ),
    Definition(
        "best_year",
        "Best year",
        "Highest return of a complete calendar year.",
        "max over years of prod(1 + r) - 1",
        Reason.NO_YEAR,
    ),
    Definition(
        "worst_year",
        "Worst year",
        "Lowest return of a complete calendar year.",
        "min over years of prod(1 + r) - 1",
        Reason.NO_YEAR,
    ),
    Definition(
        "turnover",
        "Turnover a year",
        "One-way turnover including the cash leg, all rebalances together, divided by the years.",
        "sum of 1/2 * sum|w after - w before| / years",
        Reason.NO_TRADES,
    ),
    Definition(
        "cost_drag",
        "Cost a year",
        "Trading costs as a share of net asset value on the day they were paid, all together, divided by the years.",
        "sum of cost / V / years, in basis points",
        Reason.NO_TRADES,
    ),
    Definition(
        "gross_of_fees",
        "Gross of fees",
        "Return a year with every fee added back on the day it was charged, after trading and holding costs; the return a "
        "year is net of fees.",
        "prod((V(t) + F(t)) / V(t - 1))^(f / T) - 1, F the fees of a period",
        Reason.TOO_LARGE,
    ),
    Definition(
        "gross_of_funds",
        "Gross of fund expenses",
        "Return a year gross of fees, with what funds took inside their prices added back: weight times expense ratio.",
        "as gross of fees, with sum of w(t - 1) * rate * years more in each period",
        Reason.TOO_LARGE,
    ),
    Definition(
        "fee_drag",
        "Fees a year",
        "What fees took of the return: gross of fees less the return a year.",
        "gross of fees - CAGR, in basis points",
        Reason.TOO_LARGE,
    ),
    Definition(
        "before_taxes",
        "Before taxes",
        "Return a year with every tax added back on the day it was paid; the return a year is after taxes paid and owed.",
        "prod((P(t) + X(t)) / P(t - 1))^(f / T) - 1, X the taxes paid in a period, P = V + taxes owed",
        Reason.TOO_LARGE,
    ),
    Definition(
        "after_sale",
        "After selling all",
        "Return a year after taxes paid and owed, and after the tax on a sale of everything on the last day.",
        "((V(T) - tax on the sale) / V(0))^(f / T) - 1",
        Reason.TOO_LARGE,
    ),
    Definition(
        "tax_drag",
        "Taxes a year",
        "What taxes paid and owed took of the return: before taxes less the return a year.",
        "before taxes - CAGR, in basis points",
        Reason.TOO_LARGE,
    ),
    Definition(
        "tracking_error",
        "Tracking error",
        "Volatility of the difference to the benchmark.",
        "sd(r - b) * sqrt(f)",
        relative=True,
    ),
    Definition(
        "information_ratio",
        "Information ratio",
        "Difference of the geometric returns a year over tracking error.",
        "(CAGR - CAGR of b) / tracking error",
        Reason.SAME,
        relative=True,
    ),
    Definition(
        "beta",
        "Beta",
        "Slope of returns on the benchmark's returns, both above bills.",
        "cov(r - rf, b - rf) / var(b - rf)",
        Reason.FLAT_BENCHMARK,
        relative=True,
    ),
    Definition(
        "up_capture",
        "Up capture",
        "Geometric return a year over the benchmark's, both over the periods in which the benchmark rose.",
        "(prod(1 + r)^(f / n) - 1) / (prod(1 + b)^(f / n) - 1) over the n periods with b > 0",
        Reason.NEVER_UP,
        relative=True,
    ),
    Definition(
        "down_capture",
        "Down capture",
        "Geometric return a year over the benchmark's, both over the periods in which the benchmark fell.",
        "(prod(1 + r)^(f / n) - 1) / (prod(1 + b)^(f / n) - 1) over the n periods with b < 0",
        Reason.NEVER_DOWN,
        relative=True,
    ),
    Definition(
        "skewness",
        "Skewness",
        "Third population moment of standardised returns; below 0 means the long tail is on the side of losses.",
        "mean(((r - mean) / sd)^3), moments over T",
        Reason.FLAT,
    ),
    Definition(
        "excess_kurtosis",
        "Excess kurtosis",
        "Fourth population moment of standardised returns less 3; above 0 means fatter tails than the normal's.",
        "mean(((r - mean) / sd)^4) - 3, moments over T",
        Reason.FLAT,
    ),
    Definition(
        "value_at_risk",
        "Value at risk 95 %",
        "Historical: the return of one period that was undercut in 5 % of periods, linear between returns.",
        "5 % quantile of r",
        Reason.EMPTY,
    ),
    Definition(
        "expected_shortfall",
        "Expected shortfall 95 %",
        "Historical: the mean return of the worst 5 % of periods (Rockafellar and Uryasev).",
        "mean of the worst 5 % of r, the last one in part",
        Reason.EMPTY,
    ),
    Definition(
        "rolling_return",
        "Rolling 12-month return",
        "Compounded return of the f periods up to each date.",
        "V(t) / V(t - f) - 1",
    ),
    Definition(
        "rolling_volatility",
        "Rolling 12-month volatility",
        "Volatility of the f periods up to each date.",
        "sd(r(t - f + 1 .. t)) * sqrt(f)",
    ),
)
DEFINITIONS |= RATIOS | ACTIVE
