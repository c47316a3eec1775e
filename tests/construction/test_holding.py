"""The minimum holding period: what must stay, by hand and by the calendar, voices that agree, planted faults."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.construction.reference import book_of, universe
from trimtab.construction.holding import MinHolding
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.terms import Span
from trimtab.core.trades import Book, Purchases

U = universe(2)
MONTH = MinHolding(Span.parse("1M"), U)


def bought(held: list[float], past: dict[str, list[float]], *, prices: tuple[float, float] = (1.0, 1.0)) -> Book:
    """On 2024-05-31, worth 100."""
    units = np.array(list(past.values()), dtype=float).reshape(-1, 2)
    memory = Purchases(np.array(list(past), dtype="datetime64[D]"), units)
    return replace(book_of(np.array(held)), prices=np.array(prices), bought=memory)


def check_voices(limit: MinHolding, book: Book, w: Array) -> None:
    """The reading of the rule aloud: sum up what is young, and sell no more than the rest."""
    low, high = limit.window(book)
    assert (high == np.inf).all()
    young = book.bought.dates > np.datetime64("2024-04-30")
    stays = [
        min(held, sum(u * p for u in row[young]) / book.nav)
        for held, row, p in zip(book.held, book.bought.units.T, book.prices, strict=True)
    ]
    np.testing.assert_allclose(low, stays, atol=1e-15)
    assert limit.breach(w, book) == pytest.approx(max(s - t for s, t in zip(stays, w, strict=True)), abs=1e-12)


DAYS = ["2024-03-28", "2024-04-30", "2024-05-01", "2024-05-31"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.0, 60.0), min_size=8, max_size=8), st.lists(st.floats(0.0, 0.6), min_size=4, max_size=4))
def test_the_voices_agree(units: list[float], weights: list[float]) -> None:
    past = dict(zip(DAYS, np.array(units).reshape(4, 2).tolist(), strict=True))
    check_voices(MONTH, bought(weights[:2], past, prices=(1.0, 2.0)), np.array(weights[2:]))


def test_what_is_young_stays_and_what_is_old_goes() -> None:
    # Of A0 held at 40 %, 10 units at 1.50 on 100 are young: .15 stays. All of A1 is old.
    book = bought([0.4, 0.4], {"2024-03-28": [25.0, 40.0], "2024-05-15": [10.0, 0.0]}, prices=(1.5, 1.0))
    np.testing.assert_allclose(MONTH.window(book)[0], [0.15, 0.0], atol=1e-15)
    assert MONTH.breach(np.array([0.15, 0.0]), book) <= 1e-15
    assert MONTH.breach(np.array([0.10, 0.0]), book) == pytest.approx(0.05)


def test_no_more_stays_than_is_held() -> None:
    book = bought([0.05, 0.4], {"2024-05-15": [10.0, 0.0]})  # half of it has been taken out since
    assert MONTH.window(book)[0].tolist() == [0.05, 0.0]


def test_a_month_after_the_purchase_it_may_go() -> None:
    book = bought([0.4, 0.4], {"2024-04-30": [40.0, 0.0], "2024-05-01": [0.0, 40.0]})
    np.testing.assert_allclose(MONTH.window(book)[0], [0.0, 0.4])  # one month before 31 May is 30 April


def test_what_was_never_bought_needs_no_price() -> None:
    book = bought([0.4, 0.0], {"2024-05-15": [10.0, 0.0]}, prices=(1.0, np.nan))
    np.testing.assert_allclose(MONTH.window(book)[0], [0.1, 0.0])


def test_what_ended_within_its_period_is_no_longer_held() -> None:
    low, _ = MONTH.window(bought([0.4, 0.0], {"2024-05-15": [40.0, 20.0]}, prices=(1.0, np.nan)))
    np.testing.assert_allclose(low, [0.4, 0.0])


def test_an_account_without_a_past_is_free() -> None:
    assert MONTH.window(bought([0.4, 0.4], {}))[0].tolist() == [0.0, 0.0]


def test_at_the_door() -> None:
    with pytest.raises(ParameterError, match="no day") as caught:
        MinHolding(Span(0))
    assert caught.value.field == "period"
    with pytest.raises(InvariantError, match="past purchases"):
        MONTH.window(book_of(np.array([0.4, 0.4])))
    assert TypeAdapter(MinHolding).validate_python({"period": "30D"}) == MinHolding(Span.parse("30D"))
    assert MONTH.words == "What is bought is held for a 1-month period at least"
    assert MONTH.remembers


class ForgetsTheCalendar(MinHolding):
    def window(self, book: Book):
        dates = np.full(book.bought.dates.shape, book.when)
        return super().window(replace(book, bought=Purchases(dates, book.bought.units)))


class LocksWhatIsGone(MinHolding):
    def window(self, book: Book):
        return self._recent(book), super().window(book)[1]


@pytest.mark.parametrize("fault", [ForgetsTheCalendar, LocksWhatIsGone], ids=lambda kind: kind.__name__)
def test_planted_faults_are_caught(fault: type[MinHolding]) -> None:
    book = bought([0.2, 0.3], {"2024-03-28": [10.0, 10.0], "2024-05-15": [30.0, 10.0]})
    check_voices(MONTH, book, np.array([0.1, 0.0]))
    with pytest.raises(AssertionError):
        check_voices(fault(MONTH.period, U), book, np.array([0.1, 0.0]))
