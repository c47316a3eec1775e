"""What is left of a backtest's Sharpe ratio beside all the trials of its workspace."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from trimtab.desk.backtest import backtest
from trimtab.desk.deflating import Record, chance, deflate, deflated, record_of
from trimtab.desk.result import Result, Trials
from trimtab.desk.summary import summary
from trimtab.numerics.normal import normal_cdf

# Bailey and Lopez de Prado (2014), as METHODS 9 prints it: 2.5 a year, 1,250 days of 250 a year, variance of trials 1/2 a
# year, skewness -3, kurtosis 10, 100 trials: the best by luck has 0.113172 a day, and 0.9004 are left.
PRINTED = Record(2.5 / math.sqrt(250.0), -3.0, 10.0, 1250, 250)


@pytest.fixture(scope="module")
def result() -> Result:
    policy = worlds.policy()
    return backtest(policy, worlds.market(policy, 1, count=120))


def test_what_only_rounding_keeps_from_bills_has_no_ratio(result: Result) -> None:
    """Regression: a policy that is always in cash had the Sharpe ratio of its rounding to cents, and a light for it."""
    noise = np.random.default_rng(0).normal(0.0, 1e-9, len(result.returns))
    path = np.concatenate([[1.0], np.cumprod(1.0 + result.riskfree + noise)]) * result.wealth[0]
    assert np.isnan(record_of(replace(result, wealth=path)).sharpe)
    moved = path.copy()
    moved[30:] *= 1.0001  # one return that is more than rounding
    assert np.isfinite(record_of(replace(result, wealth=moved)).sharpe)
    found = deflate(record_of(replace(result, wealth=path)), Trials(3, 3))
    assert math.isnan(found.probability)
    assert found.words == "No Sharpe ratio to deflate, of 3 trials in this workspace."


def test_the_printed_example() -> None:
    found = deflate(PRINTED, Trials(120, 100, variance=0.5 / 250.0))
    assert found.target == pytest.approx(0.113172 * math.sqrt(250.0), abs=1e-5)
    assert found.probability == pytest.approx(0.9004, abs=5e-5)
    assert found.words == (
        "Deflated Sharpe ratio 0.900: the probability that the true one is above 1.79 a year, which the best of 100 trials in "
        "this workspace would show by luck."
    )


def test_the_first_trial_has_the_probabilistic_sharpe_ratio() -> None:
    # 0.458 a month over 24 months: Phi(0.458 sqrt(23) / sqrt(1 + 0.458^2 / 2)) = 0.9817 (Bailey and Lopez de Prado 2012)
    for total in (1, 4):  # the same trial again and again is one
        found = deflate(Record(0.458, 0.0, 3.0, 24, 12), Trials(total, 1, 1.0))
        assert found.probability == pytest.approx(0.9817, abs=5e-5)
        assert found.target == 0.0
        assert found.words.startswith(
            "Probabilistic Sharpe ratio 0.982: the probability that the true one is above 0, of 1 trial"
        )


@settings(max_examples=40)
@given(st.integers(2, 500), st.floats(0.01, 1.0), st.floats(0.0, 0.05))
def test_more_trials_leave_less_and_likeness_gives_some_back(count: int, share: float, variance: float) -> None:
    few, many = Trials(count, count, variance=variance), Trials(2 * count, 2 * count, variance=variance)
    assert deflate(PRINTED, many).probability <= deflate(PRINTED, few).probability
    alike = replace(few, effective=max(share * count, 1.0))
    assert deflate(PRINTED, alike).probability >= deflate(PRINTED, few).probability
    assert deflate(PRINTED, replace(few, effective=1.0)).target == 0.0 < deflate(PRINTED, few).target
    assert deflate(PRINTED, few).probability <= deflate(PRINTED, Trials(1, 1)).probability


def test_trials_that_scatter_less_than_luck_count_as_luck_does() -> None:
    by_luck = 1.0 / (PRINTED.periods - 1)
    wanted = deflate(PRINTED, Trials(9, 9, 3.0, by_luck)).probability
    assert deflate(PRINTED, Trials(9, 9, 3.0, 0.0)).probability == wanted
    assert deflate(PRINTED, Trials(9, 9, 3.0, None)).probability == wanted
    assert deflate(PRINTED, Trials(9, 9, 3.0, 2.0 * by_luck)).probability < wanted
    assert "of 9 trials in this workspace, worth 3.0 independent ones, would" in deflate(PRINTED, Trials(9, 9, 3.0)).words


def test_a_backtest_by_hand(result: Result) -> None:
    excess = result.returns - result.riskfree
    z = (excess - excess.mean()) / excess.std()
    record = record_of(result)
    assert record.sharpe == pytest.approx(excess.mean() / excess.std(ddof=1))
    assert (record.skew, record.kurtosis) == (pytest.approx((z**3).mean()), pytest.approx((z**4).mean()))
    assert (record.periods, record.per_year) == (len(excess), result.periods_per_year)
    spread = math.sqrt(1.0 - record.skew * record.sharpe + (record.kurtosis - 1.0) / 4.0 * record.sharpe**2)
    by_hand = float(normal_cdf(np.array(record.sharpe * math.sqrt(record.periods - 1) / spread)))
    counted = replace(result, trials=Trials(1, 1, 1.0))
    assert deflated(counted).probability == pytest.approx(by_hand)
    figures = summary(counted)
    assert figures["deflated_sharpe"] == pytest.approx(by_hand)
    assert (figures["deflated_target"], figures["effective_trials"], figures["trials"]) == (0.0, 1.0, 1)
    assert record.figures["sharpe"] == pytest.approx(figures["sharpe"])


def test_what_nobody_counts_is_not_deflated(result: Result) -> None:
    assert deflated(result).words == ""
    assert summary(result)["deflated_sharpe"] is None
    assert summary(result)["effective_trials"] is None


@pytest.mark.parametrize("record", [Record(math.nan, math.nan, math.nan, 50, 12), Record(0.1, 0.0, 3.0, 1, 12)])
def test_without_a_ratio_nothing_is_left_and_it_is_said(record: Record) -> None:
    found = deflate(record, Trials(3, 3))
    assert math.isnan(found.probability)
    assert found.words == "No Sharpe ratio to deflate, of 3 trials in this workspace."
    assert record.figures["sharpe"] is None or record.periods == 1


def test_no_probability_is_written_as_certain() -> None:
    words = [chance(p) for p in (0.0, 0.0004, 0.5, 0.9994, 0.99951, 1.0, math.nan)]
    assert words == ["below 0.001", "below 0.001", "0.500", "0.999", "above 0.999", "above 0.999", "n/a"]
