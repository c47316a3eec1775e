"""The ledger: the running answer is the plain fold, results add up to the last digit, and weights are what the money says."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.accounting import result as module
from trimtab.accounting.ledger import Ledger, replay
from trimtab.accounting.lots import Lots
from trimtab.accounting.moves import cash_of
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
    Split,
    Tax,
    Variation,
)
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, exact

DAY, NEXT = date(2020, 1, 2), date(2020, 1, 3)
COUNT = 3

cents = st.integers(-(10**9), 10**9).map(lambda n: Decimal(n).scaleb(-2))
paid = st.integers(0, 10**6).map(lambda n: Decimal(n).scaleb(-2))
units = st.integers(-(10**12), 10**12).map(lambda n: Decimal(n).scaleb(-8))
assets = st.integers(0, COUNT - 1)
codes = st.sampled_from(["", "EUR"])
above = st.integers(1, 10**6).map(lambda n: Decimal(n).scaleb(-2))
fills = st.builds(Fill, st.just(DAY), assets, units, paid, cents, paid, st.just("o"), codes)
entries = st.one_of(
    fills,
    st.builds(Dividend, st.just(DAY), assets, paid, codes),
    st.builds(ReturnOfCapital, st.just(DAY), assets, paid, codes),
    st.builds(Variation, st.just(DAY), assets, cents, codes),
    st.builds(Exchange, st.just(DAY), st.just("EUR"), above, st.just(""), above, paid),
    st.builds(Interest, st.just(DAY), cents, codes),
    st.builds(Fee, st.just(DAY), paid, st.just(""), codes),
    st.builds(Tax, st.just(DAY), cents, st.just(2020), st.just(""), codes),
    st.builds(Flow, st.just(DAY), cents, codes),
)
lists = st.lists(entries, max_size=25)
closing = st.lists(paid, min_size=COUNT, max_size=COUNT)


def posted(given_: list[Entry]) -> Ledger:
    ledger = Ledger(COUNT, futures=range(COUNT))  # what may be sold short
    for entry in given_:
        ledger.post(entry)
    return ledger


@given(lists)
@settings(max_examples=50, deadline=None)
def test_the_running_positions_are_the_plain_fold_after_every_entry(given_: list[Entry]) -> None:
    ledger = Ledger(COUNT, futures=range(COUNT))
    with exact():
        for number, entry in enumerate(given_):
            ledger.post(entry)
            fold = replay(given_[: number + 1], COUNT)
            assert (tuple(ledger.units), ledger.cash, ledger.purses) == (fold.units, fold.cash, fold.purses)
            assert ledger.counts.tolist() == [float(held) for held in fold.units]
    assert ledger.entries == given_
    assert ledger.funded == any(isinstance(entry, Fill) for entry in given_)


@given(st.lists(st.lists(fills, max_size=4), max_size=4))
@settings(max_examples=30, deadline=None)
def test_fills_at_once_are_fills_one_by_one(batches: list[list[Fill]]) -> None:
    at_once = Ledger(COUNT, futures=range(COUNT))
    with exact():
        for batch in batches:
            at_once.fill(tuple(batch))
        one_by_one = posted([fill for batch in batches for fill in batch])
    assert (at_once.units, at_once.cash, at_once.entries) == (one_by_one.units, one_by_one.cash, one_by_one.entries)
    assert at_once.funded == one_by_one.funded


@given(lists, closing)
@settings(max_examples=50, deadline=None)
def test_results_add_up_to_the_last_digit(given_: list[Entry], prices: list[Decimal]) -> None:
    with exact():
        rate = Decimal("1.0837")
        found = result(given_, prices, rates={"EUR": rate})
        fold = replay(given_, COUNT)
        home = {entry.asset: entry.currency for entry in given_ if isinstance(entry, Fill)}
        worth = [u * p * (rate if home.get(a) else 1) for a, (u, p) in enumerate(zip(fold.units, prices, strict=True))]
        assert found.nav == fold.cash + fold.purses.get("EUR", ZERO) * rate + sum(worth, ZERO)
        assert found.residual == 0


def test_the_check_of_the_sum_catches_a_cost_that_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.AssetResult, "total", property(lambda self: self.price + self.income))
    fill = Fill(DAY, 0, Decimal(1), Decimal(10), Decimal(-10), Decimal(1), "o")
    assert result([fill], [Decimal(10), ZERO, ZERO]).residual != 0


def test_the_life_of_an_account_by_hand() -> None:
    # In 1000. Buy 10 at 50 for 500, cost 1. Dividend 8. Sell 4 at 60 for 240, cost 0.50. Fee 2. Interest 0.30. Close 55.
    # cash  = 1000 - 500 - 1 + 8 + 240 - 0.50 - 2 + 0.30 = 744.80; six units at 55 = 330; together 1074.80
    # price = 330 - 500 + 240 = 70; 70 + 8 - 1.50 = 76.50; 76.50 + 0.30 - 2 = 74.80 = 1074.80 - 1000
    life = [
        Flow(DAY, Decimal(1000)),
        Fill(DAY, 0, Decimal(10), Decimal(50), Decimal(-500), Decimal(1), "a"),
        Dividend(DAY, 0, Decimal(8)),
        Fill(DAY, 0, Decimal(-4), Decimal(60), Decimal(240), Decimal("0.50"), "b"),
        Fee(DAY, Decimal(2), "custody"),
        Interest(DAY, Decimal("0.30")),
    ]
    ledger = posted(life)
    assert (ledger.units[0], ledger.cash) == (Decimal(6), Decimal("744.80"))
    found = result(life, [Decimal(55), ZERO, ZERO])
    asset = found.assets[0]
    assert (asset.price, asset.income, asset.cost, asset.total) == (70, 8, Decimal("1.50"), Decimal("76.50"))
    assert (found.interest, found.fees, found.flows, found.nav) == (Decimal("0.30"), 2, 1000, Decimal("1074.80"))
    assert found.residual == 0


def test_what_an_entry_adds_to_cash() -> None:
    # a purchase takes its price and its cost, a sale brings its price less its cost, a fee takes, the rest is as signed
    buy = Fill(DAY, 0, Decimal(1), Decimal(10), Decimal(-10), Decimal("0.1"), "o")
    sell = Fill(DAY, 0, Decimal(-1), Decimal(10), Decimal(10), Decimal("0.1"), "o")
    given_ = [buy, sell, Fee(DAY, Decimal(3)), Flow(DAY, Decimal(-5)), Interest(DAY, Decimal(-2)), Dividend(DAY, 1, Decimal(4))]
    assert [cash_of(entry) for entry in given_] == [Decimal("-10.1"), Decimal("9.9"), -3, -5, -2, 4]


def test_a_book_at_prices_by_hand() -> None:
    # 10 units at 50 and 5 at 20 beside 400 of cash: worth 1000, weights 0.5 and 0.1
    ledger = posted(
        [
            Flow(DAY, Decimal(1000)),
            Fill(DAY, 0, Decimal(10), Decimal(50), Decimal(-500), ZERO, "a"),
            Fill(DAY, 1, Decimal(5), Decimal(20), Decimal(-100), ZERO, "b"),
        ]
    )
    book = ledger.book(np.datetime64("2020-01-02"), np.array([50.0, 20.0, np.nan]))  # the third is not held, nor priced
    assert book.held.tolist() == [0.5, 0.1, 0.0]
    assert (book.nav, book.cash, book.money, book.funded) == (1000.0, 400.0, Decimal(400), True)
    with pytest.raises(ValueError, match="read-only"):
        book.held[0] = 1.0


def test_a_held_asset_without_a_price_and_ruin_stop_the_desk() -> None:
    ledger = posted([Flow(DAY, Decimal(100)), Fill(DAY, 0, Decimal(1), Decimal(150), Decimal(-150), ZERO, "a")])
    when = np.datetime64("2020-01-02")
    with pytest.raises(InvariantError, match="the account is worth nan on 2020-01-02"):
        ledger.book(when, np.array([np.nan, 1.0, 1.0]))
    with pytest.raises(InvariantError, match=r"the account is worth -10\.00"):  # 40 less 50 of debt
        ledger.book(when, np.array([40.0, 1.0, 1.0]))


def test_the_digest_tells_books_apart() -> None:
    first = [Flow(DAY, Decimal(100))]
    when, prices = np.datetime64("2020-01-02"), np.ones(3)
    base = posted(first).book(when, prices)
    assert base.digest == posted(list(first)).book(when, prices * 2).digest  # prices are no part of what is held
    richer = posted([*first, Flow(DAY, Decimal("0.01"))]).book(when, prices)
    later = posted(first).book(when + 1, prices)
    fuller = posted([*first, Fill(DAY, 2, Decimal("0.00000001"), Decimal(1), ZERO, ZERO, "o")]).book(when, prices)
    assert len({book.digest for book in (base, richer, later, fuller)}) == 4


@pytest.mark.parametrize("capacity", [0, 1, 100])
def test_turnover_is_kept_whatever_room_was_made_for_it(capacity: int) -> None:
    ledger = Ledger(2, capacity)
    start = np.datetime64("2020-01-01")
    early = None
    for number in range(20):
        ledger.record_turnover(start + number, np.array([number, 0.5, 0.25]))
        early = ledger.turnover if number == 2 else early
    kept = ledger.turnover
    assert kept.dates.tolist() == [date(2020, 1, 1) + timedelta(days=k) for k in range(20)]
    assert kept.moves[:, 0].tolist() == list(range(20))
    assert early is not None
    assert early.moves.tolist() == [[0.0, 0.5, 0.25], [1.0, 0.5, 0.25], [2.0, 0.5, 0.25]]  # a book does not grow afterwards
    with pytest.raises(ValueError, match="read-only"):
        kept.moves[0, 0] = 1.0


def test_results_add_up_in_whatever_arithmetic_the_reader_uses() -> None:
    """Regression: read with Python's usual 28 digits, long results left a residual of 1E-18."""
    with exact():
        price = Decimal("1833978849.3213923443609095617") / 3
        found = result([Fill(DAY, 0, Decimal("1.23456789"), price, -price, ZERO, "o")], [price * 7, ZERO, ZERO])
    assert found.residual == 0
    assert sum((asset.total for asset in found.assets), ZERO) != 0


