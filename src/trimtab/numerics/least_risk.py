"""Active weights that reach an exposure with the least tracking error: min a'Sa, b'a = target, sum a = 0, a within a box.

Without the box it is a closed form: d = S^-1 (b - m 1) with m such that sum d = 0, a = d * target / b'd, and its tracking
error is target / sqrt(b'd). (The characteristic portfolio of an exposure: Grinold and Kahn 2000, "Active Portfolio
Management".) A budget caps the target at budget * sqrt(b'd). Where that breaks the box, the programme is solved exactly
(`numerics.active_set`), at the largest exposure that box and budget allow where that is below the target.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.terms import TIE
from trimtab.numerics.active_set import Box, optimum, within
from trimtab.numerics.covariance import correlation_of, diagonal

SINGULAR = 1e-10  # the smallest eigenvalue of a correlation matrix that counts as positive
CLOSE = 1e-10  # relatively: a budget met so closely is used in full
TURNS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """Least and most active weight (A,), with 0 between them, and the most tracking error per year (infinite: any)."""

    low: Array
    high: Array
    most: float = np.inf


def least_risk(exposures: Array, covariance: Array, target: float, bounds: Bounds) -> Array:
    """Active weights (D, A) of `exposures` (D, A) and covariances (D, A, A) per year, as near to `target` as may be.

    An asset without an exposure (NaN) has none: 0. A row is 0 where all exposures are the same, and NaN where one of its
    covariances is unknown or they are not positive definite. Each row has the bits that it has alone.
    """
    sign = -1.0 if target < 0.0 else 1.0
    known = np.isfinite(exposures)
    beta = np.ascontiguousarray(_centred(sign * exposures, known))
    usable, deviation, correlation = _standardised(covariance, known)
    flat = ~(np.abs(beta).max(-1, initial=0.0) > 0.0)
    inverse = np.linalg.solve(correlation, np.stack([beta, known.astype(float)], -1) / deviation[..., None])
    direct, plain = (np.ascontiguousarray(inverse[..., j]) / deviation for j in (0, 1))
    mean = direct.sum(-1) / np.where(known.any(-1), plain.sum(-1), 1.0)
    direct = direct - mean[:, None] * plain
    gain = np.where(flat, 1.0, (beta * direct).sum(-1))
    reach = np.minimum(abs(target), bounds.most * np.sqrt(gain))
    active = np.where(flat[:, None], 0.0, direct * (reach / gain)[:, None])
    broken = usable & ~flat & ((active < bounds.low) | (active > bounds.high)).any(-1)
    for d in np.flatnonzero(broken):  # each has bounds of its own that bind
        mine = known[d] & (bounds.high > bounds.low)
        active[d] = 0.0
        row = _Row(beta[d, mine], deviation[d, mine], correlation[d][np.ix_(mine, mine)], bounds.low[mine], bounds.high[mine])
        active[d, mine] = row.best(float(reach[d]), bounds.most)
    return np.where((usable | flat)[:, None], active, np.nan) + 0.0


def _centred(exposures: Array, known: Mask) -> Array:
    """Exposures (D, A) less the mean of those known, 0 where unknown or where all are the same."""
    filled = np.ascontiguousarray(np.where(known, exposures, 0.0))
    count = np.maximum(known.sum(-1, keepdims=True), 1)
    off = np.where(known, filled - filled.sum(-1, keepdims=True) / count, 0.0)
    size = np.abs(filled).max(-1, keepdims=True, initial=0.0)
    return np.where(np.abs(off).max(-1, keepdims=True, initial=0.0) > TIE * size, off, 0.0)


def _standardised(covariance: Array, known: Mask) -> tuple[Mask, Array, Array]:
    """Which rows are positive definite (D,), deviations (D, A) and correlations (D, A, A); the unit where they are not."""
    unit = np.eye(known.shape[-1])
    both = known[:, :, None] & known[:, None, :]
    own = np.where(both, covariance, unit)
    found = np.asarray(np.isfinite(own).all((-2, -1)) & (diagonal(own) > 0.0).all(-1))
    own = np.where(found[:, None, None], own, unit)
    correlation = np.ascontiguousarray(correlation_of(own))
    found &= np.linalg.eigvalsh(correlation).min(-1, initial=1.0) > SINGULAR
    correlation = np.ascontiguousarray(np.where(found[:, None, None], correlation, unit))
    return found, np.where(found[:, None], np.sqrt(diagonal(own)), 1.0), correlation


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """One date on which bounds bind, of the assets that may move (N,)."""

    beta: Array
    deviation: Array
    correlation: Array
    low: Array
    high: Array

    def best(self, reach: float, most: float) -> Array:
        """The active weights nearest to the exposure `reach`, within the tracking error `most`; NaN where none is found."""
        corner = self.corner()
        top = float(self.beta @ corner)
        if not top > TIE * float(np.abs(self.beta).max(initial=0.0)):
            return np.zeros(len(self.beta))
        point = self.farthest(corner) if reach >= top * (1.0 - TIE) else self.at(reach)
        if point is None:
            return np.full(len(self.beta), np.nan)
        risk = self.risk(point)
        return point if risk <= most * (1.0 + CLOSE) else self.within_budget(min(reach, top), risk, most)

    def risk(self, point: Array) -> float:
        """Tracking error per year."""
        scaled = self.deviation * point
        return float(np.sqrt(max(float(scaled @ self.correlation @ scaled), 0.0)))

    def corner(self) -> Array:
        """The largest exposure of all: the highest filled first, the lowest emptied."""
        order = np.argsort(-self.beta, kind="stable")
        room = (self.high - self.low)[order]
        before = np.concatenate([np.zeros(1), np.cumsum(room)[:-1]])
        point = self.low.copy()
        point[order] += np.clip(-self.low.sum() - before, 0.0, room)
        return point

    def farthest(self, corner: Array) -> Array | None:
        """As `corner`, with the least risk among assets of the same exposure as the one that is filled in part."""
        between = (corner > self.low) & (corner < self.high)
        if not between.any():
            return corner
        level = self.beta[between][0]
        equal = np.abs(self.beta - level) <= TIE * np.abs(self.beta).max()
        if equal.sum() < 2:
            return corner
        low, high = np.where(equal, self.low, corner), np.where(equal, self.high, corner)
        found = optimum(self.box(np.ones((1, len(corner))), np.zeros(1), low, high))
        return None if found is None else found.point / self.scale

    def at(self, exposure: float) -> Array | None:
        """The least risk at an exposure that can be reached."""
        found = optimum(self.problem(exposure))
        return None if found is None else found.point / self.scale

    def within_budget(self, hi: float, risk: float, most: float) -> Array:
        """The largest exposure below `hi`, where the risk is `risk`, within `most`: risk is convex in exposure, 0 at 0."""
        exposure = lo = hi * most / risk
        best = np.full(len(self.beta), np.nan)
        for _ in range(TURNS):  # each looks from where the one before stood
            found = optimum(self.problem(exposure))
            if found is None:
                return best
            point = found.point / self.scale
            now = self.risk(point)
            if now <= most * (1.0 + CLOSE):
                lo, best = exposure, point * min(1.0, most / now)
                if now >= most * (1.0 - CLOSE):
                    return best
            else:
                hi = exposure
            along = within(self.problem(1.0), found.side) / self.scale
            ahead = exposure + self._root(point, along, most)
            exposure = ahead if lo < ahead < hi else 0.5 * (lo + hi)
        return best

    def _root(self, point: Array, along: Array, most: float) -> float:
        """How far to go `along` from `point` until the risk is `most`."""
        scaled, step = self.deviation * point, self.deviation * along
        a, b = step @ self.correlation @ step, step @ self.correlation @ scaled
        c = scaled @ self.correlation @ scaled - most * most
        inside = b * b - a * c
        return float((np.sqrt(inside) - b) / a) if inside >= 0.0 and a > 0.0 else np.nan

    @property
    def scale(self) -> Array:
        """Deviations about 1, in which the programme is well scaled."""
        return np.asarray(self.deviation / np.median(self.deviation))

    def problem(self, exposure: float) -> Box:
        """Least risk at an exposure."""
        return self.box(np.array([np.ones(len(self.beta)), self.beta]), np.array([0.0, exposure]), self.low, self.high)

    def box(self, rows: Array, ends: Array, low: Array, high: Array) -> Box:
        """In scaled weights, with rows of length 1."""
        scaled = rows / self.scale
        length = np.sqrt(np.square(scaled).sum(-1))
        return Box(self.correlation, scaled / length[:, None], ends / length, self.scale * low, self.scale * high)
