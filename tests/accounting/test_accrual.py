"""What time does to a book: dividends on their ex-dates, reinvested or paid, and interest on cash. Worked by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from trimtab.accounting.accrual import Accrual
from trimtab.accounting.conditions import Conditions
from trimtab.accounting.ledger import Ledger
from trimtab.accounting.marks import Track, mark
from trimtab.core.entries import Dividend, Entry, Fee, Fill, Flow, Interest
from trimtab.core.money import UNROUNDED, ZERO, Currency
from trimtab.core.values import Asset
from trimtab.costs.carrying import Carrying
from trimtab.costs.financing import Cash

SESSIONS = np.busday_offset("2020-01-02", np.arange(5))
DATES = SESSIONS.tolist()  # Thursday 2 January to Wednesday 8 January


FLAT = (1.0, 1.0, 1.0, 1.0, 1.0)


def conditions(
    closes: list[float], dividends: list[float] | None = None, *, bills: Sequence[float] = FLAT, years: Sequence[float] = FLAT
) -> Conditions:
    """One asset over five sessions."""
    paid = None if dividends is None else np.array(dividends)[:, None]
    return Conditions(SESSIONS, np.array(closes)[:, None], paid, np.array(bills), np.array(years))


def account(world: Conditions, cash: str, units: str, *, digits: int | None = None, spread: float = 0.0) -> Accrual:
    """An account with `cash` and `units` of the asset on the first session."""
    ledger = Ledger(1)
    ledger.post(Flow(DATES[0], Decimal(cash)))
    ledger.units[0] = Decimal(units)
    return Accrual(ledger, Track(), world, Cash("bills", spread), Currency(), digits, 0)


def made(accrual: Accrual) -> list[Entry]:
    """Entries after the first flow."""
    return accrual.ledger.entries[1:]


def test_a_dividend_that_is_paid_stays_in_cash() -> None:
    # 100 units, 0.505 each, on the third session: 50.50
    accrual = account(conditions([25.0] * 5, [0, 0, 0.505, 0, 0]), "10", "100")
    accrual.to(1)
    assert made(accrual) == []
    accrual.to(4)
    assert made(accrual) == [Dividend(DATES[2], 0, Decimal("50.50"))]
    assert accrual.ledger.cash == Decimal("60.50")
    assert accrual.reserved == 0


@pytest.mark.parametrize(
    ("digits", "units", "amount", "left"),
    [
        (8, "1.66666666", "-50.00", "10.00"),  # 50 / 30 = 1.66666666..., worth 49.9999998, which is 50.00
        (2, "1.66", "-49.80", "10.20"),  # 1.66 * 30 = 49.80
        (0, "1", "-30.00", "30.00"),
    ],
)
def test_a_dividend_is_reinvested_at_the_close_of_the_ex_date(digits: int, units: str, amount: str, left: str) -> None:
    # 100 units, 0.50 each: 50 in cash. The close of the ex-date is 30, not the 20 before or the 40 after.
    accrual = account(conditions([20.0, 20.0, 30.0, 40.0, 40.0], [0, 0, 0.50, 0, 0]), "10", "100", digits=digits)
    accrual.to(3)
    fill = Fill(DATES[2], 0, Decimal(units), Decimal(30), Decimal(amount), ZERO, "dividend")
    assert made(accrual) == [Dividend(DATES[2], 0, Decimal("50.00")), fill]
    assert accrual.ledger.cash == Decimal(left)


def test_a_dividend_too_small_for_a_unit_stays_in_cash() -> None:
    accrual = account(conditions([30.0] * 5, [0, 0.1, 0, 0, 0]), "0", "100", digits=0)  # 10 buys no share of 30
    accrual.to(4)
    assert made(accrual) == [Dividend(DATES[1], 0, Decimal("10.00"))]


def test_a_dividend_on_a_day_without_a_price_is_reinvested_at_the_last_one_known_or_paid() -> None:
    # closes are carried by the desk; where none was ever known there is nothing to reinvest at
    accrual = account(conditions([np.nan] * 5, [0, 0.1, 0, 0, 0]), "0", "100", digits=8)
    accrual.to(4)
    assert made(accrual) == [Dividend(DATES[1], 0, Decimal("10.00"))]


def test_nobody_is_paid_for_what_is_not_held_and_unknown_is_no_dividend() -> None:
    accrual = account(conditions([30.0] * 5, [np.nan, 0.5, np.nan, 0.0, 0.0]), "100", "0")
    accrual.to(4)
    assert made(accrual) == []


def test_who_buys_at_the_open_of_the_ex_date_gets_nothing_and_who_sells_there_does() -> None:
    # 100 units on the evening before earn 100 * 0.50 = 50, whether 60 are sold or 60 bought at the open of the ex-date.
    for traded in (Decimal(-60), Decimal(60)):
        accrual = account(conditions([25.0] * 5, [0, 0.50, 0, 0, 0]), "5000", "100", digits=8)
        accrual.to(1)  # the desk brings the book to the session first, then trades at its open
        assert made(accrual) == [Dividend(DATES[1], 0, Decimal("50.00"))]
        assert accrual.reserved == 50  # cash that the trade may not spend
        accrual.ledger.post(Fill(DATES[1], 0, traded, Decimal(20), -traded * 20, ZERO, "o"))
        accrual.reinvest()  # at the close, 25: two units
        assert made(accrual)[-1] == Fill(DATES[1], 0, Decimal(2), Decimal(25), Decimal("-50.00"), ZERO, "dividend")
        assert accrual.ledger.units[0] == 100 + traded + 2
        accrual.to(4)
        assert len(made(accrual)) == 3  # and it is not paid twice


def test_interest_on_cash_is_the_growth_of_bills() -> None:
    # 1000 while bills go from 1.00 to 1.01 and 1.0302: 10.00, then 2 % on 1010 = 20.20
    accrual = account(conditions([30.0] * 5, bills=[1.0, 1.005, 1.01, 1.02, 1.0302]), "1000", "0")
    accrual.to(2)
    accrual.to(4)
    assert made(accrual) == [Interest(DATES[2], Decimal("10.00")), Interest(DATES[4], Decimal("20.20"))]


def test_borrowing_costs_bills_and_the_spread() -> None:
    # 1000 owed for half a year, bills 1 %, spread 2 % a year: 10 + 1000 * 0.02 / 2 = 20. Cash above zero knows no spread.
    world = conditions([30.0] * 5, bills=[1.0, 1.0, 1.01, 1.01, 1.01], years=[0, 0.25, 0.5, 0.5, 0.5])
    for cash, interest in (("-1000", "-20.00"), ("1000", "10.00")):
        accrual = account(world, cash, "50", spread=0.02)
        accrual.to(2)
        assert made(accrual) == [Interest(DATES[2], Decimal(interest))]


def test_interest_comes_before_the_dividend_of_the_same_day() -> None:
    # 1000 at 1 % to the ex-date: 10. Then 100 * 1.00 = 100 come in, and 1110 earn 2 %: 22.20.
    accrual = account(conditions([30.0] * 5, [0, 1.0, 0, 0, 0], bills=[1.0, 1.01, 1.0302, 1.0302, 1.0302]), "1000", "100")
    accrual.to(4)
    assert made(accrual) == [
        Interest(DATES[1], Decimal("10.00")),
        Dividend(DATES[1], 0, Decimal("100.00")),
        Interest(DATES[4], Decimal("22.20")),
    ]


def test_no_cash_no_interest_and_less_than_a_cent_is_none() -> None:
    for cash in ("0", "0.10"):
        accrual = account(conditions([30.0] * 5, bills=[1.0, 1.01, 1.02, 1.03, 1.04]), cash, "1")
        accrual.to(4)
        assert made(accrual) == []


def test_without_rounding_a_dividend_keeps_its_digits() -> None:
    accrual = account(conditions([30.0] * 5, [0, 0.123456, 0, 0, 0]), "0", "1.5")
    accrual.currency = Currency("USD", UNROUNDED)
    accrual.to(2)
    assert made(accrual) == [Dividend(DATES[1], 0, Decimal("0.1851840"))]  # 1.5 * 0.123456


def test_going_nowhere_changes_nothing() -> None:
    accrual = account(conditions([25.0] * 5, [0, 0.5, 0, 0, 0], bills=[1.0, 1.1, 1.2, 1.3, 1.4]), "1000", "100", digits=8)
    accrual.to(3)
    before = list(made(accrual))
    accrual.to(3)
    accrual.reinvest()
    assert made(accrual) == before
    assert accrual.row == 3
    assert isinstance(DATES[0], date)


# What holding costs.


def carried(world: Conditions, cash: str, units: str, *, rate: float = 0.01) -> Accrual:
    """An account that pays `rate` a year on what it holds."""
    made_ = account(world, cash, units)
    made_.holding = Carrying(rate, universe=(Asset("X"),))
    return made_


def test_a_holding_fee_is_value_times_rate_times_years() -> None:
    # 100 units at 20 for half a year at 1 %: 10.00. Then at 30, the last close before, for a quarter: 7.50.
    accrual = carried(conditions([20.0, 25.0, 30.0, 40.0, 40.0], years=[0, 0.25, 0.5, 0.75, 0.75]), "50", "100")
    accrual.to(2)
    accrual.to(3)
    assert made(accrual) == [Fee(DATES[2], Decimal("10.00"), "holding"), Fee(DATES[3], Decimal("7.50"), "holding")]
    assert accrual.ledger.cash == Decimal("32.50")
    assert accrual.track.rows == [2, 3]
    assert accrual.track.cash == [40.0, 32.5]


def test_a_holding_fee_stops_at_a_dividend_and_goes_on_from_its_price() -> None:
    # 100 units at 20 for a quarter: 5.00, on the ex-date; then at 30 for another quarter: 7.50
    accrual = carried(
        conditions([20.0, 30.0, 30.0, 30.0, 30.0], [0, 1.0, 0, 0, 0], years=[0, 0.25, 0.5, 0.5, 0.5]), "50", "100"
    )
    accrual.to(2)
    assert made(accrual) == [
        Fee(DATES[1], Decimal("5.00"), "holding"),
        Dividend(DATES[1], 0, Decimal("100.00")),
        Fee(DATES[2], Decimal("7.50"), "holding"),
    ]


def test_nothing_is_charged_for_what_is_not_held_or_where_holding_is_free_or_for_less_than_half_a_cent() -> None:
    world = conditions([20.0] * 5, years=[0, 0.25, 0.5, 0.75, 1.0])
    unpriced = conditions([np.nan] * 5, years=[0, 0.25, 0.5, 0.75, 1.0])
    for accrual in (carried(world, "50", "0"), carried(world, "50", "100", rate=0.0), carried(world, "50", "0.01")):
        accrual.to(4)
        assert made(accrual) == []
    silent = carried(unpriced, "50", "0")
    silent.to(4)
    assert made(silent) == []


def test_marks_take_off_what_holding_will_cost_session_by_session() -> None:
    """Regression: wealth knew nothing of the fee until the next trade, and of the last one never."""
    world = conditions([20.0] * 5, years=[0, 0.25, 0.5, 0.75, 1.0])
    accrual = carried(world, "1000", "100")
    accrual.track.note(0, accrual.ledger)
    accrual.to(4)
    found = mark(accrual.track, world, Cash("bills"), last=4, holding=accrual.holding)
    assert found.wealth.tolist() == [3000.0, 2995.0, 2990.0, 2985.0, 2980.0]
    early = Track()
    early.note(0, account(world, "1000", "100").ledger)
    assert mark(early, world, Cash("bills"), last=4, holding=accrual.holding).wealth.tolist() == found.wealth.tolist()
