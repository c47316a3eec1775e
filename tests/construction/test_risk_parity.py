"""Risk parity, by asset and by class, with and without bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.reference import universe
from tests.construction.today_of import seen, today_of
from tests.numerics.risk_samples import factor_covariance
from trimtab.construction.limits import Of
from trimtab.construction.risk_parity import RiskParity
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.values import Asset
from trimtab.desk.load import policy_from
from trimtab.numerics.risk_contributions import contributions

SIX = universe(6)  # A0 .. A5: equity, bonds, real by turns
FOUR = tuple(Asset(name, asset_class=of) for name, of in (("EQ", "equity"), ("SC", "equity"), ("BD", "bonds"), ("TB", "cash")))


def weights(component: RiskParity, covariance: Array) -> Array:
    known = component.universe or universe(covariance.shape[-1])
    return component(*seen(known, covariance))


# Laws.


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), count=st.integers(1, 6), equity=st.floats(0.05, 20.0), bonds=st.floats(0.05, 20.0))
def test_shares_of_risk_are_those_it_promises(seed: int, count: int, equity: float, bonds: float):
    covariance = np.stack([factor_covariance(count, seed), factor_covariance(count, seed + 1)])
    assets = universe(count)
    known = {asset.asset_class for asset in assets}
    budget = {name: one for name, one in (("equity", equity), ("bonds", bonds), ("real", 1.0)) if name in known}
    for component in (RiskParity(universe=assets), RiskParity(budget, Of.CLASS, universe=assets)):
        found = weights(component, covariance)
        np.testing.assert_allclose(contributions(found, covariance), np.stack([component.budgets] * 2), atol=1e-10)
        assert abs(component.budgets.sum() - 1.0) < 1e-15
        assert weights(component, covariance[1:])[0].tobytes() == found[1].tobytes()


def test_permuting_the_assets_permutes_the_weights():
    order, covariance = np.random.default_rng(3).permutation(6), factor_covariance(6, 3)
    for component in (RiskParity(of=Of.CLASS, universe=SIX), RiskParity(at_most=0.2, universe=SIX)):
        moved = RiskParity(of=component.of, at_most=component.at_most, universe=tuple(SIX[i] for i in order))
        found = weights(component, covariance[None])[0]
        np.testing.assert_allclose(weights(moved, covariance[None][:, order][:, :, order])[0], found[order], atol=1e-12)


def test_bounds_hold_and_one_date_has_the_bits_of_many():
    covariance = np.stack([factor_covariance(6, seed) for seed in range(5)])
    component = RiskParity(at_least=0.1, at_most=0.22, universe=SIX)
    found = weights(component, covariance)
    assert (found >= 0.1 - 1e-15).all()
    assert (found <= 0.22 + 1e-15).all()
    np.testing.assert_allclose(found.sum(axis=-1), 1.0, atol=1e-12)
    assert weights(component, covariance[2:3])[0].tobytes() == found[2].tobytes()


# By hand.


def test_nested_budgets_by_hand():
    # Uncorrelated at 20, 20 and 10 %: w ~ sqrt(b) / s. Classes half and half, equity halved again: b = .25, .25, .5, so
    # w ~ .5/.2, .5/.2, .7071/.1 = 2.5, 2.5, 7.071; their sum is 12.071.
    assets = FOUR[:3]
    found = weights(RiskParity(of=Of.CLASS, universe=assets), np.diag([0.04, 0.04, 0.01])[None])
    np.testing.assert_allclose(found[0], np.array([2.5, 2.5, 50**0.5]) / (5.0 + 50**0.5), rtol=1e-12)


def test_who_takes_no_part_gets_nothing_and_may_be_unknown():
    covariance = np.diag([0.04, 0.01, 0.0025, np.nan])
    covariance[3] = covariance[:, 3] = np.nan
    component = RiskParity(only=("equity", "BD"), universe=FOUR)
    found = weights(component, np.stack([covariance, np.full((4, 4), np.nan)]))
    # Inverse volatility: 1/.2, 1/.1, 1/.05 = 5, 10, 20 of 35.
    np.testing.assert_allclose(found[0], [1 / 7, 2 / 7, 4 / 7, 0.0], rtol=1e-12)
    assert np.isnan(found[1]).all()
    np.testing.assert_allclose(component.budgets, [1 / 3, 1 / 3, 1 / 3, 0.0])


@pytest.mark.parametrize("broken", [np.nan, 0.0, 1e-27, -0.01])
@pytest.mark.parametrize("bounds", [{}, {"at_most": 0.5}])
def test_a_date_that_cannot_be_worked_out_is_unknown_in_all_weights(broken: float, bounds: dict[str, float]):
    covariance = np.stack([factor_covariance(4)] * 2)
    covariance[0, 3, :3] = covariance[0, :3, 3] = 0.0
    covariance[0, 3, 3] = broken
    found = weights(RiskParity(universe=FOUR, **bounds), covariance)
    assert np.isnan(found[0]).all()
    assert abs(found[1].sum() - 1.0) < 1e-12


# What it says.


def test_the_words_say_the_rule():
    assert RiskParity().words == "equal risk contributions"
    assert RiskParity(of=Of.CLASS).words == "equal risk contributions of classes, equal within each"
    by_class = RiskParity({"equity": 3.0, "bonds": 1.0}, Of.CLASS, at_most=0.4)
    assert by_class.words == (
        "risk budgets equity 75 %, bonds 25 % of classes, equal within each, each weight from 0 % to 40 %"
    )
    assert RiskParity(only=("EQ", "BD")).words == "equal risk contributions, EQ, BD alone"


def test_the_sentence_says_share_volatility_and_budget():
    covariance = np.diag([0.04, 0.04, 0.01, 0.0])
    component = RiskParity({"EQ": 1.0, "SC": 1.0, "BD": 2.0}, only=("EQ", "SC", "BD"), universe=FOUR)
    today = today_of(FOUR, covariance, weights(component, covariance[None])[0])
    assert component.sentence(today, 2) == "50.0 % of the risk at 10.0 % volatility; budget 50 %"
    assert component.sentence(today, 3) == "takes no part"


def test_the_sentence_says_when_bounds_keep_shares_from_the_budgets():
    covariance = np.diag([0.04, 0.01])
    component = RiskParity(at_most=0.6, universe=FOUR[1:3])
    today = today_of(FOUR[1:3], covariance, weights(component, covariance[None])[0])
    # 40 and 60 %: variances .16*.04 = .0064 and .36*.01 = .0036, so 64 and 36 % of the risk.
    assert component.sentence(today, 1) == (
        "36.0 % of the risk at 10.0 % volatility; budget 50 %; held at the most of 60 %, so the share is not the budget"
    )
    assert component.sentence(today, 0).endswith("budget 50 %; bounds on other weights keep shares from the budgets")


@pytest.mark.parametrize(
    ("covariance", "reason"),
    [
        (np.diag([0.04, 0.04, np.nan]), "the covariance of BD is unknown"),
        (np.diag([0.04, 0.04, 0.0]), "BD has no variance"),
        (np.eye(3) - 0.9 * (1.0 - np.eye(3)), "the covariance is not positive semidefinite"),
    ],
)
def test_the_sentence_says_why_there_are_no_weights(covariance: Array, reason: str):
    component = RiskParity(universe=FOUR[:3])
    today = today_of(FOUR[:3], covariance, weights(component, covariance[None])[0])
    assert component.sentence(today, 0).startswith(f"no weights: {reason}")


# Parameters.

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"budget": {"XX": 1.0}}, "'XX' is no asset that takes part", "EQ, SC, BD, TB"),
    ({"budget": {"equity": 1.0}, "of": Of.ASSET}, "'equity' is no asset", ""),
    ({"budget": {"EQ": 1.0}}, "asset 'SC' has no budget", "only"),
    ({"budget": {"EQ": 1.0, "TB": 1.0}, "only": ("EQ",)}, "'TB' is no asset that takes part", "EQ"),
    ({"budget": {"EQ": 0.0}}, "the budget of 'EQ' is 0", "above 0"),
    ({"budget": {"EQ": float("nan")}}, "the budget of 'EQ' is nan", "above 0"),
    ({"only": ("ZZ",)}, "'ZZ' is no asset or class", "EQ, SC"),
    ({"at_least": 0.3}, "4 weights of at least 0.3 sum to more than 1", "0.25"),
    ({"at_most": 0.2}, "4 weights of at most 0.2 sum to less than 1", "0.25"),
    ({"at_most": 20.0}, "at_most is 20", "did you mean 0.20"),
]


@pytest.mark.parametrize(("given", "what", "remedy"), WRONG, ids=[what for _, what, _ in WRONG])
def test_wrong_parameters_are_refused_at_the_door(given: dict[str, Any], what: str, remedy: str):
    with pytest.raises(ParameterError, match=what) as caught:
        RiskParity(universe=FOUR, **given)
    assert remedy in str(caught.value)


def test_classes_need_names():
    with pytest.raises(ParameterError, match="'X' has no class"):
        RiskParity(of=Of.CLASS, universe=(Asset("X"),))


def test_a_policy_builds_it():
    policy = policy_from(
        {
            "trimtab": 1,
            "name": "parity",
            "since": "2005-01-01",
            "capital": "100000 USD",
            "universe": {"SPY": {"class": "equity"}, "EFA": {"class": "equity"}, "IEF": {"class": "bonds"}},
            "benchmark": {"SPY": 0.4, "EFA": 0.2, "IEF": 0.4},
            "signals": {"trend": {"use": "trend", "window": "10M"}},
            "combine": {"use": "vote"},
            "forecast": {"use": "ewma"},
            "allocator": {
                "use": "trimtab.construction.risk_parity:RiskParity",
                "budget": {"equity": 60, "bonds": 40},
                "of": "class",
                "at_most": 0.9,
            },
        }
    )
    np.testing.assert_allclose(policy.allocator.budgets, [0.3, 0.3, 0.4])  # type: ignore[attr-defined]
    assert policy.allocator.reads_covariance  # type: ignore[attr-defined]
    assert isinstance(hash(policy.allocator), int)
