"""Lots at their edges, by hand. Found by mutants that lived."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from trimtab.accounting.lots import Lots
from trimtab.core.entries import Adjustment, Delisting, Fill, Split
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, currency, exact
from trimtab.core.taxes import Lot, LotMethod

DAY = date(2020, 1, 2)


def traded(number: int, units: int, code: str = "", *, lots: Lots, price: int = 10) -> None:
    """Post a trade of `units` at a price."""
    amount = Decimal(-price * units)
    with exact():
        lots.post(number, Fill(DAY + timedelta(days=number // 100), 0, Decimal(units), Decimal(price), amount, ZERO, "o", code))


def test_a_copy_has_the_gains_where_they_are_asked_for_and_goes_its_own_way() -> None:
    lots = Lots()
    traded(0, 2, lots=lots)
    traded(1, -1, lots=lots, price=12)
    assert (lots.copy().gains, lots.copy(gains=True).gains, lots.copy(gains=False).gains) == (lots.gains, lots.gains, [])
    other = lots.copy()
    traded(2, -1, lots=other)
    assert (len(lots.gains), len(other.gains), lots.held(0), other.held(0)) == (1, 2, 1, 0)


def test_what_was_never_held_cannot_be_adjusted() -> None:
    with pytest.raises(InvariantError, match="1 units of lot 0 of asset 3 are adjusted, which has nothing"):
        Lots().adjust(3, "0", Decimal(1), Decimal(5), 0)


@pytest.mark.parametrize("method", [LotMethod.HIFO, LotMethod.FIFO])
def test_of_two_like_lots_of_one_day_the_first_leaves_first_whatever_its_id_spells(method: LotMethod) -> None:
    lots = Lots(method)
    traded(9, 1, lots=lots)
    traded(10, 1, lots=lots)  # `10` stands before `9` in the alphabet
    traded(11, -1, lots=lots)
    assert [(one.lot) for one in lots.gains] == ["9"]


def test_no_code_and_the_code_of_the_base_are_one_currency() -> None:
    lots = Lots(money=currency("USD"))
    traded(0, 2, "", lots=lots)
    traded(1, -1, "USD", lots=lots)
    assert lots.held(0) == 1
    with pytest.raises(InvariantError, match="lot 0 of asset 0 is in USD, the entry in EUR"):
        traded(2, -1, "EUR", lots=lots)


def test_an_asset_that_was_sold_out_may_come_back_in_another_currency() -> None:
    # 3 units for 10 yen apiece, gone; then 3 for 10.00 dollars together: a third of it is 3.33, not 3
    lots = Lots(money=currency("USD"))
    traded(0, 3, "JPY", lots=lots)
    traded(1, -3, "JPY", lots=lots)
    with exact():
        lots.post(2, Fill(DAY, 0, Decimal(3), Decimal(10), Decimal(-10), ZERO, "o"))
    traded(3, -1, lots=lots)
    assert lots.gains[-1].cost == Decimal("3.33")


class Listening:
    """A watcher that writes down the splits it is told of."""

    def __init__(self) -> None:
        self.told: list[tuple[int, date, Decimal]] = []

    def acquired(self, lots: Lots, lot: Lot) -> None: ...

    def realised(self, lots: Lots, index: int) -> None: ...

    def split(self, asset: int, on: date, ratio: Decimal) -> None:
        self.told.append((asset, on, ratio))


def test_a_split_is_told_with_all_that_one_unit_becomes() -> None:
    # 5 for 2: of 3 units 7.5; 7 are held, and half a unit is paid out
    watcher = Listening()
    lots = Lots(watcher=watcher)
    split = Split(DAY, 0, Decimal(4), Decimal(5), "", Decimal("0.5"))
    with exact():
        traded(1, 3, lots=lots)
        lots.post(2, split)
    assert (watcher.told, lots.held(0)) == ([(0, DAY, Decimal("2.5"))], Decimal(7))


def test_what_is_free_may_move_money_either_way_and_what_has_a_price_may_not() -> None:
    free = Fill(DAY, 0, Decimal(1), ZERO, Decimal(5), ZERO, "o")  # a bonus: units come, and money
    lots = Lots()
    with exact():
        lots.post(0, free)
        assert (lots.held(0), lots.cost(0)) == (1, -5)
        with pytest.raises(InvariantError, match="move 5 the same way"):
            lots.post(1, free._replace(price=Decimal("0.5")))
        with pytest.raises(InvariantError, match="move -5 the same way"):
            lots.post(1, free._replace(units=Decimal(-1), price=Decimal("0.5"), amount=Decimal(-5)))
        with pytest.raises(InvariantError, match="moves money and no units"):
            lots.post(1, free._replace(units=ZERO, amount=ZERO, cost=Decimal(1)))
        lots.post(1, free._replace(units=ZERO, amount=ZERO))  # nothing at all
    assert (lots.held(0), lots.gains) == (1, [])


def test_a_delisting_pays_in_the_currency_of_its_lots_and_of_nothing_pays_nothing() -> None:
    lots = Lots(money=currency("USD"))
    with exact():
        lots.post(0, Delisting(DAY, 0, ZERO, ZERO))
        traded(1, 2, "EUR", lots=lots)
        with pytest.raises(InvariantError, match="lot 1 of asset 0 is in EUR, the entry in USD"):
            lots.post(2, Delisting(DAY, 0, Decimal(-2), Decimal(3)))
        lots.post(2, Delisting(DAY, 0, Decimal(-2), Decimal(3), "EUR"))
    assert (lots.held(0), [(one.proceeds, one.cost) for one in lots.gains]) == (0, [(3, 20)])


def test_a_lot_that_is_not_there_cannot_be_adjusted() -> None:
    with pytest.raises(InvariantError, match="asset 7 has no lot 0 on 2020-01-02"):
        Lots().post(0, Adjustment(DAY, 7, "0", Decimal(1)))
