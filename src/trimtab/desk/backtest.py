"""A backtest is the desk on past days: the aims of all dates at once, then a short loop of look, decide, trade, book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from trimtab.accounting.accrual import Accrual, Arrivals
from trimtab.accounting.conditions import Conditions
from trimtab.accounting.journal import MemoryJournal
from trimtab.accounting.ledger import Ledger
from trimtab.accounting.marks import Marks, Track, mark
from trimtab.core.arrays import Array, Dates, Mask
from trimtab.core.calendar import day, plain_date
from trimtab.core.entries import Entry, Flow
from trimtab.core.errors import BreachError, DataError
from trimtab.core.money import ZERO, decimal_of, exact
from trimtab.core.schedule import Dividends, TradeAt
from trimtab.core.terms import CLOSE, DIVIDEND, OPEN
from trimtab.core.trades import Decision
from trimtab.core.values import Aims
from trimtab.data.market import Market, last_known
from trimtab.data.view import MarketView
from trimtab.desk.cycle import Desk
from trimtab.desk.dates import decision_view, fill_rows, following_session, splits_between
from trimtab.desk.decide import aims
from trimtab.desk.gates import gate_of
from trimtab.desk.notes import notes
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import bills, check_market, until, years
from trimtab.desk.result import Result
from trimtab.desk.taxing import Taxing, TaxRecord
from trimtab.desk.unknown import unknown_weights
from trimtab.execution.simulated import SimulatedBroker

Progress = Callable[[int, int], None]
Amend = Callable[[Decision, Ledger], Decision]  # what is traded of a decision; it may look at the fills of earlier ones


def backtest(policy: Policy, market: Market, *, progress: Progress | None = None, today: bool = False) -> Result:
    """Run `policy` over `market`. Raises PolicyError or DataError where it cannot be run; nothing is written.

    With `today` the last session is a decision date even where the schedule does not call for one.
    """
    market = until(market, policy.horizon.end)
    check_market(policy, market)
    view = decision_view(policy, market, today=today)
    knowledge = aims(policy, view)
    with exact():
        return Run(policy, market, view, knowledge).over(progress)


def knows(policy: Policy, view: MarketView, knowledge: Aims) -> Mask:
    """(D,) on which decision dates all prices, signals and weights are known that a first decision needs."""
    closes = view.window(CLOSE, 1)[:, 0]
    ready: Mask = np.ones(len(closes), dtype=bool)
    if not _complete(closes):
        ready = np.asarray(np.isfinite(closes).all(axis=1))
    if not _complete(knowledge.parts.values):
        ready = ready & np.isfinite(knowledge.parts.values).any(axis=2).all(axis=0)
    if not _complete(knowledge.goal):
        ready = ready & np.isfinite(knowledge.goal).all(axis=1)
    if getattr(policy.reacher, "reads_mean", False):
        ready = ready & np.isfinite(knowledge.forecast.mean).all(axis=1)
    if getattr(policy.reacher, "reads_covariance", False):
        ready = ready & np.isfinite(knowledge.forecast.covariance).all(axis=(1, 2))
    return ready


def _complete(values: Array) -> bool:
    """Whether all are known; a sum is one quick pass."""
    return bool(np.isfinite(np.add.reduce(values, axis=None)))


def first_decision(policy: Policy, view: MarketView, knowledge: Aims) -> int:
    """Number of the first decision that trades: `start` is reached, all prices, signals and weights are known."""
    ready = knows(policy, view, knowledge)
    if policy.horizon.start:
        ready = ready & (knowledge.days.dates >= day(policy.horizon.start))
    if not ready.any():
        dates = knowledge.days.dates
        what = f"no decision date between {dates[0]} and {dates[-1]} has all prices, signals and weights"
        last = knowledge.row(len(dates) - 1)
        why = f"; on the last one {unknown_weights(policy, last)}" if np.isnan(last.goal).any() else ""
        rest = "or leave out what has no weight" if why else "or shorter windows"
        raise DataError(f"{what}{why}", remedy=f"Give more history, {rest}.")
    return int(np.argmax(ready))


def conditions_of(policy: Policy, market: Market) -> Conditions:
    """What books are kept and valued under: prices, bills, bank."""
    closes, _ = last_known(market.fields[CLOSE], market.splits)
    closes = without_ended(closes, market)
    dividends, growth = market.fields.get(DIVIDEND), bills(policy, market)
    return Conditions(market.sessions, closes, dividends, growth, years(market), market.splits, market.endings)


def without_ended(closes: Array, market: Market) -> Array:
    """Closes (T, A) to value positions at: none where an asset has ended, so that nothing is ordered of it."""
    if not market.endings:
        return closes
    left = closes.copy()
    for row, ends in market.endings.items():
        left[row:, list(ends)] = np.nan
    return left


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a run begins: the number of its first decision, what is there by then, and by row what its owner does later."""

    number: int
    entries: tuple[Entry, ...]
    arrivals: Arrivals = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """What a pass left: the desk with its ledger, what it was valued under, the track, and what became of each decision.

    `decisions` are the policy's own; `traded` are their fill dates, None where nothing was filled, and `blocked` says why.
    """

    desk: Desk
    conditions: Conditions
    track: Track
    decisions: tuple[Decision, ...]
    traded: tuple[np.datetime64 | None, ...]
    blocked: tuple[str, ...]


