"""The account's own record: time-weighted as the ledger and the attribution have it, spans that never reach too far."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk.account_worlds import booked, by_hand, plain_twr
from tests.desk.test_account_attribution import UNTAXED, of
from tests.desk.test_attributing import ran
from trimtab.core.entries import Entry, Fill, Flow
from trimtab.core.errors import DataError
from trimtab.desk.own_record import OwnRecord, Span, months_of, own_record, spans_of
from trimtab.governance.review_plan import months_after

D = Decimal
FLOWS = st.lists(st.tuples(st.integers(0, 560), st.sampled_from([-0.2, -0.05, 0.1, 0.7])), max_size=3)


@settings(max_examples=10)
@given(FLOWS, st.sampled_from(UNTAXED))
def test_it_is_the_time_weighted_return_that_ledger_and_attribution_have(flows: list[tuple[int, float]], kind: str) -> None:
    result = ran(kind)
    start, capital = result.market.sessions[100].item(), result.policy.horizon.capital.amount
    added: list[Entry] = [
        Flow(start + timedelta(days=after), (capital * D(str(part))).quantize(D("0.01"))) for after, part in flows
    ]
    entries = [*result.entries, *added]
    record = own_record(result.policy, result.market, booked(result.policy, *entries))
    found = of(result, *added).attribution
    first, last = record.row(found.starts[0].item()), record.row(found.ends[-1].item())
    at_close = not result.policy.schedule.wait
    total = plain_twr(result.market, entries, found.starts[0], found.ends[-1], at_close=at_close)
    assert record.wealth[last] / record.wealth[first] - 1.0 == pytest.approx(total, abs=1e-9)
    assert found.total == pytest.approx(total, abs=1e-9)
    benchmark = record.benchmark[last] / record.benchmark[first] - 1.0
    assert benchmark == pytest.approx(found.benchmark_total, abs=1e-12)


def test_by_hand_a_tenth_and_another_and_money_that_came_in_between() -> None:
    """1,000 in A at 10: 10 % to mid February, then 1,100 more in cash. 100 units at 11 -> 12.1: 2,310 / 2,200 = 5 %."""
    policy, market, _, middle, _ = by_hand()
    entries = (
        Flow(date(2001, 1, 3), D(1000)),
        Fill(date(2001, 1, 3), 0, D(100), D(10), D(-1000), D(0), "x"),
        Flow(middle, D(1100)),
    )
    record = own_record(policy, market, booked(policy, *entries))
    assert str(record.dates[0]) == "2001-01-03"
    assert record.wealth[record.row(middle)] == pytest.approx(1.10, abs=1e-15)
    assert record.wealth[-1] == pytest.approx(1.10 * 1.05, abs=1e-15)
    assert record.value == pytest.approx(2310.0)


def rising(first: str, count: int, rate: float = 0.0) -> OwnRecord:
    """Every weekday from `first`: the account grows by `rate`, the benchmark stands."""
    dates = np.busday_offset(first, np.arange(count), roll="forward").astype("datetime64[D]")
    return OwnRecord(dates, (1.0 + rate) ** np.arange(count), np.ones(count))


def span(found: tuple[Span, ...], name: str) -> Span:
    return next(one for one in found if one.name == name)


def test_a_span_that_the_record_does_not_reach_over_says_so_and_is_not_guessed() -> None:
    """From 2 January 2017 to 30 March 2018: a quarter and a year are there, three and five are not."""
    record = rising("2017-01-02", 325, 0.0004)
    assert str(record.dates[-1]) == "2018-03-30"
    found = spans_of(record, ("2018Q1", date(2017, 12, 31)), date(2018, 3, 31))
    quarter, year = span(found, "2018Q1"), span(found, "1 year")
    assert (quarter.first, quarter.last) == (date(2017, 12, 29), date(2018, 3, 30))
    assert quarter.mine == pytest.approx(1.0004**65 - 1.0)
    assert np.isnan(quarter.mine_a_year)
    assert (year.first, year.last) == (date(2017, 3, 31), date(2018, 3, 30))
    assert year.mine_a_year == pytest.approx((1.0 + year.mine) ** (365.25 / 364.0) - 1.0)
    assert year.ahead == pytest.approx(year.mine_a_year)
    for name in ("3 years", "5 years"):
        one = span(found, name)
        assert one.why == "the record begins on 2017-01-02"
        assert np.isnan([one.mine, one.theirs, one.fall, one.ahead]).all()
    assert span(found, "full cycle").why.startswith("no cycle is complete")
    assert span(found, "whole record").mine == pytest.approx(1.0004**324 - 1.0)


def test_a_full_cycle_runs_from_peak_to_peak_of_the_benchmark() -> None:
    """Up to 2, down to 1.2 (-40 %), up to 3, down to 2.1 (-30 %): peak to peak is +50 %."""
    legs = [(1.0, 2.0), (2.0, 1.2), (1.2, 3.0), (3.0, 2.1)]
    path = np.concatenate([np.linspace(low, high, 50)[k > 0 :] for k, (low, high) in enumerate(legs)])
    plain = rising("2017-01-02", len(path))
    record = OwnRecord(plain.dates, np.sqrt(path), path)
    found = span(spans_of(record, ("2017Q2", date(2017, 3, 31)), date(2017, 6, 30)), "full cycle")
    assert found.theirs == pytest.approx(0.5)
    assert found.mine == pytest.approx(np.sqrt(1.5) - 1.0)
    assert found.benchmark_fall == pytest.approx(-0.4)


@given(st.dates(date(2001, 1, 1), date(2010, 1, 1)), st.integers(30, 900))
def test_months_are_whole_and_count_from_the_first_session(begun: date, count: int) -> None:
    record = rising(begun.isoformat(), count)
    first, last = record.dates[0].item(), record.dates[-1].item()
    try:
        months = months_of(record, last)
    except DataError:
        assert months_after(first, 1) > last
        return
    assert months.dates[0] == record.dates[0]
    ending = record.dates[1].item().month != first.month
    for k, when in enumerate(months.dates[1:].tolist(), 1):
        mark = months_after(first.replace(day=1), k + 1) - timedelta(days=1) if ending else months_after(first, k)
        assert when <= mark
        assert when == max(one for one in record.dates.tolist() if one <= mark)
    assert len(months.dates) == len(months.wealth) == len(months.benchmark)


def test_a_month_that_ends_on_a_holiday_is_over_once_the_quarter_is() -> None:
    """Good Friday 2018 was 30 March: the last session is the 29th, and the month is over by the 31st."""
    dates = np.arange("2018-01-31", "2018-03-30", dtype="datetime64[D]")
    dates = dates[np.is_busday(dates)]
    record = OwnRecord(dates, np.ones(len(dates)), np.ones(len(dates)))
    assert [str(one) for one in months_of(record, date(2018, 3, 31)).dates] == ["2018-01-31", "2018-02-28", "2018-03-29"]
    assert [str(one) for one in months_of(record, date(2018, 3, 29)).dates] == ["2018-01-31", "2018-02-28"]
    stale = OwnRecord(dates[:-5], np.ones(len(dates) - 5), np.ones(len(dates) - 5))  # prices end on 22 March
    assert len(months_of(stale, date(2018, 3, 31)).dates) == 2
