"""What each sample gives, worked by hand from the file and the description of its columns."""

from __future__ import annotations

import pytest

from tests.accounting.imports.sampled import FORMATS, D, day, previewed, sample
from trimtab.accounting.imports import formats
from trimtab.accounting.imports.export import export
from trimtab.accounting.imports.preview import Preview, Status, preview
from trimtab.accounting.imports.reading import NO_HINTS, Hints
from trimtab.accounting.imports.rows import Kind
from trimtab.core.entries import (
    Dividend,
    Entry,
    Exchange,
    Fee,
    Fill,
    Flow,
    Interest,
    Merger,
    Opening,
    Payout,
    ReturnOfCapital,
    Split,
    Tax,
)  # fmt: skip
from trimtab.core.households import Contract


def posted(read: Preview) -> list[Entry]:
    return [entry for item in read.items if item.status is Status.READY for entry in item.entries]


def broken(read: Preview) -> dict[int, str]:
    return {item.row.line: " ".join(item.reasons) for item in read.of(Status.BROKEN)}


def test_a_table_with_headers() -> None:
    read = previewed(sample("generic.csv"))
    assert posted(read) == [
        Flow(day("2024-01-02"), D("10000.00")),
        # 10 x 100.50 = 1,005.00 in parentheses: paid
        Fill(day("2024-01-03"), 0, D(10), D("100.50"), D("-1005.00"), D("1.00"), "t2"),
        Dividend(day("2024-02-01"), 0, D("12.34")),
        # 4 x 110.00
        Fill(day("2024-03-01"), 0, D(-4), D("110.00"), D("440.00"), D("1.00"), "t4"),
        Interest(day("2024-03-29"), D("1.05")),
    ]
    assert broken(read) == {6: "neither the change of units nor a ratio is given"}
    assert [one.id for one in read.instruments] == ["AAA"]
    assert read.accounts == ("A-1",)


def test_a_table_of_holdings() -> None:
    read = previewed(sample("holdings.csv"), Hints(on=day("2024-06-30"), currency="EUR"))
    # `12,5` leaves no doubt that the comma is decimal: so `1.000` is a thousand.
    assert posted(read) == [
        Opening(day("2024-06-30"), 0, D("12.5"), D("1250.75"), day("2021-02-03"), "EUR"),
        Opening(day("2024-06-30"), 1, D(1000), D("20000.00"), day("2024-06-30"), "EUR"),
    ]
    told = [(problem.line, problem.text, problem.blocking) for problem in read.problems]
    assert told == [(3, "date of purchase unknown: the date of the statement is taken", False)]
    assert set(broken(previewed(sample("holdings.csv"))).values()) == {"the date is missing"}


def test_ghostfolio_text() -> None:
    read = previewed(sample("ghostfolio.csv"))
    assert posted(read) == [
        Fee(day("2021-09-01"), D(49)),
        Fill(day("2021-09-16"), 0, D(5), D("298.580"), D("-1492.90"), D("19.00"), ""),  # 5 x 298.58
        Dividend(day("2021-11-17"), 0, D("3.10")),  # 5 x 0.62
        Fill(day("2022-01-05"), 1, D(-2), D("300.00"), D("600.00"), D("1.50"), ""),
    ]
    assert [(one.id, one.isin) for one in read.instruments] == [("AAA", ""), ("US0000000002", "US0000000002")]
    assert "valued by hand" in broken(read)[6]


def test_money_of_ghostfolio_is_worked_out_in_cents() -> None:
    # 2 units at 0.333 are 0.666, which is 0.67; 7 at 1.05 pence are 7.35 pence, which are 7 pence
    text = sample("ghostfolio.csv").decode().splitlines()[0]
    read = previewed(f"{text}\n03-02-2024,AAA,YAHOO,USD,0.333,2,dividend,0,\n04-02-2024,LLL.L,YAHOO,GBp,1.05,7,dividend,0,\n")
    assert [item.entries[0].amount for item in read.items] == [D("0.67"), D("0.07")]  # type: ignore[union-attr]


def test_ghostfolio_json() -> None:
    read = previewed(sample("ghostfolio.json"))
    assert posted(read) == [
        Fill(day("2021-09-16"), 0, D(5), D("298.58"), D("-1492.90"), D(19), ""),
        Dividend(day("2021-11-17"), 0, D("3.10")),
        Fill(day("2021-12-01"), 1, D(100), D("2.505"), D("-250.50"), D(0), "", "GBP"),  # 250.5 pence
        Interest(day("2021-12-31"), D("3.21")),
    ]
    assert {item.account for item in read.items} == {"Broker", "A"}


