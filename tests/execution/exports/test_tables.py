import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.execution.exports.sheets import SHEET, SPY, standing, standings, texts, ticket
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.formulas import neutral, taken_off
from trimtab.core.households import Contract, Instrument
from trimtab.core.orders import OrderKind, Standing, Status, TimeInForce
from trimtab.core.venues import Execution
from trimtab.execution.exports import blotter as blotters
from trimtab.execution.exports.blotter import blotter, read_blotter
from trimtab.execution.exports.column_map import read_map
from trimtab.execution.exports.fields import EVERY, FIELDS
from trimtab.execution.exports.fills import fills
from trimtab.execution.exports.ibkr_basket import basket, read_basket
from trimtab.execution.exports.mapped import SHIPPED, mapped, read_mapped, shipped_map
from trimtab.execution.exports.sheet import Facts, Sheet

D = Decimal
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
UX_8 = [
    "order_id", "batch_id", "account", "symbol", "isin", "figi", "name", "side", "qty", "notional", "order_type", "limit",
    "tif", "broker", "status", "filled_qty", "avg_px", "arrival_px", "est_cost_bps", "realised_cost_bps", "lot_method",
    "tax_effect", "reason", "rule_checks", "created_by", "approved_by", "created_at", "sent_at",
]  # fmt: skip


def cells_of(text: str, delimiter: str = ",") -> list[list[str]]:
    """As a spreadsheet cuts it up."""
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def is_number(cell: str) -> bool:
    try:
        return D(cell).is_finite() and "E" not in cell.upper()
    except ArithmeticError:
        return False


def no_formula(cell: str) -> bool:
    return is_number(cell) or not cell.lstrip(" ").startswith(FORMULAS)


@given(texts)
@settings(max_examples=200, deadline=None)
def test_neutral_text_begins_no_formula_and_gives_itself_back(text: str) -> None:
    safe = neutral(text)
    assert taken_off(safe) == text
    assert not safe.lstrip().startswith(FORMULAS)


@given(st.lists(standings(), max_size=3), texts, st.lists(texts.filter(bool), max_size=3))
@settings(max_examples=40, deadline=None)
def test_a_blotter_reads_back_and_holds_no_formula(orders: list[Standing], funding: str, accounts: list[str]) -> None:
    facts = Facts("2026-11-02", "run 7", tuple(accounts), funding, "whole units", "sells first, then buys", "ab" * 32, "17 cd")
    text = blotter(orders, replace(SHEET, facts=facts))
    found = read_blotter(text)
    assert found.facts == facts
    for one, row in zip(orders, found.rows, strict=True):
        assert (row["order_id"], row["account"], row["symbol"]) == (one.id, one.ticket.account, one.ticket.instrument)
        assert (row["reason"], row["created_by"], row["batch_id"]) == (one.ticket.reason, one.ticket.by, one.ticket.batch)
        assert D(row["qty"]) == abs(one.ticket.units)
        assert (row["side"] == "BUY") == (one.ticket.units > 0)
        assert D(row["tax_effect"]) == one.ticket.tax
    for delimiter in (",", ";", "\t"):  # the header too, in whatever country it is opened
        head = "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
        assert all(no_formula(cell) for row in cells_of(head, delimiter) for cell in row)
    assert all(no_formula(cell) for row in cells_of(text) for cell in row)


def test_the_blotter_has_the_columns_of_the_convention_in_their_order_and_a_header_of_facts() -> None:
    facts = Facts("2026-11-02", "r1", ("ann", "bob"), "cash", "whole units", "pro rata", "ab" * 32, "17 cd")
    lines = blotter([standing()], replace(SHEET, facts=facts)).split("\r\n")
    assert lines[:9] == [
        "# trimtab blotter 1", "# date: 2026-11-02", "# run: r1", "# accounts: ann, bob", "# funding: cash",
        "# rounding: whole units", "# scaling: pro rata", f"# policy SHA-256: {'ab' * 32}", "# journal head: 17 cd",
    ]  # fmt: skip
    assert lines[9].split(",") == UX_8


