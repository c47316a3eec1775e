"""The static benchmark of a policy stands by itself, whatever the policy's signals are."""

from dataclasses import replace

from trimtab.data.synthetic import Synthetic
from trimtab.desk.backtest import backtest
from trimtab.desk.load import policy_from
from trimtab.desk.prepare import load_market
from trimtab.desk.rivals import static


def test_weights_by_name_do_not_follow_the_benchmark():
    """Found once: the benchmark has no signals, and the combiner of the policy named some."""
    values = {
        "trimtab": 1,
        "name": "weighed",
        "since": "1926-06-30",
        "end": "1935-01-01",
        "universe": {"US_EQ": {"series": "us_equity"}},
        "benchmark": {"US_EQ": 0.6},
        "signals": {"average": {"use": "trend"}, "momentum": {"use": "momentum"}},
        "combine": {"use": "mean", "weights": {"average": 0.7, "momentum": 0.3}},
        "allocator": {"use": "overlay", "funding": ["cash"]},
        "schedule": {"trade": "same_close"},
    }
    policy = replace(policy_from(values), data=Synthetic())
    result = backtest(static(policy), load_market(policy))
    assert (abs(result.weights[1:, 0] - 0.6) < 0.1).all()
