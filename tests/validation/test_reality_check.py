"""Reality check and superior predictive ability: the obvious loop, `arch` on the same draws, and what luck looks like."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from arch.bootstrap import SPA, StationaryBootstrap
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.bootstrap import block_length, stationary_draws, stationary_indices
from trimtab.validation import reality_check as subject
from trimtab.validation.reality_check import (
    common_block,
    long_run_deviation,
    reality_check,
    superior_ability,
    superior_in,
)

P_VALUES = ("lower", "consistent", "upper", "alone")


def noise(seed: int, rows: int = 120, columns: int = 5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, columns)) * rng.uniform(0.5, 2.0, columns) + rng.normal(size=(rows, 1))


def obvious(rows: np.ndarray, drawn: np.ndarray, deviation: np.ndarray, studentised: bool) -> list[float]:
    """White and Hansen, word by word: every drawn history is written out."""
    count, mean = len(rows), rows.mean(axis=0)
    scale = deviation if studentised else np.ones(rows.shape[1])
    behind = mean < -deviation / np.sqrt(count) * np.sqrt(2 * np.log(np.log(count)))
    leads = np.sqrt(count) * mean / scale
    reached, hits = leads.max() - 1e-9 * abs(leads.max()), np.zeros(4)
    for numbers in drawn:
        again = rows[numbers].mean(axis=0)
        for k, centre in enumerate((np.maximum(mean, 0), np.where(behind, 0, mean), mean)):
            hits[k] += (np.sqrt(count) * (again - centre) / scale).max() >= reached
        hits[3] += (np.sqrt(count) * (again - mean) / scale)[leads.argmax()] >= reached
    return (hits / len(drawn)).tolist()


# --- laws -----------------------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.integers(3, 40), st.integers(1, 6), st.floats(1.0, 9.0), st.booleans())
def test_counting_rows_is_writing_histories_out(seed, rows, columns, block, studentised):
    differences = noise(seed, rows, columns) + np.linspace(-0.5, 0.3, columns)
    drawn = stationary_indices(rows, 60, block, seed=seed)
    parts = stationary_draws(rows, 60, block, seed=seed, rows=7)
    found = superior_in(differences, parts, block=block, studentised=studentised)
    want = obvious(differences, drawn, long_run_deviation(differences, block), studentised)
    assert [getattr(found, name) for name in P_VALUES] == pytest.approx(want, abs=1e-12)
    assert found.lower <= found.consistent <= found.upper
    assert found.draws == 60


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.floats(1e-3, 1e3))
def test_order_and_scale_of_variants_do_not_matter(seed, scale):
    differences = noise(seed, 60, 6)
    order = np.random.default_rng(seed).permutation(6)
    for check in (superior_ability, reality_check):
        found = check(differences, seed=3, draws=100, block=2.0)
        moved = check(scale * differences[:, order], seed=3, draws=100, block=2.0)
        assert [getattr(moved, name) for name in P_VALUES] == [getattr(found, name) for name in P_VALUES]
        assert order[moved.best] == found.best
    each = superior_ability(differences * scale ** np.linspace(0.0, 1.0, 6), seed=3, draws=100, block=2.0)
    one = superior_ability(differences, seed=3, draws=100, block=2.0)
    assert each.upper == one.upper  # errors differ, leads over errors do not
    assert each.statistic == pytest.approx(one.statistic)


def test_a_twin_costs_nothing_and_a_rival_does():
    ahead = np.random.default_rng(5).normal(0.25, 1.0, size=(150, 1))
    found = [superior_ability(np.hstack([ahead] * n), seed=1, draws=500, block=1.0) for n in (1, 2)]
    assert found[0].upper == found[1].upper == found[0].alone
    others = np.random.default_rng(6).normal(size=(150, 100))
    crowded = superior_ability(np.hstack([ahead, others - others.mean(axis=0)]), seed=1, draws=500, block=1.0)
    assert crowded.alone == found[0].alone < 0.05 < crowded.upper  # what it would have been, and the price of a hundred


def test_hopeless_variants_are_forgiven_by_all_but_the_upper_p_value():
    rng = np.random.default_rng(11)
    good, bad = rng.normal(0.25, 1.0, size=(150, 1)), rng.normal(-2.0, 6.0, size=(150, 40))
    alone = superior_ability(good, seed=2, draws=500, block=1.0)
    found = superior_ability(np.hstack([good, bad]), seed=2, draws=500, block=1.0)
    assert found.best == 0
    assert found.lower == pytest.approx(alone.lower, abs=0.02)
    assert found.lower <= found.consistent < found.upper


def test_the_same_seed_gives_the_same_answer_however_many_are_drawn_together(monkeypatch):
    differences = noise(8)
    once = superior_ability(differences, seed=4, draws=300)
    monkeypatch.setattr(subject, "AT_ONCE", 500)
    again = superior_ability(differences, seed=4, draws=300)
    assert [getattr(again, name) for name in P_VALUES] == [getattr(once, name) for name in P_VALUES]
    assert superior_ability(differences, seed=5, draws=300).upper != once.upper


def test_the_consistent_p_value_is_the_share_of_drawn_histories_that_do_as_well():
    differences = noise(3) + 0.002
    found = superior_ability(differences, seed=4, draws=300, block=1.0)
    assert found.by_luck.shape == (300,)
    assert not found.by_luck.flags.writeable
    assert (np.diff(found.by_luck) >= 0.0).all()
    assert (found.by_luck >= found.statistic).mean() == pytest.approx(found.consistent)


# --- arch ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def losses() -> tuple[np.ndarray, np.ndarray]:
    """A benchmark's, and those of ten variants, as METHODS 9 draws them."""
    rng = np.random.default_rng(1)
    benchmark = rng.normal(size=500) ** 2
    return benchmark, np.column_stack([rng.normal(size=500) ** 2 + 0.1 * k for k in range(-2, 8)])


