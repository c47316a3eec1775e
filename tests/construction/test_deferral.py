"""Putting gains off: what is worth keeping, read aloud; the case of December; voices that agree, planted faults."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.accounting.taxes.law import Plain, lot
from tests.construction.reference import aims_of, book_of, rules_of, universe
from trimtab.accounting.taxes.selling import SaleTax
from trimtab.construction.deferral import DeferGains
from trimtab.construction.limits import MaxWeight
from trimtab.construction.pace import Pace
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.taxes import Selling, Tranche, tranches
from trimtab.core.terms import Span
from trimtab.core.trades import Book
from trimtab.costs.trading import Linear

U = universe(2)
LIMIT = DeferGains(universe=U)
SIXTY = 60.0 / 252.0


def book(*rows: list[Tranche], held: list[float] | None = None) -> Book:
    """What is held is what the tranches weigh, unless it is given."""
    weighed = np.array([sum(each.weight for each in row) for row in rows])
    return replace(book_of(weighed if held is None else np.array(held)), selling=tranches(rows))


def check_voices(limit: DeferGains, asked: Book, rows: list[list[Tranche]], w: Array) -> None:
    """The rule aloud, tranche by tranche: kept where it saves more than two per cent a year for at most sixty sessions."""
    low, high = limit.window(asked)
    assert (high == np.inf).all()
    stays = []
    for held, row in zip(asked.held, rows, strict=True):
        kept = [t.weight for t in row if t.wait <= SIXTY and t.now > 0.0 and t.now - t.later > 0.02 * t.wait]
        stays.append(min(held, sum(kept)))
    np.testing.assert_allclose(low, stays, atol=1e-15)
    assert limit.breach(w, asked) == pytest.approx(max(s - t for s, t in zip(stays, w, strict=True)), abs=1e-12)


_TRANCHE = st.builds(
    lambda weight, now, fall, wait: Tranche(weight, now, now - fall if wait < np.inf else now, wait),
    st.floats(0.0, 0.2),
    st.floats(-0.2, 0.3),
    st.sampled_from([0.0, 0.001, 0.003, 0.034]),
    st.sampled_from([1.0 / 365.0, 0.1, SIXTY, 0.25, 0.9, np.inf]),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(_TRANCHE, max_size=4), min_size=2, max_size=2), st.lists(st.floats(0.0, 0.6), min_size=4, max_size=4))
def test_the_voices_agree(rows: list[list[Tranche]], weights: list[float]) -> None:
    check_voices(LIMIT, book(*rows, held=weights[:2]), rows, np.array(weights[2:]))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(_TRANCHE, max_size=4), min_size=2, max_size=2), st.floats(0.0, 50.0), st.permutations([0, 1]))
def test_risk_only_lets_go_and_permuting_the_assets_permutes_it(
    rows: list[list[Tranche]], aversion: float, order: list[int]
) -> None:
    sigma = np.array([[0.04, 0.01], [0.01, 0.09]])
    asked, limit = replace(book(*rows), covariance=sigma), replace(LIMIT, aversion=aversion)
    kept = limit.kept(asked)
    assert not (kept & ~LIMIT.kept(asked)).any()
    moved = replace(book(*(rows[k] for k in order)), covariance=sigma[np.ix_(order, order)])
    np.testing.assert_array_equal(limit.kept(moved), kept[order])


# By hand.


def december(when: str, *, price: float = 100.0) -> Book:
    """A0 is half of the account: bought on 10 January 2024 for 80, a fifth of its value at 100 is gain. A1 was for 130."""
    lots = [lot("1", "2024-01-10", "5", "400")], [lot("2", "2023-05-02", "5", "650")]
    selling = SaleTax(Plain())(lots, np.full(2, price), 10.0 * price, date.fromisoformat(when))
    return replace(book_of(np.array([0.5, 0.5]), when=when), selling=selling)


def test_what_turns_long_term_in_days_is_not_sold_in_december_and_is_sold_once_it_has() -> None:
    # METHODS 10: .2 * (.408 - .238) = 3.4 % of the position, for 11 days: 2 % a year cost .06 %. Losses may go at any time.
    to = aims_of(np.array([[0.1, 0.0]])).row(0)
    sold = {}
    for when in ("2024-09-02", "2024-12-31", "2025-01-10", "2025-01-11"):
        found = Pace()(to, december(when), rules_of(LIMIT, count=2), Linear())
        sold[when] = found.target.round(12).tolist()
    assert sold == {
        "2024-09-02": [0.1, 0.0],  # 131 days to go: too long a wait
        "2024-12-31": [0.5, 0.0],
        "2025-01-10": [0.5, 0.0],
        "2025-01-11": [0.1, 0.0],
    }


def test_a_long_term_gain_is_put_off_by_a_day_into_january() -> None:
    # .3 of the value is gain, .0714 tax; a year later worth .0714 / 1.04, .0027 less: more than 2 % for a day, .00005.
    lots = [lot("1", "2022-01-10", "5", "350")], []
    selling = SaleTax(Plain())(lots, np.full(2, 100.0), 1000.0, date(2024, 12, 31))
    asked = replace(book_of(np.array([0.5, 0.0])), selling=selling)
    assert LIMIT.window(asked)[0].tolist() == [0.5, 0.0]
    # In 100 days 2 % a year are .0055: not worth it, and .27 years are too long besides.
    selling = SaleTax(Plain(), soon=0.3)(lots, np.full(2, 100.0), 1000.0, date(2024, 9, 23))
    assert LIMIT.window(replace(asked, selling=selling))[0].tolist() == [0.0, 0.0]
    longer = replace(LIMIT, waiting=0.0, at_most=Span.parse("3M"))
    assert longer.window(replace(asked, selling=selling))[0].tolist() == [0.0, 0.0]
    assert replace(longer, at_most=Span.parse("4M")).window(replace(asked, selling=selling))[0].tolist() == [0.5, 0.0]


def test_the_tranches_that_are_worth_it_stay_whatever_their_order() -> None:
    first, second = Tranche(0.1, 0.08, 0.04, 0.05), Tranche(0.3, 0.14, 0.14, np.inf)
    for row in ([first, second], [second, first]):
        asked = book(row, [])
        assert LIMIT.window(asked)[0].tolist() == [0.1, 0.0]
        assert LIMIT.kept(asked)[0].tolist() == [each is first for each in row]


def test_risk_counts_where_there_is_a_covariance() -> None:
    # All of A0, .5, would stay: variance .5^2 * .04 = .01; half the aversion of 10 times that is .05 a year, shared over .5
    # of the portfolio .1 of each part. For .1 years .01 and .002: more than .01 saved, less than .02.
    for saved, stays in ((0.01, 0.0), (0.02, 0.5)):
        asked = book([Tranche(0.2, 0.1, 0.1 - saved, 0.1), Tranche(0.3, 0.1, 0.1 - saved, 0.1)], [])
        limit = replace(LIMIT, aversion=10.0)
        assert limit.window(asked)[0][0] == 0.5  # nobody forecasts
        assert limit.window(replace(asked, covariance=np.diag([0.04, 0.01])))[0][0] == stays
        assert LIMIT.window(replace(asked, covariance=np.diag([0.04, 0.01])))[0][0] == 0.5
        assert limit.window(replace(asked, covariance=np.diag([np.nan, 0.01])))[0][0] == 0.0
        assert limit.window(replace(asked, covariance=np.diag([0.04, np.nan])))[0][0] == stays  # of what is not kept


def test_no_more_stays_than_is_held() -> None:
    asked = book([Tranche(0.4, 0.08, 0.04, 0.05)], [], held=[0.3, 0.0])
    assert LIMIT.window(asked)[0].tolist() == [0.3, 0.0]


def test_a_repair_sells_what_is_put_off() -> None:
    rules = rules_of(LIMIT, MaxWeight(0.4, universe=U), count=2)
    found = Pace()(aims_of(np.array([[0.1, 0.0]])).row(0), december("2024-12-31"), rules, Linear())
    np.testing.assert_allclose(found.target, [0.4, 0.0], atol=1e-12)
    assert found.relaxed == ("turnover",)


def test_nothing_held_or_no_tranche_is_free() -> None:
    assert LIMIT.window(book([], []))[0].tolist() == [0.0, 0.0]
    assert LIMIT.window(book([], [], held=[0.4, 0.4]))[0].tolist() == [0.0, 0.0]


def test_at_the_door() -> None:
    with pytest.raises(ParameterError, match="no time at all") as caught:
        DeferGains(at_most=Span(0))
    assert caught.value.field == "at_most"
    for name in ("waiting", "aversion"):
        with pytest.raises(ParameterError, match=name):
            DeferGains(**{name: -0.1})
    with pytest.raises(InvariantError, match="what selling is taxed"):
        LIMIT.window(book_of(np.array([0.4, 0.4])))
    assert TypeAdapter(DeferGains).validate_python({"waiting": 0.02, "at_most": "60D"}) == DeferGains()
    assert LIMIT.words == "A gain is not sold where a 60-day wait or a shorter one saves more tax than 2 % a year"
    assert replace(LIMIT, aversion=5.0).words.endswith("2 % a year and its risk")
    assert LIMIT.taxed


# Planted faults.


class KeepsLosses(DeferGains):
    def kept(self, book: Book):
        lost = replace(book.selling, now=np.abs(book.selling.now), later=-np.ones(book.selling.now.shape))
        return super().kept(replace(book, selling=lost))


class ForgetsTheWait(DeferGains):
    def kept(self, book: Book):
        return super().kept(replace(book, selling=_at_once(book.selling)))


class LocksWhatIsGone(DeferGains):
    def window(self, book: Book):
        low = np.where(self.kept(book), book.selling.weights, 0.0).sum(1)
        return low, np.full(low.shape, np.inf)


def _at_once(selling: Selling) -> Selling:
    return replace(selling, wait=np.where(np.isfinite(selling.wait), 0.0, np.inf))


@pytest.mark.parametrize("fault", [KeepsLosses, ForgetsTheWait, LocksWhatIsGone], ids=lambda kind: kind.__name__)
def test_planted_faults_are_caught(fault: type[DeferGains]) -> None:
    loss, far = Tranche(0.1, -0.1, -0.1, 0.1), Tranche(0.1, 0.1, 0.02, 0.9)
    rows = [[loss, far, Tranche(0.3, 0.1, 0.05, 0.05)], [Tranche(0.2, 0.1, 0.05, 0.05)]]
    asked = book(*rows, held=[0.5, 0.1])
    check_voices(LIMIT, asked, rows, np.array([0.1, 0.0]))
    with pytest.raises(AssertionError):
        check_voices(fault(universe=U), asked, rows, np.array([0.1, 0.0]))
