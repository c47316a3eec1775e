"""Corporate actions: what one unit turns into, what was handed out for it, and where its cost goes.

Amounts are floats in currency a unit held before the action; ratios are units for each unit before. The theoretical price
after an action keeps the holder as rich as before: `units * price_after + value` is the price before, the law of this file.
The cost of a spin-off and of a merger paid in two forms is split by fair value. Rights are valued at the theoretical
ex-rights price, (N P + S) / (N + 1) for one new unit at S for N old ones. What is taxed, and when, is the ledger's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, isnan, nan, trunc

from trimtab.core.errors import DataError
from trimtab.data.history import Action, ActionKind

_TOUCH = 1e-9  # units: what float arithmetic leaves beside a whole number


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a holder has for each unit held before. The three shares of the cost sum to one."""

    units: float = 1.0  # of the same instrument, 0 where it ends
    cash: float = 0.0  # currency received; below zero where it was paid in
    received: float = 0.0  # units of `other`
    other: str = ""  # id of the other instrument, or the new name after a symbol change
    price_after: float = nan  # theoretical price of a remaining unit; NaN where nothing remains or no price was given
    price_received: float = nan  # price of a unit of `other`
    basis_kept: float = 1.0  # share of the cost that stays with the remaining units
    basis_moved: float = 0.0  # share that moves to the units received
    basis_closed: float = 0.0  # share that is closed against the cash
    lowers_cost: float = 0.0  # currency a unit by which the cost falls, not below zero: return of capital

    @property
    def value(self) -> float:
        """Currency a unit before, of what was handed out: cash and the units received."""
        return self.cash + (self.received * self.price_received if self.received else 0.0)

    @property
    def worth(self) -> float:
        """Currency of all that one unit turned into: the price before, by theory."""
        return (self.units * self.price_after if self.units else 0.0) + self.value

    @property
    def factor(self) -> float:
        """By what earlier prices are multiplied to compare with later ones: .5 for a 2:1 split, .85 for 15 of 100 spun off."""
        return self.price_after / self.worth if self.worth else nan


@dataclass(frozen=True, slots=True)
class Settled:
    """A holding after an action: whole steps of units, cash, and the part of the cash that stands for fractions."""

    units: float
    received: float
    cash: float
    in_lieu: float


def outcome(action: Action, price: float) -> Outcome:
    """The outcome of a recorded action; `price` is the last one before it, currency a unit, NaN where unknown.

    Raises DataError where the action lacks a number that it needs.
    """
    kind, cash, ratio = action.kind, action.cash, action.ratio
    if kind is ActionKind.SPIN_OFF:
        return spin_off(ratio, action.price, parent=price, other=action.other)
    if kind is ActionKind.MERGER:
        paid = 0.0 if isnan(cash) and ratio else cash
        return merger(paid, ratio, action.price, other=action.other)
    if kind is ActionKind.RIGHTS:
        return rights(ratio, action.price, price=price)
    if kind is ActionKind.RETURN_OF_CAPITAL:
        return return_of_capital(cash, price=price)
    return closure(cash)


def split(ratio: float, *, price: float = nan) -> Outcome:
    """`ratio` units for each one: 2 for a 2:1 split, .1 for a reverse split of ten into one."""
    _require("the ratio of a split", ratio, above=0.0)
    return Outcome(units=ratio, price_after=price / ratio)


def special_dividend(cash: float, *, price: float = nan) -> Outcome:
    """Cash a unit beside the regular dividends; the cost stays where it is."""
    _require("a special dividend", cash)
    return Outcome(cash=cash, price_after=_left(price, cash, "a special dividend"))


def spin_off(ratio: float, price: float, *, parent: float = nan, other: str = "") -> Outcome:
    """`ratio` units of `other`, worth `price` each, for each unit of the parent; `parent` is its price with them in it."""
    _require("the ratio of a spin-off", ratio, above=0.0)
    _require(f"the price of {other or 'what was spun off'}", price)
    after = _left(parent, ratio * price, "a spin-off")
    moved = ratio * price / parent
    return Outcome(
        received=ratio, other=other, price_after=after, price_received=price, basis_kept=1.0 - moved, basis_moved=moved
    )


