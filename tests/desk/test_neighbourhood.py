"""The neighbourhood of a policy: which numbers are varied, by how much, and which neighbours the reader refuses."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.desk import worlds
from trimtab.desk.grid import Grid
from trimtab.desk.neighbourhood import FACTORS, neighbourhood, neighbours, size_of
from trimtab.desk.variants import Variants

BLEND: dict[str, Any] = {
    "use": "blend",
    "mix": {"use": "fixed", "shares": {"fast": 0.6, "slow": 0.4}},
    "sleeves": {
        "fast": {
            "signals": {"trend": {"use": "trend", "window": "4M"}},
            "combine": {"use": "vote"},
            "allocator": {"use": "timing"},
        },
        "slow": {"holds": {"C": 1.0}},
    },
}


@given(st.integers(1, 10_000))
def test_whole_numbers_stay_whole_rise_and_lie_within_half(size: int) -> None:
    found = list(neighbours(size))
    assert all(isinstance(one, int) for one in found)
    assert found == sorted({*found} - {size})
    assert all(max(1, size // 2) <= one <= (3 * size + 1) // 2 for one in found)
    assert [f"{one}M" for one in found] == list(neighbours(f"{size}M"))


@given(st.floats(-1e6, 1e6, allow_nan=False).filter(lambda x: abs(x) > 1e-6))
def test_fractions_move_by_a_quarter_and_a_half(size: float) -> None:
    found = list(neighbours(size))
    assert found == pytest.approx([factor * size for factor in FACTORS], rel=1e-5)


def test_by_hand() -> None:
    # A half of 10 is 5, three quarters 7.5 and so 8, five quarters 12.5 and so 13, one and a half 15. Of 1: below 1 is none,
    # 0.75 is 1 itself, 1.25 is 1, 1.5 is 2.
    assert list(neighbours("10M")) == ["5M", "8M", "13M", "15M"]
    assert list(neighbours(1)) == [2]
    assert list(neighbours(0.02)) == [0.01, 0.015, 0.025, 0.03]
    assert Fraction(str(list(neighbours(0.1))[1])) == Fraction(3, 40)


@pytest.mark.parametrize("nothing", [0, 0.0, "0M", True, None, "bills", "month-end", "2h ", "10 M"])
def test_what_is_no_number_has_no_neighbours(nothing: Any) -> None:
    assert not list(neighbours(nothing))


def test_the_numbers_of_a_policy_and_no_weights() -> None:
    found = neighbourhood(worlds.policy())
    names = [one.name for one in found.parameters]
    assert names == [
        "signals.trend.window", "signals.trend.band", "signals.momentum.lookback", "signals.momentum.skip",
        "combine.hysteresis", "combine.minimum", "allocator.tilt", "allocator.strength", "reacher.band",
    ]  # fmt: skip
    for one in found.parameters:
        assert one.axis.values[one.own] not in neighbours(one.axis.values[one.own])
        assert len(one.others) == len(one.axis.values) - 1
    assert found.count == sum(len(one.others) for one in found.parameters)


def test_sleeves_of_a_blend_are_varied_and_their_shares_are_not() -> None:
    policy = worlds.policy(signals={}, combine=None, allocator=BLEND, rules=[])
    names = {one.name for one in neighbourhood(policy).parameters}
    assert "allocator.sleeves.fast.signals.trend.window" in names
    assert not any("shares" in name or "holds" in name or name.startswith("combine") for name in names)


@pytest.mark.parametrize(("signals", "minimum", "wanted"), [(1, 1, ()), (2, 1, (2,)), (2, 2, (1,)), (3, 2, (1, 3))])
def test_no_quorum_of_more_signals_than_there_are(signals: int, minimum: int, wanted: tuple[int, ...]) -> None:
    """Regression: a policy with one signal had a neighbour that waits for two, which never acts."""
    many = {f"s{k}": {"use": "trend", "window": f"{k + 3}M"} for k in range(signals)}
    found = neighbourhood(worlds.policy(rules=[], signals=many, combine={"use": "vote", "minimum": minimum}))
    named = {one.name: one for one in found.parameters}
    varied = named["combine.minimum"] if wanted else None
    assert ("combine.minimum" in named) == bool(wanted)
    assert varied is None or tuple(varied.axis.values[place] for place in varied.others) == wanted
    never = [said for said in found.left_out if "could never act" in said]
    assert len(never) == sum(near > signals for near in neighbours(minimum))
    assert all(said.startswith("combine.minimum=") for said in never)


def test_a_quorum_in_a_sleeve_is_that_of_its_own_signals() -> None:
    found = neighbourhood(worlds.policy(signals={}, combine=None, allocator=BLEND, rules=[]))
    assert "allocator.sleeves.fast.combine.minimum=2: there is 1 signal, so that it could never act" in found.left_out
    assert not any(one.name.endswith("minimum") for one in found.parameters)


def test_windows_are_as_long_as_the_time_that_they_take() -> None:
    # A week has 5 sessions, a month 21, a quarter three months, a year twelve.
    rising = ["4D", "1W", "20D", "1M", "26W", "10M", "5Q", "2Y"]
    assert sorted(sorted(rising), key=size_of) == rising
    assert size_of("1Y") == size_of("12M") == size_of("4Q") == 252.0
    assert (size_of(0), size_of("0M"), size_of(2.5)) == (0.0, 0.0, 2.5)
    assert all(math.isnan(size_of(value)) for value in (None, True, "bills", "month-end"))


def test_what_the_reader_refuses_is_named_and_everything_else_can_be_read() -> None:
    policy = worlds.policy(
        rules=[], signals={"trend": {"use": "trend", "window": "3M"}}, forecast={"use": "ewma", "decay": 0.9}
    )
    found = neighbourhood(policy)
    assert any(said.startswith("forecast.decay=1.125: ") for said in found.left_out)
    for parameter in found.parameters:
        variants = Variants.of(policy, Grid((parameter.axis,)))
        hashes = [variants.sha256(number) for number in range(len(variants))]
        assert hashes[parameter.own] == policy.sha256
        assert len(set(hashes)) == len(hashes)