# What was bought when.


def bought(ledger: Ledger) -> list[tuple[str, list[float]]]:
    """Dates and units, as a book hands them out."""
    held = ledger.book(np.datetime64("2020-03-02"), np.ones(COUNT)).bought
    assert held is not None
    return [(str(on), row.tolist()) for on, row in zip(held.dates, held.units, strict=True)]


def test_purchases_are_kept_from_the_moment_that_somebody_asks() -> None:
    first = Fill(DAY, 0, Decimal(5), Decimal(10), Decimal(-50), ZERO, "a")
    ledger = posted([Flow(DAY, Decimal(1000)), first])
    assert ledger.book(np.datetime64("2020-03-02"), np.ones(COUNT)).bought is None
    ledger.remember_purchases()
    assert bought(ledger) == []
    later = date(2020, 2, 3)
    ledger.fill(
        (
            Fill(later, 1, Decimal(3), Decimal(10), Decimal(-30), ZERO, "b"),
            Fill(later, 0, Decimal(-2), Decimal(10), Decimal(20), ZERO, "b"),  # a sale is no purchase
        )
    )
    ledger.post(Fill(date(2020, 2, 4), 2, Decimal("0.5"), Decimal(10), Decimal(-5), ZERO, "dividend"))
    assert bought(ledger) == [("2020-02-03", [0.0, 3.0, 0.0]), ("2020-02-04", [0.0, 0.0, 0.5])]
    ledger.remember_purchases()  # asking twice forgets nothing
    assert len(bought(ledger)) == 2


