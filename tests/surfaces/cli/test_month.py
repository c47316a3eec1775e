"""`month` and `status` on an adviser's folder: each step once, whoever is interrupted goes on, and both agree on what waits."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.promoted import put_files_at
from tests.surfaces.cli.desk_folder import table
from tests.surfaces.cli.order_desk import MORNING, Hands, night, restored
from tests.surfaces.cli.test_book_verbs import Capture, document, ran
from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.entries import Fill
from trimtab.core.orders import Status
from trimtab.desk.episodes import STEPS, episodes
from trimtab.desk.live import SystemClock
from trimtab.desk.past_turnover import KIND
from trimtab.desk.process_notes import INCIDENT, MONTH
from trimtab.surfaces import month_page
from trimtab.surfaces.cli.main import main

BATCH = "2010-12-31/1"
LATE = "2011-02-01T23:30:00"  # January is over, and its prices are not in the folder


def walk(words: str, capsys: Capture, code: int = 0) -> dict[str, Any]:
    """The one walk of a month."""
    return document(f"month {words}", capsys, code)["walks"][0]


def signs(found: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["sign"] for step in found["steps"]}


def state(place: str = "A07") -> dict[str, Any]:
    """What the book has of an account: orders, fills, notes of its months and decisions, and whether anything stands twice."""
    with BookStore.open("book.db") as book:
        orders = OrderBook(book, SystemClock(), "test")
        standings = orders.standings(place)
        fills = [entry for _, entry in book.entries(place) if isinstance(entry, Fill) and entry.order]
        executed = sum(len(orders.executions(one.id)) for one in standings)
        steps = [(one.body["when"], one.body["step"]) for one in notes(book, MONTH, place)]
        return {
            "orders": {one.id: (one.status, one.filled) for one in standings},
            "fills": [(fill.asset, fill.units, fill.price) for fill in fills],
            "executed": executed,
            "steps": Counter(steps),
            "decisions": len(notes(book, KIND, place)),
            "state": orders.state(place).value,
        }


def whole_month(folder: Path, clock: Hands) -> None:
    """From the evening of the decision to the report, with a person's approval."""
    run("month --account A07 --by anna", 5)
    run("orders approve A07 --by carl", 0)
    clock.at = MORNING
    run("month --account A07", 0)
    night(folder, clock)
    run("month --account A07", 0)


def run(words: str, *codes: int) -> None:
    assert main([*words.split(), "--quiet"]) in codes, words


def test_a_month_goes_from_the_decision_to_the_report_and_each_step_is_noted_once(
    folder: Path, clock: Hands, capsys: Capture
) -> None:
    """On the evening: two orders, sells first. In the morning they go to the opening. At night they are filled."""
    first = walk("--account A07 --by anna", capsys, 5)
    assert signs(first) == {"update": "done", "check": "done", "decide": "done", "propose": "done", "approve": "waiting"}
    assert first["left"] == ["send", "reconcile", "report"]
    assert first["steps"][-1]["command"] == f"trimtab orders approve {BATCH}"
    assert walk("--account A07", capsys, 5)["steps"][-1] == first["steps"][-1]  # as often as you like
    ran(f"orders approve {BATCH} --by carl", capsys)
    clock.at = MORNING
    sent = walk("--account A07", capsys)
    assert signs(sent) | {"send": "done", "reconcile": "waiting"} == signs(sent)
    assert signs(walk("--account A07", capsys)) == {"update": "done", "reconcile": "waiting"}
    night(folder, clock)
    ended = walk("--account A07", capsys)
    assert signs(ended) == {"update": "done", "reconcile": "done", "check": "done", "decide": "next"}
    assert ended["reports"] == ["months/2010-12/A07.html"]
    assert Path(ended["reports"][0]).is_file()
    assert "next on 2011-01-31" in ended["steps"][-1]["said"]
    again = walk("--account A07", capsys)
    assert again["reports"] == []
    assert state()["steps"] == {("2010-12-31", step): 1 for step in STEPS[2:]}
    assert document("verify", capsys)["sound"]


