"""The key figures: one column a portfolio, each figure with its wording and, where it is missing, the reason."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.desk.deflating import chance, deflated
from trimtab.desk.fee_review import review_fees
from trimtab.desk.result import Result
from trimtab.desk.summary import LEVEL
from trimtab.desk.tax_review import review_taxes
from trimtab.numerics import performance as perf
from trimtab.numerics.performance import DEFINITIONS, Capture, Reason
from trimtab.surfaces.report import wording
from trimtab.surfaces.report.study import Line, Study, shared

GROUPS = {
    "Return": ("start_value", "end_value", "cagr", "best_year", "worst_year"),
    "Risk": (
        "volatility",
        "downside_deviation",
        "max_drawdown",
        "drawdown_length",
        "ulcer",
        "value_at_risk",
        "expected_shortfall",
        "skewness",
        "excess_kurtosis",
    ),
    "Return for risk": ("sharpe", "deflated_sharpe", "sortino", "calmar"),
    "Against the benchmark": ("tracking_error", "information_ratio", "beta", "up_capture", "down_capture"),
    "Trading": ("turnover", "cost_drag"),
    "Fees": ("gross_of_fees", "gross_of_funds", "fee_drag"),
    "Taxes": ("before_taxes", "after_sale", "tax_drag"),
}
PERCENT = frozenset({"volatility", "downside_deviation", "ulcer", "tracking_error", "turnover"})
PERCENT |= {"cagr", "up_capture", "down_capture", "gross_of_fees", "gross_of_funds", "before_taxes", "after_sale"}
YEARLY = frozenset({"cagr", "calmar", "information_ratio", *GROUPS["Fees"], *GROUPS["Taxes"]})  # not below a year
MONTHS = 12.0
CHANGE = frozenset({"best_year", "worst_year", "max_drawdown", "value_at_risk", "expected_shortfall"})


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, how it is written, and why it is missing if it is NaN."""

    value: float
    text: str
    why: str = ""


def key_figures(line: Line, benchmark: Line | None = None) -> Mapping[str, Figure]:
    """Every figure of GROUPS for one line; those against the benchmark only where there is one."""
    values = {**_growth(line), **_risk(line), **_ratios(line), **_trading(line), **_taken(line)}
    if line.years < 1.0:
        values |= {key: math.nan for key in YEARLY if key in values}
    found = {key: _figure(key, value, line) for key, value in values.items()}
    found["sharpe"] = _with_interval(found["sharpe"], line)
    return found | (_relative(line, benchmark) if benchmark is not None else {})


def _growth(line: Line) -> dict[str, float]:
    ends, f = line.dates[1:], line.per_year
    return {
        "start_value": float(line.wealth[0]),
        "end_value": float(line.wealth[-1]),
        "cagr": float(perf.cagr(line.returns, f)),
        "best_year": perf.best_year(line.returns, ends),
        "worst_year": perf.worst_year(line.returns, ends),
    }


def _risk(line: Line) -> dict[str, float]:
    r, f = line.returns, line.per_year
    return {
        "volatility": float(perf.volatility(r, f)),
        "downside_deviation": float(perf.downside_deviation(r, f)),
        "max_drawdown": float(perf.max_drawdown(r)),
        "drawdown_length": drawdown_days(line),
        "ulcer": float(perf.ulcer_index(r)),
        "value_at_risk": float(perf.value_at_risk(r)),
        "expected_shortfall": float(perf.expected_shortfall(r)),
        "skewness": float(perf.skewness(r)),
        "excess_kurtosis": float(perf.excess_kurtosis(r)),
    }


def _ratios(line: Line) -> dict[str, float]:
    r, f, rf = line.returns, line.per_year, line.riskfree
    return {
        "sharpe": float(perf.sharpe(r, f, rf=rf)),
        "sortino": float(perf.sortino(r, f, least=rf)),
        "calmar": float(perf.calmar(r, f)),
    }


def _trading(line: Line) -> dict[str, float]:
    """Nothing where nobody knows what was traded, no cost where nobody knows that."""
    made = line.trades
    if made is None:
        return {}
    return {"turnover": made.turnover_per_year} | ({"cost_drag": made.cost_per_year} if made.costed else {})


