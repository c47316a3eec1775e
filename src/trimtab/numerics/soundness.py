"""Whether a covariance can be worked with, and the same one in units in which all variances are near 1.

Units are powers of two, so that changing them rounds nothing (equilibration; Higham 2002, "Accuracy and Stability of Numerical
Algorithms", chapter 9): variances may lie many orders of magnitude apart.
"""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.numerics.covariance import diagonal

LOPSIDED = 1e-9  # two halves further apart, beside variances of 1, are no rounding
ROUNDING = 1e-13  # a negative eigenvalue this small a coordinate, beside variances of 1, is rounding


class Fault(IntEnum):
    """Why a covariance cannot be worked with."""

    NONE = 0
    UNKNOWN = 1
    UNVARYING = 2
    LOPSIDED = 3
    INDEFINITE = 4


def equilibrated(covariances: Array) -> tuple[Array, Array]:
    """Covariances (D, N, N) in units in which variances lie in [0.5, 2), and the factors (D, N) on each asset: S f f'."""
    factors = np.ldexp(1.0, -(np.frexp(diagonal(covariances))[1] // 2))  # of what is not finite: whatever, it stays so
    scaled = covariances * factors[:, :, None]
    scaled *= factors[:, None, :]
    return scaled, factors


def faults(scaled: Array) -> Array:
    """The first `Fault` (D,) of each of equilibrated covariances (D, N, N): unknown, no variance, lopsided, indefinite.

    Of what is infinite numpy warns, unless it is told not to.
    """
    if _clean(scaled):
        return np.zeros(len(scaled), dtype=int)
    finite = np.isfinite(scaled).all(axis=(1, 2))
    found = np.where(finite, Fault.NONE, Fault.UNKNOWN)
    found[finite & (diagonal(scaled) <= 0.0).any(axis=-1)] = Fault.UNVARYING
    for fault, test in ((Fault.LOPSIDED, _lopsided), (Fault.INDEFINITE, _indefinite)):
        sound = np.flatnonzero(found == Fault.NONE)
        found[sound[test(scaled[sound])]] = fault
    return found


def _clean(scaled: Array) -> bool:
    """Whether nothing is wrong with any of them: the usual case, asked first because it is quick."""
    if not math.isfinite(np.add.reduce(scaled, None)) or not np.minimum.reduce(diagonal(scaled), None, initial=np.inf) > 0.0:
        return False
    symmetric = bool((scaled == np.swapaxes(scaled, -1, -2)).all()) or not _lopsided(scaled).any()
    return symmetric and _factorable(_lifted(scaled))


def _lopsided(matrices: Array) -> Mask:
    """Whether each matrix (D, N, N) differs from its transpose by more than rounding."""
    return np.asarray((np.abs(matrices - np.swapaxes(matrices, -1, -2)) > LOPSIDED).any(axis=(1, 2)))


def _indefinite(matrices: Array) -> Mask:
    """Whether each symmetric matrix (D, N, N) has a negative eigenvalue that is more than rounding: by Cholesky.

    numpy says of a stack only that one failed, so each is asked alone.
    """
    return np.array([not _factorable(one) for one in _lifted(matrices)], dtype=bool)


def _lifted(matrices: Array) -> Array:
    """With eigenvalues higher by what may be rounding."""
    lifted = matrices.copy()
    lifted.reshape(len(matrices), matrices.shape[-1] ** 2)[:, :: matrices.shape[-1] + 1] += ROUNDING * matrices.shape[-1]
    return lifted


def _factorable(matrices: Array) -> bool:
    """Whether all are positive definite."""
    try:
        np.linalg.cholesky(matrices)
    except np.linalg.LinAlgError:
        return False
    return True