@dataclass(slots=True)
class Run:
    """One pass over the decision dates of one account.

    It begins with the policy's capital on the first decision that trades, or as `begins` says; `amend` changes what is
    traded of a decision, never the decision that the next one and the journal know.
    """

    policy: Policy
    market: Market
    view: MarketView
    knowledge: Aims
    begins: Beginning | None = None
    amend: Amend | None = None

    def over(self, progress: Progress | None) -> Result:
        """Fund the account, take every decision in turn, and value the book at every session."""
        return self._result(self.walk(progress))

    def walk(self, progress: Progress | None = None) -> Walked:
        """Take every decision in turn, and let time pass up to the last session."""
        begins = self._funding() if self.begins is None else self.begins
        first = begins.number
        rows = self.view.rows[first:].tolist()
        fills = fill_rows(self.policy, self.market, self.view.rows[first:]).tolist()
        conditions, desk = self.conditions(), self.desk(len(rows))
        track = Track()
        accrual = self._accrual(desk, track, conditions, (rows[0], begins.arrivals))
        for entry in begins.entries:
            desk.ledger.post(entry)
        desk.ledger.funded = desk.ledger.funded or any(desk.ledger.units)
        track.note(rows[0], desk.ledger)
        decisions, traded, blocked = [], [], []
        for number, row in enumerate(rows):
            if progress is not None:
                progress(number + 1, len(rows))
            accrual.to(row)
            accrual.reinvest()
            decision = desk.propose(self.knowledge.row(first + number), conditions.closes[row])
            decisions.append(decision)
            if self.amend is not None:
                decision = self.amend(decision, desk.ledger)
            when, why = self._trade(desk, decision, accrual, (row, fills[number]))
            traded.append(when)
            blocked += why
        accrual.to(len(self.market.sessions) - 1)
        accrual.reinvest()
        return Walked(desk, conditions, track, tuple(decisions), tuple(traded), tuple(blocked))

    def _funding(self) -> Beginning:
        """The policy's capital, on the first decision that trades."""
        first = first_decision(self.policy, self.view, self.knowledge)
        when = self.market.sessions[self.view.rows[first]].item()
        return Beginning(first, (Flow(when, self.policy.horizon.capital.amount),))

    def _trade(
        self, desk: Desk, decision: Decision, accrual: Accrual, rows: tuple[int, int]
    ) -> tuple[np.datetime64 | None, list[str]]:
        """Fill the decision of one row on another. Returns the fill date, and what the gate said if it stopped it."""
        if decision.refused:
            return None, [f"{decision.today.when}: {decision.refused}"]
        row, fill_row = rows
        if fill_row >= len(self.market.sessions):
            return None, []
        accrual.to(fill_row)
        try:
            desk.trade(
                decision,
                self.market.sessions[fill_row],
                self.fill_prices(fill_row, self.policy.schedule.trade),
                reserved=accrual.reserved + desk.owed,
                splits=splits_between(self.market, row, fill_row),
            )
        except BreachError as error:
            return None, [f"{decision.today.when}: {error}"]
        accrual.track.note(fill_row, desk.ledger)
        accrual.reinvest()
        return self.market.sessions[fill_row], []

    def fill_prices(self, row: int, at: TradeAt) -> Array:
        """Fill prices (A,): the open where the schedule says so and it is known, else the close."""
        close = self.market.fields[CLOSE][row]
        if self.market.closed is not None:  # the price of a closed market is looked at, never traded
            close = np.where(self.market.closed[row], np.nan, close)
        if at is not TradeAt.NEXT_OPEN or OPEN not in self.market.fields:
            return np.asarray(close)
        opening = self.market.fields[OPEN][row]
        return np.asarray(np.where(np.isfinite(opening), opening, close))

    def conditions(self) -> Conditions:
        """What the books are kept and valued under."""
        return conditions_of(self.policy, self.market)

    def desk(self, decisions: int) -> Desk:
        """An empty account of the policy at a desk with a simulated broker, with room for so many decisions."""
        policy = self.policy
        taxing = None
        if policy.tax is not None and policy.tax.bites:
            taxing = Taxing.of(policy.tax.regime, policy.execution.lots, policy.currency)
        ledger = Ledger(len(policy.universe), decisions, lots=None if taxing is None else taxing.kept)
        if policy.remembers:
            ledger.remember_purchases()
        broker = SimulatedBroker(policy.costs, policy.currency, policy.digits)
        return Desk(policy, ledger, gate_of(policy), broker, MemoryJournal(), taxing=taxing)

    def _accrual(self, desk: Desk, track: Track, conditions: Conditions, begins: tuple[int, Arrivals]) -> Accrual:
        row, arrivals = begins
        reinvest = self.policy.execution.dividends is Dividends.REINVEST
        digits = self.policy.digits if reinvest else None
        policy, taxing = self.policy, desk.taxing
        return Accrual(
            desk.ledger,
            track,
            conditions,
            policy.cash,
            policy.currency,
            digits,
            row,
            policy.digits,
            holding=policy.holding,
            fees=policy.fees,
            after=following_session(self.market) if policy.fees else None,
            payouts=None if policy.tax is None else [policy.tax.payout(asset) for asset in policy.universe],
            levy=None if taxing is None else taxing.pay,
            levied=() if taxing is None else taxing.due_rows(conditions.sessions, row),
            split=None if taxing is None else taxing.split,
            arrivals=arrivals,
        )

    def _result(self, walked: Walked) -> Result:
        desk, conditions, track = walked.desk, walked.conditions, walked.track
        last = len(self.market.sessions) - 1
        marks = mark(track, conditions, self.policy.cash, last=last, holding=self.policy.holding)
        closing = [decimal_of(price) if price > 0.0 else ZERO for price in conditions.closes[last].tolist()]
        entries = tuple(desk.ledger.entries)
        sessions = self.market.sessions[track.rows[0] :]
        wealth, weights, taxes = _taxed(desk, marks, sessions, closing)
        named = bool(self.policy.cash.series)
        return Result(
            self.policy,
            self.market,
            sessions,
            np.concatenate([[float(self.policy.horizon.capital.amount)], wealth[1:]]),  # before first funding
            weights,
            conditions.bills[track.rows[0] :] if named else None,
            self.knowledge,
            walked.decisions,
            walked.traded,
            entries,
            tuple(closing),
            self.market.per_year,
            notes(self.policy, self.market),
            walked.blocked,
            desk.journal,
            taxes=taxes,
            orders=Counter(desk.orders.statuses.values()),
        )


def _taxed(desk: Desk, marks: Marks, sessions: Dates, closing: list[Decimal]) -> tuple[Array, Array, TaxRecord | None]:
    """Wealth less taxes owed (T,), weights of it (T, A), and the taxes; the marks themselves where nothing is taxed."""
    if desk.taxing is None:
        return marks.wealth, marks.weights, None
    taxes = desk.taxing.record(desk.ledger, plain_date(sessions[-1]), closing)
    wealth = marks.wealth - taxes.owed_at(sessions)
    return wealth, marks.weights * (marks.wealth / wealth)[:, None], taxes
