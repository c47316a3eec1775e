"""Covariances shrunk towards a simple target, as much as the sample itself says is best.

Identity: Ledoit and Wolf (2004), "A well-conditioned estimator for large-dimensional covariance matrices"; numbers as
in scikit-learn. Constant correlation: Ledoit and Wolf (2004), "Honey, I shrunk the sample covariance matrix"; single
factor: Ledoit and Wolf (2003), "Improved estimation of the covariance matrix of stock returns"; numbers as in
PyPortfolioOpt. Oracle approximating: Chen, Wiesel, Eldar and Hero (2010), "Shrinkage algorithms for MMSE covariance
estimation", with scikit-learn's simplification for many assets. Variances have ddof 0, with constant correlation ddof 1,
as in those packages.

shrunk = d F + (1 - d) S, d = clip(sum of (var s_ij - cov(f_ij, s_ij)) / |S - F|^2, 0, 1), all over leading axes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.numerics.covariance import diagonal, means, product, squared, total
from trimtab.numerics.returns import NO_SPREAD

ROUNDING = 1e-14  # a squared distance this small beside the squares is none


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What is to be shrunk: deviations from the mean (..., n, A), 0 where unknown, and their covariance (..., A, A), ddof 0.

    `known` (..., A): the assets that take part. `common` (..., A, A): the rows that each pair has in common, None: all n
    everywhere. `rows` (...): how many rows the covariance rests on, of several the fewest.
    """

    deviations: Array
    covariance: Array
    known: Mask
    rows: Array
    common: Array | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Shrunk:
    """Covariance (..., A, A) per row, NaN for assets that took no part, and the intensity (...) in [0, 1]."""

    covariance: Array
    intensity: Array


def sample_of(returns: Array) -> Sample:
    """The sample of windows of returns (..., n, A); an asset with any row unknown takes no part."""
    rows = np.ascontiguousarray(returns, dtype=float)
    n = rows.shape[-2]
    centre = means(rows)
    known = np.isfinite(centre[..., 0, :])
    deviations = rows - centre
    if not known.all():
        deviations = np.where(known[..., None, :], deviations, 0.0)
    return Sample(deviations, squared(deviations) / n, known, np.full(known.shape[:-1], float(n)))


def towards_identity(sample: Sample) -> Shrunk:
    """Shrunk towards the mean variance on the diagonal and nothing off it."""
    S, squares, p = sample.covariance, np.square(sample.deviations), np.maximum(_count(sample), 1.0)
    level, length = _sum(diagonal(S)) / p, product(S, S)
    intensity = _intensity(sample, _products(sample, squares, squares) - length, length - p * level**2)
    return _levelled(sample, level, intensity)


def towards_identity_oas(sample: Sample) -> Shrunk:
    """The same target, the intensity for normal returns (OAS)."""
    S, p = sample.covariance, np.maximum(_count(sample), 1.0)
    level = _sum(diagonal(S)) / p
    squares = product(S, S) / p**2
    bottom = (sample.rows + 1.0) * (squares - level**2 / p)
    usable = bottom > ROUNDING * squares
    ratio = (squares + level**2) / np.where(usable, bottom, 1.0)
    return _levelled(sample, level, np.where(usable, np.minimum(ratio, 1.0), np.where(p > 1.0, 1.0, 0.0)))


def towards_constant_correlation(sample: Sample) -> Shrunk:
    """Shrunk towards the same correlation, the average, between all assets that vary."""
    scale = sample.rows / np.maximum(sample.rows - 1.0, 1.0)
    S = sample.covariance * scale[..., None, None]
    deviation = np.sqrt(diagonal(S))
    varies = deviation > NO_SPREAD
    inverse = np.where(varies, 1.0 / np.where(varies, deviation, 1.0), 0.0)
    count = np.asarray(varies.sum(axis=-1), dtype=float)
    pairs = count * (count - 1.0)
    average = (_form(S, inverse, inverse) - count) / np.where(pairs > 0.0, pairs, 1.0) * (pairs > 0.0)
    F = _with_diagonal(average[..., None, None] * _outer(deviation), diagonal(S))
    x, variance, less = sample.deviations, diagonal(S), 2.0 / scale - 1.0
    squares = np.square(x)
    fourth = _own(sample, squares * squares) - less[..., None] * variance**2
    pi = _products(sample, squares, squares) - less * product(S, S)
    theta = _products(sample, squares * x, x, inverse, deviation) - less * _form(S, inverse * variance, deviation)
    return _shrunk(sample, S, F, pi - _sum(fourth) - average * (theta - _sum(np.where(varies, fourth, 0.0))))


