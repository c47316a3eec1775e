"""Covariances in units of powers of two, and what is wrong with some."""

from __future__ import annotations

import numpy as np

from tests.numerics.risk_samples import factor_covariance, rescaled
from trimtab.numerics.soundness import Fault, equilibrated, faults


def test_units_are_powers_of_two_and_round_nothing():
    whole = np.stack([rescaled(factor_covariance(9, seed), np.logspace(-3, 3, 9)) for seed in range(4)])
    scaled, factors = equilibrated(whole)
    variances = np.diagonal(scaled, axis1=1, axis2=2)
    assert ((variances >= 0.5) & (variances < 2.0)).all()
    assert (np.frexp(factors)[0] == 0.5).all()
    assert (scaled / factors[:, :, None] / factors[:, None, :]).tobytes() == whole.tobytes()
    assert equilibrated(np.ones((1, 1, 1)))[1].tolist() == [[1.0]]


def test_each_fault_is_found_among_sound_ones():
    good = np.eye(2)
    odd = np.array([[1.0, 0.5], [0.2, 1.0]])
    whole = np.stack([good, np.full((2, 2), np.nan), np.diag([1.0, 0.0]), odd, 2.4 * np.ones((2, 2)) - 1.4 * np.eye(2), good])
    want = [Fault.NONE, Fault.UNKNOWN, Fault.UNVARYING, Fault.LOPSIDED, Fault.INDEFINITE, Fault.NONE]
    assert faults(whole).tolist() == want
    assert [faults(one[None])[0] for one in whole] == want


def test_rounding_is_no_fault():
    singular = np.ones((3, 3)) - 1e-15 * np.eye(3)
    skew = np.array([[1.0, 0.5 + 1e-15], [0.5, 1.0]])
    assert faults(singular[None]).tolist() == [Fault.NONE]
    assert faults(skew[None]).tolist() == [Fault.NONE]


def test_nothing_but_unknown_ones_and_none_at_all():
    assert faults(np.full((2, 3, 3), np.nan)).tolist() == [Fault.UNKNOWN, Fault.UNKNOWN]
    assert faults(np.empty((0, 3, 3))).tolist() == []
