"""No text is a traceback, and nothing is silent: cut, damaged and hostile files end in problems that are listed.

The control is a reader without the check of the number of cells: the same test of cut files catches it.
"""

from __future__ import annotations

import csv
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.accounting.imports.sampled import FORMATS, previewed, sample
from trimtab.accounting.imports import delimited, formats
from trimtab.accounting.imports.preview import Status
from trimtab.accounting.imports.reading import Hints
from trimtab.accounting.imports.rows import Row

HINTS = Hints(on=None, currency="USD")
HEADS = [
    b"",
    b"date,type,symbol,units,price\n",
    b"<OFX><INVSTMTRS>",
    b"<FlexQueryResponse>",
    b'{"activities": ["unitPrice"',
    b"\xff\xfe",
]


def told(row: Row) -> Row:
    """What a row says, without how it was said."""
    return replace(row, original=(), remarks=(), name="", note="")


def silent(name: str, cut: int) -> list[Row]:
    """Rows of a cut sample that differ from those of the whole one, with nothing said about it."""
    whole = {told(row) for row in formats.read(sample(name), HINTS)}
    rows = formats.read(sample(name)[:cut], HINTS, formats.named(FORMATS[name]))
    if any(row.fatal or (row.problems and row.line == 1) for row in rows):
        return []
    return [row for row in rows if not row.problems and not row.remarks and told(row) not in whole]


@pytest.mark.parametrize("name", FORMATS)
def test_a_cut_file_says_so(name: str) -> None:
    size = len(sample(name))
    for cut in range(size % 17, size, max(1, size // 60)):
        assert silent(name, cut) == []
        previewed(sample(name)[:cut])


@pytest.mark.soak
@pytest.mark.parametrize("name", FORMATS)
def test_a_file_cut_at_any_byte_says_so(name: str) -> None:
    for cut in range(len(sample(name))):
        assert silent(name, cut) == []
        previewed(sample(name)[:cut])


def test_the_control_a_reader_that_fills_up_short_lines_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    real = delimited.records

    def filled(text: str, delimiter: str = ""):  # type: ignore[no-untyped-def]
        for record in real(text, delimiter):
            yield replace(record, cells=record.cells + ("",) * max(0, 10 - len(record.cells)))

    monkeypatch.setattr(delimited, "records", filled)
    monkeypatch.setattr(delimited, "whole", lambda table, rows: (*rows, *table.faults))
    monkeypatch.setattr("trimtab.accounting.imports.generic.whole", lambda table, rows: (*rows, *table.faults))
    assert any(silent("generic.csv", cut) for cut in range(70, len(sample("generic.csv"))))


@given(st.sampled_from(HEADS), st.binary(max_size=400))
@settings(max_examples=100)
def test_any_bytes_are_rows_or_problems(head: bytes, tail: bytes) -> None:
    previewed(head + tail)
    for one in formats.FORMATS:
        formats.read(head + tail, HINTS, one)


@given(st.sampled_from(sorted(FORMATS)), st.integers(0, 2**32 - 1))
@settings(max_examples=100)
def test_a_damaged_sample_is_rows_or_problems(name: str, seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(sample(name))
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] = chance.choice(b'\0",;<>&\n\r\t-=(){}[]09ex\xff')
    previewed(bytes(data))


STRANGE = ["NaN", "inf", "1e400", "-1e999999999", "=1+1", "\0", "9" * 5000, "٣", "1" * 35]


@pytest.mark.parametrize("value", STRANGE)
def test_strange_numbers_are_problems(value: str) -> None:
    (row,) = formats.read(f"date,type,symbol,units,price\n2024-01-03,buy,AAA,{value},5\n")
    assert row.problems
    assert row.units is None
    head = '{"activities": [{"type": "BUY", "dataSource": "X", "unitPrice": 1, "quantity": "'
    (activity,) = formats.read(f'{head}{value[:50]}"}}]}}')
    assert activity.problems


def test_numbers_too_large_together_are_a_problem() -> None:
    big = "9" * 20
    assert previewed(f"date,type,symbol,units,price\n2024-01-03,buy,AAA,{big},{big}\n").items[0].status is not Status.READY


def test_formulas_in_cells_are_text() -> None:
    (row,) = formats.read('date,type,symbol,units,price,note\n2024-01-03,buy,AAA,1,5,"=HYPERLINK(""x"")"\n')
    assert row.note == '=HYPERLINK("x")'
    assert not row.problems


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa">]><FlexQueryResponse><Trade symbol="&a;"/></FlexQueryResponse>',
        '<!DOCTYPE x SYSTEM "file:///etc/hostname"><FlexQueryResponse></FlexQueryResponse>',
        '<?OFX ?><!DOCTYPE OFX [<!ENTITY x SYSTEM "file:///etc/hostname">]><OFX><MEMO>&x;</OFX>',
        "<FlexQueryResponse>" + "<a>" * 5000 + "</a>" * 5000 + "</FlexQueryResponse>",
        "<OFX>" + "<A>" * 5000,
    ],
)
def test_markup_that_bites_is_refused(text: str) -> None:
    assert [row.fatal for row in formats.read(text)] == [True]
    assert not previewed(text).ready


def test_a_deep_nest_of_json_is_a_problem() -> None:
    text = '{"activities": "unitPrice" ' + '"dataSource"' + "[" * 200_000
    assert formats.read(text)[0].problems
    assert formats.read('{"activities": ["dataSource"], "x": ' + "[" * 100_000 + "]" * 100_000 + "}")[0].problems


def test_a_line_of_fifty_megabytes_is_a_problem() -> None:
    text = "date,type,symbol,units,price\n" + "9" * 50_000_000 + "\n2024-01-03,buy,AAA,1,5\n"
    rows = formats.read(text)
    assert [bool(row.problems) for row in rows] == [True, False]
    assert len(rows[0].original[0][1]) <= 10_000


def test_a_file_above_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "LARGEST", 10)
    assert "larger" in formats.read(b"date,type,symbol")[0].problems[0]


def test_an_open_quote_is_a_problem_and_not_a_long_note() -> None:
    rows = formats.read('date,type,symbol,units,price,note\n2024-01-03,buy,AAA,1,5,"open\n2024-01-04,buy,AAA,1,5,x\n')
    assert [bool(row.problems) for row in rows] == [True]


def test_the_limits_of_the_standard_library_are_left_alone() -> None:
    before = csv.field_size_limit()
    formats.read(sample("generic.csv"))
    assert csv.field_size_limit() == before
