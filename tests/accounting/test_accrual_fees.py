"""Fees in an account: when they fall due, on what, and wealth after them. An obvious loop stands beside the book."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction as Ratio
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.accounting.accrual import Accrual
from trimtab.accounting.charging import following, instalments, worth
from trimtab.accounting.conditions import Conditions
from trimtab.accounting.gross import charged, fee_returns
from trimtab.accounting.ledger import Ledger, replay
from trimtab.accounting.marks import Marks, Track, mark
from trimtab.accounting.moves import cash_of
from trimtab.core.arrays import Dates
from trimtab.core.entries import Fee, Fill, Flow
from trimtab.core.errors import InvariantError
from trimtab.core.frictions import Billing, Charges, FeeValue
from trimtab.core.money import ZERO, Currency, Money, decimal_of, exact
from trimtab.core.terms import months
from trimtab.core.values import Asset
from trimtab.costs.adviser import Adviser, Tier
from trimtab.costs.carrying import Carrying
from trimtab.costs.data_cost import DataCost
from trimtab.costs.expenses import Expenses
from trimtab.costs.financing import Cash

ONE_PERCENT = (Tier(0.01),)
Numbers = np.ndarray[Any, Any]
PAIR = (Asset("X"), Asset("Y"))
TWO = (Tier(0.01, Money(Decimal(1_000_000))), Tier(0.005))


def weekdays(first: str, last: str) -> Dates:
    """Sessions from one date to another, both included."""
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    return days[np.is_busday(days)]


def world(sessions: Dates, closes: Numbers | None = None, *, bills: float = 0.0) -> Conditions:
    prices = np.full((len(sessions), 1), 10.0) if closes is None else closes
    days = (sessions - sessions[0]).astype(float)
    return Conditions(sessions, prices, None, (1.0 + bills) ** (days / 365.25), days / 365.25)


def opened(conditions: Conditions, *fees: Charges, capital: int = 1_000_000, row: int = 0, **more: Any) -> Accrual:
    """An account with `capital` in cash at the close of session `row`."""
    ledger, track = Ledger(conditions.closes.shape[1]), Track()
    accrual = Accrual(ledger, track, conditions, Cash("bills"), Currency(), None, row, fees=fees, **more)
    ledger.post(Flow(conditions.sessions[row].item(), Decimal(capital)))
    track.note(row, ledger)
    accrual.reinvest()
    return accrual


def to_the_end(accrual: Accrual) -> list[tuple[str, str]]:
    """Dates and amounts of the fees of an account that is left alone."""
    with exact():
        accrual.to(len(accrual.conditions.sessions) - 1)
        accrual.reinvest()
    return [(f"{fee.when}", f"{fee.amount} {fee.why}") for fee in accrual.ledger.entries if isinstance(fee, Fee)]


def marked(accrual: Accrual) -> Marks:
    conditions = accrual.conditions
    last = len(conditions.sessions) - 1
    return mark(accrual.track, conditions, accrual.financing, last=last, holding=accrual.holding)


# Laws.

fees_of_all_kinds = st.lists(
    st.builds(
        Adviser,
        st.sampled_from([ONE_PERCENT, TWO]),
        st.sampled_from([months(1), months(3), months(4), months(12)]),
        st.sampled_from(list(FeeValue)),
        whole=st.booleans(),
    )
    | st.builds(Adviser, st.just(TWO), st.sampled_from([months(1), months(6)]), billed=st.just(Billing.ADVANCE))
    | st.builds(DataCost, st.just(Money(Decimal(5_000))), st.sampled_from([months(2), months(3)]), st.sampled_from(Billing)),
    min_size=1,
    max_size=3,
)


def day_of(period: int, count: int) -> np.datetime64:
    """The first day of a period of `count` months."""
    return np.datetime64(period * count, "M").astype("datetime64[D]")  # type: ignore[no-any-return]


def period_of(day: np.datetime64, count: int) -> int:
    return int(day.astype("datetime64[M]").astype(int)) // count


def by_loop(fee: Charges, sessions: Dates, opening: int, wealth: Numbers, before: Numbers) -> list[Fee]:
    """What one fee charges, day by day through the calendar, on wealth after the fees of each session and before them."""
    count, owed, since, on, out = fee.every.count, Ratio(0), opening, sessions[opening], []
    for row in range(opening, len(sessions)):
        period = period_of(sessions[row], count)
        turns = period_of(sessions[row + 1] if row + 1 < len(sessions) else following(sessions), count) != period
        if fee.billed is Billing.ARREARS and (not turns or row == opening):
            continue
        if fee.billed is Billing.ADVANCE and not turns and row > opening:
            continue
        end = day_of(period + 1 + int(turns and fee.billed is Billing.ADVANCE), count)
        while on + 1 < end:  # a day at a time: its part of the period in which it lies
            on = on + 1
            first = period_of(on, count)
            owed += Ratio(count, 12 * int((day_of(first + 1, count) - day_of(first, count)).astype(int)))
        closes = [*wealth[since + 1 : row], before[row]] if fee.base is FeeValue.AVERAGE else [before[row]]
        amount = Currency().round(fee.due(decimal_of(float(np.mean(closes))), owed))
        out.append(Fee(sessions[row].item(), amount, fee.why))
        owed, since = Ratio(0), row
    return [one for one in out if one.amount]


def run(accrual: Accrual, random: np.random.Generator, *, trading: bool) -> None:
    """Session by session to the end; trades at the open of some sessions, to which the accrual has come."""
    sessions = accrual.conditions.sessions
    opening = accrual.row
    for row in range(opening, len(sessions)):
        trades = trading and row % 17 == 5 and row > opening
        if not trades and row % 40 and row < len(sessions) - 1:
            continue  # nobody looks: what falls between is caught up with
        accrual.to(row)
        if trades:
            units = max(Decimal(int(random.integers(-3000, 9000))), -accrual.ledger.units[row % 2])
            accrual.ledger.post(Fill(sessions[row].item(), row % 2, units, Decimal(20), -units * 20, Decimal(3), "o"))
            accrual.track.note(row, accrual.ledger)
        accrual.reinvest()


@given(st.integers(0, 2**32 - 1), fees_of_all_kinds, st.integers(0, 40), st.booleans(), st.booleans())
@settings(max_examples=20, deadline=None)
def test_fast_marks_are_the_exact_entries_and_fees_those_of_the_obvious_loop(
    seed: int, fees: list[Charges], opening: int, trading: bool, costly: bool
) -> None:
    random = np.random.default_rng(seed)
    sessions = weekdays("2019-11-15", "2020-11-20")
    sessions = sessions[random.random(len(sessions)) < 0.9]  # holidays
    closes = 20.0 * np.exp(np.cumsum(0.02 * random.standard_normal((len(sessions), 2)), axis=0))
    conditions = world(sessions, closes, bills=0.02 if costly else 0.0)
    with exact():
        accrual = opened(
            conditions, *fees, capital=1_500_000, row=opening, holding=Carrying(0.2, universe=PAIR) if costly else None
        )
        accrual.ledger.post(Fill(sessions[opening].item(), 0, Decimal(9000), Decimal(20), Decimal(-180_000), ZERO, "o"))
        accrual.track.note(opening, accrual.ledger)
        run(accrual, random, trading=trading)
        wealth = np.concatenate([np.full(opening, np.nan), marked(accrual).wealth])
        paid = [e for e in accrual.ledger.entries if isinstance(e, Fee) and e.why != "holding"]
        before = wealth.copy()
        for fee in paid:
            before[np.searchsorted(sessions, np.datetime64(fee.when))] += float(fee.amount)
        before[opening] = 1_500_000.0
        for row in range(opening, len(sessions)):  # between two entries wealth knows of interest that is not posted yet
            if not costly or np.datetime64(sessions[row]) in [np.datetime64(fee.when) for fee in paid]:
                book = replay([entry for entry in accrual.ledger.entries if entry.when <= sessions[row].item()], 2)
                worth = book.cash + sum([n * decimal_of(p) for n, p in zip(book.units, closes[row], strict=True)], ZERO)
                assert float(worth) == pytest.approx(wealth[row], rel=1e-12)
    expected = [one for fee in fees for one in by_loop(fee, sessions, opening, wealth, before)]
    assert [(fee.when, fee.why) for fee in sorted(paid)] == [(fee.when, fee.why) for fee in sorted(expected)]
    assert all(abs(one.amount - two.amount) <= Decimal("0.01") for one, two in zip(sorted(paid), sorted(expected), strict=True))
    assert sum(one == two for one, two in zip(sorted(paid), sorted(expected), strict=True)) >= len(paid) - 1  # a tie at most


def test_the_law_bites_where_marks_do_not_know_of_a_fee(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a fee that is posted and not noted shows in entries and not in wealth until the next change."""
    real = Track.note

    def blind(track: Track, row: int, ledger: Ledger) -> None:
        if not isinstance(ledger.entries[-1], Fee):
            real(track, row, ledger)

    monkeypatch.setattr(Track, "note", blind)
    accrual = opened(world(weekdays("2020-01-01", "2020-04-15")), Adviser(ONE_PERCENT))
    assert len(to_the_end(accrual)) == 1
    assert marked(accrual).wealth[-1] == 1_000_000.0


