"""Exports of Bloomberg and LSEG, as CSV and as a workbook: each series at its own place, and nothing that never loaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.folder_writing import load, put
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, OPEN, TOTAL_RETURN
from trimtab.data.history import Kind
from trimtab.data.sources import exports
from trimtab.data.sources.csv_reader import parse_csv
from trimtab.data.sources.folder import tables_of
from trimtab.data.sources.series import histories

BDH = """,SPY US Equity,,AGG US Equity
Dates,PX_LAST,PX_VOLUME,PX_LAST
2024-01-02,472.65,1000,98.5
2024-01-03,468.79,1100,#N/A N/A
2024-01-04,467.28,1200,98.75
"""

CLASSIC = """Security,VOD LN Equity,
Start Date,2024-01-02,
End Date,2024-01-03,
Period,D,
Currency,GBp,
,,
Date,PX_LAST,PX_OPEN
2024-01-02,68.5,68
2024-01-03,69.25,68.5
"""

SIDE_BY_SIDE = """,SPY US Equity,,USGG10YR Index
Date,Last Price,Date,Last Price
2024-01-02,472.65,2024-01-03,3.91
2024-01-03,468.79,,
"""

DATASTREAM = """Name,S&P 500 COMPOSITE - PRICE INDEX,S&P 500 COMPOSITE - TOT RETURN IND,VODAFONE GROUP
Code,S&PCOMP(PI),S&PCOMP(RI),VOD
CURRENCY,U$,U$,£
2024-01-02,4742.83,10327.83,68.5
2024-01-03,4704.81,10245.1,NA
2024-01-04,4688.68,10211.0,69
"""


def as_workbook(path: Path, text: str) -> Path:
    """The same cells in a workbook, numbers as numbers and dates as text."""
    book = openpyxl.Workbook()
    for line in text.splitlines():
        cells = [cell if not cell.replace(".", "", 1).isdigit() else float(cell) for cell in line.split(",")]
        book.active.append([cell if cell != "" else None for cell in cells])
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def both(tmp_path: Path, text: str) -> list[dict]:
    return [load(put(tmp_path / "csv", text, "p.csv")), load(as_workbook(tmp_path / "p.xlsx", text))]


def test_bdh_with_securities_above_fields(tmp_path: Path) -> None:
    for found in both(tmp_path, BDH):
        assert list(found) == ["SPY US Equity", "AGG US Equity"]
        assert found["SPY US Equity"].values.tolist() == [472.65, 468.79, 467.28]
        assert np.isnan(found["AGG US Equity"].values).tolist() == [False, True, False]  # #N/A N/A: no value that day
        assert "1 empty cell in close" in [issue.what for issue in found["AGG US Equity"].issues]
        assert found["AGG US Equity"].about.kind is Kind.PRICE


def test_bdh_in_its_classic_form_with_pence(tmp_path: Path) -> None:
    for found in both(tmp_path, CLASSIC):
        history = found["VOD LN Equity"]
        assert history.about.currency == "GBP"
        np.testing.assert_allclose(history.values, [0.685, 0.6925])  # pence / 100
        np.testing.assert_allclose(history.fields[OPEN], [0.68, 0.685])
        assert any("GBp, a hundredth of GBP" in issue.what for issue in history.issues)


def test_bdh_with_dates_of_its_own_for_each_security(tmp_path: Path) -> None:
    for found in both(tmp_path, SIDE_BY_SIDE):
        assert found["SPY US Equity"].dates.astype(str).tolist() == ["2024-01-02", "2024-01-03"]
        assert found["USGG10YR Index"].dates.astype(str).tolist() == ["2024-01-03"]


def test_datastream(tmp_path: Path) -> None:
    for found in both(tmp_path, DATASTREAM):
        assert list(found) == ["S&PCOMP(PI)", "S&PCOMP(RI)", "VOD"]
        assert found["S&PCOMP(PI)"].about.kind is Kind.PRICE
        assert found["S&PCOMP(RI)"].about.kind is Kind.TOTAL_RETURN
        assert set(found["S&PCOMP(RI)"].fields) == {CLOSE, TOTAL_RETURN}
        assert found["S&PCOMP(PI)"].about.currency == "USD"
        assert np.isnan(found["VOD"].values).tolist() == [False, True, False]
        assert any("in pence" in issue.what for issue in found["VOD"].issues)


def test_lseg_in_its_tidy_form(tmp_path: Path) -> None:
    text = "Instrument,Date,Price Close\nSPY.P,2024-01-02,472.65\nAGG.P,2024-01-02,98.5\nSPY.P,2024-01-03,468.79\n"
    for found in both(tmp_path, text):
        assert found["SPY.P"].values.tolist() == [472.65, 468.79]
        assert found["AGG.P"].values.tolist() == [98.5]


@pytest.mark.parametrize(
    ("text", "old", "new", "place", "what"),
    [
        (BDH, "468.79", "#N/A Requesting Data...", "4:2", "it was not loaded"),
        (BDH, "98.75", "#N/A Invalid Security", "5:4", "it was not loaded"),
        (BDH, "98.75", "#NAME?", "5:4", "it was not loaded"),
        (BDH, "98.75", "x", "5:4", "'x' is text"),
        (BDH, "98.75", "0", "5:4", "0 is not a price"),
        (BDH, "2024-01-03", "01/03/2024", "4:1", "could be month/day"),
        (CLASSIC, "69.25", "-1", "9:2", "-1 is not a price"),
        (DATASTREAM, "S&P 500 COMPOSITE - PRICE INDEX", "#ERROR", "1:2", "it was not loaded"),
        (DATASTREAM, "4704.81", "x", "5:2", "'x' is text"),
        (SIDE_BY_SIDE, "2024-01-03,3.91", ",3.91", "3:3", "the date is empty"),
    ],
)
def test_faults_have_their_place(text: str, old: str, new: str, place: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load(put(tmp_path, text.replace(old, new, 1), "p.csv"))
    assert what in str(caught.value)
    assert caught.value.where == f"p.csv:{place}"
    assert caught.value.remedy


def test_a_workbook_points_at_the_cell(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load(as_workbook(tmp_path / "p.xlsx", BDH.replace("468.79", "#N/A Requesting Data...")))
    assert caught.value.where == "p.xlsx:Sheet!B4"


def test_control_a_reader_that_empties_what_never_loaded_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lenient(sheet: object, column: int, first: int) -> list[str]:
        cells = [str(cell) for cell in sheet.columns[column][first:]]  # type: ignore[attr-defined]
        return ["" if cell.startswith("#") else cell for cell in cells]

    monkeypatch.setattr(exports, "_below", lenient)
    found = load(put(tmp_path, BDH.replace("468.79", "#N/A Requesting Data..."), "p.csv"))
    assert np.isnan(found["SPY US Equity"].values[1])  # silent: the tests of places above would fail


def test_without_a_security_or_a_field_it_is_an_ordinary_table(tmp_path: Path) -> None:
    assert list(load(put(tmp_path, "Date,PX_LAST\n2024-01-02,5\n"))) == ["PX_LAST"]
    assert list(load(put(tmp_path / "b", "Date,SPY US Equity\n2024-01-02,5\n"))) == ["SPY US Equity"]


@given(
    st.text(alphabet='SPY US Equity,PX_LAST#N/A\n"0123456789-.', max_size=100),
    st.sampled_from([BDH, CLASSIC, DATASTREAM, SIDE_BY_SIDE]),
    st.integers(0, 300),
)
@settings(max_examples=300)
def test_any_text_in_these_forms_loads_or_is_refused(junk: str, text: str, at: int) -> None:
    try:
        sheet = parse_csv((text[:at] + junk + text[at:]).encode(), "p.csv")
        assert [history for table in tables_of(sheet) for history in histories(table)]
    except DataError as error:
        assert error.where.startswith("p.csv")  # noqa: PT017 - both outcomes are right


def test_every_cut_of_an_export_loads_what_is_whole_or_is_refused() -> None:
    for text in (BDH, CLASSIC, DATASTREAM):
        for size in range(len(text) - 1):
            try:
                found = [h for table in tables_of(parse_csv(text[:size].encode(), "p.csv")) for h in histories(table)]
            except DataError:
                continue
            whole = {h.about.name: h for table in tables_of(parse_csv(text.encode(), "p.csv")) for h in histories(table)}
            for history in found:  # shorter, never other numbers, but for the last one of a cut file, which is listed
                if history.about.name in whole:
                    cut = any("may be cut" in issue.what for issue in history.issues)
                    known = np.isin(whole[history.about.name].dates, history.dates)
                    right, read = whole[history.about.name].values[known], history.values
                    end = len(read) - cut
                    assert np.array_equal(right[:end], read[:end], equal_nan=True)
