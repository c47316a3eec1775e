"""The outbox: nothing is sent twice, nothing is lost, and what nobody knows halts the account (RELIABILITY 4 and 5D)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from tests.execution.crash_points import POINTS, Crash, CrashingStore, CrashingVenue, Crossings
from tests.execution.faulty_venue import ARRIVES, Batch, Fault, FaultyVenue, NaiveSender, VirtualClock
from tests.execution.order_words import ZERO, A, B, Shop, block, ticket
from trimtab.core.errors import DataError, InvariantError
from trimtab.core.orders import FINAL, Cause, Standing, Status, TradingState, client_id
from trimtab.core.venues import Execution, NoAccess, Report
from trimtab.execution.memory_orders import MemoryOrders
from trimtab.execution.outbox import Outbox

S, F = Status, Fault
HALTED, ACTIVE = TradingState.HALTED, TradingState.ACTIVE


def three() -> list:
    """A buy, a sale and another buy of one account."""
    return [ticket(0, 10), ticket(1, -20), ticket(2, 30)]


def settled(shop: Shop) -> None:
    """Time passes, the venue answers again, and the account is reconciled."""
    shop.clock.wait(120)
    shop.venue.down = False
    shop.reconcile()


# Laws of crashes


def crashed(at: int, script: tuple[Fault, ...], again: int = 0) -> tuple[Shop, list[str]]:
    """Send with a crash at crossing `at`, then perhaps one in the recovery, then recover in peace. What was crossed, too."""
    shop = Shop(three(), script)
    crossings = Crossings(at)
    broken = shop.another(CrashingStore(shop.store, crossings), CrashingVenue(shop.venue, crossings))
    second = Crossings(again)
    patched = shop.another(CrashingStore(shop.store, second), CrashingVenue(shop.venue, second))
    for sending in (lambda: broken.send(shop.batch, shop.ids), lambda: patched.recover(A)):
        try:
            sending()
        except Crash:
            continue
    settled(shop)
    shop.store.release(A)
    shop.send()
    settled(shop)
    return shop, crossings.crossed


def require_truth(shop: Shop) -> None:
    """No order reached the venue twice, and the book says of each what the venue says."""
    assert max(shop.venue.arrived.values(), default=0) <= 1
    assert len(shop.venue.submits) == len(set(shop.venue.submits))
    for one in shop.store.standings():
        assert one.filled == shop.venue.truth.get(one.id, ZERO)
        if one.id not in shop.venue.arrived:
            assert one.status in {S.NEVER_ARRIVED, S.CANCELLED, S.APPROVED}
        else:
            assert one.status in FINAL | {S.ACKED, S.PARTIAL}


SCRIPTS = [(), (F.ANSWER_LOST,), (F.NONE, F.SLOW), (F.REQUEST_LOST, F.FILLED), (F.DISCONNECT,), (F.NONE, F.CUT), (F.NOT_SENT,)]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: "-".join(one.name for one in script) or "NONE")
def test_a_crash_at_any_crossing_loses_and_doubles_nothing(script: tuple[Fault, ...]) -> None:
    """D1: killed at any step of any order, and killed again in the recovery."""
    _, crossed = crashed(0, script)
    for at in range(1, len(crossed) + 1):
        for again in (0, 1, 2, 4):
            require_truth(crashed(at, script, again)[0])


def test_the_crash_points_of_a_sending_and_its_recovery_are_all_crossed() -> None:
    seen: set[str] = set()
    for script in SCRIPTS:
        shop = Shop(three(), script)
        crossings = Crossings()
        box = shop.another(CrashingStore(shop.store, crossings), CrashingVenue(shop.venue, crossings))
        box.send(shop.batch, shop.ids)
        box.cancel(shop.ids[1])
        shop.venue.down = False
        shop.clock.wait(120)
        box.reconcile(A, lambda _: {"F9": Decimal(1)}, since=date(2026, 11, 1), lift=shop.store.lift)
        seen |= set(crossings.crossed)
    assert seen == set(POINTS)
    assert len(POINTS) >= 12


def test_the_law_catches_a_sender_that_sends_and_then_records() -> None:
    """The control: with a crash between the two, or an answer lost, the naive sender doubles."""
    doubled = 0
    for at, script in [(1, ()), (2, ()), (3, ()), (0, (F.ANSWER_LOST,)), (0, (F.NONE, F.ANSWER_LOST))]:
        venue = FaultyVenue(VirtualClock(), script, unique=False)
        naive = NaiveSender(venue, Crossings(at).cross)
        for _ in range(2):
            try:
                naive.send(Batch(tuple(three())))
            except Crash:
                continue
        doubled += max(venue.arrived.values()) > 1
    assert doubled == 5


@pytest.mark.parametrize("fault", [one for one in Fault if one is not F.NONE])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_whatever_goes_wrong_with_a_message_is_settled_or_halts(fault: Fault, place: int) -> None:
    """D6, D2: lost, slow, cut, wrong, rejected: the account stands still until the venue has been asked."""
    shop = Shop(three(), [F.NONE] * place + [fault])
    shop.send()
    if any(one.status is S.UNKNOWN for one in shop.store.standings()):
        assert shop.store.state(A) is HALTED
    settled(shop)
    require_truth(shop)
    assert shop.store.state(A) is ACTIVE
    sent = shop.venue.submits[place]
    assert (sent in shop.venue.arrived) == (fault in ARRIVES | {F.REJECTED})


# The usual way


def test_sells_leave_first_and_each_order_once() -> None:
    shop = Shop(three())
    assert [status for status, _ in shop.send()] == [S.ACKED] * 3
    assert shop.venue.submits == [shop.ids[1], shop.ids[0], shop.ids[2]]
    first = shop.store.standing(shop.ids[0])
    assert (first.venue, first.venue_id, first.sent_at) == ("faulty", "V1", "2026-11-02T15:00:00Z")


def test_the_price_at_which_an_order_leaves_is_kept() -> None:
    shop = Shop(three())
    shop.outbox.send(shop.batch, shop.ids, arrivals={shop.ids[0]: Decimal("100.25")})
    assert [shop.store.standing(one).arrival for one in shop.ids] == [Decimal("100.25"), ZERO, ZERO]


def test_what_nobody_approved_is_listed_and_stays() -> None:
    shop = Shop(three())
    shop.store.plan([late := ticket(3, 5)])
    sent = shop.outbox.send(Batch((*shop.batch.orders, late)), [*shop.ids, late.id])
    assert [(one.standing.status, "cannot become intent" in one.why) for one in sent][-1] == (S.PLANNED, True)
    assert len(shop.venue.submits) == 3


def test_slices_above_their_parent_stop_the_account() -> None:
    parent = ticket(0, 100)
    shop = Shop([parent, *(replace(ticket(k, 60), parent=parent.id) for k in (1, 2)), ticket(3, 5)])
    sent = shop.outbox.send(shop.batch, shop.ids[1:])
    assert [one.standing.status for one in sent] == [S.ACKED, S.APPROVED, S.APPROVED]
    assert "come to 120 of 100" in sent[1].why


def test_two_accounts_do_not_stop_each_other_unless_the_venue_is_silent() -> None:
    mine, yours = ticket(0, 10), ticket(0, 10, B)
    shop = Shop([mine, yours], [F.ANSWER_LOST])
    assert [status for status, _ in shop.send()] == [S.ACKED, S.ACKED]  # asked, it had the first; the second is of another
    assert (shop.store.state(A), shop.store.state(B)) == (HALTED, ACTIVE)
    silent = Shop([mine, yours], [F.DISCONNECT])
    assert [status for status, _ in silent.send()] == [S.UNKNOWN, S.APPROVED]
    assert (silent.store.state(A), silent.store.state(B)) == (HALTED, ACTIVE)


def test_a_message_proved_unsent_is_cancelled_and_the_rest_waits() -> None:
    shop = Shop(three(), [F.NOT_SENT])
    sent = shop.send()
    assert [status for status, _ in sent] == [S.CANCELLED, S.APPROVED, S.APPROVED]
    assert shop.store.standing(shop.ids[1]).why == "proved unsent: no connection."
    assert "not sent after order" in sent[1][1]
    assert shop.store.state(A) is ACTIVE


# The catalogue


def test_d2_a_venue_that_takes_an_id_twice_gets_it_once_and_the_account_halts() -> None:
    shop = Shop(three(), [F.ANSWER_LOST])
    shop.venue.unique = False
    shop.send()
    shop.send()
    assert shop.venue.submits == [shop.ids[1]]
    assert (shop.status(1), shop.causes()) == (S.ACKED, [Cause.UNKNOWN])
    shop.reconcile()
    assert [status for status, _ in shop.send()] == [S.ACKED, S.ACKED, S.ACKED]
    require_truth(shop)


def test_d2_an_order_that_traded_twice_halts_with_what_is_too_much() -> None:
    shop = Shop([ticket(0, 10)])
    shop.venue.unique = False
    shop.venue.submit(shop.batch, shop.ids[0])  # somebody else's copy
    shop.venue.fill(shop.ids[0], Decimal(10))
    shop.send()
    shop.venue.fill(shop.ids[0], Decimal(10))
    found = shop.reconcile()
    assert f"order {shop.ids[0]} of 10 has 20 filled" in found.contradictions
    assert shop.store.units(A) == {"F0": Decimal(20)}  # booked as far as it can be
    assert (found.state, Cause.CONTRADICTION in shop.causes()) == (HALTED, True)


def test_d3_a_partial_fill_and_then_silence_is_unknown_until_reconciled() -> None:
    shop = Shop([ticket(0, 10)], [F.DISCONNECT])
    assert shop.send()[0][0] is S.UNKNOWN
    assert "no answer in time" in shop.store.standing(shop.ids[0]).why
    found = shop.reconcile()
    assert (found.clean, found.state, found.unanswered) == (False, HALTED, "the line is dead.")
    shop.venue.down = False
    found = shop.reconcile()
    assert (found.clean, found.state) == (True, ACTIVE)
    assert (shop.status(), shop.store.standing(shop.ids[0]).filled) == (S.PARTIAL, 5)


def test_d3_an_order_known_to_work_is_unknown_when_the_venue_falls_silent() -> None:
    shop = Shop([ticket(0, 10)], [F.PARTIAL])
    shop.send()
    shop.venue.down = True
    shop.outbox.recover(A)
    assert (shop.status(), shop.causes()) == (S.UNKNOWN, [Cause.UNKNOWN])
    shop.venue.down = False
    shop.clock.wait(10_000)
    assert shop.reconcile().clean
    assert shop.status() is S.PARTIAL


def test_d4_one_of_three_is_rejected_and_the_buys_that_it_paid_for_wait() -> None:
    # cash 1,500; the sale of 20 at 100 was to bring 2,000 for buys of 1,000 and 3,000: 3,500 in all
    shop = Shop(three(), [F.REJECTED])
    sent = shop.outbox.send(shop.batch, shop.ids, cash={A: Decimal(1500)})
    assert [(one.standing.status, one.why) for one in sent] == [
        (S.REJECTED, "not today"),
        (S.ACKED, ""),
        (S.APPROVED, "it costs 3000, and account ann has 500 after the sales that went out"),
    ]
    require_truth(shop)


def test_d4_with_the_sale_the_same_buys_go_to_the_last_cent() -> None:
    for cash, last in ((2000, S.ACKED), ("1999.99", S.ACKED), ("1999.98", S.APPROVED)):  # 2,000 + 2,000 = 1,000 + 3,000
        shop = Shop(three())
        sent = shop.outbox.send(shop.batch, shop.ids, cash={A: Decimal(cash)})
        assert [one.standing.status for one in sent] == [S.ACKED, S.ACKED, last]


def test_d4_where_nobody_stated_the_cash_no_buy_follows_a_sale_that_failed() -> None:
    shop = Shop([*three(), ticket(0, 7, B)], [F.REJECTED])
    assert [status for status, _ in shop.send()] == [S.REJECTED, S.APPROVED, S.APPROVED, S.ACKED]
    other = Shop(three(), [F.NONE, F.REJECTED])  # a rejected buy brings nothing into danger
    assert [status for status, _ in other.send()] == [S.ACKED, S.REJECTED, S.ACKED]


def test_d4_cash_that_knows_of_an_earlier_sale_is_not_counted_twice() -> None:
    shop = Shop(three(), [F.FILLED, F.PARTIAL])
    sell, buy, late = shop.ids[1], shop.ids[0], shop.ids[2]
    shop.outbox.send(shop.batch, [sell])  # 2,000 came in and are in the cash
    sent = shop.outbox.send(shop.batch, [sell, buy, late], cash={A: Decimal(2500)})
    assert [one.standing.status for one in sent] == [S.FILLED, S.PARTIAL, S.APPROVED]
    sent = shop.outbox.send(shop.batch, [buy, late], cash={A: Decimal(3499)})  # half of the buy, 500, is still to be paid
    assert [one.why for one in sent][1] == "it costs 3000, and account ann has 2999 after the sales that went out"


def test_d5_an_order_that_the_gate_refused_changes_nothing() -> None:
    """A stale or odd quote is refused by the gate: the order is not in what it stamped."""
    shop = Shop(three())
    before = shop.record
    with pytest.raises(InvariantError, match="did not pass the gate"):
        shop.outbox.send(Batch(shop.batch.orders[:2]), shop.ids)
    assert (shop.record, shop.venue.submits) == (before, [])


def test_d6_a_request_that_is_lost_never_arrived_once_it_cannot_be_under_way() -> None:
    shop = Shop(three(), [F.REQUEST_LOST])
    assert [status for status, _ in shop.send()] == [S.UNKNOWN, S.APPROVED, S.APPROVED]
    shop.clock.wait(60)  # the grace, to the second
    assert not shop.reconcile().clean
    assert (shop.status(1), shop.store.state(A)) == (S.UNKNOWN, HALTED)
    shop.clock.wait(1)
    found = shop.reconcile()
    assert (found.clean, shop.status(1), found.state) == (True, S.NEVER_ARRIVED, ACTIVE)


def test_d6_a_slow_request_is_found_when_it_arrives() -> None:
    shop = Shop(three(), [F.SLOW])
    assert shop.send()[0][0] is S.UNKNOWN  # asked at once, the venue knew nothing
    shop.clock.wait(20)
    assert shop.reconcile().clean
    assert shop.status(1) is S.ACKED
    require_truth(shop)


def test_d6_a_message_that_outlives_its_grace_halts_and_its_fill_is_booked() -> None:
    shop = Shop([ticket(0, 10)], [F.SLOW])
    hasty = Outbox(shop.store, shop.venue, shop.clock, shop.clock.now() - shop.clock.now())
    hasty.send(shop.batch, shop.ids)
    shop.clock.wait(1)
    hasty.recover(A)
    assert shop.status() is S.NEVER_ARRIVED
    shop.clock.wait(30)
    shop.venue.work()
    found = shop.reconcile()
    assert found.contradictions
    assert shop.store.units(A) == shop.venue.positions(A) != {}
    assert (found.state, Cause.CONTRADICTION in shop.causes()) == (HALTED, True)


def test_d6_an_answer_that_does_not_read_is_no_failure() -> None:
    for fault in (F.CUT, F.WRONG):
        shop = Shop([ticket(0, 10)], [fault])
        ((status, why),) = shop.send()
        assert (status, "no answer" in why, shop.store.state(A)) == (S.ACKED, True, HALTED)
        shop.store.release(A)
        shop.send()
        require_truth(shop)


def test_d7_positions_that_differ_halt_with_every_line_and_are_never_adjusted() -> None:
    shop = Shop(three(), [F.FILLED, F.FILLED])
    shop.send()
    other = {"F0": Decimal(7), "F1": Decimal(-20), "F9": Decimal("2.5")}
    shop.venue.positions = lambda _: other  # type: ignore[method-assign]
    before = shop.store.units(A)
    found = shop.reconcile()
    assert [one.words for one in found.differences] == [
        "position F0: 10 in the book, 7 at the venue: -3",
        "position F9: 0 in the book, 2.5 at the venue: 2.5",
    ]
    why = "position F0: 10 in the book, 7 at the venue: -3; position F9: 0 in the book, 2.5 at the venue: 2.5"
    assert shop.store.halts(A) == ((Cause.DIFFERENCE, why),)
    assert shop.store.units(A) == before
    other.update(F0=Decimal(10), F9=ZERO)
    assert shop.reconcile().state is ACTIVE


@pytest.mark.parametrize(("claims", "apart"), [(3, "-2"), (8, "3")])
def test_d7_a_count_of_the_venue_above_or_below_what_is_booked_halts(claims: int, apart: str) -> None:
    shop = Shop([ticket(0, 10)], [F.PARTIAL])
    shop.send()
    true = shop.venue.find
    shop.venue.find = lambda order: true(order)._replace(filled=Decimal(claims))  # type: ignore[method-assign,union-attr]
    found = shop.reconcile()
    assert [one.words.endswith(f"5 in the book, {claims} at the venue: {apart}") for one in found.differences] == [True]
    assert (found.state, Cause.DIFFERENCE in shop.causes()) == (HALTED, True)


def test_d7_a_fill_between_two_questions_is_no_difference() -> None:
    shop = Shop([ticket(0, 10)])
    shop.send()
    true, late = shop.venue.positions, iter([True])

    def positions(account: str) -> Mapping[str, Decimal] | None:
        if next(late, False):
            shop.venue.fill(shop.ids[0], Decimal(4))
        return true(account)

    shop.venue.positions = positions  # type: ignore[method-assign]
    assert shop.reconcile().clean


def test_an_order_that_is_done_with_here_and_works_at_the_venue_is_a_line() -> None:
    """A book that was restored has forgotten that it left, and a person cancelled it: the venue may fill all 10 of it."""
    shop = Shop([ticket(0, 10)])
    shop.send()
    assert shop.status() is S.ACKED
    (one,) = shop.store.standings()
    shop.store._standings[one.id] = replace(one, status=S.CANCELLED, venue_id="", sent_at="")
    found = shop.reconcile()
    assert [line.words for line in found.differences] == [f"working order {one.id}: 0 in the book, 10 at the venue: 10"]
    assert shop.store.state(A) is HALTED
    shop.venue.cancel(one.id)
    assert shop.reconcile().clean


def test_d7_a_foreign_order_is_a_line_and_one_in_the_form_of_ours_a_contradiction() -> None:
    shop = Shop([ticket(0, 10)])
    shop.send()
    true = shop.venue.reports
    shop.venue.reports = lambda since: (*true(since), Report("by hand", S.FILLED, "V9", Decimal(4)))  # type: ignore[method-assign]
    found = shop.reconcile()
    assert [one.words for one in found.differences] == ["foreign order by hand: 0 in the book, 4 at the venue: 4"]
    ours = client_id("another run", 1)
    shop.venue.reports = lambda since: (*true(since), Report(ours, S.ACKED, "V9"))  # type: ignore[method-assign]
    found = shop.reconcile()
    assert found.contradictions == (f"the venue has order {ours}, in the form of ours, which is in no book",)
    assert set(shop.causes()) == {Cause.DIFFERENCE, Cause.CONTRADICTION}


def test_d11_a_double_click_sends_once_and_shows_the_first() -> None:
    shop = Shop(three())
    first = shop.send()
    again = shop.send()
    assert len(shop.venue.submits) == 3
    assert [status for status, _ in again] == [status for status, _ in first]
    assert all("cannot become intent" in why for _, why in again)
    with pytest.raises(DataError, match="was planned before and is acked"):
        shop.store.plan(shop.batch.orders)


class Killing(MemoryOrders):
    """Somebody pulls the switch while the order number `at` leaves."""

    __slots__ = ("at", "count")

    def intend(self, order: str, venue: str, arrival: Decimal, within: Callable[[], None] = lambda: None) -> Standing:
        self.count += 1
        if self.count == self.at:
            self.halt(A, Cause.PERSON, "kill by ann")
        return super().intend(order, venue, arrival, within)


@pytest.mark.parametrize("at", [1, 2, 3])
def test_d12_the_switch_stops_the_loop_before_the_next_order(at: int) -> None:
    store = Killing(VirtualClock())
    store.at, store.count = at, 0
    shop = Shop([*three(), ticket(4, 5, B)], store=store)
    sent = shop.send()
    assert [status for status, _ in sent] == [S.ACKED] * (at - 1) + [S.APPROVED] * (4 - at) + [S.ACKED]
    assert all("kill by ann" in why for status, why in sent if status is S.APPROVED)


def test_d12_what_works_can_be_cancelled_while_halted() -> None:
    shop = Shop(three())
    shop.send()
    shop.store.halt(A, Cause.PERSON, "kill by ann")
    assert [shop.outbox.cancel(one).standing.status for one in shop.ids] == [S.CANCELLED] * 3
    assert shop.store.state(A) is HALTED


def test_d13_a_loop_run_wild_sends_each_order_once() -> None:
    shop = Shop(three(), [F.NONE, F.REJECTED, F.ANSWER_LOST])
    for _ in range(50):
        shop.send()
        shop.clock.wait(5)
        shop.reconcile()
    assert sorted(shop.venue.submits) == sorted(shop.ids)


# Recovery


def test_an_intent_found_later_is_unknown_and_halts_before_anybody_is_asked() -> None:
    shop = Shop([ticket(0, 10)])
    shop.store.intend(shop.ids[0], "faulty", ZERO)
    asked = Crossings(1, point="before find")
    with pytest.raises(Crash):
        shop.another(venue=CrashingVenue(shop.venue, asked)).recover(A)
    assert (shop.status(), shop.causes()) == (S.UNKNOWN, [Cause.UNKNOWN])
    assert shop.outbox.recover(A)[0].why == "the venue does not know it; its message may be under way"


def test_nothing_is_sent_before_an_intent_of_a_dead_sender_is_settled() -> None:
    shop = Shop(three())
    shop.store.intend(shop.ids[0], "faulty", ZERO)
    assert [status for status, _ in shop.send()] == [S.APPROVED, S.UNKNOWN, S.APPROVED]
    assert shop.venue.submits == []


def test_a_venue_that_says_never_arrived_is_not_believed_before_the_grace_is_over() -> None:
    shop = Shop([ticket(0, 10)], [F.REQUEST_LOST])
    shop.venue.find = lambda order: Report(order, S.NEVER_ARRIVED)  # type: ignore[method-assign]
    assert shop.send()[0][0] is S.UNKNOWN
    shop.clock.wait(61)
    assert shop.outbox.recover(A)[0].standing.status is S.NEVER_ARRIVED


def _midnight(now: np.datetime64) -> np.datetime64:
    return now.astype("datetime64[D]").astype("datetime64[s]")


def test_a_venue_that_has_forgotten_the_day_of_an_order_proves_nothing_by_not_knowing_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = Shop([ticket(0, 10)], [F.REQUEST_LOST])
    monkeypatch.setattr(shop.venue, "remembers_since", _midnight, raising=False)
    assert shop.send()[0][0] is S.UNKNOWN
    shop.clock.wait(24 * 3600)
    asked = shop.outbox.recover(A)[0]
    assert (asked.standing.status, shop.causes()) == (S.UNKNOWN, [Cause.UNKNOWN])
    assert "reconcile with a file" in asked.why
    shop.clock.wait(-24 * 3600 + 61)  # had somebody asked on the same day
    assert shop.outbox.recover(A)[0].standing.status is S.NEVER_ARRIVED


def test_orders_of_other_accounts_are_left_to_whoever_has_their_lock() -> None:
    shop = Shop([ticket(0, 10), ticket(0, 10, B)])
    shop.send()
    shop.venue.work()
    shop.reconcile(A)
    assert [shop.store.standing(one).filled != 0 for one in shop.ids] == [True, False]


def test_an_order_of_which_nobody_noted_when_it_left_never_settles_by_waiting() -> None:
    shop = Shop([ticket(0, 10)], store=MemoryOrders())
    shop.store.intend(shop.ids[0], "faulty", ZERO)
    shop.clock.wait(10**6)
    shop.outbox.recover(A)
    assert shop.status() is S.UNKNOWN


def test_a_clock_that_jumps_back_settles_nothing() -> None:
    shop = Shop([ticket(0, 10)], [F.REQUEST_LOST])
    shop.send()
    shop.clock.wait(-3600)
    assert not shop.reconcile().clean


def test_an_order_that_the_venue_had_and_denies_never_becomes_never_arrived() -> None:
    shop = Shop([ticket(0, 10)])
    shop.send()
    shop.venue.find = lambda _: None  # type: ignore[method-assign]
    shop.venue.reports = lambda _: ()  # type: ignore[method-assign]
    shop.clock.wait(10_000)
    for _ in range(2):
        found = shop.reconcile()
        assert (found.asked[0].why, found.state) == ("the venue had it, and does not know it any more", HALTED)
    assert shop.status() is S.UNKNOWN


def test_what_a_file_says_of_an_order_that_left_is_no_news_and_no_count() -> None:
    shop = Shop([ticket(0, 10)])
    shop.venue.submit = lambda _, order: Report(order, S.SENT, "a.csv")  # type: ignore[method-assign]
    shop.venue.find = lambda order: Report(order, S.SENT, "a.csv")  # type: ignore[method-assign]
    shop.venue.positions = lambda _: None  # type: ignore[method-assign]
    shop.send()
    assert (shop.status(), shop.reconcile().clean, shop.store.state(A)) == (S.SENT, True, ACTIVE)
    done = Execution("X1", shop.ids[0], Decimal(4), Decimal(100), ZERO, date(2026, 11, 2), "")
    shop.store.record(Report(shop.ids[0], S.PARTIAL, "a.csv", Decimal(4), (done,)), "faulty")  # a file of fills
    assert (shop.status(), shop.reconcile().clean) == (S.PARTIAL, True)


def test_an_order_that_left_in_a_file_and_is_in_none_is_unknown() -> None:
    shop = Shop([ticket(0, 10)])
    shop.venue.submit = lambda _, order: Report(order, S.SENT)  # type: ignore[method-assign]
    shop.send()
    shop.venue.find = lambda _: None  # type: ignore[method-assign]
    shop.outbox.recover(A)
    assert (shop.status(), shop.store.state(A)) == (S.UNKNOWN, HALTED)


def test_an_order_of_another_venue_is_not_asked_for_here() -> None:
    shop = Shop([ticket(0, 10), ticket(1, 10), ticket(2, 10)])
    for one in shop.ids[:2]:
        shop.store.intend(one, "elsewhere", ZERO)
    shop.store.record(Report(shop.ids[1], S.ACKED, "E1"), "elsewhere")
    found = shop.reconcile()
    assert [one.why for one in found.asked] == ["it went to elsewhere, and is asked for there"]
    assert (shop.status(0), shop.status(1), found.clean) == (S.UNKNOWN, S.ACKED, False)
    shop.venue.reports = lambda _: (Report(shop.ids[1], S.ACKED, "V9"),)  # type: ignore[method-assign]
    assert shop.reconcile().contradictions[0].endswith("which went to elsewhere")


def test_a_question_that_never_left_changes_no_order_and_is_not_clean() -> None:
    def refused(_: object) -> Report:
        raise NoAccess("no password", remedy="Give one.")

    shop = Shop([ticket(0, 10)])
    shop.send()
    shop.venue.find = refused  # type: ignore[method-assign]
    found = shop.reconcile()
    assert (shop.status(), found.clean, shop.store.state(A)) == (S.ACKED, False, ACTIVE)
    assert "no password" in found.asked[0].why


def test_a_venue_that_does_not_tell_leaves_the_state_alone() -> None:
    shop = Shop([ticket(0, 10)], [F.FILLED])
    shop.send()
    shop.venue.down = True
    found = shop.reconcile()
    assert (found.clean, found.unanswered, found.state) == (False, "the line is dead.", ACTIVE)


def test_a_block_is_recovered_through_any_of_its_members() -> None:
    shop = Shop(block(0, ticket(0, 30), ticket(0, 60, B)), [F.DISCONNECT])
    shop.venue.positions = lambda _: None  # type: ignore[method-assign]
    assert shop.send()[0][0] is S.UNKNOWN
    assert (shop.store.state(A), shop.store.state(B)) == (HALTED, HALTED)
    shop.venue.down = False
    assert (shop.reconcile(B).clean, shop.store.state(B), shop.store.state(A)) == (True, ACTIVE, HALTED)
    shop.venue.fill(shop.ids[0], Decimal(45))
    assert shop.reconcile(A).clean
    assert (shop.store.units(A), shop.store.units(B)) == ({"F0": Decimal(30)}, {"F0": Decimal(60)})


# Cancelling


def test_what_has_not_left_is_cancelled_here() -> None:
    shop = Shop(three())
    asked = shop.outbox.cancel(shop.ids[0], "not wanted")
    assert (asked.standing.status, asked.standing.why, shop.venue.arrived) == (S.CANCELLED, "not wanted", {})
    assert shop.outbox.cancel(shop.ids[0]).why == "it is cancelled already"


def failing(shop: Shop) -> Iterator[str]:
    """Ways in which a cancellation comes to nothing, each with what is said of it."""
    shop.venue.down = True
    yield "nobody knows whether the cancellation arrived"
    shop.venue.down = False
    for fault, said in ((NoAccess("no password"), "did not leave"), (ValueError("cut"), "nobody knows")):

        def cancel(_: str, fault: Exception = fault) -> Report:
            raise fault

        shop.venue.cancel = cancel  # type: ignore[method-assign]
        yield said
    shop.venue.cancel = lambda order: Report(order, S.NEVER_ARRIVED)  # type: ignore[method-assign]
    yield "does not know it"
    shop.venue.cancel = lambda _: Report("another", S.CANCELLED)  # type: ignore[method-assign]
    yield "nobody knows"


def test_a_cancellation_without_an_answer_leaves_the_order_as_it_stands() -> None:
    shop = Shop([ticket(0, 10)])
    shop.send()
    before = shop.record
    for said in failing(shop):
        assert said in shop.outbox.cancel(shop.ids[0]).why
        assert shop.record == before
