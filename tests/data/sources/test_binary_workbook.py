"""The old binary workbook (.xls): read, and whatever is damaged, hidden or far out in it refused before a reader opens it."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from tests.data.folder_writing import load, put
from tests.shared_data import shared
from trimtab.core.errors import DataError
from trimtab.data.sources import packed
from trimtab.data.sources.packed import letters
from trimtab.data.sources.workbook import read_grid


def refused(path: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        load(path)
    assert caught.value.remedy
    return caught.value


def damaged_xls(seed: int) -> bytes:
    """The binary workbook with some of its bytes changed, half of the time in its first sectors."""
    random = np.random.default_rng(seed)
    data = bytearray(shared("shiller_ie_data.xls").read_bytes())
    for _ in range(int(random.integers(1, 7))):
        at = int(random.integers(0, len(data) if random.random() < 0.5 else 2048))
        data[at : at + 4] = random.bytes(4)
    return bytes(data)


def loads_or_is_refused(path: Path) -> None:
    try:
        assert load(path)
    except DataError as error:
        assert error.where.startswith("p.xls")  # noqa: PT017 - both outcomes are right


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_binary_workbook_loads_or_is_refused(seed: int, tmp_path: Path) -> None:
    loads_or_is_refused(put(tmp_path, damaged_xls(seed), "p.xls"))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(12, 1500))
def test_many_damaged_binary_workbooks_load_or_are_refused(seed: int, tmp_path: Path) -> None:
    loads_or_is_refused(put(tmp_path, damaged_xls(seed), "p.xls"))


def cell_records(data: bytes, kind: int) -> list[int]:
    """Where records of one kind begin in a file (found by their header; the stream of this file is not scattered)."""
    found, at = [], 0
    head = struct.pack("<HH", kind, 14)
    while (at := data.find(head, at)) >= 0:
        found.append(at)
        at += 18
    return found


def test_a_cell_far_out_in_a_binary_workbook_is_refused_before_it_asks_for_memory(tmp_path: Path) -> None:
    data = bytearray(shared("shiller_ie_data.xls").read_bytes())
    at = cell_records(bytes(data), 0x0203)[-1]  # a number
    data[at + 4 : at + 8] = struct.pack("<HH", 65_535, 60_000)
    assert "more than 5,000,000 cells" in str(refused(put(tmp_path, bytes(data), "p.xls")))


def test_an_error_in_a_binary_workbook_has_its_place(tmp_path: Path) -> None:
    data = bytearray(shared("shiller_ie_data.xls").read_bytes())
    numbers = cell_records(bytes(data), 0x0203)
    row, column = struct.unpack_from("<HH", data, numbers[-1] + 4)
    # The record of a number, 14 bytes long, becomes one of an error, 8 bytes long, and one of a kind without meaning.
    body = bytes(data[numbers[-1] + 4 : numbers[-1] + 10])
    data[numbers[-1] : numbers[-1] + 18] = (
        struct.pack("<HH", 0x0205, 8) + body + bytes((0x2A, 1)) + struct.pack("<HHH", 0x1000, 2, 0)
    )
    folder = put(tmp_path, bytes(data), "p.xls")
    with pytest.raises(DataError) as caught:
        read_grid(folder / "p.xls", "p.xls", "Data")
    assert caught.value.where == f"p.xls:Data!{letters(column)}{row + 1}"
    assert "the error #N/A" in str(caught.value)


def test_control_without_the_look_ahead_the_error_passes_for_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "extents", lambda _: ())
    test_an_old_binary_workbook_is_read()
    with pytest.raises(pytest.fail.Exception):
        test_an_error_in_a_binary_workbook_has_its_place(tmp_path)


def test_an_old_binary_workbook_is_read() -> None:
    rows = read_grid(shared("shiller_ie_data.xls"), "ie.xls", "Data")
    assert rows[7][:3] == ["Date", "P", "D"]
    assert rows[8][0] == 1871.01
    with pytest.raises(DataError, match="no worksheet Prices"):
        read_grid(shared("shiller_ie_data.xls"), "ie.xls", "Prices")
