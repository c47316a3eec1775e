"""Orders by hand are overrides by another name: within the bounds where the policy is on paper or live, and always listed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.desk.desk_worlds import Desk
from tests.desk.override_worlds import UNTIL, goes_to, lives, overrides, overriding_desk
from tests.promoted import moved
from trimtab.accounting.database.planning import Planned
from trimtab.core.errors import BreachError
from trimtab.core.orders import Status
from trimtab.desk.editing import Edited, edit_order
from trimtab.desk.hand_bounds import beyond
from trimtab.desk.interventions import interventions_of
from trimtab.desk.manual import Written, write_order
from trimtab.governance.promotion import Stage

FIVE = {"size": 0.05, "days": 30}
units = st.integers(-50, 50).map(Decimal)


@contextmanager
def invested(folder: Path, /, **changes: Any) -> Iterator[Desk]:
    """500 SPY, 600 TLT, 50 GLD and 10,100 in cash: the model asks for nothing. Live, and overrides of 5 % are allowed."""
    with overriding_desk(folder, **{"overrides": FIVE, **changes}) as one:
        lives(one)
        goes_to(one, "2026-11-03")
        yield one


def writes(one: Desk, instrument: str, count: int, why: str = "a wish") -> Planned:
    written = Written("A", instrument, Decimal(count), why)
    return write_order(one.orders, written, one.policy, lambda _: one.seen, one.by, claimant="test")


def edits(one: Desk, instrument: str, count: int) -> Edited:
    (order,) = (order for order in one.orders.standings("A", {Status.PLANNED}) if order.ticket.instrument == instrument)
    return edit_order(one.orders, one.judge(), order, units=Decimal(count), reason="a wish")


@given(planned=units, now=units)
def test_beyond_what_was_planned_is_what_only_adds(planned: Decimal, now: Decimal) -> None:
    more = beyond(planned, now)
    assert abs(more) <= abs(now)
    assert (more == 0) is (now == 0 or (planned * now > 0 and abs(now) <= abs(planned)))
    assert beyond(planned, planned) == 0
    if planned * now >= 0 and more:
        assert planned + more == now


def test_an_order_by_hand_within_the_bounds_is_taken_and_beyond_is_refused(tmp_path: Path) -> None:
    """50 SPY are 5,000 of 100,100, 4.995 %; 51 are 5.095 %."""
    with invested(tmp_path) as one:
        with pytest.raises(BreachError, match=r"overrides come to 5\.09%, above the 5\.00% that flat allows") as error:
            writes(one, "SPY", 51)
        assert error.value.exit_code == 3
        assert writes(one, "SPY", 50).new


def test_small_orders_do_not_add_up_to_a_large_one(tmp_path: Path) -> None:
    with invested(tmp_path) as one:
        writes(one, "SPY", 30)
        with pytest.raises(BreachError, match=r"come to 5\.99%"):
            writes(one, "GLD", 15)
        assert writes(one, "TLT", 30, "the other half").new  # 2.997 % and 1.4985 %


def test_what_was_declined_counts_no_more(tmp_path: Path) -> None:
    with invested(tmp_path) as one:
        (order,) = writes(one, "SPY", 50).standings
        one.orders.decline(order.id, "second thoughts")
        assert writes(one, "GLD", 20).new


def test_overrides_of_today_count_beside_it(tmp_path: Path) -> None:
    """SPY +3 % from cash, and 30 SPY more: 5.997 %."""
    with invested(tmp_path) as one:
        overrides(one, UNTIL.replace(day=1), (), "a view", SPY="0.03")
        with pytest.raises(BreachError, match=r"come to 6\.00%"):
            writes(one, "SPY", 30)


def test_without_bounds_an_order_by_hand_is_refused_where_the_policy_is_live_and_taken_where_it_is_not(tmp_path: Path) -> None:
    with invested(tmp_path, overrides=None) as one:
        with pytest.raises(BreachError, match="at the stage live and allows no overrides"):
            writes(one, "SPY", 1)
        moved(one.book, one.policy, Stage.LIVE, Stage.CANDIDATE, at=one.clock.at)
        assert writes(one, "SPY", 1).new


def test_more_than_the_model_asked_is_held_to_the_bounds_and_fewer_never(tmp_path: Path) -> None:
    """The model asks for 500 SPY; 550 are 4.995 % more, 551 are 5.095 %. From 300 back to 500 nothing is beyond it."""
    with overriding_desk(tmp_path, overrides=FIVE) as one:
        one.proposes("A")
        with pytest.raises(BreachError, match=r"come to 5\.09%"):
            edits(one, "SPY", 551)
        for count in (300, 500, 550, 549):
            assert edits(one, "SPY", count).standing.ticket.units == count
        with pytest.raises(BreachError, match=r"come to 6\.09%"):
            edits(one, "GLD", 56)  # 549 SPY are 4.895 %, 6 GLD 1.199 %, cash pays 6.094 %
        one.orders.edit(one.orders.standings("A")[0].id, units=Decimal(1), reason="less")


def test_everything_that_persons_did_is_listed_with_who_when_why_and_how_much(tmp_path: Path) -> None:
    """Of 100,100: 10 SPY fewer are 0.999 %, all 600 TLT declined 29.97 %, 50 GLD put aside 9.99 %; 1 GLD more 0.1998 %."""
    with overriding_desk(tmp_path) as one:
        (made,) = one.proposes("A")
        spy, tlt, gld = (order.id for order in made.orders)
        edits(one, "SPY", 490)
        one.orders.decline(tlt, "not yet")
        one.orders.hold(gld, "ask first")
        writes(one, "GLD", 1, "a wish")
        found = interventions_of(one.orders, "A")
        assert [(hand.order, hand.what, hand.instrument, int(hand.units)) for hand in found[:3]] == [
            (spy, "edited", "SPY", -10),
            (tlt, "declined", "TLT", -600),
            (gld, "held", "GLD", -50),
        ]
        assert (found[3].what, found[3].units, found[3].why) == ("added", Decimal(1), "a wish")
        money = [1_000, 30_000, 10_000, 200]
        assert [float(hand.size or 0) for hand in found] == pytest.approx([part / 100_100 for part in money])
        assert {hand.by for hand in found} == {"ann"}
        assert {str(hand.recorded)[:16] for hand in found} == {"2026-11-02 23:30"}
        assert len({hand.record for hand in found}) == 4


def test_an_order_that_was_written_before_its_policy_was_live_is_held_to_the_bounds_when_it_leaves(tmp_path: Path) -> None:
    """A regression: 200 SPY, a fifth of the account, written for a candidate, left once the policy had come to live."""
    with invested(tmp_path) as one:
        moved(one.book, one.policy, Stage.LIVE, Stage.CANDIDATE, at=one.clock.at)
        (order,) = writes(one, "TLT", -200).standings
        approved = one.orders.approve([order.id], "bob", "as written")
        for was, now in ((Stage.CANDIDATE, Stage.PAPER), (Stage.PAPER, Stage.LIVE)):
            moved(one.book, one.policy, was, now, at=one.clock.at)
        done = one.sends(approved, "2026-11-04T15:00:00")
        assert not done.sent
        assert done.exit_code == 3
        assert "above the 5.00% that flat allows" in str(done.refused[0].error)


def test_within_the_bounds_it_leaves(tmp_path: Path) -> None:
    with invested(tmp_path) as one:
        (order,) = writes(one, "TLT", -20).standings
        assert one.sends(one.orders.approve([order.id], "bob", "as written"), "2026-11-04T15:00:00").sent
