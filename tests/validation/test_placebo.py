"""Shuffled decisions: what is kept, what is found, and against all permutations of a short history."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import DataError, ParameterError
from trimtab.validation.placebo import placebo, shuffles

# --- laws -----------------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(0, 20), st.floats(1.0, 1e6), st.integers(0, 2**32), st.integers(1, 30))
def test_each_shuffle_holds_every_row_once_however_many_are_made_at_once(count, draws, block, seed, rows):
    parts = [*shuffles(count, draws, block, seed=seed, rows=rows)]
    whole = np.concatenate(parts) if parts else np.empty((0, count), dtype=int)
    assert whole.shape == (draws, count)
    np.testing.assert_array_equal(np.sort(whole, axis=1), np.broadcast_to(np.arange(count), whole.shape))
    again = [*shuffles(count, draws, block, seed=seed)]
    np.testing.assert_array_equal(np.concatenate(again) if again else whole, whole)


@pytest.mark.parametrize("block", [1.0, 5.0, 20.0])
def test_blocks_are_as_long_as_asked(block):
    """Of 2,000 rows each is followed by its own follower unless a block ends there."""
    drawn = np.concatenate([*shuffles(2000, 50, block, seed=4)])
    follows = (drawn[:, 1:] == (drawn[:, :-1] + 1) % 2000).mean()
    assert follows == pytest.approx(1.0 - 1.0 / block, abs=0.005)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.01, 100.0))
def test_the_size_of_weights_and_the_order_of_assets_do_not_matter(seed, scale):
    rng = np.random.default_rng(seed)
    weights, returns = rng.random((40, 3)), 0.02 * rng.standard_normal((40, 3))
    one = placebo(weights, returns, seed=1, draws=50, block=3.0)
    other = placebo(scale * weights[:, ::-1], returns[:, ::-1], seed=1, draws=50, block=3.0)
    np.testing.assert_allclose(other.shuffled, one.shuffled, rtol=1e-6, atol=1e-9)
    assert other.p == one.p
    assert other.turnover == pytest.approx(scale * one.turnover)


def test_without_timing_p_is_even():
    """200 independent p-values are uniform: mean 1/2 with the standard error .0204, 5 % below .05 with .0154."""
    rng = np.random.default_rng(8)
    p = np.array([placebo(_held(rng), 0.03 * rng.standard_normal((60, 2)), seed=k, draws=99).p for k in range(200)])
    assert p.mean() == pytest.approx(0.5, abs=0.08)
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.06)


def test_constant_weights_earn_nothing_by_timing_and_hindsight_everything():
    rng = np.random.default_rng(9)
    returns = 0.01 + 0.03 * rng.standard_normal((120, 3))
    still = placebo(np.full((120, 3), 1.0 / 3.0), returns, seed=0, draws=200)
    assert still.p == 1.0  # each placebo is as good as the real thing
    assert still.turnover == still.turnover_shuffled == 0.0
    seer = placebo((returns > 0.0) / 3.0, returns, seed=0, draws=200)
    assert seer.p == pytest.approx(1.0 / 201.0)


def test_long_blocks_keep_turnover_and_single_rows_do_not():
    """In and out every 10 rows: one trade in 10. Blocks of 10 add a joint in 10, at which every other one changes sides."""
    weights = np.repeat(np.tile([1.0, 0.0], 30), 10)[:, None]
    returns = np.random.default_rng(1).standard_normal((600, 1))
    turnover = [placebo(weights, returns, seed=2, draws=100, block=block).turnover_shuffled for block in (1.0, 10.0, 100.0)]
    assert turnover == pytest.approx([0.25, 0.5 * (0.9 * 0.1 + 0.1 * 0.5), 0.5 * (0.99 * 0.1 + 0.01 * 0.5)], abs=0.006)


# --- by hand, and by all permutations ------------------------------------------------------------------------------


def test_the_figure_by_hand():
    """Earned .02, 0, .03: mean .05/3, sd sqrt((.0033^2 + .0167^2 + .0133^2)/2) = .0152753, ratio 1.0911."""
    found = placebo(np.array([[1.0], [0.0], [0.5]]), np.array([[0.02], [0.05], [0.06]]), seed=0, draws=3)
    assert found.actual == pytest.approx(1.0911, abs=5e-5)
    assert found.turnover == pytest.approx(0.5 * (1.0 + 0.5) / 2.0)


def test_p_is_that_of_all_permutations():
    """Block 1 draws from all 720 permutations of six rows: the exact p is the share that does as well."""
    rng = np.random.default_rng(2)
    weights, returns = rng.random((6, 2)), rng.standard_normal((6, 2))
    every = np.array([(weights[list(order)] * returns).sum(axis=1) for order in permutations(range(6))])
    figures = every.mean(axis=1) / every.std(axis=1, ddof=1)
    exact = (figures >= figures[0] - 1e-12).mean()
    found = placebo(weights, returns, seed=3, draws=4000, block=1.0)
    assert found.p == pytest.approx(exact, abs=4.0 * np.sqrt(exact * (1.0 - exact) / 4000.0))


# --- edges ----------------------------------------------------------------------------------------------------------


def test_what_never_varies_has_no_answer():
    found = placebo(np.zeros((10, 2)), np.ones((10, 2)), seed=0, draws=5)
    assert np.isnan(found.actual)
    assert np.isnan(found.p)
    assert "same in every period" in found.says


@pytest.mark.parametrize(
    ("weights", "returns", "says"),
    [
        (np.empty((0, 2)), np.empty((0, 2)), "0 decisions"),
        (np.ones((1, 1)), np.ones((1, 1)), "1 decisions"),
        (np.ones((5, 0)), np.ones((5, 0)), "0 assets"),
        (np.ones((5, 2)), np.ones((4, 2)), "stand against"),
        (np.ones(5), np.ones(5), "stand against"),
        (np.full((5, 1), np.nan), np.ones((5, 1)), "the weight of asset 0 at decision 0 is nan"),
        (np.ones((5, 1)), np.array([[1.0], [1.0], [np.inf], [1.0], [1.0]]), "the return of asset 0 at decision 2 is inf"),
    ],
)
def test_what_is_no_history_is_refused(weights, returns, says):
    with pytest.raises(DataError, match=says):
        placebo(weights, returns, seed=0)


def test_parameters_are_checked():
    with pytest.raises(ParameterError, match="below 1"):
        placebo(np.ones((5, 1)), np.ones((5, 1)), seed=0, block=0.5)
    with pytest.raises(ParameterError, match="0 draws"):
        placebo(np.ones((5, 1)), np.ones((5, 1)), seed=0, draws=0)


def _held(rng: np.random.Generator) -> np.ndarray:
    """Weights that stay for a while (60, 2)."""
    return np.repeat(rng.random((12, 2)), 5, axis=0)
