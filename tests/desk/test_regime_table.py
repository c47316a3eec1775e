"""What was made in each regime: the states together are the whole record, and a policy without regimes says so."""

from __future__ import annotations

import numpy as np
import pytest

from tests.desk import worlds
from trimtab.core.errors import DataError
from trimtab.desk.attributing import attribute
from trimtab.desk.backtest import backtest
from trimtab.desk.readings import likeliest
from trimtab.desk.regime_table import FEW, regimes_of
from trimtab.desk.result import Result

REGIME = {"use": "volatility", "window": "1M", "history": "6M", "enter": 0.7, "exit": 0.5}


@pytest.fixture(scope="module")
def result() -> Result:
    policy = worlds.policy(regime=REGIME)
    return backtest(policy, worlds.market(policy))


def test_states_and_what_had_none_compound_to_the_whole(result: Result) -> None:
    """A state's return a year over its own years, put back together, is the return of the run: Pi (1 + r_s) ** years_s."""
    found, whole = regimes_of(result), attribute(result)
    dates = np.array([one.today.when for one in result.decisions[: len(whole.starts)]])
    rows = np.searchsorted(result.aims.days.dates, dates)
    states = likeliest(result.aims.regime.probabilities[rows])
    years = (whole.ends - whole.starts) / np.timedelta64(1, "D") / 365.25
    mine = theirs = 1.0
    for k, row in enumerate(found.rows):
        inside = states == k
        assert row.periods == inside.sum()
        assert row.few is (row.periods < FEW)
        if row.periods:
            mine *= (1.0 + row.portfolio) ** years[inside].sum()
            theirs *= (1.0 + row.benchmark) ** years[inside].sum()
            assert row.worst == min(whole.returns[inside].min(), 0.0)
    unknown = ~np.isfinite(states)
    assert found.unknown == unknown.sum()
    assert mine * np.prod(1.0 + whole.returns[unknown]) == pytest.approx(1.0 + whole.total, rel=1e-12)
    assert theirs * np.prod(1.0 + whole.benchmark[unknown]) == pytest.approx(1.0 + whole.benchmark_total, rel=1e-12)
    assert sum(row.periods for row in found.rows) + found.unknown == len(whole.starts)


def test_what_it_says_now_is_the_likeliest_state_at_the_last_session(result: Result) -> None:
    now = regimes_of(result).now
    assert now.state in result.aims.regime.states
    assert now.probability == max(p for _, p in now.probabilities)


def test_a_policy_that_tells_none_apart_says_so() -> None:
    policy = worlds.policy()
    with pytest.raises(DataError, match="tells no regimes apart"):
        regimes_of(backtest(policy, worlds.market(policy)))