def test_purchases_are_counted_in_the_units_that_a_split_made_of_them() -> None:
    # 3 units, then 2 for 1: 6 units. Another asset is left alone. A book handed out before does not change.
    ledger = posted([Flow(DAY, Decimal(1000))])
    ledger.remember_purchases()
    for asset in (0, 1):
        ledger.post(Fill(DAY, asset, Decimal(3), Decimal(10), Decimal(-30), ZERO, "a"))
    before = ledger.bought
    ledger.post(Split(date(2020, 2, 3), 0, Decimal(3), ZERO))
    assert bought(ledger) == [("2020-01-02", [6.0, 0.0, 0.0]), ("2020-01-02", [0.0, 3.0, 0.0])]
    assert before is not None
    assert before.units[0].tolist() == [3.0, 0.0, 0.0]


def test_a_delisting_leaves_purchases_of_what_is_gone() -> None:
    ledger = posted([Flow(DAY, Decimal(1000))])
    ledger.remember_purchases()
    ledger.post(Fill(DAY, 0, Decimal(3), Decimal(10), Decimal(-30), ZERO, "a"))
    ledger.post(Delisting(date(2020, 2, 3), 0, Decimal(-3), Decimal(12)))
    assert bought(ledger) == [("2020-01-02", [3.0, 0.0, 0.0])]  # nothing is held of it: there is nothing to sell


