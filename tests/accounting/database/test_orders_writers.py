"""Processes that plan, send and kill at once (RELIABILITY R7, R8): one run per key, one sender, no order after a kill."""

from __future__ import annotations

import json
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.accounting.database.books import DAY, NOW, PLACES, WHO, At
from tests.accounting.database.order_books import execution, report
from tests.accounting.database.servers import Server
from tests.accounting.database.writing import Crew, run_of
from trimtab.accounting.database.events import RunKey
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.postgres import PostgresSession
from trimtab.accounting.database.refusals import Busy
from trimtab.accounting.database.sqlite import SqliteSession
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import verify
from trimtab.core.errors import Halted
from trimtab.core.orders import Status, Ticket, client_id

WRITERS = [f"w{n}" for n in range(4)]


def placed(address: str | Path) -> str | Path:
    with BookStore.create(address, recorded=NOW, author=WHO) as book:
        book.append(PLACES, recorded=NOW, author=WHO)
    return address


def proposed(address: str | Path, folder: Path, times: int, careless: str = "") -> None:
    """Four processes plan the same runs: each has one winner and the two orders of that one, and no batch has a twin."""
    folder.mkdir()
    with Crew(folder) as crew:
        children = [crew.start("propose", address, name, times=times, careless=careless) for name in WRITERS]
        assert [crew.wait(child) for child in children] == [0] * 4, f"unhandled: {crew.log[-600:]}"
        won = {name: crew.told(name, "won") for name in WRITERS}
    assert Counter(number for some in won.values() for number in some) == dict.fromkeys(range(times), 1), "not one winner"
    with BookStore.open(address) as book:
        orders = OrderBook(book, At(), WHO)
        for name, numbers in won.items():
            for number in numbers:
                (run,) = book.runs(run_of(number))
                ids = [one.id for one in orders.of_run(run)]
                assert ids == [client_id(f"{name} {number}", line) for line in range(2)], "not the winner's orders"
        assert len(orders.standings()) == 2 * times, "orders of losers stand"
        assert len(book.session.execute("SELECT label FROM batches")) == 4 * times
        assert verify(book.session).findings == ()


def test_four_processes_plan_on_one_file_and_one_gets_each_run(tmp_path: Path) -> None:
    proposed(placed(tmp_path / "book.db"), tmp_path / "crew", 15)


def test_four_processes_plan_on_one_server_and_one_gets_each_run(server: Server, tmp_path: Path) -> None:
    proposed(placed(server.address("plans")), tmp_path / "crew", 8)


@pytest.mark.soak
def test_four_processes_plan_a_thousand_times(server: Server, tmp_path: Path) -> None:
    proposed(placed(tmp_path / "book.db"), tmp_path / "crew", 1000)
    proposed(placed(server.address("plans1000")), tmp_path / "crew2", 1000)


@pytest.mark.soak
def test_the_check_catches_planning_without_a_transaction(tmp_path: Path) -> None:
    """The control: statements that commit by themselves."""
    with pytest.raises(AssertionError):
        proposed(placed(tmp_path / "book.db"), tmp_path / "crew", 60, "autocommit")


def approved(orders: OrderBook, count: int) -> list[str]:
    """So many approved orders of one run."""
    bare = Ticket("", "A07", "VTI", Decimal(1), Decimal(1), as_of=DAY)
    tickets = [replace(bare, id=client_id("run", line)) for line in range(count)]
    orders.plan(RunKey("A07", DAY, "ab" * 32), lambda _: tickets, claimant="test")
    orders.approve([one.id for one in tickets], "bob")
    return [one.id for one in tickets]


def awaited(crew: Crew, name: str, word: str, least: int = 1) -> list[int]:
    """What a writer noted with a word, once there is so much of it."""
    until = time.monotonic() + 30
    while len(found := crew.told(name, word)) < least:
        assert time.monotonic() < until, (word, crew.log)
        time.sleep(0.002)
    return found


def locked(address: str | Path, folder: Path) -> None:
    """While one process sends, nobody else does; when it is killed, its lock is gone and its intents stand."""
    folder.mkdir()
    with BookStore.open(address) as book, Crew(folder) as crew:
        orders = OrderBook(book, At(), WHO)
        ids = approved(orders, 2)
        child = crew.start("dispatch", address, "first", orders=ids)
        awaited(crew, "first", "intended", 2)
        with pytest.raises(Busy, match=r"process .* is sending orders of A07"), orders.sender("A07"):
            pass
        second = crew.start("dispatch", address, "second", orders=[])
        awaited(crew, "second", "busy")
        crew.wait(second)
        with orders.sender("B1"):  # another account's is free
            pass
        crew.kill(child)
        for _ in range(200):  # a server needs a moment to see that its client is gone
            try:
                with orders.sender("A07"), pytest.raises(Busy), orders.sender("A07"):
                    pass
            except Busy:
                time.sleep(0.02)
            else:
                break
        else:
            raise AssertionError("the lock outlives its process")
        assert {orders.standing(one).status for one in ids} == {Status.INTENT}


