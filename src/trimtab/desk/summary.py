"""The key figures of a run, by the conventions of `numerics`: what the screen, `--json` and the registry show."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from trimtab.desk.deflating import deflated
from trimtab.desk.fee_review import FeeReview, charges, review_fees
from trimtab.desk.result import Result
from trimtab.desk.tax_review import TaxReview, review_taxes
from trimtab.numerics.drawdown import max_drawdown
from trimtab.numerics.ratios import sharpe, sharpe_interval
from trimtab.numerics.returns import cagr, volatility

LEVEL = 0.90  # of the interval around the Sharpe ratio (Lo 2002, independent returns)
_TAXED = ("cagr_before_taxes", "cagr_after_sale", "tax_per_year")
_TAXES = ("taxes_paid", "taxes_owed", "tax_on_sale", "losses_disallowed")  # currency
_FEES = ("cagr_gross_of_fees", "cagr_gross_of_funds", "fee_per_year", "fees")  # the last in currency


def summary(result: Result) -> dict[str, Any]:
    """Figures after costs, fees and taxes; fractions, per year unless said otherwise. None where a figure is not defined."""
    returns, f = result.returns, float(result.periods_per_year)
    excess = returns - result.riskfree
    ratio = float(sharpe(returns, f, rf=result.riskfree))
    low, high = sharpe_interval(excess, f, level=LEVEL)
    figures: dict[str, Any] = {
        "first": str(result.dates[0]),
        "last": str(result.dates[-1]),
        "start_value": _plain(result.wealth[0]),
        "end_value": _plain(result.wealth[-1]),
        "cagr": _plain(cagr(returns, f)),
        "volatility": _plain(volatility(returns, f)),
        "sharpe": _plain(ratio),
        "sharpe_low": _plain(low),
        "sharpe_high": _plain(high),
        "max_drawdown": _plain(max_drawdown(returns)),
        "worst_month": _plain(np.min(returns)) if len(returns) and result.periods_per_year == 12 else None,
    }
    return figures | trading(result) | deflation(result) | taxes(review_taxes(result)) | fees(review_fees(result))


def taxes(review: TaxReview | None) -> dict[str, Any]:
    """Returns a year before taxes and after a sale of all besides, what taxes took a year, and amounts; None untaxed."""
    if review is None:
        return dict.fromkeys((*_TAXED, *_TAXES))
    values = (review.returns.before, review.returns.redemption, review.drag)
    amounts = (review.paid, review.owed, review.liquidation, review.disallowed)
    return dict(zip((*_TAXED, *_TAXES), map(_plain, (*values, *amounts)), strict=True))


def fees(review: FeeReview | None) -> dict[str, Any]:
    """Returns a year gross of fees and of fund expenses besides, what fees took a year, all fees; None without fees."""
    if review is None:
        return dict.fromkeys(_FEES)
    charged = sum(review.charged.values())
    return dict(zip(_FEES, map(_plain, (review.gross, review.before_expenses, review.drag, charged)), strict=True))


def after_what(result: Result) -> str:
    """What its figures are after, in words: `after costs, fees and taxes`."""
    fees = ["fees"] if charges(result.policy) else []
    *others, last = ["costs", *fees, *(["taxes"] if result.taxes is not None else [])]
    return f"after {', '.join(others)}{' and ' if others else ''}{last}"


def trading(result: Result) -> dict[str, Any]:
    """Turnover and costs: one-way per year (first funding left out), cost drag a year, number of fills."""
    years = max(float((result.dates[-1] - result.dates[0]) / np.timedelta64(1, "D")) / 365.25, 1e-9)
    _, one_way = result.turnover
    funded = np.array([decision.book.funded for decision in result.decisions], dtype=bool)
    drag = float((result.costs / np.array([decision.book.nav for decision in result.decisions])).sum())
    return {
        "turnover_per_year": _plain(one_way[funded].sum() / years),
        "cost_per_year": _plain(drag / years),
        "costs": _plain(result.costs.sum()),
        "decisions": len(result.decisions),
        "fills": len(result.fills),
    }


def deflation(result: Result) -> dict[str, Any]:
    """How many trials there were, how many independent ones they are worth, and what that leaves of the Sharpe ratio.

    `deflated_sharpe` is the probability that the true ratio lies above `deflated_target` (a year); None where nobody counts.
    """
    found = deflated(result)
    return {
        "trials": result.trials.total,
        "distinct_trials": result.trials.distinct,
        "effective_trials": found.effective or None,
        "deflated_sharpe": _plain(found.probability),
        "deflated_target": _plain(found.target),
    }


def _plain(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
