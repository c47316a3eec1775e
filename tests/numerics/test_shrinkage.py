"""Shrunk covariances: laws, by hand, against scikit-learn and PyPortfolioOpt, and what cannot be shrunk."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypfopt.risk_models import CovarianceShrinkage

from tests.numerics.sklearn_alone import iris, sklearn_ledoit_wolf, sklearn_oas
from tests.numerics.test_covariance import drawn
from tests.signals.laws import same
from trimtab.core.arrays import Array
from trimtab.numerics.shrinkage import (
    Sample,
    Shrunk,
    sample_of,
    towards_constant_correlation,
    towards_identity,
    towards_identity_oas,
    towards_single_factor,
)

seeds = st.integers(0, 2**31)
HOW = (towards_identity, towards_identity_oas, towards_constant_correlation, towards_single_factor)
every = pytest.mark.parametrize("how", HOW, ids=[how.__name__ for how in HOW])
Shrink = Callable[[Sample], Shrunk]


def pypfopt(rows: Array, target: str) -> tuple[Array, float]:
    """Covariance and intensity of PyPortfolioOpt, per row."""
    asked = CovarianceShrinkage(pd.DataFrame(rows), returns_data=True, frequency=1)
    return asked.ledoit_wolf(target).to_numpy(), float(asked.delta)


ORACLES = {
    towards_identity: sklearn_ledoit_wolf,
    towards_identity_oas: sklearn_oas,
    towards_constant_correlation: lambda rows: pypfopt(rows, "constant_correlation"),
    towards_single_factor: lambda rows: pypfopt(rows, "single_factor"),
}


@every
@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_laws(how: Shrink, seed: int) -> None:
    rows = np.stack([drawn(seed + d, 24, 6) for d in range(4)])
    found = how(sample_of(rows))
    for d, one in enumerate(rows):  # alone, the bits are the same
        alone = how(sample_of(one[None]))
        assert same(alone.covariance[0], found.covariance[d])
        assert same(alone.intensity, found.intensity[d : d + 1])
        known = np.isfinite(one).all(axis=0)
        inner = found.covariance[d][np.ix_(known, known)]
        assert np.isfinite(inner).all()
        assert np.isnan(found.covariance[d][~known]).all()
        values = np.linalg.eigvalsh(inner)
        assert values[0] >= -1e-12 * values[-1]
        assert 0.0 <= found.intensity[d] <= 1.0
        only = how(sample_of(one[:, known]))  # what is unknown takes no part
        np.testing.assert_allclose(inner, only.covariance, rtol=1e-11, atol=1e-18)
    assert same(found.covariance, np.swapaxes(found.covariance, 1, 2))
    order = np.random.default_rng(seed).permutation(6)
    moved = how(sample_of(rows[:, :, order]))
    np.testing.assert_allclose(moved.covariance, found.covariance[:, order][:, :, order], rtol=1e-12, atol=1e-18)
    scaled = how(sample_of(3.0 * rows))
    np.testing.assert_allclose(scaled.covariance, 9.0 * found.covariance, rtol=1e-11, atol=1e-18)


def test_the_identity_by_hand() -> None:
    # Deviations (1, 0), (-1, 0), (0, 2), (0, -2): S = diag(1/2, 2), mean variance 5/4, |S - F|^2 = 2 (3/4)^2 = 9/8.
    # Squared lengths 1, 1, 4, 4: mean of their squares 34/4; less |S|^2 = 17/4 that is 17/4; over n = 4: 17/16.
    # Intensity (17/16) / (9/8) = 17/18; variances 17/18 * 5/4 + 1/18 * (1/2, 2).
    rows = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 2.0], [0.0, -2.0]])
    found = towards_identity(sample_of(rows))
    assert found.intensity == pytest.approx(17.0 / 18.0)
    np.testing.assert_allclose(found.covariance, np.diag([17.0 * 1.25 + 0.5, 17.0 * 1.25 + 2.0]) / 18.0, atol=1e-15)


def test_iris() -> None:
    # The published figures, each checked with the package named in the module.
    want = (0.00757880, 0.02023665, 0.00980322, 0.01928541)
    for how, intensity in zip(HOW, want, strict=True):
        assert how(sample_of(iris())).intensity == pytest.approx(intensity, abs=5e-9)


@every
@pytest.mark.parametrize(("n", "assets"), [(252, 12), (30, 5), (20, 40), (4, 3)])
def test_the_packages_agree(how: Shrink, n: int, assets: int) -> None:
    rows = np.nan_to_num(drawn(5, n, assets))
    found = how(sample_of(rows))
    covariance, intensity = ORACLES[how](rows)
    assert found.intensity == pytest.approx(intensity, abs=1e-12)
    np.testing.assert_allclose(found.covariance, covariance, rtol=1e-9, atol=1e-15)


@every
def test_common_rows_that_are_all_rows_change_nothing(how: Shrink) -> None:
    rows = np.stack([np.nan_to_num(drawn(seed, 30, 5)) for seed in (1, 2)])
    plain = sample_of(rows)
    common = np.full((2, 5, 5), 30.0)
    found = how(Sample(plain.deviations, plain.covariance, plain.known, plain.rows, common))
    np.testing.assert_allclose(found.covariance, how(plain).covariance, rtol=1e-11, atol=1e-18)
    np.testing.assert_allclose(found.intensity, how(plain).intensity, rtol=1e-9)


@every
def test_an_asset_that_does_not_vary_spoils_nothing(how: Shrink) -> None:
    rows = np.nan_to_num(drawn(6, 40, 4))
    rows[:, 2] = 0.001
    found = how(sample_of(rows))
    assert np.isfinite(found.covariance).all()
    if how in (towards_constant_correlation, towards_single_factor):
        assert np.abs(found.covariance[2]).max() < 1e-18  # these keep own variances
    still = how(sample_of(np.zeros((10, 3))))
    assert (still.covariance == 0.0).all()


@every
def test_one_asset_is_its_variance(how: Shrink) -> None:
    rows = np.nan_to_num(drawn(7, 40, 1))
    found = how(sample_of(rows))
    ddof = 1 if how is towards_constant_correlation else 0
    assert found.covariance[0, 0] == pytest.approx(rows.var(ddof=ddof), rel=1e-12)


@every
def test_nothing_known_is_no_accident(how: Shrink) -> None:
    found = how(sample_of(np.full((2, 10, 3), np.nan)))
    assert np.isnan(found.covariance).all()
    assert np.isnan(found.intensity).all()
    assert how(sample_of(np.empty((0, 10, 3)))).covariance.shape == (0, 3, 3)
