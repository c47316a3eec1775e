"""What each vendor of prices sends, cell by cell: the shared samples, read by a person first, and forms of our own."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.data.sources.reading import noted, rows, sample
from trimtab.core.errors import DataError
from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, VOLUME
from trimtab.data.history import History, Kind
from trimtab.data.sources import alpha_vantage, eodhd, nasdaq_data_link, stooq, tiingo, vendor_rows
from trimtab.data.sources.vendor_rows import known_by

BARS = (OPEN, HIGH, LOW, CLOSE, VOLUME)


def jsoned(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_stooq_in_english_and_polish() -> None:
    english = stooq.parse(sample("stooq_daily_en.csv"), "AAPL.US")
    assert rows(english, *BARS) == [("2024-01-02", 187.15, 188.44, 183.89, 185.64, 82488674.0)]
    assert (english.about.name, english.about.provenance) == ("AAPL.US", "stooq AAPL.US")
    assert english.about.kind is Kind.PRICE
    polish = stooq.parse(sample("stooq_daily_pl.csv"), "pkn")
    assert rows(polish, *BARS) == [
        ("2024-01-02", 10.0, 11.0, 9.0, 10.5, 12345.0),
        ("2024-01-03", 10.5, 11.5, 10.2, 11.0, 23456.0),
    ]
    assert english.issues == polish.issues == ()


def test_stooq_bulk() -> None:
    expected = [("2026-04-29", 3065.0, 3101.0, 3057.0, 3067.0, 19390900.0)]
    (found,) = stooq.parse_bulk(sample("stooq_bulk.txt"))
    assert rows(found, *BARS) == expected
    assert found.about.name == "7203.JP"
    assert rows(stooq.parse(sample("stooq_bulk.txt"), "7203.jp"), *BARS) == expected
    with pytest.raises(DataError, match=r"the answer is about 7203\.jp, not 7204\.jp"):
        stooq.parse(sample("stooq_bulk.txt"), "7204.jp")


def test_stooq_bulk_of_two_names() -> None:
    head = b"<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
    text = (
        head + b"B.US,D,20240102,000000,1,2,1,2,5,0\nA.US,D,20240102,000000,3,4,3,4,6,0\nB.US,D,20240103,000000,2,3,2,3,7,0\n"
    )
    second, first = stooq.parse_bulk(text)
    assert rows(second, CLOSE, VOLUME) == [("2024-01-02", 2.0, 5.0), ("2024-01-03", 3.0, 7.0)]
    assert rows(first, CLOSE, VOLUME) == [("2024-01-02", 4.0, 6.0)]
    with pytest.raises(DataError, match="daily rows, with D in <PER>"):
        stooq.parse_bulk(text.replace(b"A.US,D", b"A.US,5"))


@pytest.mark.parametrize(
    ("name", "words"),
    [("stooq_error_nodata.txt", "stooq knows no series zzz"), ("stooq_error_quota.txt", "asked too often today")],
)
def test_stooq_says_its_errors_in_plain_text(name: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        stooq.parse(sample(name), "zzz")


def test_tiingo() -> None:
    found = tiingo.parse(sample("tiingo_daily_prices.json"), "AAPL")
    assert rows(found, *BARS, DIVIDEND, SPLIT, ADJUSTED) == [
        ("2024-01-03", 184.22, 185.88, 183.43, 184.25, 58414460.0, 0.0, 1.0, 184.25),
        ("2026-07-07", None, None, None, 89.55, None, 0.803, None, 89.55),
    ]
    assert found.about.kind is Kind.PRICE_AND_DIVIDENDS
    assert found.about.provenance == "tiingo AAPL"


def test_tiingo_without_a_factor_is_still_as_traded() -> None:
    found = tiingo.parse(jsoned([{"date": "2026-07-07T00:00:00.000Z", "close": 89.55, "divCash": 0.0}]), "VEA")
    assert rows(found, CLOSE, DIVIDEND, SPLIT) == [("2026-07-07", 89.55, 0.0, None)]


def test_nasdaq_data_link_newest_first() -> None:
    data = sample("nasdaq_data_link_dataset_data.json")
    found = nasdaq_data_link.parse(data, "NSE/OIL:High")
    assert rows(found, CLOSE) == [("2015-05-26", 10.11), ("2015-05-27", 10.13), ("2015-05-28", 10.17)]
    assert rows(nasdaq_data_link.parse(data, "NSE/OIL:Open"), CLOSE)[0] == ("2015-05-26", 9.53)
    assert rows(nasdaq_data_link.parse(data, "NSE/OIL:Low"), CLOSE) == [
        ("2015-05-26", 12.98),
        ("2015-05-27", 12.97),
        ("2015-05-28", 12.96),
    ]
    assert found.about.kind is Kind.LEVEL
    assert found.about.frequency == "daily"
    with pytest.raises(DataError, match=r"no column 'Close', only Open, High, Low\. Name one column .*NSE/OIL:Open"):
        nasdaq_data_link.parse(data, "NSE/OIL")


def test_quandl_wiki() -> None:
    found = nasdaq_data_link.parse(sample("quandl_wiki_dataset.json"), "WIKI/TSLA")
    assert rows(found, *BARS, DIVIDEND, SPLIT, ADJUSTED) == [
        ("2018-03-27", 304.0, 304.27, 277.18, 279.18, 13696168.0, 0.0, 1.0, 279.18)
    ]
    assert found.about.kind is Kind.PRICE_AND_DIVIDENDS
    with pytest.raises(DataError, match="the answer is about WIKI/TSLA, not WIKI/AAPL"):
        nasdaq_data_link.parse(sample("quandl_wiki_dataset.json"), "WIKI/AAPL")


def test_alpha_vantage() -> None:
    found = alpha_vantage.parse(sample("alphavantage_time_series_daily.csv"), "SPY")
    assert rows(found, *BARS) == [("2002-07-26", 82.67, 82.8, 82.42, 82.51, 316300.0)]
    assert found.about.kind is Kind.PRICE
    assert "does not tell splits" in noted(found)[0]


def test_alpha_vantage_adjusted_newest_first() -> None:
    head = "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient\r\n"
    text = head + "2024-01-03,5,6,4,5.5,5.5,20,0.0000,2.0\r\n2024-01-02,10,12,9,11,5.4,10,0.2500,1.0\r\n"
    found = alpha_vantage.parse(text.encode(), "X")
    assert rows(found, CLOSE, VOLUME, DIVIDEND, SPLIT, ADJUSTED) == [
        ("2024-01-02", 11.0, 10.0, 0.25, 1.0, 5.4),
        ("2024-01-03", 5.5, 20.0, 0.0, 2.0, 5.5),
    ]
    assert found.about.kind is Kind.PRICE_AND_DIVIDENDS
    assert found.issues == ()


@pytest.mark.parametrize("name", ["Note", "Information", "Error Message", "Whatever"])
def test_alpha_vantage_refuses_in_json(name: str) -> None:
    with pytest.raises(DataError, match=r"premium|unknown form"):
        alpha_vantage.parse(jsoned({name: "premium only"}), "SPY")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "eodhd_eod.csv",
            [
                ("2023-05-23", 288.15, 288.5, 285.44, 286.37, 2943900.99, 284.8579),
                ("2023-05-24", 286.45, 287.12, 284.58, 285.92, 2262100.0, 284.4103),
            ],
        ),
        (
            "eodhd_eod.json",
            [
                ("2024-01-02", 187.15, 188.44, 183.89, 185.64, 82488300.0, 185.64),
                ("2024-01-03", 184.22, 185.88, 183.43, 184.25, 58414400.0, 184.25),
            ],
        ),
    ],
)
def test_eodhd_prices(name: str, expected: list[tuple[object, ...]]) -> None:
    found = eodhd.parse(sample(name), sample("eodhd_div.json"), sample("eodhd_splits.json"), "X.US")
    assert rows(found, *BARS, ADJUSTED) == expected
    assert rows(found, DIVIDEND, SPLIT) == [(day, None, None) for day, *_ in expected]
    assert noted(found) == ["eodhd X.US: 2 dividends or splits before the first price: left out"]
    assert "dividends in USD" in found.about.notes


def test_eodhd_events_of_the_samples_fall_on_their_dates() -> None:
    """Split 3:1 on 6 April 2020, 1.50 on the 8th: prices as they are, volumes before the split a third."""
    prices = [
        {"date": f"2020-04-0{d}", "open": p, "high": p, "low": p, "close": p, "adjusted_close": 1.0, "volume": 300}
        for d, p in ((3, 90.0), (6, 31.0), (7, 32.0), (8, 30.0))
    ]
    found = eodhd.parse(jsoned(prices), sample("eodhd_div.json"), sample("eodhd_splits.json"), "X.US")
    assert rows(found, CLOSE, VOLUME, DIVIDEND, SPLIT) == [
        ("2020-04-03", 90.0, 100.0, None, None),
        ("2020-04-06", 31.0, 300.0, None, 3.0),
        ("2020-04-07", 32.0, 300.0, None, None),
        ("2020-04-08", 30.0, 300.0, 1.5, None),
    ]


def eodhd_found(dividends: list[dict[str, Any]], splits: list[dict[str, Any]]) -> History:
    bar = {"open": 9.0, "high": 9.0, "low": 9.0, "close": 9.0, "adjusted_close": 9.0, "volume": 8}
    prices = [{"date": f"2024-01-0{d}"} | bar for d in (2, 3, 5)]
    return eodhd.parse(jsoned(prices), jsoned(dividends), jsoned(splits), "X.US")


def test_eodhd_dividends_as_paid() -> None:
    """Value 0.25 after a later 2:1 split was 0.50 as paid; told or not told, the answer is the same."""
    split = [{"date": "2024-01-05", "split": "2.000000/1.000000"}]
    told = eodhd_found([{"date": "2024-01-03", "value": 0.25, "unadjustedValue": 0.5}], split)
    untold = eodhd_found([{"date": "2024-01-03", "value": 0.25}], split)
    expected = [("2024-01-02", None, None), ("2024-01-03", 0.5, None), ("2024-01-05", None, 2.0)]
    assert rows(told, DIVIDEND, SPLIT) == rows(untold, DIVIDEND, SPLIT) == expected
    assert rows(told, VOLUME) == [("2024-01-02", 4.0), ("2024-01-03", 4.0), ("2024-01-05", 8.0)]


def test_an_event_between_two_closes_keeps_a_row_of_its_own() -> None:
    found = eodhd_found([{"date": "2024-01-04", "value": 0.5}, {"date": "2024-01-09", "value": 0.5}], [])
    assert rows(found, CLOSE, DIVIDEND)[2] == ("2024-01-04", None, 0.5)
    assert len(found.dates) == 4
    assert noted(found) == [
        "eodhd X.US 2024-01-09: 1 dividend or split outside the first and last close: left out",
        "eodhd X.US 2024-01-04: 1 dividend or split on a date without a close: kept, with the close unknown",
    ]


@pytest.mark.parametrize(
    ("dividends", "splits", "words"),
    [
        ([{"date": "2024-01-03", "value": "0.5"}], [], "2024-01-03: value is '0.5', not a number"),
        ([{"date": "2024-01-03", "value": None}], [], "2024-01-03: a dividend has no value"),
        ([{"date": "2024-01-03", "value": -1.0}], [], "expected a number that is zero or above"),
        ([{"date": "2024-01-03", "value": 1.0}] * 2, [], "two dividends on one date"),
        ([{"value": 1.0}], [], "a JSON list of dividends with date and value"),
        ([], [{"date": "2024-01-03", "split": 2.0}], "split is '2.0', expected a ratio"),
        ([], [{"date": "2024-01-03", "split": "2/0"}], "split is '2/0', expected a ratio"),
        ([], [{"date": "2024-01-03", "split": "two for one"}], "expected a ratio such as"),
        ([], [{"date": "2024-01-03", "split": "2/1"}] * 2, "two splits on one date"),
        ([], [{"date": "2024-01-03"}], "a column 'split'"),
    ],
)
def test_eodhd_events_that_make_no_sense(dividends: list[Any], splits: list[Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        eodhd_found(dividends, splits)


def test_eodhd_dividends_in_two_currencies_are_said() -> None:
    paid = [{"date": f"2024-01-0{d}", "value": 1.0, "currency": c} for d, c in ((3, "USD"), (5, "EUR"))]
    assert "eodhd X.US: dividends in EUR, USD: not converted" in noted(eodhd_found(paid, []))


TIINGO_ROW = {"date": "2024-01-03T00:00:00.000Z", "close": 10.0, "divCash": 0.0, "splitFactor": 1.0}


def tiingo_of(*changes: dict[str, Any]) -> bytes:
    return jsoned([TIINGO_ROW | change for change in changes])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "tiingo answers nothing at all, expected a JSON list"),
        (b"[", "expected a JSON list"),
        (b"[]", "tiingo has no prices of SPY"),
        (b'{"detail": "Error: You have run over your limit"}', "it says 'Error: You have run over your limit'"),
        (b'[{"date": "2024-01-03", "close": NaN, "divCash": 0}]', "expected a JSON list"),
        (b'[{"date": "2024-01-03", "close": 1e999, "divCash": 0}]', "2024-01-03: close is inf, expected"),
        (b'[{"date": "2024-01-03", "close": ' + b"9" * 400 + b', "divCash": 0}]', "close is inf, expected"),
        (b'[{"date": "2024-01-03", "close": ' + b"9" * 9000 + b', "divCash": 0}]', "expected a JSON list"),
        (b"[" * 100_000, "expected a JSON list"),
        (b"\xff\xfe[]", "expected a JSON list"),
        (tiingo_of({"close": 0.0}), "2024-01-03: close is 0.0, expected a number that is above zero"),
        (tiingo_of({"close": -1.0}), "close is -1.0, expected"),
        (tiingo_of({"close": "10"}), "2024-01-03: close is '10', not a number"),
        (tiingo_of({"close": True}), "close is 'True', not a number"),
        (tiingo_of({"close": [1]}), r"close is '\[1\]', not a number"),
        (tiingo_of({"close": None}), "no value of SPY at all"),
        (tiingo_of({"splitFactor": 0.0}), "split"),
        (tiingo_of({"divCash": -0.1}), "divCash is -0.1, expected a number that is zero or above"),
        (tiingo_of({"date": "03/01/2024"}), "row 1: '03/01/2024' could be month/day"),
        (tiingo_of({"date": "2024-02-30T00:00:00.000Z"}), "there is no date"),
        (tiingo_of({"date": "2024-01-03T09:30:00.000Z"}), "has a time of day"),
        (tiingo_of({"date": 20240103}), "a date is '20240103', which is not text"),
        (tiingo_of({}, {"close": 11.0}), "2024-01-03: the date occurs twice with different numbers in close"),
        (jsoned([{"date": "2024-01-03", "divCash": 0.0}]), "expected a column 'close', and has only 'date', 'divCash'"),
        (jsoned([{"date": "2024-01-03", "close": 1.0}]), "expected a column 'divCash'"),
        (jsoned([{"close": 1.0}]), "a JSON list of rows with date, close"),
        (jsoned([1, 2]), "a JSON list of rows with date, close"),
    ],
)
def test_answers_that_cannot_be_trusted(data: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        tiingo.parse(data, "SPY")
    assert str(caught.value).startswith("tiingo SPY")
    assert caught.value.remedy
    assert len(str(caught.value)) < 500


CSV = "Date,Open,High,Low,Close,Volume\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Date,Open,High,Low,Volume\n2024-01-02,1,2,1,5\n", "expected a column 'Close'"),
        ("Day,Open,High,Low,Close\n2024-01-02,1,2,1,2\n", "expected a column 'Date'"),
        (CSV + "2024-01-02,1,2,1,N/D,5\n", "2024-01-02: Close: 'N/D' is text"),
        (CSV + "2024-01-02,1,2,1,nan,5\n", "2024-01-02: Close: the cell reads 'nan'"),
        (CSV + "2024-01-02,1,2,1,inf,5\n", "no finite number"),
        (CSV + "2024-01-02,1,2,1,0,5\n", "2024-01-02: Close: 0 is not a price"),
        (CSV + "2024-01-02,1,2,1,-2,5\n", "-2 is not a price"),
        (CSV + "2024-01-02,1,2,1,2,-5\n", "-5 is below zero"),
        (CSV + "2024-13-02,1,2,1,2,5\n", "row 1: there is no date 2024-13-02"),
        (CSV + "2024-01,1,2,1,2,5\n", "days, not months"),
        (CSV + "2024-01-02,1,2,1,2\n", "the row has 5 cells, the header has 6"),
        (CSV + "2024-01-02,1,2,1,2,5\n2024-01-02,1,2,1,3,5\n", "2024-01-02: the date occurs twice with different"),
        (CSV + "2024-01-02,1,2,1,2,50\n2024-01-03,1,2,1,2,5", "that number looks cut"),
        (CSV, "a header and no rows"),
        ("Get your apikey:", "only one column, expected CSV with Date, Open, High, Low, Close; it begins 'Get your"),
        ("Open,Open\n1,2\n", "each column once"),
    ],
)
def test_csv_that_cannot_be_trusted(text: str, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        stooq.parse(text.encode(), "spy.us")
    assert str(caught.value).startswith("stooq spy.us")
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        {"dataset": {}},
        {"dataset": {"column_names": ["Date", "Date"], "data": []}},
        {"dataset": {"column_names": ["Date", "Close"], "data": [["2024-01-02"]], "frequency": "daily"}},
        {"dataset": {"column_names": ["Date", "Close"], "data": [["2024-01-02", 1.0]], "frequency": 7}},
        {"dataset": {"column_names": ["Date", "Close"], "data": [], "frequency": "daily"}},
        {"quandl_error": {"code": "QECx02", "message": "You have submitted an incorrect code."}},
    ],
)
def test_datasets_that_cannot_be_trusted(data: Any) -> None:
    with pytest.raises(DataError, match="nasdaq_data_link A/B"):
        nasdaq_data_link.parse(jsoned(data), "A/B")


def test_rows_in_any_order_give_one_history() -> None:
    forward = [{"date": f"2024-01-0{d}"} for d in (2, 3, 4)]
    expected = rows(tiingo.parse(tiingo_of(*forward), "X"), CLOSE)
    found = tiingo.parse(tiingo_of(forward[2], forward[0], forward[0], forward[1]), "X")
    assert rows(found, CLOSE) == expected
    assert noted(found) == ["tiingo X: 1 identical double row: dropped"]


def test_a_bar_of_a_session_still_open_is_left_out() -> None:
    """Friday 5 January closes at 21:00 UTC."""
    found = tiingo.parse(tiingo_of({"date": "2024-01-04"}, {"date": "2024-01-05"}), "X")
    open_still, closed = np.datetime64("2024-01-05T20:59:59"), np.datetime64("2024-01-05T21:00:00")
    assert [str(day) for day in known_by(found, open_still).dates] == ["2024-01-04"]
    assert noted(known_by(found, open_still)) == ["tiingo X 2024-01-05: 1 row not known yet: left out"]
    assert known_by(found, closed) is found


def test_control_a_parser_without_rules_would_take_a_zero_price(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError):
        tiingo.parse(tiingo_of({"close": 0.0}), "X")
    monkeypatch.setitem(vendor_rows.RULES, CLOSE, vendor_rows.Rule.VALUE)
    assert tiingo.parse(tiingo_of({"close": 0.0}), "X").values[-1] == 0.0
