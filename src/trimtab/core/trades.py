"""What is held, decided, ordered and filled. Units and money are Decimal, weights are fractions of net asset value."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from trimtab.core.arrays import Array, Dates, Mask
from trimtab.core.taxes import Selling
from trimtab.core.values import Dealing, Today


@dataclass(frozen=True, slots=True, eq=False)
class Turnover:
    """One-way turnover of past fills: decision dates (F,) and moves (F, ..., A + 1), cash last, each ½Δw with its sign.

    Repairs of breaches, first funding and flows are left out.
    """

    dates: Dates
    moves: Array


@dataclass(frozen=True, slots=True, eq=False)
class Purchases:
    """Units (F, A) bought on the dates (F,), above zero, in the units of today: what a split made of them."""

    dates: Dates
    units: Array


@dataclass(frozen=True, slots=True, eq=False)
class Power:
    """Part of a cost: `rate` (A,) times the traded value in currency to the power of `exponent` (at least 1: convex)."""

    rate: Array
    exponent: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """The account as the ledger hands it out at a decision: held weights (A,), net asset value and cash in currency.

    The desk adds what today's knowledge says of it: `covariance` (A, A) of returns per year, and `dealing`.
    """

    when: np.datetime64
    held: Array
    nav: float
    cash: float
    prices: Array  # (A,) marks, currency a unit
    units: tuple[Decimal, ...]
    money: Decimal  # cash, exactly
    turnover: Turnover
    funded: bool  # False until the first fill: first funding is exempt from turnover budgets
    base: Array | None = None  # (A,) what is held after repair of breaches; None: nothing was repaired
    covariance: Array | None = None  # None: nobody forecasts
    dealing: Dealing | None = None  # None: nothing in the policy asks for it
    bought: Purchases | None = None  # None: nothing in the policy asks for it
    still: Mask | None = None  # (A,) what stays as it is today: it is locked, or only sleeves hold it that do not decide
    selling: Selling | None = None  # None: nothing in the policy asks what selling is taxed

    @property
    def start(self) -> Array:
        """Where trading by choice begins (A,): what is held, after repair."""
        return self.held if self.base is None else self.base

    @property
    def digest(self) -> str:
        """SHA-256 over date, units and cash: which book a decision was made on."""
        text = "|".join([str(self.when), str(self.money), *map(str, self.units)])
        return hashlib.sha256(text.encode()).hexdigest()


class Order(NamedTuple):
    """An instruction to trade `units` of asset number `asset` (above zero buys, below zero sells)."""

    id: str
    asset: int
    units: Decimal
    reference: Decimal  # price at the decision, currency a unit


@dataclass(frozen=True, slots=True)
class Bite:
    """A limit that changed the answer: which rule, on what, what was wanted and what was allowed (weights)."""

    rule: str
    on: str
    wanted: float
    allowed: float


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """A reacher's answer: how far we may and should go today, all in weights (..., A)."""

    target: Array
    base: Array  # what is held, after repair of breaches
    share: Array  # (...) in [0, 1]: how much of the way from base to goal was taken
    left: Array  # (...) one-way turnover that the budgets allowed
    relaxed: tuple[str, ...] = ()  # kinds of limits that what is held leaves no way to meet, and that were set aside


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """One account on one date: the aims, the book they met, the target, the orders, and why it is not the aim."""

    today: Today
    book: Book
    reach: Reach
    orders: tuple[Order, ...]
    below_minimum: tuple[int, ...] = ()  # assets whose trade was too small to place
    relaxed: tuple[str, ...] = ()  # kinds of limits that could not be met and were set aside
    refused: str = ""  # why nothing is traded, where no portfolio keeps the limits or nothing is known; empty: it is

    @property
    def known(self) -> np.datetime64:
        """The latest instant at which any input became known; the gate refuses one after the cut-off."""
        return self.today.known

    @property
    def record(self) -> tuple[object, ...]:
        """What the journal keeps: the book it was made on, every intermediate number, the orders."""
        today = self.today
        said = (today.parts.values, today.scores.values, today.aim, today.goal, today.known)
        sleeves = today.aims.sleeves
        put = () if sleeves is None else (sleeves.contributions[:, today.d],)
        why = (self.refused,) if self.refused else ()
        return (self.book.digest, *said, self.reach, self.orders, self.below_minimum, self.relaxed, *put, *why)

    @property
    def id(self) -> str:
        """What it is called: its date, and the first letters of the digest of the book that it was made on."""
        return f"{self.today.when}/{self.book.digest[:8]}"

    @property
    def target(self) -> Array:
        """Weights to hold after today's trades (A,)."""
        return self.reach.target
