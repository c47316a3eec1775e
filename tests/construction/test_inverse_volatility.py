"""Weights in proportion to 1 / volatility, and equal ones."""

from __future__ import annotations

import numpy as np
import pytest

from tests.construction.reference import nothing_known, scores_of
from tests.construction.today_of import seen, today_of
from tests.numerics.risk_samples import factor_covariance
from trimtab.construction.equal_weight import EqualWeight
from trimtab.construction.inverse_volatility import InverseVolatility
from trimtab.construction.risk_parity import RiskParity
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.values import Asset

FOUR = tuple(Asset(name, asset_class=of) for name, of in (("EQ", "equity"), ("BD", "bonds"), ("RE", "real"), ("CO", "real")))


def test_the_closed_form():
    # 1/.16, 1/.05, 1/.18, 1/.15 = 6.25, 20, 5.556, 6.667; their sum is 38.472.
    covariance = np.diag(np.array([0.16, 0.05, 0.18, 0.15]) ** 2)[None]
    found = InverseVolatility(universe=FOUR)(*seen(FOUR, covariance))
    np.testing.assert_allclose(found[0], [0.1625, 0.5199, 0.1444, 0.1733], atol=5e-5)


def test_it_is_risk_parity_where_correlations_are_equal():
    volatility = np.array([0.16, 0.05, 0.18, 0.15])
    correlation = np.full((4, 4), 0.3) + 0.7 * np.eye(4)
    asked = seen(FOUR, (correlation * volatility * volatility[:, None])[None])
    np.testing.assert_allclose(InverseVolatility()(*asked), RiskParity()(*asked), atol=1e-12)


def test_a_date_alone_has_the_bits_it_has_among_many():
    covariance = np.stack([factor_covariance(4, seed) for seed in range(5)])
    component = InverseVolatility(("EQ", "real"), FOUR)
    found = component(*seen(FOUR, covariance))
    assert component(*seen(FOUR, covariance[3:4]))[0].tobytes() == found[3].tobytes()
    np.testing.assert_allclose(found.sum(axis=-1), 1.0, atol=1e-15)
    assert (found[:, 1] == 0.0).all()


@pytest.mark.parametrize("broken", [np.nan, 0.0, -0.01, np.inf, 1e-27])
def test_a_volatility_that_is_none_makes_the_date_unknown(broken: float):
    covariance = np.stack([np.diag([0.04, 0.01, 0.04, broken]), np.diag([0.04, 0.01, 0.04, 0.04])])
    found = InverseVolatility(universe=FOUR)(*seen(FOUR, covariance))
    assert np.isnan(found[0]).all()
    assert not np.isnan(found[1]).any()
    assert not np.isnan(InverseVolatility(("EQ", "BD"), FOUR)(*seen(FOUR, covariance))).any()


def sentence(component: InverseVolatility, covariance: Array, asset: int) -> str:
    aim = component(*seen(FOUR, covariance[None]))[0]
    return component.sentence(today_of(FOUR, covariance, aim), asset)


def test_the_sentence_says_volatility_or_why_there_is_none():
    # The harmonic mean of 20 and 10 %: 2 / (5 + 10).
    component = InverseVolatility(("EQ", "BD"), FOUR)
    covariance = np.diag([0.04, 0.01, 0.04, 0.0])
    assert sentence(component, covariance, 1) == "volatility 10.0 %, 2 assets with a harmonic mean of 13.3 %"
    assert sentence(component, covariance, 2) == "takes no part"
    assert sentence(InverseVolatility(universe=FOUR), covariance, 0) == "no weights: CO has no known volatility above 0"
    assert component.words == "in proportion to 1 / volatility of EQ, BD"


def test_equal_weights_whatever_is_known():
    scores = scores_of([np.nan] * 4, [1.0] * 4)
    found = EqualWeight()(scores, *nothing_known(scores))
    assert found.tolist() == [[0.25] * 4] * 2
    some = EqualWeight(("real", "EQ"), FOUR)
    assert some(scores, *nothing_known(scores)).tolist() == [[1 / 3, 0.0, 1 / 3, 1 / 3]] * 2
    assert some.words == "the same weight in real, EQ"
    assert EqualWeight().words == "the same weight in every asset"


@pytest.mark.parametrize("kind", [EqualWeight, InverseVolatility, RiskParity])
def test_names_are_checked_where_the_universe_is_known(kind: type):
    with pytest.raises(ParameterError, match="'XX' is no asset or class"):
        kind(only=("XX",), universe=FOUR)
    assert kind(only=("XX",)).only == ("XX",)
