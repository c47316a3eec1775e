"""What the trading verbs say where something is odd: one clear line, the right exit code, figures and commands that fit."""

from __future__ import annotations

import io
import json
import os
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.surfaces.cli.order_desk import MORNING, Hands, activity, night
from tests.surfaces.cli.test_book_verbs import Capture, document, ran
from trimtab.core.controls import Evaluation, Outcome
from trimtab.surfaces.cli.main import main
from trimtab.surfaces.cli.review_screen import check_words, figures
from trimtab.surfaces.cli.wrapping import fitted, messages

LONG_HINT = "next: trimtab orders list 2010-12-31/1 --lots, then trimtab orders approve 2010-12-31/1"


def exported(account: str, clock: Hands, capsys: Capture) -> None:
    ran(f"decide --account {account} --by anna", capsys, 5)
    ran(f"orders approve {account} --by ben", capsys)
    clock.at = MORNING
    ran(f"orders export {account}", capsys)


# JSON.


def test_every_answer_in_json_has_its_exit_code(folder: Path, clock: Hands, capsys: Capture) -> None:
    """Those besides that test_order_verbs.py asks for by their keys."""
    for words, code in (
        ("rebalance --account A07 --commit", 5),
        ('orders add A07 SPY 0.5 --reason "more"', 5),
        ('orders edit A07 TLT --qty 5 --reason "less"', 5),
        ("orders hold A07", 0),
        ("orders hold A07 --release", 5),
        ('orders reject A07 --reason "no"', 0),
        ("orders arm A07 --broker alpaca --confirm A07", 0),
        ("kill A07 --reduce", 0),
    ):
        assert document(words, capsys, code)["exit_code"] == code, words


@pytest.mark.parametrize("at_once", [False, True])
def test_a_reader_that_went_away_takes_no_exit_code_with_it(
    folder: Path, clock: Hands, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    """Whether the pipe breaks at the last flush, or at the first line."""
    for words in ("rebalance --account A07", "rebalance --account A07 --json"):
        reading, writing = os.pipe()
        os.close(reading)
        with io.TextIOWrapper(os.fdopen(writing, "wb", buffering=0 if at_once else -1), write_through=at_once) as gone:
            monkeypatch.setattr(sys, "stdout", gone)
            assert main([*words.split(), "--quiet"]) == 5


# Messages.


def test_hints_keep_to_the_width_and_commands_in_them_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = list(messages(LONG_HINT))
    assert lines == [" next: trimtab orders list 2010-12-31/1 --lots, then", "   trimtab orders approve 2010-12-31/1"]
    monkeypatch.setenv("COLUMNS", "120")
    assert list(messages(LONG_HINT)) == [f" {LONG_HINT}"]


def test_errors_are_one_line_in_a_log_and_wrapped_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    said = (
        "error TT-USE-001  C1 follows no policy, so that nobody knows its rules. Say: trimtab book follow C1 POLICY.  [exit 2]"
    )
    assert fitted(said) == said
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(terminal, "fileno", lambda: 2, raising=False)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((80, 24)))
    assert fitted(said).splitlines() == [
        "error TT-USE-001  C1 follows no policy, so that nobody knows its rules. Say:",
        "  trimtab book follow C1 POLICY.  [exit 2]",
    ]


# Figures.


def test_what_was_measured_has_six_decimals_and_more_only_to_tell_it_from_the_limit() -> None:
    third = str(Decimal(1) / Decimal(3))
    found = Evaluation("DESK-1", "Manual", "x", f"{third}{'3' * 6}", "0.25", Outcome.WARN, "Small orders")
    assert check_words(found, "SPY") == "DESK-1 (Manual): SPY: Small orders; 0.333333, at most 0.25"
    assert figures(found._replace(value="0.2500000004")) == ("0.2500000004", "0.25")
    assert figures(found._replace(value="239400", limit="50000")) == ("239,400", "50,000")
    assert figures(found._replace(value="unknown", limit="2")) == ("unknown", "2")


# Orders.


def test_more_than_an_account_is_worth_does_not_go_out(folder: Path, clock: Hands, capsys: Capture) -> None:
    _, err = ran("what-if --account A07 --cash -99999999", capsys, 2)
    assert "--cash -99,999,999 takes out more than A07 is worth: 19," in err
    assert "--as-of" not in err


