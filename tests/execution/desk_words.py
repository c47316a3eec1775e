"""Books, decisions and orders by hand, for tests of sizing, gate and broker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from trimtab.accounting.ledger import Ledger
from trimtab.core.entries import Fill, Flow
from trimtab.core.money import ZERO, decimal_of
from trimtab.core.trades import Book, Decision, Order, Reach
from trimtab.core.values import Aims, Asset, Days, Forecast, Parts, Regime, Scores

WHEN = np.datetime64("2020-01-31", "D")
CUT_OFF = np.datetime64("2020-01-31T23:00:00", "s")


def book(cash: float, units: Sequence[float], prices: Sequence[float]) -> Book:
    """An account with `cash` and `units` of each asset, as the ledger hands it out."""
    ledger = Ledger(len(units))
    paid = ZERO
    for asset, (count, price) in enumerate(zip(units, prices, strict=True)):
        if count:
            amount = -decimal_of(count) * decimal_of(price)
            ledger.post(Fill(WHEN.item(), asset, decimal_of(count), decimal_of(price), amount, ZERO, "before"))
            paid += amount
    ledger.post(Flow(WHEN.item(), decimal_of(cash) - paid))
    return ledger.book(WHEN, np.array(prices, dtype=float))


def order(asset: int, units: float, price: float) -> Order:
    return Order(f"2020-01-31:{asset}", asset, decimal_of(units), decimal_of(price))


def decision(target: Sequence[float], held: Book, orders: Sequence[Order] = (), relaxed: tuple[str, ...] = ()) -> Decision:
    """A decision to hold `target`, made on `held`, of which everything was known an hour before the cut-off."""
    weights, count = np.array(target, dtype=float), len(target)
    assets = tuple(Asset(f"A{a}", f"A{a}", "equity") for a in range(count))
    today = Aims(
        Days(np.array([WHEN]), np.array([CUT_OFF])),
        assets,
        Parts(assets, (), np.empty((0, 1, count))),
        Regime(("any",), np.ones((1, 1))),
        Scores(assets, np.zeros((1, count))),
        Forecast(np.full((1, count), np.nan), np.full((1, count, count), np.nan)),
        weights[None],
        weights[None],
        np.array([False]),
        np.array([CUT_OFF - np.timedelta64(3600, "s")]),
    ).row(0)
    reach = Reach(weights, held.held, np.asarray(1.0), np.asarray(np.inf))
    return Decision(today, held, reach, tuple(orders), (), relaxed)


def known_at(made: Decision, instant: np.datetime64) -> Decision:
    """The same decision, with an input that became known at `instant`."""
    return replace(made, today=replace(made.today.aims, known=np.array([instant])).row(0))


def money(text: str) -> Decimal:
    return Decimal(text)
