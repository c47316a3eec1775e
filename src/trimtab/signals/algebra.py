"""Signals add and scale as the terms of a formula do: `0.5 * Trend() + Valuation(series="cape")` is a signal."""

from __future__ import annotations

from dataclasses import dataclass, is_dataclass
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import ASignal, Signal, View
from trimtab.core.saying import sentence_of, words_of
from trimtab.core.values import Measure, Scores
from trimtab.signals.sums import summed


class Term:
    """What gives a signal its arithmetic. Inherit from it; there is nothing to implement."""

    __slots__ = ()

    def __add__(self, other: Any) -> Sum:
        """The sum of two signals."""
        return _sum((self, 1.0), (other, 1.0))

    def __sub__(self, other: Any) -> Sum:
        """The difference of two signals."""
        return _sum((self, 1.0), (other, -1.0))

    def __mul__(self, factor: float) -> Sum:
        """The signal scaled by a number."""
        return _sum((self, float(factor)))

    __rmul__ = __mul__

    def __neg__(self) -> Sum:
        """The opposite."""
        return _sum((self, -1.0))


@dataclass(frozen=True, slots=True)
class Sum(Term):
    """Weighted sum of `terms`. Shape (D, A); NaN where any term is NaN (warm-up: the longest of theirs).

    `weights` are in the order of the terms, 1 each where none are given. Each term keeps the memory that it has.
    """

    terms: tuple[ASignal, ...]
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.terms:
            raise ParameterError("terms is empty", field="terms", remedy="Give at least one signal.")
        if self.weights and len(self.weights) != len(self.terms):
            what = f"weights has {len(self.weights)} numbers for {len(self.terms)} terms"
            raise ParameterError(what, field="weights", remedy="Give one for each term.")
        if not np.isfinite(self.weights).all():
            raise ParameterError(f"weights is {self.weights}", field="weights", remedy="Give plain numbers.")

    @property
    def members(self) -> tuple[Signal, ...]:
        """The terms."""
        return self.terms

    @property
    def factors(self) -> tuple[float, ...]:
        """The weight of each term."""
        return self.weights or (1.0,) * len(self.terms)

    def gather(self, values: Array) -> Array:
        """(..., A) the weighted sum of the terms' answers (K, ..., A)."""
        return summed(values * np.array(self.factors).reshape(-1, *[1] * (values.ndim - 1)), 0)

    def __call__(self, view: View) -> Scores:
        """(D, A) the sum of the terms before their memory."""
        return Scores(view.assets, self.gather(np.stack([term(view).values for term in self.terms])))

    def measure(self, view: View) -> Measure:
        """(D, A) the sum itself, before memory."""
        return Measure("sum of its terms", self(view).values, percent=False)

    def sentence(self, view: View, asset: int) -> str:
        """Each term's weight and words."""
        return "; ".join(
            f"{weight:+g} x {sentence_of(term, view, asset)}" for weight, term in zip(self.factors, self.terms, strict=True)
        )

    def flip(self, view: View, asset: int) -> str:
        """What turns one of the terms around; empty where none says so, or where the sum is unknown."""
        if len(view.days) == 0 or np.isnan(self(view).values[-1, asset]):
            return ""
        said = ((k, getattr(term, "flip", None)) for k, term in enumerate(self.terms, 1))
        return "; ".join(f"term {k} {text}" for k, flip in said if flip is not None and (text := flip(view, asset)))

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that the terms read."""
        return tuple(dict.fromkeys(name for term in self.terms for name in getattr(term, "needs", ())))

    @property
    def words(self) -> str:
        """What it looks at."""
        named = (words_of(term) for term in self.terms)
        return " plus ".join(f"{weight:g} x {words}" for weight, words in zip(self.factors, named, strict=True))


def _sum(*parts: tuple[Any, float]) -> Sum:
    """Sums of sums flattened, so that a formula is one list of terms. Raises ParameterError for what is no signal."""
    terms: list[Signal] = []
    weights: list[float] = []
    for part, factor in parts:
        if not (callable(part) and is_dataclass(type(part))):
            raise ParameterError(f"{part!r} is no signal", remedy="Add signals, and scale them by numbers.")
        flat = zip(part.terms, part.factors, strict=True) if isinstance(part, Sum) else [(part, 1.0)]
        for term, weight in flat:
            terms.append(term)
            weights.append(factor * weight)
    return Sum(tuple(terms), tuple(weights))
