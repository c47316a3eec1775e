"""Shiller's workbook: equal to the tidy file column by column, the identity of the bond return, and what was known when."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from tests.data.folder_writing import put
from tests.shared_data import shared
from trimtab.core.calendar import closes
from trimtab.core.errors import DataError, PolicyError, UsageError
from trimtab.core.terms import CLOSE
from trimtab.data.history import History, Kind
from trimtab.data.sources import shiller_sheet
from trimtab.data.sources.shiller import AHEAD, SERIES, Shiller
from trimtab.data.sources.shiller_sheet import parse_shiller
from trimtab.data.sources.workbook import read_grid

LATE = np.datetime64("2030-01-01T00:00:00")

# The rows of names as they stand in the workbook, from top to bottom, and three months of invented numbers.
_NAMES = (
    "Stock Market Data||||||||||||Cyclically||Cyclically |||||||",
    "||||||||||||Adjusted||Adjusted|||||||",
    "||||||||||||Price||Total Return Price|||||||",
    "||||  Consumer|||||Real||Real|Earnings||Earnings|||Monthly|Real|||",
    "|S&P|||Price||Long|||Total||TR|Ratio||Ratio||Excess|Total|Total|10 Year|10 Year|Real 10 Year",
    (
        "|Comp.|Dividend|Earnings|Index|Date  |Interest|Real|Real|Return|Real|Scaled|P/E10 or||TR P/E10 or||CAPE|B"
        "ond|Bond|Annualized Stock|Annualized Bonds |Excess Annualized "
    ),
    (
        "Date|P|D|E|CPI|Fraction|Rate GS10|Price|Dividend|Price|Earnings|Earnings|CAPE||TR CAPE||Yield|Returns|Ret"
        "urns|Real Return|Real Return|Returns"
    ),
)
NAMES = [row.split("|") for row in _NAMES]
BODY = [
    [
        2000.09,
        100.0,
        2.0,
        5.0,
        170.0,
        2000.7,
        5.0,
        110.0,
        2.2,
        111.0,
        5.5,
        5.6,
        "NA",
        "",
        "NA",
        "",
        "",
        1.01,
        1.0,
        0.1,
        0.2,
        0.3,
    ],
    [
        2000.1,
        101.0,
        2.1,
        5.1,
        171.0,
        2000.8,
        4.9,
        111.0,
        2.3,
        112.0,
        5.6,
        5.7,
        30.0,
        "",
        31.0,
        "",
        0.01,
        1.02,
        1.1,
        0.1,
        0.2,
        0.3,
    ],
    [2000.11, 102.0, "", "", 172.0, 2000.9, 4.8, 112.0, "", 113.0, "", "", 29.0, "", 30.0, "", 0.02, "", 1.2, "", "", ""],
]
FOOT = ["", "Nov price is Nov 4th close", *[""] * 20]


def sheet(*, names: list[list[Any]] = NAMES, body: list[list[Any]] = BODY) -> list[list[Any]]:
    return [*[[*row] for row in names], *[[*row] for row in body], FOOT]


def write(path: Path, rows: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "Data"
    for row in rows:
        book.active.append([None if cell == "" else cell for cell in row])
    book.save(path)
    return path


def fetched(path: Path, *codes: str, now: np.datetime64 = LATE, **parameters: Any) -> dict[str, History]:
    return {h.about.name: h for h in Shiller(str(path), **parameters).fetch(codes, since={}, now=now)}


def tidy() -> dict[str, list[str]]:
    with gzip.open(shared("shiller_monthly.csv.gz"), "rt") as stream:
        header, *rows = csv.reader(stream)
    return dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))


def test_equal_to_the_tidy_file_column_by_column() -> None:
    columns = parse_shiller(read_grid(shared("shiller_ie_data.xls"), "ie_data.xls", "Data"), "ie_data.xls")
    oracle = tidy()
    assert columns.months.astype(str).tolist() == [day[:7] for day in oracle.pop("date")]
    assert len(columns.months) == 1863
    for name, cells in oracle.items():
        right = np.array([float(cell) if cell else np.nan for cell in cells])
        np.testing.assert_array_equal(columns.values[name], right, err_msg=name)
    assert not set(AHEAD) & set(columns.values)


def bond_identity(columns: Any) -> float:
    """R = g0/g1 + g0/1200 + (1 + g1/1200)^-119 (1 - g0/g1): the largest difference, with the return where it was known."""
    before, after = columns.values["gs10"][:-1], columns.values["gs10"][1:]
    gross = before / after + before / 1200 + (1 + after / 1200) ** -119 * (1 - before / after)
    return float(np.nanmax(np.abs(columns.values["bond_return"][1:] + 1.0 - gross)))


def test_the_bond_return_is_the_one_of_the_month_it_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = read_grid(shared("shiller_ie_data.xls"), "ie_data.xls", "Data")
    assert bond_identity(parse_shiller(grid, "x")) < 1e-12
    monkeypatch.setattr(shiller_sheet, "_moved", lambda _, ahead: ahead)  # control: as published, one month early
    assert bond_identity(parse_shiller(grid, "x")) > 1e-3


def test_wire_sample() -> None:
    with shared("wire/shiller_ie_data_head_tail.csv").open(newline="") as stream:
        columns = parse_shiller([*csv.reader(stream)], "sample.csv")
    assert columns.months.astype(str).tolist() == ["1871-01", "1871-02", "2025-12", "2026-01", "2026-02", "2026-03"]
    assert columns.values["price"].tolist() == [4.44, 4.5, 6853.025454545453, 6929.122, 6893.806315789475, 6869.5]
    assert np.isnan(columns.values["earnings"]).tolist() == [False] * 3 + [True] * 3
    assert np.isnan(columns.values["cape"]).tolist() == [True, True] + [False] * 4
    # The return of January 1871 moves to February; December 2025 has no month before it in the sample: unknown.
    moved = columns.values["bond_return"]
    assert moved[1] == 1.0041769357097787 - 1.0
    assert np.isnan(moved[[0, 2]]).all()
    assert moved[3] == 0.9977831330109042 - 1.0


def test_wire_sample_through_the_vendor(tmp_path: Path) -> None:
    folder = put(tmp_path, shared("wire/shiller_ie_data_head_tail.csv").read_bytes(), "ie.csv")
    history = fetched(folder / "ie.csv", "gs10")["gs10"]
    assert history.values[0] == 5.32 / 100.0
    assert str(history.dates[0]) == "1871-01-31"


def test_each_column_is_known_when_its_publisher_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "ie.xlsx", sheet())
    found = fetched(path, *SERIES)
    day = {name: str(history.known[0].astype("datetime64[D]")) for name, history in found.items()}
    assert day["price"] == day["gs10"] == "2000-09-29"  # the last weekday of September
    assert day["cpi"] == day["real_price"] == "2000-10-16"  # the 15th of October was a Sunday
    assert day["dividend"] == day["earnings"] == "2000-12-29"  # three months later
    assert day["cape"] == "2001-01-31"  # October's: September has none
    assert found["bond_return"].dates.astype(str).tolist() == ["2000-10-31", "2000-11-30"]
    assert day["bond_return"] == "2000-10-31"
    np.testing.assert_allclose(found["bond_return"].values, [0.01, 0.02])
    assert found["price"].known[0] == closes(np.array(["2000-09-29"], dtype="datetime64[D]"))[0]


def test_what_the_series_are(tmp_path: Path) -> None:
    found = fetched(write(tmp_path / "ie.xlsx", sheet()), *SERIES)
    assert {name for name, history in found.items() if not history.about.is_average} == {
        "dividend", "earnings", "cpi", "real_dividend", "real_earnings", "real_tr_earnings",
    }  # fmt: skip
    assert all(found[name].about.restates for name in found if name.startswith("real") or "cape" in name)
    assert not found["price"].about.restates
    assert (found["price"].about.kind, found["gs10"].about.kind) == (Kind.PRICE, Kind.YIELD)
    assert all(history.about.frequency == "monthly" and history.about.currency == "USD" for history in found.values())


def test_nothing_is_handed_over_that_was_not_known(tmp_path: Path) -> None:
    path = write(tmp_path / "ie.xlsx", sheet())
    found = fetched(path, "price", "cpi", "earnings", now=np.datetime64("2000-11-01T00:00:00"))
    assert found["price"].dates.astype(str).tolist() == ["2000-09-29", "2000-10-31"]
    assert found["cpi"].dates.astype(str).tolist() == ["2000-09-29"]
    assert len(found["earnings"].dates) == 0
    assert found["price"].issues[0].what == "1 month of price not known yet"
    later = fetched(path, "cpi", now=np.datetime64("2000-10-18T00:00:00"), cpi_day=20)["cpi"]
    assert len(later.dates) == 0


@pytest.mark.parametrize("name", AHEAD)
def test_columns_that_look_ahead_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="NEXT ten years"):
        fetched(write(tmp_path / "ie.xlsx", sheet()), "price", name)


def test_an_unknown_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="Did you mean cape"):
        fetched(write(tmp_path / "ie.xlsx", sheet()), "capes")


def test_rows_and_columns_are_found_wherever_they_stand() -> None:
    plain = parse_shiller(sheet(), "x")
    above = parse_shiller([[""] * 22, [""] * 22, *sheet()], "x")
    wider = parse_shiller([[*row[:5], "", *row[5:]] for row in sheet()], "x")
    for name, values in plain.values.items():
        np.testing.assert_array_equal(above.values[name], values)
        np.testing.assert_array_equal(wider.values[name], values)


def edited(row: int, column: int, cell: Any) -> Callable[[], list[list[Any]]]:
    def made() -> list[list[Any]]:
        rows = sheet()
        rows[row][column] = cell
        return rows

    return made


@pytest.mark.parametrize(
    ("made", "where", "what"),
    [
        (edited(7, 0, "x"), "f.xls:8:1", "'x' is no month"),
        (edited(7, 0, 2000.13), "f.xls:8:1", "is no month"),
        (edited(7, 0, 2000.095), "f.xls:8:1", "is no month"),
        (edited(7, 0, float("inf")), "f.xls:8:1", "is no month"),
        (edited(8, 0, 2000.09), "f.xls:9:1", "does not follow"),
        (edited(8, 0, ""), "f.xls:9:1", "the row has no month"),
        (edited(8, 1, "n.a."), "f.xls:9:2", "is no value of price"),
        (edited(8, 1, 0.0), "f.xls:9:2", "is no value of price"),
        (edited(8, 4, -1.0), "f.xls:9:5", "is no value of cpi"),
        (edited(8, 4, float("inf")), "f.xls:9:5", "is no value of cpi"),
        (edited(6, 4, "Prices"), "f.xls", "no row begins Date, P, D, E, CPI"),
        (edited(5, 16, "CAPES"), "f.xls:7", "there is no column for excess_cape_yield"),
        (lambda: sheet(body=[]), "f.xls:8:1", "no row with a month"),
        (list, "f.xls", "no row begins"),
    ],
)
def test_a_layout_that_has_changed_is_refused(made: Callable[[], list[list[Any]]], where: str, what: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_shiller(made(), "f.xls")
    assert what in str(caught.value)
    assert caught.value.where == where


def test_a_missing_file_or_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        fetched(tmp_path / "ie_data.xls", "price")
    with pytest.raises(DataError, match="no worksheet Daten"):
        fetched(write(tmp_path / "ie.xlsx", sheet()), "price", sheet="Daten")


def test_real_history_through_the_vendor() -> None:
    found = fetched(shared("shiller_ie_data.xls"), "price", "cape", "bond_return", now=np.datetime64("2026-03-04T12:00:00"))
    assert [str(day) for day in found["price"].span] == ["1871-01-31", "2026-02-27"]  # March is not over
    assert str(found["cape"].span[0]) == "1881-01-31"
    assert found["cape"].known.max() <= np.datetime64("2026-03-04T12:00:00")
    assert found["price"].fields[CLOSE][-1] == 6893.806315789475
