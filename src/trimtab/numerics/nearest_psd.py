"""The nearest positive semidefinite matrix that is a correlation or covariance matrix (Higham 2002).

"Computing the nearest correlation matrix: a problem from finance", IMA Journal of Numerical Analysis 22: projections in
turn on the matrices without negative eigenvalues and on those with a diagonal of ones, with Dykstra's correction, come
to the nearest in the Frobenius norm. A covariance keeps its variances: its correlations are moved.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.numerics.covariance import diagonal, total
from trimtab.numerics.returns import NO_SPREAD

ROUNDING = 1e-12  # a negative eigenvalue this small beside the largest is rounding


def nearest_covariance(covariances: Array) -> tuple[Array, Array]:
    """The nearest covariances (..., A, A) with the same variances, and how far each was moved (...).

    Moved: the Frobenius norm of the change as a share of that of the matrix; 0, and not a bit is changed, where none was
    needed. Rows and columns of NaN stay so and take no part; an asset that does not vary covaries with nothing.
    """
    known = ~np.isnan(diagonal(covariances))
    both = known[..., :, None] & known[..., None, :]
    filled = np.where(both, covariances, 0.0)
    deviation = np.sqrt(np.maximum(diagonal(filled), 0.0))
    scale = np.where(deviation > NO_SPREAD, deviation, 1.0)  # or rounding would make correlations of its own
    eye = np.eye(covariances.shape[-1])
    correlation = np.where(eye > 0.0, 1.0, filled / (scale[..., :, None] * scale[..., None, :]))
    bad = indefinite(correlation)
    moved = np.zeros(covariances.shape[:-2])
    if not bad.any():
        return covariances, moved
    new = nearest_correlation(correlation[bad]) * (deviation[bad][..., :, None] * deviation[bad][..., None, :])
    new = np.where(eye > 0.0, filled[bad], new)
    moved[bad] = np.sqrt(total((new - filled[bad]) ** 2) / total(filled[bad] ** 2))
    out = covariances.copy()
    out[bad] = np.where(both[bad], new, np.nan)
    return out, moved


def indefinite(matrices: Array) -> Mask:
    """Whether each symmetric matrix (..., A, A) has a negative eigenvalue that is more than rounding."""
    if matrices.shape[-1] == 0:
        return np.zeros(matrices.shape[:-2], dtype=bool)
    values = np.linalg.eigvalsh(matrices)
    return np.asarray(values[..., 0] < -ROUNDING * np.abs(values).max(axis=-1))


def nearest_correlation(matrices: Array, *, tolerance: float = 1e-8, most: int = 1000) -> Array:
    """The nearest correlation matrices (..., A, A) to symmetric ones without gaps.

    Ends where two projections are `tolerance` apart relatively, or after `most` turns; then what is left of negative
    eigenvalues is cut and the diagonal scaled to 1, so that the answer is a correlation matrix in any case.
    """
    shape, size = matrices.shape, matrices.shape[-1]
    target = np.array(matrices, dtype=float).reshape(-1, size, size)
    correction, found = np.zeros_like(target), target.copy()
    left = np.flatnonzero(indefinite(target))
    for _ in range(most):
        if not len(left):
            break
        shifted = found[left] - correction[left]
        positive = without_negative(shifted)
        correction[left] = positive - shifted
        unit = with_ones(positive)
        found[left] = unit
        left = left[total((unit - positive) ** 2) > tolerance**2 * total(unit**2)]
    return scaled_to_ones(found).reshape(shape)


def without_negative(matrices: Array) -> Array:
    """The nearest positive semidefinite matrices (..., A, A) to symmetric ones: negative eigenvalues are cut to 0."""
    values, vectors = np.linalg.eigh(matrices)
    rows = np.swapaxes(vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :], -1, -2)
    rows = np.ascontiguousarray(rows)
    return np.asarray(np.swapaxes(rows, -1, -2) @ rows)


def with_ones(matrices: Array) -> Array:
    """The same with a diagonal of ones."""
    return np.where(np.eye(matrices.shape[-1]) > 0.0, 1.0, matrices)


def scaled_to_ones(matrices: Array) -> Array:
    """Correlation matrices out of nearly positive semidefinite ones; those that are one already come back as they are."""
    bad = indefinite(matrices)
    if not bad.any():
        return matrices
    positive = without_negative(matrices[bad])
    root = np.sqrt(diagonal(positive))
    out = matrices.copy()
    out[bad] = with_ones(positive / (root[..., :, None] * root[..., None, :]))
    return out