def test_a_line_of_the_blotter_by_hand() -> None:
    # Buy 100 at a decision price of 50: 5,000 of notional; an estimate of 2.50 is 2.5 / 5000 = 5 bp.
    # 100 filled for 5,020, arrival 50.10: 5,020 - 5,010 = 10 slipped, 1 of fees: 11 / 5,010 = 21.956 bp.
    own = ticket(estimate=D("2.5"), tax=D("-3"), reason="trend up", by="pm", batch="2026-11-02/1", warnings=("thin",))
    done = Standing(
        own, Status.FILLED, D(100), D(5020), D(1), D(100), "paper", arrival=D("50.10"), approved_by="cio",
        planned_at="2026-11-02T21:00:00Z", sent_at="2026-11-02T21:05:00Z",
    )  # fmt: skip
    (row,) = read_blotter(blotter([done], SHEET)).rows
    assert list(row.values()) == [
        "0123456789abcdef", "2026-11-02/1", "ann", "SPY", "US78462F1030", "BBG000BDTBL9", "SPDR S&P 500, Trust", "BUY", "100",
        "5000", "market", "", "day", "paper", "filled", "100", "50.2", "50.10", "5.00", "21.96", "", "-3", "trend up",
        "WARN: thin", "pm", "cio", "2026-11-02T21:00:00Z", "2026-11-02T21:05:00Z",
    ]  # fmt: skip


def test_a_future_moves_its_multiplier_times_as_much() -> None:
    sheet = Sheet(instruments={"ESZ6": Instrument("ESZ6", Contract.FUTURE, multiplier=D(50))})
    (row,) = read_blotter(blotter([standing(instrument="ESZ6", units=D(-2), reference=D(6000))], sheet)).rows
    assert (row["side"], row["qty"], row["notional"]) == ("SELL", "2", "600000")


@pytest.mark.parametrize("bad", [D("NaN"), D("Infinity"), D("1E+5000"), D("1E-5000")])
def test_what_is_no_number_is_not_exported(bad: Decimal) -> None:
    with pytest.raises(DataError):
        blotter([standing(tax=bad)], SHEET)


@pytest.mark.parametrize("text", ["", "x", '"', "# trimtab blotter 1\r\n", "order_id,batch_id\r\n1,2\r\n"])
def test_what_is_no_blotter_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(DataError):
        read_blotter(text)


# --- BasketTrader


def test_a_basket_has_the_columns_of_basket_trader_and_no_blank_after_commas() -> None:
    two = [
        standing(batch="b1"),
        standing(id="f" * 16, units=D("-12.5"), kind=OrderKind.LIMIT, limit=D("49.90"), tif=TimeInForce.GTC, batch="b1"),
    ]
    assert basket(two, SHEET) == (
        "Action,Quantity,Symbol,SecType,Exchange,Currency,TimeInForce,OrderType,LmtPrice,BasketTag,Account,OrderRef\r\n"
        "BUY,100,SPY,STK,SMART,USD,DAY,MKT,,b1,ann,0123456789abcdef\r\n"
        "SELL,12.5,SPY,STK,SMART,USD,GTC,LMT,49.90,b1,ann,ffffffffffffffff\r\n"
    )


@pytest.mark.parametrize(
    ("kind", "tif", "limit", "told"),
    [
        (OrderKind.ON_OPEN, TimeInForce.DAY, "0", ("OPG", "MKT")),
        (OrderKind.ON_OPEN, TimeInForce.DAY, "5", ("OPG", "LMT")),
        (OrderKind.ON_CLOSE, TimeInForce.DAY, "0", ("DAY", "MOC")),
        (OrderKind.MARKET, TimeInForce.IOC, "0", ("IOC", "MKT")),
    ],
)
def test_auctions_and_times_in_the_words_of_the_broker(
    kind: OrderKind, tif: TimeInForce, limit: str, told: tuple[str, str]
) -> None:
    (row,) = read_basket(basket([standing(kind=kind, tif=tif, limit=D(limit))], SHEET))
    assert (row["TimeInForce"], row["OrderType"]) == told


