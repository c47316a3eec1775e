"""Overrides: what they change and what they may not, bounds over time, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError, UsageError
from trimtab.governance.overrides import Bounds, DoneByHand, Override, OverrideCost, allow, excess, overridden, together

NAMES = ("stocks", "bonds", "gold")
WRITTEN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BOUNDS = Bounds(Decimal("0.05"), 90)


def shifting(stocks: str = "0.03", bonds: str = "-0.03", *, begins: str = "2026-03-02", ends: str = "2026-04-30") -> Override:
    shifts = {"stocks": Decimal(stocks), "bonds": Decimal(bonds)}
    days = date.fromisoformat(begins), date.fromisoformat(ends)
    return Override("O-1", "A07", "ann", "a client's wish", WRITTEN, *days, shifts)


HOLD = Override("O-2", "A07", "ann", "a gift is under way", WRITTEN, date(2026, 3, 2), date(2026, 4, 30), holds=("gold",))
weights = st.lists(st.floats(0.0, 0.33), min_size=3, max_size=3).map(np.array)
shifts = st.integers(-50, 50).map(lambda number: Decimal(number) / 1000)


def moved(overrides: Iterable[Override]) -> list[tuple[str, Decimal]]:
    return list(chain.from_iterable(one.shifts.items() for one in overrides))


# What they change.


def test_worked_by_hand() -> None:
    """Stocks 50 + 3, bonds 30 - 3, gold as it is held, 12 instead of 10: cash is 8 instead of 10."""
    found = overridden(np.array([0.5, 0.3, 0.1]), np.array([0.4, 0.4, 0.12]), NAMES, (shifting(), HOLD))
    assert found == pytest.approx([0.53, 0.27, 0.12], abs=1e-15)
    assert shifting().size == Decimal("0.03")


@given(weights, weights, st.lists(st.tuples(shifts, shifts), max_size=3))
def test_the_target_itself_is_never_written_to_and_nothing_is_oversold(
    target: np.ndarray, held: np.ndarray, moves: list[tuple[Decimal, Decimal]]
) -> None:
    before = target.copy()
    living = [shifting(str(one), str(other)) for one, other in moves if one or other]
    found = overridden(target, held, NAMES, living)
    assert (target == before).all()
    assert (found >= 0.0).all()
    assert (found == target).all() or living
    assert found[2] == target[2]  # nobody spoke of it
    assert overridden(target, held, NAMES, (*living, HOLD))[2] == held[2]


@given(st.lists(st.tuples(shifts, shifts), max_size=4))
def test_opposite_shifts_take_each_other_back(moves: list[tuple[Decimal, Decimal]]) -> None:
    one = [shifting(str(a), str(b)) for a, b in moves if a or b]
    both = [*one, *(shifting(str(-a), str(-b)) for a, b in moves if a or b)]
    assert together(moved(both)) == 0
    assert together(moved(one)) <= sum((each.size for each in one), Decimal(0))


def test_a_short_position_that_the_model_wants_stays() -> None:
    found = overridden(np.array([-0.2, 0.5, 0.1]), np.zeros(3), NAMES, (shifting("-0.03", "0.03"),))
    assert found == pytest.approx([-0.2, 0.53, 0.1])  # no further


def test_an_unknown_asset_is_named() -> None:
    with pytest.raises(UsageError, match=r"override O-2: gold is no asset of the policy\. Assets: stocks, bonds"):
        overridden(np.zeros(2), np.zeros(2), NAMES[:2], (HOLD,))


# What may be written down.


def test_without_bounds_none_is_allowed() -> None:
    with pytest.raises(UsageError, match="the policy allows no overrides"):
        allow(shifting(), (), None)


def test_size_counts_together_with_what_stands_on_each_day() -> None:
    allow(shifting("0.05", "-0.05"), (), BOUNDS)
    with pytest.raises(UsageError, match=r"5\.10% on 2026-03-02, above the 5\.00%"):
        allow(shifting("0.051", "-0.051"), (), BOUNDS)
    later = shifting(begins="2026-04-15")
    with pytest.raises(UsageError, match=r"6\.00% on 2026-04-15"):
        allow(shifting(), (later,), BOUNDS)
    allow(shifting(ends="2026-04-14"), (later,), BOUNDS)
    allow(shifting(), (replace(later, account="A08"),), BOUNDS)
    with pytest.raises(UsageError, match=r"6\.00%"):  # it takes the other back, and outlives it if that is ended
        allow(shifting(), (shifting("-0.03", "0.03"),), BOUNDS)


def by_hand(*weights: str, day: str = "2026-03-02") -> tuple[DoneByHand, ...]:
    return tuple(DoneByHand(date.fromisoformat(day), "gold", Decimal(weight)) for weight in weights)


def test_what_was_done_by_hand_counts_beside_overrides_for_as_many_days_as_one_may_live() -> None:
    """3 % by an override and 3 % by hand are 6 %, on the 90th day after it too; a day later the 3 % by hand are forgotten."""
    for begins, weight in (("2026-03-02", "0.03"), ("2026-03-02", "-0.03"), ("2026-05-31", "0.03")):
        told = rf"overrides of 6\.00% on {begins}, 3\.00% of it by hand, above the 5\.00%"
        with pytest.raises(UsageError, match=told):
            allow(shifting(begins=begins, ends="2026-05-31"), (), BOUNDS, by_hand(weight))
    allow(shifting(begins="2026-06-01", ends="2026-06-02"), (), BOUNDS, by_hand("0.03"))
    allow(shifting(ends="2026-04-30"), (), BOUNDS, by_hand("0.03", "-0.01"))
    allow(shifting("0.05", "-0.05"), (), BOUNDS, by_hand("0.03", "-0.03"))  # an order takes another one back for good


def test_an_override_that_begins_later_counts_on_that_day_and_takes_nothing_by_hand_back() -> None:
    days = date(2026, 3, 2), date(2026, 5, 31)
    for stocks in ("0.03", "-0.03"):
        later = shifting(stocks, "0", begins="2026-04-15")
        done = (DoneByHand(date(2026, 3, 2), "stocks", Decimal("0.03")),)
        found = excess([later], done, BOUNDS, days)
        assert found == (date(2026, 4, 15), Decimal("0.06"), Decimal("0.03"))
        assert excess([later], done, BOUNDS, (days[0], date(2026, 4, 14))) is None


def test_life_is_bounded() -> None:
    allow(shifting(ends="2026-05-31"), (), BOUNDS)
    with pytest.raises(UsageError, match="lives longer than 90 days"):
        allow(shifting(ends="2026-06-01"), (), BOUNDS)


def test_the_last_day_of_the_calendar_is_a_day_like_any_other() -> None:
    """A regression: the longest life of an override of that day was beyond what a date can say."""
    allow(shifting(begins="9999-12-31", ends="9999-12-31"), (), BOUNDS)


def test_it_lives_from_its_first_to_its_last_day() -> None:
    one = shifting()
    days = ["2026-03-01", "2026-03-02", "2026-04-30", "2026-05-01"]
    assert [one.lives(date.fromisoformat(day)) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"by": " "}, "no author"),
        ({"why": ""}, "no reason"),
        ({"recorded": datetime(2026, 3, 2)}, "no time zone"),  # noqa: DTZ001 - this is what is refused
        ({"ends": date(2026, 3, 1)}, "before it begins"),
        ({"shifts": {}}, "changes nothing"),
        ({"shifts": {"stocks": Decimal(0)}}, "changes nothing"),
        ({"shifts": {"stocks": Decimal("NaN")}}, "not a number"),
        ({"holds": ("stocks",)}, "cannot be shifted"),
    ],
)
def test_what_is_no_override(change: dict[str, object], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        replace(shifting(), **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(("size", "days"), [("-0.01", 9), ("1.01", 9), ("0.05", 0), ("0.05", 3_661)])
def test_bounds_that_cannot_be(size: str, days: int) -> None:
    with pytest.raises(ParameterError, match=r"size|days"):
        Bounds(Decimal(size), days)


# What they cost.


def test_cost_by_hand() -> None:
    """The account makes 10 % and 0, its shadow 5 % and 10 %: +5 %, -10 %; linked 1.10 - 1.155 = -0.055."""
    cost = OverrideCost(np.array([100.0, 110.0, 110.0]), np.array([50.0, 52.5, 57.75]))
    assert cost.daily == pytest.approx([0.05, -0.10])
    assert cost.linked == pytest.approx(-0.055)


def test_no_override_costs_nothing() -> None:
    cost = OverrideCost(np.array([100.0, 90.0]), np.array([200.0, 180.0]))
    assert (cost.daily == 0.0).all()
    assert cost.linked == 0.0


def test_values_at_other_instants_are_refused() -> None:
    with pytest.raises(ParameterError, match="stand against"):
        OverrideCost(np.ones(3), np.ones(2))


def test_one_that_takes_another_back_leaves_no_room_for_a_third() -> None:
    """A regression: +5 % until January beside -10 % until March stood within 5 %, and in February 10 % lived."""
    first = replace(shifting(), shifts={"SPY": Decimal("0.05")}, ends=date(2026, 1, 31), begins=date(2026, 1, 2))
    second = replace(shifting(), id="O-2", shifts={"SPY": Decimal("-0.10")}, begins=date(2026, 1, 2), ends=date(2026, 3, 1))
    with pytest.raises(UsageError, match=r"overrides of 15\.00% on 2026-01-02"):
        allow(second, [first], Bounds(Decimal("0.05")))


@given(
    st.lists(
        st.tuples(st.sampled_from("AB"), st.integers(-5, 5).filter(bool), st.integers(0, 40), st.integers(0, 40)), max_size=6
    )
)
def test_whatever_is_allowed_and_ends_early_what_lives_is_within_the_bounds(rows: list[tuple[str, int, int, int]]) -> None:
    """Of what was allowed any may be ended at any time: every part of it is within the bounds on every day."""
    bounds, kept = Bounds(Decimal("0.05")), list[Override]()
    for number, (asset, size, begins, days) in enumerate(rows):
        start = date(2026, 1, 1) + timedelta(begins)
        made = replace(
            shifting(), id=f"O-{number}", shifts={asset: Decimal(size) / 100}, begins=start, ends=start + timedelta(days)
        )
        with suppress(UsageError):
            allow(made, kept, bounds)
            kept.append(made)
    for day in (date(2026, 1, 1) + timedelta(k) for k in range(90)):
        living = [one for one in kept if one.lives(day)]
        for part in (some for count in range(len(living) + 1) for some in combinations(living, count)):
            assert together(moved(part)) <= bounds.size
