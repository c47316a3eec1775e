"""A household: no gain is lost or made by wash sales over a lifetime, and accounts are folded in one order of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.accounting.lots import Lots
from trimtab.accounting.taxes.household import Household, Placed, fold, in_order
from trimtab.accounting.taxes.us import UsFederal
from trimtab.core.entries import Cancel, Dividend, Entry, Fill, Interest, Opening, Split
from trimtab.core.errors import InvariantError
from trimtab.core.households import Account
from trimtab.core.money import ZERO, exact
from trimtab.core.taxes import LotMethod, TaxYear, Wrapper

REGIME = UsFederal(short=0.4, long=0.2, ordinary=0.4, qualified=0.2)
HIS, HERS = Account("his", "us"), Account("hers", "us", lots=LotMethod.MIN_TAX)
IRA = Account("ira", "us", Wrapper.DEFERRED)
DAY = date(2021, 6, 1)
START = date(2019, 1, 2)


def deal(when: date, units: str | int, price: str | int, cost: str | int = 0, asset: int = 0) -> Fill:
    count, each = Decimal(units), Decimal(price)
    return Fill(when, asset, count, each, -(count * each).quantize(Decimal("0.01")), Decimal(cost), "")


@st.composite
def lives(draw: st.DrawFn) -> dict[str, list[Entry]]:
    """Two taxed accounts that buy and sell in cents and fractions, and in the end sell everything."""
    entries: dict[str, list[Entry]] = {"his": [], "hers": []}
    held = dict.fromkeys(entries, 0)
    when = START
    for _ in range(draw(st.integers(1, 20))):
        when += timedelta(days=draw(st.sampled_from([0, 1, 5, 14, 30, 31])))
        place = draw(st.sampled_from(list(entries)))
        buys = draw(st.booleans()) or not held[place]
        thousandths = draw(st.integers(1, 9000)) if buys else -draw(st.integers(1, held[place]))
        held[place] += thousandths
        price = Decimal(draw(st.integers(1, 3000))).scaleb(-2)
        entries[place].append(deal(when, str(Decimal(thousandths).scaleb(-3)), str(price), str(draw(st.integers(0, 2)))))
    for place, left in held.items():
        if left:
            price = Decimal(draw(st.integers(1, 3000))).scaleb(-2)
            entries[place].append(deal(when, str(-Decimal(left).scaleb(-3)), str(price)))
    return entries


def household(*accounts: Account, regime: UsFederal = REGIME) -> Household:
    return Household(regime, {account.id: account for account in accounts})


@given(lives())
def test_the_gain_of_a_lifetime_is_the_same_with_and_without_wash_sales(entries: dict[str, list[Entry]]) -> None:
    family = fold(household(HIS, replace(HERS, lots=LotMethod.FIFO)), entries)
    apart = {place: Lots() for place in entries}
    with exact():
        for place, number, entry in in_order(entries):
            apart[place].post(number, entry)
        for lots in (*family.lots.values(), *apart.values()):
            assert not lots.assets
        adjusted = sum((gain.taxed for lots in family.lots.values() for gain in lots.gains), ZERO)
        plain = sum((gain.amount for lots in apart.values() for gain in lots.gains), ZERO)
        assert adjusted == plain
        paid = sum((e.amount - e.cost for posted in entries.values() for e in posted if isinstance(e, Fill)), ZERO)
        assert adjusted == paid


@given(lives())
def test_the_running_years_are_those_of_the_gains(entries: dict[str, list[Entry]]) -> None:
    family = fold(household(HIS, HERS), entries)
    with exact():
        for year in range(2019, 2022):
            expected = {"short": ZERO, "long": ZERO}
            for lots in family.lots.values():
                for gain in lots.gains:
                    if gain.sold.year == year:
                        expected[REGIME.term(gain.acquired, gain.sold).value] += gain.taxed
            assert family.year(year) == TaxYear(year, **expected)


@given(lives())
def test_posted_as_they_come_they_are_the_fold(entries: dict[str, list[Entry]]) -> None:
    family, running = fold(household(HIS, HERS), entries), household(HIS, HERS)
    heads: dict[str, list[tuple[int, Entry]]] = {place: list(enumerate(posted)) for place, posted in entries.items()}
    while any(heads.values()):  # the earliest of what each account still has, the accounts by name
        place = min((p for p in heads if heads[p]), key=lambda p: (heads[p][0][1].when, p))
        running.post(place, *heads[place].pop(0))
    assert {p: lots.gains for p, lots in running.lots.items()} == {p: lots.gains for p, lots in family.lots.items()}
    assert running.assessments(2021) == family.assessments(2021)


def assessed(entries: Mapping[str, Sequence[Entry]], last: int, *accounts: Account) -> list[tuple[Decimal, Decimal]]:
    """Tax and short-term losses carried on, year by year."""
    return [(a.tax, a.carried.short) for a in fold(household(*accounts), entries).assessments(last)]


def test_one_tax_for_all_accounts_of_a_household_by_hand() -> None:
    # his short gain of 1000 and her short loss of 400: 600 at 40 % = 240; the IRA's gain of 5000 is not taxed
    entries = {
        "his": [deal(DAY, 10, 100), deal(date(2021, 9, 1), -10, 200)],
        "hers": [deal(DAY, 10, 100, asset=1), deal(date(2021, 9, 1), -10, 60, asset=1)],
        "ira": [deal(DAY, 10, 100, asset=2), deal(date(2021, 9, 1), -10, 600, asset=2), Dividend(DAY, 2, Decimal(90))],
    }
    assert assessed(entries, 2021, HIS, HERS, IRA) == [(240, 0)]


def test_a_january_purchase_of_the_spouse_disallows_a_loss_of_december() -> None:
    # his loss of 1000 on 20 December; she buys half of it back on 5 January: 500 are carried into 2022, less 100 of
    # interest that they meet in each year; her cost is 450 + 500, and 700 of proceeds on 1 March are a loss of 250
    entries = {
        "his": [
            deal(date(2021, 3, 1), 10, 200),
            Interest(date(2021, 5, 1), Decimal(100)),
            deal(date(2021, 12, 20), -10, 100),
            Interest(date(2022, 5, 1), Decimal(100)),
        ],
        "hers": [deal(date(2022, 1, 5), 5, 90), deal(date(2022, 3, 1), -5, 140)],
    }
    family = fold(household(HIS, HERS), entries)
    assert family.lots["his"].gains[0].disallowed == 500
    assert family.lots["hers"].gains[0].cost == 950
    # 2021: -500, 100 meet the interest, 400 on. 2022: -250 - 400 = -650, 100 meet the interest, 550 on
    assert [(a.tax, a.carried.short) for a in family.assessments(2022)] == [(0, 400), (0, 550)]


def test_an_ira_that_buys_back_loses_the_loss_for_good() -> None:
    entries = {
        "his": [deal(date(2021, 3, 1), 10, 200), deal(date(2021, 6, 1), -10, 100)],
        "ira": [deal(date(2021, 6, 30), 10, 110), deal(date(2021, 9, 1), -10, 100)],
    }
    family = fold(household(HIS, IRA), entries)
    assert family.year(2021) == TaxYear(2021)
    assert family.lots["ira"].gains[0].amount == -100


def test_a_split_between_loss_and_purchase_is_counted() -> None:
    # he sells 10 of 20 at a loss of 10 each (10 July); 2:1 on 15 July; she buys 10 new ones, half of what he sold: 50
    entries = {
        "his": [deal(DAY, 20, 20), deal(date(2021, 7, 10), -10, 10), Split(date(2021, 7, 15), 0, Decimal(10), ZERO)],
        "hers": [deal(date(2021, 7, 20), 10, 5)],
    }
    assert fold(household(HIS, HERS), entries).lots["his"].gains[0].disallowed == 50


def test_the_order_is_date_before_the_session_account_and_number() -> None:
    buy, split = deal(DAY, 1, 1), Split(DAY, 0, Decimal(1), ZERO)
    opening = Opening(DAY, 1, Decimal(1), Decimal(1), START)
    early = deal(START, 1, 1)
    entries = {"b": [buy, early, opening], "a": [buy, split]}
    places = [(one.place, one.number) for one in in_order(entries)]
    assert places == [("b", 1), ("a", 1), ("b", 2), ("a", 0), ("b", 0)]


def test_what_was_cancelled_never_was() -> None:
    entries = {"his": [deal(DAY, 10, 100), deal(DAY, -10, 90), Cancel(DAY, 1), deal(DAY, -10, 95)]}
    family = fold(household(HIS), entries)
    assert [gain.amount for gain in family.lots["his"].gains] == [-50]
    assert in_order(entries)[-1] == Placed("his", 3, entries["his"][3])


def test_an_entry_before_what_is_folded_is_refused() -> None:
    family = household(HIS)
    family.post("his", 0, deal(DAY, 10, 100))
    with pytest.raises(InvariantError, match=r"entry 1 of his, of 2019-01-02, comes before what is folded\. Fold"):
        family.post("his", 1, deal(START, 10, 100))


def test_a_law_without_a_window_has_no_wash_sales() -> None:
    class Free(UsFederal):
        window = 0

    entries = {"his": [deal(DAY, 10, 100), deal(DAY, -10, 90), deal(DAY, 10, 90)]}
    family = fold(household(HIS, regime=Free(short=0.4, long=0.2, ordinary=0.4, qualified=0.2)), entries)
    assert (family.wash, family.year(2021).short) == (None, -100)


def test_a_household_without_entries_owes_nothing() -> None:
    family = household(HIS, IRA)
    assert [assessment.tax for assessment in family.assessments(2021)] == [0]
    assert family.year(2021) == TaxYear(2021)
    assert list(family.tallies) == ["his"]
