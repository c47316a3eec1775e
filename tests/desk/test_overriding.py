"""Overrides in the book: who may write what and for when, how they end, and what is read of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from tests.desk.desk_worlds import desk
from tests.desk.override_worlds import UNTIL, WIDE, A, goes_to, lives, overrides, overriding_desk
from trimtab.core.errors import UsageError
from trimtab.desk.overriding import Wish, end, kept_overrides, living, override, overrides_of


def test_what_is_written_is_read_with_who_when_and_why(tmp_path: Path) -> None:
    with overriding_desk(tmp_path) as one:
        made = overrides(one, UNTIL, ("GLD",), "rates will fall", SPY="0.03", TLT="-0.03")
        assert made.id == "O-1"
        assert made.by == "ann"
        assert made.recorded == datetime(2026, 11, 2, 23, 30, tzinfo=UTC)
        assert (made.begins, made.ends) == (date(2026, 11, 2), UNTIL)
        assert dict(made.shifts) == {"SPY": Decimal("0.03"), "TLT": Decimal("-0.03")}
        assert made.holds == ("GLD",)
        assert overrides_of(one.book, "A") == (made,)
        assert overrides(one, SPY="0.01").id == "O-2"


def test_it_is_of_one_account_alone(tmp_path: Path) -> None:
    with overriding_desk(tmp_path) as one:
        overrides(one, SPY="0.03")
        assert overrides_of(one.book, "B") == ()
        assert len(kept_overrides(one.book)) == 1


def test_nothing_is_dated_back(tmp_path: Path) -> None:
    with overriding_desk(tmp_path) as one, pytest.raises(UsageError, match="would begin on 2026-11-01, which is past"):
        override(one.book, "A", one.policy, Wish(UNTIL, "why", {"SPY": Decimal("0.01")}, begins=date(2026, 11, 1)), one.by)


def test_an_unknown_asset_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with overriding_desk(tmp_path) as one, pytest.raises(UsageError, match="SPZ is no asset of the policy flat") as error:
        overrides(one, SPZ="0.01")
    assert error.value.remedy == "Did you mean SPY?"


def test_without_bounds_in_the_policy_there_are_no_overrides(tmp_path: Path) -> None:
    with desk(tmp_path, [A]) as one, pytest.raises(UsageError, match="the policy allows no overrides"):
        overrides(one, SPY="0.01")


def test_the_bounds_are_of_all_that_live_at_once_and_of_days(tmp_path: Path) -> None:
    """12 % and 9 % are 21 %, above 20 %; 91 days are above 90."""
    with overriding_desk(tmp_path) as one:
        overrides(one, SPY="0.12", TLT="-0.12")
        with pytest.raises(UsageError, match=r"overrides of 21\.00% on 2026-11-02"):
            overrides(one, SPY="0.09", TLT="-0.09")
        with pytest.raises(UsageError, match="lives longer than 90 days"):
            overrides(one, date(2027, 2, 1), SPY="0.01")
        assert overrides(one, date(2027, 1, 31), SPY="-0.01").id == "O-2"


def test_without_a_reason_nothing_is_written_or_ended(tmp_path: Path) -> None:
    with overriding_desk(tmp_path) as one:
        with pytest.raises(UsageError, match="no reason"):
            overrides(one, UNTIL, (), " ", SPY="0.01")
        overrides(one, SPY="0.01")
        with pytest.raises(UsageError, match="needs a reason"):
            end(one.book, "O-1", " ", one.by)


def test_its_states_from_waiting_to_ended(tmp_path: Path) -> None:
    with overriding_desk(tmp_path) as one:
        override(one.book, "A", one.policy, Wish(UNTIL, "w", {"SPY": Decimal("0.01")}, begins=date(2026, 11, 4)), one.by)
        (kept,) = kept_overrides(one.book, "A")
        assert [kept.state(date(2026, 11, day)) for day in (3, 4)] == ["waiting", "living"]
        assert [kept.state(date(2026, 12, day)) for day in (15, 16)] == ["living", "ended"]
        assert living(overrides_of(one.book, "A"), date(2026, 11, 3)) == ()


def test_what_no_decision_had_is_taken_back_as_if_it_had_never_been(tmp_path: Path) -> None:
    with overriding_desk(tmp_path) as one:
        overrides(one, SPY="0.03")
        kept = end(one.book, "O-1", "a typing error", one.by)
        assert kept.state(date(2026, 11, 2)) == "taken back"
        assert overrides_of(one.book, "A") == ()
        with pytest.raises(UsageError, match="O-1 is over"):
            end(one.book, "O-1", "again", one.by)
        assert overrides(one, SPY="0.01").id == "O-2"  # numbers are not used again


def test_what_a_decision_had_keeps_the_days_it_lived_on(tmp_path: Path) -> None:
    with overriding_desk(tmp_path) as one:
        overrides(one, SPY="0.03")
        lives(one)
        same = end(one.book, "O-1", "second thoughts", one.by)
        assert same.override.ends == date(2026, 11, 2)
        overrides(one, SPY="0.03")
        goes_to(one, "2026-11-05")
        later = end(one.book, "O-2", "second thoughts", one.by)
        assert later.override.ends == date(2026, 11, 4)
        assert later.state(date(2026, 11, 5)) == "ended"
        assert later.ending is not None
        assert (later.ending.by, later.ending.why) == ("ann", "second thoughts")


def test_an_override_of_a_sleeve_is_of_the_sleeve_alone(tmp_path: Path) -> None:
    with desk(tmp_path, [A], {"core": "A"}, overrides=WIDE) as one:
        one.holds("A", 50_000)
        one.holds("A/core", 50_000)
        override(one.book, "A/core", one.policy, Wish(UNTIL, "why", {"SPY": Decimal("0.03")}), one.by)
        assert one.rebalances("A")[0].overrides == ()
        (sleeve,) = one.rebalances("A/core")
        assert [o.id for o in sleeve.overrides] == ["O-1"]
        assert sleeve.traded.target[0] == pytest.approx(0.53)


def test_an_unknown_one_cannot_be_ended(tmp_path: Path) -> None:
    with overriding_desk(tmp_path) as one, pytest.raises(UsageError, match="no override 'O-9'"):
        end(one.book, "O-9", "why", one.by)


def test_the_end_counts_at_once_even_for_a_decision_of_an_earlier_session(tmp_path: Path) -> None:
    """Ended on Tuesday morning: the decision of Monday, asked again, is without it."""
    with overriding_desk(tmp_path) as one:
        overrides(one, SPY="0.03")
        assert [o.id for o in one.rebalances("A")[0].overrides] == ["O-1"]
        end(one.book, "O-1", "second thoughts", one.by)
        assert one.rebalances("A")[0].overrides == ()
        assert np.array_equal(one.rebalances("A")[0].traded.target, one.rebalances("A")[0].decision.target)
