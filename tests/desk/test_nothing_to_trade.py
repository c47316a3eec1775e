"""Where the target is what is held, nothing is ordered, and the reason given is the true one."""

from dataclasses import replace

import pytest

from trimtab.data.synthetic import Synthetic
from trimtab.desk import gallery
from trimtab.desk.backtest import backtest
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market
from trimtab.desk.result import Result


def run(policy: Policy) -> Result:
    policy = replace(policy, data=Synthetic())
    return backtest(policy, load_market(policy))


@pytest.fixture(scope="module")
def banded() -> Result:
    return run(gallery.named("trend-overlay"))


def test_a_drift_inside_the_band_places_no_order(banded: Result):
    """Rounding sets a cent aside: sized anew, every held position would be sold by a millionth of a unit."""
    resting = [d for d in banded.decisions if float(d.reach.share) == 0.0]
    assert resting
    assert not [order for decision in resting for order in decision.orders]


def test_the_band_is_the_reason_where_it_is(banded: Result):
    resting = next(d for d in banded.decisions if float(d.reach.share) == 0.0)
    assert "inside the band" in " ".join(banded.reason(resting))


def test_a_spent_budget_is_the_reason_where_it_is():
    values = {
        "trimtab": 1,
        "name": "spent",
        "since": "1926-06-30",
        "universe": {"US_EQ": {"series": "us_equity"}},
        "benchmark": {"US_EQ": 1.0},
        "signals": {"average": {"use": "trend", "window": "2M"}},
        "combine": {"use": "vote"},
        "allocator": {"use": "timing"},
        "rules": [{"use": "max_turnover", "at_most": 0.0, "per": "year"}],
        "schedule": {"trade": "same_close"},
        "end": "1935-01-01",
    }
    result = run(policy_from(values))
    stopped = [
        d for d in result.decisions if float(d.reach.share) == 0.0 and abs(float(d.today.goal[0] - d.book.held[0])) > 0.5
    ]
    assert stopped
    assert "the turnover budget is spent" in " ".join(result.reason(stopped[0]))
