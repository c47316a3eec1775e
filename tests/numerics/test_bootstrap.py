"""The stationary bootstrap: its laws, the variance Politis and Romano derive, and block lengths as `arch` finds them."""

from __future__ import annotations

import numpy as np
import pytest
from arch.bootstrap import optimal_block_length
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError
from trimtab.numerics.bootstrap import block_length, stationary_draws, stationary_indices


def autoregressive(rng: np.random.Generator, count: int, phi: float) -> np.ndarray:
    made = rng.normal(size=count)
    for t in range(1, count):
        made[t] += phi * made[t - 1]
    return made


# --- laws -----------------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(st.integers(0, 50), st.integers(0, 30), st.floats(1.0, 1e9), st.integers(0, 2**63), st.integers(1, 40))
def test_draws_are_rows_of_the_circle_and_do_not_depend_on_how_many_are_made_at_once(count, draws, block, seed, rows):
    whole = stationary_indices(count, draws, block, seed=seed)
    assert whole.shape == (draws, count)
    assert ((whole >= 0) & (whole < max(count, 1))).all()
    parts = [*stationary_draws(count, draws, block, seed=seed, rows=rows)]
    assert all(len(part) <= rows for part in parts)
    np.testing.assert_array_equal(np.concatenate(parts) if parts else whole, whole)
    np.testing.assert_array_equal(stationary_indices(count, draws // 2, block, seed=seed), whole[: draws // 2])


def test_block_one_is_the_bootstrap_of_independent_rows():
    count, draws = 20, 5000
    drawn = stationary_indices(count, draws, 1.0, seed=3)
    hits = np.bincount(drawn.ravel(), minlength=count)  # each is binomial with mean 5000 and sd 68.9
    assert np.abs(hits - draws).max() < 4.5 * np.sqrt(draws * (1 - 1 / count))
    follows = (drawn[:, 1:] == (drawn[:, :-1] + 1) % count).mean()  # by chance alone: 1 in 20
    assert follows == pytest.approx(1 / count, abs=4.5 * np.sqrt(1 / count / drawn[:, 1:].size))


@pytest.mark.parametrize("block", [2.0, 7.5, 40.0])
def test_lengths_of_blocks_are_geometric(block):
    count, draws = 20_000, 20
    drawn = stationary_indices(count, draws, block, seed=11)
    ends = (drawn[:, 1:] != (drawn[:, :-1] + 1) % count).ravel()
    lengths = np.diff(np.flatnonzero(ends))  # from one beginning to the next, over all draws
    sd = np.sqrt(block * (block - 1))
    assert lengths.mean() == pytest.approx(block, abs=4 * sd / np.sqrt(len(lengths)) + block / count)
    for k in (1, 2, 5, 10):  # P(length > k) = (1 - 1 / block)^k
        share = (1 - 1 / block) ** k
        assert (lengths > k).mean() == pytest.approx(share, abs=4.5 * np.sqrt(share / len(lengths)) + 1e-3)


def test_a_block_without_end_turns_the_circle():
    drawn = stationary_indices(9, 50, np.inf, seed=1)
    assert (np.diff(drawn, axis=1) % 9 == 1).all()
    assert len(np.unique(drawn[:, 0])) == 9


def test_blocks_wrap_around_and_every_row_is_drawn_alike():
    drawn = stationary_indices(12, 20_000, 6.0, seed=4)
    assert (drawn[:, 1:][drawn[:, :-1] == 11] == 0).mean() > 0.8  # 5/6 + 1/6 * 1/12
    for column in (0, 5, 11):  # stationary: each place of a draw holds each row with probability 1/12
        hits = np.bincount(drawn[:, column], minlength=12)
        assert np.abs(hits - 20_000 / 12).max() < 4.5 * np.sqrt(20_000 / 12)


def test_the_variance_of_the_mean_is_that_of_politis_and_romano():
    rng = np.random.default_rng(8)
    values, block, count = autoregressive(rng, 200, 0.6), 12.0, 200
    away = values - values.mean()
    circular = np.array([(away * np.roll(away, -k)).mean() for k in range(count)])
    lags, p = np.arange(1, count), 1.0 / block
    variance = (circular[0] + 2 * ((1 - lags / count) * (1 - p) ** lags * circular[1:]).sum()) / count  # their lemma 1
    means = values[stationary_indices(count, 20_000, block, seed=5)].mean(-1)
    assert means.var() == pytest.approx(variance, rel=4.5 * np.sqrt(2 / 20_000))
    assert means.mean() == pytest.approx(values.mean(), abs=4.5 * np.sqrt(variance / 20_000))


# --- block lengths --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phi", [-0.7, 0.0, 0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("count", [11, 12, 24, 60, 251, 1000])
def test_arch_finds_the_same_block_length(count, phi):
    values = autoregressive(np.random.default_rng(count), count, phi)
    assert block_length(values) == pytest.approx(optimal_block_length(values)["stationary"].iloc[0], abs=1e-8)


def test_many_series_answer_as_each_alone():
    rng = np.random.default_rng(2)
    values = np.stack([autoregressive(rng, 300, phi) for phi in (0.0, 0.4, 0.8)]).reshape(3, 1, 300)
    np.testing.assert_allclose(block_length(values)[:, 0], [block_length(row[0]) for row in values], rtol=1e-12)


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.floats(1e-6, 1e6), st.floats(-10.0, 10.0))
def test_scale_and_level_do_not_matter(seed, scale, level):
    values = np.random.default_rng(seed).normal(size=80)
    assert block_length(scale * (values + level)) == pytest.approx(float(block_length(values)), rel=1e-6, abs=1e-9)


def test_longer_memory_needs_longer_blocks():
    rng = np.random.default_rng(12)
    found = [np.mean([block_length(autoregressive(rng, 500, phi)) for _ in range(20)]) for phi in (0.0, 0.4, 0.8)]
    assert found[0] < found[1] < found[2]


@pytest.mark.parametrize("values", [[], [1.0], [*np.sin(range(10))], [0.01] * 50, [*np.sin(range(40)), np.nan]])
def test_no_length(values):
    assert np.isnan(block_length(np.array(values, dtype=float)))


def test_the_door():
    for block in (0.99, 0.0, np.nan, -3.0):
        with pytest.raises(ParameterError, match="below 1"):
            stationary_indices(5, 5, block, seed=0)
    with pytest.raises(ParameterError, match="-1 draws"):
        stationary_indices(5, -1, 2.0, seed=0)
