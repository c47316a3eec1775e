"""Return series as users have them: everything that quantstats and pyfolio accept, and what is refused with a way out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import DataError, ParameterError, TrimtabError, UsageError
from trimtab.surfaces.series import aligned, read_series

DAYS = pd.bdate_range("2020-01-01", periods=300)
RETURNS = pd.Series(np.random.default_rng(4).normal(0.0004, 0.01, 300), DAYS, name="fund")
PRICES = (1.0 + RETURNS).cumprod() * 100.0
DAILY = "Daily, 252 periods a year, from the dates."


def said(track):
    return " ".join(track.notes)


# --- forms ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        RETURNS,
        RETURNS.to_frame(),
        RETURNS.tz_localize("America/New_York"),
        RETURNS.set_axis([str(day.date()) for day in DAYS]),
        RETURNS.to_period("D"),
        RETURNS.rename_axis("date").reset_index(),
        RETURNS.set_axis([int(day.strftime("%Y%m%d")) for day in DAYS]),
        (DAYS.to_numpy(), RETURNS.to_numpy()),
        RETURNS.iloc[::-1],
    ],
    ids=["series", "frame", "zone", "text", "periods", "column", "numbers", "pair", "backwards"],
)
def test_every_form_is_the_same_series(source):
    track = read_series(source, name="fund")
    np.testing.assert_array_equal(track.returns, RETURNS.to_numpy())
    np.testing.assert_array_equal(track.dates, DAYS.to_numpy().astype("datetime64[D]"))
    assert (track.name, track.per_year, str(track.start)) == ("fund", 252, "2019-12-31")
    assert DAILY in said(track)
    assert not track.returns.flags.writeable


def test_files(tmp_path: Path):
    RETURNS.to_csv(tmp_path / "a.csv")
    RETURNS.to_csv(tmp_path / "bare.csv", header=False)
    RETURNS.to_csv(tmp_path / "german.csv", sep=";", decimal=",")
    (100.0 * RETURNS).map("{:.12f}%".format).to_csv(tmp_path / "percent.csv")
    RETURNS.to_frame().to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"fund": RETURNS, "other": 2.0 * RETURNS}).to_csv(tmp_path / "two.csv")
    for name in ("a.csv", "bare.csv", "german.csv", "percent.csv", "a.parquet"):
        track = read_series(tmp_path / name)
        np.testing.assert_allclose(track.returns, RETURNS, atol=1e-13, err_msg=name)
        assert track.name == ("bare" if name == "bare.csv" else "fund")
    assert "Written as percent, read as fractions." in read_series(tmp_path / "percent.csv").notes
    np.testing.assert_allclose(read_series(str(tmp_path / "two.csv"), column="other").returns, 2.0 * RETURNS)


def test_prices_are_told_from_returns_and_a_word_decides():
    track = read_series(PRICES)
    np.testing.assert_allclose(track.returns, RETURNS.iloc[1:], rtol=1e-9)
    assert str(track.start) == str(DAYS[0].date())
    assert "Read as prices: every number is above 0.5" in said(track)
    small = PRICES / 1000.0
    with pytest.raises(DataError, match=r"returns are fractions|none is below 0"):
        read_series(small * 5.0)  # 0.4 to 0.6: neither prices for sure nor returns
    np.testing.assert_allclose(read_series(small, prices=True).returns, RETURNS.iloc[1:], rtol=1e-9)
    assert "Read as" not in said(read_series(small, prices=True))
    with pytest.raises(DataError, match=r"a price of 0 on 2020-01-02"):
        read_series(pd.Series([1.0, 0.0, 1.0], DAYS[:3]), prices=True)


@pytest.mark.parametrize(
    ("index", "f"),
    [
        (pd.bdate_range("2020-01-01", periods=90), 252),
        (pd.date_range("2020-01-01", periods=90), 365),
        (pd.date_range("2020-01-03", periods=60, freq="W-FRI"), 52),
        (pd.date_range("2020-01-31", periods=30, freq="BME"), 12),
        (pd.date_range("2020-03-31", periods=12, freq="QE"), 4),
        (pd.date_range("2010-12-31", periods=9, freq="YE"), 1),
    ],
)
def test_the_frequency_is_read_off_the_dates(index, f):
    track = read_series(pd.Series(0.01, index) * np.where(np.arange(len(index)) % 2, 1.0, -1.0))
    assert track.per_year == f
    assert f", {f} periods a year, from the dates" in said(track)
    assert track.start < track.dates[0]
    assert read_series(track) is track


def test_a_gap_in_the_dates_is_told():
    track = read_series(RETURNS.drop(RETURNS.index[100:140]))
    assert "1 gaps in the dates, the longest from 2020-05-19 to 2020-07-15" in said(track)


# --- what is wrong with data ----------------------------------------------------------------------------------------


def test_unknown_returns():
    ends = RETURNS.copy()
    ends.iloc[[0, -1]] = np.nan
    track = read_series(ends)
    assert (len(track.returns), "Unknown at the ends and cut off: 2." in track.notes) == (298, True)
    middle = ends.copy()
    middle.iloc[[50, 60]] = np.nan
    with pytest.raises(DataError, match=r"unknown in the middle: 2, the first on 2020-03-11\. .*--drop"):
        read_series(middle)
    track = read_series(middle, drop=True)
    assert (len(track.returns), "Unknown in the middle and left out: 2." in track.notes) == (296, True)
    prices = PRICES.copy()
    prices.iloc[50] = np.nan
    assert np.prod(1.0 + read_series(prices).returns) == pytest.approx(PRICES.iloc[-1] / PRICES.iloc[0])
    for nothing in (RETURNS.iloc[:0], RETURNS * np.nan):
        assert len(read_series(nothing).returns) == 0


def test_dates_that_stand_there_twice():
    track = read_series(pd.concat([RETURNS, RETURNS.iloc[:3]]))
    assert len(track.returns) == 300
    assert "Rows that stand there twice and count once: 3." in track.notes
    with pytest.raises(DataError, match=r"two numbers for one date: 3 times, first on 2020-01-01"):
        read_series(pd.concat([RETURNS, 2.0 * RETURNS.iloc[:3]]))


@pytest.mark.parametrize(
    ("source", "words", "kind"),
    [
        (100.0 * RETURNS, r"returns are fractions, and that of .* is -.* Is -.* % meant\?", DataError),
        (RETURNS.reset_index(drop=True), "the index holds no dates", DataError),
        (pd.DataFrame({"a": RETURNS, "b": RETURNS}), "2 columns of numbers: a, b", UsageError),
        (RETURNS.tolist(), "the returns are a list", UsageError),
        ("no.csv", "no such file", UsageError),
        (pd.Series(["x", "0.1"], DAYS[:2]), "'x' in row 1 is no number", DataError),
        (pd.Series(["1%", "0.1"], DAYS[:2]), "some numbers have a percent sign", DataError),
        (pd.Series([0.1, np.inf], DAYS[:2]), "infinite on 2020-01-02", DataError),
        ((DAYS[:3], np.zeros(2)), "3 dates stand beside numbers of shape", DataError),
        (pd.Series([0.1], ["soon"]), "a date cannot be read", DataError),
        (pd.DataFrame(), "the table is empty", DataError),
    ],
)
def test_what_is_refused_in_one_line(source, words, kind):
    with pytest.raises(kind, match=words) as raised:
        read_series(source)
    assert "\n" not in str(raised.value)


def test_a_column_or_a_frequency_that_is_none():
    with pytest.raises(UsageError, match="Did you mean fund"):
        read_series(RETURNS.to_frame(), column="fun")
    with pytest.raises(ParameterError, match="7 periods a year"):
        read_series(RETURNS, per_year=7)


@pytest.mark.parametrize("text", ["", "\x00\x01", "date,x\n2020-01-01,1,2,3\n2020,,\n", "a\n1\n", "date,x\n2020-13-01,0.1\n"])
def test_a_broken_file_is_refused_in_one_line(tmp_path: Path, text: str):
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(TrimtabError) as raised:
        read_series(path)
    assert "\n" not in str(raised.value)


# --- beside a benchmark ---------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, 299), max_size=40), st.sets(st.integers(0, 299), max_size=40))
def test_what_falls_between_shared_dates_is_compounded(mine, theirs):
    first = read_series(RETURNS.drop(DAYS[sorted(mine)]))
    second = read_series(2.0 * RETURNS.drop(DAYS[sorted(theirs)]))
    a, b = aligned(first, second)
    np.testing.assert_array_equal(a.dates, b.dates)
    for whole, cut in ((first, a), (second, b)):
        inside = (whole.dates >= cut.dates[0]) & (whole.dates <= cut.dates[-1])
        assert np.prod(1.0 + cut.returns) == pytest.approx(np.prod(1.0 + whole.returns[inside]), rel=1e-12)
    told = sum("dates" in note and ": of " in note for note in a.notes)
    assert told == (len(first.returns) > len(a.returns)) + (len(second.returns) > len(b.returns))


def test_months_are_the_same_month_whatever_their_last_day():
    mine = read_series(pd.Series(0.01, pd.date_range("2020-01-31", periods=12, freq="ME")) * np.tile([1.0, -1.0], 6))
    theirs = read_series(pd.Series(0.01, pd.date_range("2020-01-31", periods=12, freq="BME")) * np.tile([1.0, -1.0], 6))
    assert [len(one.returns) for one in aligned(mine, theirs)] == [12, 12]
    with pytest.raises(DataError, match=r"is daily and .* is monthly"):
        aligned(read_series(RETURNS), mine)
    with pytest.raises(DataError, match="share no dates"):
        aligned(read_series(RETURNS.iloc[:100]), read_series(RETURNS.iloc[100:]))