def test_an_exported_order_is_withdrawn_by_whoever_got_the_file(folder: Path, clock: Hands, capsys: Capture) -> None:
    exported("A07", clock, capsys)
    said = document("orders cancel A07", capsys)
    ids = ", ".join(one["ticket"]["id"][:8] for one in said["orders"])
    withdraw = "whoever got it must withdraw them; trimtab reconcile FILLS then tells what became of them"
    assert said["said"] == [f"{ids} left in a file: {withdraw}"]
    assert {one["status"] for one in said["orders"]} == {"sent"}


def test_a_file_without_fills_is_an_empty_day_or_a_file_that_was_cut_off(folder: Path, clock: Hands, capsys: Capture) -> None:
    (folder / "none.csv").write_text("Order ID,Exec ID,Side,Quantity,Price,Commission,Trade Date\n", encoding="utf-8")
    assert "no fills in none.csv, and no order is under way: an empty day" in ran("reconcile none.csv", capsys)[0]
    exported("A07", clock, capsys)
    out, _ = ran("reconcile none.csv", capsys, 4)
    assert "break: no fills in none.csv, and 2 orders are under way: nothing was booked." in out
    assert "no orders" not in out


def test_an_account_is_no_name_of_one_order(folder: Path, clock: Hands, capsys: Capture) -> None:
    ran("decide --account A07 --by anna", capsys, 5)
    ids = [one["ticket"]["id"][:8] for one in document("orders list A07", capsys, 5)["orders"]]
    _, err = ran("orders slice A07 --into 3", capsys, 2)
    assert f"A07 has 2 orders, and one is meant. Name one of them by its id: {ids[0]} (TLT), {ids[1]} (SPY)." in err


def test_a_proposal_says_which_orders_stand_before_it(folder: Path, clock: Hands, capsys: Capture) -> None:
    exported("A07", clock, capsys)
    night(folder, clock)
    out, _ = ran("rebalance --account A07 --commit", capsys, 5)
    flat = " ".join(out.split())
    assert "A07: not proposed: 2 orders of 2010-12-31 by mine (policy " in flat
    assert "are working: trimtab reconcile tells what became of them (see trimtab orders list A07)" in flat


def test_a_proposal_may_let_what_waits_since_another_day_give_way(folder: Path, clock: Hands, capsys: Capture) -> None:
    ran("decide --account A07 --by anna", capsys, 5)
    night(folder, clock)
    flat = " ".join(ran("rebalance --account A07 --commit", capsys, 5)[0].split())
    assert "2 orders of 2010-12-31 by mine" in flat
    assert 'wait: --supersede "why" lets them give way' in flat
    assert "proposed as 2011-01-03/1" in ran("rebalance --account A07 --commit --supersede stale", capsys, 5)[0]


def test_blocks_say_what_they_are_made_of(folder: Path, clock: Hands, capsys: Capture) -> None:
    for account in ("A07", "B1"):
        ran(f"decide --account {account} --by anna", capsys, 5)
    out, err = ran("orders block Mueller", capsys, 5)
    assert "blocks of several batches" in out
    assert "no batch" not in out
    assert " 2 blocks of 4 orders (batches 2010-12-31/1, 2010-12-31/2)" in out
    block = document("orders list --status planned", capsys, 5)["orders"][-1]
    assert "next: trimtab orders approve " in err
    assert block["ticket"]["parts"]
    ran("orders cancel Mueller", capsys)
    ran("decide --account G1 --by anna", capsys, 5)
    assert " 0 blocks; 2 orders go by themselves" in ran("orders block G1", capsys, 5)[0]


