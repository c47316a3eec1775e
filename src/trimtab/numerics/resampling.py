"""Futures of a table of rows: drawn from the rows themselves, or from a distribution that has their mean and covariance.

The stationary bootstrap (Politis and Romano 1994, see `bootstrap`) draws whole rows, so that what happened together stays
together. Monte Carlo draws rows independently of each other from a multivariate normal, or from a multivariate Student t
of 5 degrees of freedom scaled to the same covariance (Kotz and Nadarajah 2004): growth in logarithms, rates as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.bootstrap import stationary_draws
from trimtab.numerics.intervals import best_block

FREEDOM = 5.0  # degrees of freedom of the Student t: tails as monthly returns of stocks have them
FEWEST = 12  # rows, below which a past says nothing about its own spread
MOST_YEARS = 100  # of a future


class Model(Enum):
    """Where rows come from."""

    BOOTSTRAP = "bootstrap"  # blocks of the rows themselves
    NORMAL = "normal"
    STUDENT = "student"


@dataclass(frozen=True, slots=True)
class Futures:
    """How many paths of how many years are drawn, with which seed; the mean block in rows: None finds it.

    Raises ParameterError for no path, years that are not a whole number from 1 to 100, or a block below 1.
    """

    years: int
    seed: int
    paths: int = 10_000
    block: float | None = None
    model: Model = Model.BOOTSTRAP

    def __post_init__(self) -> None:
        if self.paths < 1 or self.years < 1:
            what = f"{self.paths} paths of {self.years} years"
            raise ParameterError(what, field="paths" if self.paths < 1 else "years", remedy="Ask for at least one of both.")
        if not self.years <= MOST_YEARS or self.years != int(self.years):
            what = f"futures of {self.years:.12g} years are not drawn"
            raise ParameterError(what, field="years", remedy=f"Ask for whole years, {MOST_YEARS} at most.")
        if self.block is not None and not self.block >= 1.0:
            what = f"the mean block length {self.block:g} is below 1"
            raise ParameterError(what, field="block", remedy="Use 1 for independent rows.")
        if self.seed < 0:
            raise ParameterError(f"the seed {self.seed} is below 0", field="seed", remedy="Give a whole number from 0 on.")


def block_of(rows: Array, futures: Futures) -> float | None:
    """The mean block that `futures` means for rows (N, C): the longest that Politis and White find; None for no blocks.

    Raises ParameterError for one that is longer than the N rows.
    """
    if futures.model is not Model.BOOTSTRAP:
        return None
    if futures.block is not None and futures.block > len(rows):
        what = f"the mean block of {futures.block:.6g} rows is longer than the history, which has {len(rows):,}"
        raise ParameterError(what, field="block", remedy="Give a shorter one, or none: it is then found.")
    return best_block(rows.T) if futures.block is None else futures.block


def drawn(rows: Array, positive: Mask, length: int, futures: Futures, *, at_once: int) -> Iterator[Array]:
    """Paths (up to `at_once`, length, C) drawn from rows (N, C), all of them known; `positive` (C,) are
    columns above 0 that are drawn in logarithms.

    The same whatever `at_once` is, and the first of many paths are the same as few. Raises DataError for fewer than 12 rows,
    and as `block_of`.
    """
    if len(rows) < FEWEST:
        what = f"{len(rows)} rows say nothing about their own spread"
        raise DataError(what, remedy=f"Give at least {FEWEST} periods in which everything is known.")
    block = block_of(rows, futures)
    if block is not None:
        draws = stationary_draws(len(rows), futures.paths, block, seed=futures.seed, rows=at_once, length=length)
        yield from (rows.take(numbers, axis=0) for numbers in draws)
        return
    yield from _distributed(rows, positive, length, futures, at_once=at_once)


def _distributed(rows: Array, positive: Mask, length: int, futures: Futures, *, at_once: int) -> Iterator[Array]:
    """Independent rows of the model's distribution. Normals and scales have generators of their own, so that parts join."""
    logs = rows.copy()
    logs[:, positive] = np.log(rows[:, positive])
    mean, root = logs.mean(axis=0), _root(np.atleast_2d(np.cov(logs, rowvar=False)))
    normal, scale = (np.random.default_rng(one) for one in np.random.SeedSequence(futures.seed).spawn(2))
    for done in range(0, futures.paths, at_once):
        shape = min(at_once, futures.paths - done), length
        steps = normal.standard_normal((*shape, len(mean))) @ root.T
        if futures.model is Model.STUDENT:
            steps *= np.sqrt((FREEDOM - 2.0) / scale.chisquare(FREEDOM, shape))[..., np.newaxis]
        steps += mean
        steps[..., positive] = np.exp(steps[..., positive])
        yield steps


def _root(covariance: Array) -> Array:
    """A root of a covariance (C, C) that may be singular: columns that move together, or not at all."""
    spread = np.sqrt(np.diag(covariance))
    scale = np.where(spread > 0.0, spread, 1.0)  # columns of very different size would drown each other's last digits
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    return np.asarray(spread[:, np.newaxis] * vectors * np.sqrt(np.maximum(values, 0.0)))
