"""Hamilton's filter: the probability of each state now, from the rows up to now (Hamilton 1989; Kim and Nelson 1999).

    predicted_t = filtered_{t-1} P,   filtered_t = predicted_t f(y_t) / sum of the same

Only filtered probabilities are made here. Smoothed ones look ahead: on Hamilton's own series they differ from the
filtered ones by up to 0.66. The fit needs smoothed weights inside, and keeps them to itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.markov_model import Switching, SwitchingModel, expanded, log_densities


@dataclass(frozen=True, slots=True, eq=False)
class Filtered:
    """Filtered probabilities (..., T, K), and the log likelihood of each row given those before it (..., T)."""

    probabilities: Array
    log_likelihoods: Array

    @property
    def log_likelihood(self) -> Array:
        """(...) of all rows together; NaN where any is unknown."""
        return np.asarray(self.log_likelihoods.sum(axis=-1))


def hamilton_filter(log_density: Array, transition: Array, initial: Array) -> Filtered:
    """Filter rows of log densities (..., T, K) through a chain (..., K, K), from probabilities (..., K) of the first row.

    `initial` is what is believed before the first row is seen. A row depends on the rows up to it alone, bit for bit
    whatever comes later. NaN from the first row on whose density is unknown, or that no state can have made.
    """
    rows = np.ascontiguousarray(np.moveaxis(log_density, -2, 0))  # one layout, so that bits do not depend on it
    with np.errstate(invalid="ignore"):
        top = rows.max(axis=-1, keepdims=True)
        density = np.exp(rows - top)
        found, scale = np.empty_like(density), np.empty(density.shape[:-1])
        now = np.broadcast_to(initial, density.shape[1:])
        for t, one in enumerate(density):  # one row needs the one before; every other axis is vectorised
            joint = now * one
            scale[t] = joint.sum(axis=-1)
            found[t] = joint / np.where(scale[t] > 0.0, scale[t], np.nan)[..., None]
            now = (found[t][..., None, :] @ transition)[..., 0, :]
        gained = np.log(np.where(scale > 0.0, scale, np.nan)) + top[..., 0]
    return Filtered(np.moveaxis(found, 0, -2), np.moveaxis(gained, 0, -1))


def filtered_states(rows: Array, model: SwitchingModel, fit: Switching) -> Filtered:
    """Probabilities (..., T, k) of the states under fitted parameters, of `rows` (..., T) from the long-run law on.

    The first p rows, which only the lags see, are NaN, and their log likelihood 0. `fit` may hold parameters with
    leading axes: one set a sequence.
    """
    transition, law = expanded(fit.transition, model.order)
    inner = hamilton_filter(log_densities(rows, model, fit), transition, law)
    each = inner.probabilities.reshape(*inner.probabilities.shape[:-1], model.states, -1)
    total = each[..., 0]
    for older in range(1, each.shape[-1]):  # in a fixed order: the sum over all that may have gone before
        total = total + each[..., older]
    found = np.full((*rows.shape, model.states), np.nan)
    found[..., model.order :, :] = total
    gained = np.zeros(rows.shape)
    gained[..., model.order :] = inner.log_likelihoods
    return Filtered(found, gained)
