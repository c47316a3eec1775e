"""Accounts to attribute: entries read back from a book's numbers, plain readings of them, and a market to count by hand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from tests.desk import worlds
from trimtab.attribution.tactical import Attribution
from trimtab.core.entries import Entry, Fee, Fill, Flow, Opening, Tax
from trimtab.core.households import Account, Contract, Instrument
from trimtab.core.money import exact
from trimtab.core.terms import CLOSE
from trimtab.data.assembly import assemble
from trimtab.data.market import Market
from trimtab.desk.account_entries import Owned, owned
from trimtab.desk.books import Scope
from trimtab.desk.policy import Policy

D = Decimal
REGISTER = (Instrument("FX", contract=Contract.FUTURE), Instrument("C"), Instrument("ZZ"), Instrument("A"), Instrument("B"))
NUMBERS = (3, 4, 1)  # of A, B and C in it


def booked(policy: Policy, *entries: Entry, register: Sequence[Instrument] = REGISTER) -> Owned:
    """Entries in the policy's numbers as the book would have them, in its numbers, read back."""
    renumbered = [
        one._replace(asset=NUMBERS[one.asset]) if 0 <= getattr(one, "asset", -1) < 3 else one  # type: ignore[call-arg]
        for one in entries
    ]
    account = Account("A07", "Mueller")
    return owned(policy, Scope("A07", {"A07": account}, {"A07": account}), {"A07": renumbered}, register)


def plain_twr(
    market: Market, entries: Sequence[Entry], first: np.datetime64, last: np.datetime64, *, at_close: bool = False
) -> float:
    """Compounded from session to session, float by float; flows at the end of their session, or of the one before them.

    So are fills, where the policy trades `at_close`.
    """
    late = (Flow, Opening, Fill) if at_close else (Flow, Opening)
    days = market.sessions.tolist()
    times = [2 * bisect_right(days, e.when) - 1 if isinstance(e, late) else 2 * bisect_left(days, e.when) for e in entries]
    by_time: dict[int, list[Entry]] = {}
    for entry, time in zip(entries, times, strict=True):
        by_time.setdefault(time, []).append(entry)
    units, cash, growth, before = [0.0] * len(market.assets), 0.0, 1.0, float("nan")
    for time in range(2 * len(days)):
        row, after = divmod(time, 2)
        closes = market.fields[CLOSE][row].tolist()
        for entry in by_time.get(time, ()):
            if isinstance(entry, Fill | Opening):
                units[entry.asset] += float(entry.units)
            if isinstance(entry, Opening):
                before += float(entry.units) * closes[entry.asset]
            elif isinstance(entry, Fill):
                cash += float(entry.amount - entry.cost)
            else:
                amount = float(entry.amount) * (-1.0 if isinstance(entry, Fee | Tax) else 1.0)  # type: ignore[union-attr]
                cash, before = cash + amount, before + (amount if after else 0.0)
        if not after:
            value = cash + sum(u * p for u, p in zip(units, closes, strict=True))
            growth *= value / before if first < market.sessions[row] <= last else 1.0
            before = value
    return growth - 1.0


def plain_gain(market: Market, entries: Sequence[Entry], found: Attribution, *, at_close: bool) -> Decimal:
    """Change of net asset value less flows, exactly, with both read at the ends of the record alone."""

    def price(asset: int, when: np.datetime64) -> Decimal:
        return D(repr(float(market.fields[CLOSE][int(np.searchsorted(market.sessions, when, side="right")) - 1][asset])))

    def worth(when: date, flows: date) -> Decimal:
        cash, units = D(0), [D(0)] * 3
        before = when - timedelta(days=at_close)
        for one in entries:
            if one.when > (flows if isinstance(one, Flow | Opening) else before if isinstance(one, Fill) else when):
                continue
            if isinstance(one, Fill):
                cash += one.amount - one.cost
            elif not isinstance(one, Opening):
                cash += -one.amount if isinstance(one, Fee | Tax) else one.amount  # type: ignore[union-attr]
            if isinstance(one, Fill | Opening):
                units[one.asset] += one.units
        return cash + sum(u * price(a, np.datetime64(when)) for a, u in enumerate(units))

    with exact():
        first, last = found.starts[0].item(), found.ends[-1].item()
        flows = D(0)
        for one in entries:
            if first < one.when < last and isinstance(one, Flow | Opening):
                flows += one.amount if isinstance(one, Flow) else one.units * price(one.asset, np.datetime64(one.when))
        return worth(last, last - timedelta(days=1)) - worth(first, first) - flows


def by_hand() -> tuple[Policy, Market, date, date, date]:
    """A makes 10 % from the end of January to mid February, and 10 % again to the end of February; nothing else moves."""
    policy = worlds.policy(signals={}, combine=None, allocator={"use": "static"}, rules=[], cash=None, since=None)
    days = worlds.dates(60)
    january, middle, february = np.datetime64("2001-01-31"), np.datetime64("2001-02-14"), np.datetime64("2001-02-28")
    steps = np.where(days < middle, 10.0, np.where(days < february, 11.0, 12.1))
    prices = {"A": steps, "B": np.full(60, 20.0), "C": np.full(60, 30.0)}
    held = {name: worlds.history(name, {CLOSE: values}) for name, values in prices.items()}
    return policy, assemble(policy.universe, held, series=()), january.item(), middle.item(), february.item()
