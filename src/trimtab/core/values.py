"""What is known and what is wanted: assets, days, scores, regime, forecast and aims. Frozen; shapes checked once.

D decision dates, A assets, S regime states, K signals. Weights and returns are fractions, rates are per year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates, Instants, Mask, frozen, require_shape
from trimtab.core.errors import InvariantError


@dataclass(frozen=True, slots=True)
class Asset:
    """One line of the universe. `series` names its data, `asset_class` the group that class limits speak of."""

    id: str
    series: str = ""
    asset_class: str = ""
    name: str = ""

    @property
    def title(self) -> str:
        """What a person reads."""
        return self.name or self.id


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """Decision dates (D,) with the cut-off instant (D,), UTC: what is known later plays no part."""

    dates: Dates
    cutoffs: Instants

    def __post_init__(self) -> None:
        require_shape("cutoffs", self.cutoffs, self.dates.shape)
        if self.dates.flags.writeable:
            object.__setattr__(self, "dates", frozen(self.dates))
        if self.cutoffs.flags.writeable:
            object.__setattr__(self, "cutoffs", frozen(self.cutoffs))

    def __len__(self) -> int:
        return len(self.dates)


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """A number per date and asset (..., A); NaN where too little is known to say anything."""

    assets: tuple[Asset, ...]
    values: Array

    def __post_init__(self) -> None:
        if self.values.shape[-1:] != (len(self.assets),):
            raise InvariantError(f"scores of shape {self.values.shape} do not fit {len(self.assets)} assets")
        if self.values.flags.writeable:
            object.__setattr__(self, "values", frozen(self.values))

    def __add__(self, other: Scores) -> Scores:
        """Scores of the same assets, added; NaN where either is."""
        if other.assets != self.assets:
            raise InvariantError("scores of different assets do not add")
        return Scores(self.assets, self.values + other.values)

    def __mul__(self, factor: float) -> Scores:
        """Scores scaled by a number."""
        return Scores(self.assets, self.values * factor)

    __rmul__ = __mul__

    def __neg__(self) -> Scores:
        """The opposite."""
        return Scores(self.assets, -self.values)

    def __sub__(self, other: Scores) -> Scores:
        """Scores of the same assets, taken off."""
        return self + -other


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """The number behind a signal's answer (D, A), such as a distance, a return, a percentile; NaN where unknown.

    `percent`: it is a fraction or a rate per year, and people read it in percent.
    """

    name: str
    values: Array
    percent: bool = True

    def __post_init__(self) -> None:
        if self.values.flags.writeable:
            object.__setattr__(self, "values", frozen(self.values))


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The answers of K named signals (K, ..., A), before they are combined."""

    assets: tuple[Asset, ...]
    names: tuple[str, ...]
    values: Array

    def __post_init__(self) -> None:
        if (self.values.shape[0], self.values.shape[-1]) != (len(self.names), len(self.assets)):
            raise InvariantError(f"parts of shape {self.values.shape} do not fit {self.names}")
        if self.values.flags.writeable:
            object.__setattr__(self, "values", frozen(self.values))


