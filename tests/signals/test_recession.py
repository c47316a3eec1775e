"""RecessionOdds: the functional form against SciPy, and a probit of statsmodels as the way to its coefficients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from tests.signals.array_view import ArrayView, Named, panel, weekdays
from trimtab.core.errors import ParameterError
from trimtab.core.terms import sessions
from trimtab.numerics.normal import normal_cdf
from trimtab.signals.recession import RecessionOdds

nan = np.nan


def daily(slope: list[float] | np.ndarray) -> ArrayView:
    dates = weekdays("2000-01-03", len(slope))
    return panel(np.ones((len(slope), 2)), daily=True, first="2000-01", slope=Named(dates, dates, np.array(slope)))


def test_the_normal_distribution_against_scipy() -> None:
    x = np.concatenate([np.linspace(-30.0, 9.0, 4001), [0.0, -np.inf, np.inf, nan]])
    np.testing.assert_allclose(normal_cdf(x), norm.cdf(x), rtol=1e-12, atol=0.0)
    assert normal_cdf(np.empty((0, 3))).shape == (0, 3)
    assert normal_cdf(np.zeros((2, 3))).tolist() == [[0.5] * 3] * 2


def test_by_hand() -> None:
    # Mean slope of 1, 2, 3 points = 2 points; -.5 - 50 x .02 = -1.5; Phi(-1.5) = .0668072; score 1 - 2 x .0668072.
    odds = RecessionOdds("slope", -0.5, -50.0, smoothing=sessions(3))
    view = daily([0.01, 0.02, 0.03])
    assert np.isnan(odds(view).values[:2]).all()
    assert odds(view).values[2] == pytest.approx([0.8663855975] * 2, abs=1e-10)
    assert odds.measure(view).values[2, 0] == pytest.approx(0.0668072013, abs=1e-10)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), alpha=st.floats(-2, 2), beta=st.floats(-200, -1))
def test_the_form_against_scipy_and_its_order(seed: int, alpha: float, beta: float) -> None:
    slope = 0.02 * np.random.default_rng(seed).standard_normal(40)
    means = np.convolve(slope, np.full(5, 0.2), "valid")
    got = RecessionOdds("slope", alpha, beta, smoothing=sessions(5))(daily(slope)).values[4:, 0]
    np.testing.assert_allclose(got, 1.0 - 2.0 * norm.cdf(alpha + beta * means), rtol=1e-9, atol=1e-12)
    assert ((got >= -1.0) & (got <= 1.0)).all()
    order = np.argsort(means)
    assert (np.diff(got[order]) >= -1e-12).all()  # a steeper curve is never worse news where beta is below 0


def test_a_probit_gives_the_coefficients() -> None:
    """Recessions simulated twelve months after a slope in decimals: the estimate finds the truth, and the signal its odds."""
    from statsmodels.api import Probit, add_constant

    rng = np.random.default_rng(7)
    slope = 0.015 + 0.012 * rng.standard_normal(20_000)
    recession = (rng.random(len(slope)) < norm.cdf(-0.5 - 60.0 * slope)).astype(float)
    fit = Probit(recession, add_constant(100.0 * slope)).fit(disp=0)  # on percentage points, as it is published
    assert fit.params == pytest.approx([-0.5, -0.6], abs=0.06)
    alpha, beta = float(fit.params[0]), 100.0 * float(fit.params[1])
    got = RecessionOdds("slope", alpha, beta, smoothing=sessions(1)).measure(daily(slope[:50])).values[:, 0]
    np.testing.assert_allclose(got, fit.predict(add_constant(100.0 * slope))[:50], rtol=1e-9)


def test_a_gap_is_unknown() -> None:
    odds = RecessionOdds("slope", -0.5, -50.0, smoothing=sessions(3))
    view = daily([0.01, nan, 0.03, 0.01])
    assert np.isnan(odds(view).values).all()
    assert odds.sentence(view, 0) == "slope unknown: 2 of the last 3 days are known"
    assert odds.flip(view, 0) == ""


def test_words() -> None:
    odds = RecessionOdds("slope", -0.5, -50.0, smoothing=sessions(3))
    view = daily([0.01, 0.02, 0.03])
    assert odds.sentence(view, 0) == "odds of a recession 6.7 %: the 3-day mean of slope is +2.00 %"
    # One half at -.5 - 50 x = 0: x = -1 point.
    assert odds.flip(view, 0) == "odds pass one half when the 3-day mean of slope falls below -1.00 %"
    assert odds.flip(daily([-0.02] * 3), 0) == "odds pass one half when the 3-day mean of slope rises above -1.00 %"
    assert RecessionOdds("slope", 0.5, 50.0, smoothing=sessions(1)).flip(view, 0).endswith("falls below -1.00 %")
    assert odds.words == "odds of a recession, Phi(-0.5 -50 x the 3-day mean of slope)"


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: RecessionOdds("", 0.0, -1.0), "long"),
        (lambda: RecessionOdds("slope", nan, -1.0), "alpha"),
        (lambda: RecessionOdds("slope", 0.0, np.inf), "beta"),
        (lambda: RecessionOdds("slope", 0.0, 0.0), "beta"),
        (lambda: RecessionOdds("slope", 0.0, -1.0, smoothing=sessions(0)), "smoothing"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field


def test_the_coefficients_have_no_default() -> None:
    with pytest.raises(TypeError):
        RecessionOdds("slope")  # type: ignore[call-arg]
