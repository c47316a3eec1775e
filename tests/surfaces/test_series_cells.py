"""Dates and numbers as spreadsheets write them: what can be meant in one way is read, with a note; the rest is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trimtab
from trimtab.core.errors import DataError
from trimtab.surfaces.series import read_series

DAYS = pd.bdate_range("2020-01-01", periods=60)
FIRSTS = pd.date_range("2020-01-01", periods=24, freq="MS")
RETURNS = pd.Series(np.random.default_rng(4).normal(0.0004, 0.01, 60).round(6), DAYS, name="fund")
MONTHS = pd.Series(RETURNS.to_numpy()[:24], FIRSTS, name="fund")
PRICES = (5000.0 * (1.0 + RETURNS).cumprod()).round(2)


def german(value: float) -> str:
    return f"{value:,.6f}".translate(str.maketrans(",.", ".,"))


def written(tmp_path: Path, series: pd.Series, dates: str, number: Callable[[float], str], mark: str = ",", **how) -> Path:
    rows = [f"{day.strftime(dates)}{mark}{number(value)}" for day, value in series.items()]
    path = tmp_path / "x.csv"
    path.write_bytes(
        "\n".join(["" if how.get("bare") else f"Datum{mark}Größe", *rows]).strip().encode(how.get("code", "utf-8"))
    )
    return path


@pytest.mark.parametrize(
    ("series", "dates", "mark", "how", "note"),
    [
        (RETURNS, "%d.%m.%Y", ";", {"code": "utf-8-sig"}, "Dates read as day.month.year."),
        (RETURNS, "%d.%m.%Y", ";", {"bare": True}, "Dates read as day.month.year."),
        (RETURNS, "%d/%m/%y", ";", {"code": "cp1252"}, "Not UTF-8: read as Windows-1252"),
        (RETURNS, "%m/%d/%Y", "\t", {"code": "utf-16"}, "Dates read as month/day/year."),
        (MONTHS, "%d.%m.%Y", ";", {}, "Monthly, 12 periods a year"),
        (MONTHS, "%d/%m/%Y", ";", {}, "Dates read as day/month/year."),
        (MONTHS, "%m/%d/%Y", ";", {}, "Dates read as month/day/year."),
        (MONTHS, "%b-%y", ";", {}, "Monthly, 12 periods a year"),
        (MONTHS.set_axis(FIRSTS - pd.DateOffset(years=48)), "%d-%b-%y", ";", {}, "Monthly, 12 periods a year"),
        (RETURNS, "%Y-%m-%dT16:00:00-05:00", ";", {}, "Daily, 252"),
    ],
)
def test_dates_of_spreadsheets(tmp_path: Path, series: pd.Series, dates: str, mark: str, how: dict, note: str):
    track = read_series(written(tmp_path, series, dates, german, mark, **how))
    np.testing.assert_array_equal(track.dates, series.index.to_numpy().astype("datetime64[D]"))
    np.testing.assert_allclose(track.returns, series, atol=1e-12)
    assert note in " ".join(track.notes)


def test_a_date_that_can_be_read_in_two_ways_is_refused(tmp_path: Path):
    with pytest.raises(DataError, match="which number of the dates is the day"):
        read_series(written(tmp_path, MONTHS.iloc[:12], "%d/%m/%Y", str))
    dotted = read_series(written(tmp_path, MONTHS.iloc[:12], "%d.%m.%Y", str))  # with points the day is always first
    assert (str(dotted.dates[-1]), dotted.per_year) == ("2020-12-01", 12)
    with pytest.raises(DataError, match=r"a date cannot be read: 'Total' in row 61"):
        read_series(pd.Series([*RETURNS, 0.1], [*DAYS.strftime("%Y-%m-%d"), "Total"]))


def test_stamps_of_two_offsets_are_local_dates():
    text = [f"{day:%Y-%m-%d}T00:00:00{'-05:00' if day.month < 3 else '-04:00'}" for day in DAYS]
    np.testing.assert_array_equal(read_series(RETURNS.set_axis(text)).dates, DAYS.to_numpy().astype("datetime64[D]"))


@pytest.mark.parametrize(
    ("number", "mark"),
    [
        (lambda v: f'"{v:,.2f}"', ","),
        (lambda v: f'"${v:,.2f}"', ","),
        (lambda v: f"{v:,.2f}".translate(str.maketrans(",.", ".,")), ";"),
        (lambda v: f"{v:,.2f}".replace(",", "'"), ";"),
        (lambda v: f"{v:,.2f}".replace(",", "\u202f").replace(".", ","), ";"),
    ],
    ids=["quoted", "dollar", "german", "swiss", "french"],
)
def test_thousands_in_groups(tmp_path: Path, number: Callable[[float], str], mark: str):
    track = read_series(written(tmp_path, PRICES, "%Y-%m-%d", number, mark))
    np.testing.assert_allclose(track.returns, PRICES.pct_change().iloc[1:], atol=1e-12)


def test_a_point_in_a_file_of_decimal_commas_is_one_of_thousands(tmp_path: Path):
    values = (PRICES / 5.0).round()  # 999 beside 1.005
    assert (values.min(), values.max()) < (1000.0, 1000.0) < (values.max(), np.inf)
    track = read_series(written(tmp_path, values, "%Y-%m-%d", lambda v: f"{v:,.0f}".replace(",", "."), ";"))
    np.testing.assert_allclose(track.returns, values.pct_change().iloc[1:], atol=1e-12)


@pytest.mark.parametrize(
    "number",
    [
        lambda v: f"{100 * v:.4f} %".replace(".", ","),
        lambda v: f"{100 * v:.4f}\u00a0%".replace("-", "\u2212"),
        lambda v: f"{100 * v:.4f}%" if v >= 0.0 else f"({-100 * v:.4f}%)",
        lambda v: f"{100 * v:.3f}%".replace(".", ","),
    ],
    ids=["comma", "signs", "brackets", "three decimals"],
)
def test_percent_as_spreadsheets_show_it(tmp_path: Path, number: Callable[[float], str]):
    track = read_series(written(tmp_path, RETURNS, "%Y-%m-%d", number, ";"))
    np.testing.assert_allclose(track.returns, RETURNS, atol=6e-6)
    assert "Written as percent, read as fractions." in track.notes


@pytest.mark.parametrize(
    ("index", "last", "f"),
    [
        (range(2000, 2020), "2019-12-31", 1),
        ([100 * (2000 + k // 12) + k % 12 + 1 for k in range(20)], "2001-08-31", 12),
    ],
    ids=["years", "months"],
)
def test_whole_numbers_that_are_years_or_months(index, last: str, f: int):
    track = read_series(RETURNS.iloc[:20].set_axis(list(index)))
    assert (str(track.dates[-1]), track.per_year) == (last, f)


def test_year_and_month_in_two_columns():
    frame = pd.DataFrame({"Year": FIRSTS.year, "Month": FIRSTS.month, "Portfolio 1": MONTHS.to_numpy()})
    track = read_series(frame)
    assert (track.name, str(track.dates[-1]), track.per_year) == ("Portfolio 1", "2021-12-31", 12)


def test_a_year_of_months_named_by_their_first_day_is_a_year():
    found = trimtab.metrics(MONTHS.iloc[:12])
    assert found["cagr"] == pytest.approx((1.0 + MONTHS.iloc[:12]).prod() - 1.0)


def test_names_cannot_steer_a_terminal():
    assert read_series(RETURNS.rename("\x1b[31mred\x07\nline")).name == "[31mred line"


def test_small_prices_and_percent_without_losses_are_not_returns():
    for odd in (PRICES / 50_000.0, pd.Series(0.4, FIRSTS) + np.arange(24) % 3 / 100.0):
        with pytest.raises(DataError, match="none is below 0"):
            read_series(odd)
    assert len(read_series(PRICES / 50_000.0, prices=True).returns) == 59
    assert len(read_series(pd.Series(0.01, DAYS), prices=False).returns) == 60


def test_one_wild_return_is_told_not_refused():
    track = read_series(RETURNS.where(RETURNS.index != DAYS[3], 100.0))
    assert "The largest return is 10,000 %, on 2020-01-06." in track.notes


class Other:
    """A table of another package, known by the dataframe protocol alone."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def __dataframe__(self, *_: bool, **__: bool) -> object:
        return self.frame.__dataframe__()


@pytest.mark.filterwarnings("ignore:.*interchange.*")  # pandas means to give the protocol up
def test_tables_of_other_packages_and_a_column_of_dates():
    arrow = pytest.importorskip("pyarrow")
    one = pd.DataFrame({"date": DAYS, "fund": RETURNS.to_numpy()})
    two = one.assign(more=2.0 * one["fund"])
    wanted = trimtab.metrics(RETURNS)
    for source in (one, arrow.table(one), Other(one)):
        pd.testing.assert_series_equal(trimtab.metrics(source), wanted, check_names=False)
    assert list(trimtab.metrics(two)) == ["fund", "more"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ((DAYS, ["x"] * 60), "'x' in row 1 is no number"),
        (RETURNS.to_frame().set_index(np.arange(60), append=True)["fund"], "several levels"),
        (pd.DataFrame(), "the table is empty"),
        (RETURNS.astype(complex), "the numbers are complex128"),
    ],
)
def test_more_that_is_refused_in_one_line(source, words: str):
    with pytest.raises(DataError, match=words):
        trimtab.metrics(source)
