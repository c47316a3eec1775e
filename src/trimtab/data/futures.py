"""Futures as one series: the roll table, the chain of contract returns, and adjusted price series for showing.

The chain holds one contract at a time: the return of a day is that of the contract held over it, a roll sells at one price and
buys at another on the same date, and its cost is taken out there. Anchored at the first date, it never changes when a later
roll is added: store the roll table, not an adjusted series. It is an excess return; cash is earned beside it. Ratio-adjusted
history (each earlier price times new / old of every later roll) has the same returns but is revised at every roll; the
difference-adjusted one (plus new - old) has wrong returns and is for showing alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

import numpy as np

from trimtab.core.arrays import Array, Dates, Instants, frozen, require_shape
from trimtab.core.errors import DataError
from trimtab.data.history import Issue


@dataclass(frozen=True, slots=True, eq=False)
class Contract:
    """One contract: settlements (T,) on dates (T,), NaN where unknown, and what a roll rule may look at."""

    name: str
    expiry: np.datetime64  # last date on which it trades
    dates: Dates
    settle: Array
    open_interest: Array | None = None  # contracts, after the session
    volume: Array | None = None  # contracts, in the session

    def __post_init__(self) -> None:
        for values in (self.settle, self.open_interest, self.volume):
            if values is not None:
                require_shape(self.name, values, self.dates.shape)
        if bool((np.diff(self.dates) <= np.timedelta64(0, "D")).any()):
            raise DataError(f"the dates of {self.name} do not rise", remedy="Sort them and drop duplicates.")


@dataclass(frozen=True, slots=True)
class Roll:
    """At the settlement of `date`, `old` is sold at `price_old` and `new` bought at `price_new`.

    `cost` is a fraction of the amount rolled: spread, commission and slippage of both legs. Roll yield is no cost.
    """

    date: np.datetime64
    old: str
    new: str
    price_old: float
    price_new: float
    cost: float = 0.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.price_old) and np.isfinite(self.price_new)):
            what = f"the roll from {self.old} to {self.new} on {self.date} lacks a price"
            raise DataError(what, remedy="Roll on a date on which both contracts settled.")
        if not 0.0 <= self.cost < 1.0:
            what = f"the roll of {self.date} costs {self.cost:g}"
            raise DataError(what, remedy="Give a fraction of the amount rolled: .0002 for 2 bp.")


class Adjustment(Enum):
    """How earlier prices are moved to meet the later ones at each roll."""

    RATIO = "ratio"
    DIFFERENCE = "difference"


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Index (T,) of chained contract returns, starting at 1; NaN where unknown and from a price at or below zero on."""

    dates: Dates
    index: Array
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Adjusted:
    """Prices (T,) moved so that they end at those of the last contract. A vintage: every later roll changes them."""

    dates: Dates
    values: Array
    method: Adjustment

    @property
    def for_showing_only(self) -> bool:
        """Whether its returns are wrong."""
        return self.method is Adjustment.DIFFERENCE

    def returns(self) -> Array:
        """Simple returns (T - 1,) before roll costs. Raises DataError where they would be wrong."""
        if self.for_showing_only:
            what = "returns of a difference-adjusted series are wrong: its levels are no prices"
            raise DataError(what, remedy="Use `chained`, or the ratio method.")
        return np.asarray(self.values[1:] / self.values[:-1] - 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """A contract while it is held: dates and prices, the last ones those of the roll out of it, if any."""

    dates: Dates
    prices: Array
    entry: float
    way_out: Roll | None


def chained(contracts: Sequence[Contract], rolls: Sequence[Roll]) -> Chain:
    """The chain from the contract that expires first through `rolls`, which rise by date.

    A price at or below zero ends it with an issue: over such a price (WTI on 2020-04-20) no return has a meaning.
    Raises DataError for a roll table that does not lead from contract to contract.
    """
    level, parts = 1.0, []
    held = _held(contracts, rolls)
    for stay in held:
        index = level * (stay.prices / stay.entry)
        if stay.way_out is not None:
            index[-1] *= 1.0 - stay.way_out.cost
            level = float(index[-1])
        parts.append(index)
    dates, index = np.concatenate([stay.dates for stay in held]), np.concatenate(parts)
    bad, what = _below_zero(held)
    if not what:
        return Chain(frozen(dates), frozen(index))
    index = np.where(dates >= bad, np.nan, index)
    issue = Issue(what, str(bad), "the chain ends: no return over a price at or below zero has a meaning")
    return Chain(frozen(dates), frozen(index), (issue,))


def adjusted(contracts: Sequence[Contract], rolls: Sequence[Roll], method: Adjustment = Adjustment.RATIO) -> Adjusted:
    """Prices on the scale of the last contract held. Raises DataError for the ratio method where a price is not above zero."""
    held = _held(contracts, rolls)
    bad, what = _below_zero(held)
    if what and method is Adjustment.RATIO:
        remedy = f"Use the chain up to {bad}, or the difference method for showing."
        raise DataError(f"{what}: there is no ratio over it", remedy=remedy)
    move, parts = (1.0, []) if method is Adjustment.RATIO else (0.0, [])
    for stay in reversed(held):
        roll = stay.way_out
        if roll is not None and method is Adjustment.RATIO:
            move *= roll.price_new / roll.price_old
        elif roll is not None:
            move += roll.price_new - roll.price_old
        parts.append(stay.prices * move if method is Adjustment.RATIO else stay.prices + move)
    dates = np.concatenate([stay.dates for stay in held])
    return Adjusted(frozen(dates), frozen(np.concatenate(parts[::-1])), method)


def roll_costs(rolls: Sequence[Roll]) -> float:
    """Fraction of the chain that all rolls together took out."""
    return 1.0 - float(np.prod([1.0 - roll.cost for roll in rolls]))


def roll_yield(near: float, far: float, months: float) -> float:
    """Yield a year of holding while nothing moves, (near - far) / near * 12 / months: below zero in contango. No cost."""
    if not near > 0.0 or not months > 0.0:
        what = f"there is no roll yield of a near price of {near:g} over {months:g} months"
        raise DataError(what, remedy="Both must be above zero.")
    return (near - far) / near * 12.0 / months


def _held(contracts: Sequence[Contract], rolls: Sequence[Roll]) -> list[_Held]:
    """The contracts in the order in which they are held. Each date belongs to the contract held up to its settlement."""
    by_name = {contract.name: contract for contract in contracts}
    if len(by_name) < len(contracts) or not contracts:
        raise DataError("there are no contracts, or two with one name", remedy="Name each contract once, such as CLK20.")
    front = min(contracts, key=lambda contract: contract.expiry)
    _require_path(by_name, rolls, front.name)
    stays, way_in = [], None
    for way_out in (*rolls, None):
        contract = front if way_in is None else by_name[way_in.new]
        stays.append(_stay(contract, way_in, way_out))
        way_in = way_out
    return stays


def _stay(contract: Contract, way_in: Roll | None, way_out: Roll | None) -> _Held:
    after = np.datetime64("0001-01-01") if way_in is None else way_in.date
    until = contract.expiry if way_out is None else way_out.date - 1
    rows = np.flatnonzero((contract.dates > after) & (contract.dates <= until))
    dates: Instants = contract.dates[rows]
    prices = contract.settle[rows]
    if way_in is None:  # nothing is held before its first settlement
        known = np.flatnonzero(np.isfinite(prices))
        first = int(known[0]) if len(known) else len(prices)
        dates, prices = dates[first:], prices[first:]
    if way_out is not None:
        dates = np.append(dates, way_out.date.astype(contract.dates.dtype))
        prices = np.append(prices, way_out.price_old)
    entry = way_in.price_new if way_in is not None else (float(prices[0]) if len(prices) else np.nan)
    return _Held(dates, prices, entry, way_out)


def _below_zero(held: Sequence[_Held]) -> tuple[np.datetime64, str]:
    """The first date with a price at or below zero and what to say of it; an empty text where there is none."""
    for stay in held:
        rows = np.flatnonzero(stay.prices <= 0.0)
        if len(rows):
            return stay.dates[rows[0]], f"the contract held on {stay.dates[rows[0]]} settled at {stay.prices[rows[0]]:g}"
        if stay.way_out is not None and stay.way_out.price_new <= 0.0:
            roll = stay.way_out
            return roll.date, f"{roll.new} was bought at {roll.price_new:g} on {roll.date}"
    return np.datetime64("NaT"), ""


def _require_path(by_name: dict[str, Contract], rolls: Sequence[Roll], front: str) -> None:
    """Raise DataError where the rolls do not lead from the front contract to one after the other."""
    for roll in rolls:
        if missing := {roll.old, roll.new} - set(by_name):
            what = f"the roll of {roll.date} needs {', '.join(sorted(missing))}, of which there are no prices"
            raise DataError(what, remedy="Load the contract.")
        if roll.date > by_name[roll.old].expiry:
            what = f"the roll of {roll.date} leaves {roll.old} after it expired on {by_name[roll.old].expiry}"
            raise DataError(what, remedy="Roll before the expiry.")
    if rolls and rolls[0].old != front:
        what = f"the first roll leaves {rolls[0].old}, but {front} expires first"
        raise DataError(what, remedy="Give the contracts from the first one held on.")
    for one, two in pairwise(rolls):
        if one.new != two.old or two.date <= one.date:
            what = f"the roll of {two.date} out of {two.old} does not follow that of {one.date} into {one.new}"
            raise DataError(what, remedy="Rolls rise by date, each out of the contract that the one before went into.")
