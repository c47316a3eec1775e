"""An adviser's month by the command line, as UX 4.2 tells it: proposal, edit, approval by another, files, fills, shortfall."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.surfaces.cli.order_desk import LONG, MORNING, Hands, night
from tests.surfaces.cli.test_book_verbs import Capture, document, ran
from trimtab.core.venues import Execution
from trimtab.execution.shortfall import Traded, pieces
from trimtab.surfaces.cli.reconcile import shortfall_lines

BATCH = "2010-12-31/1"
MAP = """\
columns:
  - {column: OUR_REF, field: order_id}
  - {column: FUND, field: account}
  - {column: TICKER, field: symbol}
  - {column: BS, field: side, words: {BUY: B, SELL: S}}
  - {column: SHARES, field: qty}
"""


def orders_of(account: str, capsys: Capture, code: int = 0) -> dict[str, Any]:
    """The orders of an account by instrument."""
    found = document(f"orders list {account} --all", capsys, code)["orders"]
    return {one["ticket"]["instrument"]: one for one in found if not one["ticket"]["parent"]}


def filled(orders: dict[str, Any], prices: dict[str, str], units: dict[str, str] | None = None) -> str:
    """A broker's table of fills, a dollar of commission each."""
    rows = [
        f"{one['ticket']['id']},x{k}{one['ticket']['account']},{'buy' if float(one['ticket']['units']) > 0 else 'sell'},"
        f"{(units or {}).get(name, one['ticket']['units']).lstrip('-')},{prices[name]},1.00,2011-01-03"
        for k, (name, one) in enumerate(orders.items())
    ]
    return "\n".join(["Order ID,Exec ID,Side,Quantity,Price,Commission,Trade Date", *rows]) + "\n"


def test_a_month_from_the_proposal_to_the_shortfall(folder: Path, clock: Hands, capsys: Capture) -> None:
    ran("decide --all --if-due --by anna", capsys, 5)
    assert "2 orders proposed before" in ran("rebalance --all --commit --by anna", capsys, 5)[0]
    assert "lots: 57 of 2" in ran("orders list --account G1 --lots", capsys, 5)[0]

    ran('orders edit G1 TLT --qty 50 --reason "client gift of 7 TLT" --by ben', capsys, 5)
    ran('orders edit G1 SPY --qty 60 --reason "what 50 TLT bring" --by ben', capsys, 5)
    assert "anna asked for order" in ran("orders approve Other --by anna", capsys, 5)[1]
    assert "Ben asked for order" in ran("orders approve G1 --by Ben", capsys, 5)[1]  # whoever edited does not approve
    assert {one["status"] for one in orders_of("G1", capsys, 5).values()} == {"planned"}
    out, err = ran(f"orders approve {BATCH} --by carl", capsys)
    assert out.count(" approved") == 8
    assert f"next: trimtab orders send {BATCH}" in err

    clock.at = MORNING
    (folder / "map.yaml").write_text(MAP, encoding="utf-8")
    basket = exported("orders export G1 --format ibkr-basket", capsys)
    assert basket.splitlines()[0].startswith("Action,Quantity,Symbol,SecType,Exchange,Currency,TimeInForce,OrderType")
    assert "SELL,50,TLT," in basket
    fix = exported(f"orders export {LONG} --format fix --sender DESK --target BANK", capsys)
    assert re.search("\x0135=D\x0149=DESK\x0156=BANK\x01.*\x0155=TLT\x0154=2\x01.*\x0138=102\x01", fix)
    table = exported("orders export A07 --format csv:map.yaml", capsys)
    assert "OUR_REF,FUND,TICKER,BS,SHARES" in table
    assert ",A07,TLT,S," in table
    assert "nothing approved to send" in ran("orders export G1 --format ibkr-basket", capsys, 2)[1]

    _close(folder, clock, capsys)


def exported(words: str, capsys: Capture) -> str:
    said = document(words, capsys)
    assert said["refused"] == []
    return Path(said["file"]).read_bytes().decode()


