"""Leverage to a target of volatility: laws, exact cases, what is unknown; `test_levering_memory` its memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.levering import LEVERS, NAN, factors, known, of_volatility, rows_of, target_of
from tests.construction.reference import universe
from trimtab.construction.hierarchical import HierarchicalRiskParity
from trimtab.construction.static import Static
from trimtab.construction.volatility_target import (
    Deleverage,
    VolatilityTarget,
    deleveraging,
    estimated_volatility,
    stressed_factor,
)
from trimtab.core.errors import ParameterError
from trimtab.core.values import Aims, Days, Forecast, Parts, Regime, Scores, Today

few = settings(max_examples=40, deadline=None)

# Laws.


def portfolio(seed: int, dates: int = 6, count: int = 4) -> tuple[Scores, Regime, Forecast]:
    rng = np.random.default_rng(seed)
    x = 0.05 * rng.normal(size=(dates, 3 * count, count))
    return known(rng.dirichlet(np.ones(count), dates), np.swapaxes(x, 1, 2) @ x, rng.random(dates))


@few
@given(st.integers(0, 10_000))
def test_below_the_cap_the_scaled_portfolio_has_the_target(seed: int) -> None:
    case = portfolio(seed)
    weights = target_of(0.10, 50.0)(*case)
    got = np.sqrt(np.einsum("di,dij,dj->d", weights, case[2].covariance, weights))
    np.testing.assert_allclose(got, 0.10, rtol=1e-12)
    ratio = weights / case[0].values
    np.testing.assert_allclose(ratio, ratio[:, :1] * np.ones(4), rtol=1e-12)  # all by the same factor


@pytest.mark.parametrize("lever", LEVERS)
def test_a_date_alone_has_the_bits_it_has_among_many(lever: VolatilityTarget) -> None:
    scores, regime, forecast = portfolio(11)
    whole = lever(scores, regime, forecast)
    forward = Forecast(forecast.mean, np.asfortranarray(forecast.covariance))
    assert lever(Scores(scores.assets, np.asfortranarray(scores.values)), regime, forward).tobytes() == whole.tobytes()
    for d in range(len(whole)):
        part = slice(d, d + 1)
        one = known(scores.values[part], forecast.covariance[part], regime.probabilities[part, 1])
        assert lever(*one)[0].tobytes() == whole[d].tobytes()


def test_permuting_assets_permutes_the_answer() -> None:
    scores, regime, forecast = portfolio(5)
    order = [2, 0, 3, 1]
    moved = known(scores.values[:, order], forecast.covariance[:, order][:, :, order], regime.probabilities[:, 1])
    np.testing.assert_allclose(target_of()(*moved), target_of()(scores, regime, forecast)[:, order], rtol=1e-12)


# Worked by hand.


def test_exact_factors() -> None:
    # 10 % over 16 % is .625; 10 % over 5 % would be 2, and the cap of 1.5 borrows .5.
    assert factors(target_of(), of_volatility([0.16, 0.05])) == [0.625, 1.5]
    np.testing.assert_allclose(target_of()(*of_volatility([0.16, 0.05])), [[0.625], [1.5]], atol=1e-15)
    assert factors(target_of(most=1.0), of_volatility([0.16, 0.05])) == [0.625, 1.0]


def test_sixty_forty_by_hand() -> None:
    # METHODS 2.2: volatilities 16 and 6 %, correlation .2: .6^2 .0256 + .4^2 .0036 + 2 .24 .00192 = .0107136, 10.35 %.
    sigma = np.array([[[0.0256, 0.00192], [0.00192, 0.0036]]])
    weights = np.array([[0.6, 0.4]])
    volatility = np.sqrt(0.009216 + 0.000576 + 0.0009216)
    np.testing.assert_allclose(estimated_volatility(weights, sigma), volatility, rtol=1e-14)
    np.testing.assert_allclose(target_of()(*known(weights, sigma)), weights * 0.10 / volatility, rtol=1e-14)


def test_cash_in_what_is_scaled_is_part_of_it() -> None:
    # Half in an asset of 16 %: 8 %, so the factor is 1.25, and .625 is invested.
    found = target_of()(*known(np.array([[0.5]]), np.array([[[0.0256]]])))
    np.testing.assert_allclose(found, [[0.625]], atol=1e-15)


def test_the_factor_goes_by_steps() -> None:
    # 1.25 at once, since it is the first; then towards .5 by .3 a date: .95, .65, .5; an unknown date changes nothing.
    lever = target_of(step=0.3)
    found = factors(lever, of_volatility([0.08, 0.20, 0.20, NAN, 0.20, 0.20]))
    np.testing.assert_allclose(found, [1.25, 0.95, 0.65, NAN, 0.5, 0.5], atol=1e-15)


def test_deleveraging_is_at_once_and_the_way_back_is_by_steps() -> None:
    # Above 25 %: at most .2, at once from 1.25, though .4 would do for the target. Then back up by .3 towards 1.
    lever = target_of(step=0.3, deleverage=Deleverage(above=0.25, to=0.2))
    found = factors(lever, of_volatility([0.08, 0.30, 0.25, 0.10, 0.10]))
    np.testing.assert_allclose(found, [1.25, 0.2, 0.4, 0.7, 1.0], atol=1e-15)
    assert deleveraging(rows_of(lever, of_volatility([0.08, 0.30, 0.25, 0.10, 0.10]))).tolist() == [False, True, *[False] * 3]


def test_a_rule_that_allows_more_than_is_wanted_changes_nothing() -> None:
    lever = target_of(deleverage=Deleverage(above=0.15, to=1.0))
    assert factors(lever, of_volatility([0.16, 0.05])) == [0.625, 1.5]
    assert deleveraging(rows_of(lever, of_volatility([0.16, 0.05]))).tolist() == [True, False]


def test_deleveraging_by_the_regime() -> None:
    # Above 1/2 only: at .5 the rule is silent. Together, two states of .3 are more than a half.
    lever = target_of(deleverage=Deleverage(states=("crisis",), to=1.0))
    assert factors(lever, of_volatility([0.05] * 3, [0.5, 0.51, 0.2])) == [1.5, 1.0, 1.5]
    three = Regime(("calm", "storm", "crisis"), np.array([[0.4, 0.3, 0.3]]))
    assert Deleverage(states=("storm", "crisis")).acts(np.array([0.05]), three).tolist() == [1.0]
    assert Deleverage(states=("storm", "storm")).acts(np.array([0.05]), three).tolist() == [0.0]


def test_a_tie_with_the_level_is_not_above_it() -> None:
    assert Deleverage(above=0.3).acts(np.array([0.1 * 3.0]), Regime((), np.empty((1, 0)))).tolist() == [0.0]


def test_where_nothing_is_held_there_is_nothing_to_scale() -> None:
    case = known(np.array([[1.0], [0.0], [1e-17], [1.0]]), np.array([0.01, NAN, NAN, 0.01])[:, None, None])
    assert factors(target_of(), case) == [1.0, 1.0, 1.0, 1.0]
    np.testing.assert_allclose(target_of()(*case), [[1.0], [0.0], [0.0], [1.0]], atol=1e-16)
    assert factors(target_of(most=0.5), case)[1] == 0.5
    # By steps: the account comes back from nothing with a factor that has gone towards 1 in the meantime.
    away = known(np.array([[1.0], [0.0], [0.0], [1.0]]), np.array([0.04, NAN, NAN, 0.0025])[:, None, None])
    np.testing.assert_allclose(factors(target_of(step=0.2), away), [0.5, 0.7, 0.9, 1.1], atol=1e-15)


# Stress.


def test_stressed_factor_is_numpys_percentile_of_what_was_seen() -> None:
    volatility = np.exp(np.random.default_rng(0).normal(np.log(0.12), 0.5, 60))
    volatility[[0, 7, 8]] = NAN
    volatility[20] = 0.0
    for percentile in (0.0, 5.0, 50.0, 100.0):
        found = stressed_factor(volatility, target=0.10, most=1.5, percentile=percentile)
        assert np.isnan(found[0])
        for d in range(1, 60):
            seen = volatility[: d + 1]
            seen = seen[seen > 0.0]
            assert found[d] == pytest.approx(min(0.10 / np.percentile(seen, percentile), 1.5), rel=1e-12)


def test_stressed_factor_by_hand() -> None:
    # Of 10, 20 and 8 %: the 50th percentile of the first is 10, of two 15, of three 10 %.
    found = stressed_factor(np.array([0.10, 0.20, 0.08]), target=0.12, most=9.0, percentile=50.0)
    np.testing.assert_allclose(found, [1.2, 0.8, 1.2], rtol=1e-14)
    with pytest.raises(ParameterError, match="percentile is 101"):
        stressed_factor(np.array([0.1]), target=0.1, most=1.0, percentile=101.0)
    assert stressed_factor(np.empty(0), target=0.1, most=1.0).shape == (0,)


# Unknown.


def test_what_cannot_be_worked_out_is_unknown() -> None:
    fine = np.array([[0.04, 0.01], [0.01, 0.09]])
    cases = {
        "covariance": (np.array([0.5, 0.5]), np.where(np.eye(2) > 0, fine, NAN)),
        "weight": (np.array([0.5, NAN]), fine),
        "infinite": (np.array([0.5, 0.5]), np.where(np.eye(2) > 0, np.inf, fine)),
        "no variance": (np.array([0.5, 0.5]), 0.0 * fine),
        "cancels out": (np.array([0.5, 0.5]), np.array([[0.04, -0.04], [-0.04, 0.04]])),
        "infinite both ways": (np.array([0.5, 0.5]), np.array([[0.04, np.inf], [-np.inf, 0.04]])),
        "indefinite": (np.array([0.5, 0.5]), np.array([[0.04, 0.09], [0.09, 0.04]])),
        "negative": (np.array([0.9, 0.1]), np.array([[0.04, 0.0], [0.0, -0.01]])),
    }
    for name, (weights, sigma) in cases.items():
        case = known(np.stack([weights, np.array([0.5, 0.5])]), np.stack([sigma, fine]))
        found = target_of()(*case)
        assert np.isnan(found[0]).all(), name
        assert np.isfinite(found[1]).all(), name


def test_what_cancels_out_but_for_rounding_has_no_volatility() -> None:
    # Two assets that mirror each other, in inverse proportion to their volatilities.
    deviation = np.random.default_rng(0).uniform(0.05, 0.4, (200, 2))
    mirrored = deviation * np.array([1.0, -1.0])
    sigma = mirrored[:, :, None] * mirrored[:, None, :]
    weights = deviation[:, ::-1] / deviation.sum(axis=-1, keepdims=True)
    assert np.isnan(estimated_volatility(weights, sigma)).all()


def test_what_is_not_held_is_not_asked_for() -> None:
    sigma = np.array([[[0.0256, NAN], [NAN, NAN]]])
    np.testing.assert_allclose(target_of()(*known(np.array([[1.0, 0.0]]), sigma)), [[0.625, 0.0]])


def test_one_asset_that_does_not_vary_may_stand_beside_others() -> None:
    sigma = np.array([[[0.0256, 0.0], [0.0, 0.0]]])
    np.testing.assert_allclose(target_of()(*known(np.array([[0.5, 0.5]]), sigma)), [[0.625, 0.625]])


def test_an_unknown_regime_is_unknown_only_where_it_is_asked_for() -> None:
    case = of_volatility([0.16], [NAN])
    assert factors(target_of(), case) == [0.625]
    assert np.isnan(factors(target_of(deleverage=Deleverage(above=0.1, states=("crisis",))), case)).all()


def test_no_dates() -> None:
    assert target_of()(*known(np.empty((0, 2)), np.empty((0, 2, 2)))).shape == (0, 2)


# At the door.


@pytest.mark.parametrize(
    ("make", "field", "message"),
    [
        (lambda: target_of(0.0), "target", "not above 0"),
        (lambda: target_of(most=-1.0), "most", "below 0"),
        (lambda: target_of(step=-0.1), "step", "below 0"),
        (lambda: Deleverage(above=-0.1), "above", "below 0"),
        (lambda: Deleverage(to=-0.1), "to", "below 0"),
        (
            lambda: target_of(deleverage=Deleverage(states=("panic",)))(*of_volatility([0.1])),
            "states",
            "'panic' is no state of the regime. Known are calm, crisis",
        ),
        (
            lambda: Deleverage(states=("panic",)).acts(np.array([0.1]), Regime((), np.empty((1, 0)))),
            "states",
            "tells none apart",
        ),
    ],
)
def test_wrong_parameters_are_refused(make, field: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        make()
    assert caught.value.field == field


# In words.


def day(lever: VolatilityTarget, case: tuple[Scores, Regime, Forecast], factor: float | None = None) -> Today:
    """The last date of the desk's aims, with the factor as memory left it (or as given)."""
    scores, regime, forecast = case
    rows = rows_of(lever, case)
    if factor is not None:
        rows[:, 0] = factor
    aim = np.array(lever.of(*case)) * rows[:, :1]
    days = Days(np.array(["2024-05-31"], dtype="datetime64[D]"), np.array(["2024-05-31T22"], dtype="datetime64[s]"))
    parts = Parts(scores.assets, (), np.empty((0, 1, len(scores.assets))))
    said = (scores, forecast, aim, aim, aim[:, 0] > 9, days.cutoffs)
    return Aims(days, scores.assets, parts, regime, *said, factors=rows).row(0)


