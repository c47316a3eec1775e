"""Implementation shortfall: the parts are what the paper trade gained more than the real one, exactly."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import DataError
from trimtab.core.money import ZERO
from trimtab.core.orders import Standing, Status, Ticket
from trimtab.core.venues import Execution
from trimtab.execution import shortfall as module
from trimtab.execution.shortfall import (
    Shortfall,
    Traded,
    by_day,
    by_order,
    by_quarter,
    pieces,
    shortfall,
    total,
    traded,
)

D = Decimal
JANUARY = date(2026, 1, 5)
prices = st.decimals("0.0001", "5000", places=4, allow_nan=False)
days = st.dates(date(2026, 1, 1), date(2027, 3, 31))


def execution(units: Decimal | int, price: str, cost: str = "0", day: date = JANUARY, name: str = "f") -> Execution:
    return Execution(name, "o", D(units), D(price), D(cost), day, "2026-01-05T15:00:00Z")


@st.composite
def trades(draw: st.DrawFn, order: str = "o") -> Traded:
    """Both sides; none, some or all filled; many fills over many days; arrival known or not; fractional units; a future."""
    side, left = draw(st.sampled_from([1, -1])), draw(st.decimals("0.001", 10**6, places=3, allow_nan=False))
    units, fills = left, []
    for k in range(draw(st.integers(0, 5))):
        part = draw(st.sampled_from([left, (left / 3).quantize(D("0.001")), D("0.001")]))
        if 0 < part <= left:
            cost = str(draw(st.decimals(-5, 50, places=2, allow_nan=False)))
            fills.append(execution(side * part, str(draw(prices)), cost, draw(days), f"f{k}"))
            left -= part
    arrival = draw(st.one_of(st.just(ZERO), prices))
    more = draw(st.sampled_from([D(1), D(50)]))
    return Traded(order, side * units, draw(prices), tuple(fills), arrival, draw(prices), draw(days), multiplier=more)


def paper_minus_real(trade: Traded) -> Fraction:
    """Perold's definition in rational arithmetic: both portfolios at the closing price, and nothing of parts."""
    close, paid = Fraction(trade.closing), Fraction(0)
    paper = Fraction(trade.units) * (close - Fraction(trade.decision)) * Fraction(trade.multiplier)
    for one in trade.executions:
        paid += Fraction(one.units) * (close - Fraction(one.price)) * Fraction(trade.multiplier) - Fraction(one.cost)
    return paper - paid


@given(trades())
@settings(max_examples=200)
def test_the_parts_are_the_gain_on_paper_less_the_real_one(trade: Traded) -> None:
    found = shortfall(trade)
    assert Fraction(found.total) == paper_minus_real(trade)
    notional = Fraction(abs(trade.units)) * Fraction(trade.decision) * Fraction(trade.multiplier)
    assert Fraction(found.paper) == notional
    assert math.fsum(found.fractions) == pytest.approx(float(paper_minus_real(trade) / notional), rel=1e-12, abs=1e-12)
    assert found.fraction == pytest.approx(math.fsum(found.fractions), rel=1e-12, abs=1e-12)


