"""How many trials entries stand for, and how their Sharpe ratios scatter."""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError
from trimtab.desk.swept_part import SweptPart
from trimtab.desk.trial_count import Spread, a_period, recorded, tally


def hashed(number: int) -> str:
    return f"{number:064x}"[::-1]


def run(policy: int = 1, data: int = 1, *, sharpe: float | None = 0.6, f: int | None = 12) -> dict[str, Any]:
    """A backtest, by default of monthly data."""
    entry = {"run": f"{policy:06d}{data:06d}", "policy": hashed(policy), "data": hashed(data), "sharpe": sharpe, "periods": 60}
    return entry if f is None else entry | {"periods_per_year": f, "skew": 0.0, "kurtosis": 3.0}


def part(variants: list[int], number: int = 0, **changes: Any) -> dict[str, Any]:
    """A part of a sweep over these policies, by default of monthly data."""
    given: dict[str, Any] = {
        "sweep": "5" * 12,
        "part": number,
        "data": hashed(1),
        "sharpes": np.linspace(0.1, 0.2, len(variants)),
        "policies": tuple(hashed(one) for one in variants),
        "periods": 60,
        "periods_per_year": 12,
    }
    return SweptPart(**(given | changes)).entry


ENTRIES = st.lists(
    st.one_of(
        st.builds(run, st.integers(1, 6), st.integers(1, 2), f=st.sampled_from([12, 252, None])),
        st.builds(part, st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True), st.integers(0, 3)),
        st.builds(lambda lost: {"lost": lost, "reason": "x", "before": ""}, st.integers(0, 3)),
    ),
    max_size=8,
)


@settings(max_examples=60)
@given(ENTRIES, ENTRIES)
def test_n_never_falls(before: list[dict[str, Any]], more: list[dict[str, Any]]) -> None:
    one, both = tally(before), tally([*before, *more])
    assert (both.total, both.distinct) >= (one.total, one.distinct)
    assert both.distinct >= one.distinct
    assert both.total == one.total + recorded(more)
    assert both.distinct <= both.total
    assert tally([*before, *before]).distinct == one.distinct + sum(entry.get("lost", 0) for entry in before)
    assert len(one.runs) + one.independent <= one.distinct + 1e-9


def test_the_same_policy_and_data_are_one_trial_in_backtests_and_sweeps() -> None:
    # 1, 2, 1 again: 3 and 2 different. A part over 2, 3, 4: 6, and 3 and 4 are new: 4. The same part again: 9 and 4.
    entries = [run(1), run(2), run(1), part([2, 3, 4])]
    assert (tally(entries).total, tally(entries).distinct) == (6, 4)
    entries.append(part([2, 3, 4]))
    assert (tally(entries).total, tally(entries).distinct) == (9, 4)
    assert tally([run(1), run(1, data=2)]).distinct == 2  # other data are another trial
    old = {"run": "a", "policy": "b", "name": "p", "sharpe": 1.0, "periods": 3}  # a line of the first versions
    assert (tally([old, old]).total, tally([old]).distinct) == (2, 1)


def test_the_variance_is_that_of_sharpe_ratios_a_period_by_frequency() -> None:
    # Monthly, a year: 0.6, 0.9, 0.3; the run that was repeated counts once, the daily one is another sample.
    entries = [run(1, sharpe=0.6), run(2, sharpe=0.9), run(3, sharpe=0.3), run(3, sharpe=0.3), run(4, sharpe=2.0, f=252)]
    found = tally([*entries, run(5, sharpe=None)])
    by_hand = statistics.variance([x / 12**0.5 for x in (0.6, 0.9, 0.3)])  # 0.09 / 12 = 0.0075
    assert by_hand == pytest.approx(0.0075)
    assert found.spreads[12].variance == pytest.approx(by_hand)
    assert found.spreads[252].count == 1
    assert found.spreads[252].total == pytest.approx(2.0 / 252**0.5)
    assert found.spreads[252].variance is None
    with_sweep = tally([*entries, part([6, 7], sharpes=np.array([0.1, 0.4])), part([6, 7], sharpes=np.array([0.1, 0.4]))])
    every = [0.6 / 12**0.5, 0.9 / 12**0.5, 0.3 / 12**0.5, 0.1, 0.4]
    assert with_sweep.spreads[12].variance == pytest.approx(statistics.variance(every))


@settings(max_examples=30)
@given(st.lists(st.floats(-3.0, 3.0), min_size=2, max_size=30))
def test_sums_give_the_variance_of_numpy(ratios: list[float]) -> None:
    total = sum((Spread(1, x, x * x) for x in ratios), Spread())
    assert total.variance == pytest.approx(np.var(ratios, ddof=1), abs=1e-12)


def test_a_frequency_that_the_line_does_not_say_comes_from_elsewhere_or_is_unknown() -> None:
    old = run(1, f=None)
    assert a_period(old, {}) is None
    assert a_period(old, {old["run"]: 12}) == (12, pytest.approx(0.6 / 12**0.5))
    assert tally([old]).spreads == {}


def test_a_sweep_may_say_what_it_is_worth() -> None:
    assert tally([part([1, 2, 3, 4])]).independent == 4.0
    assert tally([part([1, 2, 3, 4], effective=1.5)]).independent == 1.5
    assert tally([run(1), run(2), run(3), part([1, 2, 3, 4], effective=3.5)]).independent == 1.0  # one is new
    assert tally([run(1)], lost=3).distinct == 4


def test_variants_without_a_ratio_are_counted_and_not_measured() -> None:
    entry = part([1, 2, 3], sharpes=np.array([0.1, np.nan, 0.3]))
    assert (entry["variants"], entry["measured"]) == (3, 2)
    assert entry["sharpe_sum"] == pytest.approx(0.4)
    assert entry["sharpe_squares"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sharpes": np.zeros(3)}, r"2 policies stand against Sharpe ratios of shape \(3,\)"),
        ({"sharpes": np.zeros(0), "policies": ()}, "0 policies stand"),
        ({"part": -1}, "part -1"),
        ({"periods_per_year": 0}, "0 a year"),
        ({"effective": 2.5}, "2 variants are not worth 2.5"),
        ({"policies": ("ab", "cd")}, "a digest is missing or short"),
        ({"data": ""}, "a digest is missing or short"),
    ],
)
def test_a_part_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        part([1, 2], **changes)
