"""Mixes: how the sleeves of a blend share the whole (METHODS 5.7). All are pointwise; none looks at what was traded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from math import fsum

import numpy as np

from trimtab.core.arrays import Array, require_shape
from trimtab.core.errors import ParameterError
from trimtab.core.terms import TIE, NonNegative, check_ranges
from trimtab.core.values import Forecast, Regime


@dataclass(frozen=True, slots=True)
class Fixed:
    """Each sleeve its written share. Shares add up to 1: core and satellite are `{core: 0.7, satellite: 0.3}`."""

    shares: Mapping[str, NonNegative]

    def __post_init__(self) -> None:
        _require_whole(self.shares, "shares")

    @property
    def speaks_of(self) -> tuple[str, ...]:
        """The sleeves that it names."""
        return tuple(self.shares)

    def __call__(self, names: tuple[str, ...], weights: Array, regime: Regime, forecast: Forecast) -> Array:
        """(K, D) the same at every date; a sleeve that is not named gets nothing."""
        row = np.array([self.shares.get(name, 0.0) for name in names])
        return np.broadcast_to(row[:, np.newaxis], weights.shape[:2])

    @property
    def words(self) -> str:
        """What each gets."""
        return f"fixed shares ({_said(self.shares)})"


@dataclass(frozen=True, slots=True)
class Equal:
    """Each of K sleeves the same share, 1 / K."""

    def __call__(self, names: tuple[str, ...], weights: Array, regime: Regime, forecast: Forecast) -> Array:
        """(K, D), the same at every date."""
        return np.full(weights.shape[:2], 1.0 / len(names))

    @property
    def words(self) -> str:
        """What each gets."""
        return "equal shares"


class Risk(Enum):
    """Which risk of a sleeve is measured."""

    TOTAL = "total"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class InverseRisk:
    """Shares in inverse proportion to the forecast volatility of each sleeve, or to its tracking error (`of: active`).

    A sleeve without risk (all in cash, or at the benchmark) counts as the others do in the mean; where none has any, shares
    are equal. NaN where the covariance is unknown.
    """

    of: Risk = Risk.TOTAL
    benchmark: tuple[float, ...] = ()

    @property
    def reads_covariance(self) -> bool:
        """It measures risk."""
        return True

    def __call__(self, names: tuple[str, ...], weights: Array, regime: Regime, forecast: Forecast) -> Array:
        """(K, D), by the covariance of each date."""
        held = weights
        if self.of is Risk.ACTIVE:
            benchmark = np.array(self.benchmark)
            require_shape("the benchmark of a mix", benchmark, weights.shape[-1:])
            held = weights - benchmark
        moved = np.matmul(forecast.covariance, held[..., np.newaxis])[..., 0]
        variance = (held * moved).sum(-1)
        risky = ~(variance <= TIE * TIE)  # what is unknown stays unknown
        inverse = np.where(risky, 1.0 / np.sqrt(np.where(risky, variance, 1.0)), 0.0)
        count = risky.sum(0)
        middle = np.where(count > 0, inverse.sum(0) / np.maximum(count, 1), 1.0)
        inverse = np.where(risky, inverse, middle)
        return np.asarray(inverse / inverse.sum(0))

    @property
    def words(self) -> str:
        """What each gets."""
        return f"the inverse of each one's {'tracking error' if self.of is Risk.ACTIVE else 'volatility'}"


@dataclass(frozen=True, slots=True)
class ByState:
    """Shares by the state of the market: `{calm: {core: 0.5, satellite: 0.5}, stressed: {core: 1.0}}`.

    Where states are probable rather than certain, shares are weighed by their probabilities; a state that is not named has
    the shares of `otherwise`. NaN where the regime is unknown.
    """

    shares: Mapping[str, Mapping[str, NonNegative]]
    otherwise: Mapping[str, NonNegative]

    def __post_init__(self) -> None:
        check_ranges(self)
        _require_whole(self.otherwise, "otherwise")
        for shares in self.shares.values():
            _require_whole(shares, "shares")

    @property
    def reads_regime(self) -> bool:
        """It listens to the weather."""
        return True

    @property
    def speaks_of(self) -> tuple[str, ...]:
        """The sleeves that it names."""
        return tuple(dict.fromkeys(name for one in (*self.shares.values(), self.otherwise) for name in one))

    def __call__(self, names: tuple[str, ...], weights: Array, regime: Regime, forecast: Forecast) -> Array:
        """(K, D). Raises ParameterError for a state that the regime does not have."""
        for state in self.shares:
            if state not in regime.states:
                remedy = f"The regime has {', '.join(regime.states)}."
                raise ParameterError(f"{state!r} is no state of the regime", field="shares", remedy=remedy)
        table = [self.shares.get(state, self.otherwise) for state in regime.states]
        each = np.array([[shares.get(name, 0.0) for name in names] for shares in table])  # (S, K)
        return np.asarray((regime.probabilities[:, :, np.newaxis] * each).sum(1).T)

    def without_regime(self) -> Fixed:
        """The shares of any other state, always."""
        return Fixed(self.otherwise)

    @property
    def words(self) -> str:
        """What each gets."""
        said = "; ".join(f"while {state} {_said(shares)}" for state, shares in self.shares.items())
        return f"the state of the market ({said}; otherwise {_said(self.otherwise)})"


def _require_whole(shares: Mapping[str, float], name: str) -> None:
    """Raise ParameterError where shares are below 0 or do not add up to 1."""
    total = fsum(shares.values())
    if any(share < 0.0 for share in shares.values()) or not abs(total - 1.0) <= 1e-9:
        remedy = "Give fractions of at least 0 that add up to 1, such as {core: 0.7, satellite: 0.3}."
        raise ParameterError(f"{name} add up to {total:g}, not to 1", field=name, remedy=remedy)


def _said(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {100.0 * share:g} %" for name, share in shares.items())
