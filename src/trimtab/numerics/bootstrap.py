"""Stationary bootstrap (Politis and Romano 1994): draws with replacement that keep what follows what.

A draw of T rows is a chain of blocks from the history bent into a circle: each begins anywhere, and ends after each row with
the probability 1 / block, so that lengths are geometric with the mean `block` and the draw is stationary. All series of one
history are drawn by the same rows, which keeps what happened together. Block 1 is the bootstrap of independent rows (Efron
1979).

The automatic block length is that of Politis and White (2004), as corrected by Patton, Politis and White (2009): it
minimises the mean squared error of the variance of the mean, from autocovariances up to twice the lag m after which the
autocorrelations of five lags in a row lie within +-2 sqrt(log10(T) / T).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.errors import ParameterError
from trimtab.numerics.returns import finite, over, unknown

QUIET = 5  # lags in a row that must be insignificant


def stationary_draws(
    count: int, draws: int, block: float, *, seed: int, rows: int = 256, length: int | None = None
) -> Iterator[Index]:
    """Row numbers of `draws` histories of `length` rows each (None: `count`), `rows` draws at a time: (up to rows, length).

    The same draws for every `rows`, and the first of many are the same as few. Raises ParameterError for a mean block
    length below 1 and for negative counts.
    """
    if not block >= 1.0:
        raise ParameterError(f"the mean block length {block:g} is below 1", remedy="Use 1 for independent draws.")
    size = count if length is None else length
    if count < 0 or draws < 0 or size < 0:
        raise ParameterError(f"{draws} draws of {min(count, size)} rows", remedy="Neither can be below zero.")
    rng, order = np.random.default_rng(seed), np.arange(size)
    for done in range(0, draws, rows):
        luck = rng.random((min(rows, draws - done), 2, size))
        begins = luck[:, 0] * block < 1.0
        first = np.maximum.accumulate(
            np.where(begins, order, 0), axis=-1
        )  # where the block of each row began: at row 0 at the latest
        start = np.take_along_axis((luck[:, 1] * count).astype(np.intp), first, axis=-1)
        yield (start + order - first) % max(count, 1)


def stationary_indices(count: int, draws: int, block: float, *, seed: int) -> Index:
    """Row numbers (draws, count) of all draws at once; see `stationary_draws`."""
    parts = list(stationary_draws(count, draws, block, seed=seed))
    return np.concatenate(parts) if parts else np.empty((0, count), dtype=np.intp)


def block_length(values: Array) -> Array:
    """Best mean block length (...) for the stationary bootstrap of the means of series (..., T).

    At most min(3 sqrt(T), T / 3), rounded up; it may be below 1, where rows are as good as independent. NaN for a series
    that does not vary, has an unknown value, or is too short for its lags (fewer than 11 values).
    """
    count = values.shape[-1]
    most = int(np.ceil(np.sqrt(count))) + max(QUIET, int(np.log10(max(count, 1))))
    if most + 1 >= count:
        return unknown(values)
    covariances, correlations = _autocovariances(values, most)
    width = _width(correlations, count, most)[..., None]
    lag = np.arange(1, most + 1)
    taper = np.where(lag <= width, np.clip(2.0 * (1.0 - lag / width), 0.0, 1.0), 0.0)  # Politis and Romano 1995
    bend = 2.0 * (taper * lag * covariances[..., 1:]).sum(-1)
    spectrum = covariances[..., 0] + 2.0 * (taper * covariances[..., 1:]).sum(-1)
    best = np.cbrt(np.square(over(bend, spectrum)) * count)
    return finite(np.minimum(best, np.ceil(min(3.0 * np.sqrt(count), count / 3.0))))


def _autocovariances(values: Array, most: int) -> tuple[Array, Array]:
    """Autocovariances (..., most + 1) over T, and autocorrelations by the variance of the rows they use, without sign."""
    count = values.shape[-1]
    away = values - values.mean(-1, keepdims=True)
    covariances = np.empty((*values.shape[:-1], most + 1))
    correlations = np.empty_like(covariances)
    for lag in range(most + 1):  # lags have different lengths
        covariances[..., lag] = (away[..., lag:] * away[..., : count - lag]).sum(-1) / count
        early, late = (away[..., : -lag - 1] ** 2).sum(-1), (away[..., lag + 1 :] ** 2).sum(-1)
        correlations[..., lag] = over(np.abs(covariances[..., lag]) * count, np.sqrt(early * late))
    return covariances, correlations


def _width(correlations: Array, count: int, most: int) -> Array:
    """How many lags (...) count: twice the first after which `quiet` ones in a row are insignificant."""
    quiet = max(QUIET, int(np.log10(count)))
    small = correlations < 2.0 * np.sqrt(np.log10(count) / count)
    calm = np.lib.stride_tricks.sliding_window_view(small[..., :most], quiet, axis=-1).all(-1)
    last = np.where(calm.any(-1), 2 * calm.argmax(-1), most)
    return np.minimum(last, most)
