"""Tax that is owed, of accounts of the real book: one taxpayer a household, and for one account what a backtest sets aside."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.desk.desk_worlds import US, Desk, buy, desk
from trimtab.accounting.ledger import Ledger
from trimtab.core.entries import Cancel, Dividend, Flow, Payout, Tax
from trimtab.core.households import Account
from trimtab.core.taxes import LotMethod
from trimtab.desk.taxing import Taxing

A, B = Account("A", "Mueller"), Account("B", "Mueller")
START = date(2025, 1, 2)


def owed(one: Desk, name: str = "A") -> Decimal:
    return one.accounts().asked(name).owed


def earns(one: Desk, place: str, amount: float, when: date = date(2026, 2, 2)) -> None:
    """Ordinary income: taxed at 40 %."""
    one.posts(place, Dividend(when, 0, Decimal(str(amount)), payout=Payout.ORDINARY))


def gains(one: Desk, place: str, amount: int, when: date = date(2026, 3, 2)) -> None:
    """A short-term gain (or loss) of one unit of GLD."""
    one.posts(place, buy(2, 1, "5000", date(2026, 1, 5)), buy(2, -1, str(5000 + amount), when))


@pytest.fixture
def one(tmp_path: Path):  # type: ignore[no-untyped-def]
    with desk(tmp_path, [A, B], {"core": "A", "sat": "A"}, tax=US) as made:
        for place in ("A", "A/core", "A/sat", "B"):
            made.posts(place, Flow(START, Decimal(20_000)), buy(0, 1, "100", START))
        yield made


def test_it_is_what_a_backtest_sets_aside(one: Desk) -> None:
    """The same entries in the ledger of a backtest: income, gains and losses of two years, nothing paid yet."""
    earns(one, "B", 800, date(2025, 5, 5))
    earns(one, "B", 100)
    gains(one, "B", -300)
    gains(one, "B", 900, date(2026, 6, 1))
    assert one.policy.tax is not None
    taxing = Taxing.of(one.policy.tax.regime, LotMethod.FIFO, one.policy.currency)
    ledger = Ledger(3, lots=taxing.kept)
    ledger.extend(sorted((entry for _, entry in one.book.entries("B")), key=lambda entry: entry.when))
    assert owed(one, "B") == taxing.owed(ledger, date(2026, 11, 2)) == Decimal("0.4") * (800 + 100 + 600)


def test_a_year_paid_in_part_owes_the_rest_and_what_was_cancelled_was_not_paid(one: Desk) -> None:
    """40 % of 1,000 of last year: 400, of which 150 are paid; a payment of 100 was written down by mistake."""
    earns(one, "B", 1000, date(2025, 5, 5))
    number = len(one.book.entries("B"))
    one.posts("B", Tax(date(2026, 4, 15), Decimal(150), 2025), Tax(date(2026, 4, 16), Decimal(100), 2025))
    assert owed(one, "B") == 150
    one.posts("B", Cancel(date(2026, 4, 17), number + 1))
    assert owed(one, "B") == 250
    one.posts("B", Tax(date(2026, 4, 20), Decimal(300), 2025))
    assert owed(one, "B") == 0, "what was paid too much is no reason to owe less of another year"


def test_a_loss_in_one_place_meets_the_gain_of_another(one: Desk) -> None:
    """Sleeves of one account: +1,000 and -1,000 owe nothing; and the loss of B takes half of the tax of A."""
    gains(one, "A/core", 1000)
    assert owed(one, "A") == 400
    assert owed(one, "A/core") == 400
    assert owed(one, "A/sat") == 0
    gains(one, "A/sat", -1000)
    assert owed(one, "A") == 0
    gains(one, "A", 1000)
    gains(one, "B", -500)
    assert owed(one, "A") == 200
    assert owed(one, "B") == 0


def test_accounts_bear_the_tax_of_the_household_by_what_each_would_owe(one: Desk) -> None:
    """A 300, B 100 of 1,000 in all: 400 together; B pays its 100, and then A owes the 300 alone."""
    earns(one, "A", 750)
    earns(one, "B", 250)
    assert (owed(one, "A"), owed(one, "B")) == (300, 100)
    one.posts("B", Tax(date(2026, 9, 15), Decimal(100), 2026))
    assert (owed(one, "A"), owed(one, "B")) == (300, 0)
    one.posts("B", Tax(date(2026, 9, 16), Decimal(60), 2026))
    assert (owed(one, "A"), owed(one, "B")) == (240, 0), "B has paid some of it for A"


def test_what_is_free_of_tax_is_free_once_in_a_household(tmp_path: Path) -> None:
    """UK: two accounts gain 2,500 each of a pool; 3,000 of 5,000 are free, and 2,000 are taxed, half of it for each."""
    money = {"base_currency": "GBP", "capital": "100000 GBP", "tax": {"use": "uk"}, "execution": {"units": "whole"}}
    accounts = [Account(name, "Mueller", currency="GBP") for name in "AB"]
    with desk(tmp_path, accounts, **money) as one:
        for day, place in enumerate("AB", 1):
            one.posts(place, Flow(START, Decimal(20_000)), buy(2, 50, "100", START), buy(2, -25, "200", date(2026, 9, day)))
        assert one.policy.tax is not None
        rate = one.policy.tax.regime.rates(date(2026, 9, 1)).long
        assert owed(one, "A") == owed(one, "B") == 1000 * rate > 0


def test_a_currency_without_a_rate_is_flagged_and_nothing_is_set_aside(tmp_path: Path) -> None:
    """Most taxable accounts are in EUR, so that taxes are in EUR: dollars are not taken for euros."""
    euro = [Account(name, "Mueller", currency="EUR") for name in ("E1", "E2")]
    with desk(tmp_path, [A, *euro], tax=US) as one:
        one.holds("A", 1000, SPY=10)
        earns(one, "A", 1000)
        asked = one.accounts().asked("A")
        assert asked.owed == 0
        assert "no rate of exchange" in asked.remarks[0]
        assert one.rebalances("A")[0].remarks == asked.remarks


def test_a_household_is_folded_again_when_it_has_entries_more(one: Desk) -> None:
    accounts = one.accounts()
    before = accounts.asked("B").found
    assert accounts.asked("A").found is before
    earns(one, "B", 100)
    assert accounts.asked("B").owed == 40
    assert accounts.asked("A").found is not before


def test_a_household_is_no_account(one: Desk) -> None:
    with pytest.raises(Exception, match=r"several accounts\. Name one of them: A, B"):
        one.accounts().asked("Mueller")
