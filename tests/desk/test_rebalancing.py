"""The trades of a real account: lots as the ledger then takes them, gains and taxes as the year then counts them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.desk.desk_worlds import DAY, US, Desk, buy, desk
from trimtab.core.entries import Dividend, Flow, Payout
from trimtab.core.households import Account
from trimtab.core.orders import Standing, Status
from trimtab.core.taxes import Lot, LotMethod, Term, Wrapper
from trimtab.core.venues import Execution, Report
from trimtab.desk.rebalancing import Rebalance

DEFER = {"use": "defer_gains", "at_most": "3M"}
COSTS = {"use": "linear", "bps": 10}


def bought(one: Desk, place: str, cash: int = 1000) -> None:
    """SPY in four lots, all of it: short and long, gains and losses against 100."""
    lots = [
        (60, "80", date(2024, 1, 5)),
        (60, "120", date(2025, 3, 4)),
        (50, "90", date(2026, 1, 6)),
        (50, "104", date(2026, 4, 2)),
    ]
    fills = [buy(0, units, price, when) for units, price, when in lots]
    paid = sum((-fill.amount for fill in fills), Decimal(cash))
    one.posts(place, Flow(date(2024, 1, 2), paid), *fills)


def settles(one: Desk, orders: tuple[Standing, ...], parts: int) -> None:
    """Fill them all at their reference price, in so many parts, each with its share of the estimated cost."""
    one.orders.approve([s.id for s in orders], "bob", "yes")
    for order in orders:
        one.orders.intend(order.id, "file", order.ticket.reference)
        units, each = order.ticket.units, (order.ticket.units / parts).to_integral_value()
        counts = [each] * (parts - 1) + [units - each * (parts - 1)]
        for k, count in enumerate(filter(None, counts)):
            cost = round(order.ticket.estimate * count / units, 2)
            fill = Execution(f"{order.id}-{k}", order.id, count, order.ticket.reference, cost, DAY, "")
            one.orders.record(Report(order.id, Status.PARTIAL, "v", executions=(fill,)), "file")


def lots_of(one: Desk, place: str) -> Mapping[str, Lot]:
    return {lot.id: lot for lot in one.accounts().asked(place.partition("/")[0]).found.of(place, 0)}


def only(one: Desk, name: str = "A") -> Rebalance:
    (found,) = one.rebalances(name)
    return found


@pytest.mark.parametrize("method", [LotMethod.FIFO, LotMethod.HIFO, LotMethod.MIN_TAX], ids=lambda method: method.value)
@pytest.mark.parametrize("parts", [1, 3])
def test_the_ledger_takes_the_lots_on_the_ticket_and_the_year_counts_the_tax(
    method: LotMethod, parts: int, tmp_path: Path
) -> None:
    """An account with long-term and short-term gains enough this year, so that losses save at the rate of their term."""
    with desk(tmp_path, [Account("A", "Mueller", lots=method)], tax=US, costs=COSTS) as one:
        bought(one, "A")
        for price, when in (("10", date(2026, 2, 1)), ("10", date(2024, 2, 1))):  # sold since, at 200: room at both terms
            one.posts("A", Flow(when, Decimal(1000)), buy(2, 10, price, when))
        one.posts("A", *(buy(2, -10, "200", date(2026, 10, day)) for day in (1, 2)))
        found = only(one)
        (trade,) = (trade for trade in found.trades if trade.units < 0)
        before, tally = lots_of(one, "A"), accounts_tax(one)
        (made,) = one.proposes("A")
        settles(one, tuple(s for s in made.orders if s.ticket.units < 0), parts)
        after = lots_of(one, "A")
        left = {name: lot.units - (after[name].units if name in after else 0) for name, lot in before.items()}
        assert {name: units for name, units in left.items() if units} == dict(trade.lots)
        gains = [gain for gain in one.accounts().asked("A").found.gains["A"] if gain.asset == 0]
        regime = one.policy.tax.regime if one.policy.tax else None
        for term, told in ((Term.SHORT, trade.short), (Term.LONG, trade.long)):
            counted = sum((g.amount for g in gains if regime and regime.term(g.acquired, g.sold) is term), Decimal(0))
            assert abs(counted - told) <= Decimal("0.04")
        assert abs(accounts_tax(one) - tally - (trade.tax or 0)) <= Decimal("0.04")


def accounts_tax(one: Desk) -> Decimal:
    return one.accounts().asked("A").found.tallies["A"].assessment(2026).tax


def test_a_pool_is_sold_at_average_cost_and_taxed(tmp_path: Path) -> None:
    """UK: 220 units cost 80 x 60 + 120 x 60 + 90 x 50 + 104 x 50 = 21,700, 98.6364 each; the gain is 1.3636 a unit."""
    money = {"base_currency": "GBP", "capital": "100000 GBP", "execution": {"units": "whole"}, "tax": {"use": "uk"}}
    with desk(tmp_path, [Account("A", "Mueller", currency="GBP")], **money) as one:
        bought(one, "A")
        (trade,) = (trade for trade in only(one).trades if trade.units < 0)
        gain = -trade.units * (Decimal(100) - Decimal(21_700) / 220)
        assert abs(trade.short + trade.long - gain) < Decimal("0.01")
        assert trade.tax is not None
        assert trade.tax > 0


def test_an_untaxed_account_under_a_taxed_policy_pays_and_defers_nothing(tmp_path: Path) -> None:
    with desk(tmp_path, [Account("A", "Mueller", Wrapper.EXEMPT)], tax=US, rules=[DEFER]) as one:
        bought(one, "A")
        found = only(one)
        (trade,) = (trade for trade in found.trades if trade.units < 0)
        assert trade.tax == 0
        assert found.owed == 0
        assert trade.short or trade.long


def test_a_sale_is_divided_over_the_places_that_hold_it_with_lots_of_each(tmp_path: Path) -> None:
    """A holds 20 SPY, core 180 (ids of lots collide): of a total of 20,000 + 50 in cash 50 % stay, 100 are sold."""
    with desk(tmp_path, [Account("A", "Mueller", lots=LotMethod.HIFO)], {"core": "A"}, tax=US) as one:
        one.holds("A", 0, date(2024, 1, 3), SPY=20)
        one.holds("A/core", 50, date(2024, 1, 3), SPY=180)
        found = only(one)
        sales = [trade for trade in found.trades if trade.units < 0]
        assert [(t.place, int(t.units)) for t in sales] == [("A", -20), ("A/core", -80)]
        assert [sum(units for _, units in t.lots) for t in sales] == [-t.units for t in sales]
        (made,) = one.proposes("A")
        settles(one, made.orders, 2)
        assert one.book.holdings("A").get(0, 0) + one.book.holdings("A/core")[0] == 200 + sum(int(t.units) for t in sales)


def test_tax_that_is_owed_is_not_invested(tmp_path: Path) -> None:
    """1,000 of ordinary dividends are taxed at 40 %: 400 of the 10,100 are set aside; 50 % of 9,700 are 48 SPY."""
    with desk(tmp_path, [Account("A", "Mueller")], tax=US) as one:
        one.posts("A", Flow(date(2026, 1, 5), Decimal(9_100)), buy(0, 1, "100", date(2026, 1, 6)))
        one.posts("A", Dividend(date(2026, 2, 2), 0, Decimal(1000), payout=Payout.ORDINARY))
        found = only(one)
        assert found.owed == Decimal(400)
        assert found.book.nav == pytest.approx(9_700)
        assert {found.instruments[t.asset]: int(t.units) for t in found.trades}["SPY"] == 47