def test_portfolio_performance_account_in_german() -> None:
    read = previewed(sample("portfolio_performance_account_de.csv"))
    assert posted(read) == [
        Flow(day("2024-01-15"), D("5000.00"), "EUR"),
        # net 1,004.99 = 1,000.00 + 4.99 of fees; ten units
        Fill(day("2024-01-16"), 0, D(10), D(100), D("-1000.00"), D("4.99"), "", "EUR"),
        Dividend(day("2024-03-15"), 0, D("10.09"), "EUR"),  # net 8.50 + tax 1.59
        Tax(day("2024-03-15"), D("1.59"), 2024, "WWW.DE", "EUR"),
        Fill(day("2024-06-03"), 0, D(-5), D(108), D("540.00"), D("5.00"), "", "EUR"),  # net 520 + fees 5 + tax 15
        Tax(day("2024-06-03"), D("15.00"), 2024, "WWW.DE", "EUR"),
        Interest(day("2024-06-30"), D("-3.21"), "EUR"),
        Fee(day("2024-07-01"), D("-4.90"), "", "EUR"),  # a refund
        Flow(day("2024-07-02"), D("-100.00"), "EUR"),
    ]


def test_portfolio_performance_portfolio_in_english() -> None:
    # The sign of a value is turned round here; the kinds decide, so that the same trades come out.
    read = previewed(sample("portfolio_performance_portfolio_en.csv"))
    assert posted(read) == [
        Fill(day("2024-01-16"), 0, D(10), D(100), D("-1000.00"), D("4.99"), "", "EUR"),
        Opening(day("2024-02-01"), 1, D(3), D("1500.00"), day("2024-02-01"), "EUR"),
        Fill(day("2024-06-03"), 0, D(-5), D(108), D("540.00"), D("5.00"), "", "EUR"),
        Tax(day("2024-06-03"), D("15.00"), 2024, "WWW.DE", "EUR"),
    ]


def test_ibkr_flex_markup() -> None:
    read = previewed(sample("ibkr_flex.xml"))
    assert posted(read) == [
        Fill(day("2024-01-05"), 0, D(10), D("100.5"), D(-1005), D(1), "1001"),
        Fill(day("2024-01-10"), 1, D(-5), D(20), D(100), D("2.5"), "1002", "EUR"),  # commission 2 and tax 0.5
        Exchange(day("2024-01-11"), "", D(1100), "EUR", D(1000), D(2)),  # 1,000 EUR bought at 1.10
        Fill(day("2024-01-12"), 2, D(1), D("4800.25"), D(0), D("2.1"), "1004"),  # a future moves no cash but its cost
        Dividend(day("2024-03-01"), 0, D("2.5")),
        Tax(day("2024-03-01"), D("0.38"), 2024, "AAA CASH DIVIDEND USD 0.25 - US TAX"),
        Flow(day("2024-03-02"), D(-750)),
        Interest(day("2024-03-03"), D("-1.2")),
        Fee(day("2024-03-04"), D("1.5"), "MARKET DATA"),
        Split(day("2024-06-10"), 0, D(30), D(0)),
        Split(day("2024-07-01"), 3, D(-90), D(0)),  # 100 of the old number out, 10 of the new one in
        Merger(day("2024-08-01"), 4, D(-20), 5, D(10), D(40)),
    ]
    future = read.instruments[2]
    assert (future.id, future.contract, future.multiplier) == ("FFH4", Contract.FUTURE, D(50))
    assert [one.id for one in read.instruments] == ["AAA", "EEE", "FFH4", "BBB", "CCC", "DDD"]
    assert set(broken(read)) == {11, 27}  # an option; a spin-off without its share of the cost
    left = {item.row.line for item in read.of(Status.LEFT_OUT)}
    assert left == {19, 30, 31, 34, 35}  # summaries, and the statement that the transactions make up


def test_ibkr_flex_positions_alone_open_an_account() -> None:
    text = sample("ibkr_flex.xml").decode()
    statement = text[: text.index("<Trades>")] + text[text.index("<OpenPositions>") :]
    assert posted(previewed(statement)) == [
        Opening(day("2024-12-31"), 0, D(40), D(1006), day("2024-01-05")),
        Flow(day("2024-12-31"), D("500.32")),
    ]


