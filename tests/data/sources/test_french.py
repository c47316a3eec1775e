"""The library of Kenneth French: the shared samples cell by cell, tables and zips that cannot be trusted."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.data.sources.reading import noted, rows, sample
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE
from trimtab.data.sources import french

DAILY, MONTHLY = "F-F_Research_Data_Factors_daily", "F-F_Research_Data_5_Factors_2x3"


def test_french_daily() -> None:
    """Head and tail of one file; percent become decimals."""
    data = sample("french_3factor_daily_head.csv") + sample("french_3factor_daily_tail.csv")
    table = french.parse_table(data, DAILY)
    assert [str(day) for day in table.dates] == ["1926-07-01", "1926-07-02", "1926-07-06", "2024-12-31"]
    percent = {name: [round(100 * value, 10) for value in values] for name, values in table.columns.items()}
    assert percent == {
        "Mkt-RF": [0.10, 0.45, 0.17, -0.46],
        "SMB": [-0.25, -0.33, 0.30, 0.00],
        "HML": [-0.27, -0.06, -0.39, 0.71],
        "RF": [0.009, 0.009, 0.009, 0.017],
    }
    found = french.parse(data, f"{DAILY}:RF")
    assert (found.about.name, found.about.lag_days, found.about.restates) == (f"{DAILY}:RF", 22, True)
    assert found.values[0] == pytest.approx(0.00009, rel=1e-15)
    assert "copyright" in found.about.licence


def test_french_monthly_stops_before_the_annual_table() -> None:
    data = sample("french_5factor_monthly_head.csv") + b"\n" + sample("french_5factor_annual_section.csv")
    table = french.parse_table(data, MONTHLY)
    assert [str(day) for day in table.dates] == [
        "1963-07-31",
        "1963-08-30",
        "1963-09-30",
        "1963-10-31",
        "1963-11-29",
        "1963-12-31",
        "1964-01-31",
        "1964-02-28",
    ]
    percent = {name: [round(100 * value, 10) for value in values] for name, values in table.columns.items()}
    assert percent == {
        "Mkt-RF": [-0.39, 5.07, -1.57, 2.53, -0.85, 1.83, 2.24, 1.54],
        "SMB": [-0.41, -0.80, -0.52, -1.39, -0.88, -2.10, 0.13, 0.28],
        "HML": [-0.97, 1.80, 0.13, -0.10, 1.75, -0.02, 1.48, 2.81],
        "RMW": [0.68, 0.36, -0.71, 2.80, -0.51, 0.03, 0.17, -0.05],
        "CMA": [-1.18, -0.35, 0.29, -2.01, 2.24, -0.07, 1.47, 0.91],
        "RF": [0.27, 0.25, 0.27, 0.29, 0.27, 0.29, 0.30, 0.26],
    }
    assert french.parse(data, f"{MONTHLY}:RF").about.frequency == "monthly"


def test_french_annual_section_directly_below_ends_the_table() -> None:
    data = b"x\n\n,Mkt-RF\n202401, 1.0\n202402, 2.0\n  2024, 3.0\n"
    assert rows(french.parse(data, "D:Mkt-RF"), CLOSE) == [("2024-01-31", 0.01), ("2024-02-29", 0.02)]


def test_french_saved_again_by_a_spreadsheet() -> None:
    found = french.parse(sample("french_momentum_daily_head_excel_resaved.csv"), "F-F_Momentum_Factor_daily:Mom")
    assert [(day, round(100 * float(str(value)), 10)) for day, value in rows(found, CLOSE)] == [
        ("1926-11-03", 0.56),
        ("1926-11-04", -0.5),
    ]


def test_french_missing_values_are_not_returns() -> None:
    data = b"x\n\n,A,B\n20240102,-99.99, 1.0\n20240103,-999, 2.0\n20240104, 0.5,-99.99\n\nCopyright\n"
    first = french.parse(data, "D:A")
    assert rows(first, CLOSE) == [("2024-01-04", 0.005)]
    assert noted(first) == ["french D:A 2024-01-02: 2 rows without a closing value: left out"]
    assert len(french.parse(data, "D:B").dates) == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"x\n\n,A\n20240102,1\n2024013,2\n", "'2024013' is not a date"),
        (b"x\n\n,A\n20240102,1\n202401,2\n", "all dates of the table written in one way"),
        (b"x\n\n,A\n20240132,1\n", "there is no date"),
        (b"x\n\n,A\n202413,1\n", "there is no date"),
        (b"x\n\n,A,B\n20240102,1\n", "the row has 2 cells, expected 3"),
        (b"x\n\n,A,A\n20240102,1,2\n", "each column once"),
        (b"x\n\n,A\n20240102,n/a\n", "D 2024-01-02: A: the cell reads 'n/a'"),
        (b"x\n\n,A\n20240102,1\n20240102,2\n", "occurs twice with different numbers"),
        (b"x\n\n,B\n20240102,1\n", "no column 'A'. It has B."),
        (b"x\n\n,A\n20240102,1\n20240103,-99.9", "ends in the middle of its last row"),
        (b"free text alone\n", "a header that begins with a comma"),
        (b"", "a header that begins with a comma"),
        (b"\xff\xff", "a header that begins with a comma"),
    ],
)
def test_tables_that_cannot_be_trusted(data: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words):
        french.parse(data, "D:A")


def zipped(*names: str, content: bytes = b"x", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as packed:
        for name in names:
            packed.writestr(zipfile.ZipInfo(name), content, compress_type=method)  # a date of its own, not the clock's
    return stream.getvalue()


def test_one_csv_in_a_zip_is_unpacked() -> None:
    assert french.unzipped(zipped("D.CSV", content=b"abc"), "D", most=3) == b"abc"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (zipped("D.csv", content=b"0" * 10_000_000), "unpacks to more than 1000 bytes"),
        (zipped("../D.csv"), "names its file by a path"),
        (zipped("/etc/D.csv"), "names its file by a path"),
        (zipped("C:\\D.csv"), "names its file by a path"),
        (zipped("D.csv", "E.csv"), "a zip with one CSV"),
        (zipped("D.exe"), "a zip with one CSV"),
        (zipped(), "a zip with one CSV"),
        (zipped("D.csv", content=b"abcdefgh" * 9)[:-30], "the zip cannot be read"),
        (zipped("D.csv", content=b"abc", method=zipfile.ZIP_STORED).replace(b"abc", b"abd"), "the zip cannot be read"),
        (b"not a zip", "the zip cannot be read"),
    ],
)
def test_zips_that_cannot_be_trusted(data: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        french.unzipped(data, "D", most=1000)
    assert caught.value.__context__ is None
