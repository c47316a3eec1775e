"""How sleeves share the whole: by hand, at least 0 and 1 in all, blind to the order of names, and what is unknown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.construction.mixes import ByState, Equal, Fixed, InverseRisk, Risk
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.values import Forecast, Regime

NAN = np.nan
few = settings(max_examples=25, deadline=None)
STATES = ("calm", "stressed")


def case(seed: int, sleeves: int = 3, dates: int = 5, count: int = 4) -> tuple[tuple[str, ...], Array, Regime, Forecast]:
    """Names, weights (K, D, A), a regime and a forecast."""
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(count), (sleeves, dates))
    x = 0.1 * rng.normal(size=(dates, 3 * count, count))
    chance = rng.random(dates)
    regime = Regime(STATES, np.stack([1.0 - chance, chance], axis=1))
    forecast = Forecast(np.zeros((dates, count)), np.swapaxes(x, 1, 2) @ x)
    return tuple("abc"[:sleeves]), weights, regime, forecast


def known(weights: Array, covariance: Array) -> tuple[Array, Regime, Forecast]:
    """Weights (K, A) on one date under a covariance (A, A)."""
    return weights[:, None], Regime(("all",), np.ones((1, 1))), Forecast(np.zeros((1, len(covariance))), covariance[None])


MIXES: dict[str, Any] = {
    "fixed": Fixed({"a": 0.5, "c": 0.3, "b": 0.2}),
    "equal": Equal(),
    "total": InverseRisk(),
    "active": InverseRisk(Risk.ACTIVE, (0.4, 0.3, 0.2, 0.1)),
    "by state": ByState({"stressed": {"a": 1.0}}, {"a": 0.2, "b": 0.3, "c": 0.5}),
}
every = pytest.mark.parametrize("name", MIXES)


# Laws.


@every
@few
@given(st.integers(0, 10_000))
def test_shares_are_at_least_0_and_1_in_all(name: str, seed: int) -> None:
    names, *rest = case(seed)
    shares = MIXES[name](names, *rest)
    assert shares.shape == (3, 5)
    assert (shares >= 0.0).all()
    np.testing.assert_allclose(shares.sum(axis=0), 1.0, rtol=1e-12)


@every
@few
@given(st.integers(0, 10_000))
def test_the_order_of_the_sleeves_changes_nothing(name: str, seed: int) -> None:
    names, weights, *rest = case(seed)
    order = [2, 0, 1]
    turned = MIXES[name](tuple(names[k] for k in order), weights[order], *rest)
    np.testing.assert_allclose(turned, MIXES[name](names, weights, *rest)[order], rtol=1e-12)


@every
def test_a_date_alone_is_the_date_in_a_batch(name: str) -> None:
    names, weights, regime, forecast = case(1)
    whole = MIXES[name](names, weights, regime, forecast)
    for d in range(5):
        one = slice(d, d + 1)
        alone = MIXES[name](
            names,
            np.ascontiguousarray(weights[:, one]),
            Regime(regime.states, regime.probabilities[one]),
            Forecast(forecast.mean[one], forecast.covariance[one]),
        )
        np.testing.assert_array_equal(alone[:, 0], whole[:, d])


@few
@given(st.integers(0, 10_000), st.floats(1e-6, 1e6))
def test_the_size_of_risk_changes_no_share(seed: int, scale: float) -> None:
    names, weights, regime, forecast = case(seed)
    larger = Forecast(forecast.mean, scale * forecast.covariance)
    one, two = (InverseRisk()(names, weights, regime, each) for each in (forecast, larger))
    np.testing.assert_allclose(one, two, rtol=1e-9)


# By hand.


def test_a_core_and_a_satellite() -> None:
    names, weights, regime, forecast = case(1, sleeves=2)
    shares = Fixed({"a": 0.7, "b": 0.3})(names, weights, regime, forecast)
    assert shares.tolist() == [[0.7] * 5, [0.3] * 5]
    assert Fixed({"b": 1.0})(names, weights, regime, forecast).tolist() == [[0.0] * 5, [1.0] * 5]
    assert Equal()(names, weights, regime, forecast).tolist() == [[0.5] * 5] * 2


def test_inverse_volatility_of_sixteen_five_eighteen_and_fifteen_percent() -> None:
    # METHODS 2.2: .1625 .5199 .1444 .1733, each sleeve one asset, uncorrelated
    shares = InverseRisk()(tuple("abcd"), *known(np.eye(4), np.diag(np.array([0.16, 0.05, 0.18, 0.15]) ** 2)))
    np.testing.assert_allclose(shares[:, 0], [0.1625, 0.5199, 0.1444, 0.1733], atol=5e-5)


def test_inverse_tracking_error_by_hand() -> None:
    # Volatilities 20 % and 10 %, uncorrelated, benchmark half and half. 0.6/0.4 is off by (.1, -.1): sqrt(.0004 + .0001);
    # 0.8/0.2 by (.3, -.3): three times as much. So 3/4 and 1/4.
    weights = np.array([[0.6, 0.4], [0.8, 0.2]])
    shares = InverseRisk(Risk.ACTIVE, (0.5, 0.5))(("a", "b"), *known(weights, np.diag([0.04, 0.01])))
    np.testing.assert_allclose(shares[:, 0], [0.75, 0.25], rtol=1e-12)


def test_states_that_are_probable_are_weighed() -> None:
    # stressed at 0.25: a gets 0.25 x 1 + 0.75 x 0.2 = 0.4
    regime = Regime(STATES, np.array([[0.75, 0.25], [1.0, 0.0], [0.0, 1.0]]))
    mix = ByState({"stressed": {"a": 1.0}}, {"a": 0.2, "b": 0.8})
    shares = mix(("a", "b"), np.zeros((2, 3, 1)), regime, Forecast(np.zeros((3, 1)), np.zeros((3, 1, 1))))
    np.testing.assert_allclose(shares, [[0.4, 0.2, 1.0], [0.6, 0.8, 0.0]], rtol=1e-12)
    assert mix.without_regime() == Fixed({"a": 0.2, "b": 0.8})


# What is unknown.


def test_an_unknown_covariance_or_weight_leaves_no_share_of_its_date() -> None:
    names, weights, regime, forecast = case(2)
    covariance = np.array(forecast.covariance)
    covariance[1] = NAN
    weights = weights.copy()
    weights[2, 3] = NAN
    shares = InverseRisk()(names, weights, regime, Forecast(forecast.mean, covariance))
    assert np.isnan(shares[:, [1, 3]]).all()
    assert np.isfinite(shares[:, [0, 2, 4]]).all()


def test_a_sleeve_without_risk_counts_as_the_mean_of_the_others() -> None:
    # All in cash beside 20 % and 10 %: inverses 5 and 10, their mean 7.5; 5 : 10 : 7.5 of 22.5
    weights = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    shares = InverseRisk()(tuple("abc"), *known(weights, np.diag([0.04, 0.01])))
    np.testing.assert_allclose(shares[:, 0], np.array([5.0, 10.0, 7.5]) / 22.5, rtol=1e-12)
    nothing = InverseRisk()(tuple("abc"), *known(np.zeros((3, 2)), np.diag([0.04, 0.01])))
    np.testing.assert_allclose(nothing[:, 0], 1.0 / 3.0)


def test_an_unknown_regime_leaves_no_share() -> None:
    regime = Regime(STATES, np.array([[NAN, NAN], [1.0, 0.0]]))
    shares = MIXES["by state"](tuple("abc"), np.zeros((3, 2, 1)), regime, Forecast(np.zeros((2, 1)), np.zeros((2, 1, 1))))
    assert np.isnan(shares[:, 0]).all()
    assert np.isfinite(shares[:, 1]).all()


@every
def test_no_date_is_no_share(name: str) -> None:
    nobody = Forecast(np.empty((0, 4)), np.empty((0, 4, 4)))
    shares = MIXES[name](tuple("abc"), np.empty((3, 0, 4)), Regime(STATES, np.empty((0, 2))), nobody)
    assert shares.shape == (3, 0)


# What is wrong.


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Fixed({"a": 0.7, "b": 0.2}), "shares add up to 0.9, not to 1"),
        (lambda: Fixed({"a": 1.5, "b": -0.5}), "shares add up to 1, not to 1|below 0"),
        (lambda: Fixed({}), "shares add up to 0, not to 1"),
        (lambda: Fixed({"a": NAN}), "not to 1"),
        (lambda: ByState({"x": {"a": 0.5}}, {"a": 1.0}), "shares add up to 0.5, not to 1"),
        (lambda: ByState({}, {}), "otherwise add up to 0, not to 1"),
    ],
)
def test_shares_that_are_no_whole_are_refused(make: Any, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        make()


def test_a_state_that_nobody_tells_apart_is_named() -> None:
    names, *rest = case(1)
    with pytest.raises(ParameterError, match="'panic' is no state of the regime") as caught:
        ByState({"panic": {"a": 1.0}}, {"a": 1.0})(names, *rest)
    assert caught.value.remedy == "The regime has calm, stressed."


def test_an_active_mix_needs_its_benchmark() -> None:
    names, *rest = case(1)
    with pytest.raises(InvariantError, match="the benchmark of a mix"):
        InverseRisk(Risk.ACTIVE)(names, *rest)


def test_the_words_and_what_each_reads() -> None:
    assert MIXES["fixed"].words == "fixed shares (a 50 %, c 30 %, b 20 %)"
    assert MIXES["equal"].words == "equal shares"
    assert MIXES["total"].words == "the inverse of each one's volatility"
    assert MIXES["active"].words == "the inverse of each one's tracking error"
    assert MIXES["by state"].words == ("the state of the market (while stressed a 100 %; otherwise a 20 %, b 30 %, c 50 %)")
    assert MIXES["by state"].speaks_of == ("a", "b", "c")
    assert MIXES["by state"].reads_regime
    assert MIXES["total"].reads_covariance
