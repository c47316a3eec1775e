"""Does the best of many variants beat the benchmark, or only the luck of having tried so many?

The reality check (White 2000, "A reality check for data snooping") asks how often the best of N variants, none of them any
better than the benchmark, would come out as far ahead as this one: the stationary bootstrap draws histories in which what
the variants have in common stays in common. The test for superior predictive ability (Hansen 2005) divides each lead by its
standard error, so that noisy variants do not hide the others, and has three p-values that differ in what is supposed of
variants that lag: `upper`, that all are as good as the benchmark; `consistent`, that those which lag by more than
sqrt(2 log log T) standard errors are worse; `lower`, that all that lag are worse by as much as they do.

The standard errors are those of the stationary bootstrap itself (Politis and Romano 1994), without drawing: the variance is
a sum of squares of Fourier coefficients. A drawn history enters by how often it holds each row, so that all means of all
draws are one matrix product.

Errors are estimated once, as Hansen has it, not in each draw: with hundreds of variants, few years of months and returns that
follow from those before, the test raises false alarms more often than its level says. The soak tests hold it to the level
where returns are independent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from trimtab.core.arrays import Array, Index, frozen
from trimtab.core.errors import ParameterError
from trimtab.numerics.bootstrap import block_length, stationary_draws
from trimtab.numerics.returns import NO_SPREAD
from trimtab.validation.variants import variants

FEWEST_ROWS = 3  # log log T is above zero from 3 on
AT_ONCE = 500_000  # row numbers that are drawn together: 4 MB
TIE = 1e-9  # of the best lead: a draw that holds the same rows in another order reaches it, but for rounding
CONSISTENT = 1  # row of Hansen's second supposition among the three
COLUMNS = 32  # variants whose correlations are found together


@dataclass(frozen=True, slots=True, eq=False)
class Superiority:
    """Whether the best of N variants beats the benchmark. Each p-value is a share of `draws` histories.

    `best` is the variant furthest ahead and `statistic` how far: sqrt(T) times its mean difference a period, over its
    long-run standard deviation where `studentised`. `lower`, `consistent` and `upper` are Hansen's p-values; `upper`, not
    studentised, is White's. `alone` is the p-value it would have had as the only variant tried: what lies between is the
    price of trying many. Hansen's statistic is never below 0: that only matters where nothing is ahead (`statistic` below
    0), and there no p-value is small either way.

    `by_luck` (draws,), from the least on, is how far the best of all came ahead in each drawn history, as `consistent` has
    it: that p-value is the share of them that reach `statistic`.

    `still` names variants without a standard error because their difference never varies; where `studentised` they are
    left out. Where no other is left `best` is -1, and every figure NaN.
    """

    best: int
    statistic: float
    lower: float
    consistent: float
    upper: float
    alone: float
    by_luck: Array
    still: Index
    studentised: bool
    block: float
    draws: int

    @property
    def says(self) -> str:
        """Why there is no answer, in words; empty where there is one."""
        return "" if self.best >= 0 else "no variant differs from the benchmark by an amount that varies"


def superior_ability(
    differences: Array, *, seed: int, draws: int = 1000, block: float | None = None, studentised: bool = True
) -> Superiority:
    """Test N variants by their differences (T, N) to the benchmark, one row a period; above 0 the variant is better.

    Differences are returns less the benchmark's, or the benchmark's losses less the variant's. `block` is the mean block
    length in periods, by default `common_block`. Raises DataError for fewer than 3 rows, no variant, and unknown numbers;
    ParameterError for a block below 1 and for no draws.
    """
    rows = variants(differences, rows=FEWEST_ROWS, columns=1)
    if draws < 1:
        raise ParameterError(f"{draws} draws", field="draws", remedy="Give at least one; 1000 tell .05 from .07.")
    length = common_block(rows) if block is None else block
    drawn = stationary_draws(len(rows), draws, length, seed=seed, rows=max(1, AT_ONCE // len(rows)))
    return superior_in(rows, drawn, block=length, studentised=studentised)


def reality_check(differences: Array, *, seed: int, draws: int = 1000, block: float | None = None) -> Superiority:
    """White's test: `superior_ability` without standard errors. Its p-value is `upper`."""
    return superior_ability(differences, seed=seed, draws=draws, block=block, studentised=False)