def test_a_sentence_tells_the_factor_and_why() -> None:
    lever = target_of(step=0.1, deleverage=Deleverage(above=0.15, to=0.5))
    assert lever.sentence(day(lever, of_volatility([0.16]), 0.5), 0) == (
        "Given; times 0.50: target 10 % over estimated volatility 16.0 % asks for 0.62; the deleveraging rule acts: at most 0.5"
    )
    calm = lever.sentence(day(lever, of_volatility([0.05]), 1.3), 0)
    assert calm == "Given; times 1.30: target 10 % over estimated volatility 5.0 % asks for 1.50, the most allowed"
    assert lever.sentence(day(lever, of_volatility([0.05]), 0.0), 0).startswith("Given; times 0.00")
    nothing = known(np.zeros((1, 1)), np.array([[[NAN]]]))
    assert lever.sentence(day(lever, nothing), 0).endswith("nothing is held, so there is nothing to scale")


def test_a_sentence_says_why_the_factor_is_unknown() -> None:
    assert "covariance of what they hold" in target_of().sentence(day(target_of(), of_volatility([NAN])), 0)
    blind = target_of(deleverage=Deleverage(states=("crisis",)))
    told = blind.sentence(day(blind, of_volatility([0.1], [NAN])), 0)
    assert told == "unknown: the regime that the deleveraging rule asks for is not known"


