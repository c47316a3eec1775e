"""Maximum likelihood of Markov switching: Hamilton's GNP, statsmodels, and what cannot be fitted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.regime_switching.markov_autoregression import MarkovAutoregression
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

import trimtab.numerics.markov_fit as module
from tests.numerics.markov_samples import GNP, drawn, market
from trimtab.core.errors import ParameterError
from trimtab.numerics.markov_filter import Filtered, filtered_states
from trimtab.numerics.markov_fit import fit_switching
from trimtab.numerics.markov_model import Switching, SwitchingModel, lagged
from trimtab.numerics.markov_starts import starts

HAMILTON = SwitchingModel(2, 4, switching_variance=False)
few = settings(max_examples=2, deadline=None)


@few
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(1e-4, 1e4), shift=st.floats(-10.0, 10.0))
def test_rows_in_other_units_have_the_same_fit(seed: int, scale: float, shift: float) -> None:
    rows = market(seed, 120)
    one, other = fit_switching(rows, SwitchingModel()), fit_switching(scale * (rows + shift), SwitchingModel())
    assert other.reason == one.reason
    if not one.reason:  # densities are per unit: each of the 120 rows gives log(scale) away
        assert np.isclose(other.log_likelihood, one.log_likelihood - 120 * np.log(scale), rtol=0.0, atol=1e-6)
        assert np.allclose(other.means, scale * (one.means + shift), rtol=1e-5, atol=1e-5 * scale)
        assert np.allclose(other.variances, scale**2 * one.variances, rtol=1e-4)
        assert np.allclose(other.transition, one.transition, atol=1e-5)


MODELS = [SwitchingModel(), SwitchingModel(3), SwitchingModel(2, 1), SwitchingModel(2, 2, switching_variance=False)]


@pytest.mark.parametrize("model", MODELS)
def test_the_score_is_the_slope_of_the_likelihood(model: SwitchingModel) -> None:
    rows = (GNP - GNP.mean()) / GNP.std()
    paths = lagged(rows, model.order)
    fit = module._one(starts(model), 5)
    point = module._packed(fit, model) + 0.1 * np.random.default_rng(0).standard_normal(model.unknowns)

    def likelihood(at: np.ndarray) -> float:
        return float(filtered_states(rows, model, module._unpacked(at, model)).log_likelihood)

    fit = module._unpacked(point, model)
    step = 1e-6 * np.eye(len(point))
    slope = [(likelihood(point + one) - likelihood(point - one)) / 2e-6 for one in step]
    assert np.allclose(module._score(module._expected(rows, paths, model, fit), model, fit), slope, rtol=0.0, atol=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_em_sweeps_climb(model: SwitchingModel) -> None:
    # The long-run law of the first row is no part of the M-step: it may cost a little, never a lot.
    rows = (GNP - GNP.mean()) / GNP.std()
    paths, now, climbed = lagged(rows, model.order), starts(model), []
    for _ in range(10):
        seen = module._expected(rows, paths, model, now)
        climbed.append(seen.log_likelihood)
        now = module._improved(seen, model, now)
    assert (np.diff(climbed, axis=0) > -0.05).all()
    assert (climbed[-1] > climbed[0]).all()


def gnp_fit() -> Switching:
    return fit_switching(GNP, HAMILTON)  # states from the lowest mean up: recession first


def test_hamiltons_gnp() -> None:
    # Hamilton (1989), as reproduced in the tests of statsmodels: their digits come from a search that ended some 2e-6
    # away from the maximum, where our slope is next to nothing.
    fit = gnp_fit()
    assert fit.converged
    assert np.isclose(fit.log_likelihood, -181.26339, rtol=0.0, atol=5e-6)
    assert np.allclose(fit.transition[:, 0], [0.754673, 0.095915], rtol=0.0, atol=3e-6)
    assert np.allclose(fit.means, [-0.358811, 1.163516], rtol=0.0, atol=3e-6)
    assert np.allclose(fit.variances, 0.591368, rtol=0.0, atol=3e-6)
    assert np.allclose(fit.autoregression, [0.013486, -0.057521, -0.246983, -0.212923], rtol=0.0, atol=3e-6)
    assert np.allclose(fit.durations, [4.076, 10.426], rtol=0.0, atol=5e-4)
    first = filtered_states(GNP, HAMILTON, fit).probabilities[4:7, 0]
    assert np.allclose(first, [0.22328, 0.05081, 0.00368], rtol=0.0, atol=1e-5)
    theirs = [0.754673, 0.095915, -0.358811, 1.163516, 0.591368, 0.013486, -0.057521, -0.246983, -0.212923]
    assert fit.log_likelihood >= MarkovAutoregression(GNP, 2, order=4, switching_ar=False).loglike(np.array(theirs))


def test_what_smoothing_would_see_of_the_future() -> None:
    # METHODS 4: on this very fit filtered and smoothed probabilities lie up to .656 apart. statsmodels smooths, we do not.
    fit = gnp_fit()
    point = [*fit.transition[:, 0], *fit.means, fit.variances[0], *fit.autoregression]
    theirs = MarkovAutoregression(GNP, 2, order=4, switching_ar=False).smooth(point)
    filtered = filtered_states(GNP, HAMILTON, fit).probabilities[4:]
    assert np.abs(filtered - theirs.filtered_marginal_probabilities).max() < 1e-10
    assert np.isclose(np.abs(filtered - theirs.smoothed_marginal_probabilities).max(), 0.656, rtol=0.0, atol=5e-4)


def test_no_smoothed_weight_leaves_the_file() -> None:
    public = [name for name in vars(module) if not name.startswith("_") and getattr(module, name) is not None]
    made_here = [name for name in public if getattr(getattr(module, name), "__module__", "") == module.__name__]
    assert made_here == ["fit_switching"]
    for kind in (Switching, Filtered):
        assert not [name for name in kind.__slots__ if "smooth" in name or "weight" in name]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("switching", [True, False])
def test_statsmodels_finds_nothing_better(seed: int, switching: bool) -> None:
    rows = drawn(seed, 180, means=(-1.0, 1.0), deviations=(1.2, 0.6) if switching else (0.8, 0.8))
    theirs = MarkovRegression(rows, 2, switching_variance=switching).fit(disp=False)
    assert fit_switching(rows, SwitchingModel(2, 0, switching)).log_likelihood >= theirs.llf - 1e-4


@pytest.mark.parametrize("switching", [True, False])
def test_statsmodels_finds_nothing_better_with_a_lag(switching: bool) -> None:
    # One lag: with two or more, statsmodels 0.15 lets a switching variance follow s_{t-p+1} in place of s_t (it shapes
    # variances (k, 1, 1) against residuals (k, ..., k, T)), which is another model.
    rows = drawn(9, 180, means=(-1.0, 1.0), deviations=(1.2, 0.5) if switching else (0.8, 0.8), lag=0.3)
    model = MarkovAutoregression(rows, 2, order=1, switching_ar=False, switching_variance=switching)
    found = fit_switching(rows, SwitchingModel(2, 1, switching)).log_likelihood
    assert found >= model.fit(disp=False).llf - 1e-4


def test_no_start_alone_leads_higher() -> None:
    # Three states on rows of two: the likelihood has many maxima, some far below the best.
    rows = drawn(0, 180, means=(-1.0, 1.0), deviations=(1.2, 0.6))
    rows = (rows - rows.mean()) / rows.std()
    model = SwitchingModel(3)
    paths, many = lagged(rows, 0), starts(model)
    with np.errstate(all="ignore"):
        ends = [module._polished(rows, paths, model, module._one(many, m)) for m in range(0, len(many.means), 2)]
    alone = [end.log_likelihood for end in ends if not end.reason]
    assert min(alone) < max(alone) - 1.0
    assert fit_switching(rows, model).log_likelihood >= max(alone) - 1e-4


def test_three_states_found_as_they_were_drawn() -> None:
    rows = drawn(4, 600, means=(-3.0, 0.0, 3.0), deviations=(0.5, 1.0, 0.7))
    fit = fit_switching(rows, SwitchingModel(3))
    assert np.allclose(fit.means, [-3.0, 0.0, 3.0], atol=0.2)
    assert np.allclose(np.sqrt(fit.variances), [0.5, 1.0, 0.7], atol=0.15)


def test_a_fit_of_the_same_rows_is_remembered_and_cannot_be_changed() -> None:
    rows = market(2, 100)
    fit = fit_switching(rows, SwitchingModel())
    assert fit_switching(rows.copy(), SwitchingModel()) is fit
    assert fit_switching(rows.copy(), SwitchingModel(2, 1)) is not fit
    with pytest.raises(ValueError, match="read-only"):
        fit.means[0] = 1.0
    again = module._fitted.__wrapped__(rows, SwitchingModel())  # type: ignore[attr-defined]
    assert again is not fit
    assert (again.means == fit.means).all()
    assert again.log_likelihood == fit.log_likelihood


SPIKED = np.concatenate([np.full(60, 0.01), 0.05 * np.random.default_rng(1).standard_normal(60)])


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (np.full(100, 0.01), "not varied"),
        (np.zeros(100), "not varied"),
        (market(0, 20), "20 rows are too few, at least 18"),
        (market(0, 10), "10 rows are too few"),
        (np.array([]), "0 rows are too few"),
        (np.append(market(0, 99), np.nan), "99 of 100 rows are known"),
        (np.append(market(0, 99), np.inf), "99 of 100 rows are known"),
        (np.full(100, np.nan), "0 of 100 rows are known"),
        (SPIKED, "collapsed"),
    ],
)
def test_what_cannot_be_fitted_says_why(rows: np.ndarray, reason: str) -> None:
    fit = fit_switching(rows, SwitchingModel())
    if reason.startswith("20"):  # just enough: whatever comes out is a fit or has a reason
        assert np.isfinite(fit.means).all() != bool(fit.reason)
        return
    assert reason in fit.reason
    assert np.isnan([*fit.means, *fit.variances, *fit.transition.ravel(), fit.log_likelihood]).all()
    assert not fit.converged


@pytest.mark.parametrize(
    ("fit", "reason"),
    [
        (Switching(np.array([-1.0, 1.0]), np.array([0.5, 0.5]), np.array([1.01]), np.full((2, 2), 0.5)), "not stationary"),
        (Switching(np.array([0.1, 0.1]), np.array([0.5, 0.5]), np.array([0.1]), np.full((2, 2), 0.5)), "are the same"),
        (Switching(np.array([0.0, 9.0]), np.array([1.0, 0.5]), np.array([0.1]), np.array([[1.0, 0.0], [1.0, 0.0]])), ""),
    ],
)
def test_a_maximum_that_is_no_use_says_why(fit: Switching, reason: str) -> None:
    rows = (GNP - GNP.mean()) / GNP.std()
    model = SwitchingModel(2, 1)
    transition = np.maximum(fit.transition, 1e-9)
    fit = Switching(fit.means, fit.variances, fit.autoregression, transition / transition.sum(axis=1, keepdims=True))
    found = module._fault(module._expected(rows, lagged(rows, 1), model, fit), model, fit)
    assert (reason or "fewer than two rows") in found


def test_one_state_is_no_model() -> None:
    with pytest.raises(ParameterError, match="states is 1"):
        SwitchingModel(1)
