"""How many independent trials: copies, blocks, noise, order, one more, and the best that luck shows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError, ParameterError
from trimtab.validation import effective_trials as module
from trimtab.validation.effective_trials import effective_trials, effective_trials_of, expected_best

few = settings(max_examples=15, deadline=None)


def noise(seed: int, periods: int, trials: int) -> Array:
    return np.random.default_rng(seed).normal(0.0, 0.03, (periods, trials))


def alike(count: int, correlation: float) -> Array:
    return correlation + (1.0 - correlation) * np.eye(count)


# Laws.


@few
@given(st.integers(0, 1000), st.integers(1, 60))
def test_copies_are_one_trial_at_any_leverage(seed: int, count: int) -> None:
    scales = np.random.default_rng(seed).uniform(0.1, 10.0, count)
    found = effective_trials(noise(seed, 60, 1) * scales + 0.01, seed=1)
    assert found.count == pytest.approx(1.0, abs=1e-6)
    assert found.trials == count


@pytest.mark.parametrize("count", [5, 60, 200])
def test_independent_trials_are_all_counted(count: int) -> None:
    # the expected best is right to .013, so its number to about exp(2.8 * .013) - 1, 4 %; chance likeness takes off some
    assert effective_trials(noise(3, 2000, count), seed=1, draws=1000).count == pytest.approx(count, rel=0.1)


@pytest.mark.parametrize(("periods", "trials", "stated"), [(12, 100, 47), (36, 100, 78), (60, 100, 82), (36, 1000, 480)])
def test_in_a_short_history_independent_trials_are_worth_as_few_as_the_docstring_says(
    periods: int, trials: int, stated: int
) -> None:
    assert f" {stated}" in (module.__doc__ or "")
    assert effective_trials(noise(5, periods, trials), seed=1).count == pytest.approx(stated, rel=0.08)


@pytest.mark.parametrize("sizes", [(20, 20, 20), (1, 2, 90), (5,) * 12])
def test_blocks_of_copies_are_as_many_trials(sizes: tuple[int, ...]) -> None:
    blocks = np.repeat(noise(4, 2000, len(sizes)), sizes, axis=1)
    assert effective_trials(blocks, seed=1, draws=2000).count == pytest.approx(len(sizes), rel=0.06)


@few
@given(st.integers(0, 1000), st.integers(1, 30), st.floats(0.0, 1.0))
def test_order_scale_and_sign_of_the_seed_aside_the_number_lies_between_one_and_all(
    seed: int, count: int, share: float
) -> None:
    returns = noise(seed, 80, count) + share * noise(seed + 1, 80, 1)
    found = effective_trials(returns, seed=seed)
    assert 1.0 <= found.count <= count
    order = np.random.default_rng(seed).permutation(count)
    assert effective_trials(returns[:, order], seed=seed).count == pytest.approx(found.count, rel=1e-9)
    assert effective_trials(3.0 * returns + 0.5, seed=seed).count == pytest.approx(found.count, rel=1e-6)
    assert effective_trials(returns, seed=seed) == found


@few
@given(st.integers(0, 1000), st.integers(1, 30), st.floats(0.0, 2.0))
def test_one_more_trial_never_lowers_the_number(seed: int, count: int, share: float) -> None:
    returns = noise(seed, 80, count + 1) + share * noise(seed + 1, 80, 1)
    fewer, more = (effective_trials(returns[:, :n], seed=7) for n in (count, count + 1))
    assert more.count >= fewer.count * (1.0 - 1e-9)
    assert more.best >= fewer.best - 1e-12


def test_memory_is_bounded_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    returns = noise(1, 50, 40)
    whole = effective_trials(returns, seed=1, draws=100)
    monkeypatch.setattr(module, "AT_ONCE", 700)  # 7 trials at a time
    assert effective_trials(returns, seed=1, draws=100).count == pytest.approx(whole.count, rel=1e-12)


# By hand: n trials that all correlate by r have the best of independent ones times sqrt(1 - r) (Owen and Steck 1962).


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.8, 0.95])
def test_equally_alike_trials(correlation: float) -> None:
    found = effective_trials_of(alike(100, correlation), seed=2, draws=2000)
    assert found.best == pytest.approx(math.sqrt(1.0 - correlation) * 2.5076, abs=0.03)
    assert expected_best(found.count) == pytest.approx(min(found.best, expected_best(100)), abs=1e-9)


def test_returns_and_their_correlations_give_the_same_number() -> None:
    returns = noise(5, 300, 40) + noise(6, 300, 1)
    one = effective_trials(returns, seed=1, draws=3000)
    two = effective_trials_of(np.corrcoef(returns.T), seed=2, draws=3000)
    assert one.count == pytest.approx(two.count, rel=0.08)


# The expected maximum: known values, and an outside integral.


def test_the_expected_best_of_few_is_known() -> None:
    # 1 / sqrt(pi) and 1.5 / sqrt(pi) for two and three; one has none.
    assert expected_best(1) == 0.0
    assert (expected_best(2), expected_best(3)) == pytest.approx((1 / math.sqrt(math.pi), 1.5 / math.sqrt(math.pi)), abs=1e-9)
    for count in (1.5, 45.0, 10_000.0):
        theirs = quad(lambda x, n=count: x * n * norm.pdf(x) * norm.cdf(x) ** (n - 1.0), -9.0, 9.0, limit=200)[0]
        assert expected_best(count) == pytest.approx(theirs, abs=1e-6)


def test_the_noise_of_short_histories_is_said_as_it_is() -> None:
    found = effective_trials(noise(1, 36, 300), seed=1)  # 36 months hold no 300 independent series
    assert 100.0 < found.count < 280.0


# Edges.


def test_trials_that_do_not_vary_cannot_be_the_best() -> None:
    returns = noise(1, 60, 3)
    still = np.column_stack([returns, np.zeros(60), np.full(60, 0.01)])
    assert effective_trials(still, seed=1).count == pytest.approx(effective_trials(returns, seed=1).count)
    assert effective_trials(np.zeros((60, 4)), seed=1).count == 1.0
    assert effective_trials(noise(1, 60, 1), seed=1).count == 1.0
    assert effective_trials(np.column_stack([returns[:, 0], -returns[:, 0]]), seed=1).count == 2.0  # one of them is up
    assert "1,000" in module.EffectiveTrials(31.26, 1000, 2.0).words


def test_the_door() -> None:
    for shape in [(0, 3), (2, 3), (60, 0), (60,)]:
        with pytest.raises(DataError, match="no trials"):
            effective_trials(np.zeros(shape), seed=1)
    gappy = noise(1, 60, 3)
    gappy[4, 1] = np.nan
    with pytest.raises(DataError, match="1 of 3"):
        effective_trials(gappy, seed=1)
    with pytest.raises(ParameterError, match="0 draws"):
        effective_trials(noise(1, 60, 3), seed=1, draws=0)
    for wrong in (np.ones((2, 3)), 2.0 * np.eye(2), np.full((2, 2), np.nan), np.array([[1.0, 2.0], [2.0, 1.0]]), np.eye(0)):
        with pytest.raises(ParameterError, match="no matrix"):
            effective_trials_of(wrong, seed=1)
    with pytest.raises(ParameterError, match="trials"):
        expected_best(0.5)
