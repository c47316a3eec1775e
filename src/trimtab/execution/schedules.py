"""Trading over time: even slices, slices along the volume of the day, and the optimal trajectories of Almgren and Chriss.

Almgren and Chriss 2000, "Optimal execution of portfolio transactions", with linear impact (METHODS 6.2): selling n_k in
interval k of length tau, the price moves for good by gamma n_k and for the moment by epsilon + eta n_k / tau. The least
E + lambda V is reached by x(t) = X sinh(kappa (T - t)) / sinh(kappa T) units left, where

    2 (cosh(kappa tau) - 1) / tau^2 = lambda sigma^2 / eta',   eta' = eta - gamma tau / 2

and costs E = gamma X^2 / 2 + epsilon X + eta' / tau sum n_k^2 with the variance V = sigma^2 tau sum x_k^2. The term
- gamma tau / 2 is often forgotten: part of the permanent impact falls in the interval that causes it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, NamedTuple, Protocol

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array, frozen
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.money import ZERO, decimal_of, exact
from trimtab.core.orders import Ticket, client_id
from trimtab.core.terms import NonNegative, Positive, check_ranges
from trimtab.execution.portions import portion


class Schedule(Protocol):
    """How an order is spread over the intervals of its horizon."""

    @property
    def shares(self) -> Array:
        """(N,) fraction of the order to trade in each interval, at least 0; they sum to 1. Read-only."""
        ...


@dataclass(frozen=True, slots=True)
class TimeWeighted:
    """The same in each of `intervals`: aims at the average price over time (TWAP)."""

    intervals: Annotated[int, Ge(1)]

    def __post_init__(self) -> None:
        check_ranges(self)

    @property
    def shares(self) -> Array:
        """(N,) all alike."""
        return frozen(np.full(self.intervals, 1.0 / self.intervals))


@dataclass(frozen=True, slots=True)
class VolumeWeighted:
    """In proportion to the volume expected in each interval: aims at the average price of the market (VWAP)."""

    volumes: tuple[float, ...]

    def __post_init__(self) -> None:
        good = all(math.isfinite(one) and one >= 0.0 for one in self.volumes) and sum(self.volumes) > 0.0
        if not good or not math.isfinite(sum(self.volumes)):
            remedy = "Give one number an interval, at least 0, not all of them 0."
            raise ParameterError(f"volumes is {list(self.volumes)}", field="volumes", remedy=remedy)

    @property
    def shares(self) -> Array:
        """(N,) the volume of each interval over that of all."""
        volumes = np.array(self.volumes)
        return frozen(volumes / volumes.sum())


@dataclass(frozen=True, slots=True)
class AlmgrenChriss:
    """Cost against risk: the greater `risk_aversion` (lambda, per unit of money), the more is traded early.

    `volatility` (sigma) is in money a unit and root of a day, `spread` (epsilon) in money a unit, `permanent` (gamma) in money
    a unit per unit traded, `temporary` (eta) in money a unit per unit traded a day. `days` are T.
    """

    risk_aversion: NonNegative
    volatility: NonNegative
    temporary: Positive
    permanent: NonNegative = 0.0
    spread: NonNegative = 0.0
    days: Positive = 1.0
    intervals: Annotated[int, Ge(1)] = 1

    def __post_init__(self) -> None:
        check_ranges(self)
        if not self.effective > 0.0:
            what = f"temporary is {self.temporary}, not above half of permanent times the length of an interval"
            raise ParameterError(what, field="temporary", remedy="Give more intervals, or less permanent impact.")

    @property
    def interval(self) -> float:
        """Length of an interval in days (tau)."""
        return self.days / self.intervals

    @property
    def effective(self) -> float:
        """Temporary impact less what the permanent one takes of it (eta'), in money a unit per unit traded a day."""
        return self.temporary - self.permanent * self.interval / 2.0

    @property
    def urgency(self) -> float:
        """How fast the order is worked off, per day (kappa); 0 where risk does not matter."""
        tau = self.interval
        return 2.0 / tau * math.asinh(tau / 2.0 * self.volatility * math.sqrt(self.risk_aversion / self.effective))

    @property
    def half_life(self) -> float:
        """Days in which what is left falls by the factor e, were there no end (1 / kappa); infinite without risk."""
        return 1.0 / self.urgency if self.urgency else math.inf

    @property
    def remaining(self) -> Array:
        """(N + 1,) fraction of the order left at the start, and after each interval. Read-only."""
        passed = np.arange(self.intervals + 1) / self.intervals
        reach = self.urgency * self.days
        if reach < 1e-9:  # sinh is its argument
            return frozen(1.0 - passed)
        if reach == math.inf:  # more urgent than a float can say: all of it at once
            return frozen(np.where(passed > 0.0, 0.0, 1.0))
        left = np.exp(-reach * passed) * np.expm1(-2.0 * reach * (1.0 - passed)) / math.expm1(-2.0 * reach)
        return frozen(left)  # sinh by falling powers of e: nothing overflows

    @property
    def shares(self) -> Array:
        """(N,) fraction of the order to trade in each interval."""
        return frozen(-np.diff(self.remaining))

    def cost(self, units: float, shares: Array | None = None) -> float:
        """Expected cost (E) of trading `units` by `shares` (N,), or by its own, in money; above zero takes it."""
        traded = abs(units) * (self.shares if shares is None else shares)
        fixed = self.permanent * units**2 / 2.0 + self.spread * abs(units)
        return fixed + self.effective / self.interval * float(np.square(traded).sum())

    def variance(self, units: float, shares: Array | None = None) -> float:
        """Variance (V) of that cost, in money squared."""
        done = np.cumsum(self.shares if shares is None else shares)
        left = units * (1.0 - done[:-1])  # nothing is left after the last
        return self.volatility**2 * self.interval * float(np.square(left).sum())


class Frontier(NamedTuple):
    """The least expected cost (L,) for each standard deviation of it (L,), both in money, by aversion to risk (L,)."""

    risk_aversions: Array
    cost: Array
    deviation: Array


def frontier(schedule: AlmgrenChriss, units: float, risk_aversions: Sequence[float]) -> Frontier:
    """The efficient frontier of trading `units`: the same order under each of the aversions to risk (L,)."""
    points = [replace(schedule, risk_aversion=one) for one in risk_aversions]
    costs = np.array([one.cost(units) for one in points])
    deviations = np.sqrt([one.variance(units) for one in points])
    return Frontier(frozen(np.array(risk_aversions, dtype=float)), frozen(costs), frozen(deviations))


class Slice(NamedTuple):
    """A child order and the interval, from 0, in which it is to be sent."""

    interval: int
    ticket: Ticket


def slices(ticket: Ticket, schedule: Schedule, quantum: Decimal) -> tuple[Slice, ...]:
    """The child orders of `ticket`, in multiples of `quantum`, that sum to it exactly. Intervals of nothing are left out.

    What is done by the end of an interval is within half a quantum of the schedule. Ids are
    `client_id(ticket.id, interval + 1)`. The slices of a block have no parts: their fills count for it. Raises DataError
    where the units are no multiple of the quantum, and for a ticket that is a slice, or goes in a block.
    """
    if ticket.parent or ticket.block:
        raise DataError(f"order {ticket.id} is a part of another one", remedy="Slice the whole: the block, or the parent.")
    with exact():
        whole = abs(ticket.units)
        if not quantum > 0 or whole % quantum:
            what = f"{ticket.units} units of order {ticket.id} are no multiple of {quantum}"
            raise DataError(what, remedy="Give the smallest unit that its venue takes.")
        found, before = [], ZERO
        for k, done in enumerate(_running(whole, schedule.shares, quantum)):
            if done > before:
                child = replace(portion(ticket, before, done), id=client_id(ticket.id, k + 1), parent=ticket.id, parts=())
                found.append(Slice(k, child))
                before = done
        return tuple(found)


def _running(whole: Decimal, shares: Array, quantum: Decimal) -> list[Decimal]:
    """What is to be done by the end of each interval, in multiples of the quantum; all of it by the last."""
    parts = np.minimum(np.cumsum(shares), 1.0)
    parts[-1] = 1.0
    return [(whole * decimal_of(part) / quantum).to_integral_value(ROUND_HALF_EVEN) * quantum for part in parts]
