"""What fees took from a backtest: returns net of fees, gross of them, and gross of what funds take inside their prices.

As the Global Investment Performance Standards have it (CFA Institute 2020; see `accounting.gross`): trading and holding costs
are in all three, and so are taxes where the policy has them. A fee counts in the period in which it was charged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import fsum

import numpy as np

from trimtab.accounting.gross import FeeReturns, charged, fee_returns, taken_by_funds
from trimtab.core.arrays import Array
from trimtab.core.calendar import plain_date
from trimtab.core.entries import Fee
from trimtab.core.frictions import Billing, Charges
from trimtab.core.money import ZERO, exact
from trimtab.desk.policy import Policy
from trimtab.desk.result import Result
from trimtab.numerics.returns import cagr


@dataclass(frozen=True, slots=True, eq=False)
class FeeReview:
    """Returns by period (T - 1,) and a year as fractions; amounts in base currency.

    `charged` are fees by cause, `taken` is what funds took inside their prices, and `running` about what is charged after
    the last session for the time up to it.
    """

    returns: FeeReturns
    net: float
    gross: float
    before_expenses: float
    charged: Mapping[str, Decimal]
    taken: float
    running: float
    years: float
    currency: str

    @property
    def drag(self) -> float:
        """What fees took a year."""
        return self.gross - self.net

    @property
    def funds(self) -> bool:
        """Whether expenses of funds are known."""
        return bool(self.returns.expenses.any())


def charges(policy: Policy) -> bool:
    """Whether any of its fees are charged, besides those that are only told."""
    return any(getattr(fee, "rates", None) is None for fee in policy.fees)


def review_fees(result: Result) -> FeeReview | None:
    """What fees took from `result`; None where its policy has none, and does not say what funds take."""
    fees = result.policy.fees
    if not fees:
        return None
    why = tuple(dict.fromkeys(fee.why for fee in fees))
    found = fee_returns(result.wealth, charged(result.dates, result.entries, why=why, currency=result.currency), _taken(result))
    f = float(result.periods_per_year)
    net, gross, before = (float(cagr(one, f)) for one in (found.net, found.gross, found.before_expenses))
    taken = float(np.nansum(found.expenses * result.wealth[:-1]))
    years = len(result.returns) / f
    running = fsum(_running(result, fee) for fee in fees)
    return FeeReview(found, net, gross, before, _by_cause(result, why), taken, running, years, result.currency)


def _taken(result: Result) -> Array | None:
    """(T - 1,) what funds took as parts of net asset value; None where nothing is known of it."""
    rates = [np.asarray(rates) for fee in result.policy.fees if (rates := getattr(fee, "rates", None)) is not None]
    if not rates:
        return None
    years = (result.dates - result.dates[0]) / np.timedelta64(1, "D") / 365.25
    return taken_by_funds(result.weights, np.sum(rates, axis=0), np.asarray(years))


def _by_cause(result: Result, why: tuple[str, ...]) -> dict[str, Decimal]:
    sums = dict.fromkeys(why, ZERO)
    with exact():
        for entry in result.entries:
            if isinstance(entry, Fee) and entry.why in sums:
                sums[entry.why] += entry.amount
    return {cause: amount for cause, amount in sums.items() if amount}


def _running(result: Result, fee: Charges) -> float:
    """About what a fee in arrears comes to from its last charge to the last session, at the value of that session."""
    if fee.billed is Billing.ADVANCE:
        return 0.0
    paid = [entry.when for entry in result.entries if isinstance(entry, Fee) and entry.why == fee.why]
    years = (plain_date(result.dates[-1]) - _latest(paid, plain_date(result.dates[0]))).days / 365.25
    return float(np.nan_to_num(fee.charge(result.wealth[-1:], np.array([years]))[0]))


def _latest(paid: list[date], opened: date) -> date:
    return max(paid, default=opened)


def fee_words(review: FeeReview) -> tuple[str, ...]:
    """What is to be said of it in sentences, the returns first."""
    unit = review.currency
    if review.years < 1.0:
        lines = [f"Fees over {review.years:.1f} years, too few to state returns a year."]
    else:
        more = f"; {_percent(review.before_expenses)} before what funds take as well" if review.funds else ""
        lines = [f"Return a year: {_percent(review.gross)} gross of fees, {_percent(review.net)} net of them{more}."]
    parts = [f"{cause} {amount:,.2f}" for cause, amount in review.charged.items()]
    lines.append(f"Fees charged, {unit}: {', '.join(parts)}." if parts else "No fee was charged.")
    if review.funds:
        lines.append(f"Funds took about {review.taken:,.0f} {unit} inside their prices, which is not charged again.")
    if review.running >= 0.005:
        lines.append(
            f"About {review.running:,.0f} {unit} for the time up to the last session is charged later, and not counted."
        )
    return tuple(lines)


def _percent(value: float) -> str:
    return f"{value:.1%}" if np.isfinite(value) else "n/a"
