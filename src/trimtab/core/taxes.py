"""The words of taxes: lots, gains, years, rates, and the law of one country as a role.

Money is Decimal, rates are fractions. A gain is realised when units leave: proceeds less what they cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import NamedTuple, Protocol

import numpy as np

from trimtab.core.arrays import Array, frozen, require_shape
from trimtab.core.money import ZERO


class Wrapper(Enum):
    """How the law treats an account."""

    TAXABLE = "taxable"
    DEFERRED = "deferred"  # nothing is taxed inside, all of it as income when it leaves (traditional IRA, pension)
    EXEMPT = "exempt"  # nothing is taxed inside or when it leaves (Roth IRA, ISA)


class Term(Enum):
    """How long something was held, in the law's two words."""

    SHORT = "short"
    LONG = "long"


class LotMethod(Enum):
    """Which lots a sale takes where nobody names them."""

    FIFO = "fifo"  # the oldest first
    LIFO = "lifo"  # the youngest first
    HIFO = "hifo"  # the dearest first
    LOWEST_GAIN = "lowest_gain"  # the least gain a unit first, in the base currency
    MIN_TAX = "min_tax"  # the least tax a unit first: short-term losses, long-term losses, then rising tax
    AVERAGE = "average"  # average cost, for funds: one cost a unit, units leave oldest first


class Lot(NamedTuple):
    """Units that came at once: `cost` was paid for all of them, and their holding period began on `acquired`.

    `id` names the entry that brought them: its number, and behind a point the lot that it came from where an exchange or
    a spin-off made it (`17`, `30.17`). `opened` is the date of that entry. `cost` carries what was adjusted.
    """

    id: str
    asset: int
    opened: date
    acquired: date
    units: Decimal
    cost: Decimal
    currency: str = ""


class Gain(NamedTuple):
    """What leaving units brought: `proceeds` less `cost`; below zero a loss, of which `disallowed` does not count now."""

    asset: int
    lot: str
    acquired: date
    sold: date
    units: Decimal
    proceeds: Decimal
    cost: Decimal
    entry: int  # number of the entry that realised it
    currency: str = ""
    disallowed: Decimal = ZERO  # above zero: the part of a loss that went into the cost of a replacement

    @property
    def amount(self) -> Decimal:
        """Proceeds less cost, before anything is disallowed."""
        return self.proceeds - self.cost

    @property
    def taxed(self) -> Decimal:
        """What counts this year."""
        return self.proceeds - self.cost + self.disallowed


@dataclass(frozen=True, slots=True)
class TaxRates:
    """What an amount of each kind is taxed at, as fractions of it; everything that adds up (federal, state) added."""

    short: Decimal
    long: Decimal
    ordinary: Decimal
    qualified: Decimal


@dataclass(frozen=True, slots=True)
class TaxYear:
    """What a tax year brought, in the base currency: gains net of losses by term, and incomes."""

    year: int
    short: Decimal = ZERO
    long: Decimal = ZERO
    ordinary: Decimal = ZERO  # dividends that are not qualified, interest earned
    qualified: Decimal = ZERO
    handed: Decimal = ZERO  # long-term gains that funds handed on
    marked: Decimal = ZERO  # futures that are marked to the market

    def __add__(self, other: TaxYear) -> TaxYear:
        """The same year in two accounts."""
        names = ("short", "long", "ordinary", "qualified", "handed", "marked")
        return TaxYear(self.year, *(getattr(self, name) + getattr(other, name) for name in names))


@dataclass(frozen=True, slots=True)
class Carried:
    """Losses that no gain has met yet, both zero or above."""

    short: Decimal = ZERO
    long: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Assessment:
    """The tax of one year (below zero never), what is carried into the next, and how it came about in lines of text."""

    year: int
    tax: Decimal
    carried: Carried = Carried()
    lines: tuple[tuple[str, Decimal], ...] = ()


class TaxRegime(Protocol):
    """The law of one country, as far as an investor meets it. A frozen component whose fields are its parameters.

    It may besides have `words`, a clause for sentences.
    """

    @property
    def pools(self) -> bool:
        """The law itself matches sales with purchases (a pool at average cost); the owner's choice of lots plays no part."""
        ...

    @property
    def window(self) -> int:
        """Days before and after a loss within which a purchase of the same thing disallows it; 0: none."""
        ...

    @property
    def methods(self) -> tuple[LotMethod, ...]:
        """Which lots the owner may choose to sell."""
        ...

    def year(self, on: date) -> int:
        """The tax year that a date belongs to, named by the year in which it ends."""
        ...

    def due(self, year: int) -> date:
        """The date on which the tax of a year is paid."""
        ...

    def term(self, acquired: date, sold: date) -> Term:
        """How long something was held."""
        ...

    def turns(self, acquired: date) -> date:
        """The first date on which a sale is long-term."""
        ...

    def rates(self, on: date) -> TaxRates:
        """The rates in force. Raises DataError where none are known for the date."""
        ...

    def assess(self, year: TaxYear, carried: Carried = Carried()) -> Assessment:
        """The tax of a year, and what is carried on."""
        ...


class Tranche(NamedTuple):
    """Units of one asset that one tax would be due on: `weight` of net asset value, tax rates of that weight."""

    weight: float
    now: float  # tax a unit of weight sold today; below zero saves tax
    later: float  # the same when it is put off: next year, or once it is long-term
    wait: float  # years until then; infinite where waiting changes nothing


@dataclass(frozen=True, slots=True, eq=False)
class Selling:
    """What selling would be taxed, for A assets: tranches (A, K) in the order in which units leave, filled up with weight zero.

    `weights` are parts of net asset value, `now` and `later` tax as a fraction of what is sold, `wait` years. The order
    is by rising tax where lots are chosen by least tax, and then the tax of a sale is convex in its size.
    """

    weights: Array
    now: Array
    later: Array
    wait: Array

    def __post_init__(self) -> None:
        for name in ("weights", "now", "later", "wait"):
            values = getattr(self, name)
            require_shape(name, values, self.weights.shape)
            if values.flags.writeable:
                object.__setattr__(self, name, frozen(values))


def tranches(rows: Sequence[Sequence[Tranche]]) -> Selling:
    """Tranches asset by asset as one value; shorter rows are filled with weight zero and tax zero."""
    width = max((len(row) for row in rows), default=0)
    filled = np.zeros((4, len(rows), width))
    filled[3] = np.inf
    for a, row in enumerate(rows):
        if row:
            filled[:, a, : len(row)] = np.array(row).T
    return Selling(*filled)
