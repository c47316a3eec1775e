"""What bars make of the orders at the paper broker: prices, spread, participation, and how an order ends.

A bar is looked at once it has closed: only then are its volume and its range known. Bars are taken in the order of their
closes, so that fills are the same whether somebody asks every minute or once a year. Within a bar the open comes before
the close and sales before purchases; what arrived earlier has the first share of the volume. Money that does not pay for all
purchases of an account at the same moment pays for the same part of each (`execution.affording`), as in a backtest.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import NamedTuple

from trimtab.core.money import ZERO, currency, decimal_of, floor_to
from trimtab.core.orders import OrderKind, Status, Ticket, TimeInForce
from trimtab.core.venues import Execution
from trimtab.execution.affording import afforded
from trimtab.execution.brokers.paper_book import Event, PaperBook, PaperOrder, execution_body, instant_text
from trimtab.execution.brokers.tape import Bar

Charge = Callable[[Decimal, str], Decimal]  # signed cash of a trade, instrument -> what it costs
_OPEN, _CLOSE = 0, 1
SHORT = "; money paid for no more"
_PRICE = Decimal("1e-8")  # a price with spread has so many digits


def free(_notional: Decimal, _instrument: str) -> Decimal:
    """Trading costs nothing."""
    return ZERO


@dataclass(frozen=True, slots=True)
class Terms:
    """How the paper broker deals (see `PaperBroker`)."""

    spread: Decimal = ZERO  # half of it, as a fraction of the price
    participation: Decimal = ZERO  # largest share of the volume of a bar; 0: no cap
    costs: Charge = free
    funded: bool = False
    quantum: Decimal = Decimal("1e-8")
    cents: bool = True

    def rounded(self, amount: Decimal, code: str) -> Decimal:
        """To the smallest amount of the currency."""
        return currency(code).round(amount) if self.cents else amount


class Chance(NamedTuple):
    """An order that a bar can fill: when in the bar, and at which price."""

    phase: int
    sells: bool
    order: PaperOrder
    bar: Bar
    price: Decimal

    @property
    def rank(self) -> tuple[int, bool, int]:
        """Earlier in the bar, then sales, then what arrived first."""
        return self.phase, not self.sells, self.order.number

    @property
    def purse(self) -> tuple[str, str]:
        """Account and currency that pay."""
        return self.order.ticket.account, self.order.ticket.currency


class _Filled(NamedTuple):
    units: Decimal  # with their sign
    amount: Decimal  # cash, before cost
    cost: Decimal


_NOTHING = _Filled(ZERO, ZERO, ZERO)


@dataclass(slots=True)
class Advance:
    """What came of some bars, on its way to the ledger."""

    fills: list[Event] = field(default_factory=list)
    ended: list[Event] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)

    @property
    def event(self) -> Event:
        """The line of the ledger."""
        return {"what": "advanced", "fills": self.fills, "ended": self.ended, "seen": self.seen}


def advance(book: PaperBook, bars: Mapping[str, Sequence[Bar]], terms: Terms) -> Iterable[Event]:
    """The lines that bars (by instrument, not looked at yet) add to the ledger, one for each instant of closing.

    The caller writes each, and takes it into the book, before it asks for the next.
    """
    flat = [(bar, instrument) for instrument, some in bars.items() for bar in some]
    for closes_at, group in groupby(sorted(flat, key=lambda pair: pair[0].closes_at), lambda pair: pair[0].closes_at):
        together = {instrument: bar for bar, instrument in group}
        orders = [order for order in book.working() if order.ticket.instrument in together and order.arrived < closes_at]
        if orders:
            yield _at_once(book, orders, together, terms)


def _at_once(book: PaperBook, orders: list[PaperOrder], bars: Mapping[str, Bar], terms: Terms) -> Event:
    """All fills and endings of bars that close at the same instant."""
    made = Advance(seen={name: instant_text(bar.closes_at) for name, bar in bars.items()})
    chances = (chance_of(order, bars[order.ticket.instrument], terms.spread) for order in orders)
    power, used, left = (
        _Power(book, terms, book.pooled),
        dict.fromkeys(bars, ZERO),
        {order.number: order.left for order in orders},
    )
    short: set[int] = set()
    ranked = sorted((one for one in chances if one), key=lambda one: one.rank)
    for _, group in groupby(ranked, key=lambda one: one.rank[:2]):
        rooms = []
        for chance in group:
            name = chance.order.ticket.instrument
            rooms.append((chance, min(abs(chance.order.left), _room(chance.bar, terms, used[name]))))
            used[name] += max(rooms[-1][1], ZERO)
        for (chance, room), filled in zip(rooms, _filled(rooms, power, terms), strict=True):
            used[chance.order.ticket.instrument] -= max(room, ZERO) - abs(filled.units)
            if abs(filled.units) < room and not chance.sells:
                short.add(chance.order.number)
            if filled.units:
                power.count(chance, filled)
                left[chance.order.number] -= filled.units
                made.fills.append({"execution": execution_body(_execution(chance, filled)), "amount": str(filled.amount)})
    for order in orders:
        if left[order.number] and (end := _ending(order, bars[order.ticket.instrument], terms)):
            end["why"] += SHORT if order.number in short else ""
            made.ended.append(end)
    return made.event


@dataclass(slots=True)
class _Power:
    """What accounts may spend while bars are gone through: cash and credit, and what was traded since."""

    book: PaperBook
    terms: Terms
    pooled: bool  # an order of several accounts is under way: whose money it brings is not known
    traded: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def of(self, purse: tuple[str, str]) -> Decimal | None:
        """Money of an account in a currency; None: nobody asks for it, the broker lends, or a block is under way."""
        if not (self.terms.funded and purse[0]) or self.pooled:
            return None
        return self.book.power(purse) + self.traded.get(purse, ZERO)

    def count(self, chance: Chance, filled: _Filled) -> None:
        """Money that a fill brings, or takes."""
        purse = chance.purse
        self.traded[purse] = self.traded.get(purse, ZERO) + filled.amount - filled.cost


def _filled(rooms: Sequence[tuple[Chance, Decimal]], power: _Power, terms: Terms) -> list[_Filled]:
    """Sales, or purchases, at one moment: of each at most its room, of the purchases of an account what money pays for."""
    if rooms[0][0].sells:
        found = [_priced(chance, room, terms) for chance, room in rooms]
        return [one if one.amount >= one.cost else _NOTHING for one in found]
    units = {chance.order.number: room for chance, room in rooms}
    for purse in dict.fromkeys(chance.purse for chance, _ in rooms):
        money = power.of(purse)
        own = [chance for chance, room in rooms if chance.purse == purse and room > 0]
        if money is not None:
            asked = [units[chance.order.number] for chance in own]
            less = afforded(asked, money, terms.quantum, partial(_need, own, terms))
            units.update(zip((chance.order.number for chance in own), less, strict=True))
    return [_priced(chance, units[chance.order.number], terms) for chance, _ in rooms]


def _need(chances: Sequence[Chance], terms: Terms, units: Sequence[Decimal]) -> Decimal:
    """What so many units of each purchase take out of cash."""
    found = [_priced(chance, count, terms) for chance, count in zip(chances, units, strict=True)]
    return sum([one.cost - one.amount for one in found], ZERO)


def chance_of(order: PaperOrder, bar: Bar, spread: Decimal) -> Chance | None:
    """Where in the bar the order can be filled, and at which price; None: nowhere. An order has one chance a bar."""
    sells = order.ticket.units < 0
    opened, close = _known(bar.open), _known(bar.close)
    early = bool(order.arrived <= bar.opens_at)
    quoted = opened if early else ZERO
    phase = _OPEN if quoted else _CLOSE
    match order.ticket.kind:
        case OrderKind.MARKET:
            price = _against(quoted or close, sells, spread)
        case OrderKind.ON_OPEN:
            phase, price = _auctioned(order.ticket, (phase, quoted if bar.begins else ZERO), spread)
        case OrderKind.ON_CLOSE:
            phase, price = _auctioned(order.ticket, (_CLOSE, close if bar.ends else ZERO), spread)
        case _:
            phase, price = _limited(order.ticket.limit, sells, _quotes(bar, early), spread)
    return Chance(phase, sells, order, bar, price) if price else None


def _auctioned(ticket: Ticket, found: tuple[int, Decimal], spread: Decimal) -> tuple[int, Decimal]:
    """Phase and price of an order for an auction: what was `found` there, where its limit, if it has one, allows that."""
    phase, price = found
    if ticket.limit:
        return _limited(ticket.limit, ticket.units < 0, [(phase, price, True)], spread)
    return phase, _against(price, ticket.units < 0, spread)


def _quotes(bar: Bar, early: bool) -> list[tuple[int, Decimal, bool]]:
    """What a limit order meets: phase, price, and whether it is a quote (or else an extreme that the order waited for)."""
    close, low, high = _known(bar.close), _known(bar.low), _known(bar.high)
    if not early:  # the range of a bar may lie before its arrival
        return [(_CLOSE, close, True)]
    return [(_OPEN, _known(bar.open), True), (_CLOSE, low, False), (_CLOSE, high, False), (_CLOSE, close, True)]


def _limited(limit: Decimal, sells: bool, quotes: list[tuple[int, Decimal, bool]], spread: Decimal) -> tuple[int, Decimal]:
    """The first quote that the limit allows, never beyond it; at the limit itself where the price only came to it."""
    for phase, price, quote in quotes:
        if price and (price >= limit if sells else price <= limit):
            dealt = _against(price, sells, spread) if quote else limit
            return phase, max(limit, dealt) if sells else min(limit, dealt)
    return _CLOSE, ZERO


def _known(price: float) -> Decimal:
    """A price as Decimal; zero where there is none."""
    return decimal_of(price) if math.isfinite(price) and price > 0 else ZERO


def _against(price: Decimal, sells: bool, spread: Decimal) -> Decimal:
    """What is dealt at: half the spread worse for us."""
    if not spread:
        return price
    return (price * (1 - spread if sells else 1 + spread)).quantize(_PRICE)


def _room(bar: Bar, terms: Terms, used: Decimal) -> Decimal:
    """Units of the bar that are left for us; none where its volume is not known and there is a cap."""
    if not terms.participation:
        return Decimal("Infinity")
    volume = decimal_of(bar.volume) if math.isfinite(bar.volume) and bar.volume > 0 else ZERO
    return floor_to(terms.participation * volume, terms.quantum) - used


def _priced(chance: Chance, units: Decimal, terms: Terms) -> _Filled:
    """So many units at the price of the chance. An order is charged on all of its fills together, so a minimum once."""
    if units <= 0:
        return _NOTHING
    order, ticket = chance.order, chance.order.ticket
    signed = -units if chance.sells else units
    amount = terms.rounded(-signed * chance.price, ticket.currency)
    cost = terms.rounded(terms.costs(order.amount + amount, ticket.instrument), ticket.currency) - order.charged
    return _Filled(signed, amount, max(cost, ZERO))


def _execution(chance: Chance, filled: _Filled) -> Execution:
    """The fill as it is reported; its id is a hash of the order and the bar."""
    order, bar = chance.order.ticket.id, chance.bar
    name = hashlib.sha256(f"{order}|{instant_text(bar.closes_at)}".encode()).hexdigest()[:32]
    at = instant_text(bar.opens_at if chance.phase == _OPEN else bar.closes_at)
    return Execution(name, order, filled.units, chance.price, filled.cost, bar.day, at)


def _ending(order: PaperOrder, bar: Bar, terms: Terms) -> Event | None:
    """How what is left of an order ends with this bar; None: it goes on."""
    kind, tif = order.ticket.kind, order.ticket.tif
    early = order.arrived <= bar.opens_at
    if kind is OrderKind.ON_OPEN:
        over, why = early and bar.begins, "the auction is over"
    elif kind is OrderKind.ON_CLOSE:
        over, why = bar.ends, "the auction is over"
    else:
        over, why = bar.ends and tif is TimeInForce.DAY, "the day is over"
    status = Status.EXPIRED
    if tif is TimeInForce.IOC:
        over, status, why = True, Status.CANCELLED, "what was not filled at once is cancelled"
    if not over:
        return None
    if terms.participation and not math.isfinite(bar.volume):
        why += "; the volume is not known"
    return {"order": order.ticket.id, "status": status.value, "why": why, "at": instant_text(bar.closes_at)}
