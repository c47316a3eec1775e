"""Batches for the gate by hand: the same orders as a decision, and as tickets at the last hop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import numpy as np

from tests.execution.desk_words import CUT_OFF, book, decision, known_at
from trimtab.core.controls import Circumstances, Control, Ruled
from trimtab.core.orders import Ticket
from trimtab.core.rules import Rule, Rules
from trimtab.core.trades import Book, Order
from trimtab.core.values import Asset
from trimtab.execution.gate import Batch, Gate

UNIVERSE = (Asset("A0", "A0", "equity"), Asset("A1", "A1", "bonds"))
ASSETS = {"A0": 0, "A1": 1}
HELD = book(400.0, [30.0, 30.0], [10.0, 10.0])  # 1000: 0.3, 0.3 and 0.4 of cash
SECOND = np.timedelta64(1, "s")
HOUR = np.timedelta64(1, "h")
KNOWN = CUT_OFF - HOUR
LATER = CUT_OFF + HOUR  # when orders of the decision leave
VERSION = "1.2"
Trade = tuple[int, str, str]  # asset, units, price


def text_of(at: np.datetime64) -> str:
    return f"{at}Z"


def orders(*trades: Trade) -> list[Order]:
    return [Order(f"o{k}", asset, Decimal(units), Decimal(price)) for k, (asset, units, price) in enumerate(trades)]


def ticket(order: Order, **rest: Any) -> Ticket:
    words = {"known": text_of(KNOWN), "cutoff": text_of(CUT_OFF), "code": VERSION, "account": "ann"} | rest
    return Ticket(order.id, words.pop("account"), f"A{order.asset}", order.units, order.reference, **words)


def moment(**rest: Any) -> Circumstances:
    """An hour after the cut-off, with everything known that a control may ask for."""
    plain = {
        "now": LATER,
        "cutoff": CUT_OFF,
        "known": KNOWN,
        "prices": np.array([10.0, 10.0]),
        "nav": Decimal(1000),
        "open": np.array([True, True]),
        "adv": np.array([1e6, 1e6]),
    }
    return Circumstances(**(plain | rest))


@dataclass(frozen=True)
class Scene:
    """Orders, the book they meet, the moment, and the rules: whatever a test does not name is harmless."""

    trades: tuple[Trade, ...] = ((0, "1", "10"),)
    held: Book = HELD
    now: dict[str, Any] = field(default_factory=dict)
    known: np.datetime64 = KNOWN
    ticket: dict[str, Any] = field(default_factory=dict)
    tickets: tuple[dict[str, Any], ...] = ()  # what differs from one to the next
    target: tuple[float, float] | None = None
    rules: tuple[Rule, ...] = ()
    controls: tuple[Control, ...] = ()
    borrow: float = 0.0

    def gate(self, **without: Any) -> Gate:
        parts = {"rules": self.rules, "controls": self.controls} | without
        return Gate(Rules(parts["rules"], 2), self.borrow, tuple(map(Ruled, parts["controls"])), VERSION)

    def moment(self) -> Circumstances:
        return moment(**self.now)

    def decided(self) -> Batch:
        made = orders(*self.trades)
        way = self.held.held.copy()
        for order in made:
            way[order.asset] += float(order.units * order.reference) / self.held.nav
        return Batch.of(known_at(decision(self.target or way.tolist(), self.held, made), self.known))

    def ticketed(self) -> Batch:
        own = self.tickets or ({},) * len(self.trades)
        words = {"known": text_of(self.known)} | self.ticket
        made = [ticket(order, **(words | rest)) for order, rest in zip(orders(*self.trades), own, strict=True)]
        return Batch.after(made, self.held, assets=ASSETS)

    def batch(self, entry: str) -> Batch:
        return self.ticketed() if entry == "tickets" else self.decided()


def scene(*trades: Trade, **rest: Any) -> Scene:
    return Scene(trades, **rest) if trades else Scene(**rest)


def changed(one: Scene, trades: Sequence[Trade]) -> Scene:
    return replace(one, trades=tuple(trades))
