"""Would the same decisions have done as well at other times? A placebo test: the weights stay, their dates are shuffled.

The rows of weights are cut, bent into a circle, into blocks of random length and the blocks put in random order (a
permutation test, Fisher 1935; blocks as of the stationary bootstrap, Politis and Romano 1994, but each row is used exactly
once). So each placebo has the same average weights, and about the same turnover, as the real thing: what it earns, it earns
without timing. The figure is the mean return over its standard deviation a period. p counts the real result among the
placebos, which keeps it exact (Phipson and Smyth 2010): (1 + as good or better) / (1 + placebos).

It asks about timing alone. What constant weights earn, a placebo earns too; that a rule was chosen among many it does not
know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Index, frozen
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.intervals import best_block
from trimtab.numerics.returns import divisor, over

FEWEST = 3  # decisions
AT_ONCE = 1_000_000  # weights that are shuffled together: 8 MB
TIE = 1e-9  # placebos this near to the actual figure are as good: they differ by rounding


@dataclass(frozen=True, slots=True, eq=False)
class Placebo:
    """The `actual` figure, mean over standard deviation A PERIOD, among those of `shuffled` (draws,) dates.

    `p` is the share of all that is as good or better. `turnover` and `turnover_shuffled` are one-way, a decision, without
    drift and cash: the second is close to the first where blocks are long. Where the actual result never varies every
    figure is NaN, and `says` tells why; placebos that never vary count as good as it.
    """

    actual: float
    shuffled: Array
    p: float
    turnover: float
    turnover_shuffled: float
    block: float
    seed: int

    @property
    def says(self) -> str:
        """Why there is no answer, in words; empty where there is one."""
        return "the decisions earn the same in every period" if np.isnan(self.actual) else ""


def placebo(weights: Array, returns: Array, *, seed: int, draws: int = 1000, block: float | None = None) -> Placebo:
    """Test weights, or signals used as weights, (D, A) by the returns (D, A) of the periods that follow each decision.

    Row d of `returns` is what was earned AFTER decision d, up to the next one. `block` is the mean length of blocks in
    decisions, by default the longest automatic one of the weights (`best_block`). Raises DataError for unknown numbers,
    shapes that differ and fewer than 3 decisions, ParameterError for a block below 1 and no draws.
    """
    held, earned = _checked(weights, returns)
    if draws < 1:
        raise ParameterError(f"{draws} draws", field="draws", remedy="Give at least one; 1000 tell .05 from .07.")
    length = best_block(held.T) if block is None else block
    actual = float(_figure(np.einsum("da,da->d", held, earned)))
    figures, traded = np.empty(draws), 0.0
    done = 0
    for numbers in shuffles(len(held), draws, length, seed=seed, rows=max(1, AT_ONCE // held.size)):
        moved = held[numbers]
        figures[done : done + len(numbers)] = _figure(np.einsum("rda,da->rd", moved, earned))
        traded += float(_turnover(moved).sum())
        done += len(numbers)
    as_good = np.isnan(figures) | (figures >= actual - TIE * abs(actual))
    p = (1.0 + np.count_nonzero(as_good)) / (1.0 + draws) if np.isfinite(actual) else float("nan")
    return Placebo(actual, frozen(figures), float(p), float(_turnover(held)), traded / draws, length, seed)


def shuffles(count: int, draws: int, block: float, *, seed: int, rows: int = 256) -> Iterator[Index]:
    """Permutations of `count` row numbers that keep blocks of the mean length `block`.

    They come `rows` at a time, (up to rows, count). The same for every `rows`. Raises ParameterError for a block below 1.
    """
    if not block >= 1.0:
        raise ParameterError(f"the mean block length {block:g} is below 1", field="block", remedy="Use 1 for single rows.")
    rng, order = np.random.default_rng(seed), np.arange(count)
    for done in range(0, draws, rows):
        luck = rng.random((min(rows, draws - done), 2, count + 1))
        turned = (order + (luck[:, 0, -1:] * count).astype(np.intp)) % max(count, 1)
        piece = np.cumsum((luck[:, 0, :-1] * block < 1.0).astype(np.intp), axis=-1)
        key = np.take_along_axis(luck[:, 1], piece, axis=-1)
        yield np.take_along_axis(turned, np.argsort(key, axis=-1, kind="stable"), axis=-1)


def _checked(weights: Array, returns: Array) -> tuple[Array, Array]:
    held, earned = np.asarray(weights, dtype=float), np.asarray(returns, dtype=float)
    if held.ndim != 2 or held.shape != earned.shape:
        what = f"weights of shape {held.shape} stand against returns of shape {earned.shape}"
        raise DataError(what, remedy="Give both by decision and asset.")
    if len(held) < FEWEST or not held.shape[1]:
        what = f"{len(held)} decisions on {held.shape[1]} assets"
        raise DataError(what, remedy=f"Give at least {FEWEST} decisions on one asset.")
    for name, table in (("weight", held), ("return", earned)):
        bad = np.argwhere(~np.isfinite(table))
        if len(bad):
            row, column = bad[0].tolist()
            what = f"the {name} of asset {column} at decision {row} is {table[row, column]}"
            raise DataError(what, remedy="Leave out the warm-up, and assets without a price.")
    return held, earned


def _figure(earned: Array) -> Array:
    """Mean over standard deviation of (..., D)."""
    return over(earned.mean(-1), divisor(earned))


def _turnover(held: Array) -> Array:
    """One-way, a decision, of weights (..., D, A): half the sum of the changes."""
    return np.asarray(0.5 * np.abs(np.diff(held, axis=-2)).sum(-1).mean(-1))
