"""All roots of a sum of exponentials: those it was made of, and no others."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from trimtab.numerics.present_value import zero_rates

ROOTS = st.lists(st.floats(-2.0, 2.5), min_size=1, max_size=6)


@settings(max_examples=20)
@given(ROOTS)
def test_a_polynomial_in_growth_has_the_roots_it_was_made_of(roots):
    roots = sorted(roots)
    assume(all(b - a > 0.15 for a, b in pairwise(roots)))  # nearer ones are lost in its coefficients
    amounts = np.poly(np.exp(-np.array(roots)))[::-1]  # of powers of exp(-x), lowest first
    found = zero_rates(amounts, np.arange(len(amounts), dtype=float), -3.0, 4.0)
    assert found == pytest.approx(roots, abs=1e-5)


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.integers(2, 60))
def test_a_fine_grid_sees_no_change_of_sign_that_is_not_a_root(seed, count):
    rng = np.random.default_rng(seed)
    amounts, years = rng.normal(size=count), np.sort(rng.uniform(0.0, 10.0, count))
    assume((amounts > 0).any() and (amounts < 0).any())
    found = zero_rates(amounts, years, -3.0, 4.0)
    grid = np.linspace(-3.0, 4.0, 4001)
    sums = (amounts * np.exp(-grid[:, None] * (years - 5.0))).sum(-1)
    cells = np.flatnonzero(np.sign(sums[1:]) != np.sign(sums[:-1]))
    for cell in cells:
        assert ((found >= grid[cell] - 1e-9) & (found <= grid[cell + 1] + 1e-9)).any()
    inside = [cell for cell in cells if np.count_nonzero((found >= grid[cell]) & (found <= grid[cell + 1])) == 1]
    touching = len(found) - len(inside)
    assert touching % 2 == 0 or len(cells) != len(inside)  # what the grid does not see comes in pairs


def test_a_root_outside_is_not_found_and_many_years_do_not_overflow():
    assert len(zero_rates(np.array([-1.0, np.e**2]), np.array([0.0, 1.0]), -1.0, 1.0)) == 0
    far = zero_rates(np.array([-1.0, 2.0, -0.5, 1e200]), np.array([0.0, 1.0, 2.0, 1e4]), -9.0, 14.0)
    assert np.isfinite(far).all()
    assert len(far)