def test_the_lock_of_a_sender_dies_with_its_process_on_a_file(tmp_path: Path) -> None:
    locked(placed(tmp_path / "book.db"), tmp_path / "crew")


def test_a_book_has_one_sender_by_whatever_name_it_is_opened(tmp_path: Path) -> None:
    address, other = placed(tmp_path / "book.db"), tmp_path / "elsewhere" / "mine.db"
    other.parent.mkdir()
    other.symlink_to(address)
    with BookStore.open(address) as one, BookStore.open(other) as two:
        again = OrderBook(two, At(), WHO).sender("A07")
        with OrderBook(one, At(), WHO).sender("A07"), pytest.raises(Busy):
            again.__enter__()


def test_the_lock_of_a_sender_dies_with_its_process_on_a_server(server: Server, tmp_path: Path) -> None:
    locked(placed(server.address("senders")), tmp_path / "crew")


def test_a_sender_keeps_its_lock_over_a_new_connection_or_is_told(server: Server) -> None:
    """The lock goes with the connection: it is taken again with the next one, or that one is refused."""
    address = placed(server.address("again"))
    with BookStore.open(address) as one, BookStore.open(address) as other:
        first, second = OrderBook(one, At(), "one"), OrderBook(other, At(), "other")
        assert isinstance(one.session, PostgresSession)
        with first.sender("A07"):
            one.session.again()
            with pytest.raises(Busy), second.sender("A07"):
                pass
            one.session.close()
            with second.sender("A07"), pytest.raises(Busy):
                one.session.again()
            one.session.again()
        with second.sender("A07"):
            pass


def test_a_book_in_memory_has_one_sender_anyway() -> None:
    session = SqliteSession.in_memory()
    with session.sender("A", "x"), session.sender("A", "y"):
        pass
    session.close()


def killed(address: str | Path, folder: Path) -> None:
    """A kill from another process: no intent is made after it has returned."""
    folder.mkdir()
    with BookStore.open(address) as book, Crew(folder) as crew:
        orders = OrderBook(book, At(), WHO)
        ids = approved(orders, 400)
        crew.start("dispatch", address, "sender", orders=ids)
        awaited(crew, "sender", "intended", 5)
        orders.kill(why="stop")
        at = book.last()
        awaited(crew, "sender", "halted")
        records = book.records(at + 1)
        assert [one for one in records if json.loads(one.body).get("to") == "intent"] == []
        done = [one for one in orders.standings("A07") if one.status is Status.INTENT]
        assert 5 <= len(done) < 400


def test_no_order_leaves_after_a_kill_on_a_file(tmp_path: Path) -> None:
    killed(placed(tmp_path / "book.db"), tmp_path / "crew")


def test_no_order_leaves_after_a_kill_on_a_server(server: Server, tmp_path: Path) -> None:
    killed(placed(server.address("kills")), tmp_path / "crew")


def test_the_state_is_read_in_the_transaction_that_makes_the_intent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill that comes between the call and its transaction is seen: nothing is remembered from before."""
    address = placed(tmp_path / "book.db")
    with ExitStack() as stack:
        book, other = (stack.enter_context(BookStore.open(address)) for _ in range(2))
        orders = OrderBook(book, At(), WHO)
        (order,) = approved(orders, 1)
        change = BookStore.change

        def late(self: BookStore, work: object) -> object:
            if self is book:
                monkeypatch.setattr(BookStore, "change", change)
                OrderBook(other, At(), "boss").kill(["A07"], "now")
            return change(self, work)  # type: ignore[arg-type]

        assert orders.standing(order).status is Status.APPROVED
        monkeypatch.setattr(BookStore, "change", late)
        with pytest.raises(Halted, match="A07 is halted"):
            orders.intend(order, "paper", Decimal(1))


def test_two_processes_that_book_the_same_report_book_it_once(tmp_path: Path) -> None:
    address = placed(tmp_path / "book.db")
    with BookStore.open(address) as book, BookStore.open(address) as other:
        one, two = OrderBook(book, At(), "one"), OrderBook(other, At(), "two")
        (order,) = approved(one, 1)
        one.intend(order, "paper", Decimal(1))
        told = report(order, Status.FILLED, execution(order, "e", 1, 1))
        assert [len(orders.record(told, "paper").booked) for orders in (one, two, one)] == [1, 0, 0]
        assert book.holdings("A07") == {0: Decimal(1)}
