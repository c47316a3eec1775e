"""Parquet files: typed columns become floats, dates or text; what is null or NaN in them is unknown."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.errors import DataError, UsageError
from trimtab.data.sources.sheet import MAX_CELLS, Cells, Coded, Sheet


def read_parquet(path: Path, file: str) -> Sheet:
    """The table in `path`, called `file` in messages.

    Raises UsageError where pyarrow is missing, DataError (file:row:name) where the file cannot be read.
    """
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        remedy = "Run: pip install 'trimtab[parquet]'. Or save it as CSV."
        raise UsageError(f"{file} is Parquet, and pyarrow is not installed", remedy=remedy) from error
    try:
        with parquet.ParquetFile(path) as source:
            _require_size(source.metadata, file)
            texts = [
                name
                for name, kind in zip(source.schema_arrow.names, source.schema_arrow.types, strict=True)
                if _is_text(arrow, kind)
            ]
        with parquet.ParquetFile(path, read_dictionary=texts) as source:  # each text once: ids repeat thousands of times
            table = source.read()
    except (arrow.ArrowException, OSError) as error:
        remedy = "Copy or download it again; it may be cut short."
        raise DataError(f"the file cannot be read as Parquet ({error})", where=file, remedy=remedy) from error
    if table.num_rows == 0 or table.num_columns < 2:
        raise DataError("the file has no rows or only one column", where=file, remedy="Give dates and numbers.")
    header = tuple(str(name).strip() for name in table.column_names)
    columns = tuple(_cells(arrow, table.column(c), f"{file}:{header[c]}") for c in range(len(header)))
    return Sheet(file, header, columns, range(1, table.num_rows + 1), typed=True)


def _require_size(metadata: Any, file: str) -> None:
    if metadata.num_rows * metadata.num_columns > MAX_CELLS:
        raise DataError(f"the file has more than {MAX_CELLS:,} cells", where=file, remedy="Split it.")


def _cells(arrow: Any, column: Any, where: str) -> Cells:
    """A column as text, float64 or datetime64."""
    types, kind = arrow.types, column.type
    if types.is_dictionary(kind) and _is_text(arrow, kind.value_type):
        return _coded(column)
    if types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if _is_text(arrow, kind):
        return _coded(column.dictionary_encode())
    if types.is_date(kind):
        return np.asarray(column.cast(arrow.date32()).to_numpy(), dtype="datetime64[D]")
    if types.is_timestamp(kind):
        local = column if kind.tz is None else import_module("pyarrow.compute").local_timestamp(column)
        return np.asarray(local.to_numpy())
    if types.is_floating(kind) or types.is_integer(kind) or types.is_decimal(kind):
        return np.asarray(column.cast(arrow.float64(), safe=False).to_numpy(), dtype=np.float64)
    remedy = "Store numbers, and dates as dates."
    raise DataError(f"the column holds {kind}, neither numbers nor dates", where=where, remedy=remedy)


def _is_text(arrow: Any, kind: Any) -> bool:
    return bool(arrow.types.is_string(kind) or arrow.types.is_large_string(kind))


def _coded(column: Any) -> Coded:
    """A column with a dictionary; what is null in it is empty text."""
    whole = column.unify_dictionaries().combine_chunks()
    chunk = whole.chunk(0) if hasattr(whole, "chunk") else whole
    texts = (*("" if text is None else text for text in chunk.dictionary.to_pylist()), "")
    codes = chunk.indices.fill_null(len(texts) - 1).to_numpy(zero_copy_only=False)
    return Coded(codes.astype(np.intp), texts)