# A real book: other currencies, new assets, entries that come late, are cancelled, or can never be.


def buy(day: date, asset: int, count: str, price: str, **more: object) -> Fill:
    """A purchase without cost."""
    amount = -Decimal(count) * Decimal(price)
    return Fill(day, asset, Decimal(count), Decimal(price), amount, ZERO, "o", **more)  # type: ignore[arg-type]


def test_every_kind_of_entry_moves_units_and_money_by_hand() -> None:
    # USD: 1000 - 500 - 1 (exchange) - 110 (for 100 EUR) + 3 - 2 + 0.5 - 4 - 7 + 9 = 388.50; EUR: 100 - 80 + 5 = 25
    life: list[Entry] = [
        Flow(DAY, Decimal(1000)),
        buy(DAY, 0, "10", "50"),
        Exchange(DAY, "", Decimal(110), "EUR", Decimal(100), Decimal(1)),
        buy(DAY, 1, "4", "20", currency="EUR"),
        Dividend(DAY, 1, Decimal(5), "EUR"),
        Dividend(DAY, 0, Decimal(3)),
        Fee(DAY, Decimal(2)),
        Interest(DAY, Decimal("0.5"), "USD"),  # the name of the base currency is the base currency
        Tax(DAY, Decimal(4), 2020),
        Opening(DAY, 5, Decimal(7), Decimal(70), date(2018, 1, 1)),  # a register grows
        Variation(DAY, 2, Decimal(-7)),
        Split(NEXT, 0, Decimal(10), ZERO),  # 20
        SpinOff(NEXT, 0, 3, Decimal(2), Decimal("0.25")),
        ReturnOfCapital(DAY, 0, Decimal(9)),
        Merger(NEXT, 0, Decimal(-20), 4, Decimal(8), ZERO),
        Delisting(NEXT, 3, Decimal(-2), ZERO),
    ]
    ledger = Ledger(3, currency="USD")
    for entry in life:
        ledger.post(entry)
    assert ledger.units == [0, 4, 0, 0, 8, 7]
    assert (ledger.cash, ledger.purses) == (Decimal("388.50"), {"EUR": Decimal(25)})
    fold = replay(life, 3, "USD")
    assert (list(fold.units), fold.cash, fold.purses) == (ledger.units, ledger.cash, ledger.purses)


def test_a_fill_of_a_future_moves_no_cash_but_its_cost_and_may_be_short() -> None:
    ledger = Ledger(1, futures=[0])
    ledger.post(Fill(DAY, 0, Decimal(-2), Decimal(4000), ZERO, Decimal("4.50"), "o"))
    ledger.post(Variation(DAY, 0, Decimal("-125.00")))
    assert (ledger.units, ledger.cash) == ([Decimal(-2)], Decimal("-129.50"))


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (buy(DAY, 0, "-10.5", "50"), "10.5 units of asset 0 are sold, 10 are held"),
        (buy(DAY, 9, "-1", "50"), "1 units of asset 9 leave, 0 are held"),
        (Delisting(DAY, 0, Decimal(-11), ZERO), "11 units of asset 0 leave, 10 are held"),
        (Merger(date(2020, 1, 3), 0, Decimal(-9), 1, Decimal(1), ZERO), "a merger takes 9 units of asset 0, 10 are held"),
        (Merger(DAY, 0, Decimal(-10), 1, Decimal(1), ZERO), "10 units of asset 0, 0 are held"),  # before the session
        (buy(DAY, 0, "NaN", "50"), "units of a fill of 2020-01-02 is NaN"),
        (buy(DAY, 0, "1", "Infinity"), "price of a fill of 2020-01-02 is Infinity"),
        (buy(DAY, 0, "Infinity", "1"), "units of a fill of 2020-01-02 is Infinity"),
        (Fill(DAY, 0, Decimal(1), Decimal(1), Decimal(-1), Decimal("NaN"), "o"), "cost of a fill of 2020-01-02 is NaN"),
        (Interest(DAY, Decimal("sNaN")), "amount of a interest of 2020-01-02 is sNaN"),
        (Flow(DAY, Decimal("Infinity"), "EUR"), "amount of a flow of 2020-01-02 is Infinity"),
        (Dividend(DAY, 0, Decimal("NaN")), "amount of a dividend of 2020-01-02 is NaN"),
        (buy(DAY, -1, "1", "50"), "-1 is the number of no asset"),
        (Exchange(DAY, "EUR", Decimal(1), "EUR", Decimal(1)), "is no exchange"),
        (Exchange(DAY, "EUR", Decimal(0), "", Decimal(1)), "is no exchange"),
        (Cancel(DAY, 2), "entry 2 is cancelled, the last one is 1"),
        (Cancel(DAY, -1), "entry -1 is cancelled"),
    ],
)
@pytest.mark.parametrize("with_lots", [False, True])
def test_what_can_never_be_is_refused_and_nothing_changes(entry: Entry, why: str, with_lots: bool) -> None:
    ledger = Ledger(2, lots=Lots() if with_lots else None)
    start = [Flow(DAY, Decimal(1000)), buy(DAY, 0, "10", "50")]
    for one in start:
        ledger.post(one)
    with exact(), pytest.raises(InvariantError, match=why):
        ledger.post(entry)
    assert (ledger.units, ledger.cash, ledger.purses, ledger.entries) == ([Decimal(10), ZERO], Decimal(500), {}, start)
    if ledger.lots is not None:
        assert [lot.units for lot in ledger.lots.of(0)] == [Decimal(10)]


