"""The order of effect, and lots that are kept in step whatever comes late or is cancelled."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.accounting import history as module
from trimtab.accounting.history import as_of, cancelled, effective
from trimtab.accounting.ledger import Ledger
from trimtab.accounting.lots import Lots
from trimtab.core.entries import Cancel, Dividend, Entry, Fill, Flow, Opening, SpinOff, Split
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, exact
from trimtab.core.taxes import Lot, LotMethod

DAY = date(2020, 1, 2)


def trade(day: int, count: str, money: str, asset: int = 0) -> Fill:
    """A purchase or, below zero, a sale."""
    units, amount = Decimal(count), Decimal(money)
    return Fill(DAY + timedelta(days=day), asset, units, amount / abs(units), amount, ZERO, "o")


def again(ledger: Ledger) -> Lots:
    """The lots of the plain fold."""
    assert ledger.lots is not None
    lots = ledger.lots.empty()
    with exact():
        for number, entry in effective(ledger.entries):
            lots.post(number, entry)
    return lots


def same(ledger: Ledger) -> bool:
    """Running lots and gains are those of the plain fold."""
    lots, plain = ledger.lots, again(ledger)
    assert lots is not None
    assets = sorted({*lots.assets, *plain.assets})
    return all(lots.of(asset) == plain.of(asset) for asset in assets) and lots.gains == plain.gains


@st.composite
def posts(draw: st.DrawFn) -> list[Entry]:
    """Entries in any order of dates, some cancelled; many of them cannot be, when they are posted."""
    made: list[Entry] = []
    for _ in range(draw(st.integers(1, 30))):
        kind, day = draw(st.integers(0, 9)), draw(st.integers(0, 12))
        when = DAY + timedelta(days=day)
        money = Decimal(draw(st.integers(100, 90_000))).scaleb(-2)
        if kind <= 3:
            made.append(trade(day, str(draw(st.integers(1, 30))), str(-money), draw(st.integers(0, 1))))
        elif kind <= 5:
            made.append(trade(day, str(-draw(st.integers(1, 20))), str(money), draw(st.integers(0, 1))))
        elif kind == 6:
            made.append(Opening(when, 0, Decimal(9), money, DAY - timedelta(days=day)))
        elif kind == 7:
            made.append(Split(when, 0, Decimal(draw(st.integers(-3, 9))), ZERO))
        elif kind == 8:
            made.append(SpinOff(when, 0, 1, Decimal(draw(st.integers(1, 9))), Decimal("0.3")))
        else:
            made.append(Cancel(when, draw(st.integers(0, 20))))
    return made


@given(posts(), st.sampled_from([LotMethod.FIFO, LotMethod.HIFO, LotMethod.AVERAGE]), st.integers(1, 4))
@settings(max_examples=120, deadline=None)
def test_running_lots_are_those_of_the_plain_fold(entries: list[Entry], method: LotMethod, spacing: int) -> None:
    ledger = Ledger(2, lots=Lots(method))
    with pytest.MonkeyPatch.context() as patch, exact():
        patch.setattr(module, "_SPACING", spacing)  # copies are made and thinned out
        patch.setattr(module, "_COPIES", 4)
        for entry in entries:
            count, units = len(ledger.entries), list(ledger.units)
            try:
                ledger.post(entry)
            except InvariantError:
                assert (len(ledger.entries), ledger.units) == (count, units)
            assert same(ledger)
            assert ledger.lots is not None
            assert [ledger.lots.held(asset) for asset in range(2)] == ledger.units


@given(posts())
@settings(max_examples=60, deadline=None)
def test_entries_that_come_at_once_are_those_that_come_one_by_one(entries: list[Entry]) -> None:
    one_by_one = Ledger(2, lots=Lots())
    for entry in entries:
        try:
            one_by_one.post(entry)
        except InvariantError:
            continue
    at_once = Ledger(2, lots=Lots())
    at_once.extend(one_by_one.entries)
    assert (at_once.units, at_once.cash, at_once.entries) == (one_by_one.units, one_by_one.cash, one_by_one.entries)
    assert same(at_once)


def test_the_check_of_running_lots_catches_a_fold_in_the_order_of_posting(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(1, lots=Lots())
    monkeypatch.setattr(module.History, "add", lambda self, number, entry: self.lots.post(number, entry))
    for entry in (trade(0, "10", "-100"), trade(5, "-5", "80"), trade(-1, "10", "-200")):
        ledger.post(entry)
    assert not same(ledger)


# By hand.


def test_what_comes_before_the_session_comes_first() -> None:
    # Posted: a fill, a split and an opening of the same day, and a dividend of the day before
    entries: list[Entry] = [
        trade(1, "3", "-3"),
        Split(DAY + timedelta(days=1), 0, Decimal(2), ZERO),
        Opening(DAY + timedelta(days=1), 0, Decimal(2), ZERO, DAY),
        Dividend(DAY, 0, Decimal(1)),
        Flow(DAY, Decimal(1)),
        Cancel(DAY + timedelta(days=9), 4),
    ]
    assert [number for number, _ in effective(entries)] == [3, 1, 2, 0]
    assert [number for number, _ in as_of(entries, DAY)] == [3]  # what is cancelled later never was
    assert cancelled(entries) == {4}
    assert effective([]) == as_of([], DAY) == []


def test_a_purchase_that_comes_late_is_sold_first() -> None:
    # 10 for 100 on day 2, 5 sold for 80 on day 5: gain 30. Then 5 for 45 of day 1 come: they were sold, and the gain is 35.
    ledger = Ledger(1, lots=Lots())
    ledger.post(trade(2, "10", "-100"))
    ledger.post(trade(5, "-5", "80"))
    lots = ledger.lots
    assert lots is not None
    assert [gain.amount for gain in lots.gains] == [30]
    ledger.post(trade(1, "5", "-45"))
    assert [(gain.lot, gain.amount) for gain in lots.gains] == [("2", 35)]
    assert [(lot.id, lot.units) for lot in lots.of(0)] == [("0", 10)]
    assert ledger.lots is lots  # who holds them sees what they are now


def test_a_split_that_comes_late_changes_what_was_sold_since() -> None:
    # 10 for 100; 5 sold for 40 of then 20: a quarter of the cost, 25, gain 15
    ledger = Ledger(1, lots=Lots())
    ledger.post(trade(0, "10", "-100"))
    ledger.post(trade(9, "-5", "40"))
    ledger.post(Split(DAY + timedelta(days=3), 0, Decimal(10), ZERO))
    assert ledger.lots is not None
    assert [gain.amount for gain in ledger.lots.gains] == [15]
    assert ledger.units == [15]


def test_a_late_entry_that_makes_the_past_impossible_is_refused_and_nothing_changes() -> None:
    # 10 on day 0, sold on day 3, 10 again on day 5: a sale of 1 on day 4 leaves 9 in the end, but there was nothing then
    ledger = Ledger(1, lots=Lots())
    for entry in (trade(0, "10", "-100"), trade(3, "-10", "100"), trade(5, "10", "-100")):
        ledger.post(entry)
    lots = ledger.lots
    assert lots is not None
    before = (list(ledger.entries), ledger.cash, lots.of(0), list(lots.gains))
    with pytest.raises(InvariantError, match="1 units of asset 0 are sold, 0 are held"):
        ledger.post(trade(4, "-1", "10"))
    assert before == (ledger.entries, ledger.cash, lots.of(0), lots.gains)


def test_a_dividend_that_comes_late_folds_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(1, lots=Lots())
    ledger.post(trade(2, "10", "-100"))
    monkeypatch.setattr(module.History, "_rewind", None)
    ledger.post(Dividend(DAY, 0, Decimal(3)))
    ledger.post(Cancel(DAY, 1))
    assert ledger.cash == -100


class Deaf:
    """A watcher of a household."""

    def acquired(self, lots: Lots, lot: Lot) -> None: ...

    def split(self, asset: int, on: date, ratio: Decimal) -> None: ...

    def realised(self, lots: Lots, index: int) -> None: ...


def test_lots_that_are_watched_do_not_go_back() -> None:
    ledger = Ledger(1, lots=Lots(watcher=Deaf()))
    ledger.post(trade(2, "10", "-100"))
    for late in (trade(1, "10", "-100"), Cancel(DAY, 0)):
        with pytest.raises(InvariantError, match=r"these lots are watched\. Fold the whole household again"):
            ledger.post(late)
    assert (len(ledger.entries), ledger.units) == (1, [10])


def test_copies_grow_sparse_and_stay_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SPACING", 2)
    ledger = Ledger(1, lots=Lots())
    ledger.post(trade(0, "1", "-1"))
    ledger.post(trade(-1, "1", "-1"))
    for day in range(1, 300):
        ledger.post(trade(day, "1", "-1"))
    kept = ledger._history._copies if ledger._history is not None else []
    assert 8 <= len(kept) <= module._COPIES
    assert [copy.folded for copy in kept] == sorted({copy.folded for copy in kept})
    assert kept[0].folded == 0
    ledger.post(trade(280, "-2", "9"))
    assert same(ledger)
