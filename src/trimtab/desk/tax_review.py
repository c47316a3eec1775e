"""What taxes took from a backtest: returns before and after them, and the tax of every year with what it came from.

The three returns are those that funds disclose (SEC Form N-1A, Item 26(b)), of an account: before taxes (what was paid is
added back when it was paid), after taxes paid and owed, and after selling all at the end as well. Unlike a fund's they
are at the rates and by the rules of the policy, and a loss on the sale saves no more tax than the year owes. Years are
counted as everywhere: the number of returns over how many make a year.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from trimtab.accounting.taxes.disclosure import AfterTax, after_tax
from trimtab.core.arrays import Array
from trimtab.core.entries import Tax
from trimtab.core.money import ZERO, exact
from trimtab.core.taxes import Assessment, Gain, TaxYear
from trimtab.desk.counterparts import UNTAXED
from trimtab.desk.fee_review import charges
from trimtab.desk.result import Result
from trimtab.desk.taxation import Taxation

CENT = Decimal("0.01")
_BROUGHT = ("year", "short", "long", "ordinary", "qualified", "handed_on", "marked")
YEAR_COLUMNS = (*_BROUGHT, "carried_short", "carried_long", "tax", "due", "paid")
GAIN_COLUMNS = ("asset", "lot", "acquired", "sold", "term", "units", "proceeds", "cost", "gain", "disallowed")


@dataclass(frozen=True, slots=True)
class TaxedYear:
    """A tax year: what it brought, its assessment, when its tax is due, and when it was paid (None: not, or nothing was)."""

    about: TaxYear
    assessment: Assessment
    due: date
    paid: date | None

    @property
    def parts(self) -> tuple[tuple[str, Decimal], ...]:
        """The tax by kind, as the regime words it: parts that add up to it, below zero what losses saved.

        One part where the regime does not tell, or where losses would save more than there was.
        """
        lines = tuple((words, amount) for words, amount in self.assessment.lines if words.startswith("tax ") and amount)
        with exact():
            adds_up = abs(sum((amount for _, amount in lines), ZERO) - self.assessment.tax) < CENT
        return lines if adds_up else (("tax", self.assessment.tax),)


@dataclass(frozen=True, slots=True)
class TaxReview:
    """Returns a year as fractions (NaN where wealth is gone), and amounts in base currency.

    `liquidation` is what selling all at the end would add to the tax, `disallowed` the losses that wash sales put off.
    """

    returns: AfterTax
    paid: Decimal
    owed: Decimal
    liquidation: Decimal
    disallowed: Decimal
    years: tuple[TaxedYear, ...]
    currency: str

    @property
    def drag(self) -> float:
        """What taxes paid and owed took a year."""
        return self.returns.before - self.returns.distributions


def review_taxes(result: Result) -> TaxReview | None:
    """What taxes took from `result`; None where nothing was taxed."""
    record, tax = result.taxes, result.policy.tax
    if record is None or tax is None:
        return None
    when = {entry.year: entry.when for entry in result.entries if isinstance(entry, Tax)}
    pairs = zip(record.years, record.assessments, strict=True)
    years = tuple(TaxedYear(about, one, tax.regime.due(one.year), when.get(one.year)) for about, one in pairs)
    amounts = (record.paid, record.owed, record.liquidation, record.disallowed)
    return TaxReview(_returns(result), *amounts, years, result.currency)


def _returns(result: Result) -> AfterTax:
    """The three returns; NaN where there are fewer than two valuations."""
    record, years = result.taxes, len(result.returns) / result.periods_per_year
    if record is None or not years:
        return AfterTax(float("nan"), float("nan"), float("nan"), years)
    after_paid = result.wealth + record.owed_at(result.dates)  # `wealth` is net of what is owed as well
    sold = float(record.liquidation)
    return after_tax(after_paid, taxes_paid(result), years, accrued=float(record.owed), liquidation=sold)


def taxes_paid(result: Result) -> Array:
    """(T,) taxes that left the account since the valuation before, in currency."""
    paid = np.zeros(len(result.dates))
    for entry in result.entries:
        if isinstance(entry, Tax):
            paid[int(np.searchsorted(result.dates, np.datetime64(entry.when, "D")))] += float(entry.amount)
    return paid


def tax_words(review: TaxReview) -> tuple[str, ...]:
    """What is to be said of it in sentences, the three returns first."""
    found, unit = review.returns, review.currency
    if found.years < 1.0:
        lines = [f"Taxes over {found.years:.1f} years, too few to state returns a year."]
    else:
        returns = f"{_percent(found.before)} before taxes, {_percent(found.distributions)} after taxes paid and owed"
        lines = [f"Return a year: {returns}, {_percent(found.redemption)} after selling all at the end as well."]
    verb = "add" if review.liquidation >= 0 else "save"
    lines.append(
        f"Taxes paid {review.paid:,.2f} {unit}, owed at the end {review.owed:,.2f}; selling all would {verb} "
        f"{abs(review.liquidation):,.2f}."
    )
    if review.disallowed:
        lines.append(f"Wash sales put off losses of {review.disallowed:,.2f} {unit}.")
    left = review.years[-1].assessment.carried if review.years else None
    if left is not None and left.short + left.long:
        lines.append(f"Losses of {left.short + left.long:,.2f} {unit} are carried on, and nothing is counted for them.")
    return tuple(lines)


def left_out(tax: Taxation) -> tuple[str, ...]:
    """What the taxes of a policy do not know, in sentences."""
    lines = ["The tax of a year is paid in one sum when it is due: no instalments on estimates, no interest, no penalties."]
    lines.append("One rate for each kind: the gains of this account move nobody into another bracket.")
    if tax.regime.window:
        lines.append("Wash sales count this account alone, and only the same asset: not a spouse, not a retirement account.")
    if getattr(tax.regime, "state", None) == 0.0:
        lines.append("State and local taxes are left out: the policy names none.")
    lines.append(
        "Taxes withheld abroad, and what they are credited with, are left out. Fees and interest paid are not deducted."
    )
    lines.append("Tax on what was sold is taken off from the day of the trade on, tax on income from the next decision on.")
    return tuple(lines)


def uneven(result: Result, rivals: Sequence[Result]) -> tuple[str, ...]:
    """Rivals that are not taxed, or charged fees, as the policy is, in sentences: they are not compared like with like."""
    others = [one for one in rivals if one.policy.title != UNTAXED]
    lines = [_uneven(one.policy.title, "taxed", one.taxes is not None, result.taxes is not None) for one in others]
    lines += [_uneven(one.policy.title, "charged fees", charges(one.policy), charges(result.policy)) for one in others]
    return tuple(filter(None, lines))


def _uneven(title: str, what: str, theirs: bool, ours: bool) -> str:
    if theirs == ours:
        return ""
    return f"{title} is {what}, and this policy is not." if theirs else f"{title} is not {what}, and this policy is."


def year_rows(review: TaxReview) -> Iterator[tuple[object, ...]]:
    """A row of YEAR_COLUMNS a tax year, the oldest first; `paid` is empty where nothing was paid yet."""
    for one in review.years:
        about, found = one.about, one.assessment
        gains = (about.short, about.long, about.ordinary, about.qualified, about.handed, about.marked)
        yield (found.year, *gains, found.carried.short, found.carried.long, found.tax, one.due, one.paid or "")


def gain_rows(result: Result) -> Iterator[tuple[object, ...]]:
    """A row of GAIN_COLUMNS a gain, in order of sale; `gain` is before anything is disallowed."""
    tax = result.policy.tax
    for gain in result.taxes.gains if result.taxes is not None and tax is not None else ():
        yield _gain_row(gain, result.assets[gain.asset].id, tax.regime.term(gain.acquired, gain.sold).value if tax else "")


def _gain_row(gain: Gain, asset: str, term: str) -> tuple[object, ...]:
    dates = (gain.acquired, gain.sold)
    return (asset, gain.lot, *dates, term, gain.units, gain.proceeds, gain.cost, gain.amount, gain.disallowed)


def _percent(value: float) -> str:
    return f"{value:.1%}" if np.isfinite(value) else "n/a"
