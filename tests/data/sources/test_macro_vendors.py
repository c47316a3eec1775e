"""FRED and ALFRED: the shared samples cell by cell, vintages, and when the world knew."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.data.sources.reading import noted, rows, sample
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE
from trimtab.data.history import Kind
from trimtab.data.publication import known_instants
from trimtab.data.sources import alfred, fred
from trimtab.data.sources.fred_names import is_average, is_rate
from trimtab.data.sources.release_lags import LAG_DAYS, frequency_of, period_ends

DAILY, MONTHLY = "F-F_Research_Data_Factors_daily", "F-F_Research_Data_5_Factors_2x3"


def fred_values(*pairs: tuple[str, str], **more: Any) -> bytes:
    listed = [{"realtime_start": "2024-05-28", "realtime_end": "2024-05-28", "date": d, "value": v} for d, v in pairs]
    return json.dumps({"count": len(pairs), "offset": 0, "units": "lin", "observations": listed} | more).encode()


def test_fred_graph() -> None:
    (found,) = fred.parse_graph(sample("fred_fredgraph.csv"), ("DGS10",))
    assert rows(found, CLOSE) == [("2020-01-02", 1.88 / 100), ("2020-01-03", 1.80 / 100)]
    assert found.about.kind is Kind.YIELD
    assert (found.about.lag_days, found.about.restates, found.about.is_average) == (1, True, False)
    assert noted(found) == ["fred DGS10 2020-01-01: 1 row without a closing value: left out"]


def test_fred_graph_of_several_ids_joined_outside() -> None:
    text = "DATE,DGS10,CPIAUCSL\r\n2024-01-01,.,308.4\r\n2024-01-02,3.95,\r\n2024-02-01,3.87,310.3\r\n2024-03-01,4.19,312.2\r\n"
    prices, rates = fred.parse_graph(text.encode(), ("CPIAUCSL", "DGS10"))
    assert rows(prices, CLOSE) == [("2024-01-31", 308.4), ("2024-02-29", 310.3), ("2024-03-29", 312.2)]
    assert [str(day) for day in rates.dates] == ["2024-01-02", "2024-02-01", "2024-03-01"]
    assert (prices.about.frequency, prices.about.kind, prices.about.lag_days) == ("monthly", Kind.LEVEL, 12)


def test_fred_observations() -> None:
    found = fred.parse_observations(sample("fred_api_observations.json"), "DGS10")
    assert rows(found, CLOSE) == [("2024-05-24", 4.46 / 100)]
    assert noted(found) == ["fred DGS10 2024-05-27: 1 row without a closing value: left out"]


def test_both_doors_of_fred_give_the_same_history() -> None:
    pairs = [("2024-01-01", "3.7"), ("2024-02-01", "3.9"), ("2024-03-01", "3.8")]
    text = "observation_date,UNRATE\n" + "".join(f"{day},{value}\n" for day, value in pairs)
    graph = fred.parse_graph(text.encode(), ("UNRATE",))[0]
    api = fred.parse_observations(fred_values(*pairs), "UNRATE")
    assert graph.about == api.about
    assert rows(graph, CLOSE) == rows(api, CLOSE)
    assert graph.about.kind is Kind.LEVEL


@pytest.mark.parametrize(
    ("series", "stamps", "averaged"),
    [
        ("GS10", ["2024-01-01", "2024-02-01", "2024-03-01"], True),
        ("TB3MS", ["2024-01-01", "2024-02-01"], True),
        ("AAA", ["2024-01-01", "2024-02-01"], True),
        ("BAA", ["2024-01-01", "2024-02-01"], True),
        ("CPIAUCSL", ["2024-01-01", "2024-02-01"], False),
        ("DGS10", ["2024-01-02", "2024-01-03"], False),
    ],
)
def test_monthly_rates_are_averages(series: str, stamps: list[str], averaged: bool) -> None:
    found = fred.parse_observations(fred_values(*((day, "4.5") for day in stamps)), series)
    assert found.about.is_average is averaged
    assert found.values[0] == (4.5 if series == "CPIAUCSL" else 0.045)


def test_which_names_are_rates() -> None:
    rates = (
        "DGS1MO DGS10 GS3M GS30 TB3MS TB6MS DTB3 WTB3MS FEDFUNDS DFF SOFR T10Y2Y T10Y3MM T10YIE AAA DBAA BAA10Y BAMLH0A0HYM2"
    )
    others = "UNRATE CPIAUCSL GDP PAYEMS VIXCLS SP500 GASREGW DEXUSEU USREC BAMLHYH0A0HYM2TRIV TBILL AAAX"
    assert [name for name in rates.split() if not is_rate(name)] == []
    assert [name for name in others.split() if is_rate(name)] == []
    assert not is_average("DGS10", "daily")


def test_periods_end_on_their_last_weekday() -> None:
    """March 2024 ends on Easter Sunday, so on Friday the 29th; the first quarter with it; 2023 on Friday the 29th."""
    stamp = np.array(["2024-01-01", "2024-03-01"], dtype="datetime64[D]")
    assert [str(day) for day in period_ends(stamp, "monthly")] == ["2024-01-31", "2024-03-29"]
    assert str(period_ends(stamp[:1], "quarterly")[0]) == "2024-03-29"
    assert str(period_ends(np.array(["2023-01-01"], dtype="datetime64[D]"), "annual")[0]) == "2023-12-29"
    assert period_ends(stamp, "daily") is stamp


@pytest.mark.parametrize(
    ("stamps", "frequency"),
    [
        (["2024-01-01"], "monthly"),
        (["2024-01-02"], "daily"),
        (["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"], "daily"),
        (["2024-01-06", "2024-01-13", "2024-01-20"], "weekly"),
        (["2024-01-01", "2024-02-01", "2024-04-01"], "monthly"),
        (["2024-01-01", "2024-04-01", "2024-07-01"], "quarterly"),
        (["2022-01-01", "2023-01-01"], "annual"),
    ],
)
def test_frequency_is_read_off_the_dates(stamps: list[str], frequency: str) -> None:
    assert frequency_of(np.array(stamps, dtype="datetime64[D]")) == frequency


@pytest.mark.parametrize(
    ("series", "stamps", "known"),
    [
        # January 2024 ends on Wednesday 31; twelve business days later is Friday 16 February, 16:00 New York.
        ("CPIAUCSL", ["2024-01-01", "2024-02-01"], "2024-02-16T21:00:00"),
        ("GS10", ["2024-01-01", "2024-02-01"], "2024-02-01T21:00:00"),  # a mean, told the next business day
        ("DGS10", ["2024-01-05", "2024-01-08"], "2024-01-08T21:00:00"),  # Friday's rate on Monday
        # The week to Saturday 6 January counts from Friday 5: five business days later is Friday 12.
        ("ICSA", ["2024-01-06", "2024-01-13"], "2024-01-12T21:00:00"),
        # The quarter ends on Friday 29 March; 23 business days later is Wednesday 1 May, 20:00 UTC in summer.
        ("GDP", ["2024-01-01", "2024-04-01", "2024-07-01"], "2024-05-01T20:00:00"),
    ],
)
def test_when_the_world_knew(series: str, stamps: list[str], known: str) -> None:
    found = fred.parse_observations(fred_values(*((day, "4.5") for day in stamps)), series)
    assert str(known_instants(found)[0]) == known


def test_every_frequency_has_a_lag() -> None:
    assert LAG_DAYS == {"daily": 1, "weekly": 5, "monthly": 12, "quarterly": 23, "annual": 65}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (fred_values(("2024-01-01", "x")), "2024-01-01: 'x' is text"),
        (fred_values(("2024-01-01", "NaN")), "the cell reads 'NaN'"),
        (fred_values(("2024-01-01", "inf")), "no finite number"),
        (fred_values(("2024-01-01", 4.5)), "a value is 4.5, expected text"),  # type: ignore[arg-type]
        (fred_values(("2024-01-01", None)), "a value is None, expected text"),  # type: ignore[arg-type]
        (fred_values(("2024-01-01", ".")), "no value of X at all"),
        (fred_values(), "no observations of X"),
        (fred_values(("2024-01-01", "1"), count=2), "holds 1 of 2 observations"),
        (fred_values(("2024-01-01", "1"), offset=1), "holds 1 of 1 observations"),
        (fred_values(("2024-01-01", "1"), units="pch"), "not transformed"),
        (fred_values(("2024-01-01", "1"), ("2024-01-01", "2")), "occurs twice with different numbers"),
        (fred_values(("2024-01-32", "1")), "there is no date"),
        (b'{"error_code":400,"error_message":"Bad Request. The series does not exist."}', "The series does not exist"),
        (b'{"observations": [{"date": "2024-01-01"}]}', "expected a column 'value'"),
        (b'{"observations": [{"value": "1"}]}', "each with date and value"),
        (b"[]", "JSON with observations"),
        (b"date,value", "fred answers 'date,value', expected JSON"),
    ],
)
def test_observations_that_cannot_be_trusted(data: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        fred.parse_observations(data, "X")
    assert str(caught.value).startswith("fred X")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("observation_date,DGS2\n2024-01-02,4\n", "columns that were not asked for: DGS2"),
        ("observation_date,DGS10,DGS2\n2024-01-02,4,4\n", "columns that were not asked for: DGS2"),
        ("when,DGS10\n2024-01-02,4\n", "expected a column 'observation_date'"),
        ("observation_date,DGS10\n2024-01-02,ND\n", "2024-01-02: 'ND' is text"),
        ("observation_date,DGS10\n02.01.2024,4\n", "is not a date"),
    ],
)
def test_graphs_that_cannot_be_trusted(text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        fred.parse_graph(text.encode(), ("DGS10",))


def test_alfred_matrix() -> None:
    """Every cell of the sample that is news: a value equal to the one before it is none (158314 in March 2025)."""
    found = alfred.parse_matrix(sample("alfred_vintage_matrix.csv"), "PAYEMS")
    assert found.known is not None
    told = [(*row, str(known)) for row, known in zip(rows(found, CLOSE), found.known, strict=True)]
    assert told == [
        ("2024-09-30", 159025.0, "2024-12-31T21:00:00"),
        ("2024-09-30", 158314.0, "2025-02-28T21:00:00"),
        ("2024-10-31", 159061.0, "2024-12-31T21:00:00"),
        ("2024-10-31", 159068.0, "2025-01-31T21:00:00"),
        ("2024-10-31", 158358.0, "2025-02-28T21:00:00"),
        ("2024-11-29", 159288.0, "2024-12-31T21:00:00"),
        ("2024-11-29", 159280.0, "2025-01-31T21:00:00"),
        ("2024-11-29", 158619.0, "2025-02-28T21:00:00"),
        ("2024-12-31", 159536.0, "2025-01-31T21:00:00"),
        ("2024-12-31", 158926.0, "2025-02-28T21:00:00"),
        ("2024-12-31", 158942.0, "2025-03-31T20:00:00"),  # summer time
        ("2025-01-31", 159069.0, "2025-02-28T21:00:00"),
        ("2025-01-31", 159067.0, "2025-03-31T20:00:00"),
        ("2025-02-28", 159218.0, "2025-03-31T20:00:00"),
    ]
    assert found.revised
    assert found.about.restates
    assert found.about.frequency == "monthly"


def alfred_values(*prints: tuple[str, str, str]) -> bytes:
    listed = [{"date": d, "realtime_start": k, "realtime_end": "9999-12-31", "value": v} for d, k, v in prints]
    return json.dumps({"count": len(prints), "units": "lin", "observations": listed}).encode()


def test_alfred_observations_in_any_order() -> None:
    data = alfred_values(
        ("2024-02-01", "2024-03-12", "310.3"),
        ("2024-01-01", "2025-02-12", "309.8"),
        ("2024-01-01", "2024-02-13", "308.4"),
        ("2024-01-01", "2024-03-12", "308.4"),
    )
    found = alfred.parse_vintages(data, "CPIAUCSL")
    assert found.known is not None
    assert rows(found, CLOSE) == [("2024-01-31", 308.4), ("2024-01-31", 309.8), ("2024-02-29", 310.3)]
    assert [str(known)[:10] for known in found.known] == ["2024-02-13", "2025-02-12", "2024-03-12"]


def test_a_value_that_returns_is_news_again() -> None:
    prints = [("2024-01-01", f"2024-0{m}-13", v) for m, v in ((2, "1"), (3, "2"), (4, "2"), (5, "1"))]
    found = alfred.parse_vintages(alfred_values(*prints, ("2024-02-01", "2024-03-13", "5")), "X")
    assert rows(found, CLOSE)[:3] == [("2024-01-31", 1.0), ("2024-01-31", 2.0), ("2024-01-31", 1.0)]


def test_a_withdrawn_value_is_said() -> None:
    prints = [("2024-01-01", "2024-02-13", "1"), ("2024-01-01", "2024-03-13", "."), ("2024-02-01", "2024-03-13", "5")]
    found = alfred.parse_vintages(alfred_values(*prints), "X")
    assert len(found.dates) == 2
    assert "withdrawn by a later vintage (first 2024-03-13)" in noted(found)[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("observation_date,GDP_20250131\n2024-01-01,1\n", "no vintage of PAYEMS"),
        ("observation_date,PAYEMS_20251331\n2024-01-01,1\n", "there is no date"),
        ("observation_date,PAYEMS_20250131\n2024-01-01,.\n", "no value of PAYEMS at all"),
        ("observation_date,PAYEMS_20250131\n2024-01-01,x\n", "2024-01-01: 'x' is text"),
        ("observation_date,PAYEMS_20250131\n2024-01-01,1\n2024-01-01,2\n", "the vintage of 2025-01-31 gives the date two"),
        ("observation_date,PAYEMS_20250131,PAYEMS_20250131\n2024-01-01,1,2\n", "each column once"),
    ],
)
def test_vintages_that_cannot_be_trusted(text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        alfred.parse_matrix(text.encode(), "PAYEMS")
