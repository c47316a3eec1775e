"""Any return series that a user has, made plain: dated simple returns, their frequency, and notes on what was done to them.

What quantstats and pyfolio accept is accepted: returns or prices, in a file, in pandas, or as dates beside numbers. Nothing
is guessed in silence: every step has its note, and what could be meant in two ways is refused with a way out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates, frozen
from trimtab.core.calendar import FREQUENCIES, steps_per_year
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.returns import returns_of
from trimtab.surfaces.series_source import dated_numbers

LOWEST_PRICE = 0.5  # numbers that are all above it are prices: nobody earned 50 % in every single period
LARGE = {252: 0.2, 365: 0.2, 52: 0.25, 12: 0.4, 4: 0.6, 1: 1.5}  # usual size of a return from which it must be percent
FEW = 10  # so many returns, none below 0, that would more than double each year are prices below 0.5, or percent
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Simple returns (T,) of the periods that end on `dates` (T,), which rise; `per_year` of them make a year.

    `start` is the date on which wealth is 1: that of the first price, or one usual step before the first return.
    """

    name: str
    dates: Dates
    returns: Array
    per_year: int
    start: np.datetime64
    notes: tuple[str, ...] = ()

    @property
    def frequency(self) -> str:
        """`daily`, `weekly` and so on."""
        return FREQUENCIES.get(self.per_year, f"{self.per_year} a year")


def read_series(
    source: Any, *, name: str = "", prices: bool | None = None, column: str = "", per_year: int = 0, drop: bool = False
) -> Track:
    """The returns in `source`: a CSV or Parquet file, a pandas Series or DataFrame, (dates, numbers), or a Track.

    `prices` says whether the numbers are prices (or wealth); None reads them as prices where all are above 0.5, and as
    returns otherwise. `column` picks one of several. `per_year` (252, 365, 52, 12, 4, 1) stands for what the dates say.
    Unknown numbers at either end are cut off; in the middle, unknown prices are left out (the next return spans the gap)
    and unknown returns are refused, or left out where `drop`. Raises UsageError or DataError, one line each.
    """
    if isinstance(source, Track):
        return source
    found = dated_numbers(source, column)
    title = name or found.name or "returns"
    dates, numbers, notes = _in_order(found.dates, found.numbers, title)
    notes = found.notes + notes
    are_prices = _are_prices(numbers) if prices is None and not found.percent else bool(prices)
    dates, numbers, holes = _without_unknown(dates, numbers, title, drop=drop or are_prices)
    notes += holes
    notes += ("Written as percent, read as fractions.",) if found.percent else ()
    if prices is None and len(numbers):
        notes += (_reading(prices=are_prices),)
    f = per_year or steps_per_year(dates)
    if f not in FREQUENCIES:
        raise ParameterError(f"{f} periods a year", field="per_year", remedy=f"One of {', '.join(map(str, FREQUENCIES))}.")
    notes += (_pace(dates, f, given=bool(per_year)),)
    if are_prices:
        return _of_prices(title, dates, numbers, f, notes)
    _require_fractions(numbers, dates, f, title, told=prices is not None or found.percent)
    notes += _extreme(numbers, dates, f)
    start = _step_before(dates, f) if len(dates) else np.datetime64("NaT", "D")
    return Track(title, frozen(dates), frozen(numbers), f, start, notes)


def _in_order(dates: Dates, numbers: Array, name: str) -> tuple[Dates, Array, tuple[str, ...]]:
    """Sorted by date, rows that stand there twice once. Raises DataError for a date with two different numbers."""
    notes: tuple[str, ...] = ()
    if (np.diff(dates) < np.timedelta64(0, "D")).any():
        order = np.argsort(dates, kind="stable")
        dates, numbers, notes = dates[order], numbers[order], ("The dates were not in order and have been sorted.",)
    again = np.flatnonzero(np.diff(dates) == np.timedelta64(0, "D")) + 1
    same = (numbers[again] == numbers[again - 1]) | (np.isnan(numbers[again]) & np.isnan(numbers[again - 1]))
    if not same.all():
        first = dates[again[~same][0]]
        remedy = "Keep one number a date; of prices within the day, the close."
        raise DataError(f"two numbers for one date: {int((~same).sum())} times, first on {first}", where=name, remedy=remedy)
    if len(again):
        notes += (f"Rows that stand there twice and count once: {len(again):,}.",)
        dates, numbers = np.delete(dates, again), np.delete(numbers, again)
    return dates, numbers, notes


