"""What a sale is taxed on the screen and on its ticket, where purchases in sight disallow a part of its loss."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.desk.desk_worlds import US, Desk, buy, desk
from tests.desk.test_rebalancing import settles
from trimtab.core.entries import Fill, Flow
from trimtab.core.households import Account
from trimtab.core.orders import Standing
from trimtab.core.taxes import LotMethod, Wrapper
from trimtab.desk.rebalancing import Rebalance, Trade
from trimtab.surfaces.cli.review_document import account_document
from trimtab.surfaces.cli.review_screen import detail

A = Account("A", "Mueller", lots=LotMethod.MIN_TAX)
IRA = Account("B", "Mueller", Wrapper.DEFERRED)
LOSS = buy(0, 100, "120", date(2026, 2, 2))  # SPY is at 100 on 2026-11-02


def posts(one: Desk, place: str, left: int, *fills: Fill) -> None:
    """Purchases, and the cash that paid for them with some left over."""
    paid = sum((-fill.amount for fill in fills), Decimal(left))
    one.posts(place, Flow(date(2026, 1, 2), paid), *fills)


def sale(one: Desk, name: str = "") -> Trade:
    (found,) = (found for found in one.rebalances(name) if found.name == "A")
    (trade,) = (trade for trade in found.trades if trade.units < 0)
    return trade


def counted(one: Desk, orders: tuple[Standing, ...]) -> Decimal:
    """Fill the orders; what the book then counts of the sales of A: a loss that is short-term, at 40 %."""
    settles(one, orders, 1)
    gains = one.accounts().asked("A").found.gains["A"]
    return sum((gain.taxed for gain in gains), Decimal(0)) * Decimal("0.4")


def test_a_loss_is_taxed_less_what_a_purchase_of_the_last_days_takes_away(tmp_path: Path) -> None:
    """100 SPY at 120 in February, 30 at 101 on 13 October, 20 days before, and 2,050 in cash.

    Of 13,000 + 2,050, 50 % are 75 SPY: 55 are sold. MIN_TAX takes 55 of the dear lot: a loss of 55 x 20 = 1,100.
    30 units have a replacement: 1,100 x 30 / 55 = 600 are disallowed, and (1,100 - 600) x 40 % = 200 are saved, not 440.
    """
    with desk(tmp_path, [A], tax=US) as one:
        posts(one, "A", 2050, LOSS, buy(0, 30, "101", date(2026, 10, 13)))
        trade = sale(one)
        assert (trade.units, trade.short, trade.disallowed, trade.tax) == (-55, -1100, 600, -200)
        (found,) = one.rebalances("A")
        told = " ".join(" ".join(detail(found, lots=True)).split())
        assert "gains: short-term -1,100.00, long-term 0.00; wash sales disallow 600.00; tax -200.00" in told
        (said,) = (said for said in account_document(found, None)["trades"] if said["units"] == "-55")
        assert (said["disallowed"], said["tax"]) == ("600.00", "-200.00")
        (made,) = one.proposes("A")
        assert [order.ticket.tax for order in made.orders if order.ticket.units < 0] == [-200]
        assert counted(one, made.orders) == -200


@pytest.mark.parametrize(("when", "lost"), [(date(2026, 10, 3), 600), (date(2026, 10, 2), 0)])
def test_a_purchase_counts_to_the_thirtieth_day(when: date, lost: int, tmp_path: Path) -> None:
    with desk(tmp_path, [A], tax=US) as one:
        posts(one, "A", 2050, LOSS, buy(0, 30, "101", when))
        assert sale(one).disallowed == lost


def test_the_household_buys_in_the_same_proposal(tmp_path: Path) -> None:
    """A has 100 SPY and 50 in cash, and sells 50: a loss of 50 x 20 = 1,000.

    B, an IRA with 4,050 in cash, buys 20 SPY in the same batch.
    1,000 x 20 / 50 = 400 are disallowed, and 600 x 40 % = 240 are saved. A proposed without B: 400.
    """
    with desk(tmp_path, [A, IRA], tax=US) as one:
        posts(one, "A", 50, LOSS)
        one.holds("B", 4050)
        assert (sale(one, "A").disallowed, sale(one, "A").tax) == (0, -400)
        assert (sale(one).disallowed, sale(one).tax) == (400, -240)
        made = one.proposes()
        orders = tuple(order for proposed in made for order in proposed.orders)
        assert [order.ticket.tax for order in orders if order.ticket.units < 0] == [-240]
        assert counted(one, orders) == -240


def test_another_household_and_a_batch_that_is_not_proposed_take_nothing_away(tmp_path: Path) -> None:
    with desk(tmp_path, [A, replace(IRA, household="Meier"), replace(IRA, id="C")], tax=US) as one:
        posts(one, "A", 50, LOSS)
        one.holds("B", 4050)
        one.holds("C", 4050)
        one.posts("C", buy(2, 1, "200", date(2026, 11, 3)))  # has traded since: nothing is proposed for it
        found: dict[str, Rebalance] = {found.name: found for found in one.rebalances()}
        assert found["C"].exit_code == 4
        assert found["B"].exit_code == 5
        assert sale(one).disallowed == 0
