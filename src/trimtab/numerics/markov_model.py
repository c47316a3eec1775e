"""A Gaussian autoregression whose mean and variance follow a Markov chain (Hamilton 1989).

    y_t - mu(s_t) = sum over i of phi_i (y_{t-i} - mu(s_{t-i})) + e_t,   e_t ~ N(0, sigma2(s_t))

s_t is one of k states, transition[i, j] = P(s_t = j | s_{t-1} = i). With p lags a row depends on p + 1 states, so that the
chain is written out over K = k^(p+1) combinations (s_t, ..., s_{t-p}), the newest state leading. Source: Hamilton, "A New
Approach to the Economic Analysis of Nonstationary Time Series and the Business Cycle", Econometrica 57 (1989).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated

import numpy as np
from annotated_types import Ge, Interval

from trimtab.core.arrays import Array, Index, frozen
from trimtab.core.terms import check_ranges


@dataclass(frozen=True, slots=True)
class SwitchingModel:
    """Which model: number of states k, lags p, and whether the variance switches with the state or is common."""

    states: Annotated[int, Ge(2)] = 2
    order: Annotated[int, Interval(ge=0, le=8)] = 0
    switching_variance: bool = True

    def __post_init__(self) -> None:
        check_ranges(self)

    @property
    def unknowns(self) -> int:
        """How many numbers a fit has to find."""
        return self.states * self.states + self.order + (self.states if self.switching_variance else 1)

    @property
    def fewest_rows(self) -> int:
        """Rows below which nothing is fitted: three for each unknown, and the lags."""
        return 3 * self.unknowns + self.order

    @property
    def digits(self) -> Index:
        """(K, p + 1) the states (s_t, ..., s_{t-p}) of each combination."""
        return _digits(self.states, self.order)


@cache
def _digits(states: int, order: int) -> Index:
    return frozen(np.indices((states,) * (order + 1)).reshape(order + 1, -1).T)


@dataclass(frozen=True, slots=True, eq=False)
class Switching:
    """Parameters in the units of the rows, per row: means (k,), variances (k,), autoregression (p,), transition (k, k).

    `log_likelihood` is that of the rows after the first p, given those; `converged` says whether the search came to
    rest. Where nothing could be fitted all numbers are NaN and `reason` says why; else it is empty.
    """

    means: Array
    variances: Array
    autoregression: Array
    transition: Array
    log_likelihood: float = np.nan
    converged: bool = False
    reason: str = ""

    def __post_init__(self) -> None:
        for name in ("means", "variances", "autoregression", "transition"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def durations(self) -> Array:
        """(k,) expected number of rows that a state lasts, once entered."""
        return np.asarray(1.0 / (1.0 - np.diagonal(self.transition)))

    def relabelled(self, order: Index) -> Switching:
        """The same model with its states in another order: the new state j is the old state `order[j]`."""
        return replace(
            self,
            means=self.means[order],
            variances=self.variances[order],
            transition=self.transition[np.ix_(order, order)],
        )


def unknown(model: SwitchingModel, reason: str) -> Switching:
    """No fit, and why."""
    k = model.states
    nothing = np.full((k, k), np.nan)
    return Switching(nothing[0], nothing[0], np.full(model.order, np.nan), nothing, reason=reason)


def stacked(fits: Sequence[Switching]) -> Switching:
    """One set of parameters with a leading axis (N), from N fits of one model."""
    return Switching(
        np.stack([fit.means for fit in fits]),
        np.stack([fit.variances for fit in fits]),
        np.stack([fit.autoregression for fit in fits]),
        np.stack([fit.transition for fit in fits]),
    )


def ergodic(transition: Array) -> Array:
    """Long-run probabilities (..., k) of a chain (..., k, k): those that one more step does not change.

    The chain must reach every state from every other one.
    """
    k = transition.shape[-1]
    steps = np.swapaxes(np.eye(k) - transition, -1, -2) + 1.0  # pi (I - P) = 0 and sum pi = 1, added up row by row
    return np.asarray(np.linalg.solve(steps, np.ones((*transition.shape[:-1], 1)))[..., 0])


def expanded(transition: Array, order: int) -> tuple[Array, Array]:
    """The chain over combinations of `order` + 1 states: its transition (..., K, K), and its long-run law (..., K)."""
    k = transition.shape[-1]
    law = ergodic(transition)
    for _ in range(order):  # the oldest state comes last: each step puts a newer one before it
        leading = np.swapaxes(transition, -1, -2).reshape(*transition.shape[:-2], k, k, -1)
        known = law.reshape(*law.shape[:-1], 1, k, -1)
        law = (leading * known).reshape(*law.shape[:-1], -1)
    wide = np.zeros((*transition.shape[:-2], k ** (order + 1), k ** (order + 1)))
    old = np.arange(k ** (order + 1))
    for new in range(k):  # (s_t, ..., s_{t-p}) becomes (new, s_t, ..., s_{t-p+1})
        wide[..., old, new * k**order + old // k] = transition[..., old // k**order, new]
    return wide, law


def lagged(rows: Array, order: int) -> Array:
    """(..., T - p, p + 1) each row with the p before it, newest first."""
    count = rows.shape[-1] - order
    return np.stack([rows[..., order - i : order - i + count] for i in range(order + 1)], axis=-1)


def log_densities(rows: Array, model: SwitchingModel, fit: Switching) -> Array:
    """Log p(y_t | combination, rows before) (..., T - p, K) of `rows` (..., T); parameters may have leading axes too."""
    digits = model.digits
    means = fit.means[..., digits]  # (..., K, p + 1)
    seen, centre = rows[..., model.order :].copy(), means[..., 0]
    for i in range(model.order):  # in the order of the lags, so that bits do not depend on how many rows there are
        lag = fit.autoregression[..., i, None]
        seen = seen - lag * rows[..., model.order - 1 - i : rows.shape[-1] - 1 - i]
        centre = centre - lag * means[..., i + 1]
    variances = fit.variances[..., digits[:, 0]][..., None, :]
    off = seen[..., :, None] - centre[..., None, :]
    return np.asarray(-0.5 * (np.log(2.0 * np.pi * variances) + off * off / variances))
