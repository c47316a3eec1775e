"""Files of fills: each fill once, to the order it belongs to, and what does not agree is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.desk.desk_worlds import DAY, Desk, desk
from trimtab.accounting.database.events import InstrumentListed
from trimtab.core.errors import DataError, UsageError
from trimtab.core.households import Account, Instrument
from trimtab.core.orders import Standing, Status, Ticket, TradingState
from trimtab.core.taxes import Wrapper
from trimtab.core.venues import Execution, Report
from trimtab.desk.blocking import gather
from trimtab.desk.errands import sendable
from trimtab.desk.settlement import Settled, settle_file, shortfalls, summed
from trimtab.desk.slicing import close_cut, cut, evenly
from trimtab.execution.fill_files.found import Count, FillFile, Loose

A, B = Account("A", "Mueller", Wrapper.EXEMPT), Account("B", "Meier", Wrapper.EXEMPT)
TUESDAY = date(2026, 11, 3)


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path, [A, B]) as made:
        made.holds("A", 50_000)
        made.holds("B", 50_000)
        yield made


def sent(one: Desk, name: str, units: int = 100, account: str = "A", instrument: str = "SPY") -> Standing:
    bare = Ticket(name * 32, account, instrument, Decimal(units), Decimal(100), as_of=DAY)
    one.orders.add([bare])
    one.orders.approve([bare.id], "bob")
    one.orders.intend(bare.id, "file", Decimal(100))
    return one.orders.move(bare.id, Status.SENT)


def fill(name: str, units: int, order: str = "", day: date = TUESDAY) -> Execution:
    return Execution(name, order, Decimal(units), Decimal(101), Decimal(0), day, "")


def loose(line: int, name: str, units: int, account: str = "A", day: date = TUESDAY, symbol: str = "SPY") -> Loose:
    return Loose(line, fill(name, units, day=day), account, symbol)


def settled(one: Desk, **parts: object) -> Settled:
    return settle_file(one.orders, FillFile("fills.csv", "table", **parts), "", TUESDAY)  # type: ignore[arg-type]


def filled(one: Desk, name: str) -> int:
    return int(one.orders.standing(name * 32).filled)


def test_fills_without_an_order_fill_the_one_that_fits_and_no_more_than_it_has_left(one: Desk) -> None:
    """60 and 30 of 100; the second 60 does not fit into what is left, and is told."""
    sent(one, "a")
    done = settled(one, loose=(loose(2, "x", 60), loose(3, "y", 60), loose(4, "z", 30)))
    assert filled(one, "a") == 90
    assert done.exit_code == 4
    assert [text.split(":")[0] for text in done.breaks] == ["line 3"]
    assert one.orders.state("A") is TradingState.ACTIVE


def test_a_file_that_is_read_twice_says_nothing_new_even_to_another_order(one: Desk) -> None:
    """Once a is filled, the same fills must not go to b, which is like it."""
    sent(one, "a")
    file = {"loose": (loose(2, "x", 60), loose(3, "y", 40))}
    assert settled(one, **file).exit_code == 0
    assert filled(one, "a") == 100
    sent(one, "b")
    again = settled(one, **file)
    assert again == Settled((), (), ())
    assert filled(one, "b") == 0
    assert one.orders.state("A") is TradingState.ACTIVE


@pytest.mark.parametrize(
    "stray",
    [loose(2, "x", 60, "B"), loose(2, "x", -60), loose(2, "x", 60, symbol="TLT"), loose(2, "x", 60, day=date(2026, 11, 1))],
    ids=["account", "side", "instrument", "before it left"],
)
def test_what_fits_no_order_is_told(one: Desk, stray: Loose) -> None:
    sent(one, "a")
    done = settled(one, loose=(stray,))
    assert filled(one, "a") == 0
    assert "belongs to no order" in done.breaks[0]


def test_what_fits_two_orders_is_told_and_booked_for_neither(one: Desk) -> None:
    sent(one, "a")
    sent(one, "b")
    assert "one of 2 orders" in settled(one, loose=(loose(2, "x", 60),)).breaks[0]
    assert filled(one, "a") == filled(one, "b") == 0


@pytest.mark.parametrize(("day", "why"), [(date(2026, 3, 11), "its order left on"), (date(2031, 11, 3), "still to come")])
def test_a_fill_of_a_day_that_cannot_be_is_told_and_not_booked(one: Desk, day: date, why: str) -> None:
    """3 November read as 11 March, and a year mistyped: named or not, the book never has it."""
    order = sent(one, "a")
    done = settled(one, reports=(Report(order.id, Status.PARTIAL, executions=(fill("x", 40, order.id, day),)),))
    assert why in done.breaks[0]
    assert (done.exit_code, filled(one, "a"), one.orders.state("A")) == (4, 0, TradingState.ACTIVE)


def test_counts_come_after_executions_of_the_same_file_and_count_once(one: Desk) -> None:
    """40 by an execution, then a count of 100 at an average of 101: the other 60 cost 101 too."""
    order = sent(one, "a")
    report = Report(order.id, Status.PARTIAL, executions=(fill("x", 40, order.id),))
    count = Count(3, order.id, Decimal(100), Decimal(101), Status.FILLED)
    for _ in range(2):
        done = settled(one, reports=(report,), counts=(count,))
        assert done.exit_code == 0
        assert filled(one, "a") == 100
        assert one.orders.standing(order.id).spent == 10_100


def test_reports_of_one_order_go_as_far_as_the_furthest(one: Desk) -> None:
    """A partial fill, then the cancellation of the rest, in one file."""
    order = sent(one, "a")
    reports = (
        Report(order.id, Status.PARTIAL, executions=(fill("x", 40, order.id),)),
        Report(order.id, Status.CANCELLED, filled=Decimal(70), executions=(fill("y", 30, order.id),)),
    )
    assert settled(one, reports=reports).exit_code == 0
    assert one.orders.standing(order.id).status is Status.CANCELLED
    assert filled(one, "a") == 70


def test_a_fill_of_a_cancelled_order_is_booked_and_halts(one: Desk) -> None:
    order = sent(one, "a")
    settled(one, reports=(Report(order.id, Status.CANCELLED),))
    done = settled(one, reports=(Report(order.id, Status.PARTIAL, executions=(fill("x", 40, order.id),)),))
    assert done.exit_code == 6
    assert filled(one, "a") == 40
    assert one.orders.state("A") is TradingState.HALTED
    assert one.book.holdings("A")[0] == 40


def test_a_count_without_its_executions_halts_and_says_so(one: Desk) -> None:
    order = sent(one, "a")
    done = settled(one, reports=(Report(order.id, Status.PARTIAL, filled=Decimal(70)),))
    assert done.exit_code == 6
    assert "70 filled by the venue's count, 0 by executions" in done.contradictions[0]
    assert one.orders.state("A") is TradingState.HALTED


@pytest.mark.parametrize(("filled_units", "status"), [(0, Status.NEVER_ARRIVED), (0, Status.CANCELLED), (100, Status.FILLED)])
def test_a_person_settles_by_file_what_a_broker_has_forgotten(one: Desk, filled_units: int, status: Status) -> None:
    """An order whose answer was lost, asked for on a later day: the statement of its day says what became of it."""
    order = sent(one, "a")
    one.orders.move(order.id, Status.UNKNOWN, "no answer")
    assert one.orders.state("A") is TradingState.HALTED
    told = Count(2, order.id, Decimal(filled_units), Decimal(101 if filled_units else 0), status, Decimal(0), TUESDAY, "")
    assert settled(one, counts=(told,)).exit_code == 0
    assert (one.orders.standing(order.id).status, filled(one, "a")) == (status, filled_units)
    assert one.orders.state("A") is TradingState.HALTED  # a person says that it is well again, no file does
    one.orders.release("A", "the statement of the third")
    assert one.orders.state("A") is TradingState.ACTIVE


def test_a_file_cannot_say_that_an_order_never_arrived_that_the_broker_has_acknowledged(one: Desk) -> None:
    order = sent(one, "a")
    one.orders.move(order.id, Status.ACKED)
    told = Count(2, order.id, Decimal(0), Decimal(0), Status.NEVER_ARRIVED, Decimal(0), TUESDAY, "")
    done = settled(one, counts=(told,))
    assert done.exit_code != 0
    assert one.orders.standing(order.id).status is Status.ACKED


def test_an_account_that_is_being_sent_for_is_told_and_the_rest_is_booked(one: Desk) -> None:
    a, b = sent(one, "a"), sent(one, "b", account="B")
    reports = tuple(Report(s.id, Status.FILLED, filled=Decimal(100), executions=(fill(s.id, 100, s.id),)) for s in (a, b))
    with one.orders.sender("A"):
        done = settled(one, reports=reports)
    assert (filled(one, "a"), filled(one, "b"), done.exit_code) == (0, 100, 4)


def test_naming_one_account_sends_no_block_that_holds_orders_of_others(one: Desk) -> None:
    some = [Ticket(name * 32, account, "SPY", Decimal(50), Decimal(100), as_of=DAY, batch="b")
            for name, account in (("a", "A"), ("b", "B"))]  # fmt: skip
    (block,) = gather(one.orders, one.orders.add(some)).blocks
    one.orders.approve([block.id], "bob")
    with pytest.raises(UsageError, match="together with orders of B"):
        sendable(one.orders, ["A"])
    assert [one.id for one in sendable(one.orders, ["A", "B"])] == [block.id]
    assert [one.id for one in sendable(one.orders, ["b"])] == [block.id]  # the batch


def test_a_block_is_filled_by_file_and_its_shortfall_counted_once(one: Desk) -> None:
    """100 for A and 50 for B at 101, decided at 100: 150 of delay and execution, not 300."""
    some = [Ticket(name * 32, account, "SPY", Decimal(units), Decimal(100), as_of=DAY, batch="b")
            for name, account, units in (("a", "A", 100), ("b", "B", 50))]  # fmt: skip
    (block,) = gather(one.orders, one.orders.add(some)).blocks
    one.orders.approve([block.id], "bob")
    one.orders.intend(block.id, "file", Decimal(100))
    one.orders.move(block.id, Status.SENT)
    done = settle_file(
        one.orders, FillFile("f", loose=(loose(2, "x", 90, ""), loose(3, "y", 60, "B"))), "A", TUESDAY
    )  # of a block either account may be named
    assert done.exit_code == 0
    assert [int(one.book.holdings(name)[0]) for name in "AB"] == [100, 50]
    every = one.orders.standings()
    parts, untold = shortfalls(one.orders, [*every, *every], lambda _: (Decimal(101), TUESDAY))
    assert not untold
    assert summed(parts).total == 150


def test_slices_that_never_left_are_missed_once_all_is_done_with(one: Desk) -> None:
    """Regression: of 5 slices of 20, 3 were filled at 101 and 2 cancelled before they left, which were in no part.

    Decided at 100, closed at 103: 60 on fills, 40 x 3 = 120 missed; paper gains 100 x 3, the real one 60 x 2.
    """
    (parent,) = one.orders.add([Ticket("p" * 32, "A", "SPY", Decimal(100), Decimal(100), as_of=DAY)])
    cut_ones = cut(one.orders, parent, evenly(5), Decimal(1), one.by).slices

    def missed(*found: Standing) -> list[tuple[str, Decimal, Decimal]]:
        parts, untold = shortfalls(one.orders, found, lambda _: (Decimal(103), TUESDAY))
        assert not untold
        return [(piece.order, piece.shortfall.opportunity, piece.shortfall.paper) for piece in parts]

    one.orders.approve([order.id for order in cut_ones[:3]], "bob")
    for order in cut_ones[:3]:
        one.orders.intend(order.id, "file", Decimal(100))
        report = Report(order.id, Status.FILLED, "v", Decimal(20), (fill(f"x{order.id}", 20, order.id),))
        one.orders.record(report, "file")
    assert len(missed(*one.orders.standings())) == 3, "two slices wait"
    one.orders.cancel_waiting([order.id for order in cut_ones[3:]], "enough")
    assert len(missed(*one.orders.standings())) == 3, "their order is not closed"
    close_cut(one.orders)
    last = one.orders.standing(cut_ones[2].id)
    assert missed(last) == [(last.id, 0, 2_000), (parent.id, 120, 4_000)]
    parts, _ = shortfalls(one.orders, one.orders.standings(), lambda _: (Decimal(103), TUESDAY))
    assert (summed(parts).paper, summed(parts).total) == (10_000, 100 * 3 - 60 * 2)


def test_what_was_cut_and_never_left_has_no_shortfall(one: Desk) -> None:
    (parent,) = one.orders.add([Ticket("p" * 32, "A", "SPY", Decimal(100), Decimal(100), as_of=DAY)])
    made = cut(one.orders, parent, evenly(2), Decimal(1), one.by).slices
    one.orders.cancel_waiting([order.id for order in made], "not today")
    assert close_cut(one.orders)
    assert shortfalls(one.orders, one.orders.standings(), lambda _: (Decimal(103), TUESDAY)) == ((), ())


def test_a_price_that_cannot_be_read_leaves_out_its_order_and_no_other(one: Desk) -> None:
    """Regression: what reading the price of an order that was not filled raised, took the figures of all others with it."""

    def closing(_: Standing) -> tuple[Decimal, date]:
        raise DataError("the folder of prices is gone", remedy="Bring it back.")

    sent(one, "a")
    settled(one, loose=(loose(2, "x", 100),))
    one.orders.move(sent(one, "b").id, Status.CANCELLED)
    parts, untold = shortfalls(one.orders, one.orders.standings(), closing)
    assert [piece.order for piece in parts] == ["a" * 32]
    assert ["the folder of prices is gone" in text for text in untold] == [True]


def test_an_isin_stands_for_its_instrument(one: Desk) -> None:
    one.book.append([InstrumentListed(Instrument("VTI", isin="US9229087690"))], recorded=one.clock.at, author="ann")
    sent(one, "a", instrument="VTI")
    settled(one, loose=(loose(2, "x", 60)._replace(symbol="", isin="US9229087690"),))
    assert filled(one, "a") == 60
