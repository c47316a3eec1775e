"""Hierarchical risk parity: laws, hand-worked cases, published packages, edge cases, planted faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import leaves_list
from scipy.cluster.hierarchy import linkage as scipy_linkage

from tests.construction.hierarchical_reference import covariances, one_by_one, tied
from tests.construction.reference import universe
from tests.forecasts.he_litterman import COUNTRIES, SIGMA
from tests.numerics.sklearn_alone import no_plugins
from trimtab.construction.hierarchical import Distance, HierarchicalRiskParity, halved
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.values import Aims, Asset, Days, Forecast, Parts, Regime, Scores, Today
from trimtab.numerics.linkage import Linkage

few = settings(max_examples=40, deadline=None)
NATIONS = tuple(Asset(name) for name in COUNTRIES)
EVERY = [(distance, linkage) for distance in Distance for linkage in Linkage]
Way = Callable[[HierarchicalRiskParity, Array], Array]


def asked(covariance: Array, assets: tuple[Asset, ...]) -> tuple[Scores, Regime, Forecast]:
    unknown = np.full(covariance.shape[:-1], np.nan)
    return Scores(assets, unknown), Regime((), np.empty((len(covariance), 0))), Forecast(unknown, covariance)


def ours(parity: HierarchicalRiskParity, covariance: Array) -> Array:
    """Weights (D, A) of covariances (D, A, A)."""
    return parity(*asked(covariance, parity.universe or universe(covariance.shape[-1])))


# Laws.


@few
@given(st.integers(0, 10_000), st.integers(2, 12), st.sampled_from(EVERY))
def test_it_is_what_scipys_tree_and_the_article_say(seed: int, count: int, kind: tuple[Distance, Linkage]) -> None:
    parity, sigma = HierarchicalRiskParity(*kind), covariances(seed, 3, count)
    found = ours(parity, sigma)
    np.testing.assert_allclose(found, one_by_one(parity, sigma), atol=1e-12)
    np.testing.assert_allclose(found.sum(-1), 1.0, atol=1e-12)
    assert (found > 0.0).all()


def check_permutation(way: Way) -> None:
    for seed in range(25):
        rng = np.random.default_rng(seed)
        count = int(rng.integers(2, 9))
        order = rng.permutation(count)
        sigma = covariances(seed, 2, count) if seed % 2 else np.tile(tied(count), (2, 1, 1))
        assets = universe(count)
        moved = tuple(assets[k] for k in order)
        for kind in EVERY:
            whole = way(HierarchicalRiskParity(*kind, universe=assets), sigma)
            other = way(HierarchicalRiskParity(*kind, universe=moved), np.ascontiguousarray(sigma[:, order][:, :, order]))
            assert other.tobytes() == whole[:, order].tobytes()


def test_permuting_a_universe_permutes_the_answer_to_the_bit_ties_and_all() -> None:
    check_permutation(ours)


@few
@given(st.integers(0, 10_000), st.sampled_from(EVERY), st.floats(1e-6, 1e6))
def test_the_scale_of_risk_changes_nothing(seed: int, kind: tuple[Distance, Linkage], scale: float) -> None:
    sigma = covariances(seed, 2, 6)
    parity = HierarchicalRiskParity(*kind)
    np.testing.assert_allclose(ours(parity, scale * sigma), ours(parity, sigma), rtol=1e-9)
    evens = np.tile(tied(7), (1, 1, 1))
    np.testing.assert_allclose(ours(parity, scale * evens), ours(parity, evens), rtol=1e-9)


@pytest.mark.parametrize("kind", EVERY)
def test_a_date_alone_has_the_bits_it_has_among_many(kind: tuple[Distance, Linkage]) -> None:
    sigma = covariances(7, 9, 7)
    sigma[3] = np.nan
    parity = HierarchicalRiskParity(*kind)
    whole = ours(parity, sigma)
    assert ours(parity, np.asfortranarray(sigma)).tobytes() == whole.tobytes()
    for d in range(len(sigma)):
        assert ours(parity, sigma[d : d + 1])[0].tobytes() == whole[d].tobytes()


# Worked by hand.


@pytest.mark.parametrize("kind", EVERY)
def test_two_assets_share_by_inverse_variance(kind: tuple[Distance, Linkage]) -> None:
    # Volatilities 10 and 20 %: variances .01 and .04, so 4 to 1, whatever the correlation.
    for rho in (-0.9, 0.0, 0.5, 1.0):
        sigma = np.array([[[0.01, rho * 0.02], [rho * 0.02, 0.04]]])
        np.testing.assert_allclose(ours(HierarchicalRiskParity(*kind), sigma), [[0.8, 0.2]], atol=1e-14)


def test_three_assets_by_hand() -> None:
    # Correlation of A1 and A2 is .8, all others 0; every volatility is 10 %. A1 and A2 join; A0, a leaf, stands left of them.
    # The list A0, A1, A2 is halved into A0 (variance .01) and A1, A2 (half each: .01 (1 + .8) / 2 = .009):
    # A0 gets .009 / .019 = 47.37 %, the others half of the rest each.
    sigma = 0.01 * np.array([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.8], [0.0, 0.8, 1.0]]])
    for kind in EVERY:
        parity = HierarchicalRiskParity(*kind)
        assert parity.leaf_order(sigma).tolist() == [[0, 1, 2]]
        np.testing.assert_allclose(ours(parity, sigma), [[9.0 / 19.0, 5.0 / 19.0, 5.0 / 19.0]], atol=1e-14)


def test_only_the_named_take_part() -> None:
    sigma = covariances(2, 2, 5)
    some = ("A0", "A3", "A4")
    found = ours(HierarchicalRiskParity(only=some, universe=universe(5)), sigma)
    part = sigma[:, [0, 3, 4]][:, :, [0, 3, 4]]
    assert found[:, [1, 2]].tolist() == [[0.0, 0.0]] * 2
    assert found[:, [0, 3, 4]].tobytes() == ours(HierarchicalRiskParity(), part).tobytes()
    sigma[:, 1] = np.nan  # what is unknown of the others is not asked for
    sigma[:, :, 1] = np.nan
    assert ours(HierarchicalRiskParity(only=some, universe=universe(5)), sigma).tobytes() == found.tobytes()
    assert HierarchicalRiskParity(only=("A3",), universe=universe(5)).leaf_order(sigma).tolist() == [[3], [3]]


# Outside oracles.

GOLDEN = {
    Distance.LDP: ("25.704 15.968 6.548 5.484 22.002 11.332 12.962", "JAP AUL CAN USA UK FRA GER"),
    Distance.PLAIN: ("25.089 11.030 7.067 5.918 21.839 16.057 12.998", "JAP AUL UK FRA GER CAN USA"),
}


@pytest.mark.parametrize("distance", GOLDEN)
def test_he_and_littermans_countries(distance: Distance) -> None:
    weights, order = GOLDEN[distance]
    parity = HierarchicalRiskParity(distance, universe=NATIONS)
    np.testing.assert_allclose(100.0 * ours(parity, SIGMA[None])[0], [float(word) for word in weights.split()], atol=5e-4)
    assert [COUNTRIES[k] for k in parity.leaf_order(SIGMA)] == order.split()


@pytest.mark.parametrize("linkage", Linkage)
def test_the_square_handed_to_scipy_is_ldp(linkage: Linkage) -> None:
    # The article's own code does so: scipy takes the rows of a square for points.
    deviation = np.sqrt(np.diag(SIGMA))
    square = np.sqrt((1.0 - SIGMA / np.outer(deviation, deviation)).clip(0.0) / 2.0)
    with pytest.warns(match="looks suspiciously like"):
        tree = scipy_linkage(square, linkage.value)
    found = HierarchicalRiskParity(Distance.LDP, linkage, universe=NATIONS).leaf_order(SIGMA)
    assert found.tolist() == leaves_list(tree).tolist()


@pytest.mark.parametrize("linkage", Linkage)
@pytest.mark.parametrize("seed", range(4))
def test_pypfopt_agrees_on_plain(linkage: Linkage, seed: int) -> None:
    outside = import_module("pypfopt.hierarchical_portfolio")
    sigma = SIGMA if seed == 0 else covariances(seed, 1, 4 + 3 * seed)[0]
    names = [f"A{k:02d}" for k in range(len(sigma))]
    model = outside.HRPOpt(cov_matrix=pd.DataFrame(sigma, names, names))
    want = model.optimize(linkage_method=linkage.value)
    found = ours(HierarchicalRiskParity(Distance.PLAIN, linkage), sigma[None])[0]
    np.testing.assert_allclose(found, [want[name] for name in names], atol=1e-12)


@pytest.mark.parametrize("linkage", Linkage)
def test_skfolio_agrees_on_plain_where_it_leaves_the_tree_as_it_is(linkage: Linkage) -> None:
    # By default it also turns branches around (optimal leaf ordering), which is another question.
    with no_plugins():
        optimization, cluster = import_module("skfolio.optimization"), import_module("skfolio.cluster")
        seriation, distance = import_module("skfolio.seriation"), import_module("skfolio.distance")
        rows = np.random.default_rng(5).normal(size=(300, 9)) @ np.random.default_rng(6).normal(size=(9, 9)) * 0.01
        how = cluster.HierarchicalClustering(linkage_method=cluster.LinkageMethod[linkage.name])
        order = seriation.HierarchicalSeriation(hierarchical_clustering_estimator=how, optimal_ordering=False)
        model = optimization.HierarchicalRiskParity(distance_estimator=distance.PearsonDistance(), seriation_estimator=order)
        want = model.fit(rows).weights_
    found = ours(HierarchicalRiskParity(Distance.PLAIN, linkage), np.cov(rows.T)[None])[0]
    np.testing.assert_allclose(found, want, atol=1e-9)


# Edges.


def spoilt(kind: str) -> Array:
    sigma = tied(4)
    if kind == "one covariance unknown":
        sigma[1, 2] = sigma[2, 1] = np.nan
    elif kind == "an asset unknown":
        sigma[3] = sigma[:, 3] = np.nan
    elif kind == "infinite":
        sigma[0, 0] = np.inf
    elif kind == "no variance":
        sigma[2] = sigma[:, 2] = 0.0
    elif kind == "negative variance":
        sigma[2, 2] = -0.04
    elif kind == "indefinite":
        sigma = 0.04 * np.where(np.eye(4) > 0, 1.0, -0.9)
    elif kind == "not symmetric":
        sigma[0, 1] *= 1.5
    else:
        sigma[:] = np.nan
    return sigma


REASONS = {
    "one covariance unknown": "a covariance is unknown",
    "an asset unknown": "the covariance of A3 is unknown",
    "infinite": "a covariance is unknown",
    "no variance": "A2 has not varied",
    "negative variance": "A2 has not varied",
    "indefinite": "not symmetric and positive semidefinite",
    "not symmetric": "not symmetric and positive semidefinite",
    "all unknown": "the covariance of A0, A1, A2, A3 is unknown",
}


@pytest.mark.parametrize("kind", REASONS)
def test_what_cannot_be_worked_out_is_unknown_and_says_why(kind: str) -> None:
    sigma = np.stack([tied(4), spoilt(kind), tied(4)])
    parity = HierarchicalRiskParity(universe=universe(4))
    found = ours(parity, sigma)
    assert np.isnan(found[1]).all()
    assert np.isfinite(found[[0, 2]]).all()
    assert parity.leaf_order(sigma)[1].tolist() == [-1] * 4
    assert REASONS[kind] in parity.sentence(day(sigma[1]), 0)


def test_a_singular_covariance_will_do() -> None:
    x = np.random.default_rng(1).normal(size=(3, 6))  # three rows, six assets: rank 3
    parity = HierarchicalRiskParity()
    np.testing.assert_allclose(ours(parity, (x.T @ x)[None]), one_by_one(parity, (x.T @ x)[None]), atol=1e-9)


def test_assets_that_move_as_one_tie_by_name() -> None:
    sigma = np.full((1, 4, 4), 0.04)
    assert ours(HierarchicalRiskParity(universe=universe(4)), sigma).tolist() == [[0.25] * 4]


@pytest.mark.parametrize("kind", EVERY)
def test_rounding_does_not_tell_assets_apart_that_move_as_one(kind: tuple[Distance, Linkage]) -> None:
    # A correlation of 1 less 1e-16 is a distance of 1e-8: what rounding leaves must not order the leaves.
    deviation = np.random.default_rng(2).uniform(0.05, 0.4, (30, 6))
    sigma = deviation[:, :, None] * deviation[:, None, :]
    want = HierarchicalRiskParity(*kind).leaf_order(np.ones((6, 6)))
    assert (HierarchicalRiskParity(*kind).leaf_order(sigma) == want).all()


def test_two_halves_that_cancel_out_have_no_answer() -> None:
    # Four assets with correlations of -1/3 and equal parts of each: 4 - 12 / 3 = 0, but for rounding.
    variance = np.random.default_rng(0).uniform(0.01, 0.1, 200)
    sigma = np.zeros((200, 8, 8))
    sigma[:, :4, :4] = sigma[:, 4:, 4:] = variance[:, None, None] * np.where(np.eye(4) > 0, 1.0, -1.0 / 3.0)
    assert np.isnan(halved(sigma)).all()


def test_one_asset_gets_everything_and_none_gets_nothing() -> None:
    assert ours(HierarchicalRiskParity(), np.array([[[0.04]], [[np.nan]]]))[:1].tolist() == [[1.0]]
    assert np.isnan(ours(HierarchicalRiskParity(), np.array([[[np.nan]]]))).all()
    assert ours(HierarchicalRiskParity(), np.empty((0, 3, 3))).shape == (0, 3)


def test_a_badly_scaled_covariance_has_weights_that_sum_to_one() -> None:
    deviation = 10.0 ** np.linspace(-8.0, 3.0, 12)
    sigma = covariances(4, 1, 12)[0]
    own = np.sqrt(np.diag(sigma))
    found = ours(HierarchicalRiskParity(), (sigma * np.outer(deviation / own, deviation / own))[None])
    np.testing.assert_allclose(found.sum(-1), 1.0, atol=1e-12)
    assert (found >= 0.0).all()


# In words.


def day(sigma: Array) -> Today:
    count = len(sigma)
    scores, regime, forecast = asked(sigma[None], universe(count))
    days = Days(np.array(["2024-05-31"], dtype="datetime64[D]"), np.array(["2024-05-31T22"], dtype="datetime64[s]"))
    zero = np.zeros((1, count))
    parts = Parts(scores.assets, (), np.empty((0, 1, count)))
    return Aims(days, scores.assets, parts, regime, scores, forecast, zero, zero, zero[:, 0] > 1, days.cutoffs).row(0)


def test_a_sentence_tells_the_order_and_the_halves() -> None:
    sigma = 0.01 * np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.8], [0.0, 0.8, 1.0]])
    parity = HierarchicalRiskParity(universe=universe(3))
    want = "order A0, A1, A2: 52.6 % to A1, A2; of that 50.0 % to A2; in all 26.3 %"
    assert parity.sentence(day(sigma), 2) == want
    assert parity.sentence(day(sigma), 0) == "order A0, A1, A2: 47.4 % to A0; in all 47.4 %"
    some = HierarchicalRiskParity(only=("A1",), universe=universe(3))
    assert some.sentence(day(sigma), 0) == "A0 takes no part"
    assert some.sentence(day(sigma), 1) == "order A1: all to it alone; in all 100.0 %"


def test_words_name_the_conventions() -> None:
    assert "single linkage on distances of the columns of sqrt" in HierarchicalRiskParity().words
    plain = HierarchicalRiskParity(Distance.PLAIN, Linkage.WARD, ("A1", "A2")).words
    assert plain.startswith("hierarchical risk parity among A1, A2 (ward linkage on distances sqrt")


# At the door.


def test_wrong_parameters_are_refused() -> None:
    with pytest.raises(ParameterError, match="'gold' is no asset") as caught:
        HierarchicalRiskParity(only=("gold",), universe=universe(2))
    assert caught.value.field == "only"
    with pytest.raises(InvariantError, match="universe"):
        HierarchicalRiskParity(universe=universe(2))(*asked(covariances(0, 1, 3), universe(3)))


# Planted faults.


def ties_by_place(parity: HierarchicalRiskParity, sigma: Array) -> Array:
    """Without the names, ties go to whichever comes first."""
    return ours(replace(parity, universe=()), sigma)


def test_ties_by_place_are_caught() -> None:
    with pytest.raises(AssertionError):
        check_permutation(ties_by_place)
