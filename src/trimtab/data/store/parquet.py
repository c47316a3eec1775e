"""The Parquet files of a store: observations as columns of numbers, everything else as small tables of plain values.

Observations lie by field, id, effective date, known and recorded, in groups of rows whose span of ids and fields the
file tells, so that a few series are read without the others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.arrays import Instants
from trimtab.data.store.columns import Words, joined
from trimtab.data.store.observations import Observations, hashes
from trimtab.data.store.packages import package

GROUP = 1 << 17  # rows a group

_READ = ("id", "field", "effective", "known", "value")
RECORDED, SOURCE = "recorded", "source"  # columns that most readers can do without
WHOLE = frozenset((RECORDED, SOURCE))


def arrow() -> tuple[Any, Any]:
    """Pyarrow and its Parquet module. Raises UsageError where they are missing."""
    return package("pyarrow"), package("pyarrow.parquet")


def write_observations(rows: Observations, path: Path) -> None:
    """Write rows, in order already, as one file."""
    pa, parquet = arrow()
    instant = pa.timestamp("ms", tz="UTC")
    table = pa.table(
        {
            "id": _dictionary(pa, rows.ids),
            "field": _dictionary(pa, rows.fields),
            "effective": pa.array(rows.effective.astype("datetime64[D]")),
            "known": pa.array(rows.known.astype("datetime64[ms]"), type=instant),
            "recorded": pa.array(rows.recorded.astype("datetime64[ms]"), type=instant),
            "value": pa.array(rows.values),
            "source": _dictionary(pa, rows.sources),
            "hash": pa.array(hashes(rows)),
        }
    )
    steps = dict.fromkeys(("effective", "known", "recorded"), "DELTA_BINARY_PACKED")
    words = ["id", "field", "source"]
    plain = {"value": "PLAIN", "hash": "PLAIN"}
    parquet.write_table(
        table, path, compression="zstd", row_group_size=GROUP, use_dictionary=words, column_encoding=steps | plain
    )


def _dictionary(pa: Any, words: Words) -> Any:
    return pa.DictionaryArray.from_arrays(words.codes, list(words.known) or [""])


def read_observations(path: Path, *, ids: Collection[str] | None = None, also: Collection[str] = WHOLE) -> Observations:
    """The rows of a file, those of `ids` only where they are given; RECORDED and SOURCE only where `also` names them.

    A column that is not read is NaT, or empty text, on every row.
    """
    _, parquet = arrow()
    with parquet.ParquetFile(path, read_dictionary=["id", "field", "source"]) as file:
        groups = [g for g in range(file.num_row_groups) if _holds(file.metadata.row_group(g), ids)]
        table = file.read_row_groups(groups, columns=[*_READ, *also])
    count = table.num_rows
    rows = Observations(
        _words(table, "id"),
        _words(table, "field"),
        np.asarray(table.column("effective").to_numpy()).astype("datetime64[D]", copy=False),
        _instants(table, "known"),
        _instants(table, RECORDED) if RECORDED in also else np.broadcast_to(np.datetime64("NaT", "s"), (count,)),
        np.asarray(table.column("value").to_numpy()),
        _words(table, SOURCE) if SOURCE in also else Words(np.broadcast_to(np.int32(0), (count,)), ("",)),
    )
    mask = rows.ids.among(ids) if ids is not None and count else None
    return rows if mask is None or bool(mask.all()) else rows.take(mask)


def _instants(table: Any, name: str) -> Instants:
    return np.asarray(table.column(name).to_numpy()).astype("datetime64[s]")


def stored_hashes(path: Path) -> Any:
    """(N,) fingerprints as the file holds them."""
    _, parquet = arrow()
    return np.asarray(parquet.read_table(path, columns=["hash"]).column("hash").to_numpy())


def _words(table: Any, name: str) -> Words:
    chunks = table.column(name).chunks
    parts = [Words.numbered(np.asarray(chunk.indices), chunk.dictionary.to_pylist()) for chunk in chunks]
    if not parts:
        return Words(np.empty(0, dtype=np.int32), ())
    return joined(parts)


def _holds(group: Any, ids: Collection[str] | None) -> bool:
    """Whether a group of rows may hold any of `ids`, by its own statistics."""
    found = group.column(0).statistics
    if ids is None or found is None or not found.has_min_max:
        return True
    return any(found.min <= word <= found.max for word in ids)


def write_table(rows: Sequence[Mapping[str, Any]], kinds: Mapping[str, str], path: Path) -> None:
    """Write rows of plain values; `kinds` names the columns and their types (text, number, date, instant, flag)."""
    pa, parquet = arrow()
    types = {
        "text": pa.string(),
        "number": pa.float64(),
        "count": pa.int64(),
        "date": pa.date32(),
        "instant": pa.timestamp("ms", tz="UTC"),
        "flag": pa.bool_(),
    }
    columns = {}
    for name, kind in kinds.items():
        cells = [_cell(row.get(name), kind) for row in rows]
        columns[name] = pa.array(cells, type=types[kind])
    parquet.write_table(pa.table(columns), path, compression="zstd")


def _cell(value: Any, kind: str) -> Any:
    if isinstance(value, np.datetime64):
        if np.isnat(value):
            return None
        return value.astype("datetime64[ms]" if kind == "instant" else "datetime64[D]").astype(object)
    return value


def read_table(path: Path, kinds: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows of a small table; dates and instants as NumPy's, NaT where there is none."""
    _, parquet = arrow()
    table = parquet.read_table(path, columns=list(kinds))
    columns = [_plain(table.column(name), kind) for name, kind in kinds.items()]
    return [dict(zip(kinds, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _plain(column: Any, kind: str) -> list[Any]:
    if kind in ("date", "instant"):
        return list(np.asarray(column.to_numpy()).astype("datetime64[D]" if kind == "date" else "datetime64[s]"))
    return column.to_pylist()  # type: ignore[no-any-return]
