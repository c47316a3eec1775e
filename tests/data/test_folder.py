"""What the folder source accepts: forms, dates, kinds, what it lists as found, and one panel the same in every form."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.folder_writing import as_wide, every_form, load, put, write_parquet
from trimtab.core.errors import DataError, PolicyError
from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, TOTAL_RETURN, VOLUME
from trimtab.data.history import History, Kind
from trimtab.data.sources.folder import Folder

SHARED = Path(__file__).resolve().parents[2] / "../shared/data"

YAHOO = (
    "Date,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits\n"
    "2022-01-03 00:00:00-05:00,10.5,11,10,10.25,9.5,1000,0.0,0.0\n"
    "2022-07-05 00:00:00-04:00,10.75,11,10,10.5,9.75,1200,0.25,0.0\n"
)


def same(a: History, b: History) -> bool:
    return (
        a.about.kind is b.about.kind
        and a.about.frequency == b.about.frequency
        and a.dates.tolist() == b.dates.tolist()
        and set(a.fields) == set(b.fields)
        and all(np.array_equal(a.fields[f], b.fields[f], equal_nan=True) for f in a.fields)
    )


@st.composite
def panels(draw: st.DrawFn) -> tuple[list[str], dict[str, list[float]]]:
    days = draw(st.lists(st.integers(0, 20_000), min_size=1, max_size=12, unique=True).map(sorted))
    names = draw(st.lists(st.sampled_from(["SPY", "BRK-B", "^GSPC", "a b", "LOW"]), min_size=1, max_size=4, unique=True))
    price = st.floats(1e-6, 1e9, allow_subnormal=False) | st.just(float("nan"))
    column = st.lists(price, min_size=len(days), max_size=len(days)).filter(lambda v: not all(np.isnan(v)))
    return [str(np.datetime64("1970-01-01") + day) for day in days], {name: draw(column) for name in names}


@given(panels())
@settings(max_examples=25, deadline=None)
def test_a_panel_is_the_same_in_every_form(drawn: tuple[list[str], dict[str, list[float]]]) -> None:
    dates, panel = drawn
    with tempfile.TemporaryDirectory() as root:
        loaded = [load(folder) for folder in every_form(Path(root), dates, panel)]
    for name, values in panel.items():
        known = np.flatnonzero(np.isfinite(values))
        inner = slice(known[0], known[-1] + 1)
        for found in loaded:
            assert sorted(found) == sorted(panel)
            assert same(found[name], loaded[0][name])
            assert found[name].dates.astype(str).tolist() == dates[inner]
            assert np.array_equal(found[name].values, np.array(values)[inner], equal_nan=True)
            assert found[name].about.kind is Kind.PRICE


@given(panels(), st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_shuffled_and_doubled_rows_give_the_same_and_are_listed(drawn: tuple[list[str], dict], random: object) -> None:
    text = as_wide(*drawn)
    header, *rows = text.splitlines()
    mixed = [*rows, rows[0]]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as root:
        plain = load(put(Path(root) / "a", text))
        found = load(put(Path(root) / "b", "\n".join([header, *mixed]) + "\n"))
    for name, history in found.items():
        assert same(history, plain[name])
        assert any(issue.what == "1 identical double row" for issue in history.issues)


def test_sorting_and_dropping_are_listed_with_their_places(tmp_path: Path) -> None:
    text = "date,AAA\n2024-01-03,3\n2024-01-02,2\n2024-01-03,3\n2024-01-02,2\n"
    history = load(put(tmp_path, text))["AAA"]
    assert history.values.tolist() == [2.0, 3.0]
    assert [(i.what, i.where, i.action) for i in history.issues] == [
        ("rows are not in order of date", "prices.csv:3:1", "sorted"),
        ("2 identical double rows", "prices.csv:4:1", "dropped"),
    ]


def test_an_empty_cell_is_unknown_and_counted(tmp_path: Path) -> None:
    text = "date,AAA,BBB\n2024-01-02,,1\n2024-01-03,2,\n2024-01-04,  ,2\n2024-01-05,4,3\n"
    found = load(put(tmp_path, text))
    assert found["AAA"].dates.astype(str).tolist() == ["2024-01-03", "2024-01-04", "2024-01-05"]  # it starts later
    assert np.isnan(found["AAA"].values).tolist() == [False, True, False]
    assert [(i.what, i.action) for i in found["AAA"].issues] == [("1 empty cell in close", "kept as unknown")]


def test_yahoo_files_give_prices_as_traded_dividends_splits_and_the_adjusted_close(tmp_path: Path) -> None:
    history = load(put(tmp_path, YAHOO, "SPY.csv"))["SPY"]
    assert history.about.kind is Kind.PRICE_AND_DIVIDENDS
    assert history.dates.astype(str).tolist() == ["2022-01-03", "2022-07-05"]
    assert np.isnan(history.fields[SPLIT]).all()
    assert {field: values.tolist() for field, values in history.fields.items() if field is not SPLIT} == {
        CLOSE: [10.25, 10.5],
        OPEN: [10.5, 10.75],
        HIGH: [11.0, 11.0],
        LOW: [10.0, 10.0],
        VOLUME: [1000.0, 1200.0],
        DIVIDEND: [0.0, 0.25],
        ADJUSTED: [9.5, 9.75],
    }
    assert history.issues[0].where == "SPY.csv:1:9"
    assert "Stock Splits" in history.issues[0].what


@pytest.mark.parametrize(
    ("header", "cells", "kind", "fields"),
    [
        ("date,close", "5", Kind.PRICE, {CLOSE}),
        ("PRICE,Date", None, Kind.PRICE, {CLOSE}),
        ("date,adj_close", "5", Kind.TOTAL_RETURN, {CLOSE, TOTAL_RETURN}),
        ("date,Adjusted_close,open", "5,5", Kind.TOTAL_RETURN, {CLOSE, TOTAL_RETURN}),
        ("date,close,adj close", "5,4", Kind.TOTAL_RETURN, {CLOSE, TOTAL_RETURN}),
        ("timestamp,1. open,2. high,3. low,4. close,5. volume", "5,5,5,5,0", Kind.PRICE, {CLOSE, OPEN, VOLUME}),
        ("date,close,dividend,volume", "5,0,7", Kind.PRICE_AND_DIVIDENDS, {CLOSE, DIVIDEND, VOLUME}),
        ("date,adj close,volume", "5,7", Kind.TOTAL_RETURN, {CLOSE, TOTAL_RETURN}),
        ("date,close,dividend", "5,0", Kind.PRICE_AND_DIVIDENDS, {CLOSE, DIVIDEND}),
        ("date,value", "-5", Kind.LEVEL, {CLOSE}),
    ],
)
def test_one_file_a_series(header: str, cells: str | None, kind: Kind, fields: set[object], tmp_path: Path) -> None:
    rows = "5,2024-01-02\n" if cells is None else f"2024-01-02,{cells}\n"
    history = load(put(tmp_path, f"{header}\n{rows}", "SPY.csv"))["SPY"]
    assert history.about.kind is kind
    assert set(history.fields) == fields
    assert ("price only: dividends unknown" in history.about.notes) is (kind is Kind.PRICE)
    assert history.about.lag_days == (1 if kind is Kind.LEVEL else 0)


def test_adjusted_closes_without_dividends_become_the_prices(tmp_path: Path) -> None:
    # Holding the raw closes would lose the dividends; the open moves to the scale of the adjusted close: 12 * 4 / 8.
    history = load(put(tmp_path, "date,open,close,adj close\n2024-01-02,12,8,4\n2024-01-03,8,8,5\n", "SPY.csv"))["SPY"]
    assert history.about.kind is Kind.TOTAL_RETURN
    assert {field: values.tolist() for field, values in history.fields.items()} == {
        CLOSE: [4.0, 5.0],
        OPEN: [6.0, 5.0],
        TOTAL_RETURN: [4.0, 5.0],
    }
    assert history.about.notes == ("prices are adjusted for dividends, not as traded",)


def test_volumes_beside_adjusted_closes_keep_the_value_traded(tmp_path: Path) -> None:
    # Regression: volumes were read beside a column of splits alone. 8 * 100 = 4 * 200: the value traded in the session.
    text = "date,close,adj close,volume\n2024-01-02,8,4,100\n2024-01-03,8,5,50\n"
    history = load(put(tmp_path, text, "SPY.csv"))["SPY"]
    assert history.fields[VOLUME].tolist() == [200.0, 80.0]
    assert (history.fields[CLOSE] * history.fields[VOLUME]).tolist() == [800.0, 400.0]


@pytest.mark.parametrize("id_column", ["ticker", "Symbol", "asset", "ID", "series"])
def test_tidy_files(id_column: str, tmp_path: Path) -> None:
    text = f"{id_column},date,close,dividend\nAAA,2024-01-02,5,\nBBB,2024-01-02,7,0\nAAA,2024-01-03,6,0.5\n"
    found = load(put(tmp_path, text))
    assert list(found) == ["AAA", "BBB"]
    assert found["AAA"].fields[CLOSE].tolist() == [5.0, 6.0]
    assert np.isnan(found["AAA"].fields[DIVIDEND]).tolist() == [True, False]
    assert found["AAA"].issues[0].action == "kept as unknown, counted as no dividend"


def test_tidy_values_are_levels(tmp_path: Path) -> None:
    found = load(put(tmp_path, "date,series,value\n2024-01,cpi,-0.5\n2024-02,cpi,0\n", "data.csv"))
    assert found["cpi"].about.kind is Kind.LEVEL
    assert found["cpi"].values.tolist() == [-0.5, 0.0]


def test_value_among_other_names_is_a_series(tmp_path: Path) -> None:
    assert list(load(put(tmp_path, "date,momentum,value\n2024-01-02,5,7\n"))) == ["momentum", "value"]


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("values.csv", Kind.LEVEL),
        ("macro.csv.gz", Kind.LEVEL),
        ("Series.CSV", Kind.LEVEL),
        ("rates-us.csv", Kind.YIELD),
        ("adj_close.csv", Kind.TOTAL_RETURN),
        ("Total Return.csv", Kind.TOTAL_RETURN),
        ("valuesque.csv", Kind.PRICE),
    ],
)
def test_the_name_of_a_wide_file_says_what_it_holds(file: str, kind: Kind, tmp_path: Path) -> None:
    history = load(put(tmp_path, "date,X\n2024-01-02,0.5\n", file))["X"]
    assert history.about.kind is kind
    assert (TOTAL_RETURN in history.fields) is (kind is Kind.TOTAL_RETURN)


def test_values_may_be_zero_or_negative(tmp_path: Path) -> None:
    history = load(put(tmp_path, "date,spread\n2024-01-02,0\n2024-01-03,-1.5e-2\n", "values.csv"))["spread"]
    assert history.values.tolist() == [0.0, -0.015]


def test_rates_that_look_like_percent_are_listed(tmp_path: Path) -> None:
    assert "percent" in load(put(tmp_path, "date,y\n2024-01-02,4.5\n", "rates.csv"))["y"].issues[0].what


@pytest.mark.parametrize(
    "dates",
    [
        ["2024-01-31", "2024-02-29"],
        ["20240131", "20240229"],
        ["2024-01", "2024-02"],
        ["2024-01-31 00:00:00", "2024-02-29 00:00:00"],
        ["2024-01-31T00:00:00.000Z", "2024-02-29T00:00:00.000Z"],
        ["2024-01-31 00:00:00+09:00", "2024-02-29 00:00:00+09:00"],
        [" 2024-01-31", "2024-02-29 "],
        ['"2024-01-31"', '"2024-02-29"'],
    ],
)
def test_dates_that_are_understood(dates: list[str], tmp_path: Path) -> None:
    history = load(put(tmp_path, f"date,AAA\n{dates[0]},1\n{dates[1]},2\n"))["AAA"]
    assert history.dates.astype(str).tolist() == ["2024-01-31", "2024-02-29"]
    assert history.about.frequency == "monthly"
    assert history.issues == ()


def test_hints_on_dates(tmp_path: Path) -> None:
    first = load(put(tmp_path / "a", "date,AAA\n2024-01-01,1\n2024-02-01,1\n2024-03-01,1\n"))["AAA"].issues
    assert "not known then" in first[0].what
    weekend = load(put(tmp_path / "b", "date,AAA\n2024-01-05,1\n2024-01-06,1\n"))["AAA"].issues
    assert weekend[0].what == "1 date on a weekend"


def test_bytes_that_are_understood(tmp_path: Path) -> None:
    plain = load(put(tmp_path / "a", "date,AAA\n2024-01-02,1.5\n2024-01-03,2.5\n"))["AAA"]
    marked = load(put(tmp_path / "b", '\ufeffdate,AAA\r\n2024-01-02,"1.5"\r\n\r\n2024-01-03, 2.50 \r\n'))["AAA"]
    assert same(plain, marked)
    assert plain.issues == ()
    assert [i.what for i in marked.issues] == ["byte order mark at the start of the file"]


def test_a_missing_last_line_break_is_listed(tmp_path: Path) -> None:
    history = load(put(tmp_path, "date,AAA\n2024-01-02,1.5\n2024-01-03,2.5"))["AAA"]
    assert history.values.tolist() == [1.5, 2.5]
    assert history.issues[0].where == "prices.csv:3:2"


def test_a_pandas_index_column_is_not_taken_for_dates(tmp_path: Path) -> None:
    assert load(put(tmp_path, ",date,ticker,close\n0,2024-01-02,AAA,5\n"))["AAA"].values.tolist() == [5.0]
    assert load(put(tmp_path / "b", ",AAA\n2024-01-02,5\n"))["AAA"].values.tolist() == [5.0]


def test_parquet_types(tmp_path: Path) -> None:
    stamps = pa.array(np.array(["2024-01-02", "2024-01-03"], dtype="datetime64[ns]"))
    zoned = pa.array(np.array(["2024-01-02T05:00", "2024-01-03T05:00"], dtype="datetime64[s]"), pa.timestamp("s"))
    zoned = zoned.cast(pa.timestamp("s", "UTC")).cast(pa.timestamp("s", "America/New_York"))
    texts = pa.array(["2024-01-02", "2024-01-03"])
    numbers = pa.array([20240102, 20240103])
    prices = pa.array([1, 2], pa.int64())
    for k, days in enumerate((stamps, zoned, texts, numbers)):
        folder = write_parquet(tmp_path / str(k), {"AAA": prices, "date": days})
        history = load(folder)["AAA"]
        assert history.dates.astype(str).tolist() == ["2024-01-02", "2024-01-03"]
        assert history.values.tolist() == [1.0, 2.0]
    tickers = pa.array(["AAA", "BBB"]).dictionary_encode()
    tidy = load(write_parquet(tmp_path / "tidy", {"date": stamps, "ticker": tickers, "close": pa.array([1.5, 2.5])}))
    assert [history.values.tolist() for history in tidy.values()] == [[1.5], [2.5]]
    gaps = pa.array([1.0, float("nan"), None, 2.0])
    four = pa.array(np.arange("2024-01-02", "2024-01-06", dtype="datetime64[D]"))
    assert np.isnan(load(write_parquet(tmp_path / "gaps", {"date": four, "A": gaps}))["A"].values).sum() == 2


def test_a_single_file_is_a_source(tmp_path: Path) -> None:
    put(tmp_path, "date,AAA\n2024-01-02,1\n")
    assert Folder(str(tmp_path / "prices.csv")).names() == ("AAA",)


def test_other_files_hidden_files_and_subfolders_are_left_alone(tmp_path: Path) -> None:
    put(tmp_path, "date,AAA\n2024-01-02,1\n")
    put(tmp_path, "no data", "README.txt")
    put(tmp_path, "junk", ".prices.csv")
    put(tmp_path / "old", "junk", "old.csv")
    assert Folder(str(tmp_path)).names() == ("AAA",)


def test_names_are_loaded_in_the_order_asked_and_unknown_ones_refused(tmp_path: Path) -> None:
    source = Folder(str(put(tmp_path, "date,AAA,BBB\n2024-01-02,1,2\n")))
    assert [history.about.name for history in source.load(["BBB", "AAA", "BBB"])] == ["BBB", "AAA"]
    assert [about.name for about in source.about()] == ["AAA", "BBB"]
    with pytest.raises(PolicyError, match="Did you mean AAA"):
        source.load(["AAAA"])


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder ../shared/data is absent")
def test_real_files(tmp_path: Path) -> None:
    funds = load(SHARED / "etf_daily.parquet")
    assert len(funds) == 21
    assert sum(len(history.dates) for history in funds.values()) == 122_063
    spy = funds["SPY"]
    assert spy.about.kind is Kind.PRICE_AND_DIVIDENDS
    assert [str(day) for day in spy.span] == ["1993-01-29", "2024-12-31"]
    paid = spy.fields[CLOSE][1:] / (spy.fields[CLOSE][:-1] - spy.fields[DIVIDEND][1:])  # the vendor's own adjustment
    index = spy.fields[TOTAL_RETURN][1:] / spy.fields[TOTAL_RETURN][:-1]
    assert np.abs(paid - index).max() < 2e-4  # the rounding of small dividends
    traded = load(SHARED / "etf_as_traded.csv.gz")
    assert sum(len(history.dates) for history in traded.values()) == 29_405
    clean = load(SHARED / "yfinance_tests/EWG-1d-no-bad-divs.csv.gz")["EWG-1d-no-bad-divs"]
    assert clean.about.kind is Kind.PRICE_AND_DIVIDENDS
    with pytest.raises(DataError, match=r"wti_daily.csv.gz:8645:2 -36.98 is not a price"):
        load(SHARED / "wti_daily.csv.gz")
    renamed = tmp_path / "values.csv.gz"
    renamed.write_bytes((SHARED / "wti_daily.csv.gz").read_bytes())
    assert float(load(renamed)["usd_per_bbl"].values.min()) == -36.98