def towards_single_factor(sample: Sample) -> Shrunk:
    """Shrunk towards what the equally weighted mean of all assets explains, own variances kept (Sharpe's model)."""
    S, p, x = sample.covariance, np.maximum(_count(sample), 1.0), sample.deviations
    factor = x @ np.ones((x.shape[-1], 1)) / p[..., None, None]
    beta = (S @ np.ones((S.shape[-1], 1)))[..., 0] / p[..., None]
    variance = _sum(beta) / p
    moves = variance > NO_SPREAD**2
    inverse = np.where(moves, 1.0 / np.where(moves, variance, 1.0), 0.0)
    squares, z = np.square(x), x * factor
    fourth, third = _own(sample, squares * squares), _own(sample, squares * z)
    own, spread = diagonal(S), _form(S, beta, beta)
    pi = _products(sample, squares, squares) - product(S, S) - _sum(fourth - own**2)
    one = np.ones_like(beta)
    first = _products(sample, squares, z, one, beta) - spread - _sum(beta * (third - beta * own))
    mixed = _own(sample, z * z) - variance[..., None] * own
    second = _products(sample, z, z, beta, beta) - variance * spread - _sum(beta**2 * mixed)
    F = _with_diagonal(_outer(beta) * inverse[..., None, None], own)
    return _shrunk(sample, S, F, pi - 2.0 * first * inverse + second * inverse**2)


def _shrunk(sample: Sample, S: Array, F: Array, uncertain: Array) -> Shrunk:
    """Mixed by what is `uncertain` (...), a variance times the number of rows, over how far S is from its target."""
    off = F - S
    intensity = _intensity(sample, uncertain, product(off, off))
    off *= intensity[..., None, None]
    off += S
    return _answer(sample, off, intensity)


def _levelled(sample: Sample, level: Array, intensity: Array) -> Shrunk:
    """Mixed with `level` (...) times the identity."""
    found = sample.covariance * (1.0 - intensity)[..., None, None]
    size = found.shape[-1]
    found.reshape(*found.shape[:-2], size * size)[..., :: size + 1] += (intensity * level)[..., None]
    return _answer(sample, found, intensity)


def _intensity(sample: Sample, uncertain: Array, apart: Array) -> Array:
    """Uncertain / rows / apart (...), at least 0 and at most 1; 0 where the sample is its target."""
    usable = apart > ROUNDING * product(sample.covariance, sample.covariance)
    return np.where(usable, np.clip(uncertain / sample.rows / np.where(usable, apart, 1.0), 0.0, 1.0), 0.0)


def _answer(sample: Sample, found: Array, intensity: Array) -> Shrunk:
    known = sample.known
    if not known.all():
        found = np.where(known[..., :, None] & known[..., None, :], found, np.nan)
    return Shrunk(found, np.where(known.any(axis=-1), intensity, np.nan))


def _products(sample: Sample, u: Array, v: Array, a: Array | None = None, b: Array | None = None) -> Array:
    """Sum over pairs (i, j) of a_i b_j times the mean of u_i v_j over their common rows: (...) of (..., n, A) and (..., A).

    Without gaps it is the mean over rows of (sum of a u) (sum of b v), with no product of matrices.
    """
    one = np.ones(u.shape[-1])
    a, b = one if a is None else a, one if b is None else b
    if sample.common is None:
        return np.asarray(product(u @ a[..., None], v @ b[..., None]) / u.shape[-2])
    means_of_pairs = np.swapaxes(u, -1, -2) @ v / np.maximum(sample.common, 1.0)
    return _form(means_of_pairs, np.broadcast_to(a, sample.known.shape), b)


def _own(sample: Sample, rows: Array) -> Array:
    """(..., A) means of `rows` (..., n, A) over the rows in which an asset is known."""
    n = rows.shape[-2]
    count = n if sample.common is None else np.maximum(diagonal(sample.common), 1.0)
    return np.asarray((np.ones((1, n)) @ rows)[..., 0, :] / count)


def _count(sample: Sample) -> Array:
    """(...) how many assets take part."""
    return np.asarray(sample.known.sum(axis=-1), dtype=float)


def _form(matrices: Array, a: Array, b: Array) -> Array:
    """A' M b (...) of matrices (..., A, A) and vectors (..., A)."""
    return product(a[..., None], matrices @ b[..., None])


def _outer(values: Array) -> Array:
    return np.asarray(values[..., :, None] * values[..., None, :])


def _sum(values: Array) -> Array:
    """The sum (...) over the assets of values (..., A)."""
    return total(values[..., None, :])


def _with_diagonal(matrices: Array, values: Array) -> Array:
    return np.where(np.eye(matrices.shape[-1]) > 0.0, values[..., None, :], matrices)
