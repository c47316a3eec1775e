"""The passage of time in a book: splits, dividends and endings on their dates, interest on cash, fees at the closes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np

from trimtab.accounting.charging import Instalment, instalments, worth
from trimtab.accounting.conditions import Conditions
from trimtab.accounting.ledger import Ledger
from trimtab.accounting.marks import Track, mark
from trimtab.core.arrays import Index
from trimtab.core.calendar import plain_date
from trimtab.core.entries import Delisting, Dividend, Entry, Fee, Fill, Interest, Payout, Split, Tax
from trimtab.core.frictions import Charges, FeeValue, Financing, Holding
from trimtab.core.money import ZERO, Currency, decimal_of, floor_to

Levy = Callable[[Ledger, date], Iterable[Tax]]
Arrivals = Mapping[int, Sequence[Entry]]  # by row of a session, what its owner brings or takes at its end
Told = Callable[[int, date, Decimal], None]  # of a split: of which asset, when, and what becomes of one unit


@dataclass(slots=True)
class Accrual:
    """Brings one ledger forward, session by session where something is paid. `row` is where it stands.

    Fees are charged at the closes of `fees`, the first `row` being the one at whose close the account is opened; `after`
    is the session that follows the last one, where a calendar knows it.
    """

    ledger: Ledger
    track: Track
    conditions: Conditions
    financing: Financing
    currency: Currency
    reinvest_digits: int | None  # precision of reinvested units; None: dividends stay in cash
    row: int
    digits: int = 8  # precision of units after a split
    holding: Holding | None = None  # what holding costs; None: nothing
    fees: Sequence[Charges] = ()
    after: np.datetime64 | None = None
    payouts: Sequence[Payout] | None = None  # (A,) what dividends are to the tax office; None: nobody asks
    levy: Levy | None = None  # the taxes that fall due; None: none
    levied: Sequence[int] = ()  # rows of the sessions on which any may
    split: Told | None = None  # who wants to know of splits, also of what is not held; None: nobody
    arrivals: Arrivals = field(default_factory=dict)  # after the first `row`: each comes when the session is over
    _charges: dict[int, list[Instalment]] = field(init=False)
    _pending: list[tuple[int, Decimal]] = field(default_factory=list)
    _eventful: Index = field(init=False)
    _coming: dict[int, Sequence[Entry]] = field(init=False)

    def __post_init__(self) -> None:
        self._charges = instalments(self.fees, self.conditions.sessions, self.row, after=self.after)
        self._eventful = self.conditions.eventful
        if self._charges:
            self._eventful = np.union1d(self._eventful, np.array(list(self._charges), dtype=np.intp))
        if self.levied:
            self._eventful = np.union1d(self._eventful, np.array(self.levied, dtype=np.intp))
        if self.arrivals:
            self._eventful = np.union1d(self._eventful, np.array(list(self.arrivals), dtype=np.intp))
        self._coming = dict(self.arrivals)

    def to(self, row: int) -> None:
        """Post all that happens up to session `row`, and on it.

        Dividends of `row` itself are reinvested, its fees charged and what its owner brings taken in later, by `reinvest`:
        trades at its open come first.
        """
        for eventful in self._due(row):
            self.reinvest()
            self._pass(eventful)
            self._splits(eventful)
            self._dividends(eventful)
            self._endings(eventful)
            if self.levy is not None and eventful in self.levied:
                for tax in self.levy(self.ledger, self._date(eventful)):
                    self.ledger.post(tax)
            self.track.note(eventful, self.ledger)
        if row > self.row:
            self.reinvest()
        self._pass(row)

    def _due(self, row: int) -> list[int]:
        """Rows after this one, up to `row`, on which anything happens."""
        if not len(self._eventful):
            return []
        first, last = np.searchsorted(self._eventful, [self.row + 1, row + 1])
        due: list[int] = self._eventful[first:last].tolist()
        return due

    @property
    def reserved(self) -> Decimal:
        """Dividends that wait to be reinvested: cash that no trade may spend."""
        return sum((amount for _, amount in self._pending), ZERO)

    def reinvest(self) -> None:
        """At the close of the current session: put its dividends into units, without cost, charge its fees, take in money."""
        pending, self._pending = self._pending, []
        for asset, amount in pending:
            price = decimal_of(self.conditions.closes[self.row, asset])
            units = floor_to(amount / price, Decimal(1).scaleb(-(self.reinvest_digits or 0)))
            if units:
                paid = -self.currency.round(units * price)
                self.ledger.post(Fill(self._date(self.row), asset, units, price, max(paid, -amount), ZERO, "dividend"))
        if pending:
            self.track.note(self.row, self.ledger)
        if self.row in self._charges:
            self._charge(self._charges.pop(self.row))
        if self.row in self._coming:
            self.ledger.extend(self._coming.pop(self.row))
            self.track.note(self.row, self.ledger)

    def _charge(self, due: Sequence[Instalment]) -> None:
        """Each fee on the value before any of them. Cash pays; it may go below zero until the next trades."""
        ending = worth(self.ledger, self.conditions.closes[self.row])
        for fee, years, since in due:
            value = self._average(since) if fee.base is FeeValue.AVERAGE else ending
            amount = self.currency.round(fee.due(value, years))
            if amount:
                self.ledger.post(Fee(self._date(self.row), amount, fee.why))
        self.track.note(self.row, self.ledger)

    def _average(self, since: int) -> Decimal:
        """Mean net asset value at the closes after row `since`, up to the current one."""
        marks = mark(self.track.since(since), self.conditions, self.financing, last=self.row, holding=self.holding)
        return decimal_of(marks.wealth[since - self.row :].mean())

    def _dividends(self, row: int) -> None:
        dividends = self.conditions.dividends
        for asset, units in enumerate(self.ledger.units):
            each = float(dividends[row, asset]) if dividends is not None else 0.0
            if not units or not each > 0.0:
                continue
            amount = self.currency.round(units * decimal_of(each))
            payout = Payout.QUALIFIED if self.payouts is None else self.payouts[asset]
            self.ledger.post(Dividend(self._date(row), asset, amount, "", payout))
            if self.reinvest_digits is not None and np.isfinite(self.conditions.closes[row, asset]):
                self._pending.append((asset, amount))

    def _splits(self, row: int) -> None:
        """Exchange units at a split; what is left of the smallest unit is paid at the session's close."""
        splits = self.conditions.splits
        if splits is None:
            return
        for asset in np.flatnonzero(splits[row] != 1.0).tolist():
            held, ratio = self.ledger.units[asset], decimal_of(splits[row, asset])
            if self.split is not None:
                self.split(asset, self._date(row), ratio)
            if held:
                exact = held * ratio
                whole = floor_to(exact, Decimal(1).scaleb(-self.digits))
                rest = self.currency.round((exact - whole) * decimal_of(self.conditions.closes[row, asset]))
                self.ledger.post(Split(self._date(row), asset, whole - held, rest, "", exact - whole))

    def _endings(self, row: int) -> None:
        """What is held of an asset that ended becomes cash: a position never vanishes."""
        for asset, price in self.conditions.endings.get(row, {}).items():
            held = self.ledger.units[asset]
            if held:
                self._pending = [pending for pending in self._pending if pending[0] != asset]
                amount = self.currency.round(held * decimal_of(price)) if price else ZERO
                self.ledger.post(Delisting(self._date(row), asset, -held, amount))

    def _pass(self, row: int) -> None:
        """Move to `row`: interest on cash, and what holding cost on the way."""
        before, self.row = self.row, row
        if row > before:
            self._interest(before, row)
            if self.holding is not None:
                self._holding(before, row)

    def _holding(self, before: int, row: int) -> None:
        """Charge for what was held on the way, at its last prices before it."""
        values = np.nan_to_num(self.ledger.counts * self.conditions.closes[before])
        years = self.conditions.years[row] - self.conditions.years[before]
        cost = float(self.holding.accrue(values, np.asarray(years)).sum()) if self.holding is not None else 0.0
        amount = self.currency.round(decimal_of(cost))
        if amount:
            self.ledger.post(Fee(self._date(row), amount, "holding"))
        self.track.note(row, self.ledger)  # from here on the cost runs on the values of this session

    def _interest(self, before: int, row: int) -> None:
        if not self.ledger.cash:
            return
        growth = float(self.conditions.bills[row] / self.conditions.bills[before])
        if growth == 1.0 and self.ledger.cash > 0:  # cash earns what bills earn
            return
        years = self.conditions.years[row] - self.conditions.years[before]
        earned = float(self.financing.accrue(np.asarray(float(self.ledger.cash)), np.asarray(growth), np.asarray(years)))
        if earned:
            amount = self.currency.round(decimal_of(earned))
            if amount:
                self.ledger.post(Interest(self._date(row), amount))

    def _date(self, row: int) -> date:
        return plain_date(self.conditions.sessions[row])
