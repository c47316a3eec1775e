"""What a backtest hands back: wealth, weights, decisions, fills and everything that must be said beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from trimtab.accounting.result import AccountResult
from trimtab.accounting.result import result as account_result
from trimtab.core.arrays import Array, Dates
from trimtab.core.calendar import Frequency
from trimtab.core.entries import Entry, Fill
from trimtab.core.money import exact
from trimtab.core.orders import Status
from trimtab.core.roles import Journal
from trimtab.core.schedule import TradeAt, counted
from trimtab.core.trades import Decision
from trimtab.core.values import Aims, Asset
from trimtab.data.history import About
from trimtab.data.market import Market
from trimtab.desk.policy import Policy
from trimtab.desk.taxing import TaxRecord
from trimtab.desk.why import reasons


@dataclass(frozen=True, slots=True)
class Trials:
    """How many trials this workspace has seen, and how many different ones. Zero: nobody counts.

    `effective` is how many independent ones they are worth (0: not known, all count), `variance` that of the Sharpe ratio a
    period across trials of the result's frequency (None: not known), `missing` says in words what the registry lost.
    """

    total: int = 0
    distinct: int = 0
    effective: float = 0.0
    variance: float | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One policy over past days. T valuation sessions from funding on, A assets, F decisions that traded."""

    policy: Policy
    market: Market
    dates: Dates  # (T,)
    wealth: Array  # (T,) net asset value after costs and taxes, those owed and not yet paid included; currency
    weights: Array  # (T, A) held at each close; cash is what they leave of 1
    cash_index: Array | None  # (T,) growth of bills
    aims: Aims
    decisions: tuple[Decision, ...]
    traded: tuple[np.datetime64 | None, ...]  # date on which each decision was filled
    entries: tuple[Entry, ...]
    closing: tuple[Decimal, ...]  # (A,) last known prices, 0 where there never was one
    periods_per_year: int
    notes: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()  # decisions that the gate stopped, and why
    journal: Journal | None = field(default=None, repr=False)
    trials: Trials = field(default=Trials())
    taxes: TaxRecord | None = None  # None: nothing was taxed
    code_version: str = ""
    orders: Mapping[Status, int] = field(default_factory=dict)  # how many ended in each status

    @property
    def assets(self) -> tuple[Asset, ...]:
        """The universe."""
        return self.policy.universe

    @property
    def benchmark_weights(self) -> Array:
        """Strategic weights (A,)."""
        return self.policy.benchmark

    @property
    def account(self) -> AccountResult:
        """Where the change in net asset value came from, read from the entries: it adds up to the cent."""
        with exact():
            return account_result(self.entries, self.closing)

    @property
    def journal_head(self) -> str:
        """Hash of the last record of the journal: it stands for every decision and fill."""
        return self.journal.head() if self.journal is not None else ""

    @property
    def currency(self) -> str:
        """Base currency."""
        return self.policy.currency.code

    @property
    def returns(self) -> Array:
        """Simple returns (T - 1,) between valuation sessions."""
        return np.asarray(self.wealth[1:] / self.wealth[:-1] - 1.0)

    @property
    def riskfree(self) -> Array:
        """Simple returns of bills (T - 1,); zero where the policy names no cash series."""
        if self.cash_index is None:
            return np.zeros(len(self.dates) - 1)
        return np.asarray(self.cash_index[1:] / self.cash_index[:-1] - 1.0)

    @property
    def fills(self) -> tuple[Fill, ...]:
        """Every trade, oldest first; reinvested dividends are marked by their order `dividend`."""
        return tuple(entry for entry in self.entries if isinstance(entry, Fill))

    @property
    def turnover(self) -> tuple[Dates, Array]:
        """Fill dates (F,) and one-way turnover (F,) by decision, first funding included, as fractions of net asset value."""
        values = self._by_decision(lambda fill: float(fill.amount))
        one_way = [0.5 * (np.abs(v).sum() + abs(v.sum())) / d.book.nav for v, d in zip(values, self.decisions, strict=True)]
        return self._traded_dates(), np.array(one_way)

    @property
    def costs(self) -> Array:
        """Trading costs (F,) by decision, currency."""
        return np.array([v.sum() for v in self._by_decision(lambda fill: float(fill.cost))])

    @property
    def result_by_asset(self) -> tuple[Mapping[str, Any], ...]:
        """Price result, income and cost of each asset in currency; with interest and fees they add up to the change."""
        rows = zip(self.assets, self.account.assets, strict=True)
        return tuple(
            {"asset": a.id, "title": a.title, "price": r.price, "income": r.income, "cost": r.cost, "total": r.total}
            for a, r in rows
        )

    @property
    def about(self) -> tuple[About, ...]:
        """Provenance of each series that the policy reads."""
        return (*self.market.about, *(history.about for history in self.market.series.values()))

    @property
    def data_digest(self) -> str:
        """SHA-256 of the data."""
        return self.market.digest

    @property
    def seen_digest(self) -> str:
        """SHA-256 of everything from outside that the run depends on: the data, and the rates of tax where there are any."""
        table = getattr(self.policy.tax.regime, "table", None) if self.policy.tax is not None else None
        if table is None:
            return self.data_digest
        return hashlib.sha256(f"{self.data_digest}|{table!r}".encode()).hexdigest()

    @property
    def execution_words(self) -> str:
        """When it was decided and at which price filled, as it happened."""
        return execution_words(self.policy, self.market)

    def reason(self, decision: Decision) -> tuple[str, ...]:
        """Why this decision is what it is, a sentence a cause."""
        return reasons(self.policy, self.market, decision)

    def _traded_dates(self) -> Dates:
        dates = [t if t is not None else d.today.when for t, d in zip(self.traded, self.decisions, strict=True)]
        return np.array(dates, dtype="datetime64[D]")

    def _by_decision(self, value: Any) -> Sequence[Array]:
        """One array (A,) a decision: `value` of its fills by asset."""
        found = {str(decision.today.when): np.zeros(len(self.assets)) for decision in self.decisions}
        for fill in self.fills:
            when = fill.order.rpartition(":")[0]
            if when in found:
                found[when][fill.asset] += value(fill)
        return [found[str(decision.today.when)] for decision in self.decisions]


def execution_words(policy: Policy, market: Market) -> str:
    """The execution assumption in one sentence, true to the data at hand."""
    schedule = policy.schedule
    opens = schedule.trade is TradeAt.NEXT_OPEN
    unknown = ", since no opening price is known" if opens and not market.has_open else ""
    price = "open" if opens and not unknown else "close"
    how = f"filled at the next session's {price}{unknown}"
    if schedule.trade is TradeAt.NEXT_OBSERVATION:
        how = "filled a period later, at the next observation"
    if not schedule.wait:
        how = "filled at the same close the decision used (same_close, a convention of papers: not tradable as it is)"
    if schedule.lag:
        how = f"filled at the {price} {counted(schedule.wait)} later{unknown}, on the day of the next decision at the latest"
    monthly = f"; {market.frequency} data hold no next session" if market.monthly else ""
    day = f"{counted(schedule.offset)} after" if schedule.offset else "of"
    each = "session" if schedule.decide is Frequency.DAILY else schedule.decide.value
    return f"decided at the close {day} each {each}, {how}{monthly}"
