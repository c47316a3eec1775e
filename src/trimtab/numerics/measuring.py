"""What measures are made of: sums over one block of returns, each taken once.

A block holds so many series that it and its rooms stay in the cache; every pass below writes into rooms that are used
again for the next block. Passes answer what they found by name, one number a series. What a pass leaves in a room for a
later one is said where it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab.core.arrays import Array, Dates, Index, Mask
from trimtab.numerics.calendar_returns import calendar_rows
from trimtab.numerics.conventions import Conventions

Found = Mapping[str, Array]
_VECDOT = getattr(np, "vecdot", None)  # numpy from 2.0: the fastest of its kind


@dataclass(frozen=True)
class Asked:
    """The question: `per_year`, the riskless return `rf` of a period (a number or (T,)), dates, conventions and keys.

    `dates` (T,) end the periods, of which the first begins on `start`; None leaves calendar figures out. No `keys` are all.
    """

    per_year: float
    rf: Array | float = 0.0
    dates: Dates | None = None
    conventions: Conventions = Conventions()
    keys: frozenset[str] = frozenset()
    start: np.datetime64 | None = None

    @cached_property
    def steady(self) -> bool:
        """Whether the riskless rate is one number."""
        return np.ndim(self.rf) == 0

    @cached_property
    def least(self) -> float:
        """The threshold of gains and losses, a period."""
        return self.conventions.least or 0.0

    @cached_property
    def sortino_least(self) -> Array | float:
        """The threshold of the Sortino ratio, a period: the riskless rate where no other is chosen."""
        return self.rf if self.conventions.least is None else self.conventions.least

    @cached_property
    def ends(self) -> Dates | None:
        """Dates of wealth (T + 1,): where the start is not known it lies one first step ahead."""
        if self.dates is None or (self.start is None and len(self.dates) < 2):
            return None
        start = self.dates[0] - (self.dates[1] - self.dates[0]) if self.start is None else self.start
        return np.concatenate([[start], self.dates])

    @cached_property
    def periods(self) -> tuple[Index, Index, Mask] | None:
        """First rows of months, first months of years, and which years are whole."""
        return calendar_rows(self.dates) if self.dates is not None else None


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """Memory for one block of R series: `spare` and `centred` (R, T), `factors` (R, T), `path` and `depth` (R, T + 1)."""

    spare: Array
    centred: Array
    factors: Array
    path: Array
    depth: Array
    mask: Mask

    @classmethod
    def of(cls, rows: int, count: int) -> Room:
        """Room for `rows` series of `count` returns."""
        spare, centred, factors = (np.empty((rows, count)) for _ in range(3))
        path, depth = (np.empty((rows, count + 1)) for _ in range(2))
        path[:, 0] = 1.0
        return cls(spare, centred, factors, path, depth, np.empty((rows, count), dtype=bool))

    def cut(self, rows: int) -> Room:
        """The first `rows` of it, for the last block."""
        parts = (self.spare, self.centred, self.factors, self.path, self.depth, self.mask)
        return self if rows == len(self.mask) else Room(*(part[:rows] for part in parts))  # type: ignore[arg-type]


def dot(first: Array, second: Array) -> Array:
    """Sums of products along the last axis, without an array of products."""
    if _VECDOT is not None:
        return np.asarray(_VECDOT(first, second))
    return np.asarray(np.einsum("...t,...t->...", first, second))


def extremes(x: Array, room: Room, _asked: Asked) -> Found:
    """Lowest and highest return; growth factors into `factors`, NaN below -100 %."""
    low = x.min(-1)
    factors = np.add(x, 1.0, out=room.factors)
    if not (low >= -1.0).all():
        factors[x < -1.0] = np.nan
    return {"low": low, "high": x.max(-1)}


def moments(x: Array, room: Room, asked: Asked) -> Found:
    """Mean, sums of powers of deviations, sums with the return before; deviations of excess returns into `centred`.

    `windows` is the sum of squares of all sums of `per_year` deviations in a row, with zeros on either side: it equals
    sum of squares * (q + 2 sum (q - k) rho(k)), so that Lo's factor needs no autocorrelation one by one.
    """
    mean = x.mean(-1)
    away = np.subtract(x, mean[:, None], out=room.centred)
    square = np.multiply(away, away, out=room.spare)
    found = {"mean": mean, "m2": square.sum(-1), "m3": dot(square, away), "m4": dot(square, square)}
    found["lagged"] = dot(away[:, 1:], away[:, :-1])
    found |= {"excess": mean - asked.rf, "excess_m2": found["m2"]} if asked.steady else _excess(x, room, asked)
    return found | {"windows": _windows(room, round(asked.per_year))}


def _excess(x: Array, room: Room, asked: Asked) -> dict[str, Array]:
    away = np.subtract(x, asked.rf, out=room.centred)
    mean = away.mean(-1)
    away -= mean[:, None]
    return {"excess": mean, "excess_m2": dot(away, away)}


def _windows(room: Room, q: int) -> Array:
    away, count = room.centred, room.centred.shape[1]
    if not 1 <= q < count:
        return np.full(len(away), np.nan)
    sums = np.cumsum(away, axis=-1, out=room.spare)
    edges = dot(sums[:, :q], sums[:, :q])
    late = sums[:, count - q :]
    tail = late[:, -1:] - late[:, :-1]  # windows that end after the last return
    inner = np.subtract(sums[:, q:], sums[:, :-q], out=room.depth[:, : count - q])
    return np.asarray(edges + dot(inner, inner) + dot(tail, tail))


def gains(x: Array, room: Room, asked: Asked) -> Found:
    """Sums and counts of gains and losses, and sums beyond the thresholds with their squares."""
    up = np.maximum(x, 0.0, out=room.spare)
    found = {"gains": up.sum(-1), "up2": dot(up, up)}
    down = np.minimum(x, 0.0, out=room.spare)
    found |= {"losses": -down.sum(-1), "down2": dot(down, down)}
    found |= {"up": found["gains"], "down": found["losses"]}
    found["won"] = np.count_nonzero(np.greater(x, 0.0, out=room.mask), axis=-1).astype(float)
    found["lost"] = np.count_nonzero(np.less(x, 0.0, out=room.mask), axis=-1).astype(float)
    if asked.least:
        found |= _beyond(x, room, asked.least)
    sought = asked.sortino_least
    if not asked.steady or float(np.max(sought)) != asked.least:
        short = np.minimum(np.subtract(x, sought, out=room.spare), 0.0, out=room.spare)
        return found | {"short2": dot(short, short)}
    return found | {"short2": found["down2"]}


def _beyond(x: Array, room: Room, least: float) -> dict[str, Array]:
    up = np.maximum(np.subtract(x, least, out=room.spare), 0.0, out=room.spare)
    found = {"up": up.sum(-1), "up2": dot(up, up)}
    down = np.minimum(np.subtract(x, least, out=room.spare), 0.0, out=room.spare)
    return found | {"down": -down.sum(-1), "down2": dot(down, down)}


def months(_x: Array, room: Room, asked: Asked) -> Found:
    """Best and worst calendar month, and complete calendar year. Needs `factors`."""
    if asked.periods is None:
        return {name: np.full(len(room.factors), np.nan) for name in ("best_month", "worst_month", "best_year", "worst_year")}
    first, first_month, whole = asked.periods
    monthly = np.multiply.reduceat(room.factors, first, axis=-1)
    yearly = np.multiply.reduceat(monthly, first_month, axis=-1)[:, whole]
    if not whole.any():
        yearly = np.full((len(monthly), 1), np.nan)
    found = {"best_month": monthly.max(-1), "worst_month": monthly.min(-1)}
    found |= {"best_year": yearly.max(-1), "worst_year": yearly.min(-1)}
    return {name: growth - 1.0 for name, growth in found.items()}
