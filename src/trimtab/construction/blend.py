"""Blends: whole frameworks side by side, each a sleeve with signals, dates and an allocator of its own (METHODS 5.7).

w = sum of a_k w_k. The shares a_k come from a mix: written down, equal, by inverse volatility, or by the state of the
market. Trades are netted before they cost anything, since only the sum is traded; what each sleeve puts in is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Protocol

from trimtab.core.arrays import Array
from trimtab.core.calendar import Frequency
from trimtab.core.errors import ParameterError, UsageError
from trimtab.core.roles import ACombiner, AForecaster, AnAllocator, ARegime, ASignal
from trimtab.core.slots import Slot
from trimtab.core.terms import Fraction
from trimtab.core.values import Forecast, Regime, Scores


class Mix(Protocol):
    """How sleeves share the whole."""

    def __call__(self, names: tuple[str, ...], weights: Array, regime: Regime, forecast: Forecast) -> Array:
        """(K, D) shares of the sleeves called `names`, by their own weights (K, D, A); at least 0, a date sums to 1."""
        ...


@dataclass(frozen=True, slots=True)
class Sleeve:
    """One framework in a blend. What it leaves out is the policy's: regime, forecast, dates of decision.

    `holds` is its own benchmark, by asset (fractions of the sleeve); without it that is the policy's. On a date on which it
    does not decide it keeps what it holds.
    """

    allocator: AnAllocator
    signals: Mapping[str, ASignal] = field(default_factory=dict)
    combine: ACombiner | None = None
    regime: ARegime | None = None
    forecast: AForecaster | None = None
    decide: Frequency | None = None
    holds: Mapping[str, Fraction] = field(default_factory=dict)

    @property
    def members(self) -> tuple[Any, ...]:
        """Everything that it is made of."""
        parts = (*self.signals.values(), self.combine, self.regime, self.forecast, self.allocator)
        return tuple(part for part in parts if part is not None)

    @property
    def words(self) -> str:
        """What it does, without its signals."""
        says = getattr(self.allocator, "words", "") or type(self.allocator).__name__
        shares = ", ".join(f"{name} {100.0 * share:g} %" for name, share in self.holds.items() if share)
        own = f", the benchmark being its own ({shares})" if shares else ""
        return f"{says}{own}{f', decided at {self.decide.value}' if self.decide else ''}"


ASleeve = Annotated[Sleeve, Slot("sleeves")]
AMix = Annotated[Mix, Slot("mixes")]


@dataclass(frozen=True, slots=True)
class Blend:
    """A mix of whole frameworks. The desk asks each sleeve on its own dates; see `desk.blending`."""

    sleeves: Mapping[str, ASleeve]
    mix: AMix

    def __post_init__(self) -> None:
        if not self.sleeves:
            raise ParameterError("a blend of nothing", field="sleeves", remedy="Name at least one sleeve.")
        for name, sleeve in self.sleeves.items():
            if any(sleeves_of(sleeve.allocator)):
                remedy = "Put its sleeves beside the others, and share out what it had."
                raise ParameterError(f"sleeve {name!r} is a blend itself", field="sleeves", remedy=remedy)
        for name in getattr(self.mix, "speaks_of", ()):
            if name not in self.sleeves:
                raise ParameterError(f"{name!r} is no sleeve", field="mix", remedy=f"Known are {', '.join(self.sleeves)}.")

    @property
    def members(self) -> tuple[Any, ...]:
        """Everything that its sleeves are made of."""
        return tuple(part for sleeve in self.sleeves.values() for part in sleeve.members)

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that its sleeves read."""
        return tuple(dict.fromkeys(name for part in self.members for name in getattr(part, "needs", ())))

    @property
    def reads_regime(self) -> bool:
        """Whether the shares depend on the state of the market."""
        return bool(getattr(self.mix, "reads_regime", False))

    @property
    def reads_covariance(self) -> bool:
        """Whether the shares depend on risk."""
        return bool(getattr(self.mix, "reads_covariance", False))

    def shares(self, weights: Array, regime: Regime, forecast: Forecast) -> Array:
        """(K, D) what each sleeve gets of the whole, by their own weights (K, D, A)."""
        return self.mix(tuple(self.sleeves), weights, regime, forecast)

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """Raises UsageError: a blend's sleeves look for themselves, and only the desk can let them."""
        raise UsageError("a blend cannot be asked with scores", remedy="Use it as the allocator of a policy.")

    def without_regime(self) -> Blend:
        """The same blend, which listens to no state of the market, but for sleeves that have a regime of their own."""
        sleeves = {name: sleeve if sleeve.regime is not None else _alone(sleeve) for name, sleeve in self.sleeves.items()}
        return replace(self, sleeves=sleeves, mix=_deaf(self.mix))

    @property
    def words(self) -> str:
        """Where the weights come from."""
        said = "; ".join(f"{name}: {sleeve.words}" for name, sleeve in self.sleeves.items())
        return f"a blend by {getattr(self.mix, 'words', type(self.mix).__name__)} of {said}"


def _alone(sleeve: Sleeve) -> Sleeve:
    """The same sleeve, which listens to no state of the market."""
    combine = sleeve.combine
    if getattr(combine, "by_state", None):
        combine = replace(combine, by_state={})  # type: ignore[type-var]
    return replace(sleeve, allocator=_deaf(sleeve.allocator), combine=combine)


def _deaf(part: Any) -> Any:
    """A component without what it makes of the regime, where it makes anything of it."""
    deaf = getattr(part, "without_regime", None)
    return part if deaf is None else deaf()


def sleeves_of(allocator: Any) -> Iterator[tuple[str, Sleeve]]:
    """The sleeves of an allocator, or of the one that it scales; none where it is no blend."""
    if isinstance(allocator, Blend):
        yield from allocator.sleeves.items()
    elif hasattr(allocator, "of"):
        yield from sleeves_of(allocator.of)
