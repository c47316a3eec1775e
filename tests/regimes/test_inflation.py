"""Inflation and growth: the rules by hand, new base years, and the vintages of FRED-MD as they were known then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests import real_world as real
from tests.signals.array_view import ArrayView, Named, month_ends, panel
from tests.signals.laws import walked
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.terms import months, sessions
from trimtab.data.view import MarketView
from trimtab.regimes.inflation import STATES, InflationGrowth

MODEL = InflationGrowth("P", "Q")
COUNT = 86


def world(prices: Array, output: Array, *, late: int = 0) -> ArrayView:
    """A view of the two indices at the end of each month, known `late` days later."""
    dates = month_ends("2000-01", len(prices))
    known = dates + np.timedelta64(late, "D")
    return panel(np.full(len(prices), 100.0), P=Named(dates, known, prices), Q=Named(dates, known, output))


def index(last_year: float, before: float = 0.02) -> Array:
    """An index that grows by `before` per year, and by `last_year` over the last twelve months."""
    rates = np.where(np.arange(COUNT) >= COUNT - 12, last_year, before)
    return 100.0 * np.cumprod((1.0 + rates) ** (1.0 / 12.0))


def row(inflation: float, growth: float) -> list[float]:
    return MODEL(world(index(inflation), index(growth, 0.03))).probabilities[-1].tolist()


def test_the_gap_is_inflation_less_its_own_mean_before() -> None:
    # inflation over twelve months was .02 until it began to climb, eleven months before the last: the mean of the sixty
    # before the last holds 49 times .02 and the eleven steps on the way, 1.02^(1 - k/12) 1.05^(k/12) - 1
    steps = [1.02 ** (1 - k / 12) * 1.05 ** (k / 12) - 1 for k in range(1, 12)]
    want = 0.05 - (49 * 0.02 + sum(steps)) / 60
    assert MODEL.measure(world(index(0.05), index(0.03))).values[-1, 0] == pytest.approx(want, abs=1e-12)


@pytest.mark.parametrize(
    ("inflation", "growth", "want"),
    [
        (0.02, 0.03, [1, 0, 0]),
        (0.05, 0.03, [0, 1, 0]),
        (0.03, 0.03, [2 / 3, 1 / 3, 0]),  # between .005 and .015: an inflationary shock stays if there was one
        (0.02, -0.03, [0, 0, 1]),
        (0.02, -0.01, [2 / 3, 0, 1 / 3]),  # between 0 and 2 % down: a deflationary shock stays if there was one
        (0.05, -0.05, [0, 1, 0]),  # both: prices win
        (0.03, -0.03, [0, 1 / 3, 2 / 3]),
        (0.03, -0.01, [0.5, 0.25, 0.25]),
    ],
)
def test_the_rules_by_hand(inflation: float, growth: float, want: list[float]) -> None:
    assert row(inflation, growth) == pytest.approx(want)


def test_a_new_base_year_is_no_news() -> None:
    assert row(0.05, 0.03) == MODEL(world(0.01 * index(0.05), 7.0 * index(0.03, 0.03))).probabilities[-1].tolist()


@pytest.mark.parametrize("late", [0, 45])
def test_the_warm_up_is_seventy_three_months(late: int) -> None:
    known = np.isfinite(MODEL(world(index(0.02), index(0.02), late=late)).probabilities).all(axis=1)
    assert int(np.argmax(known)) == 72 + (2 if late else 0)  # 45 days: known two month-ends later


@pytest.mark.parametrize(
    ("name", "month", "value", "said"),
    [
        ("P", COUNT - 13, np.nan, "P unknown: 72 of 73 months are known"),
        ("P", COUNT - 73, 0.0, "P unknown: 72 of 73 months are known"),
        ("Q", COUNT - 13, -1.0, "Q unknown: 12 of 13 months are known"),
    ],
)
def test_a_month_that_is_missing_is_unknown(name: str, month: int, value: float, said: str) -> None:
    both = {"P": index(0.02), "Q": index(0.02)}
    both[name][month] = value
    view = world(both["P"], both["Q"])
    assert np.isnan(MODEL(view).probabilities[-1]).all()
    assert MODEL.sentence(view) == said


def test_a_month_inside_that_was_never_published_leaves_the_calendar_as_it_is() -> None:
    """The year stays a year, whether the month is a row without a value or no row at all; seven of 73 are too many."""
    whole = world(index(0.02), index(0.02))
    for gone, known in (([40], True), ([38, 39, 40], True), (list(range(30, 37)), False)):
        blank, short = index(0.02), whole.named["P"]
        blank[gone] = np.nan
        kept = np.delete(np.arange(len(short.dates)), gone)
        fewer = Named(short.dates[kept], short.known[kept], short.values[kept])
        for view in (world(blank, index(0.02)), replace(whole, named={**whole.named, "P": fewer})):
            found = MODEL(view).probabilities[-1]
            assert np.isfinite(found).all() == known
            if known:
                assert MODEL.measure(view).values[-1, 0] == pytest.approx(MODEL.measure(whole).values[-1, 0], abs=2e-3)


def test_what_is_too_old_is_unknown() -> None:
    view = world(index(0.02), index(0.02), late=100)
    strict = InflationGrowth("P", "Q", max_age=90)
    assert np.isnan(strict(view).probabilities).all()
    assert strict.sentence(view).endswith("days ago, more than 90")
    assert MODEL.sentence(view.at(0)) == "P unknown: nothing is known yet"
    assert "unknown" not in MODEL.sentence(view)


def test_sentences() -> None:
    said = MODEL.sentence(world(index(0.03), index(-0.03)))
    want = (
        "P +3.0 % in twelve months, 2.1 % on average before; Q -3.0 % in 12 months: deflationary, inflationary stays if it was"
    )
    assert said == want


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"prices": ""}, "prices"),
        ({"growth": ""}, "growth"),
        ({"history": sessions(60)}, "history"),
        ({"growth_span": months(0)}, "growth_span"),
        ({"exit_inflation": 0.02}, "exit_inflation"),
        ({"exit_growth": 0.02}, "exit_growth"),
        ({"enter_growth": -0.1}, "enter_growth"),
        ({"max_age": 0}, "max_age"),
        ({"dwell": 0}, "dwell"),
    ],
)
def test_faults_are_named(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        InflationGrowth(**{"prices": "P", "growth": "Q", **wrong})
    assert caught.value.field == field


# FRED-MD: file month v counts as known from the first day of the month after v.


def printed(frame: pd.DataFrame, name: str, date: str) -> pd.Series:
    """The series as the latest file known on a date has it: for each month the value of the latest change by then."""
    part = frame[(frame["series"] == name) & (frame["vintage"] < date[:7])]
    column = part.sort_values("vintage").groupby("obs")["value"].last()
    column.index = pd.PeriodIndex(column.index, freq="M")
    return column


def by_pandas(frame: pd.DataFrame, dates: list[str]) -> dict[str, tuple[float, float, str]]:
    """Gap, growth and state at each month-end, from the change list alone."""
    found, state = {}, "stable"
    frame = frame[frame["series"].isin(["CPIAUCSL", "INDPRO"])]
    for date in dates:
        inflation = printed(frame, "CPIAUCSL", date).pct_change(12).dropna()
        output = printed(frame, "INDPRO", date).pct_change(12).dropna()
        if len(inflation) < 61:
            continue
        gap, growth = inflation.iloc[-1] - inflation.iloc[-61:-1].mean(), output.iloc[-1]
        dear, falls = gap > 0.005, growth < 0.0
        if gap > 0.015:
            state = "inflationary"
        elif growth < -0.02:
            state = "inflationary" if dear and state == "inflationary" else "deflationary"
        elif not ((state == "inflationary" and dear) or (state == "deflationary" and falls)):
            state = "stable"
        found[date] = (gap, growth, state)
    return found


@pytest.fixture(scope="module")
def funds() -> MarketView:
    rows = real.month_ends(("SPY", "IEF"))
    return real.view(rows, ("SPY", "IEF"))


def test_states_as_known_then_against_the_list_of_changes(funds: MarketView) -> None:
    model = InflationGrowth("cpi", "indpro")
    regime, gaps = model(funds), model.measure(funds).values[:, 0]
    held = walked(model, regime.probabilities)
    dates = funds.days.dates.astype(str).tolist()
    inside = [d for d, date in enumerate(dates) if "1999-09" <= date < "2024-06"]
    frame = pd.read_csv(real.shared("fredmd_vintages_changes.csv.gz"))
    want = by_pandas(frame, [dates[d] for d in inside])
    known = [dates[d] for d in inside if np.isfinite(regime.probabilities[d]).all()]
    # the first file with 73 months from 1995-01 on holds data to 2001-01 and is that of 2001-02, known from 2001-03-01
    assert known[0] == "2001-03-30"
    assert known == list(want)
    for date in known:
        d = dates.index(date)
        assert gaps[d] == pytest.approx(want[date][0], abs=1e-12)
        assert STATES[int(np.argmax(held[d]))] == want[date][2], date
    states = {date[:7]: want[date][2] for date in known}
    assert states["2013-06"] == "stable"
    assert states["2021-12"] == "inflationary"
    assert states["2022-06"] == "inflationary"
    assert {states[date[:7]] for date in real.DATES} <= set(STATES)


def test_the_last_vintage_would_have_said_otherwise(funds: MarketView) -> None:
    """The control: with what was printed in the end, the same dates see other numbers, so that vintages are really used."""
    frame = pd.read_csv(real.shared("fredmd_vintages_changes.csv.gz"))
    found = InflationGrowth("cpi", "indpro").measure(funds).values[real.at(funds, "2008-10-31"), 0]
    final = frame[frame["series"] == "CPIAUCSL"].sort_values("vintage").groupby("obs")["value"].last().pct_change(12)
    at = final.index.get_loc("2008-08-01")
    assert abs(found - (final.iloc[at] - final.iloc[at - 60 : at].mean())) > 1e-5
