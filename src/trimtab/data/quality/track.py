"""The continuous path of a price: known closes on one split basis, the steps between them, and how large steps usually are.

Vendors hand over prices as they traded or already divided by later splits. Errors of either kind show on a continuous
basis, as steps that no holder ever earned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Dates, Index
from trimtab.core.terms import CLOSE, DIVIDEND, SPLIT, VOLUME, Field
from trimtab.data.history import History
from trimtab.data.quality.evidence import local_scale


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """R known rows of one field. `rows` point into the history; the rest is (R,), and `step` and `scale` start at 0.

    `later` is the product of the ratios of later splits where prices are as traded, else 1: price = raw / later.
    `step` is the log change, with the dividends added back where that makes it smaller (they may be wrong).
    `paid` are the dividends since the row before, on the basis of `price`.
    """

    rows: Index
    dates: Dates
    price: Array
    later: Array
    paid: Array
    step: Array
    scale: Array

    @property
    def plain(self) -> Array:
        """Log changes (R,) of the price alone."""
        return np.append(np.zeros(min(1, len(self.price))), np.diff(np.log(self.price)))

    @property
    def gap(self) -> float:
        """Median days from one row to the next."""
        return float(np.median(np.diff(self.dates).astype(np.int64))) if len(self.rows) > 1 else 1.0

    @property
    def coarse(self) -> bool:
        """Whether rows lie further apart than sessions, so that one row holds several days."""
        return self.gap > 4.0


def splits(history: History) -> Array:
    """Units after for each before (T,), 1 where there is no split (NaN, 0 or 1 in the data)."""
    ratio = history.fields.get(SPLIT)
    if ratio is None:
        return np.ones(len(history.dates))
    return np.where(np.isfinite(ratio) & (ratio > 0.0), ratio, 1.0)


def later_splits(history: History, *, split_adjusted: bool) -> Array:
    """Product (T,) of the ratios of all splits after each row; 1 throughout where prices are adjusted for them already."""
    ratio = splits(history)
    if split_adjusted or bool((ratio == 1.0).all()):
        return np.ones(len(ratio))
    return np.append(np.cumprod(ratio[::-1])[::-1][1:], 1.0)


def track(history: History, field: Field = CLOSE, *, split_adjusted: bool = False, dividends: bool = True) -> Track:
    """The continuous path of `field`. Unknown and non-positive prices are left out, and all vintages but the last."""
    values = history.fields[field]
    latest = np.append(np.diff(history.dates) > np.timedelta64(0, "D"), True) if len(values) else np.empty(0, dtype=bool)
    rows = np.flatnonzero(np.isfinite(values) & (values > 0.0) & latest)
    plain_basis = later_splits(history, split_adjusted=split_adjusted or field not in history.fields)
    later = plain_basis[rows]
    price = values[rows] / later
    paid = np.zeros(len(rows))
    if dividends and DIVIDEND in history.fields and len(rows):
        cash = np.nan_to_num(history.fields[DIVIDEND]) / plain_basis
        paid = np.add.reduceat(cash[: rows[-1] + 1], np.append(0, rows[:-1] + 1))
    step = _steps(price, paid)
    dates = history.dates[rows]
    return Track(rows, dates, price, later, paid, step, _scale(step, dates))


def _steps(price: Array, paid: Array) -> Array:
    step = np.zeros(len(price))
    if len(price) > 1:
        plain = np.log(price[1:] / price[:-1])
        held = np.log(np.maximum(price[1:] + paid[1:], 1e-300) / price[:-1])
        step[1:] = np.where(np.abs(held) < np.abs(plain), held, plain)
    return step


def _scale(step: Array, dates: Dates) -> Array:
    """Usual size of each step; a step over a long gap may be larger, by the square root of time."""
    if len(step) < 2:
        return np.full(len(step), 1.0)
    days = np.diff(dates).astype(np.int64)
    usual = max(1.0, float(np.median(days)))
    longer = np.sqrt(np.maximum(1.0, np.append(1.0, days / (4.0 * usual))))
    scale = local_scale(step[1:])
    return np.asarray(np.append(scale[0], scale) * longer)


def volume_steps(history: History, path: Track) -> tuple[Array, float]:
    """Log changes (R,) of volume on the basis of the path, NaN where either is unknown or zero; and their usual size."""
    if VOLUME not in history.fields:
        return np.full(len(path.rows), np.nan), 1.0
    units = history.fields[VOLUME][path.rows] * path.later
    level = np.log(np.where(units > 0.0, units, np.nan))
    change = np.append(np.nan, np.diff(level))
    known = np.abs(change[np.isfinite(change)])
    return change, max(0.1, 1.4826 * float(np.median(known))) if len(known) else 1.0
