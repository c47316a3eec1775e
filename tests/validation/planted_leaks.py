"""Components that look ahead, remember, forget too little or have a favourite, planted on purpose, and their honest twins.

Each leak is one that somebody has published, or might write on a tired evening.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from trimtab.core.arrays import Array
from trimtab.core.roles import View
from trimtab.core.terms import MONTH, TOTAL_RETURN
from trimtab.core.values import Regime, Scores
from trimtab.numerics.ranks import percentile_rank
from trimtab.signals.sums import averaged, summed


def gain(view: View) -> Array:
    """(D, A) the return over five rows: honest, and the raw material of most leaks."""
    index = view.window(TOTAL_RETURN, 6)
    return index[:, -1] / index[:, 0] - 1.0


class Spoken:
    """A signal out of `numbers(view)`, (D, A)."""

    __slots__ = ()

    def __call__(self, view: View) -> Scores:
        return Scores(view.assets, np.asarray(self.numbers(view), dtype=float))  # type: ignore[attr-defined]

    def sentence(self, view: View, asset: int) -> str:
        return "planted"


# Along the dates.


@dataclass(frozen=True, slots=True)
class FullSampleZ(Spoken):
    """z-score with mean and sd of the whole sample."""

    def numbers(self, view: View) -> Array:
        raw = gain(view)
        whole = np.nan_to_num(raw)
        return (raw - whole.mean(0)) / (whole.std(0) + 1e-9)


@dataclass(frozen=True, slots=True)
class FullSampleSd(Spoken):
    """Scaled by the sd of the whole sample alone."""

    def numbers(self, view: View) -> Array:
        return gain(view) / (np.nan_to_num(gain(view)).std(0) + 1e-9)


@dataclass(frozen=True, slots=True)
class CentredWindow(Spoken):
    """Mean of yesterday, today and tomorrow."""

    def numbers(self, view: View) -> Array:
        raw = gain(view)
        padded = np.concatenate([raw[:1], raw, raw[-1:]])
        return (padded[:-2] + padded[1:-1] + padded[2:]) / 3.0


@dataclass(frozen=True, slots=True)
class BackFill(Spoken):
    """A gap is filled with the next known answer."""

    def numbers(self, view: View) -> Array:
        raw = gain(view).copy()
        for d in range(len(raw) - 2, -1, -1):
            raw[d] = np.where(np.isnan(raw[d]), raw[d + 1], raw[d])
        return raw


@dataclass(frozen=True, slots=True)
class MonthEndBackFill(Spoken):
    """The value of the month's end on all its days."""

    def numbers(self, view: View) -> Array:
        month = view.days.dates.astype("datetime64[M]")
        return gain(view)[np.searchsorted(month, month, side="right") - 1]


@dataclass(frozen=True, slots=True)
class FullSampleRank(Spoken):
    """Rank among all dates."""

    def numbers(self, view: View) -> Array:
        raw = gain(view)
        return np.where(np.isnan(raw), np.nan, np.argsort(np.argsort(raw, axis=0), axis=0) / max(len(raw), 1))


@dataclass(frozen=True, slots=True)
class NextRow(Spoken):
    """Tomorrow's answer today."""

    def numbers(self, view: View) -> Array:
        raw = gain(view)
        return np.concatenate([raw[1:], raw[-1:]])


@dataclass(frozen=True, slots=True)
class RunningSum(Spoken):
    """Normalised by a running sum over the dates asked for: no future in it, but another past for each batch."""

    def numbers(self, view: View) -> Array:
        raw = np.nan_to_num(gain(view))
        return raw / (1.0 + np.cumsum(np.abs(raw), axis=0))


@dataclass(frozen=True, slots=True)
class SortedDates(Spoken):
    """The answers in rising order."""

    def numbers(self, view: View) -> Array:
        return np.sort(gain(view), axis=0)


@dataclass(frozen=True, slots=True)
class LastDate(Spoken):
    """Weighted by how long before the last date asked for."""

    def numbers(self, view: View) -> Array:
        dates = view.days.dates
        left = (dates[-1:] - dates).astype(float) if len(dates) else np.empty(0)
        return gain(view) * 0.99 ** left[:, None]


@dataclass(frozen=True, slots=True)
class CountsDates(Spoken):
    """Divided by the number of dates asked for."""

    def numbers(self, view: View) -> Array:
        return gain(view) / max(len(view.days), 1)


@dataclass(frozen=True, slots=True)
class FuturePeak(Spoken):
    """Drawdown from the peak of the whole sample."""

    def numbers(self, view: View) -> Array:
        last = view.window(TOTAL_RETURN, 1)[:, -1]
        return last / np.nan_to_num(last).max(0, initial=1.0) - 1.0