def test_ibkr_flex_delimited_says_what_the_markup_says() -> None:
    read = previewed(sample("ibkr_flex.csv"))
    assert posted(read) == [
        Fill(day("2024-01-05"), 0, D(10), D("100.5"), D(-1005), D(1), "1001"),
        Dividend(day("2024-03-01"), 0, D("2.5")),
    ]
    markup = {item.row.external: item.key for item in previewed(sample("ibkr_flex.xml")).items}
    assert [item.key for item in read.items] == [markup["1001"], markup["2001"]]


def test_schwab_positions() -> None:
    read = previewed(sample("schwab.csv"))
    on = day("2024-03-28")
    assert posted(read) == [
        Opening(on, 0, D(1000), D("40123.45"), on),
        Opening(on, 1, D("25.5"), D("2550.00"), on),  # no cost: 25.5 x 100.00
        Flow(on, D("1234.56")),
    ]
    assert "cost unknown: the value on that day is taken" in [problem.text for problem in read.problems]
    assert read.accounts == ("Individual ...123",)
    assert read.instruments[0].contract is Contract.SHARE


def test_a_missing_line_of_schwab_shows_in_the_total() -> None:
    lines = sample("schwab.csv").decode().splitlines(keepends=True)
    told = broken(previewed("".join(lines[:4] + lines[5:])))
    # 50,000.00 + 1,234.56 = 51,234.56, and the total says 53,784.56
    assert told == {6: "the lines add up to 51234.56, the total says 53784.56: is a line missing?"}
    assert "does not end with its total" in " ".join(broken(previewed("".join(lines[:-1]))).values())


def test_ofx_of_the_first_version() -> None:
    read = previewed(sample("ofx1.qfx"))
    assert posted(read) == [
        # total -1,006.50 = -(1,005.00 + commission 1 + fees 0.50)
        Fill(day("2024-01-05"), 0, D(10), D("100.5"), D("-1005.00"), D("1.5"), "f1"),
        Fill(day("2024-02-01"), 1, D("-2.5"), D(20), D(50), D(1), "f2"),  # 49 + 1
        Dividend(day("2024-03-01"), 1, D(10), "", Payout.GAIN),
        Fill(day("2024-03-01"), 1, D("0.5"), D(20), D(-10), D(0), "f3/units"),
        Dividend(day("2024-03-15"), 0, D("2.50")),  # 2.12 and 0.38 withheld
        Tax(day("2024-03-15"), D("0.38"), 2024, "AAA"),
        Flow(day("2024-01-02"), D(5000)),
        Opening(day("2024-04-01"), 0, D(5), D(450), day("2020-03-01")),  # 5 x 90
        Split(day("2024-05-01"), 0, D(15), D(0)),
        ReturnOfCapital(day("2024-06-01"), 1, D(3)),
    ]
    assert [(one.id, one.name) for one in read.instruments] == [("AAA", "Aaa Inc"), ("BBBFX", "Bbb Fund")]
    assert [item.row.kind for item in read.of(Status.LEFT_OUT)] == [Kind.HOLDING, Kind.CASH]
    assert read.items[5].row.note == "Wire & more"
    assert read.ready[0].row.external == "f5"  # by date: the deposit comes first


def test_ofx_of_the_second_version() -> None:
    on = day("2024-06-30")
    read = previewed(sample("ofx2.ofx"))
    assert posted(read) == [Opening(on, 0, D("12.5"), D(750), on, "EUR"), Flow(on, D("250.75"), "EUR")]  # 12.5 x 60
    assert read.instruments[0].isin == "IE0000000001"


def test_pyfolio_transactions() -> None:
    assert posted(previewed(sample("pyfolio.csv"))) == [
        Fill(day("2016-01-04"), 0, D(10), D("100.5"), D("-1005.00"), D(0), ""),
        Fill(day("2016-02-01"), 0, D(-4), D(110), D("440.00"), D(0), ""),
    ]


HINTS = {"holdings.csv": Hints(on=day("2024-06-28")), "schwab.csv": Hints(on=day("2024-06-28"))}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_sample_goes_out_as_our_own_table_and_comes_in_again_as_it_was(name: str) -> None:
    read = previewed(sample(name), HINTS.get(name, NO_HINTS))
    assert read.accounts
    for account in read.accounts:
        entries = read.entries(account)
        text = export(account, entries, read.instruments)
        again = preview(formats.read(text), read.instruments, {})
        assert again.entries(account) == entries
        assert not again.instruments
        assert not [problem for problem in again.problems if problem.blocking]
