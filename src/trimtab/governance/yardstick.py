"""What success is, written down before anything starts: a benchmark, a risk target, and the fall that is tolerated.

Without all three nothing can be judged later: a plan that has no yardstick is given up after the first bad year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from trimtab.core.errors import ParameterError

_HAIR = 1e-9  # what adding up weights may lose


@dataclass(frozen=True, slots=True)
class Yardstick:
    """Benchmark weights by asset (empty: those of the policy), volatility or tracking error a year, and the deepest fall.

    All are fractions: volatility 0.10 is 10 % a year, `max_drawdown` 0.25 a fall of a quarter. None: not written down.
    Raises ParameterError for what is no fraction between 0 and 1, or weights of more than 1 together.
    """

    benchmark: Mapping[str, float] = field(default_factory=dict)
    volatility: float | None = None
    tracking_error: float | None = None
    max_drawdown: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "benchmark", MappingProxyType(dict(self.benchmark)))
        for name in ("volatility", "tracking_error", "max_drawdown"):
            value = getattr(self, name)
            if value is not None and not 0.0 < value < 1.0:
                what = f"{name} is {value:g}, not between 0 and 1"
                raise ParameterError(what, field=name, remedy="Give a fraction, such as 0.10.")
        for asset, weight in self.benchmark.items():
            if not 0.0 <= weight <= 1.0:
                what = f"the benchmark weight of {asset} is {weight:g}, not from 0 to 1"
                raise ParameterError(what, field="benchmark", remedy="Weights are fractions, such as 0.60.")
        if sum(self.benchmark.values()) > 1.0 + _HAIR:
            what = f"the benchmark weights add up to {sum(self.benchmark.values()):g}, above 1"
            raise ParameterError(what, field="benchmark", remedy="What they leave of 1 is cash.")

    @property
    def cash(self) -> float:
        """What the weights of the benchmark leave of 1; 0 where they leave nothing, or none are given."""
        rest = 1.0 - sum(self.benchmark.values())
        return rest if self.benchmark and rest > _HAIR else 0.0

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not written down yet; the benchmark is that of the policy where no other is named."""
        risk = self.volatility is None and self.tracking_error is None
        named = ((risk, "a target for volatility or tracking error"), (self.max_drawdown is None, "the fall that is tolerated"))
        return tuple(name for absent, name in named if absent)

    @property
    def words(self) -> tuple[str, ...]:
        """Each part in a few words; nothing for what is not written down."""
        held = {**self.benchmark, **({"cash": self.cash} if self.cash else {})}
        parts = (
            (bool(self.benchmark), "benchmark " + ", ".join(f"{name} {100 * weight:.4g}%" for name, weight in held.items())),
            (self.volatility is not None, f"volatility of {self.volatility or 0.0:.1%} a year"),
            (self.tracking_error is not None, f"tracking error of {self.tracking_error or 0.0:.1%} a year"),
            (self.max_drawdown is not None, f"a fall of at most {self.max_drawdown or 0.0:.0%} is tolerated"),
        )
        return tuple(words for said, words in parts if said)
