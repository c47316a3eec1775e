"""Spreadsheets: the same histories as from CSV, exact places, and everything that hides in a workbook refused."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.folder_writing import load, put
from trimtab.core.errors import DataError, UsageError
from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, SPLIT
from trimtab.data.history import Kind
from trimtab.data.sources import packed, workbook
from trimtab.data.sources.packed import letters

Rows = Sequence[Sequence[Any]]

PLAIN: Rows = [["Date", "AAA", "BBB"], [date(2024, 1, 2), 1, 2.5], [datetime(2024, 1, 3), 1.5, None]]  # noqa: DTZ001


def book(path: Path, sheets: dict[str, Rows], *, merge: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if merge:
            sheet.merge_cells(merge)
    made.save(path)
    return path


def refused(path: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        load(path)
    assert caught.value.remedy
    return caught.value


def changed(path: Path, part: str, old: str, new: str) -> Path:
    """The same workbook with a text in one part of the archive replaced."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    assert old.encode() in parts[part]
    parts[part] = parts[part].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in parts.items():
            target.writestr(name, data)
    return path


def test_a_workbook_says_what_the_same_csv_says(tmp_path: Path) -> None:
    cells = load(book(tmp_path / "prices.xlsx", {"Sheet1": PLAIN}))
    text = load(put(tmp_path / "csv", "Date,AAA,BBB\n2024-01-02,1,2.5\n2024-01-03,1.5,\n"))
    assert list(cells) == list(text)
    for name, history in cells.items():
        assert history.about.kind is text[name].about.kind
        assert history.dates.tolist() == text[name].dates.tolist()
        assert history.values.tolist() == text[name].values.tolist()
    assert cells["AAA"].about.provenance == "file prices.xlsx"


def test_the_file_names_a_single_series_and_its_kind(tmp_path: Path) -> None:
    rows: Rows = [
        ["Date", "Close", "Adj Close", "Dividends", "Stock Splits"],
        ["2024-01-02", 50, 9, 0.25, 0],
        ["2024-01-03", 25, 10, 0, 2],
    ]
    history = load(book(tmp_path / "SPY.xlsx", {"Sheet1": rows}))["SPY"]
    assert history.fields[CLOSE].tolist() == [100.0, 25.0]  # 50 x 2
    assert history.fields[DIVIDEND].tolist() == [0.5, 0.0]
    assert history.fields[ADJUSTED].tolist() == [9.0, 10.0]
    assert history.fields[SPLIT][1] == 2.0
    assert history.about.kind is Kind.PRICE_AND_DIVIDENDS
    assert load(book(tmp_path / "values.xlsx", {"S": [["Date", "x"], ["2024-01-02", -1]]}))["x"].about.kind is Kind.LEVEL


def test_several_sheets_with_a_date_are_several_tables_and_the_rest_is_listed(tmp_path: Path) -> None:
    single: Rows = [["Date", "Close"], ["2024-01-02", 5]]
    path = book(
        tmp_path / "all.xlsx",
        {"Notes": [["read me"]], "SPY": single, "AGG": single, "rates": [["Date", "y"], ["2024-01-02", 0.01]]},
    )
    found = load(path)
    assert list(found) == ["SPY", "AGG", "y"]
    assert found["y"].about.kind is Kind.YIELD
    assert found["SPY"].issues[0].what == "sheets without a header that starts with a date: Notes"


def test_ids_that_are_numbers_stay_whole(tmp_path: Path) -> None:
    rows: Rows = [["Date", "Ticker", "Close"], [date(2024, 1, 2), 7203, 5], [date(2024, 1, 2), "AAA", 6]]
    assert list(load(book(tmp_path / "p.xlsx", {"S": rows}))) == ["7203", "AAA"]


def test_blank_rows_between_are_left_out_and_lines_still_count(tmp_path: Path) -> None:
    rows: Rows = [["Date", "AAA"], [date(2024, 1, 2), 5], [None, None], [date(2024, 1, 3), 0]]
    assert refused(book(tmp_path / "p.xlsx", {"S": rows})).where == "p.xlsx:S!B4"


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("#N/A", "the cell holds the error #N/A"),
        ("#REF!", "the cell holds the error #REF!"),
        ("#DIV/0!", "the cell holds the error #DIV/0!"),
        ("'#N/A", "is text"),
        ("n.a.", "'n.a.' is text, not a price"),
        ("1,5", "has a decimal comma"),
        (0, "0.0 is not a price"),
        (-3.5, "-3.5 is not a price"),
        (True, "'TRUE' is text"),
        (date(2024, 1, 5), "is text"),
        ("=A1+1", "the formula has no value"),
    ],
)
def test_a_cell_that_is_no_price_is_refused_at_its_place(cell: Any, what: str, tmp_path: Path) -> None:
    rows: Rows = [["Date", "AAA", "BBB"], [date(2024, 1, 2), 1, 2], [date(2024, 1, 3), 3, cell], [date(2024, 1, 4), 5, 6]]
    error = refused(book(tmp_path / "p.xlsx", {"My prices": rows}))
    assert what in str(error)
    assert error.where == "p.xlsx:My prices!C3"


