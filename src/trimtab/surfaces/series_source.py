"""Dated numbers out of what a user holds: a CSV or Parquet file, a pandas Series or DataFrame, or dates beside numbers.

Nothing is judged here but the form: `series` says what the numbers are, `series_dates` and `series_cells` read the cells.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError, UsageError
from trimtab.surfaces.series_cells import numbers_of
from trimtab.surfaces.series_dates import dates_of, is_date, is_dates

DATE_NAMES = frozenset({"date", "dates", "day", "datetime", "time", "timestamp", "month", "period", "datum"})
ACCEPTED = "Give a CSV or Parquet file, a pandas Series or DataFrame with dates, or a pair (dates, numbers)."


@dataclass(frozen=True, slots=True, eq=False)
class Dated:
    """Numbers (T,) on `dates` (T,) in the order of the source, whether it wrote them as percent, and notes on the reading."""

    name: str
    dates: Dates
    numbers: Array
    percent: bool = False
    notes: tuple[str, ...] = ()


def dated_numbers(source: Any, column: str = "") -> Dated:
    """Name, dates to the day and numbers of a source.

    Raises UsageError for what is no such source or column, DataError for cells that are no dates or numbers.
    """
    if isinstance(source, str | Path):
        return _of_file(Path(source), column)
    source = in_pandas(source)
    if hasattr(source, "index") and hasattr(source, "columns"):
        return _of_frame(source, column, "the table")
    if hasattr(source, "index") and hasattr(source, "to_numpy"):
        name = "" if source.name is None else printable(source.name)
        dates, notes = dates_of(source.index, "the series")
        return Dated(name, dates, *numbers_of(source, "the series"), notes)
    if isinstance(source, tuple) and len(source) == 2:
        return _of_pair(*source)
    raise UsageError(f"the returns are a {type(source).__name__}", remedy=ACCEPTED)


def in_pandas(source: Any) -> Any:
    """A table of another package (polars, pyarrow, the dataframe protocol) as pandas has it; anything else as it is."""
    if hasattr(source, "index") and hasattr(source, "to_numpy"):
        return source
    if hasattr(source, "collect") and hasattr(source, "collect_schema"):
        source = source.collect()  # a lazy table of polars
    if hasattr(source, "to_pandas"):
        return source.to_pandas()
    if hasattr(source, "__dataframe__"):
        import pandas as pd

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pandas means to give the protocol up; polars and others still speak it
            return pd.api.interchange.from_dataframe(source)
    return source


def printable(name: Any) -> str:
    """A name without characters that steer a terminal or break a line."""
    return " ".join("".join(one if one.isprintable() else " " for one in str(name)).split())


def _of_pair(stamps: Any, values: Any) -> Dated:
    import pandas as pd

    dates, notes = dates_of(stamps, "the pair")
    count = len(values) if hasattr(values, "__len__") else 0
    if count != len(dates) or getattr(values, "ndim", 1) != 1:
        what = f"{len(dates)} dates stand beside numbers of shape {getattr(values, 'shape', (count,))}"
        raise DataError(what, remedy="Give as many of both.")
    return Dated("", dates, *numbers_of(pd.Series(values, dtype=None if count else float), "the pair"), notes)


def columns_of(source: Any) -> tuple[str, ...]:
    """The names of the columns of numbers in a file or a table, its dates left out. Raises UsageError for anything else."""
    if isinstance(source, str | Path):
        path = Path(source)
        if not path.is_file():
            raise UsageError("there is no such file", where=str(path), remedy=ACCEPTED)
        source = _frame_of(path)
    source = in_pandas(source)
    if not hasattr(source, "columns"):
        raise UsageError(f"the columns of a {type(source).__name__} are asked for", remedy=ACCEPTED)
    names = [str(name) for name in source.columns]
    dated = () if is_dates(source.index) else _dated(names)
    return tuple(name for name in names if name not in dated)


def _dated(names: list[str]) -> tuple[str, ...]:
    """The column of dates, or those of year and month, among the names of a table whose rows have none."""
    by_word = {name.strip().lower(): name for name in reversed(names)}
    if "year" in by_word and "month" in by_word:
        return by_word["year"], by_word["month"]
    return (next((name for name in names if name.strip().lower() in DATE_NAMES), names[0]),) if names else ()


def _of_file(path: Path, column: str) -> Dated:
    if not path.is_file():
        raise UsageError("there is no such file", where=str(path), remedy=ACCEPTED)
    frame = _frame_of(path)
    found = _of_frame(frame, column, str(path))
    plain = found.name in ("", "0", "1", "return", "returns", "value", "close", "price", "wealth", "ret")
    name = printable(path.stem) if plain else found.name
    return Dated(name, found.dates, found.numbers, found.percent, (*frame.attrs.get("notes", ()), *found.notes))


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

    code = _encoding(path)
    with path.open(encoding=code) as file:
        head = re.sub('"[^"]*"', lambda found: found[0].translate({44: 32, 59: 32, 9: 32}), file.readline())
    mark = next((one for one in (";", "\t", ",") if one in head), ",")
    first = head.split(mark)[0].strip(' "\n')
    header = None if is_date(first) or first.isdecimal() else 0
    frame = pd.read_csv(path, sep=mark, header=header, encoding=code, decimal="," if mark == ";" else ".")
    blank = [name for name in frame.columns if str(name).startswith("Unnamed:") and frame[name].isna().all()]
    frame = frame.drop(columns=blank)
    frame.attrs = {"decimal": "," if mark == ";" else "."}
    if code == "cp1252":
        frame.attrs["notes"] = ("Not UTF-8: read as Windows-1252, as Excel writes it.",)
    return frame


def _encoding(path: Path) -> str:
    """UTF-16 where the file says so, UTF-8 where it is, and else what Excel writes under Windows."""
    with path.open("rb") as file:
        if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16"
    try:
        with path.open(encoding="utf-8-sig") as file:
            for _ in file:
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _of_frame(frame: Any, column: str, where: str) -> Dated:
    """One column of a table whose dates are its index, or the column that is called so, or else the first."""
    index = frame.index
    if index.nlevels > 1:
        raise DataError(
            "the rows have more cells than the first line has names", where=where, remedy="Name every column, once."
        )
    names = [str(name) for name in frame.columns]
    if not is_dates(index):
        dated = _dated(names)
        if not dated:
            raise DataError("the table is empty", where=where, remedy=ACCEPTED)
        index = _stamps(frame, [names.index(name) for name in dated], where)
        frame = frame.iloc[:, [k for k, name in enumerate(names) if name not in dated]]
        names = [name for name in names if name not in dated]
    if column and column not in names:
        near = get_close_matches(column, names, 1)
        remedy = f"Did you mean {near[0]}?" if near else f"Columns: {printable(', '.join(names))}."
        raise UsageError(f"there is no column {column!r}", where=where, remedy=remedy)
    if not column and len(names) != 1:
        what = (
            f"there are {len(names)} columns of numbers: {printable(', '.join(names))}"
            if names
            else "there is no column of numbers"
        )
        raise UsageError(what, where=where, remedy="Name one of them as the column." if names else ACCEPTED)
    if names.count(column) > 1:
        raise DataError(f"two columns are called {column}", where=where, remedy="Keep one.")
    chosen = frame.iloc[:, names.index(column) if column else 0]
    dates, notes = dates_of(index, where)
    return Dated(printable(chosen.name), dates, *numbers_of(chosen, where), notes)


def _stamps(frame: Any, places: list[int], where: str) -> Any:
    """The column of dates, or year and month as whole numbers such as 202401."""
    if len(places) == 1:
        return frame.iloc[:, places[0]]
    year, month = (numbers_of(frame.iloc[:, place], where)[0] for place in places)
    return 100.0 * year + month
