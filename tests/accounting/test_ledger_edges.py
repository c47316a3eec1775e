"""The ledger at its edges: one unit to either side of each rule, by hand. Found by mutants that lived."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from trimtab.accounting.ledger import Ledger
from trimtab.accounting.lots import Lots
from trimtab.core.entries import Fee, Fill, Flow
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, currency

DAY, WHEN = date(2020, 1, 2), np.datetime64("2020-01-02")
ONE, CENT = Decimal(1), Decimal("0.01")


def fill(units: str, asset: int = 0, price: str = "10") -> Fill:
    """So many units at a price, without a cost."""
    count = Decimal(units)
    return Fill(DAY, asset, count, Decimal(price), Decimal(-10) * count, ZERO, "o")


def test_a_ledger_takes_base_currency_and_futures_from_its_lots() -> None:
    lots = Lots(money=currency("EUR"), futures=(1,))
    assert (Ledger(2, lots=lots).currency, Ledger(2, lots=lots).futures) == ("EUR", frozenset({1}))
    assert Ledger(2, lots=lots, futures=(0,)).futures == frozenset({0, 1})
    assert (Ledger(2).currency, Ledger(2).futures, Ledger(2).lots) == ("", frozenset(), None)


def test_the_first_asset_beyond_the_count_makes_room_for_itself() -> None:
    ledger = Ledger(1)
    ledger.fill((fill("2", asset=1),))
    assert (ledger.units, ledger.cash, ledger.counts.tolist()) == ([ZERO, Decimal(2)], Decimal(-20), [0.0, 2.0])


@pytest.mark.parametrize("bad", [{"price": Decimal("NaN")}, {"units": Decimal("NaN")}, {"amount": Decimal("NaN")}], ids=str)
def test_one_number_of_a_fill_that_is_none_is_enough_to_refuse_it(bad: dict[str, Decimal]) -> None:
    ledger = Ledger(1)
    with pytest.raises(InvariantError, match="is NaN"):
        ledger.fill((fill("1")._replace(**bad),))  # type: ignore[arg-type]
    assert (ledger.units, ledger.cash, ledger.entries, ledger.funded) == ([ZERO], ZERO, [], False)


def test_all_that_is_held_may_be_sold_beside_a_future_sold_short() -> None:
    ledger = Ledger(2, futures=(1,))
    ledger.fill((fill("3"),))
    ledger.fill((fill("-1", asset=1), fill("-3")))  # the short makes the ledger look twice at the whole batch
    assert ledger.units == [ZERO, Decimal(-1)]
    with pytest.raises(InvariantError, match="1 units of asset 0 are sold, 0 are held"):
        ledger.fill((fill("-1"),))


def test_a_fill_of_nought_is_no_purchase() -> None:
    ledger = Ledger(1)
    ledger.remember_purchases()
    ledger.fill((fill("0"), fill("2")))
    bought = ledger.bought
    assert bought is not None
    assert (bought.dates.tolist(), bought.units.tolist()) == ([DAY], [[2.0]])


def test_one_fill_among_other_entries_funds_the_account() -> None:
    ledger = Ledger(1)
    ledger.extend((Flow(DAY, Decimal(100)), Fee(DAY, ONE)))
    assert not ledger.funded
    ledger.extend((fill("1"), Fee(DAY, ONE)))
    assert ledger.funded
    ledger.extend((Fee(DAY, ONE),))
    assert ledger.funded


def test_an_account_with_a_cent_is_managed_and_one_with_nothing_is_not() -> None:
    ledger, prices = Ledger(1), np.array([1.0])
    with pytest.raises(InvariantError, match=r"the account is worth 0\.00"):
        ledger.book(WHEN, prices)
    ledger.post(Flow(DAY, CENT))
    assert ledger.book(WHEN, prices).nav == 0.01
