"""Hamilton's filter: later rows change nothing, and statsmodels sees the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.regime_switching.markov_autoregression import MarkovAutoregression
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

import trimtab.numerics.markov_filter as module
from tests.numerics.markov_samples import GNP, market
from trimtab.numerics.markov_filter import filtered_states, hamilton_filter
from trimtab.numerics.markov_model import Switching, SwitchingModel, ergodic, expanded, stacked

TWO = Switching(np.array([0.01, -0.01]), np.array([0.001, 0.005]), np.array([]), np.array([[0.95, 0.05], [0.2, 0.8]]))
LAGGED = Switching(np.array([-0.4, 1.2]), np.array([0.6, 0.6]), np.array([0.1, -0.2]), np.array([[0.75, 0.25], [0.1, 0.9]]))
few = settings(max_examples=15, deadline=None)


@few
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 80), more=st.integers(1, 40))
def test_later_rows_do_not_change_a_bit_of_what_was_said(seed: int, count: int, more: int) -> None:
    rows = 0.05 * np.random.default_rng(seed).standard_normal(count + more)
    rows[count:] *= 100.0
    for model, fit in [(SwitchingModel(), TWO), (SwitchingModel(2, 2, False), LAGGED)]:
        if count > model.order:
            early, late = filtered_states(rows[:count], model, fit), filtered_states(rows, model, fit)
            assert np.array_equal(early.probabilities, late.probabilities[:count], equal_nan=True)
            assert (early.log_likelihoods == late.log_likelihoods[:count]).all()


@pytest.mark.parametrize(("model", "fit"), [(SwitchingModel(), TWO), (SwitchingModel(2, 2, False), LAGGED)])
def test_a_sequence_alone_gives_the_bits_that_it_gives_among_others(model: SwitchingModel, fit: Switching) -> None:
    rows = 0.05 * np.random.default_rng(3).standard_normal((7, 60))
    other = Switching(fit.means + 0.1, fit.variances * 2.0, fit.autoregression, fit.transition)
    fits = [fit, other] * 3 + [fit]
    batch = filtered_states(rows, model, stacked(fits)).probabilities
    for d in range(7):
        alone = filtered_states(rows[d : d + 1], model, stacked(fits[d : d + 1])).probabilities[0]
        assert np.array_equal(alone, batch[d], equal_nan=True)


@few
@given(seed=st.integers(0, 2**32 - 1))
def test_states_may_be_renamed(seed: int) -> None:
    rows = market(seed, 50)
    one, other = (filtered_states(rows, SwitchingModel(), fit) for fit in (TWO, TWO.relabelled(np.array([1, 0]))))
    assert np.allclose(one.probabilities, other.probabilities[:, ::-1], rtol=0.0, atol=1e-12)
    assert np.isclose(one.log_likelihood, other.log_likelihood, rtol=1e-12)


def test_two_rows_by_hand() -> None:
    # Start (1/2, 1/2), densities (2, 1): joint (1, 1/2), sum 3/2, filtered (2/3, 1/3).
    # Then (2/3, 1/3) P = (2/3 * .9 + 1/3 * .2, 2/3 * .1 + 1/3 * .8) = (2/3, 1/3), densities (1, 4): joint (2/3, 4/3),
    # sum 2, filtered (1/3, 2/3). Log likelihood: log 3/2 + log 2 = log 3.
    found = hamilton_filter(np.log([[2.0, 1.0], [1.0, 4.0]]), np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0.5, 0.5]))
    assert np.allclose(found.probabilities, [[2 / 3, 1 / 3], [1 / 3, 2 / 3]], rtol=1e-14)
    assert np.isclose(found.log_likelihood, np.log(3.0), rtol=1e-14)


def test_the_long_run_law_by_hand() -> None:
    # pi_0 * .1 = pi_1 * .2: (2/3, 1/3). With one lag, p(s, before) = pi(before) P(before, s).
    transition = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert np.allclose(ergodic(transition), [2 / 3, 1 / 3], rtol=1e-14)
    wide, law = expanded(transition, 1)
    assert np.allclose(law, [0.6, 0.2 / 3, 0.2 / 3, 0.8 / 3], rtol=1e-14)
    assert np.allclose(wide[1], [0.9, 0.0, 0.1, 0.0])  # (0, 1) becomes (0, 0) or (1, 0)
    assert np.allclose(law @ wide, law, rtol=1e-14)


def test_statsmodels_filters_the_same() -> None:
    rows = market(5, 200)
    theirs = MarkovRegression(rows, 2, switching_variance=True).filter([0.95, 0.2, 0.01, -0.01, 0.001, 0.005])
    ours = filtered_states(rows, SwitchingModel(), TWO)
    assert np.abs(ours.probabilities - theirs.filtered_marginal_probabilities).max() < 1e-10
    assert np.isclose(ours.log_likelihood, theirs.llf, rtol=0.0, atol=1e-10)


def test_statsmodels_filters_the_same_with_lags() -> None:
    theirs = MarkovAutoregression(GNP, 2, order=2, switching_ar=False).filter([0.75, 0.1, -0.4, 1.2, 0.6, 0.1, -0.2])
    ours = filtered_states(GNP, SwitchingModel(2, 2, False), LAGGED)
    assert np.isnan(ours.probabilities[:2]).all()
    assert np.abs(ours.probabilities[2:] - theirs.filtered_marginal_probabilities).max() < 1e-10
    assert np.isclose(ours.log_likelihood, theirs.llf, rtol=0.0, atol=1e-10)


def test_an_unknown_row_makes_all_after_it_unknown() -> None:
    rows = market(1, 30)
    whole = filtered_states(rows, SwitchingModel(), TWO)
    rows[20] = np.nan
    found = filtered_states(rows, SwitchingModel(), TWO)
    assert np.array_equal(found.probabilities[:20], whole.probabilities[:20])
    assert np.isnan(found.probabilities[20:]).all()
    assert np.isnan(found.log_likelihood)


def test_a_row_that_no_state_can_have_made_is_unknown() -> None:
    nothing = np.array([[0.0, 0.0], [-np.inf, -np.inf], [0.0, 0.0]])
    found = hamilton_filter(nothing, TWO.transition, np.array([0.5, 0.5]))
    assert np.isfinite(found.probabilities[0]).all()
    assert np.isnan(found.probabilities[1:]).all()


def test_a_row_far_from_every_state_is_no_underflow() -> None:
    found = filtered_states(np.array([0.01, 50.0, 0.01]), SwitchingModel(), TWO)
    assert np.isfinite(found.probabilities).all()
    assert np.allclose(found.probabilities.sum(axis=-1), 1.0)
    assert found.log_likelihood < -1e5


def test_nothing_here_smooths() -> None:
    assert not [name for name in dir(module) if "smooth" in name.lower()]
