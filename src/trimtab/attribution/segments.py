"""A portfolio and its benchmark, cut into the same segments: the input of every attribution by weights and returns.

Weights are fractions and sum to the same in both, since money that is in no segment would be explained by none: cash is
a segment. The sum is 1 for a whole portfolio; it may be another where only a part of one is explained (0.6 for its
shares, 0 for an overlay), and then the benchmark's return is per unit of weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Mask, frozen
from trimtab.core.errors import ParameterError

TOLERANCE = 1e-9  # within which two sums of weights are the same


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Weights at the start of a period and simple returns over it, each (..., A) or broadcast to it.

    A segment that one side does not hold (weight 0) has no return of its own there: where it is unknown (NaN) it takes
    the other side's, so that nothing was selected, and 0 where neither side holds it. Any other NaN stays, and so do
    the figures that need it. Raises ParameterError for weights that are not finite or do not sum to the same, infinite
    returns, and shapes that do not fit.
    """

    weights: Array
    returns: Array
    benchmark_weights: Array
    benchmark_returns: Array

    def __post_init__(self) -> None:
        given = {name: getattr(self, name) for name in ("weights", "returns", "benchmark_weights", "benchmark_returns")}
        w, r, v, b = together(given)
        same_sum(w, v, "weights")
        for name, values in (("returns", r), ("benchmark_returns", b)):
            refuse(np.isinf(values), f"{name} are infinite", name, "Give NaN for a return that is not known.")
        r, b = known(r, w, b), known(b, v, r)
        nobody = (w == 0.0) & (v == 0.0)
        r, b = known(r, ~nobody, 0.0), known(b, ~nobody, 0.0)
        for name, values in zip(given, (w, r, v, b), strict=True):
            object.__setattr__(self, name, frozen(values))

    @property
    def portfolio_return(self) -> Array:
        """Sum of weight times return, shape (...)."""
        return np.asarray((self.weights * self.returns).sum(-1))

    @property
    def benchmark_return(self) -> Array:
        """The same of the benchmark, shape (...)."""
        return np.asarray((self.benchmark_weights * self.benchmark_returns).sum(-1))

    @property
    def semi_notional_return(self) -> Array:
        """What the portfolio's weights would have earned at the benchmark's returns, shape (...)."""
        return np.asarray((self.weights * self.benchmark_returns).sum(-1))

    @property
    def active_return(self) -> Array:
        """Return of the portfolio less that of the benchmark, shape (...)."""
        return self.portfolio_return - self.benchmark_return

    @property
    def tilts(self) -> Array:
        """Weights less those of the benchmark, shape (..., A)."""
        return self.weights - self.benchmark_weights

    @property
    def par(self) -> Array:
        """What a segment is measured against: the benchmark's return per unit of weight, (...); 0 where it has none."""
        return per_unit(self.benchmark_return, self.benchmark_weights)


def per_unit(amount: Array, weights: Array) -> Array:
    """`amount` (...) over the sum of `weights` (..., A); 0 where the sum is zero."""
    total = weights.sum(-1)
    funded = np.abs(total) > TOLERANCE
    # A sum that is 1 but for rounding is 1: dividing by it would only add rounding of our own.
    whole = np.abs(total - 1.0) <= TOLERANCE
    return np.where(funded, amount / np.where(funded & ~whole, total, 1.0), 0.0)


def together(given: dict[str, Array]) -> list[Array]:
    """The arrays by their names as floats of one shape (..., A), copied. Raises ParameterError where they do not fit."""
    values = [np.asarray(value, dtype=float) for value in given.values()]
    shapes = ", ".join(f"{name} {value.shape}" for name, value in zip(given, values, strict=True))
    remedy = "Give each of them a value for every segment, along the last axis."
    try:
        shape = np.broadcast_shapes(*(value.shape for value in values))
    except ValueError as fault:
        raise ParameterError(f"shapes do not fit: {shapes}", field=next(iter(given)), remedy=remedy) from fault
    if not shape or not shape[-1]:
        raise ParameterError(f"there are no segments: {shapes}", field=next(iter(given)), remedy=remedy)
    return [np.array(np.broadcast_to(value, shape)) for value in values]


def same_sum(held: Array, reference: Array, name: str) -> None:
    """Raise ParameterError unless both are finite and sum to the same along the last axis, within `TOLERANCE`."""
    remedy = "Give 0 for what is not held."
    refuse(~np.isfinite(held), f"{name} of the portfolio are not finite", name, remedy)
    refuse(~np.isfinite(reference), f"{name} of the benchmark are not finite", name, remedy)
    ours, theirs = held.sum(-1), reference.sum(-1)
    wrong = np.abs(ours - theirs) > TOLERANCE
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        what = f"{name} sum to {ours[place]:.10g} in the portfolio and to {theirs[place]:.10g} in the benchmark"
        remedy = "What is in no segment is explained by none: add the missing one, such as cash."
        raise ParameterError(what + (f", first in row {place}" if place else ""), field=name, remedy=remedy)


def refuse(faults: Mask, what: str, field: str, remedy: str) -> None:
    """Raise ParameterError with the first place where `faults` is true."""
    if faults.any():
        place = tuple(int(i) for i in np.argwhere(faults)[0])
        raise ParameterError(f"{what}, first at {place}", field=field, remedy=remedy)


def known(values: Array, held: Array, other: Array | float) -> Array:
    """`values`, where an unknown one that is not `held` (0, or false) takes the `other`."""
    return np.where(np.isnan(values) & (held == 0.0), other, values)