@dataclass(frozen=True, slots=True, eq=False)
class Regime:
    """Probabilities of market states (D, S), each row summing to 1, or NaN where too little is known."""

    states: tuple[str, ...]
    probabilities: Array

    def __post_init__(self) -> None:
        if self.probabilities.shape[-1:] != (len(self.states),):
            raise InvariantError(f"probabilities of shape {self.probabilities.shape} do not fit {self.states}")
        if self.probabilities.flags.writeable:
            object.__setattr__(self, "probabilities", frozen(self.probabilities))


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Mean (D, A) and covariance (D, A, A) of returns per year; NaN where nobody forecasts.

    `repaired` (D,) is the share of its Frobenius norm by which a covariance had to be moved to be one at all (positive
    semidefinite), 0 where it was; None: nothing needed it.
    """

    mean: Array
    covariance: Array
    repaired: Array | None = None

    def __post_init__(self) -> None:
        if self.covariance.shape != (*self.mean.shape, *self.mean.shape[-1:]):
            raise InvariantError(f"a covariance of shape {self.covariance.shape} does not fit a mean of {self.mean.shape}")
        if self.mean.flags.writeable:
            object.__setattr__(self, "mean", frozen(self.mean))
        if self.covariance.flags.writeable:
            object.__setattr__(self, "covariance", frozen(self.covariance))


@dataclass(frozen=True, slots=True, eq=False)
class Goal:
    """The closest portfolio that the limits allow (..., A), and where tilt limits had to be relaxed to find one (...)."""

    weights: Array
    relaxed: Mask

    def __post_init__(self) -> None:
        if self.weights.flags.writeable:
            object.__setattr__(self, "weights", frozen(self.weights))
        if self.relaxed.flags.writeable:
            object.__setattr__(self, "relaxed", frozen(self.relaxed))


@dataclass(frozen=True, slots=True, eq=False)
class Dealing:
    """What is known of the markets that a decision trades in, by asset (..., A); NaN where it is not.

    `adv` is currency traded in a day (the median of the last sessions), `volatility` that of daily returns.
    """

    adv: Array
    volatility: Array

    @staticmethod
    def unknown(count: int) -> Dealing:
        """Nothing known of `count` assets."""
        nothing = np.full(count, np.nan)
        return Dealing(nothing, nothing)


@dataclass(frozen=True, slots=True, eq=False)
class Sleeves:
    """The parts of a blend: what each of K sleeves would hold of its own money (K, D, A), and what it puts into the whole.

    `contributions` (K, D, A) add up to the aim; `decides` (K, D) tells the dates on which a sleeve decides from those on
    which it keeps its holdings, which drift.
    """

    names: tuple[str, ...]
    weights: Array
    contributions: Array
    decides: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Aims:
    """What knowledge alone says, from signals to goal, at D decision dates."""

    days: Days
    assets: tuple[Asset, ...]
    parts: Parts  # (K, D, A) each signal by itself
    regime: Regime
    scores: Scores  # (D, A) what the market says
    forecast: Forecast
    aim: Array  # (D, A) where we would be without friction or limits
    goal: Array  # (D, A) the closest portfolio that limits allow
    relaxed: Mask  # (D,) tilt limits were relaxed to find the goal
    known: Instants  # (D,) latest instant at which any input became known
    sleeves: Sleeves | None = None  # of a blend
    dealing: Dealing | None = None  # (D, A), where anything in the policy asks for it
    factors: Array | None = None  # (D, F) of an allocator that scales another, the factor first

    def row(self, d: int) -> Today:
        """The aims of decision date `d` alone, with the D axis gone."""
        return Today(self, d)

    def between(self, first: int, end: int) -> Aims:
        """The aims of the dates from number `first` up to `end` without it, as copies: no array leads to another date."""

        def some(values: Any, axis: int = 0) -> Any:
            """Those dates of an array; of None nothing."""
            return None if values is None else frozen(values[(slice(None),) * axis + (slice(first, end),)].copy())

        forecast, sleeves, dealing = self.forecast, self.sleeves, self.dealing
        return Aims(
            Days(some(self.days.dates), some(self.days.cutoffs)),
            self.assets,
            Parts(self.assets, self.parts.names, some(self.parts.values, 1)),
            Regime(self.regime.states, some(self.regime.probabilities)),
            Scores(self.assets, some(self.scores.values)),
            Forecast(some(forecast.mean), some(forecast.covariance), some(forecast.repaired)),
            some(self.aim),
            some(self.goal),
            some(self.relaxed),
            some(self.known),
            sleeves
            and Sleeves(sleeves.names, *(some(v, 1) for v in (sleeves.weights, sleeves.contributions, sleeves.decides))),
            dealing and Dealing(some(dealing.adv), some(dealing.volatility)),
            some(self.factors),
        )

    def __len__(self) -> int:
        return len(self.days)


@dataclass(frozen=True, slots=True, eq=False)
class Today:
    """One decision date of `aims`: the same words without the D axis, looked up when they are asked for."""

    aims: Aims
    d: int

    @property
    def alone(self) -> Today:
        """The same date without the others: copies, so that no array leads to another date.

        Of a blend the date before stays too: what its sleeves held then says what stands still today.
        """
        first = self.d if self.aims.sleeves is None else max(self.d - 1, 0)
        return Today(self.aims.between(first, self.d + 1), self.d - first)

    @property
    def when(self) -> np.datetime64:
        """The decision date."""
        return self.aims.days.dates[self.d]  # type: ignore[no-any-return]

    @property
    def cutoff(self) -> np.datetime64:
        """What is known later plays no part (UTC)."""
        return self.aims.days.cutoffs[self.d]  # type: ignore[no-any-return]

    @property
    def known(self) -> np.datetime64:
        """The latest instant at which any input became known."""
        return self.aims.known[self.d]  # type: ignore[no-any-return]

    @property
    def parts(self) -> Parts:
        """Each signal by itself (K, A)."""
        return Parts(self.aims.assets, self.aims.parts.names, self.aims.parts.values[:, self.d])

    @property
    def regime(self) -> Regime:
        """Probabilities of states (S,)."""
        return Regime(self.aims.regime.states, self.aims.regime.probabilities[self.d])

    @property
    def scores(self) -> Scores:
        """What the market says (A,)."""
        return Scores(self.aims.assets, self.aims.scores.values[self.d])

    @property
    def forecast(self) -> Forecast:
        """Mean (A,) and covariance (A, A) per year."""
        return Forecast(self.aims.forecast.mean[self.d], self.aims.forecast.covariance[self.d])

    @property
    def aim(self) -> Array:
        """Where we would be without friction or limits (A,)."""
        return np.asarray(self.aims.aim[self.d])

    @property
    def goal(self) -> Array:
        """The closest portfolio that limits allow (A,)."""
        return self.aims.goal[self.d]  # type: ignore[no-any-return]

    @property
    def still(self) -> Mask | None:
        """Assets (A,) that only sleeves hold which do not decide today: they stay as they are. None: there are none.

        What a sleeve that decides held until today is its to sell, whoever else holds it.
        """
        sleeves = self.aims.sleeves
        if sleeves is None or sleeves.decides[:, self.d].all():
            return None
        puts = sleeves.contributions[:, self.d] != 0.0
        decides = sleeves.decides[:, self.d]
        held = np.nan_to_num(sleeves.contributions[decides, max(self.d - 1, 0)]) != 0.0
        return np.asarray(puts[~decides].any(axis=0) & ~puts[decides].any(axis=0) & ~held.any(axis=0))

    @property
    def dealing(self) -> Dealing | None:
        """What is known of the markets that are traded in (A,)."""
        dealing = self.aims.dealing
        return None if dealing is None else Dealing(dealing.adv[self.d], dealing.volatility[self.d])

    @property
    def relaxed(self) -> bool:
        """Whether tilt limits were relaxed to find the goal."""
        return bool(self.aims.relaxed[self.d])