def test_the_identity_catches_opportunity_priced_from_the_arrival(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault: what was not filled counts from the arrival price, so that its delay is lost."""
    trade = Traded("o", D(10), D(40), (), D(41), D(42), JANUARY)
    assert Fraction(shortfall(trade).total) == paper_minus_real(trade) == 20
    faulty = trade._replace(decision=trade.arrival)
    monkeypatch.setattr(module, "pieces", lambda _: pieces(faulty))
    assert Fraction(module.shortfall(trade).total) != paper_minus_real(trade)


@given(st.lists(trades(), min_size=1, max_size=4))
@settings(max_examples=60)
def test_sums_by_order_day_and_quarter_are_the_same_money_and_weighted_by_notional(several: list[Traded]) -> None:
    named = [one._replace(order=f"o{k}") for k, one in enumerate(several)]
    found = [piece for one in named for piece in pieces(one)]
    whole = total(found)
    assert by_order(found) == {one.order: shortfall(one) for one in named}
    for grouped in (by_order(found).values(), by_day(found).values(), by_quarter(found).values()):
        assert sum(grouped, Shortfall()) == whole
        weighted = sum(Fraction(one.paper) * Fraction(one.total) / Fraction(one.paper) for one in grouped)
        assert weighted / Fraction(whole.paper) == Fraction(whole.total) / Fraction(whole.paper)
    assert list(by_day(found)) == sorted({piece.day for piece in found})


def test_a_buy_that_ran_away_by_hand() -> None:
    # METHODS 6.3. Buy 1000, decided at 40.00, arrived at 40.04, 700 at 40.05, fee 17, the rest cancelled at 40.08.
    # Paper 40 000. Explicit 17 = .0425 %; delay 700 * .04 = 28 = .07 %; execution 700 * .01 = 7 = .0175 %;
    # opportunity 300 * .08 = 24 = .06 %. Together 76 / 40 000 = .19 %.
    found = shortfall(Traded("o", D(1000), D("40.00"), (execution(700, "40.05", "17"),), D("40.04"), D("40.08"), JANUARY))
    assert found.parts == (17, 28, 7, 24)
    assert found.fractions == pytest.approx((0.000425, 0.0007, 0.000175, 0.0006), rel=1e-14)
    assert (found.total, found.paper, found.words) == (76, 40_000, "")
    assert found.fraction == pytest.approx(0.0019, rel=1e-14)


def test_a_sale_of_fifty_thousand_by_hand() -> None:
    # METHODS 6.3. Sell 50 000, decided at 43, sold at 40.25, commission .05 a share: 2.75 + .05 = 2.80; 2.80 / 43 = 6.51 %.
    found = shortfall(Traded("o", D(-50_000), D(43), (execution(-50_000, "40.25", "2500"),)))
    assert found.total == 140_000
    assert found.fraction == pytest.approx(0.0651, abs=5e-5)
    assert found.fraction == pytest.approx(2.80 / 43, rel=1e-14)


def test_an_arrival_that_is_not_known_counts_as_the_decision_and_it_is_said() -> None:
    fill = execution(10, "41")
    found = shortfall(Traded("o", D(10), D(40), (fill,)))
    assert found.parts == (0, 0, 10, 0)
    assert found.words == "the arrival price of the trades is not known: their delay is counted as execution"
    known = shortfall(Traded("p", D(10), D(40), (fill,), D("40.5")))
    assert known.parts == (0, 5, 5, 0)
    assert (known + found).words.startswith("the arrival price of 400 USD of the trades is not known")


def test_nothing_filled_is_all_opportunity() -> None:
    # A sale of 10 decided at 40 and never done, at 37 in the end: 3 a unit missed.
    assert shortfall(Traded("o", D(-10), D(40), (), D(39), D(37), JANUARY)).parts == (0, 0, 0, 30)


def test_a_price_that_came_towards_us_is_a_gain() -> None:
    assert shortfall(Traded("o", D(10), D(40), (execution(10, "39", "1"),), D("39.5"))).parts == (1, -5, -5, 0)


def test_fills_count_on_their_day_and_what_is_left_on_the_last() -> None:
    # 4 at 41 on 31 March, 3 at 42 on 1 April, 3 left at 43 on 2 April; decided at 40, arrival 40.
    fills = (execution(4, "41", day=date(2026, 3, 31)), execution(3, "42", day=date(2026, 4, 1), name="g"))
    found = pieces(Traded("o", D(10), D(40), fills, D(40), D(43), date(2026, 4, 2)))
    assert [one.total for one in by_day(found).values()] == [4, 6, 9]
    assert {quarter: (one.total, one.paper) for quarter, one in by_quarter(found).items()} == {
        "2026 Q1": (4, 160),
        "2026 Q2": (15, 240),
    }


def test_the_facts_of_a_standing() -> None:
    ticket = Ticket("o", "A1", "SPY", D(1000), D("40.00"))
    standing = Standing(ticket, Status.CANCELLED, filled=D(700), arrival=D("40.04"))
    trade = traded(standing, [execution(700, "40.05", "17")], D("40.08"), JANUARY)
    assert shortfall(trade).total == 76
    assert shortfall(traded(replace(standing, arrival=ZERO), trade.executions, D("40.08"), JANUARY)).parts == (17, 0, 35, 24)


def test_no_trades_have_no_fraction() -> None:
    nothing = total([], "EUR")
    assert nothing == Shortfall(currency="EUR")
    assert math.isnan(nothing.fraction)
    assert all(math.isnan(one) for one in nothing.fractions)


def test_two_currencies_do_not_add_up() -> None:
    with pytest.raises(DataError, match="in USD and EUR do not add up"):
        Shortfall() + Shortfall(currency="EUR")


@pytest.mark.parametrize(
    ("trade", "says"),
    [
        (Traded("o", D(10), ZERO, ()), "no price of its decision"),
        (Traded("o", ZERO, D(40), ()), "has no units"),
        (Traded("o", D(10), D(40), (execution(11, "41"),)), "of 10 has 11 filled"),
        (Traded("o", D(10), D(40), (execution(-1, "41"),), closing=D(41), ended=JANUARY), "go the other way"),
        (Traded("o", D(10), D(40), (execution(4, "41"),), ended=JANUARY), "6 of order o are not filled"),
        (Traded("o", D(10), D(40), (execution(4, "41"),), closing=D(41)), "6 of order o are not filled"),
    ],
)
def test_facts_that_make_no_shortfall_are_refused(trade: Traded, says: str) -> None:
    with pytest.raises(DataError, match=says):
        shortfall(trade)