def test_control_a_reader_that_does_not_look_for_errors_takes_them_for_gaps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: Rows = [["Date", "AAA"], [date(2024, 1, 2), 1], [date(2024, 1, 3), "#N/A"], [date(2024, 1, 4), 5]]
    path = book(tmp_path / "p.xlsx", {"S": rows})
    assert "the error #N/A" in str(refused(path))
    monkeypatch.setattr(workbook, "require_computed", lambda *_: None)
    assert np.isnan(load(path)["AAA"].values).tolist() == [False, True, False]  # the test above would fail


def test_errors_in_a_sheet_that_is_not_read_do_no_harm(tmp_path: Path) -> None:
    path = book(tmp_path / "p.xlsx", {"Other": [["x"], ["#REF!"]], "S": PLAIN})
    assert list(load(path)) == ["AAA", "BBB"]


def test_a_formula_that_answers_with_empty_text_is_an_empty_cell(tmp_path: Path) -> None:
    rows: Rows = [["Date", "AAA"], [date(2024, 1, 2), 1], [date(2024, 1, 3), "=A1"], [date(2024, 1, 4), 5]]
    path = book(tmp_path / "p.xlsx", {"S": rows})
    changed(path, "xl/worksheets/sheet1.xml", '<c r="B3"><f>A1</f>', '<c r="B3" t="str"><f>A1</f>')
    assert np.isnan(load(path)["AAA"].values).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("rows", "where", "what"),
    [
        ([[None, None], ["Date", "AAA"], ["2024-01-02", 1]], "p.xlsx:S!A1", "row 1 is blank, merged or a title"),
        ([["My prices", None], ["Date", "AAA"], ["2024-01-02", 1]], "p.xlsx:S!A1", "row 1 is blank, merged or a title"),
        ([["Date", "AAA"]], "p.xlsx:S!A1", "a header and no rows"),
        ([["Date", "AAA"], [45293, 1]], "p.xlsx:S!A2", "day number of a spreadsheet"),
        ([["Date", "AAA"], [None, 1], ["2024-01-02", 1]], "p.xlsx:S!A2", "the date is empty"),
        ([["Date", "AAA"], [datetime(2024, 1, 2, 16, 0), 1]], "p.xlsx:S!A2", "time of day"),  # noqa: DTZ001
        ([["Date", "AAA"], [date(2024, 1, 2), 1], ["2024-01-03", None], ["x", 2]], "p.xlsx:S!A4", "is not a date"),
        ([["Date", "AAA", None], [date(2024, 1, 2), 1, 2]], "p.xlsx:S!C1", "no readable name"),
        ([["Date", "AAA", "AAA"], [date(2024, 1, 2), 1, 2]], "p.xlsx:S!C1", "are the same"),
        ([["Date", "AAA"], [date(2024, 1, 2), 1], [date(2024, 1, 2), 2]], "p.xlsx:S!B3", "occurs twice"),
    ],
)
def test_layouts_that_are_refused(rows: Rows, where: str, what: str, tmp_path: Path) -> None:
    error = refused(book(tmp_path / "p.xlsx", {"S": rows}))
    assert what in str(error)
    assert error.where == where


