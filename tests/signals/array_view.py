"""A slow, obvious view of a dense panel: the reference that signals are tested on.

Every window is gathered row by row in plain Python. `layout="strided"` hands out the same numbers as windows on the
panel itself where the rows are evenly spaced, as a fast view does, so that a signal can be caught reading past its
window.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import as_strided

from trimtab.core.arrays import Array, Dates
from trimtab.core.opinions import Opinion, standing
from trimtab.core.terms import CLOSE, DAY, MONTH, TOTAL_RETURN, WEEK, Field, Stat, Step
from trimtab.core.values import Asset, Days

_STATS = {
    Stat.MEAN: np.mean,
    Stat.STD: lambda x: np.std(x, ddof=1),
    Stat.MIN: np.min,
    Stat.MAX: np.max,
    Stat.COUNT: len,
    Stat.LOG_MEAN: lambda x: np.mean(np.log(x)),
    Stat.LOG_STD: lambda x: np.std(np.log(x), ddof=1),
    Stat.POSITIVE_COUNT: len,
    Stat.POSITIVE_MEAN: np.mean,
    Stat.POSITIVE_STD: lambda x: np.std(x, ddof=1),
    Stat.RANK: lambda x: (np.sum(np.array(x) < x[-1]) + 0.5 * np.sum(np.array(x) == x[-1])) / len(x),
}
_TWO = (Stat.STD, Stat.LOG_STD, Stat.POSITIVE_STD)
_COUNTS = (Stat.COUNT, Stat.POSITIVE_COUNT)
_ABOVE_ZERO = (Stat.LOG_MEAN, Stat.LOG_STD, Stat.POSITIVE_COUNT, Stat.POSITIVE_MEAN, Stat.POSITIVE_STD)


@dataclass(frozen=True)
class Named:
    """A series that nobody holds: effective dates, dates on which it became known, values; all (N,)."""

    dates: Dates
    known: Dates
    values: Array


@dataclass(frozen=True)
class ArrayView:
    """The View protocol on fields (T, A) over sessions (T,), from the decision rows `rows` (D,)."""

    sessions: Dates
    fields: Mapping[Field, Array]
    rows: Sequence[int]
    named: Mapping[str, Named] = field(default_factory=dict)
    first: int = 0  # row of `since`
    layout: str = "gather"
    ids: tuple[str, ...] = ()
    said: tuple[Opinion, ...] = ()

    @property
    def assets(self) -> tuple[Asset, ...]:
        count = next(iter(self.fields.values())).shape[1]
        return tuple(Asset(one) for one in self.ids or [f"A{a}" for a in range(count)])

    @property
    def days(self) -> Days:
        dates = self.sessions[list(self.rows)].astype("datetime64[D]")
        return Days(dates, dates.astype("datetime64[s]") + np.timedelta64(22, "h"))

    def back(self, row: int, n: int, every: Step) -> list[int]:
        """The last n rows up to `row`, in steps; see the function of that name."""
        return back(periods(self.sessions, every), row, n)

    def window(self, field: Field, n: int, *, every: Step = DAY) -> Array:
        values = self.fields.get(field, np.full((len(self.sessions), len(self.assets)), np.nan))
        numbers = periods(self.sessions, every)
        rows = [back(numbers, row, n) for row in self.rows]
        out = np.full((len(rows), n, values.shape[1]), np.nan)
        for d, picks in enumerate(rows):
            for k, pick in enumerate(picks):
                if pick >= 0:
                    out[d, k] = values[pick]
        spaced = as_windows(values, rows) if self.layout == "strided" else None
        out = out if spaced is None else spaced
        out.flags.writeable = False
        return out

    def series(self, name: str, n: int, *, every: Step = DAY) -> Array:
        one = self.named[name]
        numbers = periods(one.dates, every)
        out = np.full((len(self.rows), n), np.nan)
        for d, day in enumerate(self.days.dates):
            latest = self.latest(name, day)
            picks = back(numbers, latest, n) if latest >= 0 else []
            for k, pick in enumerate(picks):
                if pick >= 0:
                    out[d, k] = one.values[pick]
        out.flags.writeable = False
        return out

    def stamps(self, name: str, n: int, *, every: Step = DAY) -> Dates:
        one = self.named[name]
        numbers = periods(one.dates, every)
        out = np.full((len(self.rows), n), np.datetime64("NaT", "D"))
        for d, day in enumerate(self.days.dates):
            latest = self.latest(name, day)
            for k, pick in enumerate(back(numbers, latest, n) if latest >= 0 else []):
                if pick >= 0:
                    out[d, k] = one.dates[pick]
        return out

    def latest(self, name: str, day: np.datetime64) -> int:
        """The last row of a series such that it and all before it were known on `day`; -1 where none was."""
        known = (self.named[name].known <= day).tolist()
        return known.index(False) - 1 if False in known else len(known) - 1

    def age(self, name: str) -> Array:
        rows = [self.latest(name, day) for day in self.days.dates]
        dates = self.named[name].dates
        return np.array(
            [(day - dates[row]).astype(int) if row >= 0 else np.nan for day, row in zip(self.days.dates, rows, strict=True)]
        )

    def expanding(self, what: Field | str, stat: Stat, *, every: Step = DAY) -> Array:
        if isinstance(what, str):
            return self.expanding_series(what, stat, every)
        values = self.fields[what]
        out = np.full((len(self.rows), values.shape[1]), np.nan)
        for d, row in enumerate(self.rows):
            picks = [pick for pick in self.back(row, row + 1, every) if pick >= self.first]
            for a in range(values.shape[1]):
                out[d, a] = statistic(values[picks, a], stat)
        return out

    def expanding_series(self, name: str, stat: Stat, every: Step) -> Array:
        one = self.named[name]
        numbers, since = periods(one.dates, every), self.sessions[self.first]
        out = np.full(len(self.rows), np.nan)
        for d, day in enumerate(self.days.dates):
            latest = self.latest(name, day)
            picks = [pick for pick in back(numbers, latest, latest + 1) if pick >= 0 and one.dates[pick] >= since]
            out[d] = statistic(one.values[picks], stat)
        return out

    def per_year(self, every: Step) -> int:
        gaps = np.diff(self.sessions.astype("datetime64[D]").astype(int))
        return 12 if every is MONTH or (len(gaps) and np.median(gaps) > 15) else 52 if every is WEEK else 252

    def opinions(self) -> tuple[tuple[Opinion, ...], ...]:
        return standing(self.said, self.days.dates, self.days.cutoffs)

    # ----- the same panel, seen or changed otherwise -----

    def at(self, *rows: int) -> ArrayView:
        """From other decision rows."""
        return replace(self, rows=list(rows))

    def corrupted(self, after: int) -> ArrayView:
        """The same past, and another future after row `after`, in size, sign and gaps."""
        last = self.sessions[after]
        fields = {name: spoilt(values, slice(after + 1, None)) for name, values in self.fields.items()}
        named = {
            name: replace(one, values=np.where(one.known > last, spoilt(one.values, slice(None)), one.values))
            for name, one in self.named.items()
        }
        return replace(self, fields=fields, named=named)

    def forgotten(self, before: int) -> ArrayView:
        """The same panel, with everything before row `before` replaced."""
        return replace(self, fields={name: spoilt(values, slice(0, before)) for name, values in self.fields.items()})

    def permuted(self, order: Sequence[int]) -> ArrayView:
        """The assets in another order."""
        fields = {name: np.ascontiguousarray(values[:, list(order)]) for name, values in self.fields.items()}
        return replace(self, fields=fields, ids=tuple(self.assets[a].id for a in order))

    def scaled(self, factor: Array | float) -> ArrayView:
        """Prices in another currency unit, by asset (A,) or alike."""
        return replace(self, fields={name: values * factor for name, values in self.fields.items()})

    def with_next(self, day: str, close: float) -> ArrayView:
        """One more session on which every close and index is `close`, and the only decision."""
        sessions = np.append(self.sessions, np.datetime64(day, "D"))
        fields = {name: np.vstack([values, np.full(values.shape[1], close)]) for name, values in self.fields.items()}
        return replace(self, sessions=sessions, fields=fields, rows=[len(sessions) - 1])


def statistic(values: Array, stat: Stat) -> float:
    """`stat` of the values that are known (and above 0, where it asks for that); NaN where there are too few."""
    above = stat in _ABOVE_ZERO
    known = [one for one in values if np.isfinite(one) and (one > 0.0 or not above)]
    if stat is Stat.RANK and not (len(values) and np.isfinite(values[-1])):
        return np.nan
    return float(_STATS[stat](known)) if stat in _COUNTS or len(known) > (stat in _TWO) else np.nan


def periods(dates: Dates, every: Step) -> list[int]:
    """The number of the month, the week (Monday to Sunday) or the row, for each date."""
    if every is MONTH:
        return dates.astype("datetime64[M]").astype(int).tolist()
    weeks = (dates.astype("datetime64[D]").astype(int) + 3) // 7
    return weeks.tolist() if every is WEEK else list(range(len(dates)))


def back(numbers: list[int], row: int, n: int) -> list[int]:
    """The last n rows up to `row`: itself and the last rows of the periods before it; -1 where there are none."""
    found = [row]
    while len(found) < n:
        before = found[-1] - 1
        while before >= 0 and numbers[before] == numbers[found[-1]]:
            before -= 1
        if before < 0:
            break
        found.append(before)
    return [*[-1] * (n - len(found)), *reversed(found)]


def as_windows(values: Array, rows: list[list[int]]) -> Array | None:
    """The windows as a view on `values` itself, where their rows lie evenly and none is missing; else None."""
    flat = [pick for picks in rows for pick in picks]
    inner = {b - a for picks in rows for a, b in pairwise(picks)}
    outer = {later[-1] - earlier[-1] for earlier, later in pairwise(rows)}
    if not flat or min(flat) < 0 or len(inner) > 1 or len(outer) > 1:
        return None
    row, column = values.strides
    shape = (len(rows), len(rows[0]), values.shape[1])
    step, stride = (*outer, 1)[0], (*inner, 1)[0]
    return as_strided(values[rows[0][0] :], shape, (step * row, stride * row, column), writeable=False)


def spoilt(values: Array, where: slice) -> Array:
    """A copy whose rows `where` are wrong in size, sign and gaps."""
    out = values.copy()
    rows = np.arange(len(out))[where]
    wrong = 7.0 + 1000.0 * np.abs(np.sin(rows * 12.9898))
    wrong[rows % 5 == 3] = np.nan
    out[where] = wrong.reshape((-1,) + (1,) * (out.ndim - 1)) * (1.0 if out.ndim == 1 else np.arange(1, out.shape[1] + 1))
    return out


def month_ends(first: str, count: int) -> Dates:
    """The last weekday of `count` months from `first` (YYYY-MM) on."""
    months = np.datetime64(first, "M") + np.arange(count)
    return np.busday_offset((months + 1).astype("datetime64[D]"), -1, roll="forward")


def weekdays(first: str, count: int) -> Dates:
    """`count` weekdays from `first` on."""
    return np.busday_offset(np.datetime64(first, "D"), np.arange(count), roll="forward")


def panel(index: Sequence[float] | Array, *, first: str = "2000-01", daily: bool = False, **named: Named) -> ArrayView:
    """A view of total-return indices (T,) or (T, A), which are the closes as well, deciding at every row."""
    values = np.asarray(index, dtype=float)
    values = values[:, None] if values.ndim == 1 else values
    dates = weekdays(f"{first}-03", len(values)) if daily else month_ends(first, len(values))
    return ArrayView(dates, {TOTAL_RETURN: values, CLOSE: values}, list(range(len(values))), named)


def random_panel(seed: int, count: int, assets: int, *, daily: bool = False, gaps: float = 0.0) -> ArrayView:
    """Random walks with dividends; the monthly series `long`, `short` and `prices`, known ten days late; and `bills`."""
    rng = np.random.default_rng(seed)
    total = 100.0 * np.exp(np.cumsum(0.04 * rng.standard_normal((count, assets)), axis=0))
    paid = 0.002 * (1.0 + 0.5 * np.sin((np.arange(count)[:, None] + 11.0 * np.arange(assets)) / 7.0))
    close = total * np.exp(-np.cumsum(paid, axis=0))
    missing = rng.random((count, assets)) < gaps
    total[missing], close[missing] = np.nan, np.nan
    dates = weekdays("2000-01-03", count) if daily else month_ends("2000-01", count)
    months = month_ends("2000-01", int((dates[-1].astype("datetime64[M]") - np.datetime64("1999-12", "M")).astype(int)))
    late = months + np.timedelta64(10, "D")
    named = {name: Named(months, late, 0.03 + 0.01 * rng.standard_normal(len(months))) for name in ("long", "short")}
    named["bills"] = Named(dates, dates, np.exp(np.cumsum(0.003 * rng.random(count))))
    steps = 0.0025 + 0.002 * np.sin(np.arange(len(months)) / 6.0)
    named["prices"] = Named(months, late, 100.0 * np.exp(np.cumsum(steps)))
    named |= quoted(seed, dates)
    return ArrayView(dates, {TOTAL_RETURN: total, CLOSE: close}, list(range(count)), named)


def quoted(seed: int, dates: Dates) -> dict[str, Named]:
    """Two series quoted at every session, rounded so that they tie: `vix`, and `slope` around 0."""
    rng = np.random.default_rng([seed, 1])
    vix = np.round(15.0 * np.exp(0.3 * rng.standard_normal(len(dates))), 0)
    slope = np.round(0.01 * np.sin(np.arange(len(dates)) / 5.0) + 0.003 * rng.standard_normal(len(dates)), 3)
    return {"vix": Named(dates, dates, vix), "slope": Named(dates, dates, slope)}
