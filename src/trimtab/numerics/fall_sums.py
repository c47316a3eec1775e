"""Wealth and drawdowns of a block of returns: how deep, how long, and what they sum to, for all series at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Dates, Index
from trimtab.numerics.conventions import Falls, Reward
from trimtab.numerics.measuring import Asked, Found, Room, dot


def falls(x: Array, room: Room, asked: Asked) -> Found:
    """Growth, and what drawdowns sum to; wealth into `path`, drawdowns into `depth`. Needs `factors`."""
    path, depth = room.path, room.depth
    np.cumprod(room.factors, axis=-1, out=path[:, 1:])
    np.maximum.accumulate(path, axis=-1, out=depth)
    np.divide(path, depth, out=depth)
    depth -= 1.0
    troughs = depth.argmin(-1)
    found = {"growth": path[:, -1].copy(), "deepest": depth[np.arange(len(depth)), troughs]}
    found |= {"depth": depth.sum(-1), "depth2": dot(depth, depth)}
    found["excess_growth"] = found["growth"]
    if asked.conventions.sharpe is Reward.GEOMETRIC and np.any(asked.rf):
        beyond = np.subtract(room.factors, asked.rf, out=room.spare)
        found["excess_growth"] = np.where((beyond < 0.0).any(-1), np.nan, np.multiply.reduce(beyond, axis=-1))
    highs = Highs.of(depth)
    found |= _lengths(depth, troughs, highs, asked.ends)
    deepest = _spells(x, room) if asked.conventions.burke is Falls.SPELLS else _depths(depth, highs)
    return found | {"falls2": np.where(np.isnan(found["growth"]), np.nan, deepest)}


@dataclass(frozen=True, slots=True, eq=False)
class Highs:
    """Places of wealth at its highest so far, all rows in one list; `first` and `last` are each row's first and last in it.

    The first of each row is its column 0, and after its last comes the end of the row.
    """

    places: Index
    first: Index
    last: Index

    @classmethod
    def of(cls, depth: Array) -> Highs:
        """Of drawdowns (R, T + 1)."""
        places = np.flatnonzero(depth >= 0.0)
        first = np.searchsorted(places, np.arange(len(depth)) * depth.shape[1])
        return cls(places, first, np.append(first[1:], len(places)) - 1)


def _lengths(depth: Array, troughs: Index, highs: Highs, ends: Dates | None) -> dict[str, Array]:
    """Length of the deepest drawdown, in periods and in days, and of the longest in periods. NaN where nothing fell."""
    rows, wide, places = np.arange(len(depth)), depth.shape[1], highs.places
    gaps = np.append(np.diff(places), 0)
    gaps[gaps <= 1] = 0  # from one high to the next without a fall
    gaps[highs.last] = (rows + 1) * wide - 1 - places[highs.last]
    place = np.searchsorted(places, rows * wide + troughs)
    deepest = depth[rows, troughs]
    peak = places[np.maximum(place - 1, highs.first)] - rows * wide
    end = np.where(place <= highs.last, places[np.minimum(place, highs.last)] - rows * wide, wide - 1)
    days = (ends[end] - ends[peak]) / np.timedelta64(1, "D") if ends is not None else np.full(len(depth), np.nan)
    return {
        "deepest_length": np.where(deepest < 0.0, end - peak, np.nan),
        "deepest_days": np.where(deepest < 0.0, days, np.nan),
        "longest": np.where(np.isnan(deepest), np.nan, np.maximum.reduceat(gaps, highs.first)),
    }


def _depths(depth: Array, highs: Highs) -> Array:
    """Sum of the squared depths of all drawdowns: the lowest between one high and the next."""
    lowest = np.minimum.reduceat(depth.reshape(-1), highs.places)
    lowest *= lowest
    return np.asarray(np.add.reduceat(lowest, highs.first))


def _spells(x: Array, room: Room) -> Array:
    """Sum of squares of runs of losses (see `burke_ratio`): all runs at once, a loss further with each turn of the loop."""
    lost = np.less(x, 0.0, out=room.mask)
    more = np.zeros(x.size + 1, dtype=bool)  # a loss after a loss of the same series
    further = more[:-1].reshape(x.shape)
    np.logical_and(lost[:, 1:], lost[:, :-1], out=further[:, 1:])
    starts = np.flatnonzero(np.greater(lost, further))
    flat = x.reshape(-1)
    runs = 1.0 + 0.01 * flat[starts]
    which, at = np.arange(len(starts)), starts
    while len(which):
        going = np.flatnonzero(more[at + 1])
        which, at = which[going], at[going] + 1
        runs[which] *= 1.0 + 0.01 * flat[at]
    return np.bincount(starts // x.shape[1], (100.0 * (runs - 1.0)) ** 2, len(x)).astype(float)
