"""Hierarchical risk parity (Lopez de Prado 2016, "Building diversified portfolios that outperform out of sample").

Journal of Portfolio Management 42. Assets that move together are put side by side, in the order of the leaves of a
cluster tree; the list is halved again and again, and each half gets a share in inverse proportion to its variance. No
matrix is inverted, so that a singular covariance will do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from trimtab.construction.meant import meant
from trimtab.core.arrays import Array, Index, Mask, frozen, require_shape
from trimtab.core.terms import TIE
from trimtab.core.values import Asset, Forecast, Regime, Scores, Today
from trimtab.numerics.correlation import correlation, possible
from trimtab.numerics.covariance import diagonal, total
from trimtab.numerics.linkage import Linkage, agglomerate, leaves
from trimtab.numerics.returns import NO_SPREAD

_DIGITS = 12  # correlations are told apart to so many decimals: beyond stands rounding, which must not break a tie
_NAMED = 6  # assets named in a sentence


class Distance(Enum):
    """How far apart two assets are, out of D = sqrt((1 - correlation) / 2).

    Software differs here without saying so: the article and its code cluster on the distance of the COLUMNS of D, other
    packages (PyPortfolioOpt, riskfolio-lib, skfolio) on D.
    """

    LDP = "ldp"  # the length of D_i - D_j: alike are assets that stand alike to all others
    PLAIN = "plain"  # D_ij: alike are assets that move together


@dataclass(frozen=True, slots=True)
class HierarchicalRiskParity:
    """Weights (D, A) of at least 0 that sum to 1, out of the covariance alone.

    `distance: ldp` and `linkage: single` are the method as published. `only` names the assets (or classes) that take part,
    all where it is empty; the others get 0. Assets are taken in the order of their ids, and ties go to the first:
    permuting a universe permutes the answer. A row is NaN where a covariance of those that take part is unknown, one of
    them does not vary, or the matrix is not positive semidefinite. One asset alone gets 1.
    """

    distance: Distance = Distance.LDP
    linkage: Linkage = Linkage.SINGLE
    only: tuple[str, ...] = ()
    universe: tuple[Asset, ...] = ()
    _members: Index = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        own = meant(self.universe, self.only)
        chosen = sorted((asset.id, k) for k, asset in enumerate(self.universe) if own[k])
        object.__setattr__(self, "_members", frozen(np.array([k for _, k in chosen], dtype=np.intp)))

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """Weights (D, A)."""
        members = self._chosen(scores.values.shape[-1])
        found = self._shares(_part(forecast.covariance, members))
        weights = np.where(np.isnan(found).any(axis=-1, keepdims=True), np.nan, np.zeros(scores.values.shape))
        weights[:, members] = found
        return weights

    @property
    def reads_covariance(self) -> bool:
        """True: it is all that it reads."""
        return True

    def leaf_order(self, covariance: Array) -> Index:
        """Numbers of the assets that take part, as they stand side by side (..., M), of covariances (..., A, A).

        -1 in a row that cannot be worked out.
        """
        members = self._chosen(covariance.shape[-1])
        part = _part(covariance, members)
        flat = part.reshape(-1, *part.shape[-2:])
        known = solvable(flat)
        order = np.full(flat.shape[:-1], -1, dtype=np.intp)
        order[known] = members[self._order(flat[known])]
        return order.reshape(part.shape[:-1])

    @property
    def words(self) -> str:
        """Where the weights come from."""
        among = f" among {', '.join(self.only)}" if self.only else ""
        columns = "of the columns of " if self.distance is Distance.LDP else ""
        tree = f"{self.linkage.value} linkage on distances {columns}sqrt((1 - correlation) / 2)"
        return f"hierarchical risk parity{among} ({tree}), each half in inverse proportion to its variance"

    def sentence(self, today: Today, asset: int) -> str:
        """The order of the day and the halves that this asset is in, or why the weights are unknown."""
        covariance = today.forecast.covariance
        members = self._chosen(len(covariance))
        names = [one.id for one in today.aims.assets]
        part = np.ascontiguousarray(_part(covariance, members))
        if trouble := _trouble(part, [names[k] for k in members]):
            return f"unknown: {trouble}"
        if asset not in members:
            return f"{names[asset]} takes no part"
        order = self._order(part[None])[0]
        shares = halved(part[order][:, order][None])[0]
        if np.isnan(shares).any():
            return "unknown: both halves of a list have no variance"
        listed = [names[k] for k in members[order]]
        place = listed.index(names[asset])
        steps = [f"{100.0 * share:.1f} % to {_named(listed[low:high])}" for low, high, share in _path(shares, place)]
        way = "; of that ".join(steps) or "all to it alone"
        return f"order {_named(listed, 2 * _NAMED)}: {way}; in all {100.0 * shares[place]:.1f} %"

    def _chosen(self, count: int) -> Index:
        """Numbers (M,) of the assets that take part, in the order of their ids; as they come, before those are known."""
        if not self.universe and not self.only:
            return np.arange(count)
        require_shape("the universe of a hierarchical risk parity", np.empty(len(self.universe)), (count,))
        return self._members

    def _shares(self, covariance: Array) -> Array:
        """(D, M) shares of covariances (D, M, M), whose assets stand in the order of their ids."""
        known = solvable(covariance)
        found = np.full(covariance.shape[:-1], np.nan)
        some = covariance[known]
        order = self._order(some)
        ordered = np.take_along_axis(np.take_along_axis(some, order[:, :, None], 1), order[:, None, :], 2)
        shares = np.empty(order.shape)
        np.put_along_axis(shares, order, halved(ordered), axis=-1)
        found[known] = shares
        return found

    def _order(self, covariance: Array) -> Index:
        """(D, M) places in leaf order."""
        return leaves(agglomerate(apart(covariance, self.distance), self.linkage))


def solvable(covariance: Array) -> Mask:
    """Which of the covariances (D, M, M) have what it takes: all known, every asset varies, positive semidefinite."""
    found = correlation(covariance)
    varies = (np.abs(diagonal(found) - 1.0) < 0.5).all(axis=-1)  # 1, but for an asset that does not vary
    return np.asarray(varies & possible(found) & (covariance.shape[-1] > 0))


def apart(covariance: Array, distance: Distance) -> Array:
    """Distances (D, M, M) between the assets of covariances (D, M, M)."""
    near = np.clip(np.round(correlation(covariance), _DIGITS), -1.0, 1.0)
    plain = np.sqrt(0.5 * (1.0 - near))
    size = plain.shape[-1]
    plain[:, np.arange(size), np.arange(size)] = 0.0
    if distance is Distance.PLAIN:
        return plain
    found = np.zeros_like(plain)
    for i in range(size):  # one asset against all others, all dates at once: (D, M, M, M) would not fit
        found[:, i] = np.sqrt(((plain - plain[:, i : i + 1]) ** 2).sum(axis=-1))
    return found


def halved(covariance: Array) -> Array:
    """Shares (D, M) of assets in the order of covariances (D, M, M); NaN where both halves of a list have no variance."""
    shares = np.ones(covariance.shape[:-1])
    for low, middle, high in halves(covariance.shape[-1]):  # the same halves at every date
        left = _variance(covariance[:, low:middle, low:middle])
        right = _variance(covariance[:, middle:high, middle:high])
        both = left + right
        to_left = np.where(both > 0.0, right / np.where(both > 0.0, both, 1.0), np.nan)
        shares[:, low:middle] *= to_left[:, None]
        shares[:, middle:high] *= (1.0 - to_left)[:, None]
    return shares


def halves(count: int) -> Iterator[tuple[int, int, int]]:
    """Where each part of a list of `count` begins, is halved and ends, the whole first; the smaller half stands left."""
    waiting = deque([(0, count)])
    while waiting:
        low, high = waiting.popleft()
        if high - low > 1:
            middle = low + (high - low) // 2
            yield low, middle, high
            waiting += [(low, middle), (middle, high)]


def _variance(covariance: Array) -> Array:
    """(D,) of the inverse-variance portfolio of each covariance (D, m, m); 0 where it is no more than rounding."""
    variances = diagonal(covariance)
    weights = variances.min(axis=-1, keepdims=True) / variances
    deviations = weights * np.sqrt(variances)
    found = total(covariance * weights[:, :, None] * weights[:, None, :])
    most = total(deviations[:, :, None] * deviations[:, None, :])  # were all correlations 1
    return np.asarray(np.where(found > TIE * most, found, 0.0) / total(weights[:, :, None] * weights[:, None, :]))


def _part(covariance: Array, members: Index) -> Array:
    """Covariances (..., M, M) of some assets."""
    return np.asarray(covariance[..., members[:, None], members])


def _path(shares: Array, place: int) -> Iterator[tuple[int, int, float]]:
    """The ever smaller parts of a list of shares (M,) that hold `place`, and what each gets of the part before it."""
    for low, middle, high in halves(len(shares)):
        if low <= place < high:
            start, end = (low, middle) if place < middle else (middle, high)
            whole = shares[low:high].sum()
            yield start, end, float(shares[start:end].sum() / whole) if whole > 0.0 else 0.0


def _trouble(covariance: Array, names: Sequence[str]) -> str:
    """Why the weights of one covariance (M, M) are unknown, in words; empty where they are not."""
    if not names:
        return "no asset takes part"
    unknown = [name for name, row in zip(names, np.isfinite(covariance), strict=True) if not row.any()]
    if unknown or not np.isfinite(covariance).all():
        return f"the covariance of {_named(unknown)} is unknown" if unknown else "a covariance is unknown"
    still = [name for name, value in zip(names, diagonal(covariance), strict=True) if not value > NO_SPREAD**2]
    if still:
        return f"{_named(still)} has not varied"
    return "" if solvable(covariance[None])[0] else "the covariance is not symmetric and positive semidefinite"


def _named(names: Sequence[str], most: int = _NAMED) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