@dataclass(frozen=True, slots=True)
class FittedOnAll(Spoken):
    """A slope fitted on all dates, tomorrow's answer on today's."""

    def numbers(self, view: View) -> Array:
        raw = np.nan_to_num(gain(view))
        slope = (raw[1:] * raw[:-1]).sum(0) / ((raw[:-1] ** 2).sum(0) + 1e-12)
        return gain(view) * slope


@dataclass(frozen=True, slots=True)
class Interpolated(Spoken):
    """Asked every fifth date, and straight lines between."""

    def numbers(self, view: View) -> Array:
        raw = gain(view)
        every = np.arange(len(raw))
        return np.stack([np.interp(every, every[::5], column[::5]) for column in raw.T], axis=1) if len(raw) else raw


@dataclass(frozen=True, slots=True)
class WrongWayDifference(Spoken):
    """Tomorrow less today."""

    def numbers(self, view: View) -> Array:
        raw = gain(view)
        return np.concatenate([raw[1:] - raw[:-1], np.full((min(len(raw), 1), raw.shape[1]), np.nan)])


def filtered(view: View, rows: int = 30) -> Array:
    """(D,) probability of the turbulent one of two states, by a forward filter over the last returns of all assets."""
    index = view.window(TOTAL_RETURN, rows + 1)
    moves = np.abs(index[:, 1:] / index[:, :-1] - 1.0)
    seen = np.isfinite(moves)
    size = summed(np.where(seen, moves, 0.0), 2) / np.maximum(summed(seen.astype(float), 2), 1.0)
    turbulent = np.full(len(index), 0.5)
    for row in range(rows):
        prior = 0.9 * turbulent + 0.1 * (1.0 - turbulent)
        calm, wild = np.exp(-size[:, row] / 0.005) / 0.005, np.exp(-size[:, row] / 0.02) / 0.02
        turbulent = prior * wild / (prior * wild + (1.0 - prior) * calm)
    return np.where(seen[:, 0].any(axis=1) & seen[:, -1].any(axis=1), turbulent, np.nan)


class Weather:
    """A regime model out of `turbulent(view)`, (D,)."""

    __slots__ = ()

    def __call__(self, view: View) -> Regime:
        p = self.turbulent(view)  # type: ignore[attr-defined]
        return Regime(("calm", "turbulent"), np.stack([1.0 - p, p], axis=1))

    def sentence(self, view: View) -> str:
        return "planted"


@dataclass(frozen=True, slots=True)
class SmoothedProbabilities(Weather):
    """Filtered probabilities, smoothed backwards over the dates: what `smoothed` of a Markov model gives."""

    def turbulent(self, view: View) -> Array:
        p = filtered(view)
        for d in range(len(p) - 2, -1, -1):
            ahead = 0.9 * p[d] + 0.1 * (1.0 - p[d])
            p[d] = p[d] * (0.9 * p[d + 1] / ahead + 0.1 * (1.0 - p[d + 1]) / (1.0 - ahead))
        return p


# Past the window, before it, and between calls.


