"""What the folder source refuses: every kind of damage is a DataError (exit 4) with its exact place and a remedy."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.folder_writing import load, put, write_parquet
from trimtab.core.errors import DataError, UsageError
from trimtab.data.sources import csv_reader, parquet_reader
from trimtab.data.sources.csv_reader import parse_csv
from trimtab.data.sources.days import column_of_dates
from trimtab.data.sources.numbers import Rule, column_of_numbers
from trimtab.data.sources.series import histories

HEADER = "date,AAA,BBB\n"

CELLS = {
    "NaN": "the cell reads 'NaN'. Leave the cell empty if the price is unknown.",
    "NA": "the cell reads 'NA'",
    "null": "the cell reads 'null'",
    "#N/A": "the cell reads '#N/A'",
    ".": "the cell reads '.'",
    "-": "the cell reads '-'",
    "inf": "no finite number",
    "-Infinity": "no finite number",
    "1e999": "no finite number",
    "0": "0 is not a price: prices are above zero",
    "0.00": "is not a price",
    "-3.5": "-3.5 is not a price",
    "n.a.": "is text, not a price",
    "=1+1": "'=1+1' is text",
    "@SUM(A1)": "is text",
    "+cmd": "is text",
    "1_000": "is text",
    "0x1p3": "is text",
    "１２": "is text",
    "12.5%": "is text",
    "$12.5": "is text",
    "1.2.3": "is text",
    '"12,5"': "'12,5' has a decimal comma. Write decimals with a point: 12.5.",
    '"1.234,5"': "has a decimal comma",
    '"1,234.5"': "thousands separator",
    '"1,234"': "thousands separator or a decimal comma",
    "1 234.5": "thousands separator",
    '"12\n34"': "is text",
    '"' + "9" * 400 + '"': "no finite number",
    "x" * 400: "xxx...' is text",
}


def refused(folder: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        load(folder)
    assert caught.value.exit_code == 4
    assert caught.value.remedy
    assert len(str(caught.value)) < 600
    return caught.value


@pytest.mark.parametrize("cell", list(CELLS))
def test_a_cell_that_is_no_price_is_refused_at_its_place(cell: str, tmp_path: Path) -> None:
    error = refused(put(tmp_path, f"{HEADER}2024-01-02,1,2\n2024-01-03,3,{cell}\n2024-01-04,5,6\n"))
    assert error.where == "prices.csv:3:3"
    assert CELLS[cell] in str(error)


@given(st.integers(0, 40), st.integers(0, 11), st.sampled_from(["x", "0", "NaN", "1;2", "--1", "1e"]))
@settings(max_examples=40, deadline=None)
def test_the_place_is_exact_wherever_the_fault_lies(row: int, column: int, bad: str) -> None:
    cells = [[f"{1 + r + c}.5" for c in range(12)] for r in range(41)]
    cells[row][column] = bad
    values, faults = zip(*(column_of_numbers(column, Rule.PRICE) for column in zip(*cells, strict=True)), strict=True)
    assert [fault is not None for fault in faults] == [c == column for c in range(12)]
    assert faults[column].row == row
    assert all(np.isfinite(v).all() for c, v in enumerate(values) if c != column)


def test_the_first_fault_in_the_file_is_named(tmp_path: Path) -> None:
    text = f"{HEADER}2024-01-02,1,x\n2024-01-03,y,2\n"
    assert refused(put(tmp_path, text)).where == "prices.csv:2:3"


def test_lines_are_counted_through_blank_lines_and_quoted_line_breaks(tmp_path: Path) -> None:
    text = '\n\ndate,"A\tA"\n2024-01-02,1\n'
    assert refused(put(tmp_path / "a", text)).where == "prices.csv:3:2"
    text = 'date,ticker,close,note\n2024-01-02,A,1,"two\nlines"\n\n2024-01-03,A,x,\n'
    assert refused(put(tmp_path / "b", text)).where == "prices.csv:5:3"


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (f"{HEADER}2024-01-02,1,2\n2024-01-03,1\n", "prices.csv:3:3", "2 cells, the header has 3"),
        (f"{HEADER}2024-01-02,1,5,2\n", "prices.csv:2:4", "4 cells, the header has 3"),
        (f"{HEADER}2024-01-02,1,2\n2024-01-03,1", "prices.csv:3:3", "ends in the middle of a row"),
        (f"{HEADER}2024-01-02,1,2\n2024-01-02,1,3\n", "prices.csv:3:3", "2024-01-02 occurs twice with different"),
        (f"{HEADER}2024-01-02,1,2\n2024-01-02,1,\n", "prices.csv:3:3", "(prices.csv:2:3)"),
        ("date,AAA,AAA\n2024-01-02,1,2\n", "prices.csv:1:3", "columns 2 and 3 are the same (AAA)"),
        ("date,close,Price\n2024-01-02,1,2\n", "prices.csv:1:3", "(close and Price)"),
        ("date,AAA,\n2024-01-02,1,2\n", "prices.csv:1:3", "no readable name"),
        (f"{HEADER}2024-01-02,1,\n2024-01-03,2,\n", "prices.csv:1:3", "the column BBB is empty"),
        ("date,ticker,close\n2024-01-02,A,1\n2024-01-02,B,\n", "prices.csv:3:3", "B has no value at all"),
        ("date,ticker,close\n2024-01-02,A,1\n2024-01-02,,2\n", "prices.csv:3:2", "which series it belongs to"),
        ("date,ticker,close\n2024-01-02,A,1\n2024-01-02,A,2\n", "prices.csv:3:3", "occurs twice"),
        ("date,close,volume\n2024-01-02,1,-5\n", "prices.csv:2:3", "-5 is below zero"),
        ("date,close,dividend\n2024-01-02,1,-5\n", "prices.csv:2:3", "-5 is below zero"),
        ("date,close,high\n2024-01-02,1,0\n", "prices.csv:2:3", "0 is not a price"),
        ("date;AAA;BBB\n2024-01-02;1,5;2\n", "prices.csv:1:1", "separated by semicolons"),
        ("date\tAAA\n2024-01-02\t1\n", "prices.csv:1:1", "separated by tabs"),
        ("<!DOCTYPE html>\n<html>\n", "prices.csv:1:1", "only one column"),
        (f'{HEADER}2024-01-02,1,2\n2024-01-03,"1,2\n', "prices.csv:3:1", "cannot be read"),
        (f"{HEADER}2024-01-02,1,{'9' * 200_000}\n", "prices.csv:2:1", "cannot be read"),
        ("", "prices.csv:1:1", "the file is empty"),
        ("\n\n", "prices.csv:1:1", "the file is empty"),
        (HEADER, "prices.csv:1:1", "a header and no rows"),
        (HEADER.encode("utf-16"), "prices.csv:1:1", "UTF-16"),
        (HEADER.encode() + b"2024-01-02,1,\x00\n", "prices.csv:2:3", "zero bytes"),
        (HEADER.encode() + b"2024-01-02,\xe9,1\n", "prices.csv:2:2", "not UTF-8"),
        (b"PK\x03\x04\x14\x00\x06\x00", "prices.csv:1:1", "zero bytes"),
    ],
)
def test_damage_is_refused_at_its_place(text: str | bytes, where: str, what: str, tmp_path: Path) -> None:
    error = refused(put(tmp_path, text))
    assert error.where == where
    assert what in str(error)


@pytest.mark.parametrize(
    ("day", "what"),
    [
        ("1/2/2024", "could be month/day or day/month"),
        ("31.01.2024", "is not a date"),
        ("2024/01/31", "is not a date"),
        ("45293", "day number of a spreadsheet"),
        ("2024-02-30", "there is no date 2024-02-30"),
        ("2024-13", "there is no date 2024-13"),
        ("20240230", "there is no date"),
        ("2024-01-02 16:00:00", "time of day"),
        ("2024-01-02T09:30:00Z", "time of day"),
        ("0024-01-02", "year"),
        ("2024-1-2", "is not a date"),
        ("NaT", "is not a date"),
        ("today", "is not a date"),
        ("now", "is not a date"),
        ("", "the date is empty"),
        ("２０２４-01-02", "is not a date"),
    ],
)
def test_dates_that_are_refused(day: str, what: str, tmp_path: Path) -> None:
    for k, rows in enumerate((f"{day},1\n2024-01-05,2\n", f"2024-01-01,2\n{day},1\n")):
        error = refused(put(tmp_path / str(k), f"date,AAA\n{rows}"))
        assert error.where == f"prices.csv:{2 + k}:1"
        assert what in str(error) or "unlike the first date" in str(error)


def test_dates_are_written_in_one_way(tmp_path: Path) -> None:
    error = refused(put(tmp_path, "date,AAA\n2024-01-02,1\n20240103,2\n"))
    assert "unlike the first date" in str(error)
    assert error.where == "prices.csv:3:1"


@given(st.lists(st.dates().map(str) | st.sampled_from(["2024-01-02 00:00", "2024-01", "x", "20240101"]), min_size=1))
@settings(max_examples=150, deadline=None)
def test_dates_read_at_once_and_one_by_one_agree(cells: list[str]) -> None:
    together, fault = column_of_dates(cells)
    alone = [column_of_dates([cells[0], cell]) for cell in cells]
    first = next((row for row, (_, found) in enumerate(alone) if found is not None), None)
    assert (fault.row if fault else None) == first
    if fault is None:
        assert together.tolist() == [dates[1] for dates, _ in ((d.tolist(), f) for d, f in alone)]


@given(st.lists(st.text(alphabet="0123456789.eE+-_ ,nainf", max_size=8), min_size=1, max_size=5), st.sampled_from(Rule))
@settings(max_examples=300, deadline=None)
def test_what_is_accepted_is_a_plain_finite_number_within_the_rule(cells: list[str], rule: Rule) -> None:
    values, fault = column_of_numbers(cells, rule)
    for cell, value in list(zip(cells, values, strict=True))[: len(cells) if fault is None else fault.row]:
        assert np.isnan(value) if not cell.strip() else value == float(cell)
        assert not np.isinf(value)
        assert not (rule is Rule.PRICE and value <= 0)
        assert not (rule is Rule.AMOUNT and value < 0)
        assert not set("_,na") & set(cell)


@given(st.binary(max_size=60) | st.text(alphabet='date,close\n\r"0123456789-.;\t \0é', max_size=80).map(str.encode))
@settings(max_examples=300, deadline=None)
def test_any_bytes_load_or_are_refused(junk: bytes) -> None:
    for text in (junk, b"date,close\n2024-01-02," + junk):
        try:
            histories(parse_csv(text, "prices.csv"))
        except DataError as error:
            assert error.where.startswith("prices.csv")  # noqa: PT017 - both outcomes are right


def test_a_series_in_two_files_is_refused_naming_both(tmp_path: Path) -> None:
    put(tmp_path, f"{HEADER}2024-01-02,1,2\n", "a.csv")
    put(tmp_path, "date,close\n2024-01-02,1\n", "BBB.csv")
    error = refused(tmp_path)
    assert "the series BBB is in both BBB.csv and a.csv" in str(error)


def test_folders_without_data_are_refused(tmp_path: Path) -> None:
    assert "no data file" in str(refused(tmp_path))
    put(tmp_path, "hello", "notes.txt")
    assert "no data file" in str(refused(tmp_path))
    assert "not a data file" in str(refused(tmp_path / "notes.txt"))
    assert "no such folder" in str(refused(tmp_path / "absent"))
    (tmp_path / "folder.csv").mkdir()
    assert "no regular file" in str(refused(tmp_path))


def test_links_that_leave_the_folder_are_refused(tmp_path: Path) -> None:
    put(tmp_path / "outside", f"{HEADER}2024-01-02,1,2\n")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "prices.csv").symlink_to(tmp_path / "outside/prices.csv")
    assert "a link leads out of the folder" in str(refused(inside))
    (inside / "prices.csv").unlink()
    (inside / "loop.csv").symlink_to(inside / "loop.csv")
    refused(inside)
    (inside / "loop.csv").unlink()
    put(inside, f"{HEADER}2024-01-02,1,2\n", "real.csv.txt")
    (inside / "prices.csv").symlink_to(inside / "real.csv.txt")
    assert list(load(inside)) == ["AAA", "BBB"]


def test_damaged_and_oversized_gzip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = gzip.compress(b"date,AAA\n" + b"2024-01-02,1\n" * 50)
    for k, data in enumerate((packed[:-10], packed[:12], b"not gzip", b"\x1f\x8b", packed[:20] + b"\0" * 9)):
        folder = tmp_path / str(k)
        folder.mkdir()
        (folder / "prices.csv.gz").write_bytes(data)
        assert refused(folder).where == "prices.csv.gz"
    monkeypatch.setattr(csv_reader, "MAX_BYTES", 2**20)
    put(tmp_path / "bomb", b"date,AAA\n" + b"0" * 2**21, "prices.csv.gz")
    assert "larger than 1 MiB" in str(refused(tmp_path / "bomb"))


def test_damaged_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = pa.array(np.array(["2024-01-02", "2024-01-03"], dtype="datetime64[D]"))
    good = write_parquet(tmp_path / "good", {"date": days, "AAA": pa.array([1.0, 2.0])}) / "prices.parquet"
    data = good.read_bytes()
    for n in (0, 3, 4, len(data) // 2, len(data) - 1):
        good.write_bytes(data[:n])
        assert refused(good).where == "prices.parquet"
    good.write_bytes(data)
    monkeypatch.setattr(parquet_reader, "MAX_CELLS", 3)
    assert "more than 3 cells" in str(refused(good))


@pytest.mark.parametrize(
    ("columns", "where", "what"),
    [
        ({"AAA": pa.array([1.0, 0.0])}, "prices.parquet:2:AAA", "0.0 is not a price"),
        ({"AAA": pa.array([1.0, float("inf")])}, "prices.parquet:2:AAA", "no finite number"),
        ({"AAA": pa.array(["1", "x"])}, "prices.parquet:2:AAA", "'x' is text"),
        ({"AAA": pa.array([True, False])}, "prices.parquet:AAA", "holds bool"),
        ({"AAA": pa.array([None, None], pa.float64())}, "prices.parquet:AAA", "is empty"),
        ({"AAA": pa.array([1, 2], pa.timestamp("s"))}, "prices.parquet:AAA", "holds dates"),
        (
            {"date": pa.array([1, 90_000], pa.timestamp("s")), "A": pa.array([1, 2])},
            "prices.parquet:1:date",
            "time of day",
        ),
        ({"date": pa.array([1, None], pa.date32()), "A": pa.array([1, 2])}, "prices.parquet:2:date", "missing"),
        ({"date": pa.array([1, 1], pa.date32()), "A": pa.array([1, 2])}, "prices.parquet:2:A", "occurs twice"),
        ({"date": pa.array([], pa.date32()), "A": pa.array([], pa.int64())}, "prices.parquet", "no rows"),
    ],
)
def test_parquet_faults(columns: dict[str, pa.Array], where: str, what: str, tmp_path: Path) -> None:
    days = {} if "date" in columns else {"date": pa.array([19_000, 19_001], pa.date32())}
    error = refused(write_parquet(tmp_path, days | columns))
    assert error.where == where
    assert what in str(error)


def test_without_pyarrow_the_remedy_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    put(tmp_path, b"PAR1", "prices.parquet")
    monkeypatch.setattr(parquet_reader, "import_module", absent)
    with pytest.raises(UsageError, match=r"trimtab\[parquet\]"):
        load(tmp_path)
