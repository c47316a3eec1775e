"""Where the result came from, in a book with other currencies, exchanges of shares and futures. Worked by hand.

That the parts add up for entries at random stands in `test_ledger.py`, and in `test_history.py` for what comes late.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.accounting.test_history import posts
from trimtab.accounting import result as module
from trimtab.accounting.ledger import Ledger, replay
from trimtab.accounting.lots import Lots
from trimtab.accounting.result import result
from trimtab.core.entries import (
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
    Tax,
    Variation,
)
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, exact

DAY = date(2020, 1, 2)


def on(day: int) -> date:
    return DAY + timedelta(days=day)


def buy(asset: int, count: str, price: str, currency: str = "", day: int = 0) -> Fill:
    units, each = Decimal(count), Decimal(price)
    return Fill(on(day), asset, units, each, -units * each, ZERO, "o", currency)


def totals(entries: list[Entry], closing: list[str], **more: object) -> list[Decimal]:
    """Results by asset, once they are known to add up."""
    found = result(entries, [Decimal(price) for price in closing], **more)  # type: ignore[arg-type]
    assert found.residual == 0
    return [asset.total for asset in found.assets]


@given(posts(), st.integers(1, 10**9), st.integers(1, 10**9))
@settings(max_examples=50, deadline=None)
def test_results_add_up_with_corporate_actions_late_and_cancelled_entries(entries: list[Entry], one: int, two: int) -> None:
    ledger = Ledger(2, lots=Lots())
    for entry in entries:
        try:
            ledger.post(entry)
        except InvariantError:
            continue
    closing = [Decimal(one).scaleb(-7), Decimal(two).scaleb(-6)]
    found, fold = result(ledger.entries, closing), replay(ledger.entries, 2)
    with exact():
        assert found.residual == 0
        assert found.nav == fold.cash + sum((n * price for n, price in zip(fold.units, closing, strict=True)), ZERO)


def test_the_check_of_the_sum_catches_a_tax_that_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    real = module._Tally.close

    def careless(self: module._Tally, closing: list[Decimal], futures: list[int]) -> module.AccountResult:
        found = real(self, closing, futures)
        return module.AccountResult(found.assets, found.interest, found.fees, found.flows, found.nav)

    monkeypatch.setattr(module._Tally, "close", careless)
    assert result([Tax(DAY, Decimal(5), 2020)], []).residual == -5


def test_other_currencies_count_at_their_closing_rates() -> None:
    # In 1000. 110 become 100 EUR, for 1. 4 bought at 20 EUR, 2 EUR dividend, 1 EUR fee; closing at 25 EUR, EUR at 1.20.
    # Asset: (100 - 80 + 2) * 1.2 = 26.40. Currency: 100 * 1.2 - 110 = 10. Fees: 1.20 and 1.
    # Cash 1000 - 110 - 1 = 889; 100 - 80 + 2 - 1 = 21 EUR = 25.20; 100 EUR of the asset = 120: together 1034.20
    # 1000 + 26.40 + 10 - 2.20 = 1034.20
    life: list[Entry] = [
        Flow(DAY, Decimal(1000)),
        Exchange(DAY, "USD", Decimal(110), "EUR", Decimal(100), Decimal(1)),
        buy(0, "4", "20", "EUR"),
        Dividend(on(1), 0, Decimal(2), "EUR"),
        Fee(on(1), Decimal(1), "custody", "EUR"),
    ]
    found = result(life, [Decimal(25)], rates={"EUR": Decimal("1.2")}, currency="USD")
    assert (found.assets[0].price, found.assets[0].income) == (24, Decimal("2.4"))
    assert (found.currency, found.fees, found.flows, found.nav) == (10, Decimal("2.2"), 1000, Decimal("1034.2"))
    assert found.residual == 0
    with pytest.raises(InvariantError, match=r"no rate of EUR is known\. Give its closing rate\."):
        result(life, [Decimal(25)])


def test_rates_of_many_digits_leave_nothing_unexplained() -> None:
    with exact():
        rate = Decimal(1) / 7
    life = [buy(0, "1.23456789", "17.13", "EUR"), Dividend(DAY, 0, Decimal("0.37"), "EUR")]
    assert result(life, [Decimal("18.123456789")], rates={"EUR": rate}).residual == 0


def test_a_merger_moves_what_was_paid_or_the_value_where_it_is_known() -> None:
    # 10 for 100 become 5 of asset 1 and 20 in cash, which close at 30: 150 + 20 - 100 = 70 in all.
    # Nobody knows a value: 100 move, asset 0 has the cash, asset 1 the 50. At 24 each 120 move: 40 and 30.
    life: list[Entry] = [buy(0, "10", "10")]
    assert totals([*life, Merger(on(1), 0, Decimal(-10), 1, Decimal(5), Decimal(20))], ["0", "30"]) == [20, 50]
    valued = Merger(on(1), 0, Decimal(-10), 1, Decimal(5), Decimal(20), "", Decimal(24))
    assert totals([*life, valued], ["0", "30"]) == [40, 30]
    assert totals([*life, Merger(on(1), 0, Decimal(-10), 1, ZERO, Decimal(120))], ["0", "30"]) == [20, 0]


def test_a_spin_off_moves_its_share_of_what_was_paid() -> None:
    # 10 for 100, half of them sold for 80: 50 are left. A fifth, 10, goes to 5 of asset 1, with 2 for a fraction.
    # Asset 0 closes at 9: 45 - 100 + 80 + 10 = 35. Asset 1 at 3: 15 - 10 + 2 = 7.
    sold = Fill(on(1), 0, Decimal(-5), Decimal(16), Decimal(80), ZERO, "o")
    spin = SpinOff(on(2), 0, 1, Decimal(5), Decimal("0.2"), Decimal(2), "", Decimal("0.5"))
    assert totals([buy(0, "10", "10"), sold, spin], ["9", "3"]) == [35, 7]


def test_futures_are_worth_their_settlements_alone() -> None:
    # 2 contracts, 4.50 of cost, 250 - 100 settled; the price of 4000 is nobody's money
    life: list[Entry] = [
        Fill(DAY, 0, Decimal(2), Decimal(4000), ZERO, Decimal("4.50"), "o"),
        Variation(DAY, 0, Decimal(250)),
        Variation(on(1), 0, Decimal(-100)),
    ]
    assert totals(life, ["4010"], futures=[0]) == [Decimal("145.50")]


def test_what_is_taken_over_is_a_flow_at_its_cost() -> None:
    # 10 that cost 80 close at 9; capital of 5 comes back; taxes of 3, interest of 1
    life: list[Entry] = [
        Opening(DAY, 0, Decimal(10), Decimal(80), date(2015, 1, 1)),
        ReturnOfCapital(on(1), 0, Decimal(5)),
        Tax(on(1), Decimal(3), 2020),
        Interest(on(1), Decimal(1)),
        Flow(on(1), Decimal(99)),
        Cancel(on(2), 4),
    ]
    found = result(life, [Decimal(9)])
    assert (found.assets[0].total, found.tax, found.interest, found.flows, found.nav) == (15, 3, 1, 80, 93)
    assert found.residual == 0


def test_a_delisting_and_an_empty_life() -> None:
    assert totals([buy(0, "10", "10"), Delisting(on(1), 0, Decimal(-10), ZERO)], ["0"]) == [-100]
    nothing = result([], [])
    assert (nothing.nav, nothing.residual, nothing.assets) == (0, 0, ())