@given(st.integers(0, 30), st.sampled_from([1, 2, 3, 4, 6, 12]), st.sampled_from(Billing), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_all_instalments_are_for_the_time_from_the_opening_to_the_end_of_the_last_period(
    opening: int, count: int, billed: Billing, seed: int
) -> None:
    sessions = weekdays("2019-10-01", "2021-02-10")
    sessions = sessions[np.random.default_rng(seed).random(len(sessions)) < 0.2]  # even with whole months missing
    fee = DataCost(Money(Decimal(1)), months(count), billed)
    found = [part for _, parts in sorted(instalments([fee], sessions, opening).items()) for part in parts]
    if found:
        months_of = period_of(sessions[-1], count)
        ended = period_of(following(sessions), count) != months_of
        last = months_of + int(ended) + (1 if billed is Billing.ADVANCE else 0)  # periods paid for end where this one begins
        whole = sum((part.years for part in found), Ratio(0))
        begin = sessions[opening] + 1
        first = period_of(begin, count)
        days, gone = day_of(first + 1, count) - day_of(first, count), begin - day_of(first, count)
        part = Ratio(int(gone.astype(int)), int(days.astype(int)))
        assert whole == (last - first - part) * Ratio(count, 12)
    assert all(part.years > 0 for part in found)


@given(st.integers(10, 200))
@settings(max_examples=25, deadline=None)
def test_the_end_of_the_data_decides_nothing_where_the_next_session_is_known(cut: int) -> None:
    sessions = weekdays("2020-01-01", "2020-12-31")
    fee = Adviser(ONE_PERCENT, months(1))
    whole = instalments([fee], sessions, 3)
    known = instalments([fee], sessions[:cut], 3, after=sessions[cut])
    assert known == {row: parts for row, parts in whole.items() if row < cut}


# By hand.


def test_a_fee_of_one_percent_a_year_by_quarters_with_a_short_first_one() -> None:
    # Opened at the close of 14 February 2020: 15 February to 31 March are 46 of 91 days.
    # 1 000 000 * .01 / 4 * 46 / 91 = 1 263.736... ; then (1 000 000 - 1 263.74) * .0025 = 2 496.84065
    accrual = opened(world(weekdays("2020-02-14", "2020-07-15")), Adviser(ONE_PERCENT))
    assert to_the_end(accrual) == [("2020-03-31", "1263.74 adviser"), ("2020-06-30", "2496.84 adviser")]
    assert accrual.ledger.cash == Decimal("996239.42")
    wealth, sessions = marked(accrual).wealth, accrual.conditions.sessions
    assert wealth[sessions == np.datetime64("2020-03-30")].tolist() == [1_000_000.0]
    assert wealth[sessions == np.datetime64("2020-03-31")].tolist() == [998_736.26]
    assert wealth[-1] == 996_239.42


def test_in_advance_the_rest_of_the_first_period_is_paid_at_the_opening_and_the_next_at_its_end() -> None:
    # 46 / 91 of a quarter at once: 1 263.74; on 31 March a quarter of 998 736.26: 2 496.84
    accrual = opened(world(weekdays("2020-02-14", "2020-05-15")), Adviser(ONE_PERCENT, billed=Billing.ADVANCE))
    assert to_the_end(accrual) == [("2020-02-14", "1263.74 adviser"), ("2020-03-31", "2496.84 adviser")]


def test_who_opens_on_the_last_day_of_a_period_pays_the_next_in_full() -> None:
    sessions = weekdays("2019-12-31", "2020-04-01")
    assert to_the_end(opened(world(sessions), Adviser(ONE_PERCENT))) == [("2020-03-31", "2500.00 adviser")]
    ahead = opened(world(sessions), Adviser(ONE_PERCENT, billed=Billing.ADVANCE))
    assert to_the_end(ahead) == [("2019-12-31", "2500.00 adviser"), ("2020-03-31", "2493.75 adviser")]


def test_the_average_is_that_of_the_closes_since_the_last_charge() -> None:
    # 100 000 units bought for all of 1 m at 10 on the first day; closes of the four weeks of February 2021 and 1 March.
    # 20 sessions of February, the first 10 at 10, the others at 12: 1.1 m on average. 28 of 28 days of
    # February and 2 of 31 of January: 1.1 m * .01 / 12 * 33 / 31 = 975.806...
    sessions = weekdays("2021-01-29", "2021-03-01")
    closes = np.where(np.arange(len(sessions)) <= 10, 10.0, 12.0)[:, np.newaxis]
    accrual = opened(world(sessions, closes), Adviser(ONE_PERCENT, months(1), FeeValue.AVERAGE))
    accrual.ledger.post(Fill(date(2021, 1, 29), 0, Decimal(100_000), Decimal(10), Decimal(-1_000_000), ZERO, "o"))
    accrual.track.note(0, accrual.ledger)
    assert to_the_end(accrual) == [("2021-02-26", "975.81 adviser")]
    # Cash was all spent: it is owed until somebody sells.
    assert accrual.ledger.cash == Decimal("-975.81")


def test_each_fee_of_a_day_is_on_the_value_before_any_of_them_and_funds_charge_nothing() -> None:
    fees = (Adviser(ONE_PERCENT), DataCost(Money(Decimal(8_000))), Expenses(0.01))
    for order in (fees, fees[::-1]):
        found = to_the_end(opened(world(weekdays("2019-12-31", "2020-03-31")), *order))
        assert sorted(found) == [("2020-03-31", "2000.00 data"), ("2020-03-31", "2500.00 adviser")]


def test_the_fee_of_a_day_comes_after_its_trades_at_the_open_and_before_the_decision_at_its_close() -> None:
    # Bought at 10 at the open of 31 March, which closes at 20: 100 000 units are worth 2 m, a quarter is 5 000.
    sessions = weekdays("2019-12-31", "2020-04-02")
    closes = np.where(sessions >= np.datetime64("2020-03-31"), 20.0, 10.0)[:, np.newaxis]
    accrual = opened(world(sessions, closes), Adviser(ONE_PERCENT))
    last = int(np.flatnonzero(sessions == np.datetime64("2020-03-31"))[0])
    with exact():
        accrual.to(last)
        assert not [entry for entry in accrual.ledger.entries if isinstance(entry, Fee)]
        accrual.ledger.post(Fill(date(2020, 3, 31), 0, Decimal(100_000), Decimal(10), Decimal(-1_000_000), ZERO, "o"))
        accrual.reinvest()
        accrual.reinvest()  # once is enough
    assert accrual.ledger.entries[-1] == Fee(date(2020, 3, 31), Decimal("5000.00"), "adviser")
    assert len(accrual.ledger.entries) == 3


def test_a_last_period_that_may_still_grow_is_not_charged() -> None:
    # 30 June 2020 is a Tuesday: on Monday it is not over. Good Friday 2024: by weekdays nobody knows that March is over.
    assert to_the_end(opened(world(weekdays("2020-04-30", "2020-06-29")), Adviser(ONE_PERCENT))) == []
    assert len(to_the_end(opened(world(weekdays("2020-04-30", "2020-06-30")), Adviser(ONE_PERCENT)))) == 1
    easter = world(weekdays("2024-02-01", "2024-03-28"))
    assert len(to_the_end(opened(easter, Adviser(ONE_PERCENT)))) == 0
    assert len(to_the_end(opened(easter, Adviser(ONE_PERCENT), after=np.datetime64("2024-04-01")))) == 1


def test_monthly_data_are_charged_by_their_months_and_missing_months_later() -> None:
    ends = np.array(["2019-12-31", "2020-01-31", "2020-04-30", "2020-05-29"], dtype="datetime64[D]")
    fee = DataCost(Money(Decimal(1200)), months(1))
    expected = [("2020-01-31", "100.00 data"), ("2020-04-30", "300.00 data"), ("2020-05-29", "100.00 data")]
    assert to_the_end(opened(world(ends), fee)) == expected


# Degenerate.


def test_a_future_is_worth_what_it_paid_and_no_more_and_what_has_no_price_is_refused() -> None:
    ledger = Ledger(2, futures=[1])
    ledger.cash, ledger.units = Decimal(100), [Decimal(2), Decimal(5)]
    assert worth(ledger, np.array([7.0, 3000.0])) == 114
    with pytest.raises(InvariantError):
        worth(ledger, np.array([np.nan, 1.0]))


def test_no_fee_no_entry_and_ruin_pays_no_adviser() -> None:
    sessions = weekdays("2019-12-31", "2020-04-01")
    assert to_the_end(opened(world(sessions))) == []
    assert to_the_end(opened(world(sessions), Adviser((Tier(0.0),)))) == []
    assert to_the_end(opened(world(sessions), Adviser(ONE_PERCENT), capital=-5)) == []
    assert to_the_end(opened(world(sessions), Adviser(ONE_PERCENT), capital=1)) == []  # a quarter of a cent
    assert instalments([Adviser(ONE_PERCENT)], sessions, len(sessions) - 1) == {}


def test_cash_and_wealth_add_up_and_gross_returns_know_no_fee() -> None:
    # Nothing but fees happens: gross returns are zero, net ones lose each fee.
    accrual = opened(world(weekdays("2020-02-14", "2020-07-15")), Adviser(ONE_PERCENT), DataCost(Money(Decimal(4_000))))
    to_the_end(accrual)
    assert accrual.ledger.cash == sum(map(cash_of, accrual.ledger.entries), ZERO)
    wealth = marked(accrual).wealth
    returns = fee_returns(wealth, charged(accrual.conditions.sessions, accrual.ledger.entries))
    assert np.abs(returns.gross).max() <= 1e-15
    assert np.prod(1.0 + returns.net) == pytest.approx(wealth[-1] / 1e6, rel=1e-14)
