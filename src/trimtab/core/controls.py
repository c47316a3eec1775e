"""What is checked of orders before they leave, besides the limits of construction: size, price, age, count, duplicates.

A control says what it measures and how much of it is allowed; above that is bad, equal to it is not. Every measurement is an
`Evaluation`, which the journal keeps. Units and money are Decimal, so that a boundary is a boundary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import NamedTuple, Protocol

import numpy as np

from trimtab.core.arrays import Array, Instants, Mask
from trimtab.core.orders import OrderKind, TradingState
from trimtab.core.rules import Severity

_NONE = Decimal(0)
Measured = Decimal | float


class Line(NamedTuple):
    """An order as controls read it: `asset` is its number in the policy, `notional` above zero, `limit` zero where none."""

    id: str
    asset: int
    units: Decimal
    reference: Decimal
    notional: Decimal
    limit: Decimal = _NONE
    kind: OrderKind = OrderKind.MARKET
    parent: str = ""


class Earlier(NamedTuple):
    """An order of the account that has left, or is about to: for counts, sums and duplicates."""

    id: str
    asset: int
    units: Decimal
    notional: Decimal
    at: np.datetime64  # when it left, UTC


@dataclass(frozen=True, slots=True, eq=False)
class Circumstances:
    """What is known when orders are judged. None where nobody can say: a control that needs it then stops the order.

    In a backtest `now` is the cut-off of the decision, prices are those it was made on, and the venue decides by itself
    whether its market is open (`market` is empty: a price is there, or nothing is filled).
    """

    now: np.datetime64
    cutoff: np.datetime64  # of the decision
    known: np.datetime64  # the latest of all inputs
    prices: Array  # (A,) last known, NaN where none is
    nav: Decimal
    quoted: Instants | None = None  # (A,) when these prices became known; None: with the decision
    open: Mask | None = None  # (A,) whether its market takes such orders now; None: the venue decides
    adv: Array | None = None  # (A,) average daily volume in currency
    state: TradingState = TradingState.ACTIVE
    earlier: tuple[Earlier, ...] = ()  # of this account, up to a day and a quarter back
    parents: Mapping[str, Decimal] = field(default_factory=dict)  # units left of each parent, with their sign
    restricted: frozenset[int] = frozenset()  # what must not be traded
    day: date = date.min  # the trading day, for what is counted by day


class Outcome(Enum):
    """What came out of an evaluation."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    WARN = "warn"
    BLOCK = "block"


class Evaluation(NamedTuple):
    """One measurement: which rule, where it is written, on what, how much, how much is allowed, and what follows."""

    rule: str
    source: str
    on: str  # id of the order; empty: the whole batch
    value: str
    limit: str
    outcome: Outcome
    words: str = ""  # the rule in a sentence


class Control(Protocol):
    """A check of orders. `values` answers one number a line, or a single one for the whole batch.

    It may besides have these voices:

    `moment`, True where nothing can be above `most` for a decision judged at its own cut-off, at the prices of its book and
    with nothing sent before, as in a backtest;
    `clears(orders, book)`, a quick look at bare orders in that case: True only where no value is above `most`;
    `deals`, True where it reads `Circumstances.adv` (volumes must be known);
    `dates`, True where it measures how old data are: what stops an order then is the data's fault (exit 4).
    """

    @property
    def batch(self) -> bool:
        """Whether it measures the batch as one."""
        ...

    @property
    def most(self) -> Measured:
        """How much is allowed, in the unit of `values`."""
        ...

    def values(self, lines: Sequence[Line], now: Circumstances) -> Sequence[Measured | None]:
        """What is measured; None where it cannot be: that stops the order."""
        ...

    @property
    def words(self) -> str:
        """The control in a sentence."""
        ...


@dataclass(frozen=True, slots=True)
class Ruled:
    """A control with its place in the written policy."""

    control: Control
    id: str = ""
    source: str = ""
    severity: Severity = Severity.BLOCK
    effective_from: date | None = None

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self.id or self.control.words
