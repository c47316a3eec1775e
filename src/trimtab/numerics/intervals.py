"""How sure is a figure? Confidence intervals by the stationary bootstrap, percentile method (Efron 1979).

Every figure that takes returns along the last axis can be asked: it is computed on each drawn history, and the interval
holds the middle `level` of the answers. Portfolio, benchmark and bills are drawn by the same rows. A figure that has no
answer in some draws (a Calmar ratio where wealth never fell) could there be anything: such a draw counts as below the lower
end and as above the upper one, and an end that falls among them is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.numerics.bootstrap import block_length, stationary_draws
from trimtab.numerics.returns import paired

Figure = Callable[..., Array]  # series (R, T) to figures (R,), and (T,) to ()
AT_ONCE = 2_000_000  # numbers of each series that are drawn together: 16 MB


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the ends of its two-sided interval; `block` is the mean block length in periods."""

    low: float
    value: float
    high: float
    level: float
    block: float
    draws: int
    seed: int


def interval(
    figure: Figure,
    *series: Array,
    seed: int,
    level: float = 0.95,
    draws: int = 1000,
    block: float | None = None,
) -> Interval:
    """The interval of one figure of one or more series (T,); see `intervals`."""
    return intervals({"": figure}, *series, seed=seed, level=level, draws=draws, block=block)[""]


def intervals(
    figures: Mapping[str, Figure],
    *series: Array,
    seed: int,
    level: float = 0.95,
    draws: int = 1000,
    block: float | None = None,
) -> dict[str, Interval]:
    """The intervals of several figures from the same draws.

    Each figure takes as many arrays as there are `series` (T,), drawn together as (R, T), and gives (R,). Without `block`
    it is the longest of the automatic lengths of the series. Raises ParameterError for a level outside 0 to 1, no series,
    no draws, or lengths that differ.
    """
    history = _history(series, level, draws)
    length = best_block(history) if block is None else block
    count = history.shape[-1]
    rows = max(1, AT_ONCE // max(count, 1))
    answers: dict[str, list[Array]] = {key: [] for key in figures}
    for drawn in stationary_draws(count, draws, length, seed=seed, rows=rows):
        sample = [one[drawn] for one in history]
        for key, figure in figures.items():
            answers[key].append(np.asarray(figure(*sample), dtype=float))
    found = {}
    for key, figure in figures.items():
        value = float(figure(*history))
        low, high = _ends(np.concatenate(answers[key]), level) if np.isfinite(value) else (np.nan, np.nan)
        found[key] = Interval(low, value, high, level, length, draws, seed)
    return found


def best_block(history: Array) -> float:
    """Mean block length for series (K, T) drawn together: the longest of their automatic ones, at least 1.

    Where none has one (too short, or still) it is the cube root of T, the order in which the best length grows.
    """
    lengths = block_length(history)
    known = lengths[np.isfinite(lengths)]
    return max(1.0, float(known.max()) if len(known) else history.shape[-1] ** (1.0 / 3.0))


def _history(series: tuple[Array, ...], level: float, draws: int) -> Array:
    """The series as (K, T), and the parameters checked."""
    if not 0.0 < level < 1.0:
        raise ParameterError(f"level {level:g} is not between 0 and 1", remedy="Use 0.95 for 95 %.")
    if not series or draws < 1:
        raise ParameterError(f"{draws} draws of {len(series)} series", remedy="Give at least one of both.")
    arrays = [np.asarray(one, dtype=float) for one in series]
    if any(one.ndim != 1 for one in arrays):
        raise ParameterError("each series has one axis, of periods", remedy="Ask for one portfolio at a time.")
    return np.stack([paired(arrays[0], one, "other series") for one in arrays])


def _ends(answers: Array, level: float) -> tuple[float, float]:
    """Lower and upper end of the middle `level` of answers (R,)."""
    low, high = ((1.0 - level) / 2.0, (1.0 + level) / 2.0)
    known = np.isfinite(answers)
    with np.errstate(invalid="ignore"):
        lower = np.quantile(np.where(known, answers, -np.inf), low)
        upper = np.quantile(np.where(known, answers, np.inf), high)
    return (float(lower) if np.isfinite(lower) else np.nan), (float(upper) if np.isfinite(upper) else np.nan)
