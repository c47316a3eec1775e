"""Covariances of the last rows of returns: which rows, what a gap in them means, per year, and how that is said.

Markets that close at different hours share news a day apart: returns over several rows, one starting at every row, see
them together, and their covariance divided by the number of rows is again one per row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array, Index, frozen
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import TOTAL_RETURN, Span, check_ranges, sessions
from trimtab.core.values import Forecast, Regime, Scores
from trimtab.forecasts.telling import told
from trimtab.numerics.nearest_psd import nearest_covariance
from trimtab.numerics.pairwise import pairwise_covariance

CELLS = 2**18  # returns worked on at once: 2 MB, which stays in the cache


class Gaps(Enum):
    """What an unknown return means: its asset is unknown, or each pair of assets rests on the rows that both have."""

    REFUSE = "refuse"
    PAIRWISE = "pairwise"


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """Covariance (D, A, A) per row, and where it applies the shrinkage intensity (D,) and the share moved by repair (D,)."""

    covariance: Array
    intensity: Array | None = None
    moved: Array | None = None


@dataclass(frozen=True, slots=True)
class Windowed:
    """What forecasters of covariances from a window share; each estimates on `complete` rows and on `pairwise` ones.

    Covariance (D, A, A) per year of total returns over the last `window` rows (warm-up: `window` + `overlap` rows), no
    mean. `overlap`: each return is over that many rows. `gaps: refuse`: an asset with any return unknown has a row and a
    column of NaN. `gaps: pairwise`: see `pairwise`; an asset is NaN where it and another have fewer than `minimum` rows.
    """

    no_mean = True

    window: Span = sessions(252)
    overlap: Annotated[int, Ge(1)] = 1
    gaps: Gaps = Gaps.REFUSE
    minimum: Annotated[int, Ge(2)] = 24

    def __post_init__(self) -> None:
        check_ranges(self)
        at_least_two(self.window)
        if self.gaps is Gaps.PAIRWISE and self.minimum > self.window.count:
            what = f"minimum {self.minimum} is more than the {self.window.count} rows of the window"
            raise ParameterError(what, field="minimum", remedy=f"Give at most {self.window.count}, or a longer window.")

    def complete(self, rows: Array) -> Estimate:
        """Of returns (D, n, A); NaN for an asset with any of them unknown."""
        raise NotImplementedError

    def pairwise(self, rows: Array) -> Estimate:
        """Of returns (D, n, A) with gaps."""
        raise NotImplementedError

    def __call__(self, view: View, scores: Scores, regime: Regime) -> Forecast:
        """(D, A) NaN and (D, A, A) covariances per year; how far a repair moved them where gaps may need one."""
        found = self._estimate(view)
        repaired = None if found.moved is None else frozen(found.moved)
        found.covariance[...] *= view.per_year(self.window.every) / self.overlap  # ours alone: nobody has seen it yet
        return unmeant(found.covariance, repaired)

    def sentence(self, view: View) -> str:
        """What the covariance of the last date rests on, or why it is unknown."""
        if len(view.days) == 0:
            return "covariance unknown: no date is looked at"
        index = self._index(view)[-1:]
        rows = overlapping(index, self.overlap)
        found = self._estimated(rows)
        yearly = found.covariance[0] * (view.per_year(self.window.every) / self.overlap)
        more = [] if found.intensity is None else [f"shrunk by {100.0 * found.intensity[0]:.0f} %"]
        if found.moved is not None and found.moved[0] > 0.0:
            more.append(f"moved by {100.0 * found.moved[0]:.2g} % to be a covariance at all")
        return told(view, self.window, rows[0], yearly, more)

    @property
    def needs(self) -> tuple[str, ...]:
        """No named series."""
        return ()

    @property
    def rows_in_words(self) -> str:
        """The window and how it is read, for `words`."""
        over = f" of {self.overlap}-row returns" if self.overlap > 1 else ""
        gaps = ", pairwise where returns are missing" if self.gaps is Gaps.PAIRWISE else ""
        return f"a {self.window.words} window{over}{gaps}"

    def _index(self, view: View) -> Array:
        return view.window(TOTAL_RETURN, self.window.count + self.overlap, every=self.window.every)

    def _estimate(self, view: View) -> Estimate:
        index = self._index(view)
        parts = [self._estimated(overlapping(index[part], self.overlap)) for part in blocks(index, CELLS)]
        if not parts:
            return self._estimated(np.empty((0, self.window.count, index.shape[-1])))
        return joined(parts)

    def _estimated(self, rows: Array) -> Estimate:
        """Each date by itself: one with gaps pairwise, where that is asked for, all others on complete rows."""
        if self.gaps is Gaps.REFUSE:
            return self.complete(rows)
        gappy = np.isnan(rows).any(axis=(1, 2))
        if not gappy.any():
            found = self.complete(rows)
            return Estimate(found.covariance, found.intensity, np.zeros(len(rows)))
        at = np.argsort(gappy, kind="stable")
        parts = [self._estimated(rows[~gappy]), self.pairwise(rows[gappy])] if not gappy.all() else [self.pairwise(rows)]
        return in_order(joined(parts), np.argsort(at, kind="stable"))


def at_least_two(window: Span) -> None:
    """Raise ParameterError for a window without two returns."""
    if window.count < 2:
        remedy = "Give at least two rows, such as 252D, 104W or 36M."
        raise ParameterError(f"window {window} holds no two returns", field="window", remedy=remedy)


def overlapping(index: Array, over: int) -> Array:
    """Simple returns (D, n, A) over `over` rows, one to each row, of total-return indices (D, n + over, A).

    NaN where unknown, infinite or below -100 %. Contiguous, whatever the layout of `index`.
    """
    shape = (index.shape[0], index.shape[1] - over, index.shape[2])
    out = np.empty(shape)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        np.divide(index[:, over:], index[:, :-over], out=out)
    out -= 1.0
    if out.size and not (out.min() >= -1.0 and out.max() < np.inf):
        out[~((out >= -1.0) & (out < np.inf))] = np.nan
    return out


def mended(rows: Array, minimum: int, weights: Array | None = None, *, centred: bool = True) -> tuple[Array, Array, Array]:
    """Pairwise covariance (D, A, A) of returns (D, n, A), made positive semidefinite, how far it moved, common rows."""
    pairs = pairwise_covariance(rows, weights, centred=centred)
    kept = pairs.kept(minimum)
    both = kept[..., :, None] & kept[..., None, :]
    found, moved = nearest_covariance(np.where(both, pairs.covariance, np.nan))
    return found, np.where(kept.any(axis=-1), moved, np.nan), pairs.common


def unmeant(covariance: Array, repaired: Array | None = None) -> Forecast:
    """A forecast of the covariance (D, A, A) alone: the mean is NaN, one number that takes no memory."""
    return Forecast(np.broadcast_to(np.array(np.nan), covariance.shape[:-1]), covariance, repaired)


def blocks(index: Array, cells: int) -> Iterator[slice]:
    """The dates of windows (D, n, A), a few at a time, so that what is worked on stays small."""
    step = max(1, cells // max(1, index.shape[1] * index.shape[2]))
    return (slice(d, d + step) for d in range(0, len(index), step))


def joined(parts: list[Estimate]) -> Estimate:
    """Estimates of some dates after others."""
    return _each(np.concatenate, parts)


def in_order(one: Estimate, order: Index) -> Estimate:
    """The same dates in another order."""
    return _each(lambda arrays: arrays[0][order], [one])


def _each(work: Callable[[list[Array]], Array], parts: list[Estimate]) -> Estimate:
    """`work` on every field that estimates of this kind have."""
    intensity = [part.intensity for part in parts if part.intensity is not None]
    moved = [part.moved for part in parts if part.moved is not None]
    return Estimate(
        work([part.covariance for part in parts]),
        work(intensity) if intensity else None,
        work(moved) if moved else None,
    )
