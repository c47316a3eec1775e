"""Tickets, stamps, clocks and tapes by hand, for tests of brokers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from trimtab.core.orders import OrderKind, Ticket, TimeInForce, client_id
from trimtab.execution import gate
from trimtab.execution.brokers.tape import Bar
from trimtab.execution.gate import Stamped

NAN = float("nan")
MONDAY = date(2026, 1, 5)


def ticket(units: str, instrument: str = "SPY", line: int = 1, *, reference: str = "100", **rest: Any) -> Ticket:
    """An order of the account `ann`; `limit` and other fields as they are named."""
    order = client_id("a run", line)
    return Ticket(order, rest.pop("account", "ann"), instrument, Decimal(units), Decimal(reference), **rest)


def limit(units: str, price: str, line: int = 1, tif: TimeInForce = TimeInForce.DAY) -> Ticket:
    return ticket(units, line=line, kind=OrderKind.LIMIT, limit=Decimal(price), tif=tif)


def stamped(*tickets: Ticket) -> Stamped:
    """Orders with the gate's seal: the gate itself has tests of its own."""
    return Stamped(tuple(tickets), seal=gate._SEAL)


@dataclass
class HandClock:
    """A clock that stands where it is put."""

    at: np.datetime64 = field(default_factory=lambda: instant("2026-01-05T09:00"))

    def now(self) -> np.datetime64:
        return self.at

    def to(self, text: str) -> None:
        self.at = instant(text)


def instant(text: str) -> np.datetime64:
    return np.datetime64(text, "s")


@dataclass
class HandTape:
    """Bars by instrument, as they are put in."""

    rows: dict[str, list[Bar]] = field(default_factory=dict)

    def bars(self, instrument: str, after: np.datetime64, until: np.datetime64) -> Sequence[Bar]:
        return [bar for bar in self.rows.get(instrument, []) if after < bar.closes_at <= until]

    def day(self, number: int, prices: Sequence[float], volume: float = 1e6, instrument: str = "SPY") -> None:
        """A session `number` days after Monday 2026-01-05, open 14:30 to 21:00; prices are open, high, low, close."""
        day = MONDAY + timedelta(days=number)
        opens, closes = instant(f"{day}T14:30"), instant(f"{day}T21:00")
        opened, high, low, close = prices
        self.rows.setdefault(instrument, []).append(Bar(opens, closes, opened, high, low, close, volume, day))
