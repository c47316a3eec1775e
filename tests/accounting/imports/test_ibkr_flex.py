"""The rarer records of IBKR Flex."""

from __future__ import annotations

import pytest

from tests.accounting.imports.sampled import D, day, previewed, sample
from trimtab.accounting.imports.preview import Status
from trimtab.core.entries import Delisting, Dividend, Entry, Fee, Fill, Payout, ReturnOfCapital, Split

OF = 'accountId="U1" currency="USD" assetCategory="STK" symbol="AAA"'
TRADE = f'{OF} tradeDate="20240105" quantity="1" tradePrice="5" proceeds="-5"'
GONE = OF.replace("AAA", "AAA.OLD")
OLD = f'<CorporateAction {GONE} type="IC" reportDate="20240105" quantity="-50" actionID="1"/>'


def statement(inside: str) -> str:
    return f"<FlexQueryResponse><FlexStatements><FlexStatement>{inside}</FlexStatement></FlexStatements></FlexQueryResponse>"


def posted(inside: str) -> tuple[Entry, ...]:
    return previewed(statement(inside)).entries("U1")


@pytest.mark.parametrize(
    ("inside", "entries"),
    [
        (
            f'<CashTransaction {OF} dateTime="20240105" amount="2" type="Payment In Lieu Of Dividends"/>',
            (Dividend(day("2024-01-05"), 0, D(2), "", Payout.ORDINARY),),
        ),
        (
            f'<CashTransaction {OF} dateTime="20240105" amount="2" type="Dividends" description="A (Return of Capital)"/>',
            (ReturnOfCapital(day("2024-01-05"), 0, D(2)),),
        ),
        (
            f'<Trade {TRADE} ibCommission="-2" ibCommissionCurrency="EUR"/>',
            (Fill(day("2024-01-05"), 0, D(1), D(5), D(-5), D(0), ""), Fee(day("2024-01-05"), D(2), "AAA", "EUR")),
        ),
        (
            f'<CorporateAction {OF} type="DW" reportDate="20240105" quantity="-5" proceeds="0"/>',
            (Delisting(day("2024-01-05"), 0, D(-5), D(0)),),
        ),
        (  # an exchange for cash
            f'<CorporateAction {OF} type="TC" reportDate="20240105" quantity="-5" proceeds="40"/>',
            (Delisting(day("2024-01-05"), 0, D(-5), D(40)),),
        ),
        (  # a new number, and fewer units of it
            f'{OLD}<CorporateAction {OF} type="IC" reportDate="20240105" quantity="10" actionID="1"/>',
            (Split(day("2024-01-05"), 0, D(-40), D(0)),),
        ),
    ],
)  # fmt: skip
def test_a_record_is_its_entries(inside: str, entries: tuple[Entry, ...]) -> None:
    assert posted(inside) == entries


def test_a_new_number_alone_is_nothing_to_book() -> None:
    inside = f'{OLD}<CorporateAction {OF} type="IC" reportDate="20240105" quantity="50" actionID="1"/>'
    assert [item.status for item in previewed(statement(inside)).items] == [Status.LEFT_OUT]


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        (f'<Trade {OF} tradeDate="20240105" quantity="1" tradePrice="5" proceeds="-5" buySell="BUY (Ca.)"/>', "cancellation"),
        (f'<CashTransaction {OF} dateTime="20240105" amount="2" type="Something New"/>', "is unknown"),
        (f'<CorporateAction {OF} type="RI" reportDate="20240105" quantity="5"/>', "not supported"),
        (f'<CorporateAction {OF} type="TC" reportDate="20240105" quantity="5"/>', "the other half"),
        (f'<OpenPosition {OF.replace("STK", "OPT")} position="1" reportDate="20240105"/>', "not supported"),
    ],
)
def test_what_is_not_supported_is_listed(inside: str, reason: str) -> None:
    (item,) = previewed(statement(inside)).items
    assert item.status is Status.BROKEN
    assert reason in item.reasons[0]


def test_orders_are_read_where_there_are_no_executions() -> None:
    trade = f'<Trade {OF} tradeDate="20240105" quantity="1" tradePrice="5" proceeds="-5" levelOfDetail="ORDER"/>'
    assert len(posted(trade)) == 1
    assert len(posted(trade + trade.replace("ORDER", "EXECUTION"))) == 1


def test_a_position_without_lots_is_read_by_its_summary() -> None:
    one = f'<OpenPosition {OF} reportDate="20241231" position="40" costBasisMoney="400" levelOfDetail="SUMMARY"/>'
    lot = one.replace("SUMMARY", "LOT")
    told = previewed(statement(one + lot + one.replace("AAA", "BBB")))
    assert [item.status for item in told.items] == [Status.LEFT_OUT, Status.READY, Status.READY]
    assert [new.id for new in told.instruments] == ["AAA", "BBB"]


def test_the_mark_of_the_end_is_missed() -> None:
    told = previewed(sample("ibkr_flex.csv").replace(b'"EOA","U0000001"\n"EOF"\n', b""))
    assert not told.ready
    assert "EOF" in told.items[-1].reasons[0]


def test_a_section_that_is_not_read_is_said() -> None:
    text = '"ClientAccountID","CurrencyPrimary","Mtm"\n"U1","USD","5"\n'
    (item,) = previewed(text).items
    assert "a section that is not read" in item.reasons[0]