def _close(folder: Path, clock: Hands, capsys: Capture) -> None:
    """G1 sold 50 TLT at 104.00 (decided at 103.9485) and bought 60 SPY at 86.80 (86.7101), a dollar of commission each.

    Execution and delay together: 50 x (103.9485 - 104.00) = -2.575, and 60 x (86.80 - 86.7101) = 5.394; with 2.00
    explicit 4.819, in bp of 50 x 103.9485 + 60 x 86.7101 = 10,400.031 on paper: 4.63.
    """
    night(folder, clock)
    own = orders_of("G1", capsys)
    assert {name: one["ticket"]["units"] for name, one in own.items()} == {"TLT": "-50", "SPY": "60"}
    (folder / "fills.csv").write_text(filled(own, {"TLT": "104.00", "SPY": "86.80"}), encoding="utf-8")
    out, _ = ran("reconcile fills.csv", capsys)
    assert out.count(" filled ") == 2
    assert "Implementation shortfall in USD" in out
    whole = next(line for line in out.splitlines() if line.startswith(" all "))
    assert re.split(r"\s+", whole.strip()) == ["all", "10,400.03", "2.00", "0.00", "2.82", "0.00", "4.82", "4.6"]
    again = document("reconcile fills.csv", capsys)  # the same file twice books nothing twice
    assert again["contradictions"] == again["breaks"] == []
    assert sum(float(one["total"]) for one in again["shortfall"]) == pytest.approx(4.819)
    held = ran("book show G1", capsys)[0]
    assert re.search(r"SPY +310\.5 ", held)
    assert re.search(r"TLT +200 ", held)


def test_a_fill_that_cannot_be_halts_and_a_stray_line_is_a_break(folder: Path, clock: Hands, capsys: Capture) -> None:
    ran("decide --account A07 --by anna", capsys, 5)
    ran("orders approve A07 --by ben", capsys)
    clock.at = MORNING
    exported("orders export A07", capsys)
    own = orders_of("A07", capsys)
    night(folder, clock)
    stray = filled(own, {"TLT": "104", "SPY": "87"}).replace(own["SPY"]["ticket"]["id"], "f" * 32)
    (folder / "stray.csv").write_text(stray, encoding="utf-8")
    out, _ = ran("reconcile stray.csv", capsys, 4)
    assert "break: " in out
    (folder / "more.csv").write_text(filled(own, {"TLT": "104", "SPY": "87"}, {"SPY": "4000"}), encoding="utf-8")
    said = document("reconcile more.csv", capsys, 6)
    assert said["contradictions"]
    assert document("orders list", capsys, 6)["restraints"][0]["cause"] == "contradiction"


def test_a_block_of_two_accounts_goes_as_fix_with_its_allocations_and_is_closed_by_a_file(
    folder: Path, clock: Hands, capsys: Capture
) -> None:
    """Half of the purchase is filled at 87: 154.46517210 of 308.93034419 units, shared in proportion, and the rest is open."""
    ran("decide --household Mueller --by anna", capsys, 5)
    made = document("orders block Mueller --by anna", capsys, 5)
    blocks = {one["ticket"]["instrument"]: one for one in made["blocks"]}
    assert set(blocks) == {"SPY", "TLT"}
    own = {one["ticket"]["id"]: name for name in ("A07", "B1") for one in orders_of(name, capsys, 5).values()}
    assert "in block" in ran("orders approve A07 --by ben", capsys, 2)[1]  # not B1's orders unawares
    ran("orders approve Mueller --by ben", capsys)
    clock.at = MORNING
    fix = exported("orders export Mueller --format fix", capsys)
    for block in blocks.values():
        ids = dict(block["ticket"]["parts"])
        legs = "".join(f"79={own[one]}\x0180={units.lstrip('-')}\x01" for one, units in ids.items())
        assert f"78=2\x01{legs}" in fix
    night(folder, clock)
    (folder / "fills.csv").write_text(filled(blocks, {"TLT": "104", "SPY": "87"}), encoding="utf-8")
    out, _ = ran("reconcile fills.csv", capsys)
    assert out.count(" filled ") == 6  # two blocks and their members
    after = {name: orders_of(name, capsys) for name in ("A07", "B1")}
    for name, (account, price) in {"SPY": ("A07", "87"), "TLT": ("B1", "104")}.items():
        one = after[account][name]
        assert (one["status"], one["filled"], one["average"]) == ("filled", one["ticket"]["units"], price)
    assert len(own) == 4


