"""Dated numbers out of what a user holds: a CSV or Parquet file, a pandas Series or DataFrame, or dates beside numbers.

Nothing is judged here but the form: `series` says what the numbers are. A date in a time zone is the local one.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError, UsageError

DATE_NAMES = frozenset({"date", "dates", "day", "datetime", "time", "timestamp", "month", "period"})
ACCEPTED = "Give a CSV or Parquet file, a pandas Series or DataFrame with dates, or a pair (dates, numbers)."


def dated_numbers(source: Any, column: str = "") -> tuple[str, Dates, Array, bool]:
    """Name, dates (T,) to the day, numbers (T,) in the order of the source, and whether it wrote them as percent.

    Raises UsageError for what is no such source or column, DataError for cells that are no dates or numbers.
    """
    if isinstance(source, str | Path):
        return _of_file(Path(source), column)
    if hasattr(source, "index") and hasattr(source, "columns"):
        return _of_frame(source, column, "the table")
    if hasattr(source, "index") and hasattr(source, "to_numpy"):
        numbers, percent = _numbers(source, "the series")
        return str(source.name or ""), _dates(source.index, "the series"), numbers, percent
    if isinstance(source, tuple) and len(source) == 2:
        dates, numbers = _dates(source[0], "the pair"), np.asarray(source[1], dtype=float)
        if numbers.shape != dates.shape:
            raise DataError(f"{len(dates)} dates stand beside numbers of shape {numbers.shape}", remedy="Give as many of both.")
        return "", dates, numbers, False
    raise UsageError(f"the returns are a {type(source).__name__}", remedy=ACCEPTED)


def columns_of(source: Any) -> tuple[str, ...]:
    """The names of the columns of numbers in a file or a table, its dates left out. Raises UsageError for anything else."""
    if isinstance(source, str | Path):
        path = Path(source)
        if not path.is_file():
            raise UsageError("there is no such file", where=str(path), remedy=ACCEPTED)
        source = _frame_of(path)
    if not hasattr(source, "columns"):
        raise UsageError(f"the columns of a {type(source).__name__} are asked for", remedy=ACCEPTED)
    names = [str(name) for name in source.columns]
    if _is_dates(source.index) or not names:
        return tuple(names)
    dated = next((name for name in names if name.strip().lower() in DATE_NAMES), names[0])
    return tuple(name for name in names if name != dated)


def _of_file(path: Path, column: str) -> tuple[str, Dates, Array, bool]:
    if not path.is_file():
        raise UsageError("there is no such file", where=str(path), remedy=ACCEPTED)
    frame = _frame_of(path)
    name, dates, numbers, percent = _of_frame(frame, column, str(path))
    plain = name in ("", "0", "1", "return", "returns", "value", "close", "price", "wealth", "ret")
    return path.stem if plain else name, dates, numbers, percent


def _frame_of(path: Path) -> Any:
    """The table in a file. Raises UsageError or DataError where it cannot be read."""
    import pandas as pd

    try:
        return pd.read_parquet(path) if path.suffix.lower() == ".parquet" else _csv(path)
    except ImportError:
        raise UsageError("Parquet files need pyarrow", where=str(path), remedy='pip install "trimtab[parquet]"') from None
    except (ValueError, OSError) as error:  # pandas' own errors of parsing are ValueErrors, those of pyarrow are OSErrors
        raise DataError(f"the file cannot be read: {error}", where=str(path), remedy=ACCEPTED) from None


def _csv(path: Path) -> Any:
    """The table in a CSV file, cells as they are written; separated by commas, or by what its first line has instead."""
    import pandas as pd

    with path.open(encoding="utf-8-sig") as file:
        head = file.readline()
    mark = next((one for one in (",", ";", "\t") if one in head), ",")
    titled = pd.isna(pd.to_datetime(head.split(mark)[0].strip(' "'), errors="coerce"))
    return pd.read_csv(path, sep=mark, header=0 if titled else None, encoding="utf-8-sig", decimal="," if mark == ";" else ".")


def _of_frame(frame: Any, column: str, where: str) -> tuple[str, Dates, Array, bool]:
    """One column of a table whose dates are its index, or the column that is called so, or else the first."""
    index = frame.index
    if index.nlevels > 1:
        raise DataError(
            "the rows have more cells than the first line has names", where=where, remedy="Name every column, once."
        )
    if not _is_dates(index):
        dated = next((name for name in frame.columns if str(name).strip().lower() in DATE_NAMES), None)
        dated = frame.columns[0] if dated is None and len(frame.columns) else dated
        if dated is None:
            raise DataError("the table is empty", where=where, remedy=ACCEPTED)
        index, frame = frame[dated], frame.drop(columns=[dated])
    names = [str(name) for name in frame.columns]
    if column and column not in names:
        near = get_close_matches(column, names, 1)
        remedy = f"Did you mean {near[0]}?" if near else f"Columns: {', '.join(names)}."
        raise UsageError(f"there is no column {column!r}", where=where, remedy=remedy)
    if not column and len(names) != 1:
        what = f"there are {len(names)} columns of numbers: {', '.join(names)}" if names else "there is no column of numbers"
        raise UsageError(what, where=where, remedy="Name one of them as the column." if names else ACCEPTED)
    if names.count(column) > 1:
        raise DataError(f"two columns are called {column}", where=where, remedy="Keep one.")
    chosen = frame.iloc[:, names.index(column) if column else 0]
    return str(chosen.name), _dates(index, where), *_numbers(chosen, where)


def _is_dates(index: Any) -> bool:
    import pandas as pd

    if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
        return True
    if pd.api.types.is_numeric_dtype(index.dtype) or not len(index):
        return False
    return bool(pd.to_datetime(pd.Series(index[:1], dtype=object), errors="coerce").notna().all())


def _dates(index: Any, where: str) -> Dates:
    """Local dates to the day (T,); the end of a period. Raises DataError for numbers and for text that is no date."""
    import pandas as pd

    if isinstance(index, pd.PeriodIndex):
        return np.asarray(index.end_time.to_numpy()).astype("datetime64[D]")
    stamps = index if isinstance(index, pd.DatetimeIndex) else pd.Series(index)
    if pd.api.types.is_numeric_dtype(stamps.dtype) and len(stamps):
        whole = np.asarray(stamps)
        if not ((whole > 19000101) & (whole < 21001231)).all():  # 20240131 is a date, 3 is none
            remedy = "Give a DatetimeIndex: series.index = pandas.to_datetime(series.index)."
            raise DataError("the index holds no dates", where=where, remedy=remedy)
        stamps = pd.Series(whole.astype(int).astype(str))
    try:
        found = pd.DatetimeIndex(pd.to_datetime(stamps))
    except (ValueError, TypeError) as error:
        first = str(error).splitlines()[0]
        raise DataError(f"a date cannot be read: {first}", where=where, remedy="Write dates as 2024-01-31.") from None
    plain = found.tz_localize(None) if found.tz is not None else found
    dates = np.asarray(plain.to_numpy()).astype("datetime64[D]")
    if np.isnat(dates).any():
        raise DataError("a date is missing", where=where, remedy="Drop the row, or fill in its date.")
    return dates


def _numbers(column: Any, where: str) -> tuple[Array, bool]:
    """Numbers (T,), NaN where a cell is empty, and whether all of them had a percent sign (they are fractions then)."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column.dtype):
        return np.asarray(column.to_numpy(dtype=float, na_value=np.nan), dtype=float), False
    text = column.astype("string").str.strip()
    signed = text.str.endswith("%").fillna(value=False).to_numpy(dtype=bool)
    numbers = pd.to_numeric(text.str.rstrip("%"), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    empty = text.isna().to_numpy(dtype=bool) | text.fillna("").str.lower().isin(["", "nan", "na", "n/a", "null"]).to_numpy()
    if (np.isnan(numbers) & ~empty).any():
        row = int(np.flatnonzero(np.isnan(numbers) & ~empty)[0])
        raise DataError(f"{column.iloc[row]!r} in row {row + 1} is no number", where=where, remedy="Correct or empty the cell.")
    if signed.any() and not (signed | empty).all():
        raise DataError("some numbers have a percent sign and some have none", where=where, remedy="Write them all alike.")
    return np.where(signed, numbers / 100.0, numbers), bool(signed.any())
