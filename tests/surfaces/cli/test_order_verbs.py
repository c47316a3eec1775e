"""The trading verbs: the examples of their help, the review, orders by hand; JSON against the screen, codes as in cron."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.promoted import told_to_follow
from tests.surfaces.cli.desk_folder import everything
from tests.surfaces.cli.order_desk import EVENING, LONG, MORNING, NIGHT, NOON, Hands, night
from tests.surfaces.cli.test_book_verbs import Capture, document, ran
from tests.surfaces.cli.test_verbs import VERBS
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.refusals import Busy

BATCH = "2010-12-31/1"
VERBS_OF_ORDERS = {
    verb for verb in VERBS if verb.split()[0] in ("rebalance", "what-if", "orders", "reconcile", "kill", "release")
} | {"book follow"}


def fitted(text: str, width: int) -> str:
    """The text, which keeps to the width and is plain ASCII without a minus before a zero."""
    assert max(map(len, text.splitlines()), default=0) <= width, text
    assert text.isascii(), text
    assert not any(f"-0{zeros}" in f"{text} ".replace("\n", " ") for zeros in (" ", ".0 ", ".00 ")), text
    return text


# The journey of the examples.

JOURNEY = (
    (EVENING, "book follow", 0),
    (EVENING, "rebalance", 5),
    (EVENING, "what-if", 0),
    (EVENING, "$ rebalance --all --commit --by anna", 5),
    (EVENING, "orders list", 5),
    (EVENING, "orders block", 5),
    (EVENING, "$ orders cancel Mueller", 0),
    (EVENING, '$ rebalance --all --commit --by anna --supersede "no blocks"', 5),
    (EVENING, "orders hold", 0),
    (EVENING, "$ orders hold A07 --release", 5),
    (EVENING, "orders edit", 5),
    (EVENING, "orders slice", 5),
    (MORNING, "orders approve", 0),
    (MORNING, "orders send", 0),
    (NIGHT, "reconcile", 0),
    (NIGHT, "orders cancel", 0),
    (NIGHT, "orders add", 5),
    (NIGHT, "orders reject", 0),
    (NOON, '$ orders add A07 TLT -2 --reason "by hand"', 5),
    (NOON, '$ orders approve A07 --reason "seen"', 0),
    (NOON, "orders export", 0),
    (NOON, "kill", 0),
    (NOON, "release", 0),
    (NOON, "orders arm", 0),
)


def test_the_examples_of_the_help_run_in_the_order_of_a_month(folder: Path, clock: Hands, capsys: Capture) -> None:
    assert {words for _, words, _ in JOURNEY if not words.startswith("$")} == VERBS_OF_ORDERS
    for at, words, code in JOURNEY:
        clock.at = at
        if at == NIGHT:
            night(folder, clock)
        example = words.removeprefix("$ ") if words.startswith("$") else VERBS[words].get_default("example")
        out, _ = ran(example.removeprefix("trimtab "), capsys, code)
        assert fitted(out, 120), example
    standings = document("orders list --account A07 --all", capsys)["orders"]
    assert {one["status"] for one in standings} >= {"filled", "cancelled", "declined", "sent"}
    assert (folder / "orders").is_dir()
    assert ran("verify", capsys)[0].startswith(" book.db: sound")


@pytest.mark.parametrize("width", [80, 120])
def test_every_table_keeps_to_the_width_of_the_terminal(
    folder: Path, clock: Hands, capsys: Capture, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """An account with a long name is cut short, and stands in full where it is told by itself."""
    monkeypatch.setenv("COLUMNS", str(width))
    for words, code in (
        ("rebalance --all", 5),
        ("rebalance --household Other --lots --rules", 5),
        ("decide --all", 5),
        ("orders list --lots", 5),
        (f"orders slice {LONG} SPY --into 3", 5),
        (f"what-if --account {LONG} --cash -500", 0),
        ("orders block Other", 5),
        ("orders approve B1 Other --by ben", 0),
        ("kill", 0),
        ("orders list", 6),
    ):
        out = fitted(ran(words, capsys, code)[0], width)
        if words == "decide --all":
            assert f"\n {LONG[:11]}~ growth" in out
        if words.startswith("rebalance"):
            assert ("LT gain" in out) is (width == 120)
        if words.startswith("rebalance --household"):
            assert f" {LONG} under growth" in out


# The review.


def test_the_review_says_on_the_screen_what_its_json_says_and_writes_nothing(
    folder: Path, clock: Hands, capsys: Capture
) -> None:
    before = everything(folder)
    out, err = ran("rebalance --all", capsys, 5)
    said = document("rebalance --all", capsys, 5)
    assert everything(folder) == before
    assert "4 accounts: 4 need action, 0 blocked, 0 need none    money in USD" in out
    assert "skipped C1: follows no policy: trimtab book follow C1 POLICY" in out
    assert "nothing was written: add --commit" in err
    assert [one["account"] for one in said["accounts"]] == ["A07", "B1", "G1", LONG]
    assert said["exit_code"] == 5
    assert said["skipped"] == [{"account": "C1", "why": "follows no policy: trimtab book follow C1 POLICY", "exit_code": 0}]
    for one, line in zip(said["accounts"], [line for line in out.splitlines() if " to target " in line], strict=True):
        assert f"{one['nav']:,.2f}" in line
        assert f" {one['drift'] * 100:.1f} " in line
        assert f" {sum(float(trade['long_gain']) for trade in one['trades']):,.2f} " in line
        assert line.endswith("  ok")
        assert {check["outcome"] for check in one["evaluations"]} == {"pass"}


def test_a_single_account_is_told_trade_by_trade_with_every_check(folder: Path, clock: Hands, capsys: Capture) -> None:
    """SPY: 100.5 of 86.7101 are 45.5 % of 19,159.22; the vote is down, so that the target is 60 % less 2 of tilt."""
    out, _ = ran("rebalance --account G1 --lots --rules", capsys, 5)
    (said,) = document("rebalance --account G1", capsys, 5)["accounts"]
    sale = next(trade for trade in said["trades"] if trade["units"].startswith("-"))
    assert f" SELL {sale['units'].removeprefix('-'):>14} TLT" in out
    assert f"lots: {sale['lots'][0]['units']} of lot {sale['lots'][0]['lot']}" in out
    assert "gains: short-term 0.00, long-term " in out
    assert f" G1: {len(said['evaluations'])} checks" in out
    assert "(Investment Policy Statement, section 4.1)" in out
    assert out.count(" PASS  ") == len(said["evaluations"])
    for check in said["evaluations"]:
        assert f" {check['outcome'].upper():<5} {check['rule']}" in out


def test_an_account_that_follows_another_policy_is_skipped_and_never_proposed(
    folder: Path, clock: Hands, capsys: Capture
) -> None:
    said = document("rebalance policy.yaml --all", capsys, 5)
    assert [one["account"] for one in said["accounts"]] == ["A07", "B1"]
    assert {one["account"]: one["why"] for one in said["skipped"]}["G1"] == "follows growth, not mine: leave the policy out"
    out, _ = ran("rebalance policy.yaml --account G1", capsys, 5)
    assert "G1 follows growth, not this policy: it can be looked at, not proposed" in out
    before = everything(folder)
    for words in (
        "rebalance policy.yaml --account G1 --commit",
        "decide policy.yaml --account G1",
        'orders add G1 SPY 1 --policy policy.yaml --reason "round the rules"',
    ):
        _, err = ran(words, capsys, 2)
        assert "G1 follows growth, not mine" in err
    assert everything(folder) == before


def test_a_policy_that_has_changed_stops_its_own_accounts_and_cron_hears_of_it(
    folder: Path, clock: Hands, capsys: Capture
) -> None:
    text = (folder / "growth.yaml").read_text(encoding="utf-8").replace("tilt: 0.10", "tilt: 0.09")
    (folder / "growth.yaml").write_text(text, encoding="utf-8")
    said = document("decide --household Other", capsys, 2)
    assert said["accounts"] == []
    assert "has changed since G1 was told to follow it" in said["skipped"][0]["why"]
    assert document("decide --all", capsys, 5)["exit_code"] == 5
    _, err = ran("rebalance --account G1", capsys, 2)
    assert "trimtab book follow G1" in err


def test_decide_proposes_where_the_schedule_calls_for_it_once(folder: Path, clock: Hands, capsys: Capture) -> None:
    out, err = ran("decide --all --if-due --by anna", capsys, 5)
    assert " A07          mine             2 orders proposed as 2010-12-31/1" in out
    assert f"next: trimtab orders list {BATCH} --lots, then trimtab orders approve {BATCH}" in err
    again = document("decide --all --if-due --by anna", capsys, 5)
    assert {one["proposal"]["fate"] for one in again["accounts"]} == {"standing"}
    assert {one["proposal"]["batch"] for one in again["accounts"]} == {BATCH}
    night(folder, clock)  # Monday: no end of a month
    out, _ = ran("decide --all --if-due", capsys, 0)
    assert "nothing to do: 4 accounts decided since the last decision date" in out
    clock.at = "2011-01-06T12:00:00"
    out, _ = ran("rebalance --all", capsys, 4)
    assert "0 need action, 0 blocked, 0 need none, 4 undecided" in out
    assert "not proposed: SPY has no price" in ran("decide --account A07", capsys, 4)[0]


def test_an_evening_that_was_missed_is_made_up_for_once(folder: Path, clock: Hands, capsys: Capture) -> None:
    night(folder, clock)  # Monday: nobody has decided at the end of the year
    out, _ = ran("decide --all --if-due --by anna", capsys, 5)
    assert "orders proposed as 2011-01-03/1" in out
    night(folder, clock)
    out, _ = ran("decide --all --if-due", capsys, 0)
    assert "nothing to do: 4 accounts decided since the last decision date" in out


def test_a_rule_that_blocks_is_told_with_its_source_and_nothing_is_planned(folder: Path, clock: Hands, capsys: Capture) -> None:
    """One order a minute is allowed, and two are called for."""
    control = "controls:\n  - control: {use: minute_count, at_most: 1}\n    id: DESK-7\n    source: Desk manual, page 7\n"
    (folder / "strict.yaml").write_text((folder / "policy.yaml").read_text(encoding="utf-8") + control, encoding="utf-8")
    for account in ("A07", "B1"):
        told_to_follow("book.db", account, "strict.yaml", at=EVENING)
    out, _ = ran("rebalance --household Mueller", capsys, 3)
    assert "2 accounts: 0 need action, 2 blocked" in out
    assert "DESK-7 (Desk manual, page 7): No more than 1 orders a minute; 2, at most 1" in out
    out, _ = ran("decide --all", capsys, 3)
    assert "BLOCKED, not proposed: DESK-7" in out
    assert "no orders" in ran("orders list --account A07 --all", capsys)[0]


def test_a_halted_account_is_exit_6_wherever_it_would_trade(folder: Path, clock: Hands, capsys: Capture) -> None:
    ran("decide --account A07", capsys, 5)
    ran("orders approve A07", capsys)
    out, err = ran('kill A07 --reason "strange prices"', capsys)
    assert (out, err) == (" HALTED: A07\n", " release each with: trimtab release ACCOUNT --reason WHY\n")
    clock.at = MORNING
    assert document("orders list", capsys, 6)["restraints"][0]["why"] == "strange prices"
    ran("orders list --account B1", capsys, 0)
    ran("rebalance --account A07 --as-of 2010-12-31", capsys, 6)
    ran("rebalance --all --as-of 2010-12-31", capsys, 6)
    for words in ("orders send A07", "orders export A07"):
        assert "the account is halted and sends nothing" in ran(words, capsys, 6)[0]
    assert {one["status"] for one in document("orders list A07", capsys, 6)["orders"]} == {"approved"}
    out, _ = ran("kill --reduce", capsys)
    assert out.startswith(" REDUCING: B1, C1, G1")
    assert "halted by a person" in ran("kill A07 --reduce", capsys, 6)[1]


# Orders by hand.


def test_an_order_by_hand_is_one_order_however_often_it_is_written(folder: Path, clock: Hands, capsys: Capture) -> None:
    words = 'orders add A07 SPY 0.5 --limit 85.5 --tif gtc --reason "client asks" --by anna'
    first = document(words, capsys, 5)
    assert first["new"]
    (order,) = first["orders"]
    assert (order["ticket"]["kind"], order["ticket"]["limit"], order["ticket"]["tif"]) == ("limit", "85.5", "gtc")
    out, err = ran(words, capsys, 5)
    assert "this order stands since before; nothing was written" in out
    assert f" {order['ticket']['id'][:8]}  A07          BUY            0.5  SPY                 85.5 limit    planned" in out
    assert f"next: trimtab orders approve {order['ticket']['batch']}" in err
    edited = document('orders edit A07 SPY --qty 0.4 --limit 85 --reason "less" --by ben', capsys, 5)["orders"][0]
    assert (edited["ticket"]["units"], edited["ticket"]["limit"], edited["edited_by"]) == ("0.4", "85", "ben")
    assert document("orders hold A07", capsys)["orders"][0]["status"] == "held"
    assert [one["status"] for one in document("orders list --status held", capsys, 5)["orders"]] == ["held"]
    assert document("orders hold A07 --release", capsys, 5)["orders"][0]["status"] == "planned"
    assert document('orders reject A07 --reason "no"', capsys)["orders"][0]["status"] == "declined"
    assert document("orders list", capsys)["orders"] == []
    assert len(document("orders list --all --account A07", capsys)["orders"]) == 1
    assert document(f"orders list --account B1 --batch {order['ticket']['batch']}", capsys)["orders"] == []


def test_quiet_says_nothing_besides_the_result(folder: Path, clock: Hands, capsys: Capture) -> None:
    for words, code in (("rebalance --all", 5), ("decide --all", 5), ("orders list", 5), (f"orders approve {BATCH} --by b", 0)):
        assert ran(f"{words} --quiet", capsys, code)[1] == ""


BAD = (
    ("rebalance", "no account is named"),
    ("rebalance --account A07 --all", "several of --account, --household and --all are given"),
    ("rebalance --account Z9", "there is no account, sleeve or household 'Z9'"),
    ("rebalance none.yaml --all", "cannot read the policy none.yaml"),
    ("rebalance --account C1", "C1 follows no policy"),
    ("rebalance --all --as-of tomorrow", "--as-of 'tomorrow' is not a date"),
    ("decide --account Z9", "there is no account"),
    ("what-if --account A07", "nothing is different"),
    ("what-if --account A07 --cash lots", "--cash 'lots' is no number"),
    ("what-if --account A07 --price SPY=1e300", "--price '1e300' is more than any account holds"),
    ("what-if --account A07 --price SPY", "--price SPY is no pair"),
    ("what-if --account A07 --price GLD=3", "there is no such asset"),
    ("what-if --account A07 --price SPY=0", "is no price"),
    ("what-if --account A07 --set rules.9.limit=3", "there is no '9'"),
    ("what-if --account C1 --cash 1", "C1 follows no policy"),
    ("book follow A07 none.yaml", "cannot read the policy"),
    ("book follow Z9 policy.yaml", "there is no account"),
    ("orders list Z9", "'Z9' is no batch, order or account"),
    ("orders add A07 SPY 5", "an order by hand needs a reason"),
    ("orders add A07 SPY 0 --reason x", "trades nothing"),
    ("orders add A07 SPY five --reason x", "UNITS 'five' is no number"),
    ("orders add A07 GLD 5 --reason x", "GLD is not in the policy mine. It has: SPY, TLT"),
    ("orders add A07 SPY 5 --reason x --kind on_open --limit 80", "an order on_open has no limit"),
    ("orders add A07 SPY 5 --reason x --limit 0", "--limit 0 is not above zero"),
    ("orders add C1 SPY 5 --reason x", "C1 follows no policy"),
    ("orders edit A07 SPY --qty 4", "an edit needs a reason"),
    ("orders edit A07 SPY --reason x", "nothing is changed"),
    ("orders edit A07 SPY --qty -4 --reason x", "--qty -4 is not above zero"),
    ("orders edit A07 SPY --limit 80 --reason x", "is on_open and has no limit"),
    ("orders edit A07 GLD --qty 4 --reason x", "no order A07 GLD waits"),
    ("orders edit A07 --qty 4 --reason x", "A07 has 2 orders, and one is meant. Name one of them by its id: "),
    ("orders approve C1", "none of these orders is planned"),
    ("orders reject A07", "a rejection needs a reason"),
    ("orders hold A07 --release", "none of these orders is held"),
    ("orders block C1", "there is nothing planned to gather"),
    ("orders block Mueller --minimum much", "--minimum 'much' is no number"),
    ("orders slice A07 SPY", "nobody said how it is cut"),
    ("orders slice A07 SPY --into 1", "1 is no number of slices"),
    ("orders slice A07 SPY --into 0", "0 is no number of slices"),
    ("orders slice A07 SPY --into 2 --volumes 1,2", "--volumes says how many slices there are"),
    ("orders slice A07 SPY --volumes 1,x", "--volumes 'x' is no number"),
    ("orders slice A07 SPY --volumes 0,0", "volumes is [0.0, 0.0]"),
    ("orders slice A07 SPY --volumes 1", "come to a single slice"),
    ("orders slice A07 SPY --volatility 1", "--risk-aversion and --temporary not given"),
    ("orders slice A07 SPY --risk-aversion -1 --volatility 1 --temporary 1", "risk_aversion is -1.0"),
    ("orders send A07", "there is nothing approved to send"),
    ("orders send A07 --live", "there is nothing approved to send"),
    ("orders export A07 --format word", "there is no form 'word'"),
    ("orders export A07 --format csv:none.yaml", "cannot read the column map none.yaml"),
    ("orders export A07", "there is nothing approved to send"),
    ("orders cancel C1", "none of these orders can be cancelled"),
    ("orders arm A07 --broker alpaca", "arming is not confirmed"),
    ("orders arm A07 --broker paper", "invalid choice: 'paper'"),
    ("reconcile", "fills come from a file or from a broker"),
    ("reconcile fills.csv --broker paper", "fills come from a file or from a broker"),
    ("reconcile none.csv --zone EST", "--zone EST is no offset from UTC"),
    ("reconcile none.csv --zone +25:00", "--zone +25:00 is no offset from UTC"),
    ("reconcile none.csv --account Z9", "there is no account"),
    ("reconcile none.csv --price SPY=x", "--price 'x' is no number"),
    ("reconcile none.csv", "none.csv cannot be read"),
    ("reconcile --broker paper", "nothing was sent to paper"),
    ("kill Z9", "there is no account, sleeve or household 'Z9'"),
    ("release A07", "a release needs a reason"),
    ("release A0 --reason x", "there is no account 'A0'"),
)


def test_every_bad_input_is_one_line_exit_2_and_nothing_is_written(folder: Path, clock: Hands, capsys: Capture) -> None:
    ran("decide --household Mueller", capsys, 5)
    before = everything(folder)
    for words, message in BAD:
        out, err = ran(f"{words} --json --quiet", capsys, 2)
        assert out == ""
        assert err.count("\n") == 1, err
        assert err.startswith("error TT-"), err
        assert message in err, (words, err)
    assert {name for name in everything(folder) if name not in before} == set()
    assert {name: one for name, one in everything(folder).items() if not name.startswith("book.db")} == {
        name: one for name, one in before.items() if not name.startswith("book.db")
    }


ORDER = {
    *("ticket", "status", "filled", "spent", "cost", "claimed", "venue", "venue_id", "arrival", "approved_by", "edited_by"),
    *("planned_at", "sent_at", "done_at", "edition", "why", "left", "average"),
}
ACCOUNT = {
    *("account", "currency", "policy", "policy_sha256", "as_of", "when", "due", "nav", "drift", "turnover", "action"),
    *(
        "cash_after",
        "exit_code",
        "assets",
        "trades",
        "estimate",
        "tax",
        "remarks",
        "overrides",
        "tax_set_aside",
        "evaluations",
        "outside",
        "stale",
    ),
    *("refused", "remarks", "proposal"),
}
KEYS = (
    ("rebalance --all", 5, "rebalance", {"accounts", "skipped", "exit_code"}),
    ("what-if --account A07 --cash 10", 0, "what-if", {"change", "today", "what_if", "exit_code"}),
    ("decide --all", 5, "decide", {"accounts", "skipped", "exit_code"}),
    ("orders list", 5, "orders", {"orders", "restraints", "exit_code"}),
    ("orders slice A07 SPY --into 2", 5, "slices",
     {"parent", "slices", "intervals", "expected_cost", "standard_deviation", "exit_code"}),
    ("orders approve A07", 0, "orders", {"orders", "exit_code"}),
    ("orders send A07", 0, "orders", {"orders", "refused", "exit_code"}),
    ("reconcile --broker paper", 0, "reconcile",
     {"orders", "contradictions", "breaks", "remarks", "reconciliations", "shortfall", "untold", "income", "exit_code"}),
    ("orders cancel A07", 0, "orders", {"orders", "said", "exit_code"}),
    ("orders block Mueller", 5, "orders", {"blocks", "orders", "exit_code"}),
    ("kill A07", 0, "kill", {"accounts", "state", "working", "exit_code"}),
    ("release A07 --reason x", 0, "release", {"account", "restraints", "exit_code"}),
)  # fmt: skip


def test_json_is_one_document_with_stable_keys(folder: Path, clock: Hands, capsys: Capture) -> None:
    for words, code, kind, keys in KEYS:
        clock.at = MORNING if words.startswith(("orders send", "reconcile")) else EVENING
        found = document(words, capsys, code)
        assert (found.pop("trimtab"), found.pop("kind")) == (1, kind)
        assert found.keys() == keys, words
        for one in (*found.get("orders", ()), *found.get("slices", ())):
            assert one.keys() >= ORDER, words
        for one in found.get("accounts", ()) if kind != "kill" else ():
            assert one.keys() == ACCOUNT
        assert found["exit_code"] == code
        json.dumps(found, allow_nan=False)


def test_a_restored_book_sends_nothing_until_a_person_has_looked(folder: Path, clock: Hands, capsys: Capture) -> None:
    ran("decide --account A07 --by anna", capsys, 5)
    ran("orders approve A07 --by boss", capsys)
    ran("backup copy.db", capsys)
    ran("orders export A07 --out first", capsys)
    out, _ = ran("restore copy.db --to again.db --quiet", capsys)
    assert "HALTED, since a copy does not know what left after it was made: A07, B1, C1" in " ".join(out.split())
    assert json.loads(ran("restore copy.db --to third.db --json", capsys)[0])["halted"][:3] == ["A07", "B1", "C1"]
    out, _ = ran("orders export A07 --book again.db --out other", capsys, 6)
    assert "halted" in out
    assert not list((folder / "other").glob("*.csv"))
    assert ran("verify --book again.db", capsys)[0].startswith(" again.db: sound")


def test_a_book_that_is_restored_from_before_its_first_order_sends_nothing_either(
    folder: Path, clock: Hands, capsys: Capture
) -> None:
    """A regression: only accounts with orders in the copy were halted, and all that had been bought was bought again."""
    ran("backup copy.db", capsys)
    ran("decide --account A07 --by anna", capsys, 5)
    ran("orders approve A07 --by boss", capsys)
    ran("orders export A07 --out first", capsys)
    ran("restore copy.db --to again.db --quiet", capsys)
    ran("decide --account A07 --by anna --book again.db", capsys, 6)
    assert "restored from a copy" in ran("status --book again.db", capsys, 6)[0]


def test_a_kill_behind_a_writer_that_hangs_says_that_nothing_is_halted(
    folder: Path, clock: Hands, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hangs(*_: object) -> None:
        raise Busy("process 7 is writing", where="book.db", remedy="Wait.")

    monkeypatch.setattr(OrderBook, "kill", hangs)
    _, err = ran("kill", capsys, 1)
    assert "NOTHING IS HALTED: process 7 is writing" in err


def test_orders_under_way_are_told_beside_a_rebalance(folder: Path, clock: Hands, capsys: Capture) -> None:
    ran("decide --account A07 --by anna", capsys, 5)
    ran("orders approve A07 --by boss", capsys)
    assert "under way" not in ran("rebalance --account A07", capsys, 5)[0]
    ran("orders export A07 --out sent", capsys)
    assert "orders are under way" in ran("rebalance --account A07", capsys, 5)[0]
