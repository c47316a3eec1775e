"""Every measure of one series or of ten thousand in one call: work is shared, memory is that of the returns and little more.

Series are taken in blocks that fit the cache; of each block the wealth path, the moments and the sorted tail are made once,
and all measures are formulas over what they sum to. What each measure means is in `definitions`, the choices behind them
in `conventions`, the plain function of each in the module that bears its idea.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Dates, Mask
from trimtab.core.errors import ParameterError
from trimtab.numerics import active_sums, measured, measured_active, measuring
from trimtab.numerics.active_sums import Rival, rival
from trimtab.numerics.conventions import Conventions
from trimtab.numerics.fall_sums import falls
from trimtab.numerics.measured import Figures, Sums
from trimtab.numerics.measuring import Asked, Found, Room
from trimtab.numerics.returns import paired
from trimtab.numerics.tail_sums import tails

STANDARD = Conventions()
BLOCK = 200_000  # returns in a block: some five arrays of it stay in the cache
Pass = Callable[[Array, Room, Asked], Found]
Against = Callable[[Array, Room, Asked, Rival], Found]


@dataclass(frozen=True, slots=True)
class Group:
    """Measures that are made together: their keys, the passes that they need, in order, and their formulas."""

    keys: frozenset[str]
    formulas: Callable[[Sums], Figures]
    passes: tuple[Pass, ...]
    against: tuple[Against, ...] = ()


def _group(keys: str, formulas: Callable[[Sums], Figures], *passes: Pass, against: tuple[Against, ...] = ()) -> Group:
    return Group(frozenset(keys.split()), formulas, passes, against)


_MOMENTS, _FALLS = measuring.moments, falls
_VERSUS = (active_sums.against,)
GROUPS = (
    _group("total_return cagr", measured.growth, _FALLS),
    _group("volatility skewness excess_kurtosis autocorrelation best_period worst_period", measured.spread, _MOMENTS),
    _group("sharpe adjusted_sharpe lo_sharpe", measured.reward, _MOMENTS, _FALLS),
    _group(
        "downside_deviation sortino upside_risk upside_potential omega prospect bernardo_ledoit d_ratio",
        measured.beyond,
        _MOMENTS,
        measuring.gains,
    ),
    _group("win_rate payoff profit_factor kelly", measured.winning, measuring.gains),
    _group(
        "max_drawdown drawdown_length drawdown_periods longest_drawdown pain_index ulcer calmar pain_ratio martin burke",
        measured.under_water,
        _FALLS,
    ),
    _group("value_at_risk expected_shortfall tail_ratio", measured.tail, _MOMENTS, tails),
    _group("best_month worst_month best_year worst_year", measured.calendar, measuring.months),
    _group(
        "active_return tracking_error information_ratio batting_average",
        measured_active.tracking,
        _MOMENTS,
        _FALLS,
        against=_VERSUS,
    ),
    _group(
        "beta alpha correlation r_squared jensen_alpha net_selectivity systematic_risk specific_risk total_risk "
        "treynor modified_treynor appraisal_ratio m_squared",
        measured_active.slope,
        _MOMENTS,
        _FALLS,
        against=_VERSUS,
    ),
    _group("up_capture down_capture", measured_active.capturing, against=(*_VERSUS, active_sums.captures)),
)
DATED = frozenset({"drawdown_length", "best_month", "worst_month", "best_year", "worst_year"})
RELATIVE = frozenset(key for group in GROUPS if group.against for key in group.keys)
KEYS = tuple(key for group in GROUPS for key in sorted(group.keys))
_ORDER: tuple[Pass, ...] = (measuring.gains, tails, _FALLS, measuring.months, _MOMENTS)


def measures(
    returns: Array,
    per_year: float,
    *,
    benchmark: Array | None = None,
    rf: Array | float = 0.0,
    dates: Dates | None = None,
    conventions: Conventions = STANDARD,
) -> Mapping[str, Array]:
    """Every measure of simple returns (..., T), oldest first, by key: arrays (...). NaN where there is no answer.

    `per_year` periods make a year. `benchmark` (T,) or (..., T) adds the measures against it; `rf` is the riskless return of
    each period, a number or (T,); `dates` (T,), or (T + 1,) with the start in front, add those of months, years and days.
    `performance.why_not` tells why a figure is missing. Raises ParameterError where lengths differ, DataError where dates
    do not rise.
    """
    count = np.shape(returns)[-1]
    start = None
    if dates is not None and len(dates) == count + 1:
        start, dates = dates[0], dates[1:]
    return answer(returns, Asked(per_year, rf, dates, conventions, start=start), benchmark)


def answer(returns: Array, asked: Asked, benchmark: Array | None = None) -> Mapping[str, Array]:
    """The measures that `asked` names (all where it names none), as `measures` gives them."""
    returns = np.asarray(returns)
    if returns.dtype.kind != "f":
        returns = returns.astype(float)
    keys = _keys(asked.keys, dated=asked.dates is not None, compared=benchmark is not None)
    _check(returns, asked)
    if not returns.shape[-1] or not returns.size:
        return {key: np.full(returns.shape[:-1], np.nan) for key in keys}
    rows = returns.reshape(-1, returns.shape[-1])
    other = _rows_of(paired(returns, benchmark), returns.shape) if benchmark is not None else None
    groups = [group for group in GROUPS if group.keys & set(keys) and (other is not None or not group.against)]
    with np.errstate(all="ignore"):  # what has no answer is NaN, and checked below
        found = _sums(rows, other, asked, groups)
        sums = Sums(found, rows.shape[1], asked)
        figures = {key: value for group in groups for key, value in group.formulas(sums).items()}
        known = np.isfinite(found["low"]) & np.isfinite(found["high"])
        return {key: _stated(figures[key], known, found, key).reshape(returns.shape[:-1]) for key in keys}


def _stated(values: Array, known: Mask, found: Found, key: str) -> Array:
    """A finite number or NaN; NaN wherever a return, or for a comparison one of the benchmark, is unknown."""
    sure = known & np.isfinite(found["b_known"]) if key in RELATIVE else known
    return np.where(sure & np.isfinite(values), values, np.nan)


def _keys(chosen: Iterable[str], *, dated: bool, compared: bool) -> tuple[str, ...]:
    """The keys to answer. Raises ParameterError for one that is none, or needs what was not given."""
    possible = [key for key in KEYS if (dated or key not in DATED) and (compared or key not in RELATIVE)]
    for key in chosen:
        if key not in KEYS:
            raise ParameterError(f"there is no measure {key!r}", field="keys", remedy=f"One of {', '.join(KEYS)}.")
        if key not in possible:
            needs = "dates" if key in DATED else "a benchmark"
            raise ParameterError(f"{key} needs {needs}", field="keys", remedy=f"Give {needs}.")
    return tuple(key for key in possible if not chosen or key in chosen)


def _check(returns: Array, asked: Asked) -> None:
    """Raise ParameterError where lengths differ or there is no number of periods."""
    if not 0.0 < asked.per_year < np.inf:
        raise ParameterError(f"per_year is {asked.per_year}", field="per_year", remedy="Give 252, 52, 12, 4 or 1.")
    if not np.isfinite(asked.rf).all():
        remedy = "Cut the returns to where it is known."
        raise ParameterError("the riskless rate is unknown in a period", field="rf", remedy=remedy)
    paired(returns, np.asarray(asked.rf), "riskless rate")
    if asked.dates is not None:
        paired(returns, asked.dates.astype("datetime64[D]").astype(float), "dates")


def _rows_of(benchmark: Array, shape: tuple[int, ...]) -> Array:
    """The benchmark as one row for all series, or as one for each (N, T). ParameterError where it fits neither."""
    if benchmark.ndim and benchmark.size == shape[-1]:
        return benchmark.reshape(1, -1)
    try:
        rows = np.broadcast_to(benchmark, shape) if benchmark.ndim else None
    except ValueError:
        rows = None
    if rows is None:
        what = f"a benchmark of shape {benchmark.shape} stands against returns of shape {shape}"
        raise ParameterError(what, field="benchmark", remedy="Give one benchmark (T,), or one for each series.")
    return rows.reshape(-1, shape[-1])


def _sums(rows: Array, other: Array | None, asked: Asked, groups: list[Group]) -> Found:
    """Every sum that `groups` need, (N,), block by block."""
    wanted = {one for group in groups for one in group.passes}
    passes = (measuring.extremes, *(one for one in _ORDER if one in wanted))
    beside = tuple(dict.fromkeys(one for group in groups for one in group.against))
    if beside and _MOMENTS not in passes:
        passes += (_MOMENTS,)
    found: dict[str, Array] = {}
    for place, block, room, rival_rows in _blocks(rows, other, asked):
        parts = [one(block, room, asked) for one in passes]
        parts += [one(block, room, asked, rival_rows) for one in beside if rival_rows is not None]
        for part in parts:
            for name, value in part.items():
                if name not in found:
                    found[name] = np.empty(len(rows))
                found[name][place] = value
    return found


def _blocks(rows: Array, other: Array | None, asked: Asked) -> Iterator[tuple[slice, Array, Room, Rival | None]]:
    """Blocks of series with a room and the benchmark. A block that is not plain numbers side by side is copied, no more."""
    count = rows.shape[1]
    size = max(1, min(len(rows), BLOCK // count))
    room = Room.of(size, count)
    shared = rival(other, asked) if other is not None and len(other) == 1 else None
    for first in range(0, len(rows), size):
        place = slice(first, min(first + size, len(rows)))
        block = np.ascontiguousarray(rows[place], dtype=np.float64)
        beside = shared if shared is not None or other is None else rival(np.asarray(other[place], dtype=float), asked)
        yield place, block, room.cut(len(block)), beside
