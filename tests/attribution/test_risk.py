"""Contributions to risk: they add up, agree with derivatives and with numpy's covariance, and say where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.attribution.risk import RiskParts, realised_risk, risk_by_asset, risk_by_factor, risk_by_signal
from trimtab.core.errors import ParameterError

ASSETS = ("SPY", "IEF", "GLD", "EFA")


def covariance(seed: int, many: int = 4) -> np.ndarray:
    draw = np.random.default_rng(seed)
    root = draw.normal(0.0, 0.1, (many, many + 2))
    return root @ root.T


seeds = st.integers(0, 100_000)


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_assets_groups_and_signals_add_up_to_tracking_error(seed: int) -> None:
    draw, cov = np.random.default_rng(seed), np.stack([covariance(seed), covariance(seed + 1)])
    parts = draw.normal(0.0, 0.1, (2, 3, 4))
    active = parts.sum(-2)
    found = risk_by_asset(active, cov, ASSETS)
    total = np.sqrt(np.einsum("da,dab,db->d", active, cov, active))
    np.testing.assert_allclose(found.risk.total, total, rtol=1e-13)
    by_signal = risk_by_signal(parts, cov, ("trend", "value", "carry"))
    by_class = found.risk.grouped(("equity", "bonds", "gold", "equity"))
    assert by_class.names == ("equity", "bonds", "gold")
    for risk in (found.risk, by_class, by_signal):
        size = np.abs(risk.parts).max()
        np.testing.assert_allclose(risk.parts.sum(-1), total, rtol=1e-12, atol=1e-14 * size)
        np.testing.assert_allclose(risk.shares.sum(-1), 1.0, rtol=1e-12, atol=1e-14 * size / total.min())
    np.testing.assert_allclose(by_class.parts[:, 0], found.risk.parts[:, [0, 3]].sum(-1), rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(found.weights * found.marginal, found.risk.parts, rtol=1e-10, atol=1e-16)
    product = found.weights * found.volatility * found.correlation
    np.testing.assert_allclose(product, found.risk.parts, rtol=1e-10, atol=1e-16)
    assert (np.abs(found.correlation) <= 1.0 + 1e-12).all()


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_marginal_risk_is_the_slope_of_risk(seed: int) -> None:
    cov, weights = covariance(seed), np.random.default_rng(seed).normal(0.2, 0.3, 4)
    step = 1e-6 * np.eye(4)
    slope = [
        (risk_by_asset(weights + h, cov, ASSETS).risk.total - risk_by_asset(weights - h, cov, ASSETS).risk.total) / 2e-6
        for h in step
    ]
    np.testing.assert_allclose(risk_by_asset(weights, cov, ASSETS).marginal, slope, rtol=1e-5, atol=1e-8)


@given(seeds, st.permutations(range(4)))
@settings(max_examples=20, deadline=None)
def test_permuting_assets_permutes_the_parts(seed: int, order: list[int]) -> None:
    cov, weights = covariance(seed), np.random.default_rng(seed).normal(0.2, 0.3, 4)
    one = risk_by_asset(weights, cov, ASSETS)
    two = risk_by_asset(weights[order], cov[np.ix_(order, order)], [ASSETS[n] for n in order])
    np.testing.assert_allclose(two.risk.parts, one.risk.parts[order], rtol=1e-10, atol=1e-15)


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_factors_and_specific_risk_add_up_to_that_of_the_full_covariance(seed: int) -> None:
    draw = np.random.default_rng(seed)
    exposures, factors, specific = draw.normal(0.5, 0.5, (4, 2)), covariance(seed, 2), draw.uniform(0.001, 0.01, 4)
    weights = draw.normal(0.0, 0.3, (3, 4))
    found = risk_by_factor(weights, exposures, factors, specific, ("market", "term"))
    whole = risk_by_asset(weights, exposures @ factors @ exposures.T + np.diag(specific), ASSETS)
    np.testing.assert_allclose(found.total, whole.risk.total, rtol=1e-12)
    np.testing.assert_allclose(found.parts.sum(-1), found.total, rtol=1e-12, atol=1e-16)
    assert found.names == ("market", "term", "specific")


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_paths_add_up_to_the_ex_post_tracking_error(seed: int) -> None:
    paths = np.random.default_rng(seed).normal(0.001, 0.01, (2, 36, 3))
    found = realised_risk(paths, 12, ("a", "b", "c"))
    np.testing.assert_allclose(found.total, paths.sum(-1).std(-1, ddof=1) * np.sqrt(12), rtol=1e-12)
    np.testing.assert_allclose(found.parts.sum(-1), found.total, rtol=1e-12, atol=1e-16)
    for row, path in enumerate(paths):
        whole = path.sum(-1)
        mixed = [np.cov(part, whole)[0, 1] / whole.std(ddof=1) for part in path.T]
        np.testing.assert_allclose(found.parts[row], np.array(mixed) * np.sqrt(12), rtol=1e-10, atol=1e-15)


def test_a_tilt_from_bonds_to_equity_by_hand() -> None:
    # Volatilities 20 and 10 %, correlation 0, 10 % moved. Variance .01 * .04 + .01 * .01 = .0005, TE 2.236 %; parts .0004 and
    # .0001 over TE: four fifths and one fifth. MCTE .1 * .04 / TE = .1789 and -.1 * .01 / TE = -.0447; rho .894, -.447.
    found = risk_by_asset(np.array([0.1, -0.1]), np.diag([0.04, 0.01]), ("equity", "bonds"))
    te = 0.0005**0.5
    assert float(found.risk.total) == pytest.approx(te, rel=1e-14)
    np.testing.assert_allclose(found.risk.shares, [0.8, 0.2], rtol=1e-13)
    np.testing.assert_allclose(found.marginal, [0.004 / te, -0.001 / te], rtol=1e-13)
    np.testing.assert_allclose(found.correlation, [0.8**0.5, -(0.2**0.5)], rtol=1e-13)


def test_what_signals_do_not_explain_is_a_row() -> None:
    parts, active = np.array([[0.1, -0.1], [0.05, -0.05]]), np.array([0.12, -0.12])
    found = risk_by_signal(parts, np.diag([0.04, 0.01]), ("trend", "value"), active=active)
    assert found.names == ("trend", "value", "residual")
    np.testing.assert_allclose(found.shares, [0.1 / 0.12, 0.05 / 0.12, -0.03 / 0.12], rtol=1e-12)


def test_without_risk_or_knowledge_parts_are_unknown() -> None:
    cov = np.diag([0.04, 0.01])
    for weights, matrix in ((np.zeros(2), cov), (np.array([np.nan, 1.0]), cov), (np.ones(2), np.full((2, 2), np.nan))):
        found = risk_by_asset(weights, matrix, ("a", "b"))
        assert np.isnan(found.risk.total)
        assert np.isnan(found.risk.parts).all()
        assert np.isnan(risk_by_signal(weights[None], matrix, ("s",)).parts).all()
    still = np.full((12, 2), 0.01)
    for paths in (still, np.empty((0, 2)), still[:1], np.full((12, 2), np.nan)):
        assert np.isnan(realised_risk(paths, 12, ("a", "b")).parts).all()
    cash = risk_by_asset(np.array([0.5, 0.5]), np.diag([0.04, 0.0]), ("equity", "cash"))
    np.testing.assert_allclose(cash.risk.parts, [0.1, 0.0], atol=1e-15)
    assert np.isnan(cash.correlation[1])
    assert risk_by_asset(np.empty((0, 2)), cov, ("a", "b")).risk.parts.shape == (0, 2)
    assert np.isnan(risk_by_factor(np.zeros(2), np.ones((2, 1)), np.eye(1), np.ones(2), ("m",)).parts).all()


def test_wrong_shapes_stop_at_the_door() -> None:
    with pytest.raises(ParameterError, match="assets"):
        risk_by_asset(np.ones(3), np.eye(2), ("a", "b"))
    with pytest.raises(ParameterError, match="signal"):
        risk_by_signal(np.ones((2, 2)), np.eye(2), ("s",))
    with pytest.raises(ParameterError, match="exposures"):
        risk_by_factor(np.ones(2), np.ones((2, 2)), np.eye(1), np.ones(2), ("m",))
    with pytest.raises(ParameterError, match="paths"):
        realised_risk(np.ones((4, 2)), 12, ("a",))
    with pytest.raises(ParameterError, match="group"):
        RiskParts(("a", "b"), np.array(1.0), np.array([0.5, 0.5])).grouped(("x",))
