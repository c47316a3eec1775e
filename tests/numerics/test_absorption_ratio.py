"""The absorption ratio: what follows from the definition, and SciPy's singular values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.numerics.absorption import absorption_ratio, factors_of
from trimtab.numerics.covariance import covariance


def test_identical_assets_are_one_factor() -> None:
    moves = np.random.default_rng(1).standard_normal((100, 1)) * np.ones(6)
    assert absorption_ratio(covariance(moves), 1) == pytest.approx(1.0, abs=1e-12)


def test_independent_assets_share_alike() -> None:
    # ten alike and independent: two of ten factors hold .2, a little more where the sample is finite
    moves = np.random.default_rng(2).standard_normal((200_000, 10))
    assert absorption_ratio(covariance(moves), 2) == pytest.approx(0.2, abs=0.003)
    assert absorption_ratio(np.eye(10), 2) == pytest.approx(0.2, abs=1e-15)


def test_no_factor_holds_nothing_and_all_hold_everything() -> None:
    moves = np.random.default_rng(3).standard_normal((50, 4))
    assert absorption_ratio(covariance(moves), 0) == 0.0
    assert absorption_ratio(covariance(moves), 4) == pytest.approx(1.0, abs=1e-15)


def test_two_assets_by_hand() -> None:
    # variances 1, correlation r: eigenvalues 1 + r and 1 - r, so that one factor holds (1 + r) / 2
    assert absorption_ratio(np.array([[1.0, 0.5], [0.5, 1.0]]), 1) == pytest.approx(0.75)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_it_is_the_explained_variance_of_principal_components(seed: int, count: int) -> None:
    from scipy.linalg import svdvals

    rng = np.random.default_rng(seed)
    moves = rng.standard_normal((2, 40, count)) @ rng.standard_normal((count, count))
    for factors in range(1, count + 1):
        found = absorption_ratio(covariance(moves), factors)
        squares = [svdvals(rows - rows.mean(0)) ** 2 for rows in moves]  # variances along the principal axes, falling
        want = [one[:factors].sum() / one.sum() for one in squares]
        assert found == pytest.approx(want, rel=1e-9)
        assert absorption_ratio(covariance(moves[1:]), factors)[0] == found[1]


def test_what_does_not_vary_or_is_not_known_is_unknown() -> None:
    matrices = np.stack([np.eye(3), np.zeros((3, 3)), np.full((3, 3), np.nan)])
    found = absorption_ratio(matrices, 1)
    assert found[0] == pytest.approx(1 / 3)
    assert np.isnan(found[1:]).all()


def test_factors_are_rounded_halves_up() -> None:
    # a fifth of 5, 7, 8, 10, 12, 13: 1.0, 1.4, 1.6, 2.0, 2.4, 2.6; half of 5: 2.5
    assert [factors_of(0.2, n) for n in (1, 2, 3, 5, 7, 8, 10, 12, 13)] == [0, 0, 1, 1, 1, 2, 2, 2, 3]
    assert factors_of(0.5, 5) == 3
