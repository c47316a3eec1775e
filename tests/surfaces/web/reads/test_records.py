"""What a record of wealth comes to: months make years, years make the whole, and thinning keeps the deepest fall."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.arrays import Index
from trimtab.desk.own_record import OwnRecord
from trimtab.surfaces.web.reads.records import (
    DRAWN,
    MONTHS,
    PERIODS,
    drawn,
    fall_rows,
    period_rows,
    plain,
    points,
    returns_of,
    vitals,
    window,
    year_rows,
)


def record_of(seed: int, count: int, start: str = "1999-11-17") -> OwnRecord:
    """A record over business days."""
    rng = np.random.default_rng(seed)
    first = np.busday_offset(np.datetime64(start), 0, roll="forward")
    dates = np.busday_offset(first, np.arange(count))
    mine, theirs = (np.cumprod(np.r_[1.0, 1.0 + rng.normal(0.0004, 0.012, count - 1)]) for _ in range(2))
    return OwnRecord(dates, mine, theirs)


records = st.builds(record_of, st.integers(0, 10_000), st.integers(3, 900))


@given(records)
def test_months_make_their_year_and_years_make_the_whole(record: OwnRecord) -> None:
    rows = year_rows(record)
    assert [row["year"] for row in rows] == sorted((row["year"] for row in rows), reverse=True)
    for row in rows:
        months = [1.0 + row[name] for name in MONTHS if row[name] is not None]
        assert np.prod(months) == pytest.approx(1.0 + row["total"])
    assert np.prod([1.0 + row["total"] for row in rows]) == pytest.approx(record.wealth[-1] / record.wealth[0])
    assert np.prod([1.0 + row["benchmark"] for row in rows]) == pytest.approx(record.benchmark[-1] / record.benchmark[0])


@given(records)
def test_the_full_window_is_all_of_it_and_no_period_looks_further(record: OwnRecord) -> None:
    rows = {row["period"]: row for row in period_rows(record)}
    assert list(rows) == list(PERIODS)
    full = rows["full"]
    power = 365.25 / int((record.dates[-1] - record.dates[0]).astype(int)) if full["a_year"] else 1.0
    assert full["mine"] == pytest.approx((record.wealth[-1] / record.wealth[0]) ** power - 1.0)
    for row in rows.values():
        assert (row["mine"] is None) is (not row["reached"])
        assert not row["reached"] or np.datetime64(row["from"]) >= record.dates[0]
    for name in PERIODS:
        shown = window(record, name)
        assert len(shown.dates) >= 2
        assert shown.dates[-1] == record.dates[-1]
        assert not rows[name]["reached"] or str(shown.dates[0]) == rows[name]["from"]


def test_a_worked_example() -> None:
    # 100 falls to 80 and is back at 100 on the fourth day: the fall is 20 %, from the 2nd to the 5th; 100 -> 110 is +10 %.
    dates = np.array(["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"], dtype="datetime64[D]")
    record = OwnRecord(dates, np.array([1.0, 0.8, 0.9, 1.0, 1.1]), np.full(5, np.nan))
    (fall,) = fall_rows(record)
    assert fall == {
        "depth": pytest.approx(-0.2),
        "peak": "2024-01-02",
        "trough": "2024-01-03",
        "recovered": "2024-01-05",
        "days": 3,
    }
    found = vitals(record)
    assert (found["mine"], found["theirs"], found["ahead"], found["a_year"]) == (pytest.approx(0.1), None, None, False)
    assert found["fall"] == pytest.approx(-0.2)


def keeps_the_deepest(record: OwnRecord, thin: Callable[[OwnRecord], Index]) -> bool:
    """Whether a thinned line still has the first and last day and the deepest point below a high."""
    rows = thin(record)
    below = record.wealth / np.maximum.accumulate(record.wealth) - 1.0
    return bool(rows[0] == 0 and rows[-1] == len(below) - 1 and below[rows].min() == below.min())


def test_a_thinned_line_keeps_its_deepest_fall_and_a_plain_thinning_would_not() -> None:
    long = [record_of(seed, 3000) for seed in range(8)]
    assert all(len(drawn(record)) <= DRAWN for record in long)
    assert all(keeps_the_deepest(record, drawn) for record in long)
    assert not all(
        keeps_the_deepest(record, lambda one: np.r_[np.arange(0, len(one.dates), 5), len(one.dates) - 1]) for record in long
    )


def test_what_is_not_known_is_none_and_never_nan() -> None:
    record = record_of(1, 50)
    found = points(OwnRecord(record.dates, record.wealth, np.full(50, np.nan)))
    assert set(found["benchmark"]) == {None}
    assert plain(float("inf")) is None
    assert plain(1234567.0, 5) == 1234600.0
    assert returns_of(np.array([1.0, 1.1])) == pytest.approx([0.1])