def test_a_trade_is_refused_as_a_whole() -> None:
    for lots in (None, Lots()):
        ledger = Ledger(2, lots=lots)
        ledger.post(buy(DAY, 0, "10", "50"))
        named = buy(DAY, 0, "-1", "50", lots=(("17", Decimal(1)),)) if lots else buy(DAY, 0, "-20", "50")
        with pytest.raises(InvariantError, match="no lot 17" if lots else "20 units"):
            ledger.fill((buy(DAY, 1, "3", "5"), named))
        assert (ledger.units, len(ledger.entries)) == ([Decimal(10), ZERO], 1)
        if lots:
            assert (lots.assets, lots.held(0)) == ((0,), Decimal(10))


def test_a_correction_is_a_cancellation_and_what_stands_in_its_place() -> None:
    # 10 bought at 50; 4 sold. It were 12 at 40. Cash: -480 + 240 = -240; 8 are left at 40 each.
    ledger = Ledger(1, lots=Lots())
    ledger.post(buy(DAY, 0, "10", "50"))
    ledger.post(buy(date(2020, 1, 3), 0, "-4", "60"))
    with pytest.raises(InvariantError, match="10 units of asset 0 leave, 6 are held"):
        ledger.post(Cancel(DAY, 0))  # alone it would leave a sale of nothing
    ledger.correct(0, buy(DAY, 0, "12", "40"))
    assert (ledger.units, ledger.cash) == ([Decimal(8)], Decimal(-240))
    assert ledger.lots is not None
    assert [(lot.id, lot.units, lot.cost) for lot in ledger.lots.of(0)] == [("3", Decimal(8), Decimal(320))]
    assert [(gain.cost, gain.proceeds, gain.entry) for gain in ledger.lots.gains] == [(Decimal(160), Decimal(240), 1)]
    for number, why in ((0, "a second time"), (2, "is a cancellation")):
        with pytest.raises(InvariantError, match=why):
            ledger.post(Cancel(DAY, number))
    fold = replay(ledger.entries, 1)
    assert (list(fold.units), fold.cash) == (ledger.units, ledger.cash)


def test_a_late_merger_takes_what_was_held_then() -> None:
    # 10 on the 2nd; 5 more on the 6th; then it comes out that on the 3rd all 10 became 20 of another.
    ledger = Ledger(2)
    ledger.post(buy(DAY, 0, "10", "50"))
    ledger.post(buy(date(2020, 1, 6), 0, "5", "50"))
    ledger.post(Merger(date(2020, 1, 3), 0, Decimal(-10), 1, Decimal(20), ZERO))
    assert ledger.units == [5, 20]
    with pytest.raises(InvariantError, match="a merger takes 15 units of asset 0, 10 are held"):
        ledger.correct(2, Merger(date(2020, 1, 3), 0, Decimal(-15), 1, Decimal(20), ZERO))


def test_a_cancelled_purchase_is_no_longer_remembered() -> None:
    ledger = Ledger(1)
    ledger.remember_purchases()
    ledger.post(buy(DAY, 0, "10", "50"))
    ledger.post(buy(DAY, 0, "3", "50"))
    ledger.post(Cancel(DAY, 0))
    assert ledger.bought is not None
    assert ledger.bought.units.tolist() == [[3.0]]
