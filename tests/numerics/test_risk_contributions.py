"""Shares of risk."""

from __future__ import annotations

import numpy as np
import pytest

from tests.numerics.risk_samples import factor_covariance
from trimtab.numerics.risk_contributions import contributions


def test_they_add_up_to_one_and_a_row_alone_has_its_bits():
    covariance = np.stack([factor_covariance(7, seed) for seed in range(5)])
    weights = np.random.default_rng(1).dirichlet(np.ones(7), size=5)
    found = contributions(weights, covariance)
    np.testing.assert_allclose(found.sum(axis=-1), 1.0, atol=1e-14)
    for d in range(5):
        assert contributions(weights[d : d + 1], covariance[d : d + 1])[0].tobytes() == found[d].tobytes()
        assert contributions(weights[d], covariance[d]).tobytes() == found[d].tobytes()


# 60/40 at 16 and 6 %: equity's share is .6*.16*(.6*.16 + rho*.4*.06) / variance.
@pytest.mark.parametrize(("rho", "volatility", "equity"), [(-0.2, 9.42, 98.7), (0.2, 10.35, 90.3), (0.6, 11.21, 84.4)])
def test_sixty_forty_is_a_portfolio_of_equity_risk(rho: float, volatility: float, equity: float):
    covariance = np.array([[0.0256, rho * 0.0096], [rho * 0.0096, 0.0036]])
    weights = np.array([0.6, 0.4])
    assert abs(100.0 * np.sqrt(weights @ covariance @ weights) - volatility) < 0.005
    assert abs(100.0 * contributions(weights, covariance)[0] - equity) < 0.05


def test_a_hedge_has_a_share_below_zero():
    # w'Sw = .64*.04 - 2*.16*.01 + .04*.01 = .0228; the hedge: .2*(.2*.01 - .8*.01) = -.0012, so -.0526.
    found = contributions(np.array([0.8, 0.2]), np.array([[0.04, -0.01], [-0.01, 0.01]]))
    np.testing.assert_allclose(found, [1.0 + 0.0012 / 0.0228, -0.0012 / 0.0228], atol=1e-15)


def test_without_risk_or_knowledge_they_are_unknown():
    flat, nan = np.zeros((2, 2)), np.full((2, 2), np.nan)
    hedged = np.array([[1.0, -1.0], [-1.0, 1.0]])
    found = contributions(np.full((4, 2), 0.5), np.stack([flat, nan, hedged, np.full((2, 2), np.inf)]))
    assert np.isnan(found).all()
    assert np.isnan(contributions(np.array([np.nan, 1.0]), np.eye(2))).all()
    assert contributions(np.empty((0, 2)), np.empty((0, 2, 2))).shape == (0, 2)