@given(st.lists(standings(), max_size=3, unique_by=lambda one: one.id))
@settings(max_examples=30, deadline=None)
def test_a_basket_reads_back_and_holds_no_formula(orders: list[Standing]) -> None:
    text = basket(orders, SHEET)
    for one, row in zip(orders, read_basket(text), strict=True):
        assert (row["OrderRef"], row["Symbol"]) == (one.id, one.ticket.instrument)
        assert D(row["Quantity"]) == abs(one.ticket.units)
    assert all(no_formula(cell) for row in cells_of(text) for cell in row)


@pytest.mark.parametrize(
    "bad",
    [
        [standing(block="b")],
        [standing(), standing()],
        [standing(units=D(0))],
        [standing(kind=OrderKind.LIMIT)],
        [standing(limit=D(5))],
    ],
)
def test_orders_that_must_not_leave_by_themselves_or_twice_are_in_no_basket(bad: list[Standing]) -> None:
    with pytest.raises(DataError):
        basket(bad, SHEET)


def test_a_future_without_an_exchange_is_refused() -> None:
    future = Instrument("ESZ6", Contract.FUTURE, multiplier=D(50))
    with pytest.raises(DataError, match="exchange"):
        basket([standing(instrument="ESZ6")], Sheet(instruments={"ESZ6": future}))
    (row,) = read_basket(basket([standing(instrument="ESZ6")], Sheet(instruments={"ESZ6": future}, exchanges={"ESZ6": "CME"})))
    assert (row["SecType"], row["Exchange"]) == ("FUT", "CME")


# --- Maps


def shipped(name: str) -> object:
    return yaml.safe_load(shipped_map(name))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_map_tells_every_order(name: str) -> None:
    columns = read_map(shipped(name))  # type: ignore[arg-type]
    rows = read_mapped(mapped([standing(reason="=1"), standing(id="b", kind=OrderKind.ON_CLOSE)], SHEET, columns), columns)
    assert [set(row) for row in rows] == [{column.header for column in columns.columns}] * 2
    assert "=1" in rows[0].values()


def test_no_other_map_is_shipped() -> None:
    with pytest.raises(ParameterError):
        shipped_map("../blotter")


EVERYTHING = {"columns": [{"column": f"={name}", "field": name} for name in EVERY] + [{"column": "desk", "text": "@TAA"}]}