def draws_of_arch(count: int, block: int) -> np.ndarray:
    drawing = StationaryBootstrap(block, np.arange(count), seed=1234)
    return np.array([drawing.update_indices().copy() for _ in range(1000)])


def test_arch_on_the_same_draws(losses):
    benchmark, variants = losses
    theirs = SPA(benchmark, variants, block_size=10, reps=1000, seed=1234)
    theirs.compute()
    drawn = [draws_of_arch(500, 10)]
    found = superior_in(benchmark[:, None] - variants, drawn, block=10.0, studentised=False)
    assert (found.lower, found.consistent, found.upper) == (0.593, 0.875, 0.996)  # METHODS 9
    assert theirs.pvalues.tolist() == [found.lower, found.consistent, found.upper]
    deviation = long_run_deviation(benchmark[:, None] - variants, 10.0)
    np.testing.assert_allclose(deviation, np.sqrt(theirs._loss_diff_var), rtol=1e-10)


def test_arch_does_not_divide_by_errors_so_it_is_given_differences_that_are_divided(losses):
    benchmark, variants = losses
    differences = benchmark[:, None] - variants
    scaled = differences / long_run_deviation(differences, 10.0)
    theirs = SPA(np.zeros(500), -scaled, block_size=10, reps=1000, seed=1234)
    theirs.compute()
    found = superior_in(differences, [draws_of_arch(500, 10)], block=10.0)
    assert theirs.pvalues.tolist() == [found.lower, found.consistent, found.upper]


def test_our_own_draws_find_the_same_within_their_error(losses):
    benchmark, variants = losses
    found = reality_check(benchmark[:, None] - variants, seed=1234, block=10.0)
    for value, printed in zip((found.lower, found.consistent, found.upper), (0.593, 0.875, 0.996), strict=True):
        assert value == pytest.approx(printed, abs=4 * np.sqrt(2 * printed * (1 - printed) / 1000) + 0.001)


# --- its parts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [3, 4, 51, 64])
@pytest.mark.parametrize("block", [1.0, 2.5, 40.0])
def test_the_deviation_is_the_sum_over_all_pairs_of_rows(count, block):
    values = noise(count, count, 3)
    away, stay = values - values.mean(axis=0), 1 - 1 / block
    variance = (away**2).mean(axis=0)
    for lag in range(1, count):
        weight = (1 - lag / count) * stay**lag + lag / count * stay ** (count - lag)
        variance += 2 * weight * (away[lag:] * away[:-lag]).sum(axis=0) / count
    np.testing.assert_allclose(long_run_deviation(values, block), np.sqrt(np.maximum(variance, 0)), rtol=1e-9, atol=1e-12)


def test_block_one_has_the_plain_standard_deviation():
    values = noise(3, 40, 70)  # more columns than are worked out together
    np.testing.assert_allclose(long_run_deviation(values, 1.0), values.std(axis=0), rtol=1e-12)