def _are_prices(numbers: Array) -> bool:
    known = numbers[np.isfinite(numbers)]
    return bool(len(known) and known.min() > LOWEST_PRICE)


def _reading(*, prices: bool) -> str:
    if prices:
        return f"Read as prices: every number is above {LOWEST_PRICE:g} (prices=False, --returns: they are returns)."
    return "Read as returns (prices=True, --prices: they are prices)."


def _without_unknown(dates: Dates, numbers: Array, name: str, *, drop: bool) -> tuple[Dates, Array, tuple[str, ...]]:
    """Without NaN at the ends, nor in the middle where `drop`; a note for each. Raises DataError for NaN in the middle."""
    if np.isinf(numbers).any():
        first = dates[np.isinf(numbers)][0]
        raise DataError(f"a number is infinite on {first}", where=name, remedy="Was a price 0? Correct it, or leave it empty.")
    known = np.flatnonzero(np.isfinite(numbers))
    if not len(known):
        return dates[:0], numbers[:0], (f"All {len(numbers):,} numbers are unknown." if len(numbers) else "There are no rows.",)
    cut = len(numbers) - (known[-1] + 1 - known[0])
    notes: tuple[str, ...] = (f"Unknown at the ends and cut off: {cut:,}.",) if cut else ()
    dates, numbers = dates[known[0] : known[-1] + 1], numbers[known[0] : known[-1] + 1]
    holes = ~np.isfinite(numbers)
    if holes.any() and not drop:
        what = f"returns are unknown in the middle: {int(holes.sum())}, the first on {dates[holes][0]}"
        raise DataError(what, where=name, remedy="Fill them in, or leave their dates out with drop=True (--drop).")
    if holes.any():
        notes += (f"Unknown in the middle and left out: {int(holes.sum()):,}.",)
    return dates[~holes], numbers[~holes], notes


def _pace(dates: Dates, f: int, *, given: bool) -> str:
    """The frequency in words, with the longest gap where it is out of the ordinary."""
    source = "as given" if given else "from the dates" if len(dates) > 1 else "too few dates to tell"
    text = f"{FREQUENCIES[f][:1].upper()}{FREQUENCIES[f][1:]}, {f} periods a year, {source}"
    gaps = np.diff(dates) / DAY
    usual = {252: 5.0, 365: 2.0}.get(f, 1.6 * 365.25 / f)
    wide = int((gaps > 2.0 * usual).sum())
    if not wide:
        return text + "."
    row = int(gaps.argmax())
    return f"{text}; {wide:,} gaps in the dates, the longest from {dates[row]} to {dates[row + 1]}."


