"""Where the change in net asset value came from, asset by asset and cause by cause: the parts add up to the last digit.

Amounts in other currencies count at their closing rates throughout; what rates did since money was exchanged is a line of
its own.
"""

from __future__ import annotations

import decimal
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from trimtab.accounting.history import effective
from trimtab.accounting.moves import units_of
from trimtab.core.entries import (
    Delisting,
    Dividend,
    Entry,
    Exchange,
    Fee,
    Fill,
    Flow,
    Interest,
    Merger,
    Opening,
    ReturnOfCapital,
    SpinOff,
    Split,
    Tax,
    Variation,
)
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, exact

_WIDE = decimal.Context(prec=200, traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow])


@dataclass(frozen=True, slots=True)
class AssetResult:
    """Where the change in net asset value came from, for one asset; all in base currency, cost above 0 takes money."""

    price: Decimal
    income: Decimal
    cost: Decimal

    @property
    def total(self) -> Decimal:
        """Price result and income, less costs."""
        with decimal.localcontext(_WIDE):
            return self.price + self.income - self.cost


@dataclass(frozen=True, slots=True)
class AccountResult:
    """Results by asset, interest on cash, fees and taxes: they add up to the change in net asset value less flows, exactly.

    Flows are money, and positions taken over, at what they cost. `currency` is what exchanges of money brought, at the
    closing rates. All in the base currency.
    """

    assets: tuple[AssetResult, ...]
    interest: Decimal
    fees: Decimal
    flows: Decimal
    nav: Decimal
    tax: Decimal = ZERO
    currency: Decimal = ZERO

    @property
    def residual(self) -> Decimal:
        """What is unexplained: zero, or the ledger is wrong."""
        with decimal.localcontext(_WIDE):
            explained = sum((asset.total for asset in self.assets), ZERO) + self.interest - self.fees - self.tax
            return self.nav - self.flows - explained - self.currency


def result(
    entries: Sequence[Entry],
    closing: Sequence[Decimal],
    *,
    rates: Mapping[str, Decimal] | None = None,
    futures: Collection[int] = (),
    currency: str = "",
) -> AccountResult:
    """Split the life of an account, from nothing to positions valued at `closing` prices (A,), by asset and cause.

    `rates` are closing rates, base currency a unit, of every currency but the base, whose code is `currency`; prices are
    in the currency in which an asset was bought. `futures` are worth nothing beyond their settlements. A merger or a
    spin-off moves what the units cost on average from asset to asset, or their value where it is known. Raises
    InvariantError where a rate is missing.
    """
    with decimal.localcontext(_WIDE):
        tally = _Tally(len(closing), dict(rates or {}) | {"": Decimal(1), currency: Decimal(1)})
        for _, entry in effective(entries):
            tally.add(entry)
        return tally.close(closing, futures)


def results(
    entries: Sequence[Entry], period_of: Callable[[Entry], int], closing: Sequence[Sequence[Decimal]]
) -> tuple[AccountResult, ...]:
    """As `result`, for each of N periods by itself: `closing` prices (N, A) at their ends, `period_of` an entry its number.

    One currency, no futures. What a period did not change starts from the closing prices of the one before; `nav` is that
    at its end, and `residual` is zero of the periods together. An entry counts in its period in the order of effect.
    """
    sorted_in: dict[int, list[Entry]] = defaultdict(list)
    for _, entry in effective(entries):
        sorted_in[period_of(entry)].append(entry)
    with decimal.localcontext(_WIDE):
        tally, found = _Tally(len(closing[0]) if closing else 0, {"": Decimal(1)}), []
        for number, prices in enumerate(closing):
            for entry in sorted_in.pop(number, ()):
                tally.add(entry)
            found.append(tally.close(prices, ()))
        if sorted_in:
            raise InvariantError(f"{len(sorted_in)} entries belong to no period", remedy="Give periods that cover them all.")
        return tuple(_less(later, before) for before, later in pairwise((None, *found)) if later is not None)


def _less(later: AccountResult, before: AccountResult | None) -> AccountResult:
    """What came in between."""
    if before is None:
        return later
    assets = tuple(
        AssetResult(one.price - two.price, one.income - two.income, one.cost - two.cost)
        for one, two in zip(later.assets, before.assets, strict=True)
    )
    names = ("interest", "fees", "flows", "tax", "currency")
    return replace(later, assets=assets, **{name: getattr(later, name) - getattr(before, name) for name in names})


