"""Haircut Sharpe ratios: laws, the published examples, edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trimtab.core.errors import ParameterError
from trimtab.numerics.ratios import sharpe_scale
from trimtab.validation import published_trials as module
from trimtab.validation.haircut import (
    Statistic,
    autocorrelation_factor,
    bonferroni_haircut,
    haircut_at,
    independent_haircut,
    single_p_value,
)
from trimtab.validation.multiple_testing import Adjustment
from trimtab.validation.published_trials import Published, published_haircuts

few = settings(max_examples=25, deadline=None)

# Laws.


@few
@given(st.floats(0.05, 2.0), st.integers(24, 600), st.floats(1.0, 500.0), st.sampled_from(Statistic))
def test_a_haircut_takes_more_the_more_was_tried(sharpe: float, periods: int, tests: float, how: Statistic) -> None:
    cuts = [independent_haircut(sharpe, periods=periods, tests=n, statistic=how) for n in (1.0, tests, 2.0 * tests)]
    assert cuts[0].sharpe == pytest.approx(sharpe, rel=1e-6)  # one test: nothing is cut
    assert cuts[0].share == pytest.approx(0.0, abs=1e-6)
    assert 0.0 <= cuts[2].sharpe <= cuts[1].sharpe + 1e-9 <= sharpe + 1e-6
    strict = bonferroni_haircut(sharpe, periods=periods, tests=tests, statistic=how)
    assert strict.adjusted >= cuts[1].adjusted - 1e-12
    left = single_p_value(cuts[1].sharpe, periods=periods, statistic=how)
    assert left == pytest.approx(float(cuts[1].adjusted), rel=1e-6)  # what is left has as one test the p-value that all leave


@few
@given(st.floats(-0.8, 0.8), st.sampled_from([1, 2, 3, 4, 12, 52]))
def test_the_factor_is_los_for_an_ar1(correlation: float, per_year: int) -> None:
    lags = correlation ** np.arange(1, per_year)
    assert autocorrelation_factor(correlation, per_year=per_year) == pytest.approx(sharpe_scale(per_year, lags) / per_year**0.5)


# Published: Harvey and Liu 2015, as its program and the test of an implementation of it print them.


def test_the_haircut_of_a_hundred_tests_with_student() -> None:
    factor = autocorrelation_factor(0.1, per_year=12)
    assert factor == pytest.approx(0.912245, abs=5e-7)
    assert factor * 10**0.5 == pytest.approx(2.884773, abs=5e-7)  # t of 120 months: ten years
    found = bonferroni_haircut(factor, periods=120, tests=100)
    assert found.single == pytest.approx(0.00465123, abs=5e-9)
    assert found.adjusted == pytest.approx(0.465123, abs=5e-7)
    assert found.sharpe == pytest.approx(0.2317, abs=5e-5)


def test_the_haircuts_among_published_strategies() -> None:
    # The print is one run of 400 draws. The median of BHY lies between two steps, .1628 and .1744, and more draws end there.
    world = Published(100, 0.4, seed=1)
    found, mean = published_haircuts(float(autocorrelation_factor(0.1, per_year=12)), periods=120, world=world)
    p = [float(found[one].adjusted) for one in (Adjustment.BONFERRONI, Adjustment.HOLM, Adjustment.BHY)]
    np.testing.assert_allclose([*p, float(mean.adjusted)], [0.465, 0.409, 0.174, 0.348], atol=0.01)
    assert found[Adjustment.BHY].sharpe > mean.sharpe > found[Adjustment.HOLM].sharpe > found[Adjustment.BONFERRONI].sharpe


def test_published_strategies_are_as_correlated_and_as_good_as_said() -> None:
    # t = luck + merit, 240 months at 15 % / sqrt(12) = .0433: a mean of .0055956 is t = 2.002. A share of .161 has merit: mean
    # .322, variance 1 + .161 * 2 * 2.002^2 - .322^2 = 2.187; luck alone correlates, by .8, so t by .8 / 2.187 = .366.
    drawn = module._drawn(np.random.default_rng(1), 20_000, Published(2, 0.8))
    assert drawn.mean() == pytest.approx(0.322, abs=0.04)
    assert drawn.var() == pytest.approx(2.187, abs=0.15)
    assert np.corrcoef(drawn.T)[0, 1] == pytest.approx(0.366, abs=0.04)


def test_the_example_of_the_paper_with_the_normal() -> None:
    found = independent_haircut(0.75, periods=240, tests=200)
    assert found.single == pytest.approx(0.00079623, abs=5e-9)
    assert found.adjusted == pytest.approx(0.147268, abs=5e-7)
    assert found.sharpe == pytest.approx(0.324, abs=5e-4)
    assert found.share == pytest.approx(0.568, abs=5e-4)
    plain = bonferroni_haircut(0.75, periods=240, tests=200, statistic=Statistic.NORMAL)
    assert plain.adjusted == pytest.approx(0.159246, abs=5e-7)


def test_scipys_way_there_and_back() -> None:
    sharpe, periods = np.array([0.2, 0.9, 1.5]), np.array([[60], [2500]])
    found = bonferroni_haircut(sharpe, periods=periods, tests=7, per_year=252)
    t = sharpe * np.sqrt(periods / 252)
    p = np.minimum(2 * stats.t.sf(t, periods - 1) * 7, 1.0)
    left = stats.t.isf(p / 2, periods - 1) * np.sqrt(252 / periods)
    np.testing.assert_allclose(found.adjusted, p, rtol=1e-9)
    np.testing.assert_allclose(found.sharpe, left, rtol=1e-9, atol=1e-12)


# Edges.


def test_drawn_worlds_are_bounded_in_memory_and_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Published(50, 0.1, seed=3, draws=200)
    whole = published_haircuts(0.8, periods=120, world=world)[1].adjusted
    assert published_haircuts(0.8, periods=120, world=world)[1].adjusted == whole
    sizes = []
    plain = module._drawn
    monkeypatch.setattr(module, "AT_ONCE", 51 * 60)
    monkeypatch.setattr(module, "_drawn", lambda rng, rows, world: (sizes.append(rows), plain(rng, rows, world))[1])
    assert published_haircuts(0.8, periods=120, world=world)[1].adjusted == pytest.approx(float(whole), abs=0.08)
    assert sizes == [60, 60, 60, 20]


def test_a_ratio_that_is_none_has_no_haircut() -> None:
    for sharpe in (0.0, -1.0):
        found = independent_haircut(sharpe, periods=120, tests=10)
        assert (found.single, found.adjusted, found.sharpe) == (1.0, 1.0, 0.0)
        assert np.isnan(found.share)
    for found in (
        bonferroni_haircut([np.nan, 0.5, 0.5], periods=[120, 1, 0], tests=10),
        independent_haircut([np.nan, 0.5, 0.5], periods=[120, 1, 0], tests=10),
    ):
        assert np.isnan(found.sharpe).all()
        assert np.isnan(found.single).all()
    unknown, mean = published_haircuts(np.nan, periods=120, world=Published(10))
    assert all(np.isnan(one.sharpe) for one in [*unknown.values(), mean])


def test_what_is_beyond_doubt_keeps_its_ratio() -> None:
    found = haircut_at(100.0, 0.0, periods=500, per_year=12, statistic=Statistic.NORMAL)
    assert (found.sharpe, found.share) == (100.0, 0.0)


def test_the_factor_without_an_answer() -> None:
    assert autocorrelation_factor(0.0, per_year=12) == 1.0
    assert np.isnan(autocorrelation_factor([1.0, -1.0, 1.5, np.nan], per_year=12)).all()


def test_the_door() -> None:
    for per_year in (0.0, -12.0, np.inf, np.nan):
        with pytest.raises(ParameterError, match="per_year"):
            single_p_value(0.5, periods=120, per_year=per_year)
    for count in (0, 2.5):
        with pytest.raises(ParameterError, match="per_year"):
            autocorrelation_factor(0.1, per_year=count)
    for tests in (0, np.nan):
        with pytest.raises(ParameterError, match="tests"):
            bonferroni_haircut(0.5, periods=120, tests=tests)
    with pytest.raises(ParameterError, match="0 tests"):
        Published(0)
    for correlation in (-0.1, 0.9, np.nan):
        with pytest.raises(ParameterError, match="correlation"):
            Published(10, correlation)
