"""Sound data stay: real crashes, funds that hardly move, markets with other holidays, and 200 panels from a generator.

Where something is set aside in real data, it is named: two dividends that stand twice in Yahoo's list.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tests.data.quality.making import changing
from tests.data.quality.market_data import etfs, levels, stocks, us_market
from tests.data.quality.panels import as_histories, clean
from tests.data.quality.test_yahoo_pairs import BROKEN, SOUND, findings, read
from trimtab.core.terms import CLOSE
from trimtab.data.history import History
from trimtab.data.quality.findings import Finding, Outcome
from trimtab.data.quality.inspection import counted, inspect

AT_MOST = 0.01  # of the rows, for each detector


def shares(histories: Sequence[History], said: Sequence[Finding]) -> dict[str, float]:
    rows = sum(len(history.dates) for history in histories)
    return {detector: count / rows for detector, count in counted(said).items()}


def test_sound_and_fixed_tables_of_yahoo() -> None:
    tables = [read(name) for name in (*SOUND, *(f"{name}-fixed" for name in BROKEN))]
    assert shares(tables, [f for one in tables for f in findings(one)]) == {}


@pytest.mark.parametrize(("first", "last"), [("2008-01-01", "2008-12-31"), ("2020-01-01", "2020-12-31"), ("1990", "2030")])
def test_funds_through_two_crises_and_thirty_years(first: str, last: str) -> None:
    funds = etfs(first, last)
    said = inspect(funds)
    assert all(share <= 1e-3 for share in shares(funds, said).values())
    assert {f.series for f in changing(said)} <= {"TIP", "QQQ"}
    assert all("stands twice within a week" in f.what for f in changing(said))


@pytest.mark.parametrize(("first", "last"), [("1986-01-01", "1988-12-31"), ("1926-01-01", "2024-12-31")])
def test_the_american_market_of_1987_and_of_a_century(first: str, last: str) -> None:
    said = inspect([us_market(first, last)])
    assert not changing(said)
    jump = next(f for f in said if f.detector == "jumps")
    assert np.datetime64("1987-10-19") in us_market(first, last).dates[jump.rows]  # it is noted, and used


def test_twenty_stocks_with_losses_of_half_in_a_day() -> None:
    assert not changing(inspect(stocks()))


def test_yields_spreads_oil_and_volatility_keep_their_zeros_and_their_signs() -> None:
    series = [
        *levels("treasury_yields_daily.csv.gz"),
        *levels("term_spreads_daily.csv.gz"),
        *levels("wti_daily.csv.gz"),
        *(one for one in levels("french_ff3_mom_daily.csv.gz")),
        *(one for one in levels("vix_daily.csv.gz") if one.about.name == "close"),
    ]
    assert not changing(inspect(series))


def test_zeros_that_mean_missing_are_set_aside_and_no_other_cell() -> None:
    """Dividends and earnings from 2023-07, prices of consumers and yields from 2023-10, the ratio also before 1881."""
    series = {one.about.name: one for one in levels("sp500_monthly_zero_gaps.csv.gz", monthly=True)}
    said = changing(inspect([*series.values()]))
    assert {f.series for f in said} == {
        "dividend", "earnings", "cpi", "long_rate", "real_price", "real_dividend", "real_earnings", "pe10",
    }  # fmt: skip
    for f in said:
        zero = np.flatnonzero(series[f.series].fields[CLOSE] == 0.0)
        assert [*f.rows] == [*zero]


def test_twenty_clean_panels() -> None:
    assert_quiet(20)


@pytest.mark.soak
def test_two_hundred_clean_panels() -> None:
    assert_quiet(200)


def assert_quiet(panels: int) -> None:
    """Of each detector at most 1 % of the rows, and at most 1 % of the panels with more than a handful of cells."""
    loud = 0
    for seed in range(panels):
        histories = as_histories(clean(seed))
        said = inspect(histories)
        assert all(share <= AT_MOST for share in shares(histories, said).values())
        loud += sum(counted(said).values()) > 5
        assert not [f for f in said if f.outcome in (Outcome.REFUSE, Outcome.REPAIR)]
    assert loud <= AT_MOST * panels