class _Tally:
    """Running sums in the base currency by asset, and by what an entry is otherwise."""

    def __init__(self, count: int, rates: Mapping[str, Decimal]) -> None:
        self.rates = rates
        self.units, self.price, self.income, self.cost, self.paid = ([ZERO] * count for _ in range(5))
        self.home = [""] * count  # currency of the price
        self.other: dict[type, Decimal] = defaultdict(lambda: ZERO)

    def based(self, amount: Decimal, code: str) -> Decimal:
        """At the closing rate."""
        if not code:
            return amount
        try:
            return amount * self.rates[code]
        except KeyError:
            raise InvariantError(f"no rate of {code} is known", remedy="Give its closing rate.") from None

    def add(self, entry: Entry) -> None:
        """One entry more, in the order of effect."""
        if isinstance(entry, Fill | Opening):
            self._trade(entry)
        elif isinstance(entry, Merger | SpinOff):
            self._hand_over(entry)
        elif isinstance(entry, Dividend):
            self.income[entry.asset] += self.based(entry.amount, entry.currency)
        elif isinstance(entry, Split | Delisting | ReturnOfCapital | Variation):
            self.price[entry.asset] += self.based(entry.amount, entry.currency)
            if isinstance(entry, Delisting):
                self._take(entry.asset, -entry.units)
            self._move(units_of(entry))
        elif isinstance(entry, Exchange):
            gained = self.based(entry.received, entry.bought) - self.based(entry.paid, entry.sold)
            self.other[Exchange] += gained
            self.other[Fee] += entry.cost
        elif isinstance(entry, Interest | Fee | Flow | Tax):
            self.other[type(entry)] += self.based(entry.amount, entry.currency)

    def _trade(self, entry: Fill | Opening) -> None:
        asset = entry.asset
        amount = self.based(entry.amount if isinstance(entry, Fill) else -entry.cost, entry.currency)
        self.price[asset] += amount
        self.home[asset] = entry.currency
        if isinstance(entry, Opening):
            self.other[Flow] -= amount
        else:
            self.cost[asset] += self.based(entry.cost, entry.currency)
        if entry.units > 0:
            self.paid[asset] -= amount
        else:
            self._take(asset, -entry.units)
        self.units[asset] += entry.units

    def _hand_over(self, entry: Merger | SpinOff) -> None:
        """What is received takes its value, or its share of what was paid, from one asset to the other."""
        asset, into = entry.asset, entry.into
        self.price[asset if isinstance(entry, Merger) else into] += self.based(entry.amount, entry.currency)
        moved = ZERO
        if isinstance(entry, SpinOff):
            moved = self._take(asset, self.units[asset] * entry.share)
        elif entry.received:
            moved = self._take(asset, -entry.units)
            if entry.price:
                moved = self.based(entry.received * entry.price, entry.currency)
        if entry.received:
            self.home[into] = self.home[asset] or entry.currency
        self.price[asset] += moved
        self.price[into] -= moved
        self.paid[into] += moved
        self._move(units_of(entry))

    def _take(self, asset: int, units: Decimal) -> Decimal:
        """What `units` were paid on average, which they take along."""
        held = self.units[asset]
        with exact():
            share = self.paid[asset] * units / held if held else ZERO
        self.paid[asset] -= share
        return share

    def _move(self, moves: Iterable[tuple[int, Decimal]]) -> None:
        for asset, change in moves:
            self.units[asset] += change

    def close(self, closing: Sequence[Decimal], futures: Collection[int]) -> AccountResult:
        """The sums, with positions at their closing prices."""
        other, count = self.other, len(closing)
        interest, fees, flows, tax = (other[kind] for kind in (Interest, Fee, Flow, Tax))
        flowing = sum(self.price, ZERO) + sum(self.income, ZERO) - sum(self.cost, ZERO)
        cash = flows + interest - fees - tax + other[Exchange] + flowing
        held = [(a, self.units[a] if a not in futures else ZERO, closing[a]) for a in range(count)]
        values = [self.based(units * price, self.home[a]) if units else ZERO for a, units, price in held]
        assets = tuple(AssetResult(values[a] + self.price[a], self.income[a], self.cost[a]) for a in range(count))
        return AccountResult(assets, interest, fees, flows, cash + sum(values, ZERO), tax, other[Exchange])
