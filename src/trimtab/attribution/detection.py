"""How late a signal notices a turn of the market, and what it earns around turns.

A peak is a high that is followed by a fall of `swing` before a new high, a trough a low followed by a rise that undoes such a
fall, swing / (1 - swing), before a new low (a filter as in Lunde and Timmermann 2004, "Duration dependence in stock prices";
with these two sizes no low between turns lies below a trough). Both are known only afterwards: this is measurement, not a rule
to trade on. Row t of wealth is the close of decision date t; scores of row t are known then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.attribution.information import Mean, mean_of
from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Turn:
    """A turning point at row `at`; `lag` periods later the signal had left the market (peak) or was back (trough).

    Lag 0: it stood there already, or changed that very day. None: it did not before the next turn, or not yet where `open`.
    """

    at: int
    peak: bool
    lag: int | None
    open: bool


@dataclass(frozen=True, slots=True)
class Detection:
    """All turns of the market, and the mean lag at those which the signal noticed; NaN where it noticed none.

    `usual` is the mean wait for the same sides counted from every date, turn or not: a signal that is no nearer to the turns
    than that has noticed nothing.
    """

    turns: tuple[Turn, ...]
    usual: float

    @property
    def noticed(self) -> tuple[Turn, ...]:
        """Turns with a lag."""
        return tuple(turn for turn in self.turns if turn.lag is not None)

    @property
    def missed(self) -> int:
        """Turns that were over before the signal changed sides."""
        return sum(turn.lag is None and not turn.open for turn in self.turns)

    @property
    def mean(self) -> float:
        """Mean lag in periods of the turns that were noticed."""
        lags = [turn.lag for turn in self.turns if turn.lag is not None]
        return float(np.mean(lags)) if lags else np.nan


@dataclass(frozen=True, slots=True)
class Reversals:
    """Mean gain a period of the signal's positions within `around` periods of a turn, and in all other periods."""

    near: Mean
    elsewhere: Mean
    around: int


def turning_points(market: Array, swing: float) -> tuple[tuple[int, bool], ...]:
    """Rows of wealth (D + 1) of the market (D,), and whether each is a peak; they alternate. The first row is never one.

    Raises ParameterError where `swing` is not between 0 and 1.
    """
    if not 0.0 < swing < 1.0:
        raise ParameterError(f"a swing of {swing} is not between 0 and 1", field="swing", remedy="0.15 is a fall of 15 %.")
    wealth = np.concatenate([np.ones(1), np.cumprod(1.0 + market)])
    found: list[tuple[int, bool]] = []
    high = low = 0
    rising: bool | None = None
    for t in range(1, len(wealth)):  # what is a turn depends on the turn before
        if rising is not False and wealth[t] > wealth[high]:
            high = t
        if rising is not True and wealth[t] < wealth[low]:
            low = t
        if rising is not False and wealth[high] * (1.0 - swing) >= wealth[t] < wealth[high]:
            found.append((high, True))
            rising, low = False, t
        elif rising is not True and wealth[low] <= wealth[t] * (1.0 - swing) and wealth[t] > 0.0:
            found.append((low, False))
            rising, high = True, t
    return tuple(turn for turn in found if turn[0] > 0)


def detection(side: Array, turns: tuple[tuple[int, bool], ...]) -> Detection:
    """When a signal whose side on the market is `side` (D,) noticed each turn; see `Turn`.

    It has left the market at a side of 0 or below, and is back above 0. Turns before its first opinion are left out.
    """
    opinions = np.flatnonzero(np.isfinite(side))
    first = opinions[0] if len(opinions) else len(side)
    out = []
    for n, (at, peak) in enumerate(turns):
        last = n + 1 == len(turns)
        until = len(side) if last else turns[n + 1][0]
        if first <= at < len(side):
            part = side[at:until]
            hit = np.flatnonzero(part <= 0.0 if peak else part > 0.0)
            out.append(Turn(at, peak, int(hit[0]) if len(hit) else None, last and not len(hit)))
    peaks = [turn.peak for turn in out]
    waits = [_wait(side, peak) for peak in peaks]
    return Detection(tuple(out), float(np.mean(waits)) if waits else np.nan)


def _wait(side: Array, peak: bool) -> float:
    """Mean periods from a date with an opinion until the signal stands as after a peak (or trough); NaN where it never does."""
    there = np.flatnonzero(side <= 0.0 if peak else side > 0.0)
    dates = np.flatnonzero(np.isfinite(side))
    after = np.searchsorted(there, dates)
    found = after < len(there)
    return float((there[after[found]] - dates[found]).mean()) if found.any() else np.nan


def near_turns(count: int, turns: tuple[tuple[int, bool], ...], around: int) -> Mask:
    """(D,) which of `count` periods lie within `around` before or after a turn."""
    near = np.zeros(count, dtype=bool)
    for at, _ in turns:
        near[max(at - around, 0) : at + around] = True
    return near


def reversals(gains: Array, turns: tuple[tuple[int, bool], ...], *, around: int = 3) -> Reversals:
    """What gains (D,) were near turns and elsewhere."""
    near = near_turns(len(gains), turns, around)
    return Reversals(mean_of(gains, near.astype(float)), mean_of(gains, (~near).astype(float)), around)
