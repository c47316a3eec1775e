"""Files that people saved from yfinance, Stooq, EODHD and Alpha Vantage: each becomes the right prices, checked by hand."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.folder_writing import load, put
from tests.shared_data import shared
from trimtab.core.errors import DataError
from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, TOTAL_RETURN, VOLUME
from trimtab.data.history import History, Kind
from trimtab.data.sources import fields as fields_module
from trimtab.data.sources.csv_reader import parse_csv
from trimtab.data.sources.folder import tables_of
from trimtab.data.sources.series import histories
from trimtab.data.sources.splits import as_traded, later, ratios

YAHOO = "Date,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits,Capital Gains\n"

# A 4:1 split on 6 January and a 1:2 reverse split on 8 January. Before the 6th a price was 4 x 0.5 = 2 times what Yahoo
# shows, from the 6th to the 7th half of it; volumes the other way round.
SPLIT_ROWS = (
    YAHOO
    + "2022-01-05 00:00:00-05:00,50,52,48,50,45,800,0.5,0,0\n"
    + "2022-01-06 00:00:00-05:00,51,53,49,52,46,900,0,4,0\n"
    + "2022-01-07 00:00:00-05:00,52,54,50,53,47,700,0.1,0,0.3\n"
    + "2022-01-10 00:00:00-05:00,53,55,51,54,48,600,0,0.5,0\n"
)


def one(path: Path) -> History:
    (history,) = load(path).values()
    return history


def wire(name: str, tmp_path: Path, ending: str = ".csv") -> History:
    return one(put(tmp_path, shared(f"wire/{name}").read_bytes(), Path(name).stem + ending))


@st.composite
def split_histories(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    size = draw(st.integers(1, 12))
    ratio = st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 0.5, 0.1, 1.5])
    price = st.floats(0.5, 500.0)
    return draw(st.lists(price, min_size=size, max_size=size)), draw(st.lists(ratio, min_size=size, max_size=size))


@given(split_histories())
def test_undoing_splits_is_the_reverse_of_applying_them_one_by_one(drawn: tuple[list[float], list[float]]) -> None:
    traded, split = np.array(drawn[0]), np.array(drawn[1])
    adjusted, volume = traded.copy(), np.full(len(traded), 100.0)
    for row, ratio in enumerate(split):  # as a vendor does it: each split divides all that came before
        if ratio not in (0.0, 1.0):
            adjusted[:row] /= ratio
            volume[:row] *= ratio
    made = as_traded({CLOSE: adjusted, VOLUME: volume, DIVIDEND: adjusted / 100.0, SPLIT: split})
    np.testing.assert_allclose(made[CLOSE], traded, rtol=1e-12)
    np.testing.assert_allclose(made[DIVIDEND], traded / 100.0, rtol=1e-12)
    np.testing.assert_allclose(made[VOLUME], 100.0, rtol=1e-12)
    assert later(split)[-1] == 1.0
    assert np.isnan(ratios(split)).tolist() == [ratio in (0.0, 1.0) for ratio in split]


def require_as_traded(history: History) -> None:
    """The worked example of SPLIT_ROWS."""
    found = history.fields
    assert found[CLOSE].tolist() == [100.0, 26.0, 26.5, 54.0]  # 50 x 4 x 0.5, 52 x 0.5, 53 x 0.5, 54
    assert found[OPEN].tolist() == [100.0, 25.5, 26.0, 53.0]
    assert found[HIGH].tolist() == [104.0, 26.5, 27.0, 55.0]
    assert found[LOW].tolist() == [96.0, 24.5, 25.0, 51.0]
    assert found[VOLUME].tolist() == [400.0, 1800.0, 1400.0, 600.0]
    np.testing.assert_allclose(found[DIVIDEND], [1.0, 0.0, 0.2, 0.0])  # 0.5 x 2; (0.1 + 0.3) x 0.5
    assert found[SPLIT][[1, 3]].tolist() == [4.0, 0.5]
    assert np.isnan(found[SPLIT][[0, 2]]).all()
    assert found[ADJUSTED].tolist() == [45.0, 46.0, 47.0, 48.0]
    assert TOTAL_RETURN not in found


def test_yahoo_prices_are_un_adjusted_by_the_splits_beside_them(tmp_path: Path) -> None:
    history = one(put(tmp_path, SPLIT_ROWS, "XYZ.csv"))
    require_as_traded(history)
    assert history.about.kind is Kind.PRICE_AND_DIVIDENDS
    assert [(i.what, i.where, i.action) for i in history.issues] == [
        ("1 capital-gain distribution", "XYZ.csv:1:10", "counted among the dividends"),
        (
            "prices beside Stock Splits are adjusted for every split in it",
            "XYZ.csv:1:9",
            "un-adjusted by 2 splits: prices are as traded",
        ),
    ]


def test_control_a_reader_that_leaves_prices_adjusted_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields_module, "as_traded", lambda found: found)
    with pytest.raises(AssertionError):
        require_as_traded(one(put(tmp_path, SPLIT_ROWS, "XYZ.csv")))


def test_control_a_reader_that_loses_capital_gains_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields_module, "with_gains", lambda dividend, _: dividend)
    with pytest.raises(AssertionError):
        require_as_traded(one(put(tmp_path, SPLIT_ROWS, "XYZ.csv")))


def test_a_split_before_the_first_price_still_counts(tmp_path: Path) -> None:
    # The last row has a split and no price: it is trimmed away, and the price before it was still 10 x 2.
    text = YAHOO + "2022-01-05,10,10,10,10,9,5,0,0,0\n2022-01-06,,,,,,0,0,2,0\n"
    history = one(put(tmp_path, text, "XYZ.csv"))
    assert history.fields[CLOSE].tolist() == [20.0]
    assert history.dates.astype(str).tolist() == ["2022-01-05"]


def test_ratios_beside_prices_as_traded_change_no_price(tmp_path: Path) -> None:
    # Tiingo and Alpha Vantage print raw prices and 1.0 where there is no split.
    for name, gone in (("splitFactor", "divCash"), ("8. split coefficient", "7. dividend amount")):
        text = f"date,close,adjusted close,{gone},{name}\n2022-01-05,100,24,0,1.0\n2022-01-06,25,25,0.5,4.0\n"
        history = one(put(tmp_path / name, text, "XYZ.csv"))
        assert history.fields[CLOSE].tolist() == [100.0, 25.0]
        assert history.fields[SPLIT][1] == 4.0
        assert np.isnan(history.fields[SPLIT][0])
        assert history.fields[DIVIDEND].tolist() == [0.0, 0.5]
        assert history.fields[ADJUSTED].tolist() == [24.0, 25.0]


def test_closes_that_yfinance_adjusted_itself_are_not_paid_dividends_again(tmp_path: Path) -> None:
    # history() without auto_adjust=False: no Adj Close, and Close has the dividends in it.
    text = "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n2022-01-05,9,9,9,9,1,0,0\n2022-01-06,9,9,9,10,1,0.5,0\n"
    history = one(put(tmp_path, text, "XYZ.csv"))
    assert history.about.kind is Kind.TOTAL_RETURN
    assert set(history.fields) == {CLOSE, OPEN, TOTAL_RETURN}
    assert "yfinance has adjusted the closes" in history.issues[0].what


def test_splits_beside_an_adjusted_close_and_no_dividends_stay_unread(tmp_path: Path) -> None:
    history = one(put(tmp_path, "date,close,adj close,split\n2022-01-05,100,24,\n2022-01-06,25,25,4\n", "XYZ.csv"))
    assert history.about.kind is Kind.TOTAL_RETURN
    assert history.fields[CLOSE].tolist() == [24.0, 25.0]
    assert history.issues[-1].action == "not read"


def test_the_first_names_win_over_the_later_ones(tmp_path: Path) -> None:
    history = one(put(tmp_path, "date,instrument,ticker,close,Price Close\n2022-01-05,i,AAA,5,6\n"))
    assert history.about.name == "AAA"
    assert history.values.tolist() == [5.0]
    assert "instrument, Price Close" in history.issues[0].what


def test_wire_yfinance_history(tmp_path: Path) -> None:
    history = wire("yfinance_history_actions.csv", tmp_path)
    assert history.about.kind is Kind.PRICE_AND_DIVIDENDS
    assert [str(day) for day in history.span] == ["2022-01-03", "2022-01-07"]  # midnight at UTC-5: the local date
    assert history.fields[CLOSE][0] == 33.15999984741211
    assert history.fields[ADJUSTED][-1] == 30.53032875061035
    assert history.fields[VOLUME][1] == 2580300.0
    assert history.fields[DIVIDEND].tolist() == [0.0] * 5
    assert np.isnan(history.fields[SPLIT]).all()


def test_wire_yfinance_download_with_three_rows_of_names(tmp_path: Path) -> None:
    history = wire("yfinance_download_multiindex_flattened.csv", tmp_path)
    assert history.about.name == "TLT"
    assert history.about.kind is Kind.TOTAL_RETURN  # the column called Price is the adjusted close
    assert history.fields[CLOSE].tolist() == [37.18468475341797, 37.64535903930664, 37.85976791381836]
    # Open on the scale of the adjusted close: 81.75 x 37.18468475341797 / 81.5199966430664
    np.testing.assert_allclose(history.fields[OPEN][0], 81.75 * 37.18468475341797 / 81.5199966430664, rtol=1e-15)


def test_wire_stooq(tmp_path: Path) -> None:
    english = wire("stooq_daily_en.csv", tmp_path / "en")
    assert (english.values.tolist(), english.fields[OPEN].tolist()) == ([185.64], [187.15])
    polish = wire("stooq_daily_pl.csv", tmp_path / "pl")
    assert (polish.values.tolist(), polish.fields[OPEN].tolist()) == ([10.5, 11.0], [10.0, 10.5])
    bulk = wire("stooq_bulk.txt", tmp_path / "bulk")
    assert (bulk.about.name, str(bulk.dates[0]), bulk.values.tolist()) == ("7203.JP", "2026-04-29", [3067.0])
    for name in ("stooq_error_nodata.txt", "stooq_error_quota.txt"):
        with pytest.raises(DataError, match="only one column"):
            wire(name, tmp_path / name)


def test_wire_eodhd_and_alpha_vantage(tmp_path: Path) -> None:
    eodhd = wire("eodhd_eod.csv", tmp_path / "e")
    assert eodhd.about.kind is Kind.TOTAL_RETURN
    assert eodhd.values.tolist() == [284.8579, 284.4103]
    vantage = wire("alphavantage_time_series_daily.csv", tmp_path / "a")
    assert vantage.about.kind is Kind.PRICE
    assert (vantage.values.tolist(), vantage.fields[OPEN].tolist()) == ([82.51], [82.67])


TWO = "Price,Adj Close,Adj Close,Close,Close\nTicker,AAA,BBB,AAA,BBB\nDate,,,,\n2022-01-05,1,2,3,4\n2022-01-06,1.5,2.5,3,4\n"


def test_flattened_tables_of_several_tickers(tmp_path: Path) -> None:
    found = load(put(tmp_path, TWO))
    assert list(found) == ["AAA", "BBB"]
    assert found["BBB"].values.tolist() == [2.0, 2.5]
    plain = load(put(tmp_path / "b", "Price,Close,Open\nTicker,AAA,AAA\nDate,,\n2022-01-05,3,2\n"))["AAA"]
    assert plain.about.kind is Kind.TOTAL_RETURN  # no adjusted close: yfinance has adjusted all prices
    assert (plain.values.tolist(), plain.fields[OPEN].tolist()) == ([3.0], [2.0])
    assert "no adjusted close" in plain.issues[0].what


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        (lambda t: t.replace("2022-01-06,1.5", "2022-01-06,x"), "prices.csv:5:2", "'x' is text"),
        (lambda t: t.replace("2022-01-06", "06/01/2022"), "prices.csv:5:1", "could be month/day"),
        (lambda t: t.replace("Ticker,AAA,BBB", "Ticker,AAA,"), "prices.csv:2:3", "which ticker"),
        (lambda t: t.replace("Ticker", "Ticker,x,y,z,w\nTicker", 1), "prices.csv:2:2", "rows of tickers differ"),
        (lambda t: "\n".join(t.splitlines()[:3]) + "\n", "prices.csv:3:1", "a header and no rows"),
        (lambda t: t.replace("2022-01-06,1.5", "2022-01-05,1.5"), "prices.csv:5:2", "occurs twice"),
    ],
)
def test_flattened_faults_have_their_place(change: Callable[[str], str], where: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load(put(tmp_path, change(TWO)))
    assert what in str(caught.value)
    assert caught.value.where == where


@given(
    st.text(alphabet='Price,TickerDate\n"0123456789-. AB#/N', max_size=120), st.sampled_from(["", TWO[:60], TWO, SPLIT_ROWS])
)
@settings(max_examples=200)
def test_any_text_in_these_forms_loads_or_is_refused(junk: str, head: str) -> None:
    try:
        found = [history for table in tables_of(parse_csv((head + junk).encode(), "p.csv")) for history in histories(table)]
    except DataError as error:
        assert error.where.startswith("p.csv")  # noqa: PT017 - both outcomes are right
    else:
        assert found


def test_every_cut_of_a_flattened_file_loads_or_is_refused() -> None:
    for size in range(len(TWO)):
        with tempfile.TemporaryDirectory() as root:
            try:
                found = load(put(Path(root), TWO[:size]))
            except DataError:
                continue
            assert size > len(TWO) - 30  # only the last row may be missing, or its line break
            assert set(found) <= {"AAA", "BBB"}
