"""The passage of time in several books: the steps of `accounting.accrual`, in its order, over many accounts at once.

Where an account stands is kept one by one: a refused decision is not brought to the session of its fill, so that its debt
runs on from the decision, and interest on debt is simple.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from trimtab.accounting.charging import Instalment, instalments
from trimtab.accounting.conditions import Conditions
from trimtab.core.arrays import Array, Index
from trimtab.core.frictions import FeeValue, Financing, Holding
from trimtab.core.schedule import Dividends
from trimtab.data.market import Market
from trimtab.desk.dates import following_session
from trimtab.desk.policy import Policy
from trimtab.desk.twin_holdings import EVERYONE, Holdings, Who
from trimtab.desk.twin_marks import Marking

Charged = dict[int, list[tuple[Index, Instalment]]]  # by session: which accounts pay what


def charged(policy: Policy, market: Market, opened: Index) -> Charged:
    """The fees that fall due, for accounts that were opened at the closes of the sessions `opened` (V,); below 0: never."""
    found: Charged = {}
    if not policy.fees:
        return found
    after = following_session(market)
    for row in np.unique(opened[opened >= 0]).tolist():
        who = np.flatnonzero(opened == row)
        for on, due in instalments(policy.fees, market.sessions, row, after=after).items():
            found.setdefault(on, []).extend((who, one) for one in due)
    return found


@dataclass(slots=True)
class Passing:
    """Brings all accounts forward together. `row` is where they stand, but for those that wait behind."""

    holdings: Holdings
    marks: Marking
    conditions: Conditions
    financing: Financing
    holding: Holding | None
    reinvests: bool
    charges: Charged
    row: int
    _at: int | Index = field(init=False)
    _pending: Array | None = None  # dividends (V, A) in currency that wait to be reinvested
    _eventful: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._at = self.row
        rows = np.union1d(self.conditions.eventful, np.array(list(self.charges), dtype=np.intp))
        self._eventful = rows.tolist()

    @classmethod
    def of(cls, policy: Policy, holdings: Holdings, marks: Marking, charges: Charged, row: int) -> Passing:
        """The passing of time under a policy, from session `row` on."""
        reinvests = policy.execution.dividends is Dividends.REINVEST
        return cls(holdings, marks, marks.conditions, policy.cash, policy.holding, reinvests, charges, row)

    @property
    def reserved(self) -> Array | None:
        """Dividends (V,) that wait to be reinvested: cash that no trade may spend. None: there are none."""
        return None if self._pending is None else self._pending.sum(axis=-1)

    def open(self, row: int, who: Index) -> None:
        """Accounts `who` begin at session `row`, with the cash that they have."""
        self._stand(row, who)
        self.marks.note(row, who)

    def to(self, row: int, who: Who = EVERYONE) -> None:
        """All that happens up to session `row`, and on it; interest is paid up to it to `who` alone."""
        first, last = (bisect_right(self._eventful, one) for one in (self.row, row))
        for eventful in self._eventful[first:last]:
            self.reinvest()
            self._pass(eventful, EVERYONE)
            self._splits(eventful)
            self._dividends(eventful)
            self._endings(eventful)
            self.marks.note(eventful)
        if row > self.row:
            self.reinvest()
        self._pass(row, who)

    def reinvest(self) -> None:
        """At the close of the current session: put its dividends into units, without cost, and charge its fees."""
        if self._pending is not None:
            pending, self._pending = self._pending, None
            each = self.conditions.closes[self.row] / self.holdings.scale
            quanta = np.floor(np.divide(pending, each, out=np.zeros(pending.shape), where=pending > 0.0))
            self.holdings.quanta += quanta
            self.holdings.cash -= np.where(quanta > 0.0, quanta * each, 0.0).sum(axis=-1)
            self.holdings.remember(self.conditions.sessions[self.row], EVERYONE, quanta)
            self.marks.note(self.row)
        if self.row in self.charges:
            self._charge(self.charges.pop(self.row))

    def _charge(self, listed: Sequence[tuple[Index, Instalment]]) -> None:
        """Each fee on the value before any of them. Cash pays; it may go below zero until the next trades."""
        book = self.holdings
        due = [one for one in listed if not np.isnan(book.cash[one[0]]).all()]
        if len(due) < len(listed):  # accounts that are opened at this close, later on
            self.charges[self.row] = [one for one in listed if np.isnan(book.cash[one[0]]).all()]
        if not due:
            return
        ending = book.worth(self.conditions.closes[self.row]).sum(axis=-1) + book.cash
        amounts = []
        for who, (fee, years, since) in due:
            average = fee.base is FeeValue.AVERAGE
            value = self.marks.average(since, self.row, who) if average else ending[who]
            amounts.append(fee.charge(value, np.asarray(float(years))))
        for (who, _), amount in zip(due, amounts, strict=True):
            book.cash[who] -= amount
        self.marks.note(self.row, np.unique(np.concatenate([who for who, _ in due])))

    def _dividends(self, row: int) -> None:
        if self.conditions.dividends is None:
            return
        each = self.conditions.dividends[row]
        if not (each > 0.0).any():
            return
        amounts = self.holdings.units * np.where(each > 0.0, each, 0.0)
        self.holdings.cash += amounts.sum(axis=-1)
        if self.reinvests:
            self._pending = np.where(np.isfinite(self.conditions.closes[row]), amounts, 0.0)

    def _splits(self, row: int) -> None:
        """Exchange units at a split; what is left of the smallest unit is paid at the session's close."""
        splits = self.conditions.splits
        if splits is None or not (splits[row] != 1.0).any():
            return
        book, closes = self.holdings, self.conditions.closes[row]
        for asset in np.flatnonzero(splits[row] != 1.0).tolist():
            all_of_it = book.quanta[:, asset] * splits[row, asset]
            whole = np.floor(all_of_it)
            rest = (all_of_it - whole) / book.scale
            book.cash += np.where(rest > 0.0, rest * closes[asset], 0.0)
            book.quanta[:, asset] = whole
            for _, units in book.bought or ():
                units[:, asset] *= splits[row, asset]

    def _endings(self, row: int) -> None:
        """What is held of an asset that ended becomes cash: a position never vanishes."""
        for asset, price in self.conditions.endings.get(row, {}).items():
            book = self.holdings
            book.cash += book.quanta[:, asset] / book.scale * price
            book.quanta[:, asset] = 0.0
            if self._pending is not None:
                self._pending[:, asset] = 0.0

    def _pass(self, row: int, who: Who) -> None:
        """Move to `row`: interest on cash, and what holding cost on the way."""
        before = self._at if isinstance(who, slice) else np.broadcast_to(np.asarray(self._at), self.holdings.cash.shape)[who]
        self.row = row
        if isinstance(before, int) and before == row:
            return
        self._stand(row, who)
        now, book = self.conditions, self.holdings
        growth, years = np.asarray(now.bills[row] / now.bills[before]), np.asarray(now.years[row] - now.years[before])
        cash = book.cash[who]
        book.cash[who] = cash + self.financing.accrue(cash, growth, years)
        if self.holding is None:
            return
        values = np.nan_to_num(book.units[who] * now.closes[before])
        book.cash[who] -= self.holding.accrue(values, years[..., np.newaxis]).sum(axis=-1)
        self.marks.note(row, who)  # from here on the cost runs on the values of this session

    def _stand(self, row: int, who: Who) -> None:
        if isinstance(who, slice):
            self._at = row
            return
        at = np.broadcast_to(np.asarray(self._at), self.holdings.cash.shape).copy()
        at[who] = row
        self._at = at
