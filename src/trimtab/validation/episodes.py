"""Is the edge two episodes? The part of the outperformance that comes from its few best stretches of time.

Outperformance is counted in logarithms, so that the parts of time add up to the whole: log(1 + r) - log(1 + b) a period. An
episode is a stretch of `length` periods; the best is the one with the most outperformance, the next best the one with the
most among those that do not overlap the ones before, and so on. To remove an episode is to hold the benchmark in it.
Removing the best is not fair, by intent: a broad edge loses little by it, a lucky one everything (compare the best-days
tables of Estrada 2008, "Black swans and market timing").
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.terms import TIE
from trimtab.numerics.returns import paired
from trimtab.validation.percents import percent, signed


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch: rows `first` to `last` of the returns, and how far the portfolio's wealth came ahead in it, as a fraction."""

    first: int
    last: int
    ahead: float


@dataclass(frozen=True, slots=True)
class Edge:
    """Outperformance a year (`whole`), what is `left` without the best episodes, and these, best first.

    `share` is the part of the whole that they make up, in logarithms: above 1 where nothing is left; NaN where there was no
    outperformance to share. `needed` is how many of the best must go until none is left; None where no number does it,
    or where there was none. Whole and left are relative growth a year. NaN with a `reason` where there is no answer.
    """

    whole: float
    left: float
    share: float
    needed: int | None
    episodes: tuple[Episode, ...]
    length: int
    reason: str = ""

    @property
    def words(self) -> str:
        """One sentence."""
        if self.reason:
            return f"The best episodes are unknown: {self.reason}."
        kind = "periods" if self.length == 1 else f"episodes of {self.length} periods"
        best = f"the best {len(self.episodes)} {kind}"
        found = f"{signed(self.whole)} a year against the benchmark, {signed(self.left)} without {best}"
        if not math.isfinite(self.share):
            return f"There is no outperformance to explain: {found}."
        all_of_it = f"; without {self.needed} of them nothing is left" if self.needed is not None else ""
        return f"{best.capitalize()} make up {percent(self.share, 0)} of the edge: {found}{all_of_it}."


def edge(returns: Array, benchmark: Array, *, per_year: float, best: int = 2, length: int = 1) -> Edge:
    """The edge of one portfolio (T,) over its benchmark (T,) with and without its `best` episodes of `length` periods.

    Fewer episodes where fewer fit, or where no other one outperformed. Raises ParameterError for `best` or `length` below 1 and
    lengths that differ, DataError for more than one path.
    """
    if best < 1 or length < 1:
        raise ParameterError(f"best is {best} and length {length}", field="best", remedy="Give at least 1 of both.")
    if returns.ndim != 1:
        raise DataError(f"returns have shape {returns.shape}", remedy="Give one path (T,) at a time.")
    benchmark = np.broadcast_to(paired(returns, benchmark), returns.shape)
    reason = _reason(returns, benchmark, length)
    if reason:
        return Edge(math.nan, math.nan, math.nan, None, (), length, reason)
    ahead = np.log1p(returns) - np.log1p(benchmark)
    whole = float(ahead.sum())
    real = whole > TIE * float(np.abs(ahead).sum())
    found = _best(ahead, length, best, whole if real else math.inf)
    taken = [one.ahead for one in found[:best]]
    left, years = whole - sum(taken), len(ahead) / per_year
    gone = (
        np.flatnonzero(np.cumsum([one.ahead for one in found]) >= whole * (1.0 - TIE)) if real else np.empty(0, dtype=np.intp)
    )
    return Edge(
        math.expm1(whole / years),
        math.expm1(left / years),
        sum(taken) / whole if real else math.nan,
        int(gone[0]) + 1 if len(gone) else None,
        tuple(Episode(one.first, one.last, math.expm1(one.ahead)) for one in found[:best]),
        length,
    )


def _reason(returns: Array, benchmark: Array, length: int) -> str:
    """Why there is no answer; empty where there is one."""
    if len(returns) < length:
        return "there are fewer periods than an episode has"
    if not (np.isfinite(returns).all() and np.isfinite(benchmark).all()):
        return "some returns are unknown"
    if min(returns.min(), benchmark.min()) <= -1.0:
        return "a return is -100 % or below"
    return ""


def _best(ahead: Array, length: int, least: int, goal: float) -> list[Episode]:
    """Episodes that outperform, best first (`ahead` in logarithms): at least `least` and until they sum to `goal`, or all."""
    sums = np.concatenate([[0.0], np.cumsum(ahead)])
    free = ahead.copy() if length == 1 else sums[length:] - sums[:-length]
    found: list[Episode] = []
    total = 0.0
    while len(found) < least or (total < goal * (1.0 - TIE) and math.isfinite(goal)):  # each depends on the ones before
        first = int(free.argmax())
        if not free[first] > 0.0:
            break
        found.append(Episode(first, first + length - 1, float(free[first])))
        total += float(free[first])
        free[max(first - length + 1, 0) : first + length] = -np.inf
    return found
