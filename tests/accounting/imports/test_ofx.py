"""The rarer records of OFX, and its tags that are never closed."""

from __future__ import annotations

import pytest

from tests.accounting.imports.sampled import D, day, previewed
from trimtab.accounting.imports import formats, tags
from trimtab.accounting.imports.preview import Status
from trimtab.accounting.imports.rows import Kind
from trimtab.core.entries import Entry, Fee, Fill, Flow, Interest, Tax

AAA = "<SECID><UNIQUEID>1<UNIQUEIDTYPE>CUSIP</SECID>"
ON = "<INVTRAN><FITID>x<DTTRADE>20240105</INVTRAN>"


def bank(kind: str, amount: int) -> str:
    return f"<INVBANKTRAN><STMTTRN><TRNTYPE>{kind}<DTPOSTED>20240105<TRNAMT>{amount}</STMTTRN></INVBANKTRAN>"


def statement(inside: str) -> str:
    return f"<OFX><INVSTMTRS><CURDEF>USD<INVACCTFROM><ACCTID>9</INVACCTFROM>{inside}</INVSTMTRS></OFX>"


def posted(inside: str) -> tuple[Entry, ...]:
    return previewed(statement(inside)).entries("9")


def test_an_empty_leaf_that_is_never_closed_swallows_nothing() -> None:
    root, fault = tags.parse("<OFX><A><MEMO><UNITS>10<B><C>1</B></A><A><UNITS>11</A></OFX>")
    assert not fault
    assert [tag.flat()["UNITS"] for tag in root.all("A")] == ["10", "11"]
    assert [len(tag.inside) for tag in root.all("A")] == [3, 1]


def test_a_nest_that_is_too_deep_is_refused() -> None:
    assert "too deep" in tags.parse("<OFX>" + "<A>" * 100 + "</A>" * 100 + "</OFX>")[1]


def test_a_bond_is_bought_with_the_interest_that_accrued() -> None:
    inside = f"<BUYDEBT><INVBUY>{ON}{AAA}<UNITS>1000<UNITPRICE>98.5<COMMISSION>2<TOTAL>-992</INVBUY><ACCRDINT>5</BUYDEBT>"
    # 1,000 at 98.5 % are 985; with commission 2 and interest 5 it is 992.
    assert posted(inside) == (
        Fill(day("2024-01-05"), 0, D(1000), D("0.985"), D(-985), D(2), "x"),
        Interest(day("2024-01-05"), D(-5)),
    )


def test_what_is_withheld_from_a_sale_is_a_tax() -> None:
    inside = f"<SELLSTOCK><INVSELL>{ON}{AAA}<UNITS>-10<UNITPRICE>5<FEES>1<WITHHOLDING>4<TOTAL>45</INVSELL></SELLSTOCK>"
    assert posted(inside) == (  # 45 + 1 + 4
        Fill(day("2024-01-05"), 0, D(-10), D(5), D(50), D(1), "x"),
        Tax(day("2024-01-05"), D(4), 2024, "1"),
    )


@pytest.mark.parametrize(
    ("inside", "entry"),
    [
        (f"<MARGININTEREST>{ON}<TOTAL>-3</MARGININTEREST>", Interest(day("2024-01-05"), D(-3))),
        (f"<INVEXPENSE>{ON}{AAA}<TOTAL>-2</INVEXPENSE>", Fee(day("2024-01-05"), D(2))),
        (bank("FEE", -2), Fee(day("2024-01-05"), D(2))),
        (bank("INT", 2), Interest(day("2024-01-05"), D(2))),
        (bank("XFER", -2), Flow(day("2024-01-05"), D(-2))),
    ],
)  # fmt: skip
def test_money_that_moves_by_itself(inside: str, entry: Entry) -> None:
    assert posted(inside) == (entry,)


def test_what_is_not_supported_is_listed() -> None:
    option = f"<BUYOPT><INVBUY>{ON}{AAA}<UNITS>1<UNITPRICE>5<TOTAL>-500</INVBUY></BUYOPT>"
    short = f"<POSSTOCK><INVPOS>{AAA}<POSTYPE>SHORT<UNITS>5<UNITPRICE>4<AVGCOSTBASIS>3<DTPRICEASOF>20240105</INVPOS></POSSTOCK>"
    journal = f"<JRNLFUND>{ON}<TOTAL>5</JRNLFUND>"
    assert [row.kind for row in formats.read(statement(journal))] == [Kind.NOTE]
    for inside, reason in ((option, "options are not supported"), (short, "short")):
        (item,) = previewed(statement(inside)).items
        assert item.status is Status.BROKEN
        assert reason in item.reasons[0]
    assert "no investment statement" in formats.read("<OFX><STMTRS></STMTRS></OFX>")[0].problems[0]
