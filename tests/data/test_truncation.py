"""A CSV file cut at any byte: what loads is a true beginning of the file, its loose end listed, or it is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.data.folder_writing import load, put
from trimtab.core.errors import DataError
from trimtab.data.history import History
from trimtab.data.sources import endings
from trimtab.data.sources.csv_reader import parse_csv
from trimtab.data.sources.series import histories


def panel(size: int, line_break: str) -> bytes:
    """A wide file of at least `size` bytes: 11 prices with two decimals a row."""
    random = np.random.default_rng(5)
    rows = ["date," + ",".join(f"A{k}" for k in range(11))]
    day, prices = np.datetime64("2020-01-01"), np.full(11, 100.0)
    while sum(map(len, rows)) + len(rows) < size:
        rows.append(f"{day}," + ",".join(f"{price:.2f}" for price in prices))
        day, prices = np.busday_offset(day, 1), prices * (1.0 + 0.01 * random.standard_normal(11))
    return (line_break.join(rows) + line_break).encode()


def read(data: bytes) -> dict[str, History]:
    return {history.about.name: history for history in histories(parse_csv(data, "prices.csv"))}


def silent_changes(text: bytes, cuts: range) -> int:
    """How many cuts load numbers that the file does not hold; asserts that a loose end is always listed."""
    truth, wrong = read(text), 0
    for cut in cuts:
        try:
            loaded = read(text[:cut])
        except DataError as error:
            assert error.exit_code == 4  # noqa: PT017 - both outcomes are right
            continue
        loose = not text[:cut].endswith((b"\n", b"\r"))
        assert all(bool(history.issues) is loose for history in loaded.values())
        wrong += not all(
            np.array_equal(history.dates, truth[name].dates[: len(history.dates)])
            and np.array_equal(history.values, truth[name].values[: len(history.dates)])
            for name, history in loaded.items()
        )
    return wrong


@pytest.mark.parametrize(("size", "line_break"), [(4_000, "\n"), (1_500, "\r\n")])
def test_a_file_cut_at_every_byte_never_changes_a_number(size: int, line_break: str) -> None:
    text = panel(size, line_break)
    assert silent_changes(text, range(len(text) + 1)) == 0


def test_a_large_file_cut_in_its_last_rows() -> None:
    text = panel(20_000, "\n")
    assert silent_changes(text, range(len(text) - 250, len(text) + 1)) == 0


@pytest.mark.soak
def test_a_large_file_cut_at_every_byte() -> None:
    text = panel(20_000, "\n")
    assert silent_changes(text, range(len(text) + 1)) == 0


def test_without_the_check_on_endings_numbers_change_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same test must catch a reader that believes every last number."""
    monkeypatch.setattr(endings, "_short", lambda _: False)
    monkeypatch.setattr(endings, "_leaps", lambda _: False)
    text = panel(1_500, "\n")
    assert silent_changes(text, range(len(text) + 1)) > 10


@pytest.mark.parametrize(
    ("rows", "refused"),
    [
        ("2024-01-02,101\n2024-01-03,104\n2024-01-04,10", True),  # a tenth of the price before
        ("2024-01-02,101.25\n2024-01-03,104.5\n2024-01-04,102.", True),
        ("2024-01-02,1.5e-05\n2024-01-03,1.5e-05\n2024-01-04,1.5e-0", True),
        ("2024-01-02,101", True),  # nothing to compare it with
        ("2024-01-02,101\n2024-01-03,104\n2024-01-04,90", False),
        ("2024-01-02,101.25\n2024-01-03,104.5\n2024-01-04,102.5", False),
        ("2024-01-02,101.25\n2024-01-03,104.5\n2024-01-04,", False),  # unknown, as any empty cell
    ],
)
def test_which_endings_look_cut(rows: str, refused: bool, tmp_path: Path) -> None:
    folder = put(tmp_path, f"date,AAA\n{rows}")
    if refused:
        with pytest.raises(DataError, match="looks cut"):
            load(folder)
    else:
        assert any("line break" in issue.what for issue in load(folder)["AAA"].issues)


def test_in_a_tidy_file_the_last_number_is_compared_with_its_own_series(tmp_path: Path) -> None:
    text = "date,ticker,close\n2024-01-02,A,500\n2024-01-02,B,5\n2024-01-03,A,505\n2024-01-03,B,6"
    assert load(put(tmp_path, text))["B"].values.tolist() == [5.0, 6.0]
