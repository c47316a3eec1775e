"""Orders by hand are overrides by another name: within the bounds where the policy is on paper or live, and always listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.desk.desk_worlds import Desk
from tests.desk.override_worlds import UNTIL, goes_to, lives, overrides, overriding_desk
from tests.promoted import moved
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.planning import Planned
from trimtab.accounting.database.refusals import Busy
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import BreachError, TrimtabError, UsageError
from trimtab.core.orders import Standing, Status
from trimtab.desk import overriding
from trimtab.desk.done_by_hand import beyond
from trimtab.desk.editing import Edited, edit_order
from trimtab.desk.interventions import interventions_of
from trimtab.desk.manual import Written, write_order
from trimtab.desk.overriding import Wish, end, kept_overrides, override
from trimtab.governance.overrides import Override, allow
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


def views(one: Desk, begins: str, weight: str = "0.03") -> Override:
    """An override of SPY for eleven days."""
    first = date.fromisoformat(begins)
    wish = Wish(first + timedelta(days=10), "a view", {"SPY": Decimal(weight)}, begins=first)
    return override(one.book, "A", one.policy, wish, one.by)


# The model is at 500 SPY and asks for nothing. 30 SPY are 2.997 % of 100,100; an order of 3 November counts until 3 December.
@pytest.mark.parametrize("weight", ["0.03", "-0.03"])
@pytest.mark.parametrize(("begins", "passes"), [("2026-11-03", False), ("2026-12-03", False), ("2026-12-04", True)])
@pytest.mark.parametrize("first", ["order", "override"])
def test_orders_by_hand_and_overrides_are_bounded_together_in_whichever_order_they_come(
    tmp_path: Path, first: str, begins: str, passes: bool, weight: str
) -> None:
    """Nor does one take the other back: the override ends, and the order stays."""
    with invested(tmp_path) as one:
        deeds: list[Callable[[], object]] = [lambda: writes(one, "SPY", 30), lambda: views(one, begins, weight)]
        before, after = deeds if first == "order" else reversed(deeds)
        before()
        if passes:
            assert after()
        else:
            day = "" if first == "override" and begins == "2026-11-03" else f" on {begins}"
            with pytest.raises(TrimtabError, match=rf"6\.00%{day}"):
                after()
            assert (len(kept_overrides(one.book)), len(one.orders.standings("A", {Status.PLANNED}))) in ((1, 0), (0, 1))


def test_an_override_counts_what_is_left_of_orders_by_hand_and_nothing_of_another_account_or_a_policy_that_is_on_trial(
    tmp_path: Path,
) -> None:
    with invested(tmp_path) as one:
        (order,) = writes(one, "SPY", 30).standings
        one.orders.decline(order.id, "second thoughts")
        views(one, "2026-11-03", "0.05")
        moved(one.book, one.policy, Stage.LIVE, Stage.CANDIDATE, at=one.clock.at)
        end(one.book, "O-1", "over", one.by)
        writes(one, "SPY", 49)
        assert views(one, "2026-11-03", "0.05")


def test_an_override_counts_what_orders_were_made_larger(tmp_path: Path) -> None:
    with overriding_desk(tmp_path, overrides=FIVE) as one:
        one.proposes("A")
        edits(one, "SPY", 530)
        with pytest.raises(UsageError, match=r"6\.00% on 2026-11-02, 3\.00% of it by hand,"):
            views(one, "2026-11-02")
        edits(one, "SPY", 519)
        assert views(one, "2026-11-02")


def test_an_order_counts_from_the_last_day_on_which_somebody_made_it_larger(tmp_path: Path) -> None:
    """A regression: planned on 2 November, made larger 31 days on, it counted as if it had been so all the time."""
    with overriding_desk(tmp_path, overrides=FIVE) as one:
        one.proposes("A")
        goes_to(one, "2026-12-03")
        edits(one, "SPY", 530)
        with pytest.raises(BreachError, match=r"come to 5\.99%"):
            writes(one, "TLT", 60)


def test_an_order_that_changes_its_side_is_beyond_what_the_model_asked(tmp_path: Path) -> None:
    """A regression: 500 SPY bought turned into 500 sold, and nobody asked, since they are no more units."""
    with overriding_desk(tmp_path, overrides=FIVE) as one:
        one.holds("A", 0, SPY=600)
        one.proposes("A")
        (order,) = (o for o in one.orders.standings("A") if o.ticket.instrument == "SPY")
        with pytest.raises(BreachError, match=r"above the 5\.00%"):
            edits(one, "SPY", -int(order.ticket.units))


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


def test_at_the_last_hop_an_override_counts_on_the_day_on_which_it_begins(tmp_path: Path) -> None:
    """Both were written for a candidate: 1.998 % by hand, and 4 % from a fortnight later on."""
    with invested(tmp_path) as one:
        moved(one.book, one.policy, Stage.LIVE, Stage.CANDIDATE, at=one.clock.at)
        (order,) = writes(one, "TLT", -40).standings
        views(one, "2026-11-17", "0.04")
        approved = one.orders.approve([order.id], "bob", "as written")
        for was, now in ((Stage.CANDIDATE, Stage.PAPER), (Stage.PAPER, Stage.LIVE)):
            moved(one.book, one.policy, was, now, at=one.clock.at)
        done = one.sends(approved, "2026-11-04T15:00:00")
        assert not done.sent
        assert "come to 6.00% on 2026-11-17, above the 5.00%" in str(done.refused[0].error)


# Two at once: what another process writes after the question, and before the answer is written down.


@contextmanager
def another(one: Desk) -> Iterator[Desk]:
    """The same desk in another process."""
    with BookStore.open(one.folder / "book.db") as book:
        yield replace(one, orders=OrderBook(book, one.clock, "bob"))


def test_an_order_by_hand_that_an_override_overtakes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with invested(tmp_path) as one, another(one) as other:
        label = OrderBook.new_batch

        def slowly(orders: OrderBook, day: date) -> str:
            views(other, "2026-11-03")
            return label(orders, day)

        monkeypatch.setattr(OrderBook, "new_batch", slowly)
        with pytest.raises(BreachError, match=r"come to 6\.00%"):
            writes(one, "SPY", 30)
        assert not one.orders.standings("A", {Status.PLANNED})


def test_an_order_that_is_made_larger_while_an_override_is_written_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with overriding_desk(tmp_path, overrides=FIVE) as one, another(one) as other:
        one.proposes("A")
        edit = OrderBook.edit

        def slowly(orders: OrderBook, order: str, **wanted: Any) -> Standing:
            views(other, "2026-11-02")
            return edit(orders, order, **wanted)

        monkeypatch.setattr(OrderBook, "edit", slowly)
        with pytest.raises(BreachError, match=r"come to 6\.00%"):
            edits(one, "SPY", 530)
        assert one.orders.standings("A")[0].ticket.units == 500


def test_fewer_units_are_not_asked_about_unless_somebody_has_made_them_fewer_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """530 become 520, and nobody asks; 520 were to become 510, but by then they are 500, and an override has the room."""
    with overriding_desk(tmp_path, overrides=FIVE) as one, another(one) as other:
        one.proposes("A")
        edits(one, "SPY", 530)
        assert edits(one, "SPY", 520).standing.ticket.units == 520
        edit = OrderBook.edit

        def slowly(orders: OrderBook, order: str, **wanted: Any) -> Standing:
            edit(other.orders, order, units=Decimal(500), reason="as the model asked")
            views(other, "2026-11-02", "0.05")
            return edit(orders, order, **wanted)

        monkeypatch.setattr(OrderBook, "edit", slowly)
        with pytest.raises(Busy, match="somebody else has changed order"):
            edits(one, "SPY", 510)
        assert one.orders.standings("A")[0].ticket.units == 500


def test_an_override_that_an_order_by_hand_overtakes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with invested(tmp_path) as one, another(one) as other:

        def slowly(*asked: Any) -> None:
            writes(other, "SPY", 30)
            allow(*asked)

        monkeypatch.setattr(overriding, "allow", slowly)
        with pytest.raises(Busy, match="somebody else has written"):
            views(one, "2026-11-03")
        assert kept_overrides(one.book) == ()


def test_within_the_bounds_it_leaves(tmp_path: Path) -> None:
    with invested(tmp_path) as one:
        (order,) = writes(one, "TLT", -20).standings
        assert one.sends(one.orders.approve([order.id], "bob", "as written"), "2026-11-04T15:00:00").sent
