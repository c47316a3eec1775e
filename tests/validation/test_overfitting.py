"""Probability of overfitting: the fast way beside the obvious loop, its properties, a second opinion, and its limits."""

from __future__ import annotations

from itertools import combinations
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from purgedcv import probability_of_backtest_overfitting

from trimtab.core.errors import DataError, ParameterError
from trimtab.validation import overfitting
from trimtab.validation.overfitting import Overfitting, probability_of_overfitting


def noise(seed: int, rows: int = 960, columns: int = 20, sd: float = 0.01) -> np.ndarray:
    return np.random.default_rng(seed).normal(scale=sd, size=(rows, columns))


def ratio(rows: np.ndarray) -> np.ndarray:
    """Mean over standard deviation of each column; NaN where all of its rows are the same."""
    return np.array([np.nan if np.ptp(one) == 0.0 else one.mean() / one.std(ddof=1) for one in rows.T])


def obvious(returns: np.ndarray, blocks: int) -> dict[str, np.ndarray]:
    """METHODS 9.1, word by word; ratios are equal within 1e-12, and equal ones share the mean of their ranks."""
    parts = np.array_split(np.arange(len(returns)), blocks)  # the first ones are a row longer
    found: dict[str, list[float]] = {"logits": [], "inside": [], "outside": [], "chosen": []}
    for half in combinations(range(blocks), blocks // 2):
        inside = ratio(returns[np.concatenate([parts[b] for b in half])])
        outside = ratio(returns[np.concatenate([parts[b] for b in range(blocks) if b not in half])])
        best = -1 if np.isnan(inside).all() else int(np.flatnonzero(inside >= np.nanmax(inside) - 1e-12)[0])
        mine = np.nan if best < 0 else outside[best]
        known = outside[~np.isnan(outside)]
        rank = (known < mine - 1e-12).sum() + ((np.abs(known - mine) <= 1e-12).sum() + 1) / 2
        omega = rank / (len(known) + 1)
        found["logits"].append(np.nan if np.isnan(mine) or len(known) < 2 else log(omega / (1 - omega)))
        found["inside"].append(np.nan if best < 0 else inside[best])
        found["outside"].append(mine)
        found["chosen"].append(best)
    return {name: np.array(values) for name, values in found.items()}


def check(returns: np.ndarray, blocks: int) -> Overfitting:
    """The fast way finds what the loop finds."""
    found, want = probability_of_overfitting(returns, blocks=blocks), obvious(returns, blocks)
    np.testing.assert_array_equal(found.chosen, want["chosen"])
    for name in ("logits", "inside", "outside"):
        np.testing.assert_allclose(getattr(found, name), want[name], rtol=1e-9, atol=1e-9, err_msg=name)
    known = want["logits"][~np.isnan(want["logits"])]
    assert found.unknown == len(want["logits"]) - len(known)
    assert found.pbo == pytest.approx((known <= 1e-12).mean() if len(known) else np.nan, nan_ok=True)
    heard = want["outside"][~np.isnan(want["outside"])]
    assert found.loss == pytest.approx((heard < 0).mean() if len(heard) else np.nan, nan_ok=True)
    return found


# --- laws -----------------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.sampled_from([2, 4, 6]), st.integers(2, 7), st.integers(4, 40), st.data())
def test_the_fast_way_is_the_obvious_loop(seed, blocks, columns, rows, data):
    rng = np.random.default_rng(seed)
    returns = rng.normal(0.0005, 0.01, size=(max(rows, blocks), columns))
    twin = data.draw(st.integers(0, columns - 1))  # a variant like another, and one that rests for a while, or for ever
    returns[:, twin] = returns[:, 0] * data.draw(st.sampled_from([1.0, 1.0, 3.0]))
    rests = data.draw(st.integers(0, columns - 1))
    upto = data.draw(st.integers(0, len(returns)))
    returns[:upto, rests] = data.draw(st.sampled_from([0.0, 0.0001]))
    check(returns, blocks)


@settings(max_examples=10)
@given(st.integers(0, 2**32), st.floats(1e-6, 1e6))
def test_order_and_scale_of_variants_do_not_matter(seed, scale):
    returns = noise(seed, 80, 9)
    order = np.random.default_rng(seed).permutation(9)
    found, moved = (probability_of_overfitting(one, blocks=8) for one in (returns, scale * returns[:, order]))
    assert len(found.logits) == 70  # binomial(8, 4)
    np.testing.assert_array_equal(moved.logits, found.logits)
    np.testing.assert_array_equal(order[moved.chosen], found.chosen)
    assert (moved.pbo, moved.loss) == (found.pbo, found.loss)
    assert moved.slope == pytest.approx(found.slope, rel=1e-6)


def test_each_leverage_of_one_variant_is_a_tie_that_the_first_wins():
    one = noise(4, 60, 1)
    found = check(one * np.array([1.0, 3.0, 0.7, 1.1]), 6)
    assert set(found.chosen) == {0}
    np.testing.assert_array_equal(found.logits, 0.0)  # four share the ranks 1 to 4: 2.5 of 5
    assert found.pbo == 1.0  # the middle is not the upper half


def test_it_does_not_matter_how_many_halves_are_worked_out_together(monkeypatch):
    returns = noise(6, 100, 7)
    whole = probability_of_overfitting(returns, blocks=8)
    monkeypatch.setattr(overfitting, "AT_ONCE", 21)  # three halves of seven variants
    parts = probability_of_overfitting(returns, blocks=8)
    np.testing.assert_array_equal(parts.logits, whole.logits)
    np.testing.assert_allclose(parts.outside, whole.outside, rtol=1e-12)


# --- a worked example, and what is known of noise ----------------------------------------------------------------------


def test_two_variants_in_two_blocks():
    # Variant 0: mean  .015, sd .00707 in block 0, ratio 2.1213; mean -.005, sd .00707 in block 1, ratio -.7071
    # Variant 1: mean  .005, sd .00707 in block 0, ratio  .7071; mean  .020, sd .01414 in block 1, ratio 1.4142
    # Block 0 picks variant 0, the worse of two in block 1; block 1 picks variant 1, the worse of two in block 0:
    # rank 1, w = 1/3, logit = ln(1/2) both times. One of two futures is a loss.
    # The line: (-.7071 - .7071) / (2.1213 - 1.4142) = -2, and .7071 + 2 * 1.4142 = 3.5355.
    returns = np.array([[0.02, 0.0], [0.01, 0.01], [-0.01, 0.03], [0.0, 0.01]])
    found = probability_of_overfitting(returns, blocks=2)
    np.testing.assert_allclose(found.logits, [-log(2)] * 2)
    np.testing.assert_allclose(found.inside, [1.5 * np.sqrt(2), np.sqrt(2)])
    np.testing.assert_allclose(found.outside, [-np.sqrt(0.5), np.sqrt(0.5)])
    assert (found.pbo, found.loss, found.chosen.tolist()) == (1.0, 0.5, [0, 1])
    assert (found.slope, found.intercept) == (pytest.approx(-2.0), pytest.approx(5 * np.sqrt(0.5)))
    assert (found.unknown, found.blocks, found.variants, found.says) == (0, 2, 2, "")
    assert not found.logits.flags.writeable


@pytest.mark.parametrize("seed", range(10))
def test_an_effect_of_two_fifths_of_a_standard_deviation_is_always_found(seed):
    returns = noise(seed)
    returns[:, 7] += 0.004
    found = probability_of_overfitting(returns, blocks=8)
    assert found.pbo == 0.0
    assert set(found.chosen) == {7}


@pytest.mark.soak
def test_a_smaller_effect_is_nearly_always_found_and_noise_is_a_coin():
    planted, nothing = [], []
    for seed in range(1000, 1060):
        returns = noise(seed)
        nothing.append(probability_of_overfitting(returns, blocks=8).pbo)
        returns[:, 3] += 0.002
        planted.append(probability_of_overfitting(returns, blocks=8).pbo)
    assert np.mean(np.array(planted) == 0.0) > 0.6
    assert np.mean(planted) < 0.05
    assert np.mean(nothing) == pytest.approx(0.5, abs=0.1)


# --- a second opinion ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seed", "rows", "columns", "blocks"), [(1, 100, 6, 8), (2, 83, 5, 6), (3, 50, 30, 4)])
def test_purgedcv_finds_the_same_logits(seed, rows, columns, blocks):
    returns = noise(seed, rows, columns)
    returns[:, 2] = returns[:, 1]
    found = probability_of_overfitting(returns, blocks=blocks)
    theirs = probability_of_backtest_overfitting(  # variants by time; it goes through the futures in our order of pasts
        returns.T, blocks, metric=lambda one: float(one.mean() / one.std(ddof=1))
    )
    np.testing.assert_allclose(found.logits[::-1], theirs.logits, rtol=1e-9, atol=1e-12)
    pairs = np.column_stack([found.inside, found.outside])[::-1]
    np.testing.assert_allclose(pairs, theirs.is_oos_performance, rtol=1e-9)
    assert found.slope == pytest.approx(theirs.slope, rel=1e-9)
    assert (found.logits < 0).mean() == theirs.pbo  # it leaves out the exact middle, against the paper's lambda <= 0


# --- limits -------------------------------------------------------------------------------------------------------------


def test_a_variant_that_never_varies_is_no_rival():
    returns = noise(5, 61, 4)
    certain = np.where(np.arange(61) % 2, 0.3, 0.1 + 0.2)  # the same but for rounding
    with_cash = np.insert(returns, 2, certain, axis=1)
    found, want = probability_of_overfitting(with_cash, blocks=8), probability_of_overfitting(returns, blocks=8)
    np.testing.assert_array_equal(found.logits, want.logits)
    np.testing.assert_array_equal(found.outside, want.outside)
    assert 2 not in found.chosen


def test_a_variant_that_rests_half_of_the_time_leaves_splits_without_an_answer():
    returns = noise(5, 64, 3)
    returns[:, 1] += 0.05
    returns[32:, 1] = 0.001  # in cash in blocks 4 to 7, and far the best before
    found = check(returns, 8)
    assert found.unknown == 1  # blocks 0 to 3 pick it, and in 4 to 7 it has no ratio
    assert np.isnan(found.logits[0])
    assert found.says == "in 1 of 70 splits the chosen variant, or all others, did not vary"


def test_rounding_is_no_variation():
    returns = noise(5, 64, 3)
    returns[32:, 1] = 0.1 + 0.2 + 1e-15 * np.arange(32)  # the sums of squares hold the first half's size
    found = probability_of_overfitting(returns, blocks=8)
    assert np.isfinite(found.inside).all()
    assert np.abs(found.inside).max() < 10.0


@pytest.mark.parametrize("columns", [2, 3])
def test_where_nothing_varies_there_is_no_answer(columns):
    found = check(np.full((16, columns), 0.01), 4)
    assert np.isnan([found.pbo, found.loss, found.slope, found.intercept]).all()
    assert (found.unknown, set(found.chosen)) == (6, {-1})


def test_a_single_variant_that_varies_has_no_rank():
    returns = np.column_stack([noise(1, 16, 1), np.zeros(16)])
    found = check(returns, 4)
    assert np.isnan(found.pbo)
    assert found.says.startswith("in 6 of 6 splits")


def test_ruin_is_a_return_like_others():
    returns = noise(2, 40, 4)
    returns[11, 1] = -1.0
    check(returns, 4)


@pytest.mark.parametrize("blocks", [0, 1, 3, -2, 22, 15])
def test_blocks_that_cannot_be_halved(blocks):
    with pytest.raises(ParameterError, match=f"{blocks} blocks cannot be halved"):
        probability_of_overfitting(noise(1, 100, 3), blocks=blocks)


@pytest.mark.parametrize(
    ("returns", "says"),
    [
        (np.zeros((0, 3)), "0 periods, at least 4"),
        (np.zeros((3, 3)), "3 periods, at least 4"),
        (np.zeros((20, 0)), "0 variants"),
        (np.zeros((20, 1)), "1 variants, at least 2"),
        (np.zeros(20), "1 axes"),
        (np.where(np.arange(60).reshape(20, 3) == 34, np.nan, 0.01), "row 11 of variant 1 is nan"),
        (np.where(np.arange(60).reshape(20, 3) == 3, np.inf, 0.01), "row 1 of variant 0 is inf"),
        (np.full((20, 3), np.nan), "row 0 of variant 0 is nan"),
    ],
)
def test_the_door(returns, says):
    with pytest.raises(DataError, match=says):
        probability_of_overfitting(returns, blocks=4)


def test_a_past_that_is_always_as_good_has_no_line():
    found = probability_of_overfitting(np.tile(noise(3, 10, 4), (2, 1)), blocks=2)
    assert np.ptp(found.inside) < 1e-12
    assert np.isnan([found.slope, found.intercept]).all()
    assert found.pbo == 0.0


def test_each_half_needs_two_rows_and_each_block_one():
    with pytest.raises(DataError, match="3 periods, at least 4"):
        probability_of_overfitting(noise(1, 3, 3), blocks=2)
    with pytest.raises(DataError, match="15 periods, at least 16"):
        probability_of_overfitting(noise(1, 15, 3))
    assert len(probability_of_overfitting(noise(1, 16, 3)).logits) == 12_870