@dataclass(frozen=True, slots=True)
class PastTheWindow(Spoken):
    """Tomorrow's price, through the memory that the window lies on."""

    def numbers(self, view: View) -> Array:
        index = view.window(TOTAL_RETURN, 6)
        day, row, _ = index.strides
        room = end_of_memory(index) - index.__array_interface__["data"][0] - 7 * row  # no further: that would be a crash
        count = min(len(index), room // day + 1) if len(index) else 0
        beyond = index[:, -1].copy()
        beyond[:count] = as_strided(index, (count, 7, index.shape[2]), index.strides)[:, -1]
        return beyond / index[:, -1] - 1.0


def end_of_memory(array: Any) -> int:
    """The address at which the memory that an array is a view of ends."""
    owner = array
    while getattr(owner, "base", None) is not None:
        owner = owner.base
    return int(owner.__array_interface__["data"][0] + owner.nbytes)


@dataclass(frozen=True, slots=True)
class OldestHistory(Spoken):
    """The price against the oldest one in a window that never ends."""

    def numbers(self, view: View) -> Array:
        index = view.window(TOTAL_RETURN, 1000, every=MONTH)
        oldest = np.argmax(np.isfinite(index), axis=1)[:, None]
        return index[:, -1] / np.take_along_axis(index, oldest, axis=1)[:, 0] - 1.0


MEMO: dict[Any, Array] = {}


@dataclass(frozen=True, slots=True)
class RemembersDates(Spoken):
    """Keeps its first answer of a date, and gives it for every other market."""

    def numbers(self, view: View) -> Array:
        fresh = gain(view)
        rows = [MEMO.setdefault((date, fresh.shape[1]), row) for date, row in zip(view.days.dates, fresh, strict=True)]
        return np.array(rows).reshape(fresh.shape)


@dataclass(frozen=True, slots=True)
class Unseeded(Spoken):
    """Noise without a seed."""

    def numbers(self, view: View) -> Array:
        return gain(view) + 1e-9 * np.random.default_rng().standard_normal(gain(view).shape)


@dataclass(frozen=True, slots=True)
class Favourite(Spoken):
    """The first asset is dear to it."""

    def numbers(self, view: View) -> Array:
        return gain(view) + np.where(np.arange(len(view.assets)) == 0, 0.01, 0.0)


# Honest twins.


@dataclass(frozen=True, slots=True)
class Gain(Spoken):
    """The return itself."""

    def numbers(self, view: View) -> Array:
        return gain(view)


@dataclass(frozen=True, slots=True)
class WindowZ(Spoken):
    """z-score of the price within its own window."""

    def numbers(self, view: View) -> Array:
        index = view.window(TOTAL_RETURN, 20)
        mean = averaged(index)
        return (index[:, -1] - mean) / np.sqrt(averaged((index - mean[:, None]) ** 2) + 1e-12)


@dataclass(frozen=True, slots=True)
class WindowMean(Spoken):
    """Mean of the last three prices against the last."""

    def numbers(self, view: View) -> Array:
        index = view.window(TOTAL_RETURN, 3)
        return averaged(index) / index[:, -1] - 1.0


@dataclass(frozen=True, slots=True)
class LastKnown(Spoken):
    """A gap shows the last known price of the five rows before it."""

    def numbers(self, view: View) -> Array:
        index = view.window(TOTAL_RETURN, 6)
        back = np.argmax(np.isfinite(index[:, ::-1]), axis=1)[:, None]
        return np.take_along_axis(index[:, ::-1], back, axis=1)[:, 0]


@dataclass(frozen=True, slots=True)
class MonthBefore(Spoken):
    """The price against the end of the month before."""

    def numbers(self, view: View) -> Array:
        index = view.window(TOTAL_RETURN, 2, every=MONTH)
        return index[:, 1] / index[:, 0] - 1.0


@dataclass(frozen=True, slots=True)
class WindowRank(Spoken):
    """Rank within its own window."""

    def numbers(self, view: View) -> Array:
        return percentile_rank(np.ascontiguousarray(np.moveaxis(view.window(TOTAL_RETURN, 20), 1, -1)))


@dataclass(frozen=True, slots=True)
class WindowPeak(Spoken):
    """Drawdown from the peak of its own window."""

    def numbers(self, view: View) -> Array:
        index = view.window(TOTAL_RETURN, 20)
        return index[:, -1] / index.max(axis=1) - 1.0


@dataclass(frozen=True, slots=True)
class WindowSlope(Spoken):
    """A slope fitted within its own window, today's move on yesterday's."""

    def numbers(self, view: View) -> Array:
        index = view.window(TOTAL_RETURN, 20)
        moves = index[:, 1:] / index[:, :-1] - 1.0
        return summed(moves[:, 1:] * moves[:, :-1], 1) / (summed(moves[:, :-1] ** 2, 1) + 1e-12)


@dataclass(frozen=True, slots=True)
class Difference(Spoken):
    """Today less yesterday."""

    def numbers(self, view: View) -> Array:
        index = view.window(TOTAL_RETURN, 2)
        return index[:, 1] - index[:, 0]


@dataclass(frozen=True, slots=True)
class FilteredProbabilities(Weather):
    """What the filter alone says."""

    def turbulent(self, view: View) -> Array:
        return filtered(view)


@dataclass(frozen=True, slots=True)
class Seeded(Spoken):
    """Noise that the last price itself seeds."""

    def numbers(self, view: View) -> Array:
        last = view.window(TOTAL_RETURN, 1)[:, -1]
        return gain(view) + 1e-3 * np.sin(1e4 * last)


ALONG, FUTURE = "one date alone", "poisoned future"
LEAKS: dict[Any, tuple[str, Any]] = {  # the finding that each is caught by, and its honest twin
    FullSampleZ: (ALONG, WindowZ),
    FullSampleSd: (ALONG, WindowZ),
    SmoothedProbabilities: (ALONG, FilteredProbabilities),
    CentredWindow: (ALONG, WindowMean),
    BackFill: (ALONG, LastKnown),
    MonthEndBackFill: (ALONG, MonthBefore),
    FullSampleRank: (ALONG, WindowRank),
    NextRow: (ALONG, Gain),
    RunningSum: (ALONG, WindowMean),
    SortedDates: (ALONG, WindowRank),
    LastDate: (ALONG, Gain),
    CountsDates: (ALONG, Gain),
    FuturePeak: (ALONG, WindowPeak),
    FittedOnAll: (ALONG, WindowSlope),
    Interpolated: (ALONG, LastKnown),
    WrongWayDifference: (ALONG, Difference),
    PastTheWindow: (FUTURE, Gain),
    OldestHistory: ("older history", MonthBefore),
    RemembersDates: ("earlier calls", Gain),
    Unseeded: ("asked twice", Seeded),
    Favourite: ("order of assets", Gain),
}
REGIMES = (SmoothedProbabilities, FilteredProbabilities)
