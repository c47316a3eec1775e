"""What selling is taxed: laws against the reading aloud, the exact 3.4 % of METHODS 10, dates, orders, pools, speed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.accounting.taxes.law import Plain, lot
from trimtab.accounting.taxes.least import LeastTax
from trimtab.accounting.taxes.selling import SaleTax, next_year, pooled
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.taxes import Lot, LotMethod, Selling, Term

LAW = Plain()
PLAIN = SaleTax(LAW)
JUNE, DECEMBER = date(2024, 6, 3), date(2024, 12, 31)


def one(*lots: Lot, when: date = JUNE, price: float = 100.0, tax: SaleTax = PLAIN, nav: float = 1000.0) -> Selling:
    return tax([lots], np.array([price]), nav, when)


def aloud(each: Lot, price: float, when: date) -> float:
    """The tax of a lot as a fraction of what it is worth, one at a time."""
    worth = float(each.units) * price
    rate = 0.408 if LAW.term(each.acquired, when) is Term.SHORT else 0.238
    return (worth - float(each.cost)) / worth * rate


@st.composite
def books(draw: st.DrawFn) -> list[list[Lot]]:
    day = st.integers(0, 900).map(lambda back: JUNE - timedelta(days=back))
    some = st.builds(lambda d, u, c: Lot("1", 0, d, d, Decimal(u), Decimal(c)), day, st.integers(1, 9), st.integers(1, 2000))
    rows = draw(st.lists(st.lists(some, max_size=5), min_size=1, max_size=4))
    return [sorted((each._replace(asset=a) for each in row), key=lambda e: e.opened) for a, row in enumerate(rows)]


# Laws.


@settings(max_examples=60, deadline=None)
@given(books(), st.sampled_from(list(LotMethod)))
def test_every_lot_is_a_tranche_and_its_tax_is_that_of_the_lot_alone(lots: list[list[Lot]], method: LotMethod) -> None:
    prices = 50.0 + 50.0 * np.arange(len(lots))
    found = SaleTax(LAW, method)(lots, prices, 1e4, JUNE)
    for a, row in enumerate(lots):
        size = len(row)
        assert found.weights[a, :size].sum() == pytest.approx(sum(float(e.units) for e in row) * prices[a] / 1e4, abs=1e-12)
        assert not found.weights[a, size:].any()
        assert not found.now[a, size:].any()
        if method is LotMethod.AVERAGE:
            continue
        alone = sorted((aloud(e, prices[a], JUNE), float(e.units) * prices[a] / 1e4) for e in row)
        own = sorted(zip(found.now[a, :size], found.weights[a, :size], strict=True))
        np.testing.assert_allclose(np.reshape(own, (-1, 2)), np.reshape(alone, (-1, 2)), rtol=1e-12, atol=1e-12)
        if method is LotMethod.MIN_TAX:
            gains = found.now[a, :size] > 0.0
            assert (np.diff(found.now[a, :size][gains]) >= 0.0).all()  # the tax of gains rises
            assert (np.diff(gains.astype(int)) >= 0).all()  # after all losses


@settings(max_examples=60, deadline=None)
@given(books())
def test_least_tax_is_the_order_of_the_books(lots: list[list[Lot]]) -> None:
    prices = 50.0 + 50.0 * np.arange(len(lots))
    mine, theirs = (SaleTax(LAW, order=order)(lots, prices, 1e4, JUNE) for order in (None, LeastTax(LAW)))
    np.testing.assert_array_equal(mine.now, theirs.now)
    np.testing.assert_array_equal(mine.weights, theirs.weights)


@settings(max_examples=60, deadline=None)
@given(books(), st.integers(0, 400))
def test_waiting_never_costs_tax_and_losses_never_wait(lots: list[list[Lot]], days: int) -> None:
    found = SaleTax(LAW)(lots, np.full(len(lots), 80.0), 1e4, JUNE + timedelta(days=days))
    assert (found.later <= found.now).all()
    stays = (found.now <= 0.0) | (found.later == found.now)
    assert (found.wait[stays] == np.inf).all()
    assert (found.wait[~stays] > 0.0).all()
    assert (found.wait[~stays] <= 366.0 / 365.0).all()


# By hand.


def test_a_gain_of_a_fifth_held_past_one_year_saves_3_4_percent_of_the_position() -> None:
    # METHODS 10, exact: the gain is 20 % of what the position is worth; .2 * (.408 - .238) = .034. Bought on 10 June 2023,
    # long-term from 11 June 2024: 8 days after 3 June.
    found = one(lot("1", "2023-06-10", "10", "800"))
    assert found.weights[0, 0] == 1.0
    assert found.now[0, 0] == pytest.approx(0.0816, abs=1e-15)
    assert found.later[0, 0] == pytest.approx(0.0476, abs=1e-15)
    assert found.now[0, 0] - found.later[0, 0] == pytest.approx(0.034, abs=1e-15)
    assert found.wait[0, 0] == 8.0 / 365.0


def test_on_the_last_day_of_the_year_a_long_gain_is_put_off_by_a_day() -> None:
    # Long-term, .2 * .238 = .0476 now, the same a year later: .0476 / 1.04.
    found = one(lot("1", "2022-01-10", "10", "800"), when=DECEMBER)
    assert found.later[0, 0] == pytest.approx(0.0476 / 1.04, abs=1e-15)
    assert found.wait[0, 0] == 1.0 / 365.0
    far = one(lot("1", "2022-01-10", "10", "800"), when=date(2024, 9, 1))  # 122 days to January: not soon
    assert far.later[0, 0] == far.now[0, 0]
    assert far.wait[0, 0] == np.inf


def test_of_two_near_ways_the_one_that_saves_more() -> None:
    # Bought on 10 January: in 11 days the long-term rate saves .034; January alone, in 1 day, .0816 (1 - 1 / 1.04) = .0031.
    found = one(lot("1", "2024-01-10", "10", "800"), when=DECEMBER)
    assert found.now[0, 0] - found.later[0, 0] == pytest.approx(0.034, abs=1e-15)
    assert found.wait[0, 0] == 11.0 / 365.0
    # Bought on 1 December it turns in 337 days, and January is near.
    late = one(lot("1", "2024-12-01", "10", "800"), when=DECEMBER)
    assert late.later[0, 0] == pytest.approx(0.0816 / 1.04, abs=1e-15)
    assert late.wait[0, 0] == 1.0 / 365.0
    # In June neither is near: the long-term rate, however far.
    far = one(lot("1", "2024-05-31", "10", "800"))
    assert far.later[0, 0] == pytest.approx(0.0476, abs=1e-15)
    assert far.wait[0, 0] == (date(2025, 6, 1) - JUNE).days / 365.0


def test_a_loss_saves_at_the_rate_of_its_term_and_is_not_put_off() -> None:
    # 10 units at 100 cost 1,500: the loss is half of what they are worth. Short: -.204; long: -.119.
    found = one(lot("1", "2022-01-10", "10", "1500"), lot("2", "2024-05-01", "10", "1500"), when=DECEMBER)
    np.testing.assert_allclose(found.now, [[-0.204, -0.119]], atol=1e-15)
    np.testing.assert_array_equal(found.later, found.now)
    assert (found.wait == np.inf).all()


def test_methods_order_the_lots() -> None:
    # Gains a unit at 100: long 50 (taxed .119), short 40 (.1632), short 10 (.0408), long loss 20 (-.0476).
    lots = [
        lot("1", "2021-01-04", "1", "50"),
        lot("2", "2021-02-01", "1", "120"),
        lot("3", "2024-01-08", "1", "60"),
        lot("4", "2024-02-01", "1", "90"),
    ]
    taxes = {
        LotMethod.FIFO: [0.119, -0.0476, 0.1632, 0.0408],
        LotMethod.LIFO: [0.0408, 0.1632, -0.0476, 0.119],
        LotMethod.HIFO: [-0.0476, 0.0408, 0.1632, 0.119],
        LotMethod.LOWEST_GAIN: [-0.0476, 0.0408, 0.1632, 0.119],
        LotMethod.MIN_TAX: [-0.0476, 0.0408, 0.119, 0.1632],
        LotMethod.AVERAGE: [0.0476, 0.0476, 0.0816, 0.0816],  # 80 a unit: a fifth, at the rate of each lot
    }
    for method, expected in taxes.items():
        np.testing.assert_allclose(one(*lots, tax=SaleTax(LAW, method)).now[0], expected, atol=1e-15)
    youngest = SaleTax(LAW, order=lambda own, *_: sorted(own, key=lambda each: each.acquired, reverse=True))
    np.testing.assert_allclose(one(*lots, tax=youngest).now[0], taxes[LotMethod.LIFO], atol=1e-15)


def test_a_law_that_pools_has_one_tranche_an_asset_at_average_cost() -> None:
    # 10 for 500 and 30 for 2,700: 40 cost 3,200, worth 4,000. A fifth, at one rate of 24 %: .048, whatever the method.
    law = Plain("0.24", "0.24", pools=True, first=(4, 6))
    lots = lot("1", "2020-01-06", "10", "500"), lot("2", "2024-05-01", "30", "2700")
    found = one(*lots, tax=SaleTax(law, LotMethod.LIFO), nav=8000.0)
    assert found.weights.tolist() == [[0.5]]
    assert found.now[0, 0] == pytest.approx(0.048, abs=1e-15)
    assert found.wait[0, 0] == np.inf
    spring = one(*lots, tax=SaleTax(law), when=date(2025, 4, 5))
    assert spring.wait[0, 0] == 1.0 / 365.0  # the tax year begins on 6 April
    assert pooled(lots).cost == 3200


def test_the_next_tax_year() -> None:
    assert next_year(LAW, date(2024, 1, 1)) == date(2025, 1, 1)
    assert next_year(LAW, DECEMBER) == date(2025, 1, 1)
    assert next_year(Plain(first=(4, 6)), date(2024, 4, 6)) == date(2025, 4, 6)


# Degenerate.


def test_nothing_held_is_no_tranche() -> None:
    assert SaleTax(LAW)([], np.zeros(0), 1.0, JUNE).weights.shape == (0, 0)
    assert SaleTax(LAW)([(), ()], np.array([np.nan, 1.0]), 1.0, JUNE).weights.shape == (2, 0)


def test_what_is_worth_nothing_weighs_nothing() -> None:
    found = one(lot("1", "2020-01-06", "10", "500"), price=0.0)
    assert found.weights.tolist() == [[0.0]]
    assert found.now.tolist() == [[0.0]]


def test_at_the_door() -> None:
    with pytest.raises(InvariantError, match="no price"):
        one(lot("1", "2020-01-06", "10", "500"), price=np.nan)
    for nav in (0.0, -1.0, np.nan):
        with pytest.raises(InvariantError, match="net asset value"):
            one(lot("1", "2020-01-06", "10", "500"), nav=nav)
    with pytest.raises(ParameterError, match="lots of 1 assets and prices of 2"):
        SaleTax(LAW)([()], np.ones(2), 1.0, JUNE)
    with pytest.raises(ParameterError, match="discount"):
        SaleTax(LAW, discount=-0.1)