def _step_before(dates: Dates, f: int) -> np.datetime64:
    """One usual step before the first date: a business day, a day, a week, or the end of the month(s) before."""
    first = dates[0]
    if f == 252:
        return np.datetime64(np.busday_offset(first, -1, roll="forward"), "D")
    if f in (365, 52):
        return np.datetime64(first - (1 if f == 365 else 7) * DAY, "D")
    month = first.astype("datetime64[M]") - np.timedelta64(12 // f - 1, "M")
    return np.datetime64(month.astype("datetime64[D]") - DAY, "D")


def _of_prices(name: str, dates: Dates, numbers: Array, f: int, notes: tuple[str, ...]) -> Track:
    if len(numbers) and numbers.min() <= 0.0:
        row = int(numbers.argmin())
        what = f"a price of {numbers[row]:g} on {dates[row]} has no return"
        raise DataError(what, where=name, remedy="Are these returns? Then say prices=False (--returns).")
    start = dates[0] if len(dates) else np.datetime64("NaT", "D")
    return Track(name, frozen(dates[1:]), frozen(returns_of(numbers)), f, start, notes)


def _require_fractions(numbers: Array, dates: Dates, f: int, name: str, *, told: bool) -> None:
    """Raise DataError where returns look like percent, or like prices; what is `told` to be returns may rise every time."""
    if not len(numbers):
        return
    moved = np.abs(numbers[numbers != 0.0])
    usual = float(np.median(moved)) if len(moved) else 0.0
    steep = not told and len(numbers) >= FEW and numbers.min() >= 0.0 and f * np.log1p(numbers.mean()) > np.log(2.0)
    if usual <= LARGE[f] and numbers.min() >= -1.0 and not steep:
        return
    row = int(numbers.argmin() if numbers.min() < -1.0 else np.abs(numbers).argmax())
    odd = f"{numbers[row]:.6g}"
    if numbers.min() >= 0.0:
        what = f"a return of {odd} on {dates[row]}, and none is below 0"
        remedy = "Are these prices? Then prices=True (--prices). Percent? Divide them by 100."
        remedy += " Returns they are? Then prices=False (--returns)." if usual <= LARGE[f] else ""
    else:
        what = f"returns are fractions, and that of {dates[row]} is {odd}"
        remedy = f"Is {odd} % meant? Divide them by 100, or write them with a percent sign."
    raise DataError(what, where=name, remedy=remedy)


def _extreme(numbers: Array, dates: Dates, f: int) -> tuple[str, ...]:
    """A note on a return far out of the ordinary, which may be a slip."""
    if not len(numbers) or numbers.max() <= 10.0 * LARGE[f]:
        return ()
    row = int(numbers.argmax())
    return (f"The largest return is {100.0 * numbers[row]:,.0f} %, on {dates[row]}.",)


def aligned(track: Track, other: Track) -> tuple[Track, Track]:
    """Both on the dates they share; what falls on other dates between them is compounded into the next shared one.

    Monthly, quarterly and yearly series share a period, whatever its last day is called. The notes of the first count what
    was left out and folded. Raises DataError where the frequencies differ or nothing is shared.
    """
    if track.per_year != other.per_year and min(track.per_year, other.per_year) < 252:
        what = f"{track.name} is {track.frequency} and {other.name} is {other.frequency}"
        raise DataError(what, remedy="Give both at the same frequency.")
    _, mine, theirs = np.intersect1d(_keys(track), _keys(other), assume_unique=True, return_indices=True)
    if not len(mine):
        raise DataError(f"{track.name} and {other.name} share no dates", remedy="Give series that overlap.")
    f = min(track.per_year, other.per_year)
    dates = track.dates[mine]
    cut = [_folded(one, rows) for one, rows in ((track, mine), (other, theirs))]
    notes = tuple(line for one, (_, line) in zip((track, other), cut, strict=True) for line in ([line] if line else []))
    start = track.start if mine[0] == 0 else track.dates[mine[0] - 1]
    first = Track(track.name, frozen(dates), frozen(cut[0][0]), f, start, track.notes + notes)
    return first, Track(other.name, frozen(dates), frozen(cut[1][0]), f, start, other.notes)


def _keys(track: Track) -> np.ndarray[Any, np.dtype[np.int64]]:
    if track.per_year > 12:
        return track.dates.astype(np.int64)
    keys = track.dates.astype("datetime64[M]").astype(np.int64) // (12 // track.per_year)
    if (np.diff(keys) == 0).any():
        raise DataError(f"{track.name} has two returns in one period", remedy="Give one a period, or say per_year.")
    return keys


def _folded(track: Track, rows: np.ndarray[Any, np.dtype[np.intp]]) -> tuple[Array, str]:
    """Returns at `rows`, each compounded over all rows since the one before it, and a note on what was cut and folded."""
    if len(rows) == len(track.returns):
        return track.returns, ""
    factors = 1.0 + track.returns[rows[0] : rows[-1] + 1]
    starts = np.append(0, rows[:-1] + 1 - rows[0])
    inside = int(rows[-1] - rows[0] + 1 - len(rows))
    outside = len(track.returns) - len(rows) - inside
    parts = [f"{outside:,} before the first or after the last shared date left out"] if outside else []
    parts += [f"{inside:,} in between compounded into the next shared date"] if inside else []
    text = f"{track.name}: of {len(track.returns):,} dates {' and '.join(parts)}."
    return np.multiply.reduceat(factors, starts) - 1.0 if inside else track.returns[rows], text
