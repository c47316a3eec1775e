"""Limits on what may be held: long only, caps and floors on assets and classes, tilts, leverage.

Each limit has several voices that agree on every portfolio to 1e-12: `region` speaks to `admit` and the reachers,
`breach` to the gate and the review, `words` to people. `breach` reads the weights in plain numpy and never asks the
region. Limits on trading stand in `turnover.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated

import numpy as np
from annotated_types import Interval

from trimtab.construction.meant import meant
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import LimitKind
from trimtab.core.region import Group, Region
from trimtab.core.slots import later
from trimtab.core.terms import Fraction, check_ranges
from trimtab.core.trades import Book
from trimtab.core.values import Asset


class Of(Enum):
    """What a limit speaks of: each asset by itself, each asset class as a sum, or all that `only` names as one sum."""

    ASSET = "asset"
    CLASS = "class"
    GROUP = "group"


@dataclass(frozen=True, slots=True, eq=False)
class _Bounds:
    """floors <= rows @ w <= caps: a row (A,) of ones and zeros for each asset, class or group that is meant."""

    of: Of
    rows: Array
    floors: Array
    caps: Array


class _OnWeights:
    """What limits on weights have in common. Trading costs them nothing."""

    __slots__ = ()
    _bounds: _Bounds

    @property
    def kind(self) -> LimitKind:
        """Position: never relaxed."""
        return LimitKind.POSITION

    @property
    def region(self) -> Region:
        """The portfolios it allows. Raises ParameterError before the limit knows its universe."""
        bounds = self._bounds
        if not bounds.rows.size:
            remedy = "Give universe (and benchmark, for tilts); a policy file fills them in."
            raise ParameterError(f"{type(self).__name__} does not know its assets yet", field="universe", remedy=remedy)
        ends = zip(bounds.rows > 0.0, bounds.floors.tolist(), bounds.caps.tolist(), strict=True)
        everything = Region.everything(bounds.rows.shape[1])
        if bounds.of is not Of.ASSET:
            return Region(everything.low, everything.high, groups=tuple(Group(*end) for end in ends))
        low, high = everything.low.copy(), everything.high.copy()
        for asset, floor, cap in ends:
            low[asset], high[asset] = floor, cap
        return Region(low, high)

    def left(self, book: Book) -> Array:
        """Infinite: only limits on turnover have a budget."""
        return np.asarray(np.inf)

    def breach(self, target: Array, book: Book) -> float:
        """How far `target` (A,) is outside, in weight; above 0 is bad, and NaN is infinitely far outside."""
        held = self._bounds.rows @ target
        return _worst(np.maximum(self._bounds.floors - held, held - self._bounds.caps))


@dataclass(frozen=True, slots=True)
class LongOnly(_OnWeights):
    """No asset below zero. Selling short is not modelled: `core.rules` keeps this with or without the rule."""

    universe: tuple[Asset, ...] = ()
    _bounds: _Bounds = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _bind(self, Of.ASSET, _rows(self.universe, Of.ASSET), 0.0, np.inf)

    @property
    def words(self) -> str:
        """The limit in a sentence."""
        return "No asset is sold short"


@dataclass(frozen=True, slots=True)
class MaxWeight(_OnWeights):
    """Each asset, or the sum of each class, is at most `at_most`; `only` names those that are meant (or all).

    Of a group it is the sum of all that `only` names, assets or classes. Groups of several rules may overlap.
    """

    at_most: Fraction
    of: Of = Of.ASSET
    only: tuple[str, ...] = ()
    universe: tuple[Asset, ...] = ()
    _bounds: _Bounds = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        _bind(self, self.of, _rows(self.universe, self.of, self.only), -np.inf, self.at_most)

    @property
    def words(self) -> str:
        """The limit in a sentence."""
        return f"{_subject(self.of, self.only)} at most {_percent(self.at_most)}"


@dataclass(frozen=True, slots=True)
class MinWeight(_OnWeights):
    """Each asset, or the sum of each class, is at least `at_least`; `only` names those that are meant (or all).

    Of a group it is the sum of all that `only` names, assets or classes. Groups of several rules may overlap.
    """

    at_least: Fraction
    of: Of = Of.ASSET
    only: tuple[str, ...] = ()
    universe: tuple[Asset, ...] = ()
    _bounds: _Bounds = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        _bind(self, self.of, _rows(self.universe, self.of, self.only), self.at_least, np.inf)

    @property
    def words(self) -> str:
        """The limit in a sentence."""
        return f"{_subject(self.of, self.only)} at least {_percent(self.at_least)}"


@dataclass(frozen=True, slots=True)
class MaxTilt(_OnWeights):
    """Each asset, or the sum of each class, is within `at_most` of its benchmark weight. Cash follows, unlimited.

    `only` names those that are meant (or all); of a group it is the sum of all that it names, assets or classes.
    """

    at_most: Fraction
    of: Of = Of.ASSET
    benchmark: tuple[float, ...] = ()
    universe: tuple[Asset, ...] = ()
    only: tuple[str, ...] = later(())
    _bounds: _Bounds = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        known = self.universe if self.benchmark else ()
        if known and len(self.benchmark) != len(known):
            what = f"the benchmark has {len(self.benchmark)} weights for {len(known)} assets"
            raise ParameterError(what, field="benchmark", remedy="Give one weight for each asset of the universe.")
        rows = _rows(known, self.of, self.only)
        middle = rows @ np.array(self.benchmark[: len(known)])
        _bind(self, self.of, rows, middle - self.at_most, middle + self.at_most)

    @property
    def kind(self) -> LimitKind:
        """Tilt: relaxed where not all limits can be met."""
        return LimitKind.TILT

    @property
    def words(self) -> str:
        """The limit in a sentence."""
        its = "their" if self.of is Of.GROUP else "its"
        return f"{_subject(self.of, self.only)} within {_percent(self.at_most)} of {its} benchmark weight"


@dataclass(frozen=True, slots=True)
class MaxLeverage(_OnWeights):
    """Gross exposure, the sum of |w| without cash, is at most `at_most` (1 borrows nothing, 1.5 borrows half).

    Without short positions gross exposure is 1 less cash: that is how its region says it.
    """

    at_most: Annotated[float, Interval(ge=1.0, le=20.0)]
    universe: tuple[Asset, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)

    @property
    def kind(self) -> LimitKind:
        """Leverage: never relaxed."""
        return LimitKind.LEVERAGE

    @property
    def region(self) -> Region:
        """The portfolios with cash of at least 1 - at_most."""
        everything = Region.everything(len(self.universe))
        return Region(everything.low, everything.high, low_cash=1.0 - self.at_most)

    def breach(self, target: Array, book: Book) -> float:
        """How far the gross exposure of `target` (A,) is above `at_most`."""
        return _worst(np.abs(target).sum(keepdims=True) - self.at_most)

    @property
    def words(self) -> str:
        """The limit in a sentence."""
        return f"Gross exposure at most {_percent(self.at_most)}"


def _bind(limit: _OnWeights, of: Of, rows: Array, floors: Array | float, caps: Array | float) -> None:
    """Give a frozen limit its bounds, once."""
    floors, caps = (np.broadcast_to(np.asarray(ends, dtype=np.float64), len(rows)) for ends in (floors, caps))
    object.__setattr__(limit, "_bounds", _Bounds(of, rows, floors, caps))


def _rows(universe: Sequence[Asset], of: Of, only: Sequence[str] = ()) -> Array:
    """A row (A,) for each asset or class that is meant, or one for the group; none before the universe is known."""
    if of is Of.GROUP and not only:
        raise ParameterError("the group is empty", field="only", remedy="Name its assets or classes.")
    if not universe:
        return np.empty((0, 0))
    if of is Of.GROUP:
        return meant(universe, only)[np.newaxis].astype(np.float64)
    names = [asset.id if of is Of.ASSET else asset.asset_class for asset in universe]
    if "" in names and not only:
        nameless = universe[names.index("")].id
        remedy = "Give every asset a class, or name the classes that are meant with only."
        raise ParameterError(f"asset {nameless!r} has no class", field="of", remedy=remedy)
    chosen = tuple(dict.fromkeys(only or names))
    for name in chosen:
        if name not in names:
            remedy = f"Known are {', '.join(dict.fromkeys(filter(None, names)))}."
            raise ParameterError(f"{name!r} is no {of.value} of the universe", field="only", remedy=remedy)
    return np.array([[float(own == name) for own in names] for name in chosen])


def _worst(amounts: Array) -> float:
    worst = float(amounts.max(initial=-math.inf))
    return math.inf if math.isnan(worst) else worst


def _subject(of: Of, only: Sequence[str]) -> str:
    together = " together" if of is Of.GROUP and len(only) > 1 else ""
    return ", ".join(only) + together if only else f"Each {of.value}"


def _percent(fraction: float) -> str:
    return f"{100.0 * fraction:g} %"