def merger(cash: float, ratio: float = 0.0, price: float = nan, *, other: str = "") -> Outcome:
    """The unit ends for `cash` and `ratio` units of `other` at `price`; each part takes its share of the cost with it."""
    _require("the cash of a merger", cash)
    _require("the ratio of a merger", ratio)
    if not ratio:
        return Outcome(units=0.0, cash=cash, basis_kept=0.0, basis_closed=1.0)
    if cash:
        _require(f"the price of {other or 'the other unit'}", price)
    moved = ratio * price / (cash + ratio * price) if cash else 1.0
    return Outcome(0.0, cash, ratio, other, nan, price, basis_kept=0.0, basis_moved=moved, basis_closed=1.0 - moved)


def terp(price: float, subscription: float, old_for_new: float) -> float:
    """Theoretical ex-rights price (N P + S) / (N + 1): `old_for_new` units give the right to one new one."""
    _require("the number of old units for a new one", old_for_new, above=0.0)
    return (old_for_new * price + subscription) / (old_for_new + 1.0)


def rights(ratio: float, subscription: float, *, price: float = nan, exercise: bool = False) -> Outcome:
    """The right to buy `ratio` new units for each one at `subscription`: sold at its theoretical worth, or taken up.

    A subscription price at or above `price` makes the right worthless: nothing happens.
    """
    _require("the ratio of a rights issue", ratio, above=0.0)
    _require("the subscription price", subscription)
    if subscription >= price:
        return Outcome(price_after=price)
    after = terp(price, subscription, 1.0 / ratio)
    if exercise:
        return Outcome(units=1.0 + ratio, cash=-ratio * subscription, price_after=after)
    kept = after / price
    return Outcome(cash=price - after, price_after=after, basis_kept=kept, basis_closed=1.0 - kept)


def return_of_capital(cash: float, *, price: float = nan) -> Outcome:
    """Cash a unit that is the holder's own money: it lowers the cost of the lots."""
    _require("a return of capital", cash)
    return Outcome(cash=cash, price_after=_left(price, cash, "a return of capital"), lowers_cost=cash)


def symbol_change(other: str, *, price: float = nan) -> Outcome:
    """A new name for the same thing: identity only."""
    return Outcome(other=other, price_after=price)


def closure(cash: float) -> Outcome:
    """A fund closes, or a delisting pays: the unit ends for its liquidation value."""
    _require("the liquidation value", cash)
    return Outcome(units=0.0, cash=cash, basis_kept=0.0, basis_closed=1.0)


def settle(result: Outcome, units: float, *, step: float = 1.0) -> Settled:
    """What `units` held before turn into, in whole multiples of `step`, with cash in lieu of the fractions.

    A short holding is rounded towards zero as well. Raises DataError where a fraction has no price to be paid at.
    """
    _require("the step of units", step, above=0.0)
    kept, rest = _whole(units * result.units, step)
    got, rest_got = _whole(units * result.received, step)
    lieu = _paid(rest, result.price_after, "a fraction of a unit") + _paid(rest_got, result.price_received, result.other)
    return Settled(kept, got, units * result.cash + lieu, lieu)


def _whole(units: float, step: float) -> tuple[float, float]:
    near = round(units / step)
    count = near if abs(units / step - near) < _TOUCH * max(1.0, abs(near)) else trunc(units / step)
    rest = units - count * step
    return count * step, rest if count != near or abs(rest) >= _TOUCH * step * max(1.0, abs(near)) else 0.0


def _paid(rest: float, price: float, what: str) -> float:
    if not rest:
        return 0.0
    _require(f"the price of {what or 'the other unit'}", price)
    return rest * price


def _left(price: float, out: float, what: str) -> float:
    """The price less what was handed out; NaN stays NaN."""
    if out >= price:
        remedy = "Amounts are currency a unit before the action: check the unit (pence, cents) and the ratio."
        raise DataError(f"{what} of {out:g} a unit is not below the price of {price:g}", remedy=remedy)
    return price - out


def _require(what: str, number: float, *, above: float = -inf) -> None:
    if not isfinite(number) or number < 0.0 or number <= above:
        bound = "above zero" if above == 0.0 else "zero or more"
        raise DataError(f"{what} is {number:g}", remedy=f"Give a number {bound}.")
