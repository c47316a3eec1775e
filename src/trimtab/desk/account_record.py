"""The record of an account cut into periods: at the decisions of its policy, and wherever money came or went.

A flow counts at the end of its session, so that the returns of the periods are time-weighted (true valuation at each flow).
Positions taken over count at what they are worth on that day, not at what they once cost. Values come from units and cash,
results by asset from the ledger's own tally of the same entries: what reads both can hold one to the other.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise

import numpy as np

from trimtab.accounting.moves import moves_of, units_of
from trimtab.accounting.result import AccountResult, results
from trimtab.core.arrays import Array, Index
from trimtab.core.calendar import day
from trimtab.core.entries import Entry, Fill, Flow, Opening
from trimtab.core.errors import DataError, InvariantError
from trimtab.core.money import ZERO, decimal_of, exact
from trimtab.core.terms import CLOSE
from trimtab.data.market import Market, last_known
from trimtab.desk.account_entries import Owned, require_known, unknown_in
from trimtab.desk.backtest import without_ended
from trimtab.desk.policy import Policy

Timed = tuple[int, Entry]

SAME = Decimal("1e-12")  # of net asset value: what 34 digits may round


@dataclass(frozen=True, slots=True, eq=False)
class AccountRecord:
    """N periods: rows of the sessions that begin and end them (N,), and net asset value there (N,), flows at the beginning in.

    `held` (N, A) are weights once the period's trades were filled, at the money that was paid. `found` is what the ledger
    tells of each. Periods that begin with nothing are left out.
    """

    starts: Index
    ends: Index
    begin: Array
    end: Array
    held: Array
    found: tuple[AccountResult, ...]


def record_of(policy: Policy, market: Market, decided: Index, owned: Owned, *, first: date | None = None) -> AccountRecord:
    """The record from the first of the `decided` rows (D,), on or after `first`, on which the account holds anything.

    It ends with the last session of the market. Raises DataError where there is no such period, or where something that is
    held has no price; UsageError where the account has what the policy does not know.
    """
    with exact():
        clock = Clock(market, frozenset(decided.tolist()), at_close=not policy.schedule.wait)
        known = [entry for entry in owned.entries if day(entry.when) <= market.sessions[-1]]
        timed = sorted(((clock.time(entry), entry) for entry in known), key=lambda pair: pair[0])
        allowed = decided if first is None else decided[market.sessions[decided] >= day(first)]
        start, last = first_held(timed, allowed, owned), len(market.sessions) - 1
        if start >= last:
            raise _no_time()
        kept = [pair for pair in timed if 2 * start < pair[0] <= 2 * last]
        state = State.of([entry for time, entry in timed if time <= 2 * start])
        require_all_known(policy, owned, state, [entry for _, entry in kept])
        prices = Prices(policy, market)
        kept = [(time, prices.at_market(entry, time // 2)) for time, entry in kept]
        return _cut(kept, state, prices, clock, sorted({*allowed[allowed >= start].tolist(), *_flows(kept), last}))


class Clock:
    """When an entry takes effect: 2r up to the close of session r, 2r + 1 after it."""

    def __init__(self, market: Market, decided: frozenset[int], *, at_close: bool) -> None:
        self.days = [when.toordinal() for when in market.sessions.tolist()]
        self.decided, self.at_close = decided, at_close

    def time(self, entry: Entry) -> int:
        """Flows come after the close of their session, and so do fills at the very close that decided them."""
        when = entry.when.toordinal()
        if isinstance(entry, Flow | Opening):
            return 2 * (bisect_right(self.days, when) - 1) + 1
        row = bisect_left(self.days, when)
        at_close = self.at_close and isinstance(entry, Fill) and row in self.decided and self.days[row] == when
        return 2 * row + at_close

    def date(self, row: int) -> date:
        """The day of a session."""
        return date.fromordinal(self.days[row])


class Prices:
    """Closes as positions are valued at them, as exact numbers by session; zero where there is none."""

    def __init__(self, policy: Policy, market: Market) -> None:
        closes, _ = last_known(market.fields[CLOSE], market.splits)
        self.closes, self.sessions = without_ended(closes, market), market.sessions
        self.names = [asset.id for asset in policy.universe]
        self._known: dict[int, list[Decimal]] = {}

    def at(self, row: int) -> list[Decimal]:
        """(A,) on one session."""
        if row not in self._known:
            self._known[row] = [decimal_of(price) if price > 0.0 else ZERO for price in self.closes[row].tolist()]
        return self._known[row]

    def worth(self, state: State, row: int) -> Decimal:
        """Net asset value. Raises DataError where something held has no price."""
        prices = self.at(row)
        self._require([a for a, units in state.units.items() if units], row)
        return state.cash + sum((units * prices[a] for a, units in state.units.items() if units), ZERO)

    def at_market(self, entry: Entry, row: int) -> Entry:
        """What is taken over counts at what it is worth. Raises DataError where it has no price."""
        if not isinstance(entry, Opening):
            return entry
        self._require([entry.asset], row)
        return entry._replace(cost=entry.units * self.at(row)[entry.asset])

    def _require(self, assets: Sequence[int], row: int) -> None:
        prices = self.at(row)
        missing = [self.names[a] for a in assets if not prices[a]]
        if missing:
            what = f"no price of {', '.join(missing)} is known on {self.sessions[row]}, and it is held"
            raise DataError(what, remedy="Give its prices, or book how it left the account.")


@dataclass(slots=True)
class State:
    """Units by asset and cash by currency, empty for that of the account."""

    units: dict[int, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    purses: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> State:
        """After entries."""
        made = cls()
        for entry in entries:
            made.take(entry)
        return made

    def take(self, entry: Entry) -> None:
        """One entry more."""
        for asset, change in units_of(entry):
            self.units[asset] += change
        for code, amount in moves_of(entry):
            self.purses[code] += amount

    @property
    def cash(self) -> Decimal:
        """In the currency of the account."""
        return self.purses[""]

    @property
    def empty(self) -> bool:
        """Whether there is nothing at all."""
        return not any(self.units.values()) and not any(self.purses.values())


def first_held(timed: Sequence[Timed], decided: Index, owned: Owned) -> int:
    """The first decision row at the end of whose session anything is held. Raises DataError where there is none."""
    state, done = State(), 0
    for row in decided.tolist():
        while done < len(timed) and timed[done][0] <= 2 * row + 1:
            state.take(timed[done][1])
            done += 1
        if not state.empty:
            return int(row)
    what = f"{owned.name} holds nothing on any decision date of its policy that the data cover"
    raise DataError(what, remedy="Give data that reach further, an earlier --from, or wait for the first decision.")


def require_all_known(policy: Policy, owned: Owned, state: State, entries: Sequence[Entry]) -> None:
    """Raises UsageError where what is held, or an entry, is nothing that the policy knows."""
    count = len(policy.universe)
    names = [owned.strangers[a - count] for a, units in state.units.items() if a >= count and units]
    names += [f"money in {code}" for code, amount in state.purses.items() if code and amount]
    names += [name for entry in entries for name in unknown_in(entry, owned.strangers, count)]
    require_known(names, owned, policy)


def _flows(kept: Sequence[Timed]) -> dict[int, Decimal]:
    """What came in less what went out, by the row at whose end it did; what only moved between sleeves is none."""
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for time, entry in kept:
        if isinstance(entry, Flow | Opening):
            found[time // 2] += entry.amount if isinstance(entry, Flow) else entry.cost
    return {row: amount for row, amount in found.items() if amount}


def _cut(kept: Sequence[Timed], state: State, prices: Prices, clock: Clock, bounds: Sequence[int]) -> AccountRecord:
    """Values at the bounds (rows), and what the ledger tells in between."""
    opened, flows, begin, end, held = _opened(state, prices, clock, bounds[0]), _flows(kept), [], [], []
    times, done = [2 * row for row in bounds], 0
    for row, following in pairwise(bounds):
        begin.append(prices.worth(state, row) + flows.get(row, ZERO))
        money = {a: units * prices.at(row)[a] for a, units in state.units.items() if units}
        while done < len(kept) and kept[done][0] <= 2 * following:
            entry = kept[done][1]
            state.take(entry)
            if isinstance(entry, Fill | Opening):
                money[entry.asset] = money.get(entry.asset, ZERO) + (-entry.amount if isinstance(entry, Fill) else entry.cost)
            done += 1
        held.append([float(money.get(a, ZERO)) for a in range(len(prices.names))])
        end.append(prices.worth(state, following))
    closing = [prices.at(row) for row in bounds[1:]]
    entries = [*opened, *(entry for _, entry in kept)]
    found = results(entries, lambda entry: bisect_left(times, clock.time(entry)) - 1, closing)
    _require_same(found, end)
    return _kept(np.array(bounds), (begin, end), np.array(held), found)


def _require_same(found: Sequence[AccountResult], end: Sequence[Decimal]) -> None:
    """Stop where the ledger's own tally comes to another net asset value than units and cash do."""
    for one, value in zip(found, end, strict=True):
        if abs(one.nav - value) > SAME * max(abs(value), Decimal(1)):
            raise InvariantError(f"the ledger comes to {one.nav:f}, units and cash to {value:f}")


def _opened(state: State, prices: Prices, clock: Clock, row: int) -> list[Entry]:
    """What the record begins with, as if it had come in on that day at what it was worth."""
    when = clock.date(row)
    held = [(a, units) for a, units in sorted(state.units.items()) if units]
    return [Flow(when, state.cash), *(Opening(when, a, u, u * prices.at(row)[a], when) for a, u in held)]


def _kept(
    bounds: Index, values: tuple[Sequence[Decimal], Sequence[Decimal]], held: Array, found: Sequence[AccountResult]
) -> AccountRecord:
    """The periods that begin with something. Raises DataError where none does."""
    keep = [n for n, value in enumerate(values[0]) if value > 0]
    if not keep:
        raise _no_time()
    begin, end = (np.array([float(value) for value in one])[keep] for one in values)
    weights = held[keep] / begin[:, None]
    return AccountRecord(bounds[:-1][keep], bounds[1:][keep], begin, end, weights, tuple(found[n] for n in keep))


def _no_time() -> DataError:
    what = "there is no time in which the account was worth anything between a decision and the last price"
    return DataError(what, remedy="Give later prices, or an earlier --from.")
