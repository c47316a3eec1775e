"""Long Parquet files: ids and dates as text or dictionaries give the same histories, at about the price of reading the file."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.folder_writing import load, write_parquet
from trimtab.core.errors import DataError
from trimtab.data.sources.sheet import Coded

IDS = st.lists(st.sampled_from(["AAA", "BBB", "AAA ", "C C", "d"]), min_size=1, max_size=40)


def panel(assets: int, days: int) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Business days (T,), names (A,) and prices (T, A)."""
    dates = np.busday_offset("2000-01-03", np.arange(days), roll="forward")
    steps = np.random.default_rng(4).normal(0.0, 0.01, (days, assets))
    return dates, [f"T{k:03d}" for k in range(assets)], 100.0 * np.exp(np.cumsum(steps, axis=0))


def long_table(assets: int, days: int, *, by_date: bool = True) -> dict[str, pa.Array]:
    dates, names, prices = panel(assets, days)
    if by_date:
        return {"date": pa.array(np.repeat(dates, assets)), "ticker": pa.array(names * days), "close": pa.array(prices.ravel())}
    ids = [name for name in names for _ in range(days)]
    return {"date": pa.array(np.tile(dates, assets)), "ticker": pa.array(ids), "close": pa.array(prices.T.ravel())}


@given(IDS, st.integers(0, 3))
def test_coded_text_is_text(texts: list[str], extra: int) -> None:
    names = [*dict.fromkeys(texts), *["unused"] * extra]
    column = Coded(np.array([names.index(text) for text in texts], dtype=np.intp), (*names,))
    assert [*column] == texts
    assert len(column) == len(texts)
    assert [column[at] for at in range(len(texts))] == texts
    assert [*column[1:]] == texts[1:]
    assert [column.texts[code] for code in column.present()] == [*dict.fromkeys(texts)]


@given(IDS)
@settings(max_examples=30)
def test_text_dictionaries_and_csv_give_the_same_series_in_the_same_order(ids: list[str]) -> None:
    days = [str(np.datetime64("2024-01-01") + at) for at in range(len(ids))]
    closes = [float(at + 1) for at in range(len(ids))]
    forms = [
        {"date": pa.array(days), "ticker": pa.array(ids), "close": pa.array(closes)},
        {"date": pa.array(days).dictionary_encode(), "ticker": pa.array(ids).dictionary_encode(), "close": pa.array(closes)},
        {
            "date": pa.array(np.array(days, dtype="datetime64[D]")),
            "ticker": pa.array(ids, pa.large_string()),
            "close": pa.array(closes),
        },
    ]
    right: dict[str, list[tuple[str, float]]] = {}
    for day, name, close in zip(days, ids, closes, strict=True):
        right.setdefault(name.strip(), []).append((day, close))
    with tempfile.TemporaryDirectory() as root:
        for at, columns in enumerate(forms):
            found = load(write_parquet(Path(root) / str(at), columns))
            assert list(found) == list(right)
            for name, rows in right.items():
                pairs = zip(found[name].dates.astype(str).tolist(), found[name].values.tolist(), strict=True)
                assert [*pairs] == rows


@pytest.mark.parametrize("missing", [None, "", "  "])
def test_a_row_without_an_id_is_named(missing: str | None, tmp_path: Path) -> None:
    columns = {"date": pa.array([1, 2], pa.date32()), "ticker": pa.array(["A", missing]), "close": pa.array([1.0, 2.0])}
    with pytest.raises(DataError) as caught:
        load(write_parquet(tmp_path, columns))
    assert caught.value.where == "prices.parquet:2:ticker"


def test_a_fault_in_text_that_repeats_has_the_place_of_its_first_row(tmp_path: Path) -> None:
    columns = {"date": pa.array(["2024-01-02", "x", "x"]), "ticker": pa.array(["A"] * 3), "close": pa.array([1.0, 2.0, 3.0])}
    with pytest.raises(DataError) as caught:
        load(write_parquet(tmp_path, columns))
    assert caught.value.where == "prices.parquet:2:date"


def require_equal(folder: Path, assets: int, days: int) -> None:
    dates, names, prices = panel(assets, days)
    found = load(folder)
    assert list(found) == names
    for column, name in enumerate(names):
        assert np.array_equal(found[name].dates, dates)
        assert np.array_equal(found[name].values, prices[:, column])


@pytest.mark.parametrize("by_date", [True, False])
def test_a_long_table_by_date_or_by_id(by_date: bool, tmp_path: Path) -> None:
    require_equal(write_parquet(tmp_path, long_table(30, 400, by_date=by_date)), 30, 400)


def test_a_wide_table(tmp_path: Path) -> None:
    dates, names, prices = panel(40, 300)
    columns = {"date": pa.array(dates)} | {name: pa.array(prices[:, column]) for column, name in enumerate(names)}
    require_equal(write_parquet(tmp_path, columns), 40, 300)


def _seconds(question: object) -> float:
    began = time.perf_counter()
    question()  # type: ignore[operator]
    return time.perf_counter() - began


@pytest.mark.soak
@pytest.mark.parametrize("wide", [False, True])
def test_reading_costs_a_small_multiple_of_what_pandas_needs(wide: bool, tmp_path: Path) -> None:
    dates, names, prices = panel(500, 6300)
    columns = {"date": pa.array(dates)} | {name: pa.array(prices[:, column]) for column, name in enumerate(names)}
    folder = write_parquet(tmp_path, columns if wide else long_table(500, 6300))
    ours = min(_seconds(lambda: load(folder)) for _ in range(5))
    theirs = min(_seconds(lambda: pd.read_parquet(folder / "prices.parquet")) for _ in range(5))
    assert ours < 5.0 * theirs + 0.1