@given(standings(), st.sampled_from([",", ";", "\t", "|"]), st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_mapped_table_reads_back_and_holds_no_formula(one: Standing, delimiter: str, header: bool) -> None:
    columns = read_map({**EVERYTHING, "delimiter": delimiter, "header": header})
    data = mapped([one], SHEET, columns)
    (row,) = read_mapped(data, columns)
    assert row["=order_id"] == one.id
    assert row["=reason"] == one.ticket.reason
    assert row["desk"] == "@TAA"
    assert D(row["=units"]) == one.ticket.units
    assert all(no_formula(cell) for cells in cells_of(data.decode(), delimiter) for cell in cells)


def test_words_dates_decimals_and_encoding_are_the_firms() -> None:
    columns = read_map(
        {
            "delimiter": ";",
            "encoding": "cp1252",
            "columns": [
                {"column": "Sens", "field": "side", "words": {"BUY": "Achat", "SELL": "Vente"}},
                {"column": "Quantité", "field": "qty", "decimals": 2},
                {"column": "Date", "field": "as_of", "date": "%d/%m/%Y"},
                {"column": "Montant", "field": "notional", "decimals": 1},
            ],
        }
    )
    assert mapped([standing(reference=D("50.0025"))], SHEET, columns).decode("cp1252") == (
        "Sens;Quantité;Date;Montant\r\nAchat;100.00;02/11/2026;5000.2\r\n"  # 5000.25, half to even
    )


def test_an_export_changes_no_order() -> None:
    columns = read_map({"columns": [{"column": "Q", "field": "qty", "decimals": 0}]})
    with pytest.raises(DataError, match="decimals"):
        mapped([standing(units=D("10.5"))], SHEET, columns)
    ascii_only = read_map({"encoding": "ascii", "columns": [{"column": "N", "field": "reason"}]})
    with pytest.raises(DataError, match="ascii"):
        mapped([standing(reason="é")], SHEET, ascii_only)
    worded = read_map({"columns": [{"column": "T", "field": "order_type", "words": {"limit": "LMT"}}]})
    with pytest.raises(DataError, match="market"):
        mapped([standing()], SHEET, worded)


@pytest.mark.parametrize(("allocations", "rows"), [("members", "AA"), ("block", "B"), ("both", "BAA")])
def test_a_block_is_told_by_its_members_or_as_one_or_both(allocations: str, rows: str) -> None:
    whole = standing(id="blk", account="", parts=(("m1", D(60)), ("m2", D(40))))
    sheet = replace(SHEET, members={"m1": "ann", "m2": "bob"}, block_account="MASTER")
    names = ("order_id", "account", "qty", "row", "block")
    written = {"allocations": allocations, "columns": [{"column": name, "field": name} for name in names]}
    columns = read_map(written)
    told = {
        "B": ["blk", "MASTER", "100", "BLOCK", ""],
        "A": ["m1", "ann", "60", "ALLOCATION", "blk"],
    }
    found = [list(row.values()) for row in read_mapped(mapped([whole], sheet, columns), columns)]
    assert [row[3][0] for row in found] == list(rows)
    assert all(told[row[3][0]] == row for row in found if row[0] != "m2")
    with pytest.raises(DataError, match="m1"):
        mapped([whole], SHEET, read_map({**written, "allocations": "members"}))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"columns": [{"column": "A", "field": "sid"}]}, "'side'"),
        ({"columns": [{"column": "A", "feild": "side"}]}, "'field'"),
        ({"colums": []}, "'columns'"),
        ({"columns": []}, "no columns"),
        ({"columns": "side"}, "no columns"),
        ({"columns": [3]}, "column 1"),
        ({"columns": [{"field": "side"}]}, "no name"),
        ({"columns": [{"column": "A"}]}, "needs a field"),
        ({"columns": [{"column": "A", "field": "side", "text": "x"}]}, "needs a field"),
        ({"columns": [{"column": "A", "field": "qty", "decimals": -1}]}, "decimals"),
        ({"columns": [{"column": "A", "field": "qty", "decimals": True}]}, "decimals"),
        ({"columns": [{"column": "A", "field": "side", "words": "B"}]}, "words"),
        ({"columns": [{"column": "A", "text": "x"}, {"column": "A", "text": "y"}]}, "same name"),
        ({"delimiter": "x", "columns": [{"column": "A", "text": "x"}]}, "delimiter"),
        ({"encoding": "zip", "columns": [{"column": "A", "text": "x"}]}, "encoding"),
        ({"allocations": "some", "columns": [{"column": "A", "text": "x"}]}, "allocations"),
        ([], "the map"),
    ],
)
def test_a_map_that_cannot_be_meant_is_refused_with_the_nearest_word(written: object, said: str) -> None:
    with pytest.raises(ParameterError) as refusal:
        read_map(written)  # type: ignore[arg-type]
    assert said in str(refusal.value)


def test_the_fields_of_the_blotter_are_those_of_the_convention() -> None:
    assert list(FIELDS) == UX_8
    assert list(blotters.COLUMNS) == UX_8
    assert SPY.isin in blotter([standing()], SHEET)


def test_fills_are_told_with_their_side_and_above_zero() -> None:
    one = Execution("e=1", "o1", D(-5), D("10.50"), D("-0.01"), date(2026, 11, 2), "2026-11-02T15:00:00Z")
    assert fills([(one, ticket(account="=a"))]).split("\r\n")[1] == (
        "e=1,o1,'=a,SPY,SELL,5,10.50,-0.01,2026-11-02,2026-11-02T15:00:00Z,USD"
    )