@pytest.mark.parametrize(("first", "stride"), [(1, 4), pytest.param(0, 1, marks=pytest.mark.soak)])
def test_whoever_is_killed_after_any_transaction_goes_on_and_nothing_is_done_twice(
    first: int, stride: int, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """The whole month with one death, after its transactions in turn; then the same commands once more.

    An order that was to leave when somebody died, and of which the broker knows nothing, ends as proved unsent: it is the
    only one that may be missing. All others stand as if nobody had died.
    """
    clock = Hands(monkeypatch)
    whole_month(restored(folder, monkeypatch), clock)
    kept, count = state(), first
    while True:
        clock.at = "2010-12-31T23:30:00"
        restored(folder, monkeypatch)
        died = _month_with_a_death(folder, clock, monkeypatch, count)
        if not died:
            break
        count += stride
        found = state()
        assert found["state"] == "active"
        assert found["executed"] == len(found["fills"])  # what the broker filled is booked, once
        assert max(found["steps"].values()) == 1
        assert found["decisions"] == 1
        lost = [one for one, (status, _) in found["orders"].items() if status in (Status.CANCELLED, Status.NEVER_ARRIVED)]
        assert len(lost) <= 1
        if not lost:
            assert {key: found[key] for key in ("orders", "fills", "steps")} == {
                key: kept[key] for key in ("orders", "fills", "steps")
            }
    assert count > 20
    capsys.readouterr()


class Killed(BaseException):
    """A death that nobody catches."""


def _month_with_a_death(folder: Path, clock: Hands, patch: pytest.MonkeyPatch, after: int) -> bool:
    """The commands of a month; the process dies once, after so many transactions of its own, and each is given again."""
    left, original = [after], BookStore.change

    def change(self: BookStore, work: Any) -> Any:
        done = original(self, work)
        left[0] -= 1
        if left[0] == -1:
            raise Killed
        return done

    patch.setattr(BookStore, "change", change)
    try:
        for at, words in _commands(folder, clock):
            at()
            try:
                main([*words.split(), "--quiet"])
            except Killed:
                main([*words.split(), "--quiet"])
    finally:
        patch.setattr(BookStore, "change", original)
    return left[0] < 0


def _commands(folder: Path, clock: Hands) -> list[tuple[Any, str]]:
    def morning() -> None:
        clock.at = MORNING

    def nothing() -> None:
        return None

    month = "month --account A07 --by anna"
    return [
        (nothing, month),
        (nothing, "orders approve A07 --by carl"),
        (morning, month),
        (nothing, month),
        (lambda: night(folder, clock), month),
        (nothing, month),
    ]


def test_a_death_between_page_and_note_writes_the_page_once_more(
    folder: Path, clock: Hands, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    whole = month_page.note_steps

    def dies(*_: object) -> None:
        raise Killed

    run("month --account A07 --by anna", 5)
    run("orders approve A07 --by carl", 0)
    clock.at = MORNING
    run("month --account A07", 0)
    night(folder, clock)
    monkeypatch.setattr(month_page, "note_steps", dies)
    with pytest.raises(Killed):
        main(["month", "--account", "A07"])
    monkeypatch.setattr(month_page, "note_steps", whole)
    assert len(walk("--account A07", capsys)["reports"]) == 1
    assert state()["steps"]["2010-12-31", "report"] == 1


def test_the_market_is_waited_for_and_then_it_is_sent(folder: Path, clock: Hands, capsys: Capture) -> None:
    """A market order leaves while New York is open: from 14:30 UTC on 3 January 2011, a minute later to be sure."""
    text = (folder / "policy.yaml").read_text(encoding="utf-8").replace("trade: next_open", "trade: same_close")
    (folder / "now.yaml").write_text(text, encoding="utf-8")
    another("D1", "now.yaml")
    run("month --account D1 --by anna", 5)
    run("orders approve D1 --by carl", 0)
    waits = walk("--account D1", capsys)
    assert waits["steps"][-1]["name"] == "send"
    assert "from 2011-01-03T14:31Z on" in waits["steps"][-1]["said"]
    quiet = document("status --account D1", capsys)
    assert (quiet["act"], quiet["items"][0]["exit_code"]) == (False, 0)
    clock.at = "2011-01-03T14:31:00"
    assert signs(walk("--account D1", capsys))["send"] == "done"


def test_what_was_left_behind_when_some_had_been_sent_goes_after_them(folder: Path, clock: Hands, capsys: Capture) -> None:
    run("month --account A07 --by anna", 5)
    run("orders approve A07 --by carl", 0)
    listed = document("orders list A07", capsys, 5)["orders"]
    sale = next(one["ticket"]["id"] for one in listed if "-" in one["ticket"]["units"])
    run(f"orders send {sale}", 0)
    found = walk("--account A07", capsys)
    assert signs(found) == {"update": "done", "approve": "done", "send": "done", "reconcile": "waiting"}
    assert {status for status, _ in state()["orders"].values()} == {Status.ACKED}


def another(account: str, policy: str) -> None:
    """One more account, that follows a policy which is live."""
    run(f"book account {account} --household Fourth", 0)
    run(f"book import activity.csv --account {account} --commit", 0)
    run(f"book follow {account} {policy}", 0)
    put_files_at("book.db", [policy], at="2010-12-31T23:00:00")


def test_old_prices_stop_a_month_that_needs_them_and_are_one_incident(folder: Path, clock: Hands, capsys: Capture) -> None:
    whole_month(folder, clock)
    clock.at = "2011-01-20T23:30:00"
    quiet = walk("--account A07", capsys)  # nothing is decided before the 31st: old prices harm nobody
    assert "none is needed before 2011-01-31" in quiet["steps"][-2]["said"]
    clock.at = LATE
    stopped = walk("--account A07", capsys, 4)
    assert signs(stopped) == {"update": "done", "check": "stopped"}
    assert "SPY has no price for 2011-02-01" in stopped["steps"][-1]["said"]
    walk("--account A07", capsys, 4)
    with BookStore.open("book.db") as book:
        found = [dict(one.body) for one in notes(book, INCIDENT, "A07")]
    assert [(one["series"], one["month"]) for one in found] == [("SPY", "2011-02"), ("TLT", "2011-02")]
    said = document("status --account A07", capsys, 4)
    assert "data are missing" in said["items"][0]["what"]


def test_files_that_do_not_read_stop_it_with_exit_4(folder: Path, capsys: Capture) -> None:
    (folder / "prices" / "prices.csv").write_text("date,SPY,TLT\n2010-01-04,1,x\n", encoding="utf-8")
    stopped = walk("--account A07", capsys, 4)
    assert signs(stopped)["check"] == "stopped"
    with BookStore.open("book.db") as book:
        assert len(notes(book, INCIDENT, "A07")) == 1
    assert not document("status --account A07", capsys, 4)["first"].startswith("trimtab month")


def test_a_month_without_trades_is_done_at_once(folder: Path, clock: Hands, capsys: Capture) -> None:
    """A band of 50 % leaves every drift alone."""
    text = (folder / "policy.yaml").read_text(encoding="utf-8")
    wide = text.replace("allocator:", "reacher: {use: pace, band: 0.5}\nallocator:").replace("at_most: 0.10}", "at_most: 0.99}")
    (folder / "wide.yaml").write_text(wide, encoding="utf-8")
    another("D1", "wide.yaml")
    found = walk("--account D1", capsys)
    assert "nothing is to be traded" in found["steps"][-1]["said"]
    assert found["reports"] == ["months/2010-12/D1.html"]
    assert document("status --account D1", capsys)["act"] is False
    assert state("D1")["steps"] == {("2010-12-31", step): 1 for step in ("decide", "propose", "report")}


def test_an_export_leaves_in_a_file_and_waits_for_its_fills(folder: Path, clock: Hands, capsys: Capture) -> None:
    run("month --account A07 --by anna", 5)
    run("orders approve A07 --by carl", 0)
    clock.at = MORNING
    found = walk("--account A07 --export blotter", capsys)
    assert signs(found)["send"] == "done"
    assert found["steps"][-1]["command"] == "trimtab reconcile FILLS --account A07"
    assert len(list((folder / "orders").glob("*.csv"))) == 1
    walk("--account A07 --export blotter", capsys)
    assert len(list((folder / "orders").glob("*.csv"))) == 1


def test_several_accounts_each_go_as_far_as_they_get(folder: Path, clock: Hands, capsys: Capture) -> None:
    found = document("month --all --by anna", capsys, 5)
    assert [one["account"] for one in found["walks"]] == ["A07", "B1", "G1", "trust-of-the-very-patient-owners"]
    assert [one["account"] for one in found["skipped"]] == ["C1"]
    run("orders approve A07 --by carl", 0)
    codes = {one["account"]: one["exit_code"] for one in document("month --household Mueller", capsys, 5)["walks"]}
    assert codes == {"A07": 0, "B1": 5}


def test_a_halted_account_stops_with_exit_6_and_says_how_to_release(folder: Path, clock: Hands, capsys: Capture) -> None:
    ran("kill A07 --reason test", capsys)
    stopped = walk("--account A07", capsys, 6)
    assert stopped["steps"][-1]["command"].startswith("trimtab release A07")
    assert not state()["orders"]
    said = document("status", capsys, 6)
    assert said["first"].startswith("trimtab release A07")


def test_what_a_person_turned_down_ends_the_month(folder: Path, clock: Hands, capsys: Capture) -> None:
    run("month --account A07 --by anna", 5)
    ran('orders reject A07 --reason "not now"', capsys)
    found = walk("--account A07", capsys)
    assert found["reports"] == ["months/2010-12/A07.html"]
    assert "declined" in Path(found["reports"][0]).read_text(encoding="utf-8")


def test_a_decision_that_was_not_followed_through_waits_for_its_orders_first(
    folder: Path, clock: Hands, capsys: Capture
) -> None:
    run("month --account A07 --by anna", 5)
    for step in episodes_of("A07"):
        assert not step.over
    night(folder, clock)
    assert walk("--account A07", capsys, 5)["steps"][-1]["name"] == "approve"


def episodes_of(name: str) -> Any:
    with BookStore.open("book.db") as book:
        return episodes(OrderBook(book, SystemClock(), "test"), name)


def test_the_month_is_walked_now(folder: Path, capsys: Capture) -> None:
    assert "trimtab practice" in ran("month --account A07 --as-of 2010-12-01", capsys, 2)[1]
    assert "no account is named" in ran("month", capsys, 2)[1]


def test_status_and_month_agree_on_whether_somebody_has_to_act(folder: Path, clock: Hands, capsys: Capture) -> None:
    """At every stage of a month: where status says no, month does nothing; where it says yes, it names what goes on."""
    assert document("status --account A07", capsys, 5)["first"] == "trimtab month --account A07"
    run("month --account A07 --by anna", 5)
    assert document("status --account A07", capsys, 5)["first"] == f"trimtab orders approve {BATCH}"
    run("orders approve A07 --by carl", 0)
    clock.at = MORNING
    assert document("status --account A07", capsys, 5)["first"] == "trimtab month --account A07"
    run("month --account A07", 0)
    under_way = document("status --account A07", capsys)
    assert under_way["act"] is False
    assert "fills come after the close" in under_way["items"][0]["what"]
    night(folder, clock)
    assert document("status --account A07", capsys, 5)["first"] == "trimtab month --account A07"
    run("month --account A07", 0)
    quiet = document("status --account A07", capsys)
    assert quiet["coming"] == [{"account": "A07", "on": "2011-01-31"}]


def test_status_begins_with_the_answer_and_the_first_thing_to_do(folder: Path, clock: Hands, capsys: Capture) -> None:
    out, _ = ran("status", capsys, 5)
    lines = out.splitlines()
    assert lines[0] == " YES, act today    2010-12-31"
    assert lines[1] == " first: trimtab month --account A07"
    whole_month(folder, clock)
    out, _ = ran("status --account A07", capsys)
    assert out.splitlines()[0] == " NO, nothing waits for you    2011-01-03"


def test_status_writes_nothing(folder: Path, capsys: Capture) -> None:
    before = (folder / "book.db").read_bytes()
    ran("status", capsys, 5)
    assert (folder / "book.db").read_bytes() == before


def test_the_screens_fit_80_columns_and_know_ascii_only(
    folder: Path, clock: Hands, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for words, code in (("status", 5), ("month --all --by anna", 5), ("why SPY --account A07", 0)):
        out, _ = ran(words, capsys, code)
        assert out.isascii()
        assert max(map(len, out.splitlines())) <= 80


def test_why_goes_down_to_the_lots_of_an_account(folder: Path, clock: Hands, capsys: Capture) -> None:
    """Held 100.5 x 86.7101 = 8,714.37 of 19,159.22, 45.5 %; wanted 58.0 %, which is 2,397.98 more, or 27.655 SPY."""
    run("month --account A07 --by anna", 5)
    ran('orders edit A07 SPY --qty 20 --reason "client asked" --by ben', capsys, 5)
    ran("orders approve A07 --by carl", capsys)
    clock.at = MORNING
    run("month --account A07", 0)
    night(folder, clock)
    run("month --account A07", 0)
    found = document("why SPY --account A07", capsys)
    assert "held 45.5%, target 58.0% of 19,159.22" in found["model"]
    told = "\n".join(found["orders"])
    for words in ("buy 27.63913156 SPY", "changed to 20 by ben", "client asked", "approved by carl", "filled 20 at 87.5507"):
        assert words in told
    assert found["held"][0].startswith("120.5 held")
    assert "lot 1 of 2010-01-05: 100.5, cost 10,050.00" in found["held"]
    assert "no asset" in ran("why XYZ --account A07", capsys, 2)[1]
    assert "has decided nothing" in ran("why SPY --account A07 --as-of 2010-06-30", capsys, 2)[1]
    assert "of a run" in ran("why SPY --account A07 --since last-run", capsys, 2)[1]


def test_why_as_of_a_day_leaves_out_what_came_after_it(folder: Path, clock: Hands, capsys: Capture) -> None:
    """27.5 SPY were bought on 3 January: on the evening of 31 December 100.5 were held, and the order was on its way."""
    whole_month(folder, clock)
    decided, filled, now = (
        document(f"why SPY --account A07{day}", capsys) for day in (" --as-of 2010-12-31", " --as-of 2011-01-03", "")
    )
    assert decided["held"][0].startswith("100.5 held, at 86.7101 each")
    assert decided["held"][1:] == ["lot 1 of 2010-01-05: 100.5, cost 10,050.00"]
    assert decided["model"] == now["model"]
    assert decided["orders"][-1].endswith("is approved: 27.63913156 are not filled yet")
    assert any("approved by carl" in line for line in decided["orders"])
    assert filled == now
    assert now["held"][0].startswith("128.03227571 held")


def test_the_page_of_a_month_tells_the_numbers_of_the_book(folder: Path, clock: Hands, capsys: Capture) -> None:
    whole_month(folder, clock)
    page = Path("months/2010-12/A07.html").read_text(encoding="utf-8")
    assert "script" not in page.partition("</style>")[2]
    assert "default-src" in page
    held = {one["instrument"]: float(one["units"]) for one in document("book show A07", capsys)["lines"]}
    for units in held.values():
        assert f"{units:,.4f}" in page
    assert "decisions on time" in page.lower()
    assert json.dumps("A07 in 2010-12").strip('"') in page


def test_a_notification_tells_which_step_waits_and_no_units(
    folder: Path, clock: Hands, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that fails changes no exit code, and is said without its token."""
    told: list[str] = []

    class Fake:
        def add(self, address: str) -> bool:
            return "token" not in address

        def notify(self, body: str, title: str) -> bool:
            told.append(f"{title}\n{body}")
            return True

    double: Any = ModuleType("apprise")
    double.Apprise = Fake
    monkeypatch.setitem(sys.modules, "apprise", double)
    ran("month --account A07 --by anna --notify json://here", capsys, 5)
    assert told == ["Trimtab: 1 account to look at: A07\nA07: approve waiting\n[exit 5]"]
    _, err = ran("status --notify slack://token/x", capsys, 5)
    assert "no notification left for slack://***" in err
    assert document("status --account A07 --notify json://here", capsys, 5)["notified"] == []
    assert told[-1].startswith("Trimtab: YES, act today\nA07: 2 orders wait for approval")
    ran("month --account A07 --by anna --notify json://here --notify-details", capsys, 5)
    assert "2 orders as 2010-12-31/1" in told[-1]


@pytest.mark.parametrize("verb", ["month --by anna", "status"])
def test_a_notification_that_fails_is_said_in_a_quiet_run_too_without_its_secret(
    verb: str, folder: Path, clock: Hands, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", ModuleType("apprise"))  # whatever it is asked for breaks
    main([*verb.split(), "--account", "A07", "--quiet", "--notify", "json://u:p@127.0.0.1:1/"])
    err = capsys.readouterr().err
    assert err.startswith(" no notification left for json://***")
    assert "u:p" not in err


def test_of_an_order_that_was_cut_one_slice_leaves_after_the_other(folder: Path, clock: Hands, capsys: Capture) -> None:
    """A sale in two slices: the first leaves on the evening, the second once the first is filled; then it is reported."""
    run("month --account A07 --by anna", 5)
    ran('orders reject A07 --reason "only the sale"', capsys)
    ran('orders add A07 TLT -10 --reason "raise cash" --kind on_open --by anna', capsys, 5)
    ran("orders slice A07 TLT --into 2", capsys, 5)
    ran("orders approve A07 --by carl --reason asked", capsys)
    assert signs(walk("--account A07", capsys))["send"] == "done"
    again = walk("--account A07", capsys)
    assert signs(again) == {"update": "done", "reconcile": "waiting"}
    night(folder, clock)
    assert signs(walk("--account A07", capsys))["send"] == "done"
    prices(folder, 262)
    clock.at = "2011-01-04T23:30:00"
    ended = walk("--account A07", capsys)
    assert ended["reports"] == ["months/2010-12/A07.html"]
    assert sorted(float(filled) for _, filled in state()["orders"].values() if filled) == [-5.0, -5.0]


def test_an_order_whose_slices_were_all_turned_down_holds_no_month_up(folder: Path, clock: Hands, capsys: Capture) -> None:
    """Regression: it waited for ever, for nothing of it could be sent any more."""
    run("month --account A07 --by anna", 5)
    ran('orders reject A07 --reason "only the sale"', capsys)
    ran('orders add A07 TLT -10 --reason "raise cash" --kind on_open --by anna', capsys, 5)
    ran("orders slice A07 TLT --into 2", capsys, 5)
    for one in document("orders list A07", capsys, 5)["orders"]:
        if one["ticket"]["parent"]:
            ran(f"orders reject {one['ticket']['id']} --reason no", capsys)
    ended = walk("--account A07", capsys)
    assert ended["reports"] == ["months/2010-12/A07.html"]
    assert {status for status, _ in state()["orders"].values()} == {Status.DECLINED, Status.CANCELLED}


def prices(folder: Path, count: int) -> None:
    """So many sessions are over."""
    (folder / "prices" / "prices.csv").write_text("\n".join(table(count)) + "\n", encoding="utf-8")


def test_a_block_with_other_accounts_leaves_as_a_whole(folder: Path, clock: Hands, capsys: Capture) -> None:
    run("month --household Mueller --by anna", 5)
    ran("orders block Mueller --by anna", capsys, 5)
    ran("orders approve Mueller --by carl", capsys)
    waits = walk("--account A07", capsys, 5)["steps"][-1]
    assert waits["command"].startswith("trimtab orders send ")
    ran(waits["command"].removeprefix("trimtab "), capsys)
    assert {status for status, _ in state()["orders"].values()} >= {Status.ACKED}
    told, now = (document(f"why SPY --account A07{day}", capsys)["orders"] for day in (" --as-of 2010-12-31", ""))
    assert told == now  # a member goes where its block went
    assert "is approved" in told[-1]


def test_the_feeds_of_a_market_store_are_asked_first(folder: Path, clock: Hands, capsys: Capture) -> None:
    """A store that reads the folder of prices: new sessions arrive with the month; without its file a feed fails."""
    ran("data init", capsys)
    ran("data add folder --set path=prices --series SPY,TLT --currency USD", capsys)
    first = walk("--account A07 --data market --by anna", capsys, 5)
    assert first["steps"][0]["said"] == "nothing new"
    prices(folder, 262)
    clock.at = "2011-01-04T23:30:00"
    assert walk("--account A07 --data market", capsys, 5)["steps"][0]["said"] == "2 series with something new"
    (folder / "prices" / "prices.csv").unlink()
    failed = walk("--account A07 --data market", capsys, 4)["steps"][0]
    assert (failed["sign"], failed["command"]) == ("stopped", "trimtab data update --store market")


def test_an_override_that_lives_is_said_beside_the_steps_and_in_the_status(folder: Path, clock: Hands, capsys: Capture) -> None:
    text = (folder / "policy.yaml").read_text(encoding="utf-8")
    bounds = "" if "overrides:" in text else "overrides: {size: 0.05, days: 60}\n"
    (folder / "open.yaml").write_text(text.replace("name: mine", "name: open") + bounds, encoding="utf-8")
    another("D1", "open.yaml")
    ran('override --account D1 --shift SPY=-0.02 --until 2011-01-31 --reason "a strong view" --by anna', capsys)
    found = walk("--account D1 --by anna", capsys, 5)
    assert len(found["overrides"]) == 1
    out, _ = ran("month --account D1 --by anna", capsys, 5)
    assert "a strong view" in out
    assert "override" in next(
        one["what"] for one in document("status --account D1", capsys, 5)["items"] if not one["exit_code"]
    )
    run("orders approve D1 --by carl", 0)
    run("month --account D1", 0)
    night(folder, clock)
    (page,) = walk("--account D1", capsys)["reports"]
    assert "a strong view" in Path(page).read_text(encoding="utf-8")
    people = document("why SPY --account D1", capsys)["people"]
    assert any("-2.0%" in line and "a strong view" in line for line in people)


def test_json_is_one_document_with_stable_keys(folder: Path, clock: Hands, capsys: Capture) -> None:
    found = document("month --account A07 --by anna", capsys, 5)
    assert found.keys() == {"trimtab", "kind", "walks", "skipped", "notified", "exit_code"}
    keys = {"account", "policy", "month", "steps", "left", "overrides", "reports", "remarks", "exit_code"}
    assert found["walks"][0].keys() == keys
    assert found["walks"][0]["steps"][0].keys() == {"name", "sign", "said", "exit_code", "command"}
    shown = document("status", capsys, 5)
    assert shown.keys() == {"trimtab", "kind", "act", "when", "first", "items", "coming", "skipped", "notified", "exit_code"}
    assert shown["items"][0].keys() == {"account", "what", "command", "exit_code"}


def test_an_account_that_holds_nothing_yet_stands_in_nobodys_way(folder: Path, clock: Hands, capsys: Capture) -> None:
    """A new account that follows a policy of its own: everybody else goes on, and one line says what it waits for."""
    (folder / "new.yaml").write_text((folder / "policy.yaml").read_text().replace("name: ", "name: new-"))
    run("book account NEW --household Mueller --wrapper taxable --lots hifo --currency USD", 0)
    run("book follow NEW new.yaml", 0)
    why = "NEW holds nothing that"
    for words in ("status", "rebalance --all", "month --all --by anna"):
        found = document(words, capsys, 5)
        told = {one["account"]: (one["why"], one["exit_code"]) for one in found["skipped"]}
        assert told["NEW"][0].startswith(why), words
        assert told["NEW"][1] == 0, words
    assert main(["rebalance", "--account", "NEW", "--quiet"]) == 2  # whoever names it is told
    assert why in capsys.readouterr().err