def test_the_reasons_of_what_is_scaled_come_first() -> None:
    sigma = np.array([[[0.01, 0.0], [0.0, 0.04]]])
    lever = VolatilityTarget(HierarchicalRiskParity(universe=universe(2)), 0.10, 1.5)
    told = lever.sentence(day(lever, known(np.zeros((1, 2)), sigma)), 0)
    assert told.startswith("order A0, A1: 80.0 % to A0; in all 80.0 %; times 1.12: target 10 %")


def test_what_is_scaled_is_asked_about_the_weights_before_scaling() -> None:
    class Telling(Static):
        def sentence(self, today: Today, asset: int) -> str:
            return f"aims at {today.aim[asset]:.3f}"

    lever = VolatilityTarget(Telling((0.25,)), 0.10, 9.0)
    told = lever.sentence(day(lever, known(np.zeros((1, 1)), np.array([[[0.0256]]]))), 0)
    assert told.startswith("aims at 0.250; times 2.50")
    twice = VolatilityTarget(lever, 0.10, 1.0)  # scaled in its turn: the desk keeps the outermost factor alone
    assert twice.sentence(day(twice, known(np.zeros((1, 1)), np.array([[[0.0256]]]))), 0).startswith(lever.words)


def test_words() -> None:
    lever = VolatilityTarget(Static((0.6, 0.4)), 0.10, 1.5, 0.25, Deleverage(0.2, ("crisis", "storm"), 0.8))
    assert lever.words == (
        "those of the benchmark, times a target of 10 % over their estimated volatility, at most 1.5 times, changed by at most "
        "0.25 a decision; at most 0.8 times, at once, while it is above 20 % or the regime is crisis or storm"
    )
    assert target_of(most=1.0).words.endswith("at most 1 times")


def test_a_volatility_of_ten_is_meant_in_percent_and_refused() -> None:
    """Regression: `target: 10` was 1000 % a year, and so always the most leverage; `above: 12` never acted."""
    with pytest.raises(ParameterError, match="target is 10"):
        VolatilityTarget(Static((0.6, 0.4)), 10.0)
    with pytest.raises(ParameterError, match="above is 12"):
        Deleverage(above=12.0)
