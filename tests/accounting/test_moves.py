"""What one entry moves: each kind of entry by hand, and the amounts that no entry may have."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from trimtab.accounting.moves import cash_of, moves_of, require_amounts, units_of
from trimtab.core.entries import (
    Adjustment,
    Cancel,
    Delisting,
    Dividend,
    Entry,
    Exchange,
    Fee,
    Fill,
    Flow,
    Interest,
    Merger,
    Opening,
    ReturnOfCapital,
    SpinOff,
    Split,
    Tax,
    Variation,
)
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO

DAY = date(2020, 1, 2)
TWO, SIX, TEN = Decimal(2), Decimal(6), Decimal(10)

# entry, what it adds to cash by currency, what it adds to units by asset
MOVED: list[tuple[Entry, tuple[tuple[str, Decimal], ...], tuple[tuple[int, Decimal], ...]]] = [
    (Fill(DAY, 1, TWO, Decimal(5), -TEN, TWO, "o", "EUR"), (("EUR", Decimal(-12)),), ((1, TWO),)),  # 2 at 5, and a cost of 2
    (Opening(DAY, 1, TWO, TEN, DAY), (), ((1, TWO),)),
    (Dividend(DAY, 1, TEN), (("", TEN),), ()),
    (ReturnOfCapital(DAY, 1, TEN), (("", TEN),), ()),
    (Split(DAY, 1, TWO, TEN), (("", TEN),), ((1, TWO),)),
    (Merger(DAY, 1, -TWO, 3, SIX, TEN), (("", TEN),), ((1, -TWO), (3, SIX))),
    (SpinOff(DAY, 1, 3, SIX, Decimal("0.2"), TEN), (("", TEN),), ((3, SIX),)),
    (Delisting(DAY, 1, -TWO, TEN), (("", TEN),), ((1, -TWO),)),
    (Variation(DAY, 1, -TEN), (("", -TEN),), ()),
    (Exchange(DAY, "EUR", TWO, "", SIX), (("EUR", -TWO), ("", SIX)), ()),
    (Exchange(DAY, "EUR", TWO, "JPY", SIX, TEN), (("EUR", -TWO), ("JPY", SIX), ("", -TEN)), ()),
    (Interest(DAY, -TEN), (("", -TEN),), ()),
    (Fee(DAY, TEN), (("", -TEN),), ()),
    (Tax(DAY, TEN, 2020), (("", -TEN),), ()),
    (Flow(DAY, TEN, "EUR"), (("EUR", TEN),), ()),
    (Adjustment(DAY, 1, "0", TEN), (), ()),
    (Cancel(DAY, 0), (), ()),
]


@pytest.mark.parametrize(("entry", "cash", "units"), MOVED, ids=lambda value: type(value).__name__)
def test_what_each_kind_of_entry_moves(entry: Entry, cash: object, units: object) -> None:
    assert (moves_of(entry), units_of(entry)) == (cash, units)


def test_what_moves_no_cash_of_its_own_currency_says_nought() -> None:
    still = [entry for entry, _, _ in MOVED if isinstance(entry, Opening | Adjustment | Cancel | Exchange)]
    assert [cash_of(entry) for entry in still] == [ZERO] * 5
    assert all(cash_of(entry) == moved[0][1] for entry, moved, _ in MOVED if entry not in still)


@pytest.mark.parametrize("name", ["asset", "into"])
def test_a_number_below_nought_is_no_asset(name: str) -> None:
    merger = Merger(DAY, 0, -TWO, 0, SIX, TEN)  # asset 0 is one
    require_amounts(merger)
    with pytest.raises(InvariantError, match="-1 is the number of no asset"):
        require_amounts(merger._replace(**{name: -1}))


@pytest.mark.parametrize("entry", [entry for entry, _, _ in MOVED], ids=lambda entry: type(entry).__name__)
def test_no_amount_of_any_entry_is_infinite_or_no_number(entry: Entry) -> None:
    require_amounts(entry)
    for name, value in zip(entry._fields, entry, strict=True):
        for bad in ("NaN", "Infinity"):
            if isinstance(value, Decimal):
                with pytest.raises(InvariantError, match=f"{name} of a .* of 2020-01-02 is {bad}"):
                    require_amounts(entry._replace(**{name: Decimal(bad)}))


@pytest.mark.parametrize(
    "wrong",
    [{"paid": ZERO}, {"paid": -TWO}, {"received": ZERO}, {"received": -SIX}, {"sold": ""}],
    ids=str,
)
def test_an_exchange_has_two_currencies_and_two_amounts_above_nought(wrong: dict[str, object]) -> None:
    cent = Decimal("0.01")
    require_amounts(Exchange(DAY, "EUR", cent, "", cent))
    with pytest.raises(InvariantError, match="is no exchange"):
        require_amounts(Exchange(DAY, "EUR", TWO, "", SIX)._replace(**wrong))  # type: ignore[arg-type]
