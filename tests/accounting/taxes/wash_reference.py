"""Wash sales the obvious way: all purchases and sales of a household are known, and each loss looks at its whole window.

Units are whole, prices too, and lots are sold first in, first out. For each loss in order, for each purchase within the
window in order, the loss is moved; then the whole life is played again with the moves found so far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

WINDOW = timedelta(days=30)


class Deal(NamedTuple):
    """`units` above zero are bought, below zero sold, at `price`."""

    when: date
    place: str
    asset: int
    units: int
    price: int


@dataclass
class Part:
    units: int
    cost: int
    acquired: date
    used: bool = False


@dataclass
class Sold:
    deal: int
    purchase: int
    units: int
    proceeds: int
    cost: int
    acquired: date
    disallowed: int = 0


class Move(NamedTuple):
    """So many units of a loss go into a purchase, once both have happened."""

    loss: int
    purchase: int
    units: int
    at: int


@dataclass
class Life:
    """What came out: parts left by purchase, what was sold, and how much of a purchase was no replacement yet, when."""

    parts: dict[int, list[Part]] = field(default_factory=dict)
    sold: list[Sold] = field(default_factory=list)
    unused: dict[tuple[int, int], int] = field(default_factory=dict)


def batch(deals: Sequence[Deal], taxed: Mapping[str, bool], groups: Mapping[int, str]) -> Life:
    moves: list[Move] = []
    place = 0
    while True:
        life = play(deals, moves, taxed)
        if place == len(life.sold):
            return life
        moves += matches(place, life, deals, taxed, groups)
        place += 1


def matches(place: int, life: Life, deals: Sequence[Deal], taxed: Mapping[str, bool], groups: Mapping[int, str]) -> list[Move]:
    sold = life.sold[place]
    sale = deals[sold.deal]
    found: list[Move] = []
    left = sold.units if taxed[sale.place] and sold.proceeds < sold.cost else 0
    for p, deal in enumerate(deals):
        if deal.units < 0 or p == sold.purchase or groups[deal.asset] != groups[sale.asset]:
            continue
        if abs(deal.when - sale.when) <= WINDOW:
            at = max(p, sold.deal)
            units = min(left, life.unused[at, p])
            left -= units
            found += [Move(place, p, units, at)] if units else []
    return found


def play(deals: Sequence[Deal], moves: Sequence[Move], taxed: Mapping[str, bool]) -> Life:
    life = Life()
    for d, deal in enumerate(deals):
        if deal.units > 0:
            life.parts[d] = [Part(deal.units, deal.units * deal.price, deal.when)]
        else:
            sell(life, d, deals)
        for move in moves:
            if move.at == d:
                apply(life, move, deals, taxed)
        for p, parts in life.parts.items():
            life.unused[d, p] = sum(part.units for part in parts if not part.used)
    return life


def sell(life: Life, d: int, deals: Sequence[Deal]) -> None:
    deal, wanted = deals[d], -deals[d].units
    for p, parts in life.parts.items():
        if (deals[p].place, deals[p].asset) != (deal.place, deal.asset):
            continue
        for part in list(parts):
            units = min(wanted, part.units)
            if units:
                cost = part.cost // part.units * units
                life.sold.append(Sold(d, p, units, units * deal.price, cost, part.acquired))
                wanted, part.units, part.cost = wanted - units, part.units - units, part.cost - cost
            if not part.units:
                parts.remove(part)
    assert not wanted


def apply(life: Life, move: Move, deals: Sequence[Deal], taxed: Mapping[str, bool]) -> None:
    sold = life.sold[move.loss]
    each = (sold.cost - sold.proceeds) // sold.units
    sold.disallowed += each * move.units
    parts = life.parts[move.purchase]
    rest = next(part for part in parts if not part.used)
    chosen = rest
    if move.units < rest.units:
        cost = rest.cost // rest.units * move.units
        chosen = Part(move.units, cost, rest.acquired)
        rest.units, rest.cost = rest.units - move.units, rest.cost - cost
        parts.append(chosen)
    chosen.used = True
    if taxed[deals[move.purchase].place]:
        chosen.cost += each * move.units
        chosen.acquired -= deals[sold.deal].when - sold.acquired
