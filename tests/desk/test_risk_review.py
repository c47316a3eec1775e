"""Where the risk lay: shares against results made by hand, budgets met and missed, and what is said in sentences."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from tests.desk import worlds
from trimtab.core.arrays import Array
from trimtab.desk.backtest import backtest
from trimtab.desk.result import Result
from trimtab.desk.risk_review import MISSED, RiskReview, review_risk, risk_words
from trimtab.forecasts.none import NoForecast

NAN = np.nan
# Volatilities 20 % and 10 %, correlation 0.
SQUARE = np.array([[0.04, 0.0], [0.0, 0.01]])


def made(targets: Any, covariances: Any = SQUARE, budgets: Any = None, forecaster: Any = "somebody") -> Result:
    """A result with these targets (F, A), under one covariance or one each."""
    count = len(targets)
    matrices = np.broadcast_to(np.asarray(covariances), (count, *np.shape(covariances)[-2:]))
    dates = np.datetime64("2020-01-31") + 30 * np.arange(count)
    decisions = tuple(
        SimpleNamespace(
            target=np.array(target, dtype=float),
            today=SimpleNamespace(when=day, forecast=SimpleNamespace(covariance=matrix)),
        )
        for target, matrix, day in zip(targets, matrices, dates, strict=True)
    )
    allocator = SimpleNamespace() if budgets is None else SimpleNamespace(budgets=np.array(budgets))
    policy = SimpleNamespace(forecaster=forecaster, allocator=allocator)
    return cast("Result", SimpleNamespace(policy=policy, decisions=decisions))


def review(*args: Any, **options: Any) -> RiskReview:
    found = review_risk(made(*args, **options))
    assert found is not None
    return found


def test_shares_of_two_assets_by_hand() -> None:
    # 60/40: variances 0.36 x 0.04 = 0.0144 and 0.16 x 0.01 = 0.0016; 90 % and 10 % of 0.016, volatility 12.65 %
    found = review([[0.6, 0.4], [0.5, 0.5], [1.0, 0.0]])
    np.testing.assert_allclose(found.shares, [[0.9, 0.1], [0.8, 0.2], [1.0, 0.0]], rtol=1e-12)
    np.testing.assert_allclose(found.volatility, np.sqrt([0.016, 0.0125, 0.04]), rtol=1e-12)
    assert not found.missed.any()
    assert found.worst == 0.0


def test_a_hedge_has_a_share_below_zero() -> None:
    # correlation -0.9: covariance -0.018; 0.8/0.2: w'Cw = 0.0256 + 0.0004 - 2 x 0.16 x 0.018 = 0.02024
    found = review([[0.8, 0.2]], [[0.04, -0.018], [-0.018, 0.01]])
    np.testing.assert_allclose(found.shares[0], np.array([0.0256 - 0.00288, 0.0004 - 0.00288]) / 0.02024, rtol=1e-12)


def test_what_is_not_held_may_be_unknown() -> None:
    found = review([[1.0, 0.0], [0.5, 0.5]], [[0.04, NAN], [NAN, NAN]])
    assert found.shares[0].tolist() == [1.0, 0.0]
    assert np.isnan(found.shares[1]).all()
    assert np.isnan(found.volatility[1])


def test_nothing_held_and_nothing_known_is_unknown_without_a_warning() -> None:
    found = review([[0.0, 0.0], [0.5, 0.5]], [[[0.04, 0.0], [0.0, 0.01]], [[NAN, NAN], [NAN, NAN]]], budgets=[0.5, 0.5])
    assert np.isnan(found.shares).all()
    assert found.volatility[0] == 0.0
    assert not found.missed.any()
    assert found.worst == 0.0
    assert "Contributions to risk are unknown on every date." in risk_words(found)
    assert risk_words(review([[0.5, 0.5]], np.full((2, 2), NAN)))[0].endswith("as forecast: unknown a year.")


def test_budgets_met_and_missed_by_hand() -> None:
    # parity is 1/3 and 2/3: equal shares. 0.35/0.65: 0.0049 and 0.004225, shares .537 and .463: missed by 3.7 %
    found = review([[1 / 3, 2 / 3], [0.35, 0.65], [0.334, 0.666]], budgets=[0.5, 0.5])
    assert found.missed.tolist() == [False, True, False]
    assert found.worst == pytest.approx(0.0049 / 0.009125 - 0.5)
    said = risk_words(found)[-1]
    assert said == (
        "On 1 of 3 dates bounds, limits or bands made contributions to risk miss their budgets, by up to 3.7 % of the risk."
    )


def test_dates_of_which_nothing_is_known_do_not_count() -> None:
    """Regression: all dates counted, and an unknown one passed for one that met its budgets."""
    unknown = np.full((2, 2), NAN)
    found = review([[0.35, 0.65], [0.35, 0.65]], [SQUARE, unknown], budgets=[0.5, 0.5])
    assert "On 1 of 1 dates" in risk_words(found)[-1]


def test_just_within_the_tolerance_is_met() -> None:
    # share s of the first asset with weight w: 4 w^2 / (4 w^2 + (1 - w)^2)
    def weights(share: float) -> list[float]:
        w = 1.0 / (1.0 + 2.0 * np.sqrt((1.0 - share) / share))
        return [w, 1.0 - w]

    found = review([weights(0.5 + 0.99 * MISSED), weights(0.5 + 1.01 * MISSED)], budgets=[0.5, 0.5])
    assert found.missed.tolist() == [False, True]


def test_without_a_forecast_or_a_decision_there_is_nothing_to_review() -> None:
    assert review_risk(made([[0.5, 0.5]], forecaster=NoForecast())) is None
    assert review_risk(made(np.empty((0, 2)))) is None


def test_all_met_is_said() -> None:
    said = risk_words(review([[1 / 3, 2 / 3]], budgets=[0.5, 0.5]))
    # 1/9 x 0.04 + 4/9 x 0.01 = 0.00889: 9.4 %
    assert said == (
        "Volatility of the targets, as forecast: 9.4 to 9.4 % a year.",
        "Every target gives each asset its budget of risk.",
    )


# Through a whole backtest.


def parity(**changes: Any) -> Result:
    values: dict[str, Any] = {
        "signals": {}, "combine": None, "rules": None, "reacher": {"use": "pace"}, "costs": {"use": "linear"},
        "forecast": {"use": "ewma", "window": "40D"}, "allocator": {"use": "risk_parity"},
    }  # fmt: skip
    policy = worlds.policy(**(values | changes))
    return backtest(policy, worlds.market(policy, 2))


def shares(found: RiskReview | None) -> Array:
    assert found is not None
    return found.shares


def test_risk_parity_gives_what_it_promises_and_a_bound_makes_it_miss() -> None:
    free = review_risk(parity())
    np.testing.assert_allclose(shares(free), 1.0 / 3.0, atol=1e-8)
    assert free is not None
    assert risk_words(free)[-1] == "Every target gives each asset its budget of risk."
    bound = review_risk(parity(rules=[{"use": "max_weight", "at_most": 0.3}]))
    assert bound is not None
    assert bound.missed.any()
    assert "miss their budgets" in risk_words(bound)[-1]


def test_leverage_leaves_the_shares_as_they_are() -> None:
    levered = {"use": "volatility_target", "target": 0.5, "most": 1.5, "of": {"use": "risk_parity"}}
    found = review_risk(parity(allocator=levered, rules=[{"use": "max_leverage", "at_most": 1.5}]))
    np.testing.assert_allclose(shares(found), 1.0 / 3.0, atol=1e-8)
    assert found is not None
    assert not found.missed.any()