def test_a_merged_title_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "p.xlsx", {"S": [["Prices", None], ["Date", "AAA"], ["2024-01-02", 1]]}, merge="A1:B1")
    assert "merged" in str(refused(path))


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    whole = book(tmp_path / "p.xlsx", {"S": PLAIN}).read_bytes()
    for at, data in enumerate((b"", b"PK\x03\x04", b"no spreadsheet", whole[: len(whole) // 2], whole[:-4], whole[10:])):
        for ending in ("xlsx", "xls", "ods"):
            error = refused(put(tmp_path / f"{at}{ending}", data, f"q.{ending}"))
            assert error.where == f"q.{ending}"


def test_bombs_and_oversized_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path / "p.xlsx", {"S": PLAIN})
    monkeypatch.setattr(packed, "MAX_UNPACKED", 1000)
    assert "unpacks to more than" in str(refused(path))
    monkeypatch.setattr(packed, "MAX_BYTES", 100)
    assert "the file is larger than" in str(refused(path))


def test_a_cell_at_the_far_corner_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = book(tmp_path / "p.xlsx", {"S": PLAIN})
    changed(
        path, "xl/worksheets/sheet1.xml", "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    assert "a sheet has more than" in str(refused(path))


def test_a_small_file_that_unpacks_to_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/workbook.xml", "w") as part:
        for _ in range(520):
            part.write(b"0" * 2**20)
    assert path.stat().st_size < 2**20
    assert "unpacks to more than 512 MiB" in str(refused(path))


def ods(path: Path, table: str) -> Path:
    """A small OpenDocument spreadsheet with the rows `table` of XML."""
    names = ("office", "table", "text", "calcext")
    spaces = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in names)
    body = (
        f'<office:body><office:spreadsheet><table:table table:name="S">{table}</table:table></office:spreadsheet></office:body>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", '<?xml version="1.0"?><manifest/>')
        archive.writestr(
            "content.xml", f'<?xml version="1.0"?><office:document-content {spaces}>{body}</office:document-content>'
        )
    return path


def text_cell(text: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


ODS_HEAD = f"<table:table-row>{text_cell('Date')}{text_cell('AAA')}</table:table-row>"
ODS_NUMBER = '<table:table-cell office:value-type="float" office:value="1.5"/>'
ODS_ROW = f"<table:table-row>{text_cell('2024-01-02')}{ODS_NUMBER}</table:table-row>"


def test_opendocument(tmp_path: Path) -> None:
    assert load(ods(tmp_path / "p.ods", ODS_HEAD + ODS_ROW))["AAA"].values.tolist() == [1.5]
    error = '<table:table-cell office:value-type="string" calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>'
    row = f"<table:table-row>{text_cell('2024-01-03')}{error}</table:table-row>"
    assert "error such as #N/A" in str(refused(ods(tmp_path / "q.ods", ODS_HEAD + ODS_ROW + row)))
    bomb = ODS_ROW.replace("<table:table-cell ", '<table:table-cell table:number-columns-repeated="16384" ')
    bomb = bomb.replace("<table:table-row>", '<table:table-row table:number-rows-repeated="400">')
    assert "more than 5,000,000 cells" in str(refused(ods(tmp_path / "r.ods", ODS_HEAD + bomb)))
    many = ODS_ROW.replace("<table:table-row>", '<table:table-row table:number-rows-repeated="9048000">')
    assert "more than 5,000,000 cells" in str(refused(ods(tmp_path / "s.ods", ODS_HEAD + many)))


def test_without_calamine_the_remedy_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(workbook, "import_module", absent)
    with pytest.raises(UsageError, match=r"trimtab\[sheets\]"):
        load(book(tmp_path / "p.xlsx", {"S": PLAIN}))


def test_names_of_columns_follow_the_spreadsheet() -> None:
    assert [letters(at) for at in (0, 25, 26, 51, 52, 701, 702, 16383)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "XFD"]


CELL = (
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.integers(-(10**6), 10**6)
    | st.dates(date(1900, 3, 1), date(2100, 1, 1))
    | st.sampled_from(
        ["Date", "Close", "Ticker", "2024-01-02", "#N/A", "=1+1", "", " ", "AAA", "SPY US Equity", "PX_LAST", "Name", "Code"]
    )
)


@given(st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=6))
@settings(max_examples=120)
def test_any_cells_load_or_are_refused(rows: Rows) -> None:
    with tempfile.TemporaryDirectory() as root:
        try:
            assert load(book(Path(root) / "p.xlsx", {"S": rows}))
        except DataError as error:
            assert error.where.startswith("p.xlsx")  # noqa: PT017 - both outcomes are right


@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=40))
@settings(max_examples=60)
def test_any_damage_to_the_bytes_loads_or_is_refused(at: int, junk: bytes) -> None:
    stream = io.BytesIO()
    made = openpyxl.Workbook()
    for row in PLAIN:
        made.active.append(row)
    made.save(stream)
    data = bytearray(stream.getvalue())
    at %= len(data)
    data[at : at + len(junk)] = junk
    with tempfile.TemporaryDirectory() as root:
        try:
            assert load(put(Path(root), bytes(data), "p.xlsx"))
        except DataError as error:
            assert error.where.startswith("p.xlsx")  # noqa: PT017 - both outcomes are right