def test_the_shortfall_of_two_currencies_is_told_currency_by_currency() -> None:
    """Regression: fills of an account in EUR and of one in USD were booked, and then nothing was told of either."""
    one = Execution("x", "a", Decimal(10), Decimal(101), Decimal(1), date(2026, 11, 2), "")
    parts = [part for code in ("USD", "EUR") for part in pieces(Traded(code, Decimal(10), Decimal(100), (one,), currency=code))]
    told = "\n".join(shortfall_lines(parts, ()))
    assert re.findall(r"shortfall in ([A-Z]+),|^ all +([0-9,.]+)", told, re.MULTILINE) == [
        ("EUR", ""), ("", "1,000.00"), ("USD", ""), ("", "1,000.00"),
    ]  # fmt: skip


def test_slices_leave_one_after_the_other_and_close_their_parent(folder: Path, clock: Hands, capsys: Capture) -> None:
    """69.5 units of SPY into 3, in tenths: by the end of the first 23.2, of the second 46.3. The parent never leaves."""
    ran("decide --account G1 --by anna", capsys, 5)
    out, err = ran("orders slice G1 SPY --into 3 --by anna", capsys, 5)
    assert [line.split()[4:7] for line in out.splitlines()[2:]] == [
        ["23.2", "33.4", "46.3"],
        ["23.1", "33.2", "23.2"],
        ["23.2", "33.4", "0"],
    ]
    parent = orders_of("G1", capsys, 5)["SPY"]["ticket"]["id"]
    assert f"next: trimtab orders approve {parent[:8]}" in err
    assert "is cut already" in ran(f"orders slice {parent} --into 2", capsys, 2)[1]
    ran("orders approve G1 --by ben", capsys)
    clock.at = MORNING
    for left in (2, 1, 0):
        said = document("orders send G1", capsys)["orders"]
        assert [one["ticket"]["parent"] for one in said if one["ticket"]["instrument"] == "SPY"] == [parent]
        waiting = document("orders list G1 --status approved", capsys, 5)["orders"]
        assert len([one for one in waiting if one["ticket"]["parent"]]) == left
    assert "nothing approved to send" in ran("orders send G1", capsys, 2)[1]
    assert "nothing approved to send" in ran(f"orders send {parent}", capsys, 2)[1]
    night(folder, clock)
    ran("reconcile --broker paper", capsys)
    closed = orders_of("G1", capsys)["SPY"]
    assert (closed["status"], closed["filled"], closed["sent_at"]) == ("cancelled", "0", "")
    assert re.fullmatch(r"its 3 slices filled 69.5 of 69.5 units at 8[0-9.]+", closed["why"])
    assert ran("verify", capsys)[0].startswith(" book.db: sound")


def test_a_trajectory_of_almgren_and_chriss_says_what_it_costs(folder: Path, clock: Hands, capsys: Capture) -> None:
    """Without risk the shares are equal: E = epsilon X + eta / tau sum n^2 = 0.02 x 57 + 0.1 / 0.5 (28^2 + 29^2), about.

    The schedule itself has halves, 28.5 each: 1.14 + 0.2 x 2 x 28.5^2 = 326.04. V = sigma^2 tau x 28.5^2 = 2 x 0.5 x 812.25.
    """
    ran("decide --account G1 --by anna", capsys, 5)
    words = "--risk-aversion 0 --volatility 1.4142135623730951 --temporary 0.1 --spread 0.02 --days 1 --into 2"
    said = document(f"orders slice G1 TLT {words}", capsys, 5)
    assert said["expected_cost"] == pytest.approx(326.04)
    assert said["standard_deviation"] == pytest.approx(28.5)
    assert [one["when"] for one in said["slices"]] == ["day 0 to 0.5", "day 0.5 to 1"]
    assert sorted(one["ticket"]["units"] for one in said["slices"]) == ["-28", "-29"]
    ran("orders cancel G1", capsys)
    assert {one["status"] for one in document("orders list G1 --all", capsys)["orders"]} == {"cancelled"}