def superior_in(differences: Array, drawn: Iterable[Index], *, block: float, studentised: bool = True) -> Superiority:
    """As `superior_ability`, in histories drawn by others: arrays of row numbers (R, T), of mean block length `block`."""
    rows = variants(differences, rows=FEWEST_ROWS, columns=1)
    deviation = long_run_deviation(rows, block)
    moving = deviation > NO_SPREAD
    kept = np.flatnonzero(moving) if studentised else np.arange(rows.shape[1])
    still = frozen(np.flatnonzero(~moving))
    if not len(kept):
        nan = float("nan")
        return Superiority(-1, nan, nan, nan, nan, nan, frozen(np.empty(0)), still, studentised, block, 0)
    used = rows if len(kept) == rows.shape[1] else rows[:, kept]
    lead = _lead(used, deviation[kept], studentised)
    best = int(np.argmax(lead.scaled))
    hits, draws, by_luck = np.zeros(4), 0, [np.empty(0)]
    for numbers in drawn:
        furthest, mine = _reached(used, lead, numbers, best)
        hits += np.count_nonzero(np.vstack([furthest, mine]) >= _reach(lead, best), axis=1)
        draws += len(numbers)
        by_luck.append(furthest[CONSISTENT])
    lower, consistent, upper, alone = (hits / draws).tolist()
    top = float(lead.scaled[best])
    luck = frozen(np.sort(np.concatenate(by_luck)))
    return Superiority(int(kept[best]), top, lower, consistent, upper, alone, luck, still, studentised, block, draws)


def long_run_deviation(differences: Array, block: float) -> Array:
    """Standard deviation (N,) of sqrt(T) times the mean of columns (T, N) under the stationary bootstrap, exactly.

    The variance is the sum over all pairs of rows of their products about the mean, weighted by how often a draw holds rows
    so far apart, over T (Politis and Romano 1994, lemma 1). The weights turn in a circle: Fourier coefficients carry it.
    """
    if not block >= 1.0:
        raise ParameterError(f"the mean block length {block:g} is below 1", field="block", remedy="Use 1 for none.")
    count, columns = differences.shape
    lag, stay = np.arange(count), 1.0 - 1.0 / block
    weight = (1.0 - lag / count) * stay**lag + lag / count * stay ** (count - lag)
    weight[0] = 1.0
    spectrum = np.maximum(np.fft.rfft(weight).real, 0.0)
    twice = np.full(len(spectrum), 2.0)  # frequencies above half stand for their mirror images; the first is 0 about the mean
    twice[-1] = 1.0 if count % 2 == 0 else 2.0
    variance = np.empty(columns)
    for k in range(0, columns, COLUMNS):  # few columns at a time: memory
        part = differences[:, k : k + COLUMNS].T
        power = np.abs(np.fft.rfft(part - part.mean(axis=1, keepdims=True), axis=1)) ** 2
        variance[k : k + COLUMNS] = power @ (spectrum * twice) / count**2
    return np.sqrt(variance)


def common_block(differences: Array) -> float:
    """One mean block length for all variants (T, N): the median of their automatic ones, at least 1.

    Not the longest, for the longest of a thousand estimates is mostly error. Where none has one it is the cube root of T.
    """
    count, columns = differences.shape
    parts = [block_length(np.ascontiguousarray(differences[:, k : k + COLUMNS].T)) for k in range(0, columns, COLUMNS)]
    lengths = np.concatenate(parts)
    known = lengths[np.isfinite(lengths)]
    return max(1.0, float(np.median(known)) if len(known) else count ** (1.0 / 3.0))


class _Lead(NamedTuple):
    """How far each variant is ahead: its mean (N,), what to scale by (N,), the scaled lead, and the three suppositions.

    `centres` (3, N) are what is taken off the means of draws: lower, consistent, upper.
    """

    mean: Array
    scale: Array
    scaled: Array
    centres: Array


def _lead(rows: Array, deviation: Array, studentised: bool) -> _Lead:
    count = len(rows)
    mean = rows.mean(axis=0)
    scale = np.sqrt(count) / (deviation if studentised else np.ones(len(mean)))
    behind = mean < -deviation * np.sqrt(2.0 * np.log(np.log(count)) / count)
    return _Lead(mean, scale, mean * scale, np.stack([np.maximum(mean, 0.0), np.where(behind, 0.0, mean), mean]))


def _reached(rows: Array, lead: _Lead, numbers: Index, best: int) -> tuple[Array, Array]:
    """The best lead in each of these draws (R, T), without merit: lower, consistent, upper (3, R), and of `best` alone (R,)."""
    draws, count = numbers.shape
    places = numbers + count * np.arange(draws)[:, None]
    times = np.bincount(places.ravel(), minlength=draws * count).reshape(draws, count)
    means = times.astype(float) @ rows / count
    furthest = np.stack([((means - centre) * lead.scale).max(axis=1) for centre in lead.centres])
    return furthest, (means[:, best] - lead.mean[best]) * lead.scale[best]


def _reach(lead: _Lead, best: int) -> float:
    """What a draw has to reach to do as well as the real history."""
    return float(lead.scaled[best] - TIE * abs(lead.scaled[best]))
