"""What an account, a sleeve or a household holds on a date: units, what they cost, what they are worth, and cash.

Net asset value and weights are known only where everything held has a price and every currency a rate; where not, it is said
what is missing. Futures are worth nothing beyond the variation that is in cash: they stand apart, with exposure and margin.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from trimtab.accounting.database.store import BookStore
from trimtab.accounting.taxes.none import NoTax
from trimtab.core.errors import DataError
from trimtab.core.households import Contract, Instrument
from trimtab.core.money import ZERO, currency, exact
from trimtab.core.taxes import TaxRegime
from trimtab.desk.books import Scope, entries_of
from trimtab.desk.folding import Folded, base_of, folded
from trimtab.desk.quoting import Quotes


@dataclass(frozen=True, slots=True)
class Line:
    """One instrument held. `cost` is in `currency`, `value` in that of the price and `worth` in that of the statement.

    None: not known. `gain` is value less cost, where both are in one currency.
    """

    instrument: str
    units: Decimal
    cost: Decimal
    currency: str
    price: Decimal | None = None
    priced: date | None = None
    value: Decimal | None = None
    gain: Decimal | None = None
    worth: Decimal | None = None
    weight: Decimal | None = None
    index: bool = False  # the price is the level of an index


@dataclass(frozen=True, slots=True)
class FutureLine:
    """A position in a future: `exposure` moves with the price and is no part of net asset value; None: not known."""

    instrument: str
    units: Decimal
    currency: str
    price: Decimal | None = None
    priced: date | None = None
    exposure: Decimal | None = None
    margin: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Purse:
    """Cash in one currency, and what it is in that of the statement; None where no rate is known."""

    currency: str
    amount: Decimal
    worth: Decimal | None
    weight: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """All that is held under one name. `nav` is None where something `missing` keeps it from being known."""

    name: str
    when: date
    currency: str
    lines: tuple[Line, ...]
    futures: tuple[FutureLine, ...]
    cash: tuple[Purse, ...]
    nav: Decimal | None
    missing: tuple[str, ...]

    @property
    def costs(self) -> Mapping[str, Decimal]:
        """What the lines cost, by currency."""
        found: dict[str, Decimal] = defaultdict(lambda: ZERO)
        with exact():
            for line in self.lines:
                found[line.currency] += line.cost
        return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Margins:
    """Initial margin of futures by id, as a fraction of exposure, as the user gives it; the book does not know it."""

    initial: Mapping[str, Decimal]


NO_MARGINS = Margins({})


def folded_scope(
    book: BookStore, scope: Scope, regime: TaxRegime, *, until: date | None = None, quotes: Quotes | None = None
) -> Folded:
    """The household that a scope belongs to, folded under a regime; with `quotes` its tax years are counted too."""
    rate = quotes.rate_in(base_of(scope.family)) if quotes is not None else None
    return folded(entries_of(book, tuple(scope.family)), scope.family, book.instruments(), regime, until=until, rate=rate)


def statement(
    book: BookStore,
    scope: Scope,
    when: date,
    quotes: Quotes,
    *,
    regime: TaxRegime = NoTax(),
    margins: Margins = NO_MARGINS,
) -> Statement:
    """What is held under a name on a date, at the last prices known then; cost under the law of `regime`."""
    found = folded_scope(book, scope, regime, until=when)
    return stated(found, scope, when, quotes, margins=margins)


def stated(found: Folded, scope: Scope, when: date, quotes: Quotes, *, margins: Margins = NO_MARGINS) -> Statement:
    """The statement of a household that is folded already."""
    maker = _Maker(found, scope, when, quotes)
    with exact():
        lines, futures, cash = maker.lines(), maker.futures(margins), maker.cash()
        parts = [line.worth for line in lines] + [purse.worth for purse in cash]
        nav = None if maker.missing else sum((part for part in parts if part is not None), ZERO)
        if nav is not None and nav > 0:
            lines = tuple(_weighed(line, nav) for line in lines)
            cash = tuple(replace(purse, weight=(purse.worth or ZERO) / nav) for purse in cash)
    return Statement(scope.name, when, scope.currency, lines, futures, cash, nav, tuple(maker.missing))


def _weighed(line: Line, nav: Decimal) -> Line:
    return replace(line, weight=None if line.worth is None else line.worth / nav)


class _Maker:
    """One statement in the making; `missing` collects what keeps net asset value from being known."""

    def __init__(self, found: Folded, scope: Scope, when: date, quotes: Quotes) -> None:
        self.found, self.scope, self.when = found, scope, when
        self.missing: list[str] = []
        self.rate = quotes.rate_in(scope.currency)
        held: dict[int, Decimal] = defaultdict(lambda: ZERO)
        with exact():
            for place in scope.places:
                for asset in found.assets(place):
                    held[asset] += found.held(place, asset)
        self.held = {asset: held[asset] for asset in sorted(held) if held[asset]}
        self.quotes = quotes.prices(found.instruments, tuple(self.held), when)

    def _instrument(self, asset: int) -> Instrument:
        return self.found.instruments[asset]

    def _future(self, asset: int) -> bool:
        return self._instrument(asset).contract is Contract.FUTURE

    def lines(self) -> tuple[Line, ...]:
        """Everything but futures."""
        return tuple(self._line(asset, units) for asset, units in self.held.items() if not self._future(asset))

    def _line(self, asset: int, units: Decimal) -> Line:
        one, quote = self._instrument(asset), self.quotes.get(asset)
        lots = [(lot, self.scope.places[place]) for place in self.scope.places for lot in self.found.of(place, asset)]
        cost = sum((lot.cost for lot, _ in lots), ZERO)
        codes = {lot.currency or account.currency for lot, account in lots}
        code = codes.pop() if len(codes) == 1 else one.currency
        if quote is None:
            self.missing.append(f"no price of {one.id}")
            return Line(one.id, units, cost, code)
        value = currency(quote.currency).round(units * quote.price)
        gain = value - cost if quote.currency == code and not codes else None
        worth = self._based(value, quote.currency)
        return Line(one.id, units, cost, code, quote.price, quote.day, value, gain, worth, index=quote.index)

    def futures(self, margins: Margins) -> tuple[FutureLine, ...]:
        """The futures."""
        return tuple(self._stand(asset, units, margins) for asset, units in self.held.items() if self._future(asset))

    def _stand(self, asset: int, units: Decimal, margins: Margins) -> FutureLine:
        one, quote = self._instrument(asset), self.quotes.get(asset)
        if quote is None:
            return FutureLine(one.id, units, one.currency)
        money, part = currency(one.currency), margins.initial.get(one.id)
        exposure = units * quote.price * one.multiplier
        margin = None if part is None else money.round(abs(exposure) * part)
        return FutureLine(one.id, units, one.currency, quote.price, quote.day, money.round(exposure), margin)

    def cash(self) -> tuple[Purse, ...]:
        """Cash by currency, that of the statement first."""
        purses: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for place, account in self.scope.places.items():
            positions = self.found.positions[place]
            purses[account.currency] += positions.cash
            for code, amount in positions.purses.items():
                purses[code] += amount
        own = self.scope.currency
        codes = sorted((code for code in purses if purses[code] or code == own), key=lambda code: (code != own, code))
        return tuple(Purse(code, purses[code], self._based(purses[code], code)) for code in codes)

    def _based(self, amount: Decimal, code: str) -> Decimal | None:
        """In the currency of the statement."""
        if code == self.scope.currency or not amount:
            return amount
        try:
            return currency(self.scope.currency).round(amount * self.rate(code, self.when))
        except DataError:
            told = f"no rate of {code} in {self.scope.currency}"
            if told not in self.missing:
                self.missing.append(told)
            return None
