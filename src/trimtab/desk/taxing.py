"""The taxes of a backtest: lots and gains as trades realise them, what is owed at a decision, and what is paid when due.

The tax of a year is paid out of the account on the first session on or after the day it is due. Until then it is set aside
at each decision, so that it is never invested; what a decision's own sales are taxed is set aside at the next one. So
cash falls below zero, and financing is charged, only where tax falls due that no decision could set aside: on sales of a
year's last session where the next decision comes after the day of payment (year-end, same_close), or while what is held
is locked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import zip_longest

import numpy as np

from trimtab.accounting.ledger import Ledger
from trimtab.accounting.lots import Lots
from trimtab.accounting.taxes.least import LeastTax
from trimtab.accounting.taxes.pool import Pools
from trimtab.accounting.taxes.selling import SaleTax
from trimtab.accounting.taxes.tally import Tally
from trimtab.accounting.taxes.wash import WashSales
from trimtab.core.arrays import Array, Dates
from trimtab.core.calendar import day, plain_date
from trimtab.core.entries import Fill, Tax
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, Currency, decimal_of
from trimtab.core.rules import Rules
from trimtab.core.taxes import Assessment, Gain, LotMethod, Selling, TaxRegime, TaxYear, Term
from trimtab.core.trades import Book
from trimtab.desk.lot_choice import sold, unwanted


@dataclass(frozen=True, slots=True)
class TaxRecord:
    """What a backtest paid and owes: the assessment of every year, and what selling all at the end would cost besides.

    `paid` left the account, `owed` is due after the last session, `liquidation` would be due if all were sold on it.
    `years` are what each assessment is about, and `owing` what was owed from which date on.
    """

    assessments: tuple[Assessment, ...]
    paid: Decimal
    owed: Decimal
    liquidation: Decimal
    gains: tuple[Gain, ...]
    years: tuple[TaxYear, ...] = ()
    owing: tuple[tuple[np.datetime64, float], ...] = ()

    def owed_at(self, sessions: Dates) -> Array:
        """(T,) what was owed at each session: as it was last worked out."""
        dates = np.array([when for when, _ in self.owing], dtype="datetime64[D]")
        amounts = np.array([0.0, *(amount for _, amount in self.owing)])
        return np.asarray(amounts[np.searchsorted(dates, sessions, side="right")])

    @property
    def disallowed(self) -> Decimal:
        """Losses that wash sales put off."""
        return sum((gain.disallowed for gain in self.gains), ZERO)


@dataclass(slots=True)
class Taxing:
    """The taxes of one account, followed as its ledger grows."""

    regime: TaxRegime
    lots: Lots | Pools
    tally: Tally
    sale: SaleTax
    wash: WashSales | None = None  # None: the law knows none
    paid: dict[int, Assessment] = field(default_factory=dict)
    due: Decimal = ZERO  # as it was last worked out
    owing: list[tuple[np.datetime64, float]] = field(default_factory=list)  # what was owed when, for the path of wealth
    _kept: set[str] = field(default_factory=set)  # lots that the limits of the last decision do not want sold
    _noted: int = 0
    _counted: list[Gain] = field(default_factory=list)  # of a pool
    _realised: int = 0  # gains of lots that are counted

    @classmethod
    def of(cls, regime: TaxRegime, method: LotMethod, money: Currency) -> Taxing:
        """For one taxable account that is kept in `money`."""
        tally = Tally(regime, base=money.code)
        if regime.pools:
            return cls(regime, Pools(money=money), tally, SaleTax(regime))
        watcher = (
            WashSales(regime.window, told=lambda _, gain, amount: tally.disallowed(gain, amount)) if regime.window else None
        )
        lots = Lots(method, least=LeastTax(regime), watcher=watcher, money=money)
        if watcher is not None:
            watcher.join(lots, code=money.code)
        return cls(regime, lots, tally, SaleTax(regime, method), watcher)

    def owed(self, ledger: Ledger, when: date) -> Decimal:
        """Tax of this year so far and of earlier years that is not paid yet."""
        self._follow(ledger)
        self.due = sum((self.tally.assessment(year).tax for year in self._open(when)), ZERO)
        self.owing.append((day(when), float(self.due)))
        return self.due

    def pay(self, ledger: Ledger, when: date) -> Iterator[Tax]:
        """The taxes that are due on `when` or before, once."""
        self._follow(ledger)
        for year in self._open(when):
            if self.regime.due(year) > when:
                return
            found = self.paid[year] = self.tally.assessment(year)
            if found.tax:
                yield Tax(when, found.tax, year)
                self.due -= found.tax
                self.owing.append((day(when), float(self.due)))

    def split(self, asset: int, when: date, ratio: Decimal) -> None:
        """A split makes `ratio` units of one: losses that wait for a replacement are counted in units after it."""
        if self.wash is not None:
            self.wash.split(asset, when, ratio)

    def due_rows(self, sessions: Dates, first: int) -> tuple[int, ...]:
        """Rows of the sessions, from `first` on, on which tax is paid."""
        years = range(self.regime.year(plain_date(sessions[first])), self.regime.year(plain_date(sessions[-1])) + 1)
        rows = np.searchsorted(sessions, np.array([self.regime.due(year) for year in years], dtype="datetime64[D]"))
        return tuple(row for row in rows.tolist() if first < row < len(sessions))

    def selling(self, book: Book) -> Selling:
        """What selling at the book's prices would be taxed."""
        rows = [self.lots.of(asset) for asset in range(len(book.units))]
        return self.sale(rows, book.prices, book.nav, plain_date(book.when.astype("datetime64[D]")))

    def keep(self, book: Book, rules: Rules) -> None:
        """Look up which lots today's limits do not want sold: sales take the others first."""
        self._kept = set()
        if self.kept is None:  # a pool is one whole
            return
        rows = [self.lots.of(asset) for asset in range(len(book.units))]
        self._kept = {rows[asset][k].id for asset, k in unwanted(self.sale, rows, book, rules)}

    def around(self, fill: Fill) -> Fill:
        """A sale with the lots that it takes where the last decision keeps some: these last, others by the account's method."""
        if not self._kept or self.kept is None or fill.units >= 0:
            return fill
        lots = sold(self.kept, fill.asset, (-fill.units, fill.price, fill.when), self._kept)
        return fill._replace(lots=lots) if lots else fill

    @property
    def kept(self) -> Lots | None:
        """The lots that a ledger keeps in step."""
        return self.lots if isinstance(self.lots, Lots) else None

    def record(self, ledger: Ledger, when: date, closing: Sequence[Decimal]) -> TaxRecord:
        """All of it, at the end of a run valued at `closing` prices."""
        owed = self.owed(ledger, when)
        last = self.regime.year(when)
        open_years = tuple(self.tally.assessment(year) for year in self._open(when))
        paid = sum((one.tax for one in self.paid.values()), ZERO)
        assessments = (*(self.paid[year] for year in sorted(self.paid)), *open_years)
        liquidation = self._liquidation(last, when, closing)
        years = tuple(self.tally.year(one.year) for one in assessments)
        return TaxRecord(assessments, paid, owed, liquidation, tuple(self.lots.gains), years, tuple(self.owing))

    def _liquidation(self, year: int, when: date, closing: Sequence[Decimal]) -> Decimal:
        """What selling all adds to the tax of the year; a loss takes off as much as there is tax."""
        gains = {Term.SHORT: ZERO, Term.LONG: ZERO}
        for asset in self.lots.assets:
            for lot in self.lots.of(asset):
                gains[self.regime.term(lot.acquired, when)] += lot.units * closing[asset] - lot.cost
        so_far = self.tally.year(year)
        sold = replace(so_far, short=so_far.short + gains[Term.SHORT], long=so_far.long + gains[Term.LONG])
        carried = self.tally.carried(year)
        return self.regime.assess(sold, carried).tax - self.regime.assess(so_far, carried).tax

    def _open(self, when: date) -> range:
        """Tax years up to that of `when` that are not paid."""
        last = self.regime.year(when)
        return range(max(self.paid, default=min(self.tally.years, default=last) - 1) + 1, last + 1)

    def _follow(self, ledger: Ledger) -> None:
        """Count what came since the last time. Gains of a pool may have changed: those are taken back and counted anew."""
        pools = self.lots if isinstance(self.lots, Pools) else None  # a ledger keeps lots in step, not pools
        for number, entry in enumerate(ledger.entries[self._noted :], self._noted):
            self.tally.note(entry)
            if pools is not None:
                pools.post(number, entry)
        self._noted = len(ledger.entries)
        if pools is not None:
            self._recount(pools.gains)
            return
        for gain in self.lots.gains[self._realised :]:
            self.tally.realised(gain)
        self._realised = len(self.lots.gains)

    def _recount(self, gains: Sequence[Gain]) -> None:
        """Count what a pool gained: those gains that a later purchase has changed are taken back."""
        before = self._counted
        same = next(
            (k for k, (old, new) in enumerate(zip_longest(before, gains)) if old is not new and old != new), len(before)
        )
        for gain in before[same:]:
            self.tally.realised(gain._replace(proceeds=gain.cost, cost=gain.proceeds))
        for gain in gains[same:]:
            self.tally.realised(gain)
        self._counted = list(gains)


def set_aside(book: Book, owed: Decimal, rules: Rules) -> Book:
    """The book without the money that is owed: what is left to manage.

    What cannot be sold pays nothing: no more is set aside than the rest is worth. Raises InvariantError where all of it
    is owed.
    """
    if not owed:
        return book
    firm = rules.window(book, firm=True)
    if firm is not None:
        free = book.nav - book.nav * float(np.clip(firm[0], 0.0, book.held).sum())
        owed = min(owed, decimal_of(max(free, 0.0)))
    due = float(owed)
    nav = book.nav - due
    if not nav > 0.0:
        what = f"the account is worth {book.nav:.2f} on {book.when}, and owes {due:.2f} of tax"
        raise InvariantError(what, remedy="Ruin: a year's gains were lost before their tax was paid.")
    held: Array = book.held * (book.nav / nav)
    held.flags.writeable = False
    return replace(book, held=held, nav=nav, cash=book.cash - due, money=book.money - owed)
