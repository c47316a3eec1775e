"""How likely is it that the best of many variants was picked by luck? Probability of backtest overfitting.

Combinatorially symmetric cross-validation (Bailey, Borwein, López de Prado and Zhu 2017, "The probability of backtest
overfitting"): history is cut into S blocks, and each choice of half of them is a past in which the best variant is picked,
the other half a future in which it is ranked among all. A variant that is the best for a reason ranks high in most futures.

Of each block only the sum and the sum of squares of every variant are kept, so that a half is a sum of S / 2 of them and
all halves are one matrix product. A half and its complement are each other's future: both are worked out once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np

from trimtab.core.arrays import Array, Index, Mask, frozen
from trimtab.core.errors import ParameterError
from trimtab.numerics.returns import NO_SPREAD
from trimtab.validation.splits import edges
from trimtab.validation.variants import variants

FEWEST_ROWS, MOST_BLOCKS = 4, 20  # 20 blocks have 184,756 halves
STILL = 1e-6  # of a variant's whole standard deviation: in a half where it varies less it does not vary
TIE = 1e-12  # ratios of mean to standard deviation that are closer than this are equal: they differ by rounding
AT_ONCE = 50_000  # numbers of a batch of halves: what is computed stays in the processor's cache


@dataclass(frozen=True, slots=True, eq=False)
class Overfitting:
    """What became of the best variant of each half of the history; C = binomial(S, S / 2) splits, in lexicographic order.

    `pbo` is the share of splits with a logit of 0 or less: the variant that was best in sample came out in the lower half.
    `logits` (C,) are ln(w / (1 - w)) of its relative rank w = rank / (N + 1) out of sample, ties counted half. `chosen`
    (C,) are those variants, `inside` and `outside` (C,) their mean over standard deviation A PERIOD in and out of sample,
    `loss` the share of splits in which `outside` is below 0. `slope` and `intercept` describe the line of least squares
    from `inside` to `outside`: a slope below 0 says that the better the past, the worse the future.

    A variant that does not vary in a half has no ratio there: it cannot be chosen from it, and counts for no rank in it.
    Splits in which the chosen variant has no rank are NaN and in no share; `unknown` counts them. A share, or a line,
    without any split is NaN. Split i and split C - 1 - i are complements.
    """

    pbo: float
    logits: Array
    chosen: Index
    inside: Array
    outside: Array
    loss: float
    slope: float
    intercept: float
    unknown: int
    blocks: int
    variants: int

    @property
    def says(self) -> str:
        """Why there is no answer, or an incomplete one, in words; empty where every split counts."""
        if not self.unknown:
            return ""
        return f"in {self.unknown:,} of {len(self.logits):,} splits the chosen variant, or all others, did not vary"


def probability_of_overfitting(returns: Array, *, blocks: int = 16) -> Overfitting:
    """Judge the choice of the best of N variants from their returns (T, N), one row a period, oldest first.

    The first T mod `blocks` blocks are one row longer. Of variants that are equally good in sample the first is chosen.
    Raises ParameterError for an odd number of blocks, or one outside 2 to 20; DataError for fewer than two variants, for
    fewer rows than blocks (or than 4), and for unknown or infinite returns.
    """
    if blocks % 2 or not 2 <= blocks <= MOST_BLOCKS:
        what = f"{blocks} blocks cannot be halved, or are not between 2 and {MOST_BLOCKS}"
        raise ParameterError(what, field="blocks", remedy="Use 16.")
    rows = variants(returns, rows=max(blocks, FEWEST_ROWS), columns=2)
    sums = _sums(rows, blocks)
    half = comb(blocks, blocks // 2) // 2
    found = _Outcomes(*(np.empty(2 * half) for _ in _Outcomes._fields))
    done = 0
    for held in _halves(blocks, max(1, AT_ONCE // rows.shape[1])):
        past, future = _ratios(sums, held), _ratios(sums, 1.0 - held)
        upto = done + len(held)
        for place, one, other in ((slice(done, upto), past, future), (_mirrored(done, upto, 2 * half), future, past)):
            for whole, part in zip(found, _outcomes(one, other), strict=True):
                whole[place] = part
        done = upto
    return _summary(found, blocks, rows.shape[1])


class _Sums(NamedTuple):
    """Of each block, about the mean of the whole column: how many rows (S,), sums and sums of squares (S, N).

    `mean` (N,) is that mean, `least` (N,) the variance up to which a half counts as still.
    """

    size: Array
    first: Array
    second: Array
    mean: Array
    least: Array


class _Outcomes(NamedTuple):
    """Of each split (C,): the chosen variant, its ratio in and out of sample, and the odds of its rank."""

    chosen: Array
    inside: Array
    outside: Array
    odds: Array


def _sums(rows: Array, blocks: int) -> _Sums:
    begin = edges(len(rows), blocks)
    mean = rows.mean(axis=0)
    first, second = np.empty((blocks, len(mean))), np.empty((blocks, len(mean)))
    for b in range(blocks):  # one block at a time: the table is never copied whole
        away = rows[begin[b] : begin[b + 1]] - mean
        first[b], second[b] = away.sum(axis=0), np.einsum("tn,tn->n", away, away)
    variance = second.sum(axis=0) / (len(rows) - 1)
    least = np.where(variance > NO_SPREAD**2, STILL**2 * variance, np.inf)
    return _Sums(np.diff(begin).astype(float), first, second, mean, least)


def _halves(blocks: int, most: int) -> Iterator[Array]:
    """The choices of half of the blocks that hold the first one, as rows of 0 and 1 (up to `most`, S), in order."""
    others = np.array(list(combinations(range(1, blocks), blocks // 2 - 1)), dtype=np.intp)
    held = np.zeros((len(others), blocks))
    held[:, 0] = 1.0
    np.put_along_axis(held, others, 1.0, axis=1)
    for done in range(0, len(held), most):
        yield held[done : done + most]


def _mirrored(done: int, upto: int, count: int) -> slice:
    """The places of the complements of splits `done` to `upto`: the same, counted from the end."""
    last = count - 1 - upto
    return slice(count - 1 - done, last if last >= 0 else None, -1)


def _ratios(sums: _Sums, held: Array) -> Array:
    """Mean over standard deviation (ddof 1) of every variant in each half (C, N); NaN where it does not vary."""
    count = (held @ sums.size)[:, None]
    mean, variance = held @ sums.first, held @ sums.second
    mean /= count
    variance -= count * np.square(mean)
    variance /= count - 1.0
    still = variance <= sums.least
    if still.any():
        variance[still] = np.nan
    mean += sums.mean
    mean /= np.sqrt(variance, out=variance)
    return mean


def _outcomes(past: Array, future: Array) -> _Outcomes:
    """The best of each row of `past` (C, N), and what became of it in `future` (C, N)."""
    each = np.arange(len(past))
    known = past if not _gaps(past) else np.where(np.isnan(past), -np.inf, past)
    top = known.max(axis=1, keepdims=True)
    chosen = np.argmax(known >= top - TIE, axis=1)
    inside, outside = past[each, chosen], future[each, chosen]
    below = np.count_nonzero(future < outside[:, None] - TIE, axis=1)
    upto = np.count_nonzero(future <= outside[:, None] + TIE, axis=1)
    among = np.count_nonzero(~np.isnan(future), axis=1) if _gaps(future) else np.full(len(past), future.shape[1])
    rank = (below + upto + 1.0) / 2.0  # the mean of the ranks that equal ones share
    ranked = np.isfinite(inside) & np.isfinite(outside) & (among > 1)
    odds = np.where(ranked, rank / (among + 1.0 - rank), np.nan)
    return _Outcomes(chosen.astype(float), inside, np.where(np.isfinite(inside), outside, np.nan), odds)


def _gaps(ratios: Array) -> bool:
    """Whether any is NaN; the sum of rows is one pass without another table."""
    return bool(np.isnan(ratios.sum()))


def _summary(found: _Outcomes, blocks: int, count: int) -> Overfitting:
    logits = np.log(found.odds)
    known = np.isfinite(logits)
    chosen = np.where(np.isfinite(found.inside), found.chosen, -1.0).astype(np.intp)
    slope, intercept = _line(found.inside[known], found.outside[known])
    return Overfitting(
        pbo=_share(logits[known] <= 0.0),
        logits=frozen(logits),
        chosen=frozen(chosen),
        inside=frozen(found.inside),
        outside=frozen(found.outside),
        loss=_share(found.outside[np.isfinite(found.outside)] < 0.0),
        slope=slope,
        intercept=intercept,
        unknown=int(np.count_nonzero(~known)),
        blocks=blocks,
        variants=count,
    )


def _share(among: Mask) -> float:
    return float(among.mean()) if len(among) else float("nan")


def _line(x: Array, y: Array) -> tuple[float, float]:
    """Slope and intercept of least squares; NaN where x does not vary."""
    if len(x) < 2 or float(np.ptp(x)) <= TIE:
        return float("nan"), float("nan")
    away = x - x.mean()
    slope = float(away @ y / (away @ away))
    return slope, float(y.mean() - slope * x.mean())
