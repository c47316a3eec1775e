"""Orders in Python: from a rebalance to its shortfall, as tables; the same desk as the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.promoted import put_files_at
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import ApprovalRequired, BreachError, UsageError
from trimtab.core.venues import NoAccess
from trimtab.desk.books import Signature
from trimtab.desk.choosing import one_order
from trimtab.desk.live import SystemClock
from trimtab.desk.slicing import cut, evenly

D = Decimal
POLICY = """
trimtab: 1
name: halves
data: {use: folder, path: prices}
universe: {AAA: {}, BBB: {}}
benchmark: {AAA: 0.50, BBB: 0.50}
rules: [{use: long_only}]
costs: {use: linear, bps: 10}
execution: {units: whole}
approval: {four_eyes: true}
overrides: {size: 1}
"""
FRIDAY, MONDAY = "2026-10-30T22:30:00", "2026-11-02T22:00:00"


def write_prices(until: str) -> None:
    """AAA closes at 100 on the decision and opens at 101 after it; BBB stands at 50."""
    days = pd.bdate_range("2026-09-01", until)
    late = (days > "2026-10-30").astype(float)
    Path("prices").mkdir(exist_ok=True)
    for name, opens, closes in (("AAA", 100.0 + late, 100.0 + 2 * late), ("BBB", 50.0 + 0 * late, 50.0 + 0 * late)):
        pd.DataFrame({"date": days.date, "open": opens, "close": closes}).to_csv(f"prices/{name}.csv", index=False)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def told(instant: str) -> None:
        when = np.datetime64(instant, "s")
        monkeypatch.setattr(SystemClock, "now", lambda _: when)

    return told


@pytest.fixture
def orders(tmp_path: Path, at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> trimtab.Orders:
    """10,000 in cash, in an account that follows half AAA and half BBB, on the evening of a month-end."""
    monkeypatch.chdir(tmp_path)
    at(FRIDAY)
    write_prices("2026-10-30")
    Path("policy.yaml").write_text(POLICY, encoding="utf-8")
    Path("activity.csv").write_text("date,type,symbol,units,price,amount\n2026-10-01,deposit,,,,10000\n", encoding="utf-8")
    book = trimtab.Book.create("book.db", by="desk")
    book.open_account("A07", "Mueller")
    book.import_file("activity.csv", "A07", commit_it=True)
    made = trimtab.Orders("book.db", by="desk")
    made.follow("A07", "policy.yaml")
    put_files_at("book.db", ["policy.yaml"], at=FRIDAY)
    return made


@pytest.fixture
def proposed(orders: trimtab.Orders) -> trimtab.Orders:
    assert orders.rebalance(commit=True).accounts.loc["A07", "fate"] == "proposed"
    return orders


BOB = trimtab.Orders("book.db", by="bob")


def test_a_rebalance_says_trades_weights_and_checks_and_writes_nothing(orders: trimtab.Orders) -> None:
    """10,000 = v (1 + 10 bp) gives v = 9,990.01: half of it is 49.95 units of AAA and 99.90 of BBB, whole: 49 and 99."""
    found = orders.rebalance(account="A07")
    assert found.trades["units"].tolist() == [49, 99]
    assert found.trades["reference"].tolist() == [100, 50]
    assert found.trades["cost"].tolist() == [D("4.90"), D("4.95")]  # 10 bp of 4,900 and of 4,950
    assert found.weights.loc[("A07", "AAA"), "after"] == pytest.approx(0.49, abs=0.001)
    assert set(found.checks["outcome"]) == {"pass"}
    assert found.accounts.loc["A07", "policy"] == "halves"
    assert found.accounts.loc["A07", "batch"] == ""
    assert orders.list().empty


def test_a_repeat_answers_with_the_run_that_stands(proposed: trimtab.Orders) -> None:
    again = proposed.rebalance(household="Mueller", commit=True)
    assert again.accounts.loc["A07", "fate"] == "standing"
    assert len(proposed.list()) == 2
    anew = proposed.rebalance(commit=True, supersede="prices were corrected")
    assert anew.accounts.loc["A07", "fate"] == "proposed"
    assert sorted(proposed.list(finished=True)["status"]) == ["cancelled", "cancelled", "planned", "planned"]


def test_from_approval_to_shortfall(proposed: trimtab.Orders, at: Callable[[str], None]) -> None:
    """40 AAA decided at 100 and filled at 101: execution 40 and 10 bp of 4,040 = 4.04 explicit, of 4,000 on paper."""
    edited = proposed.edit("A07", "AAA", units=40, reason="the client wants less")
    assert edited["units"].tolist() == [40]
    with pytest.raises(ApprovalRequired, match="does not approve it"):
        proposed.approve("A07")
    assert set(BOB.approve("A07")["status"]) == {"approved"}
    sent = BOB.send("A07")
    assert set(sent.orders["status"]) == {"acked"}
    assert (sent.said, sent.refused) == ((), ())
    at(MONDAY)
    write_prices("2026-11-02")
    settled = BOB.reconcile(broker="paper")
    assert settled.clean
    assert settled.orders["average"].tolist() == [101, 50]
    told = BOB.shortfall().set_index("instrument")
    assert told.loc["AAA", ["paper", "explicit", "delay", "execution"]].tolist() == [4000, D("4.04"), 0, 40]
    assert told.loc["AAA", "total"] == D("44.04")
    assert told.attrs["untold"] == ()
    assert trimtab.Book("book.db").positions("A07").loc["AAA", "units"] == 40


def test_the_shortfall_of_what_was_cut_is_that_of_its_slices_and_of_what_never_left(
    proposed: trimtab.Orders, at: Callable[[str], None]
) -> None:
    """49 AAA in 7 slices, of which one is filled at 101 and six are cancelled unsent: 42 x 2 missed at a close of 102."""
    with BookStore.open("book.db") as book:
        desk = OrderBook(book, SystemClock(), "desk")
        parent = one_order(desk, "A07", "AAA")
        names = [one.id for one in cut(desk, parent, evenly(7), D(1), Signature("desk", np.datetime64(FRIDAY, "s"))).slices]
    BOB.approve(names)
    BOB.send(names[0])
    at(MONDAY)
    write_prices("2026-11-02")
    BOB.reconcile(broker="paper")
    BOB.cancel(names[1:])
    for name in (parent.id, names[0]):
        told = BOB.shortfall(name).set_index("order")
        assert told[["paper", "opportunity"]].values.tolist() == [[700, 0], [4200, 84]]
        assert told.index.tolist() == [names[0], parent.id]


def test_a_market_order_that_gets_a_limit_is_a_limit_order(orders: trimtab.Orders) -> None:
    """Regression: it stayed a market order with a limit beside it, which a broker may pass over."""
    orders.add("A07", "AAA", 10, reason="a start")
    edited = orders.edit("A07", "AAA", limit=99, reason="patience")
    assert edited[["kind", "limit"]].values.tolist() == [["limit", 99]]
    assert orders.list()["kind"].tolist() == ["limit"]


def test_what_was_missed_is_priced_on_the_day_on_which_the_order_ended(
    proposed: trimtab.Orders, at: Callable[[str], None]
) -> None:
    """49 AAA at 100 or less: it opens at 101 and closes at 102, so 49 x 2 is missed, whatever AAA costs months later.

    Regression: it was the last price on the day of asking, in the quarter of that day.
    """
    proposed.edit("A07", "AAA", limit=100, reason="patience")
    BOB.approve("A07")
    BOB.send("A07")
    at(MONDAY)
    write_prices("2026-11-02")
    assert "expired" in set(BOB.reconcile(broker="paper").orders["status"])
    for asked, until in ((MONDAY, "2026-11-02"), ("2027-02-01T22:30:00", "2027-02-01")):
        at(asked)
        write_prices(until)
        table = pd.read_csv("prices/AAA.csv")
        table.loc[table["date"] > "2026-11-02", ["open", "close"]] = 150.0
        table.to_csv("prices/AAA.csv", index=False)
        told = BOB.shortfall().set_index("instrument").loc["AAA"]
        assert (told["opportunity"], told["day"]) == (98, date(2026, 11, 2))


def test_what_the_gate_refuses_stays_approved(proposed: trimtab.Orders, at: Callable[[str], None]) -> None:
    BOB.approve("A07")
    at("2026-11-09T22:30:00")  # ten days later, and no new prices
    sent = BOB.send("A07")
    ((account, why),) = sent.refused
    assert account == "A07"
    assert "quote-age" in why
    assert set(BOB.list()["status"]) == {"approved"}


def test_a_hand_written_order_is_judged_and_can_be_held_and_declined(orders: trimtab.Orders) -> None:
    made = orders.add("A07", "AAA", 10, reason="a start", limit="99.50")
    assert made["limit"].tolist() == [D("99.50")]
    assert made["kind"].tolist() == ["limit"]
    name = made.index[0]
    assert orders.hold(name)["status"].tolist() == ["held"]
    with pytest.raises(UsageError, match="none of these orders waits"):
        orders.approve(name)
    assert orders.hold(name, release=True)["status"].tolist() == ["planned"]
    assert orders.reject(name, reason="not now")["status"].tolist() == ["declined"]
    with pytest.raises(BreachError, match="sells more than is held: 10 of 0"):
        orders.add("A07", "AAA", -10, reason="short")


def test_a_file_is_written_once_and_closed_by_its_fills(proposed: trimtab.Orders) -> None:
    BOB.approve("A07")
    place = BOB.export("A07", "blotter", "out")
    assert place.read_text().startswith("# trimtab blotter 1")
    assert set(BOB.list()["status"]) == {"sent"}
    with pytest.raises(UsageError, match="nothing approved"):
        BOB.export("A07", out="out")
    assert BOB.export("A07", out="out", repeat="the file was lost") != place
    name = BOB.list().index[0]
    Path("fills.csv").write_text(f"order_id,side,units,price,date\n{name},buy,49,100.5,2026-10-30\n", encoding="utf-8")
    assert BOB.reconcile("fills.csv").clean
    assert BOB.list(name)["status"].tolist() == []  # it is done with
    assert BOB.list(name, finished=True)["filled"].tolist() == [49]


def test_nothing_leaves_a_halted_account(proposed: trimtab.Orders) -> None:
    BOB.approve("A07")
    assert BOB.kill(reason="drill") == ("A07",)
    assert BOB.restraints["state"].tolist() == ["halted"]
    assert not BOB.send("A07").orders.size
    assert set(BOB.list()["status"]) == {"approved"}
    BOB.release("A07", reason="the drill is over")
    assert BOB.restraints.empty
    assert BOB.kill("Mueller", reduce=True) == ("A07",)
    assert BOB.restraints["state"].tolist() == ["reducing"]
    cancelled = BOB.cancel("A07", reason="no purchases today")
    assert set(cancelled.orders["status"]) == {"cancelled"}
    with pytest.raises(UsageError, match="no account"):
        BOB.release("Mueller", reason="all")


def test_real_money_needs_arming(proposed: trimtab.Orders) -> None:
    BOB.approve("A07")
    with pytest.raises(NoAccess, match="not armed"):
        BOB.send("A07", broker="alpaca", live=True)


def test_what_cannot_be_asked_for(orders: trimtab.Orders) -> None:
    with pytest.raises(UsageError, match="both an account and a household"):
        orders.rebalance(account="A07", household="Mueller")
    with pytest.raises(UsageError, match="fills come from"):
        orders.reconcile()
    with pytest.raises(UsageError, match="is no number"):
        orders.add("A07", "AAA", "many", reason="x")
    with pytest.raises(UsageError, match="is not a date"):
        orders.rebalance(as_of="today")
    trimtab.Book("book.db").open_account("A09", "Smith")
    assert "follows no policy" in orders.rebalance().skipped["A09"]


def test_words_and_numbers_that_are_none_are_errors_of_use(proposed: trimtab.Orders) -> None:
    for wrong in (
        lambda: proposed.list(status="gone"),
        lambda: proposed.add("A07", "AAA", 5, reason="x", kind="foo"),
        lambda: proposed.add("A07", "AAA", float("nan"), reason="x"),
        lambda: proposed.edit("A07", "AAA", units=-3, reason="x"),
    ):
        with pytest.raises(UsageError):
            wrong()
    assert proposed.list().set_index("instrument").loc["AAA", "units"] == 49
