"""Double entry: every entry sums to zero in each currency, and what accounts hold is what ledger and lots say."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings

from tests.accounting.test_history import Deaf, posts
from trimtab.accounting import postings as module
from trimtab.accounting.ledger import Ledger
from trimtab.accounting.lots import Lots
from trimtab.accounting.postings import Posting, balances, postings
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
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.money import ZERO

DAY = date(2020, 1, 2)


def on(day: int) -> date:
    return DAY + timedelta(days=day)


@given(posts())
@settings(max_examples=60, deadline=None)
def test_entries_balance_and_accounts_are_what_ledger_and_lots_say(entries: list[Entry]) -> None:
    ledger = Ledger(2, lots=Lots())
    for entry in entries:
        try:
            ledger.post(entry)
        except InvariantError:
            continue
    lots = ledger.lots
    assert lots is not None
    for booked in postings(ledger.entries, lots.empty()):
        assert sum((posting.amount for posting in booked.postings), ZERO) == 0
    totals = balances(ledger.entries, lots.empty())
    assert totals.get(("cash:USD", "USD"), ZERO) == ledger.cash
    assert [totals.get((f"cost:{a}", "USD"), ZERO) for a in range(2)] == [lots.cost(a) for a in range(2)]
    assert -totals.get(("gain", "USD"), ZERO) == sum((gain.amount for gain in lots.gains), ZERO)


def of(entry: Entry, *before: Entry) -> list[tuple[str, str, str]]:
    """The postings of one entry after others."""
    found = list(postings([*before, entry], Lots(futures=[9])))[-1]
    return [(account, f"{amount.normalize():f}", code) for account, amount, code in found.postings]


BUY = Fill(DAY, 0, Decimal(10), Decimal(10), Decimal(-100), Decimal(2), "o")


@pytest.mark.parametrize(
    ("entry", "made"),
    [
        (Flow(on(1), Decimal(7), "EUR"), [("cash:EUR", "7", "EUR"), ("equity", "-7", "EUR")]),
        (Dividend(on(1), 0, Decimal(3)), [("cash:USD", "3", "USD"), ("income", "-3", "USD")]),
        (Interest(on(1), Decimal(-3)), [("cash:USD", "-3", "USD"), ("interest", "3", "USD")]),
        (Fee(on(1), Decimal(3)), [("cash:USD", "-3", "USD"), ("fees", "3", "USD")]),
        (Tax(on(1), Decimal(3), 2020), [("cash:USD", "-3", "USD"), ("tax", "3", "USD")]),
        (Variation(on(1), 9, Decimal(3)), [("cash:USD", "3", "USD"), ("variation", "-3", "USD")]),
        (Fill(on(1), 9, Decimal(-1), Decimal(50), ZERO, Decimal(3), "o"), [("cash:USD", "-3", "USD"), ("fees", "3", "USD")]),
        (
            Exchange(on(1), "", Decimal(11), "EUR", Decimal(10), Decimal(1)),
            [
                ("cash:USD", "-11", "USD"),
                ("cash:EUR", "10", "EUR"),
                ("cash:USD", "-1", "USD"),
                ("exchange", "11", "USD"),
                ("exchange", "-10", "EUR"),
                ("fees", "1", "USD"),
            ],
        ),
        (Opening(on(1), 3, Decimal(1), Decimal(5), DAY), [("cost:3", "5", "USD"), ("equity", "-5", "USD")]),
        (Adjustment(on(1), 0, "0", Decimal(5)), [("cost:0", "5", "USD"), ("equity", "-5", "USD")]),
        # 4 of 10 that cost 102: 40.80; sold for 60 less 1
        (
            Fill(on(1), 0, Decimal(-4), Decimal(15), Decimal(60), Decimal(1), "o"),
            [("cash:USD", "59", "USD"), ("cost:0", "-40.8", "USD"), ("gain", "-18.2", "USD")],
        ),
        # half a unit of 15.5 with 102: 3.29
        (
            Split(on(1), 0, Decimal(5), Decimal(4), "", Decimal("0.5")),
            [("cash:USD", "4", "USD"), ("cost:0", "-3.29", "USD"), ("gain", "-0.71", "USD")],
        ),
        (
            ReturnOfCapital(on(1), 0, Decimal(110)),
            [("cash:USD", "110", "USD"), ("cost:0", "-102", "USD"), ("gain", "-8", "USD")],
        ),
        # worth 10 * 11 and 5 in cash, 13 more than the cost: all 5 are gain
        (
            Merger(on(1), 0, Decimal(-10), 1, Decimal(10), Decimal(5), "", Decimal(11)),
            [("cash:USD", "5", "USD"), ("cost:0", "-102", "USD"), ("cost:1", "102", "USD"), ("gain", "-5", "USD")],
        ),
        (SpinOff(on(1), 0, 1, Decimal(1), Decimal("0.5")), [("cost:0", "-51", "USD"), ("cost:1", "51", "USD")]),
        (Delisting(on(1), 0, Decimal(-10), ZERO), [("cost:0", "-102", "USD"), ("gain", "102", "USD")]),
    ],
)
def test_postings_by_hand(entry: Entry, made: list[tuple[str, str, str]]) -> None:
    assert of(entry, BUY) == made


def test_a_purchase_costs_what_it_took() -> None:
    assert of(BUY) == [("cash:USD", "-102", "USD"), ("cost:0", "102", "USD")]


def test_what_was_cancelled_is_not_posted() -> None:
    booked = list(postings([BUY, Flow(DAY, Decimal(9)), Cancel(DAY, 0)], Lots()))
    assert [(one.number, one.entry) for one in booked] == [(1, Flow(DAY, Decimal(9)))]


def test_an_entry_that_does_not_balance_stops_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "moves_of", lambda entry: (("", entry.amount),))  # a fault: forgets what a purchase cost
    with pytest.raises(InvariantError, match="the postings of entry 0 leave 2 USD"):
        list(postings([BUY], Lots()))


def test_lots_that_are_watched_or_not_empty_are_refused() -> None:
    with pytest.raises(ParameterError, match="watched"):
        list(postings([BUY], Lots(watcher=Deaf())))
    used = Lots()
    used.post(0, BUY)
    with pytest.raises(ParameterError, match="not empty"):
        list(postings([BUY], used))
    assert isinstance(Posting("a", ZERO, "USD"), tuple)
