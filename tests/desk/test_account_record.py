"""The record of an account: where it is cut, what it leaves out, and what it refuses."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from tests.desk.account_worlds import REGISTER, booked, by_hand
from trimtab.core.entries import Cancel, Dividend, Entry, Exchange, Fee, Fill, Flow, Interest, Opening
from trimtab.core.errors import DataError, UsageError
from trimtab.core.households import Account
from trimtab.core.terms import CLOSE
from trimtab.data.market import Market
from trimtab.desk.account_attribution import attribute_account
from trimtab.desk.account_entries import Owned, owned
from trimtab.desk.books import Scope

D = Decimal


def test_an_account_that_is_empty_for_a_while_is_looked_at_while_it_is_not() -> None:
    policy, market, _, middle, _ = by_hand()
    entries = (
        Flow(date(2001, 1, 3), D(1000)),
        Fill(date(2001, 1, 3), 0, D(100), D(10), D(-1000), D(0), "x"),
        Fill(middle, 0, D(-100), D(11), D(1100), D(0), "y"),
        Flow(middle, D(-1100)),
        Flow(date(2001, 3, 5), D(50)),
        Interest(date(2001, 3, 9), D(1)),
    )
    found = attribute_account(policy, market, booked(policy, *entries)).attribution
    assert [str(one) for one in found.starts] == ["2001-01-31", "2001-03-05"]
    np.testing.assert_allclose(found.returns, [0.10, 0.02], atol=1e-15)
    assert found.gain == D("101.00")
    with pytest.raises(DataError, match="worth anything"):
        attribute_account(policy, market, booked(policy, Fee(date(2001, 1, 3), D(5), "bank")))


def test_what_was_cancelled_and_what_moves_between_sleeves_cuts_nothing() -> None:
    policy, market, *_ = by_hand()
    account = Account("A07", "Mueller")
    scope = Scope("A07", {"A07": account, "A07/core": account}, {})
    day = date(2001, 2, 7)
    entries = {
        "A07": [Flow(date(2001, 1, 3), D(1000)), Flow(day, D(-400)), Flow(date(2001, 2, 20), D(9)), Cancel(day, 2)],
        "A07/core": [Flow(day, D(400), "USD")],
    }
    found = attribute_account(policy, market, owned(policy, scope, entries, REGISTER)).attribution
    assert [str(one) for one in found.starts] == ["2001-01-31", "2001-02-28"]
    assert found.total == 0.0


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        (Fill(date(2001, 2, 7), 92, D(1), D(10), D(-10), D(0), ""), "ZZ"),
        (Fill(date(2001, 2, 7), 90, D(1), D(10), D(0), D(0), ""), r"FX \(a future\)"),
        (Dividend(date(2001, 2, 7), 0, D(3), "EUR"), "money in EUR"),
        (Exchange(date(2001, 2, 7), "USD", D(3), "EUR", D(2)), "money in EUR"),
        (Opening(date(2001, 1, 5), 92, D(1), D(10), date(1999, 1, 4)), "ZZ"),
    ],
)
def test_what_the_policy_does_not_know_is_refused_by_name(entry: Entry, named: str) -> None:
    policy, market, *_ = by_hand()
    if getattr(entry, "asset", 0) >= 90:
        entry = entry._replace(asset=entry.asset - 90)  # type: ignore[union-attr, call-arg]
        account = Account("A07", "Mueller")
        scope = Scope("A07", {"A07": account}, {})
        mine = owned(policy, scope, {"A07": [Flow(date(2001, 1, 3), D(1000)), entry]}, REGISTER)
    else:
        mine = booked(policy, Flow(date(2001, 1, 3), D(1000)), entry)
    with pytest.raises(UsageError, match=f"A07 has {named}, which law does not know") as refused:
        attribute_account(policy, market, mine)
    assert "--from" in (refused.value.remedy or "")
    if not isinstance(entry, Opening | Exchange):
        assert len(attribute_account(policy, market, _without_units(mine), first=date(2001, 2, 28)).attribution.starts)


def _without_units(mine: Owned) -> Owned:
    """What was bought is sold again the day after; money of another currency goes out."""
    (last,) = mine.entries[-1:]
    if isinstance(last, Fill):
        back: Entry = last._replace(when=last.when + timedelta(days=1), units=-last.units, amount=-last.amount)
    else:
        back = Flow(last.when + timedelta(days=1), -last.amount, last.currency)  # type: ignore[union-attr]
    return Owned(mine.name, (*mine.entries, back), mine.strangers)


def test_what_has_no_price_is_refused_and_an_empty_account_says_so() -> None:
    policy, market, january, middle, _ = by_hand()
    fields = {**market.fields, CLOSE: np.where(np.arange(3) == 1, np.nan, market.fields[CLOSE])}
    blind = Market(market.assets, market.sessions, fields, market.about)
    for entry in (
        Fill(january, 1, D(1), D(20), D(-20), D(0), ""),
        Opening(middle, 1, D(1), D(20), january),
    ):
        with pytest.raises(DataError, match=f"no price of B is known on {entry.when}"):
            attribute_account(policy, blind, booked(policy, Flow(january, D(100)), entry))
    with pytest.raises(DataError, match="A07 holds nothing on any decision date"):
        attribute_account(policy, market, booked(policy, Flow(market.sessions[-1].item(), D(100))))
    euro = Scope("A07", {"A07": Account("A07", "Mueller", currency="EUR")}, {})
    with pytest.raises(UsageError, match="A07 is kept in EUR, law in USD"):
        owned(policy, euro, {"A07": []}, REGISTER)


def test_money_that_comes_after_the_last_price_is_in_no_period() -> None:
    """A regression: it was taken for money of the last session, no period began, and the ledger stopped the whole pack."""
    policy, market, january, _, _ = by_hand()
    later = market.sessions[-1].item() + timedelta(days=1)
    with pytest.raises(DataError, match="holds nothing on any decision date"):
        attribute_account(policy, market, booked(policy, Flow(later, D(100))))
    both = booked(policy, Flow(january, D(100)), Flow(later, D(900)))
    assert attribute_account(policy, market, both).attribution.gain == 0
