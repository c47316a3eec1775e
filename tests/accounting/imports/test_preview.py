"""The preview: what would be posted, what is broken, what was there before, and totals that a person can check."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.accounting.imports.sampled import D, day, previewed, sample
from trimtab.accounting.imports import formats, generic
from trimtab.accounting.imports.preview import Known, Preview, Status, preview
from trimtab.accounting.imports.reading import Hints
from trimtab.accounting.imports.rows import Kind, Row
from trimtab.core.entries import Cancel, Dividend, Entry, Exchange, Fee, Fill, Flow, Opening, SpinOff, Split, Tax
from trimtab.core.households import Contract, Instrument

HEAD = "date,type,symbol,units,price,amount,fee,tax,currency,id,ratio,into,received,share of cost\n"
ZERO = D(0)


def table(*lines: str) -> tuple[Row, ...]:
    return formats.read(HEAD + "".join(line + "," * (13 - line.count(",")) + "\n" for line in lines))


def seen(rows: tuple[Row, ...], *entries: Entry, keys: dict[str, int] | None = None, **more: object) -> Preview:
    """The preview of rows into account A, where the book has AAA and these entries."""
    known = {"A": Known(entries, keys or {})}
    return preview(rows, (Instrument("AAA"),), known, accounts={"": "A"}, **more)  # type: ignore[arg-type]


def statuses(told: Preview) -> list[Status]:
    return [item.status for item in told.items]


BUY = "2024-01-03,buy,AAA,10,100,,1"


def test_every_row_is_in_the_preview_whatever_becomes_of_it() -> None:
    rows = table(BUY, "2024-01-04,dance,AAA,1,1", "2024-13-01,buy,AAA,1,1", "2024-01-05,buy,AAA,x,1", "2024-01-06,buy,AAA")
    told = seen(rows)
    assert [item.row for item in told.items] == list(rows)
    assert statuses(told) == [Status.READY, *[Status.BROKEN] * 4]
    assert [problem.line for problem in told.problems if problem.blocking] == [3, 4, 5, 6]
    assert dict(told.items[3].row.original)["units"] == "x"


def test_a_row_with_too_few_cells_is_listed() -> None:
    rows = formats.read("date,type,symbol,units,price\n2024-01-03,buy,AAA,10,100\n2024-01-04,buy,A\n")
    assert [row.problems for row in rows] == [(), ("3 cells where the header has 5",)]
    assert rows[1].original == (("", "2024-01-04,buy,A"),)


def test_what_was_imported_before_is_a_duplicate() -> None:
    rows = table(BUY, BUY, "2024-01-04,deposit,,,,500")
    first = seen(rows)
    assert statuses(first) == [Status.READY] * 3  # two alike purchases can both be real: a remark says so
    assert first.items[1].remarks == ("it says the same as line 2",)
    assert len({item.key for item in first.items}) == 3
    keys = {item.key: number for number, item in enumerate(first.ready)}
    again = seen(rows, *first.entries("A"), keys=keys)
    assert statuses(again) == [Status.DUPLICATE] * 3
    more = seen(table(BUY, BUY, BUY, "2024-01-04,deposit,,,,500"), *first.entries("A"), keys=keys)
    assert statuses(more) == [Status.DUPLICATE, Status.DUPLICATE, Status.READY, Status.DUPLICATE]


def test_what_was_imported_and_cancelled_since_says_so() -> None:
    first = seen(table(BUY))
    keys = {first.items[0].key: 0}
    told = seen(table(BUY), *first.entries("A"), Cancel(day("2024-02-01"), 0), keys=keys)
    assert told.items[0].status is Status.DUPLICATE
    assert told.items[0].reasons == ("it was imported before, and entry 0 was cancelled since: `again` books it once more",)


def test_an_entry_of_the_same_content_makes_a_duplicate_once() -> None:
    there = Fill(day("2024-01-03"), 0, D(10), D(100), D("-1000.0"), D(1), "typed by hand", "USD")
    assert statuses(seen(table(BUY, BUY), there)) == [Status.DUPLICATE, Status.READY]
    assert statuses(seen(table(BUY), there, Cancel(day("2024-01-03"), 0))) == [Status.READY]  # it never was
    assert statuses(seen(table("2024-01-03,buy,AAA,10,100.01,,1"), there)) == [Status.READY]


def test_the_identifier_of_the_source_decides_before_the_content() -> None:
    one, two = f"{BUY},,,i1", f"{BUY},,,i2"
    told = seen(table(one, two, one, "2024-01-03,buy,AAA,11,100,,1,,,i1"))
    assert statuses(told) == [Status.READY, Status.READY, Status.DUPLICATE, Status.BROKEN]
    assert told.items[2].reasons == ("it has the identifier of line 2",)
    assert "other content" in told.items[3].reasons[0]
    assert seen(table(two, one)).items[1].key == told.items[0].key  # whatever the order


def test_a_key_is_that_of_an_account() -> None:
    rows = table(BUY)
    keys = {preview(rows, (), {}, accounts={"": name}).items[0].key for name in ("A", "B")}
    assert len(keys) == 2
    assert all(len(key) == 64 for key in keys)


@pytest.mark.parametrize(
    "line", ["2024-01-03,buy,AAA,10,100,,2", "2024-01-03,sell,AAA,10,100,,1", "2024-01-04,buy,AAA,10,100,,1"]
)
def test_other_content_has_another_key(line: str) -> None:
    assert seen(table(line)).items[0].key != seen(table(BUY)).items[0].key
    assert seen(table(BUY.replace("100", "100.00"))).items[0].key == seen(table(BUY)).items[0].key


def test_unknown_instruments_are_set_aside_and_numbered_behind_the_known() -> None:
    told = seen(table(BUY, "2024-01-04,buy,BBB,1,5,,,,EUR", "2024-01-05,sell,BBB,1,6,,,,EUR", "2024-01-05,buy,CCC,,6"))
    assert [(one.id, one.currency) for one in told.instruments] == [("BBB", "EUR")]  # CCC: its row is broken
    assert [entry.asset for entry in told.entries("A") if isinstance(entry, Fill)] == [0, 1, 1]


def test_an_instrument_is_known_by_its_isin_and_never_by_two() -> None:
    book = (Instrument("OURS", isin="IE0000000001"), Instrument("WWW.DE", isin="IE0000000009"))
    row = Row(1, Kind.BUY, day("2024-01-03"), isin="IE0000000001", units=D(1), price=D(5))
    known = preview((row,), book, {}, accounts={"": "A"})
    assert known.items[0].entries[0][1] == 0
    assert not known.instruments
    other = preview((replace(row, symbol="WWW.DE"),), book, {}, accounts={"": "A"})
    assert other.items[0].reasons == ("WWW.DE is IE0000000009 in the book, but IE0000000001 in the file",)


def test_totals_are_cash_by_kind_and_currency() -> None:
    told = seen(table(BUY, BUY, "2024-02-01,dividend,AAA,,,10,,1.5", "2024-02-02,fee,,,,3,,,EUR", "2024-02-03,deposit,,,,-5"))
    assert [(one.kind, one.currency, one.rows, one.cash) for one in told.totals] == [
        (Kind.BUY, "USD", 2, D(-2002)),  # 2 x (10 x 100 + 1)
        (Kind.DIVIDEND, "USD", 1, D(10)),
        (Kind.FEE, "EUR", 1, D(-3)),
        (Kind.TAX, "USD", 1, D("-1.5")),
        (Kind.DEPOSIT, "USD", 1, D(5)),
    ]


def test_a_statement_opens_an_empty_account_only() -> None:
    statement = formats.read("symbol,units,cost\nAAA,10,900\n", Hints(on=day("2024-01-01")))
    assert seen(statement).entries("A") == (Opening(day("2024-01-01"), 0, D(10), D(900), day("2024-01-01")),)
    assert statuses(seen(statement, Flow(day("2023-01-01"), D(5)))) == [Status.BROKEN]
    both = seen(statement + table(BUY))
    assert statuses(both) == [Status.LEFT_OUT, Status.READY]
    assert statuses(seen(statement + table(BUY), take={Kind.HOLDING})) == [Status.READY, Status.LEFT_OUT]


def test_entries_are_posted_by_date_and_in_the_order_of_the_source_within_a_day() -> None:
    lines = ["2024-01-02,deposit,,,,9000", "2024-01-02,buy,AAA,1,5", "2024-01-03,sell,AAA,1,6"]
    forward = seen(table(*lines)).entries("A")
    assert [type(entry) for entry in forward] == [Flow, Fill, Fill]
    assert seen(table(*reversed(lines))).entries("A") == forward  # newest first


def test_a_split_by_ratio_asks_what_is_held() -> None:
    told = seen(table("2024-05-01,split,AAA,,,,,,,,2:1", BUY, "2024-06-01,split,AAA,,,,,,,,1/10", "2024-05-01,buy,AAA,1,50"))
    # 10 units become 20; with the unit bought on that day 21, of which 9 in 10 go
    splits = [entry for item in told.items for entry in item.entries if isinstance(entry, Split)]
    assert splits == [Split(day("2024-05-01"), 0, D(10), ZERO), Split(day("2024-06-01"), 0, D("-18.9"), ZERO)]
    assert "no units are held" in seen(table("2024-05-01,split,AAA,,,,,,,,2:1")).items[0].reasons[0]


def test_what_was_cancelled_is_not_held() -> None:
    buy = Fill(day("2024-01-03"), 0, D(7), D(100), D(-700), D(1), "")
    told = seen(table("2024-05-01,split,AAA,,,,,,,,2:1"), buy, buy, Cancel(day("2024-01-04"), 1))
    assert told.entries("A") == (Split(day("2024-05-01"), 0, D(7), ZERO),)


def test_cash_for_a_fraction_says_how_large_it_was() -> None:
    held = Opening(day("2024-01-01"), 0, D(15), D(900), day("2024-01-01"))
    told = seen(table("2024-05-01,split,AAA,-8,,2.5,,,,,1:2"), held)
    assert told.entries("A") == (Split(day("2024-05-01"), 0, D(-8), D("2.5"), "", D("0.5")),)  # 7.5 due, 7 came


def test_cash_for_more_than_a_fraction_of_a_unit_is_a_question() -> None:
    # the source split 7 units 3:2 into 10 and paid for half a unit; the book holds 9, of which 1.5 would have been paid
    rows = table("2024-01-03,buy,AAA,9,100", "2024-02-01,split,AAA,3,,12.50,,,,,3:2")
    told = seen(rows)
    assert statuses(told) == [Status.READY, Status.BROKEN]
    assert "9 units are held before the split, which leaves 1.5 for cash" in told.items[1].reasons[0]


@pytest.mark.parametrize(
    "line",
    [
        "2024-01-04,buy,AAA,-10,100,1000",  # units and money run the other way: a purchase that was taken back
        "2024-01-04,buy,AAA,10,100,1000",
        "2024-01-04,sell,AAA,5,100,-500",
        "2024-01-04,deposit,,,,-50",
        "2024-01-04,withdrawal,,,,50",
    ],
)
def test_signs_against_the_kind_are_a_question_where_the_table_has_signs(line: str) -> None:
    told = seen(table("2024-01-03,buy,AAA,10,100,-1000", line))
    assert statuses(told) == [Status.READY, Status.BROKEN]
    assert "cancellation" in told.items[1].reasons[0]


def test_units_beside_a_word_for_money_are_a_question() -> None:
    # a column that says in which part of an account (cash, margin) a purchase was booked is no column of kinds
    rows = formats.read("date,type,symbol,units,price,amount\n2025-01-30,Cash,AAA,5,250.10,-1250.50\n2025-01-30,Cash,,,,7\n")
    told = seen(rows)
    assert statuses(told)[0] is Status.BROKEN
    assert "one for money alone" in told.items[0].reasons[0]
    assert told.items[1].row.problems == ()


def test_without_signs_the_kind_decides() -> None:
    told = seen(table("2024-01-03,buy,AAA,10,100,1000", "2024-01-04,sell,AAA,5,100,500", "2024-01-05,withdrawal,,,,50"))
    assert [entry.amount for entry in told.entries("A")] == [D(-1000), D(500), D(-50)]  # type: ignore[union-attr]


def test_a_purchase_below_zero_is_a_question_in_any_table() -> None:
    assert statuses(seen(table("2024-01-03,buy,AAA,-10,100,1000"))) == [Status.BROKEN]


def test_an_exchange_and_a_spin_off_say_what_comes() -> None:
    told = seen(table("2024-05-01,exchange,,,,-1100,2,,USD,,,EUR,1000", "2024-05-02,spin-off,AAA,,,,,,,,,NEW,5,0.2"))
    assert told.entries("A") == (
        Exchange(day("2024-05-01"), "", D(1100), "EUR", D(1000), D(2)),
        SpinOff(day("2024-05-02"), 0, 1, D(5), D("0.2")),
    )
    assert statuses(seen(table("2024-05-01,exchange,,,,1100,,,USD,,,EUR,1000"))) == [Status.BROKEN]


@pytest.mark.parametrize(
    ("amount", "gross"),
    [("1000", "1000"), ("-1000", "1000"), ("1001", "1000"), ("1000.004", "1000.004"), ("", "1000")],
)
def test_the_amount_of_a_purchase_may_be_before_or_after_the_fee(amount: str, gross: str) -> None:
    fill = seen(table(f"2024-01-03,buy,AAA,10,100,{amount},1")).entries("A")[0]
    assert isinstance(fill, Fill)
    assert (fill.amount, fill.cost) == (-D(gross), D(1))


def test_an_amount_that_fits_nothing_is_a_question_and_a_bond_has_percent() -> None:
    assert "which is right?" in seen(table("2024-01-03,buy,AAA,10,100,1234,1")).items[0].reasons[0]
    fill = seen(table("2024-01-03,buy,AAA,10000,98.5,9850,")).entries("A")[0]
    assert fill[:5] == (day("2024-01-03"), 0, D(10000), D("0.985"), D(-9850))


def test_a_fee_above_zero_is_a_refund_where_the_table_has_signs() -> None:
    unsigned = seen(table("2024-01-03,fee,,,,3", "2024-01-04,fee refund,,,,1", "2024-01-05,interest charge,,,,2"))
    assert [entry[1] for entry in unsigned.entries("A")] == [D(3), D(-1), D(-2)]
    signed = seen(table("2024-01-03,fee,,,,-3", "2024-01-04,fee,,,,1"))
    assert [entry[1] for entry in signed.entries("A")] == [D(3), D(-1)]


def test_hundredths_of_a_currency_become_the_currency() -> None:
    told = seen(table("2024-01-03,buy,LLL,100,250.5,,50,,GBp"))
    assert told.entries("A") == (Fill(day("2024-01-03"), 1, D(100), D("2.505"), D("-250.50"), D("0.5"), "", "GBP"),)


def test_a_fill_of_a_known_future_moves_no_cash() -> None:
    book = (Instrument("FFF", Contract.FUTURE, multiplier=D(50)),)
    told = preview(table("2024-01-03,buy,FFF,1,4800,,2"), book, {}, accounts={"": "A"})
    assert told.entries("A") == (Fill(day("2024-01-03"), 0, D(1), D(4800), ZERO, D(2), ""),)


def test_a_commission_in_another_currency_is_a_fee_of_its_own() -> None:
    row = Row(1, Kind.BUY, day("2024-01-03"), "AAA", units=D(1), amount=D(-5), fee=D(2), currency="EUR", fee_currency="USD")
    told = preview((row,), (Instrument("AAA"),), {}, accounts={"": "A"})
    assert told.entries("A") == (
        Fill(day("2024-01-03"), 0, D(1), D(5), D(-5), ZERO, "", "EUR"),
        Fee(day("2024-01-03"), D(2), "AAA"),
    )


def test_a_withheld_tax_stands_beside_its_dividend() -> None:
    told = seen(table("2024-02-01,dividend,AAA,,,10,,1.5"))
    assert told.entries("A") == (Dividend(day("2024-02-01"), 0, D(10)), Tax(day("2024-02-01"), D("1.5"), 2024, "AAA"))
    assert told.items[0].remarks == ("the amount is taken as before tax and fee",)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2024-01-03,transfer out,AAA,-5,", "move them by hand"),
        ("2024-01-03,transfer in,AAA,5,", "neither what the position cost"),
        ("2024-01-03,opening,AAA,-5,10", "short"),
        ("2024-01-03,merger,AAA,,", "units are missing"),
        ("2024-01-03,spin-off,AAA,,,,,,,,,NEW,5", "share of the cost"),
        ("2024-01-03,buy,AAA,1,5,,,,dollars", "not a currency"),
        ("2024-01-03,buy,,1,5", "no instrument"),
        (f"2024-01-03,buy,{'A' * 70},1,5", "no name"),
        ("2024-01-03,dividend,AAA", "amount is missing"),
    ],
)
def test_what_cannot_be_booked_says_why(line: str, reason: str) -> None:
    told = seen(table(line))
    assert statuses(told) == [Status.BROKEN]
    assert reason in told.items[0].reasons[0]


def test_rows_without_an_account_need_one() -> None:
    told = preview(table(BUY), (), {})
    assert told.items[0].reasons == ("the source names no account: say which one it is",)


def test_nothing_of_a_file_that_is_cut_off_is_taken() -> None:
    told = previewed(sample("ofx1.qfx")[:-20])
    assert not told.ready
    assert "cut off" in " ".join(told.of(Status.BROKEN)[-1].reasons)


def test_ambiguous_days_are_a_question_unless_the_caller_or_the_file_answers() -> None:
    text = "date,type,symbol,units,price\n03/04/2024,buy,AAA,1,5\n"
    assert "say whether the day comes first" in formats.read(text)[0].problems[0]
    assert formats.read(text, Hints(dayfirst=True))[0].when == day("2024-04-03")
    assert formats.read(text + "13/04/2024,buy,AAA,1,5\n")[0].when == day("2024-04-03")
    assert formats.read(text + "04/13/2024,buy,AAA,1,5\n")[0].when == day("2024-03-04")


def test_rows_of_a_query_are_read_without_loss() -> None:
    record = {
        "Trade_Date": day("2024-01-03"),
        "Side": "BUY",
        "Ticker": "AAA",
        "Qty": 10,
        "Price": 0.1,
        "Fee": Decimal("1.10"),
        "x": None,
    }
    (row,) = generic.mapped([record])
    assert (row.when, row.kind, row.units, row.price, row.fee) == (day("2024-01-03"), Kind.BUY, D(10), D("0.1"), D("1.10"))
    (odd,) = generic.mapped([record | {"Price": float("nan")}])
    assert odd.problems == ("price: 'nan' is not a number",)
    assert generic.mapped([]) == ()
