"""Universes in time: the delisted stay until their last day, and what was recorded later changes no earlier answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import DataError
from trimtab.data.membership import Member, Membership
from trimtab.data.validity import NEVER


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def at(text: str) -> np.datetime64:
    return np.datetime64(text, "s")


def member(instrument: str, since: str, until: str = "", recorded: str = "2000-01-01T00:00:00") -> Member:
    return Member("big", instrument, day(since), at(recorded), day(until) if until else NEVER)


BIG = Membership((member("dead", "2000-01-03", "2008-09-15"), member("new", "2010-01-04"), member("old", "2000-01-03")))


def survivors(membership: Membership, universe: str, on: np.datetime64) -> tuple[str, ...]:
    """The planted fault: today's list for a day of the past."""
    return membership.members(universe, day("2024-01-02"))


def test_the_delisted_are_members_up_to_their_last_day() -> None:
    assert BIG.members("big", day("2008-09-12")) == ("dead", "old")
    assert BIG.members("big", day("2008-09-15")) == ("old",)
    assert BIG.members("big", day("2010-01-04")) == ("new", "old")
    assert BIG.members("big", day("1999-01-04")) == ()
    assert survivors(BIG, "big", day("2008-09-12")) != BIG.members("big", day("2008-09-12"))


def test_a_member_that_comes_back_has_two_intervals() -> None:
    back = Membership((*BIG.records, member("dead", "2012-01-03")))
    assert back.members("big", day("2011-01-03")) == ("new", "old")
    assert "dead" in back.members("big", day("2012-01-03"))


@given(st.integers(2001, 2024), st.integers(2000, 2030))
def test_what_is_recorded_later_changes_no_earlier_answer(by: int, year: int) -> None:
    now, on = at(f"{by}-01-01T00:00:00"), day(f"{year}-06-30")
    out = member("old", "2000-01-03", "2001-01-02", recorded=f"{by}-01-01T00:00:01")
    longer = Membership((*BIG.records, out))
    assert longer.as_recorded(now).members("big", on) == BIG.as_recorded(now).members("big", on)
    assert "old" not in longer.members("big", day("2001-01-02"))


@given(st.permutations(list(BIG.records)), st.integers(1999, 2024))
def test_the_order_of_the_records_does_not_matter(records: list[Member], year: int) -> None:
    assert Membership(tuple(records)).members("big", day(f"{year}-03-03")) == BIG.members("big", day(f"{year}-03-03"))


def test_rows_come_back_and_nonsense_is_refused() -> None:
    assert repr(Membership.from_rows(BIG.rows())) == repr(BIG)  # NaT is equal to nothing, itself included
    with pytest.raises(DataError, match="no universe 'small'"):
        BIG.members("small", day("2008-09-12"))
    with pytest.raises(DataError, match="old is in big twice"):
        Membership((*BIG.records, member("old", "2005-01-03")))
    with pytest.raises(DataError, match="before it begins"):
        member("x", "2005-01-03", "2004-01-03")
