"""Where an account stands today: what it holds after repair, and what limits allow from there.

A repair stays inside the trading windows where it can (liquidity, holding periods, sleeves that do not decide). Where no
portfolio lies there, kinds of limits are set aside in the published order: turnover (for the repair alone), then tilt.
Position, leverage and legal limits never are. What is locked, or may not be bought, can break a limit by itself: that
limit gives way by exactly so much, and the rest of the portfolio does what it can.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.construction.admit import DRIFT, allowed, closest, onto, repaired
from trimtab.construction.conic import KEPT, excess
from trimtab.construction.windows import confined
from trimtab.core.arrays import Array
from trimtab.core.errors import BreachError, InvariantError
from trimtab.core.frictions import Box, LimitKind, LimitSet
from trimtab.core.region import Region, RiskBound
from trimtab.core.trades import Book

TURNOVER, TILT = LimitKind.TURNOVER.value, LimitKind.TILT.value
_REMEDY = "Nothing is traded. Loosen one of them, or wait until what is held can move."

_Step = tuple[tuple[str, ...], Region, tuple[RiskBound, ...], Box | None]  # what is set aside, and what then holds


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What is held after repair, base (..., A), and the convex set in which today's target must lie; base lies in it.

    `box` holds the windows of today, wide enough for `base`; `relaxed` the kinds of limits that were set aside. Leading
    axes are for rules that are `plain`.
    """

    base: Array
    region: Region
    bounds: tuple[RiskBound, ...] = ()
    box: Box | None = None
    covariance: Array | None = None
    relaxed: tuple[str, ...] = ()
    plain: bool = False

    def nearest(self, points: Array) -> Array:
        """The closest portfolio (..., A) that today allows to each of `points` (..., A).

        Raises InvariantError for points that are not finite, BreachError where the solver gives up.
        """
        if self.plain:
            return onto(points, self.region)
        rows = points.reshape(-1, points.shape[-1])
        return np.array([self._closest(row, self.region) for row in rows]).reshape(points.shape)

    def within(self, points: Array, inside: Region) -> Array:
        """The same, in `inside` as well, which must share a portfolio with what today allows."""
        region = self.region & inside
        if self.plain:
            return onto(points, region)
        rows = points.reshape(-1, points.shape[-1])
        return np.array([self._closest(row, region) for row in rows]).reshape(points.shape)

    def _closest(self, point: Array, region: Region) -> Array:
        found = _asked(point, region, self.bounds, self.covariance, self.box)
        if found is None:
            raise BreachError("no portfolio is found between the limits", remedy=_REMEDY)
        return found


def stand(book: Book, limits: LimitSet) -> Standing:
    """Where the account of `book` stands; one account, unless the limits are `plain`: then held may be (..., A).

    Raises InvariantError where what is held is not finite. Raises BreachError where no portfolio keeps the limits that
    are never relaxed, where a bound on risk cannot be measured, and where the solver gives up.
    """
    if limits.plain and book.still is None:
        region, relaxed = allowed(limits.region, limits.essential)
        return Standing(repaired(book.held, region), region, relaxed=(TILT,) if relaxed else (), plain=True)
    if not np.isfinite(book.held).all():
        raise InvariantError("only finite numbers can be brought within limits: what is held is not known")
    if book.held.ndim > 1:
        raise InvariantError("windows and bounds on risk are worked out for one account at a time")
    firm = limits.window(book, firm=True)
    window = _today(book, limits)
    for relaxed_kinds, region, bounds, box in _steps(limits, firm, window):
        _check_measured(bounds, book.covariance)
        base = _asked(book.held, region, bounds, book.covariance, box)
        if base is not None:
            return Standing(base, region, bounds, _hull(window, base), book.covariance, relaxed_kinds)
    raise BreachError(f"no portfolio keeps the rules: {'; '.join(limits.names)}", remedy=_REMEDY)


def _steps(limits: LimitSet, firm: Box | None, window: Box | None) -> Iterator[_Step]:
    """What is tried in turn, each with more set aside than the one before."""
    region, essential = (each if firm is None else each.widened(*firm) for each in (limits.region, limits.essential))
    boxes: list[tuple[tuple[str, ...], Box | None]] = [((), window)]
    if window is not None and not (firm is not None and all(map(np.array_equal, window, firm))):
        boxes.append(((TURNOVER,), firm))
    for kinds, box in boxes:
        yield kinds, region, limits.bounds, box
    for kinds, box in boxes:
        yield (*kinds, TILT), essential, (), box


def _today(book: Book, limits: LimitSet) -> Box | None:
    """The windows of today, with sleeves that do not decide."""
    window = limits.window(book)
    if book.still is None:
        return window
    low, high = confined(book.held, book.still)
    return (low, high) if window is None else (np.maximum(low, window[0]), np.minimum(high, window[1]))


def _asked(
    point: Array, region: Region, bounds: Sequence[RiskBound], covariance: Array | None, box: Box | None
) -> Array | None:
    """`point` (A,) as it is where it keeps everything, else the closest portfolio that does. None: there is none.

    A solver that gives up is a refusal, and no reason to relax.
    """
    if not np.isfinite(point).all():
        raise InvariantError("only finite numbers can be brought within limits: look for NaN and infinity in the goal")
    if _kept(point, region, box) and excess(point, bounds, covariance) <= KEPT:
        return point
    try:
        return closest(point, region, bounds, covariance, box)
    except InvariantError as error:
        raise BreachError(f"no portfolio is found between the limits: {error.what}", remedy=_REMEDY) from error


def _kept(point: Array, region: Region, box: Box | None) -> bool:
    inside = box is None or bool(((point >= box[0] - DRIFT) & (point <= box[1] + DRIFT)).all())
    return inside and bool(region.contains(point, tolerance=DRIFT))


def _check_measured(bounds: Sequence[RiskBound], covariance: Array | None) -> None:
    for bound in bounds:
        own = np.flatnonzero(bound.members)
        if covariance is None or not np.isfinite(covariance[np.ix_(own, own)]).all():
            raise BreachError("tracking error cannot be measured: the covariance of the day is not known", remedy=_REMEDY)


def _hull(window: Box | None, base: Array) -> Box | None:
    """The windows of today, as wide as what is held after repair needs."""
    return None if window is None else (np.minimum(window[0], base), np.maximum(window[1], base))