def test_a_cross_is_told_from_its_approval_to_its_booking(folder: Path, clock: Hands, capsys: Capture) -> None:
    """P sells what Q buys: nothing is crossed before both are approved, and nothing is booked at a price that cannot be."""
    for account, text in (("P", activity(50_000)), ("Q", "Date,Type,Amount\n2010-01-04,Deposit,50000\n")):
        ran(f"book account {account} --household Pens --wrapper exempt", capsys)
        Path("activity.csv").write_text(text, encoding="utf-8")
        ran(f"book import activity.csv --account {account} --commit", capsys)
        ran(f"book follow {account} growth.yaml", capsys)
    Path("fills.csv").write_text("order,filled,average,status\n", encoding="utf-8")
    ran("decide --account Pens --by anna", capsys, 5)
    out = ran("orders block Pens --cross household --by anna", capsys, 5)[0]
    assert "not crossed yet: P could sell" in out
    assert "approve both, then gather again" in out
    ran("orders approve Pens --by ben", capsys)
    (line,) = (line for line in ran("orders block Pens --cross household", capsys)[0].splitlines() if " crossed: " in line)
    units, name = (word.rstrip(",") for word in line.split()[1:3])
    clock.at = MORNING
    refused = ran(f"reconcile fills.csv --price {name}=1", capsys, 3)[0]
    assert "price-collar would be broken" in " ".join(refused.split())
    assert document(f"reconcile fills.csv --price {name}=1", capsys, 3)["breaks"][0].startswith(f"not crossed: {units}")
    orders = document("orders list Pens --all", capsys, 5)["orders"]
    price = next(one["ticket"]["reference"] for one in orders if one["ticket"]["instrument"] == name)
    assert f" crossed: {units} {name} at " in ran(f"reconcile fills.csv --price {name}={price}", capsys)[0]


# Units and sizes.


def test_a_fraction_is_refused_where_the_policy_trades_whole_units(folder: Path, clock: Hands, capsys: Capture) -> None:
    """G1 holds 250.5 units of SPY: an order by which whole ones are left is what the policy asks for itself."""
    _, err = ran('orders add G1 SPY 3.3 --reason "more"', capsys, 2)
    assert "growth trades SPY in whole units, not 3.3. The nearest: 3 or 4." in err
    assert "The nearest: 1." in ran('orders add G1 TLT -0.4 --reason "less"', capsys, 2)[1]
    ran('orders add G1 SPY 1.5 --reason "even"', capsys, 5)
    _, err = ran('orders edit G1 SPY --qty 1.25 --reason "less"', capsys, 2)
    assert "The nearest: 1 or 2." in err
    ran('orders add A07 SPY 0.3 --reason "fractions are allowed here"', capsys, 5)


def test_an_edit_asks_the_gate_at_once(folder: Path, clock: Hands, capsys: Capture) -> None:
    """What it would stop stays as it was; fewer units are taken all the same."""
    ran("decide --account G1 --by anna", capsys, 5)
    before = document("orders list G1", capsys, 5)["orders"]
    _, err = ran('orders edit G1 TLT --qty 300 --reason "all and more"', capsys, 3)
    assert "an order sells more than is held: 300 of 250. The order stays as it was." in err
    _, err = ran('orders edit G1 SPY --qty 500 --reason "ten times"', capsys, 3)
    assert "the orders cost 43355.05, the account has " in err
    assert document("orders list G1", capsys, 5)["orders"] == before
    ran('orders edit G1 TLT --qty 10 --reason "fewer"', capsys, 5)
    said = document('orders edit G1 SPY --qty 60 --reason "more than the sale pays now"', capsys, 3)
    assert [one["rule"] for one in said["evaluations"] if one["outcome"] == "block"][-1] == "cash"
    assert said["orders"][0]["ticket"]["units"] == "60"
    out, err = ran('orders edit G1 SPY --qty 59 --reason "still more"', capsys, 3)
    assert " BLOCK cash: the orders cost " in out
    assert "as it is now, it will not be sent" in err
    json.dumps(said, allow_nan=False)


def test_where_the_gate_cannot_be_asked_fewer_units_are_taken_and_more_are_not(
    folder: Path, clock: Hands, capsys: Capture
) -> None:
    ran("decide --account A07 --by anna", capsys, 5)
    (folder / "prices" / "prices.csv").unlink()
    ran('orders edit A07 TLT --qty 500 --reason "more"', capsys, 4)
    said = document('orders edit A07 TLT --qty 5 --reason "fewer"', capsys, 5)
    assert said["orders"][0]["ticket"]["units"] == "-5"
    assert said["unasked"]