def test_the_block_is_the_median_of_the_automatic_ones():
    values = np.cumsum(noise(9, 200, 41), axis=0)
    lengths = [float(block_length(one)) for one in values.T]
    assert common_block(values) == pytest.approx(float(np.median(lengths)))
    assert common_block(noise(9, 8, 3)) == 2.0  # too short for one: the cube root of 8
    assert common_block(np.random.default_rng(1).normal(size=(400, 9))) >= 1.0


# --- limits -------------------------------------------------------------------------------------------------------------


def test_variants_like_the_benchmark_have_no_error_and_are_named():
    differences = noise(2, 60, 4)
    differences[:, 2] += 0.5
    twins = np.insert(differences, [1, 3], [0.0, 1e-3], axis=1)  # like it, and ahead by a fee that is saved
    found, want = (superior_ability(one, seed=1, draws=200, block=1.0) for one in (twins, differences))
    assert found.still.tolist() == [1, 4]
    assert [getattr(found, name) for name in P_VALUES] == [getattr(want, name) for name in P_VALUES]
    assert (want.best, found.best) == (2, 3)
    plain = reality_check(twins, seed=1, draws=200, block=1.0)
    assert plain.still.tolist() == [1, 4]  # named, and in the test: no error is needed


@pytest.mark.parametrize("constant", [0.0, 0.3, -0.1])
def test_nothing_varies(constant):
    found = superior_ability(np.full((20, 3), constant), seed=1)
    assert (found.best, found.draws, found.still.tolist()) == (-1, 0, [0, 1, 2])
    assert np.isnan([getattr(found, name) for name in ("statistic", *P_VALUES)]).all()
    assert found.says == "no variant differs from the benchmark by an amount that varies"


def test_a_draw_of_the_same_rows_in_another_order_reaches_the_lead():
    differences = np.array([[-0.1], [-0.2], [-0.4]])  # behind, so that `lower` takes nothing off
    found = superior_in(differences, [np.array([[1, 0, 2], [2, 1, 0], [0, 1, 2]])], block=1.0)
    assert (found.lower, found.upper) == (1.0, 1.0)
    assert reality_check(differences, seed=3, block=1e9).lower == 1.0  # every draw turns the circle


def test_a_clear_lead_and_a_clear_lag():
    good, bad = (np.random.default_rng(3).normal(mean, 1.0, size=(100, 3)) for mean in (1.0, -1.0))
    assert superior_ability(good, seed=1, draws=200).upper == 0.0
    lag = superior_ability(bad, seed=1, draws=200)
    assert lag.statistic < 0.0
    assert min(lag.lower, lag.consistent, lag.upper, lag.alone) > 0.5
    assert lag.says == ""


@pytest.mark.parametrize(
    ("differences", "says"),
    [
        (np.zeros((0, 3)), "0 periods, at least 3"),
        (np.zeros((2, 3)), "2 periods, at least 3"),
        (np.zeros((9, 0)), "0 variants"),
        (np.zeros(9), "1 axes"),
        (np.full((9, 2), np.nan), "row 0 of variant 0 is nan"),
        (np.where(np.arange(18).reshape(9, 2) == 5, -np.inf, 0.0), "row 2 of variant 1 is -inf"),
    ],
)
def test_the_door(differences, says):
    with pytest.raises(DataError, match=says):
        superior_ability(differences, seed=1)
    with pytest.raises(DataError, match=says):
        superior_in(differences, [], block=1.0)


def test_parameters_that_make_no_sense():
    for block in (0.5, 0.0, -1.0, np.nan):
        with pytest.raises(ParameterError, match="below 1"):
            superior_ability(noise(1), seed=1, block=block)
    with pytest.raises(ParameterError, match="0 draws"):
        reality_check(noise(1), seed=1, draws=0)


# --- how often it is wrong ------------------------------------------------------------------------------------------------


@pytest.mark.soak
def test_false_alarms_are_as_rare_as_they_should_be():
    rates = []
    for equal in (True, False):
        found = []
        for seed in range(400):
            rng = np.random.default_rng(seed)
            sizes = np.ones(50) if equal else rng.uniform(0.5, 2.0, 50)
            rows = rng.normal(size=(240, 50)) * sizes + rng.normal(size=(240, 1))
            answer = superior_ability(rows, seed=seed, draws=300)
            found.append([answer.lower <= 0.05, answer.consistent <= 0.05, answer.upper <= 0.05])
        rates.append(np.mean(found, axis=0))
    assert np.max(rates) < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 400)
    assert all(one >= two for rate in rates for one, two in pairwise(rate))