def _taken(line: Line) -> dict[str, float]:
    """What fees and taxes took; nothing where a line is cut, since only the whole run knows, or has none of them."""
    found: dict[str, float] = {}
    if line.result is None or len(line.dates) < len(line.result.dates):
        return found
    fees, taxes = review_fees(line.result), review_taxes(line.result)
    if fees is not None:
        found |= {"gross_of_fees": fees.gross, "fee_drag": fees.drag}
        found |= {"gross_of_funds": fees.before_expenses} if fees.funds else {}
    if taxes is not None:
        found |= {"before_taxes": taxes.returns.before, "after_sale": taxes.returns.redemption, "tax_drag": taxes.drag}
    return found


def _relative(line: Line, benchmark: Line) -> dict[str, Figure]:
    if line is benchmark:
        return {}
    r, b, rf = shared(line, benchmark)
    f = min(line.per_year, benchmark.per_year)
    values = {
        "tracking_error": float(perf.tracking_error(r, b, f)),
        "information_ratio": float(perf.information_ratio(r, b, f)) if line.years >= 1.0 else math.nan,
        "beta": float(perf.beta(r, b, rf=rf)),
    }
    values |= _captures(r, b, np.intersect1d(line.dates, benchmark.dates)[1:], f)
    return {key: _figure(key, value, line, (r, b)) for key, value in values.items()}


def _captures(r: Array, b: Array, ends: Dates, f: float) -> dict[str, float]:
    """Capture over months where periods are shorter: days above zero alone, annualised, say nothing about a month."""
    if f > MONTHS:
        (_, r), (_, b), f = perf.by_period(r, ends, "M"), perf.by_period(b, ends, "M"), MONTHS
    return {
        "up_capture": float(perf.up_capture(r, b, f, convention=Capture.ANNUALISED)),
        "down_capture": float(perf.down_capture(r, b, f, convention=Capture.ANNUALISED)),
    }


def _figure(key: str, value: float, line: Line, pair: tuple[Array, Array] | None = None) -> Figure:
    r, b = pair if pair is not None else (line.returns, None)
    reason = perf.why_not(key, value, r, b)
    if reason is not None and line.years < 1.0 and key in YEARLY:
        reason = Reason.UNDER_A_YEAR
    return Figure(value, worded(key, value, line.currency), reason.value if reason else "")


def _with_interval(figure: Figure, line: Line) -> Figure:
    low, high = perf.sharpe_interval(line.returns - line.riskfree, line.per_year, level=LEVEL)
    if not np.isfinite(low):
        return figure
    return Figure(figure.value, f"{figure.text} [{wording.number(float(low))}, {wording.number(float(high))}]")


def worded(key: str, value: float, currency: str) -> str:
    """One figure as the table shows it."""
    if key in ("start_value", "end_value"):
        return wording.money(value, currency)
    if key == "drawdown_length":
        return wording.days(value)
    if key in ("cost_drag", "fee_drag", "tax_drag"):
        return wording.basis_points(value)
    if key in PERCENT:
        return wording.percent(value)
    return wording.signed_percent(value) if key in CHANGE else wording.number(value)


def drawdown_days(line: Line) -> float:
    """Days from the high before the deepest drawdown to its recovery or to the last date; NaN where wealth never fell."""
    falls = perf.drawdown_table(line.returns, count=1)
    if not falls:
        return math.nan
    return float((line.dates[falls[0].end] - line.dates[falls[0].peak]) / np.timedelta64(1, "D"))


def columns(study: Study) -> tuple[Mapping[str, Figure], ...]:
    """Key figures of the portfolio and of each rival, in order. Rivals are no trials: nothing of theirs is deflated."""
    mine, *others = (key_figures(line, study.benchmark) for line in study.lines)
    return ({**mine, **_deflated(study.result)}, *others)


def _deflated(result: Result | None) -> dict[str, Figure]:
    """The deflated Sharpe ratio of a run; nothing for a series, of whose trials nobody can know."""
    if result is None:
        return {}
    value = deflated(result).probability
    why = Reason.UNCOUNTED if not result.trials.total else perf.why_not("deflated_sharpe", value, result.returns)
    return {"deflated_sharpe": Figure(value, chance(value), why.value if why else "")}


def missing(study: Study, found: Sequence[Mapping[str, Figure]]) -> tuple[str, ...]:
    """A sentence for each figure that is missing."""
    return tuple(
        f"{DEFINITIONS[key].name} of {line.title}: {figure.why}."
        for line, figures in zip(study.lines, found, strict=True)
        for key, figure in figures.items()
        if figure.why
    )
