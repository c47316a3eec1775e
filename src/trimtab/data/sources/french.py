"""The data library of Kenneth R. French: returns of factors and portfolios, a zip with one CSV for each dataset.

The CSV is free text, a header that begins with a comma, rows dated YYYYMMDD or YYYYMM, and further tables below, which are
not read: the first table is the one. Percent become decimals; -99.99 and -999 are missing.
"""

from __future__ import annotations

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import UsageError
from trimtab.core.terms import CLOSE
from trimtab.data.history import About, History, Kind
from trimtab.data.months import last_weekdays
from trimtab.data.sources.http import Client, segment
from trimtab.data.sources.numbers import Rule, column_of_numbers
from trimtab.data.sources.vendor_cells import WRONG, Origin, days
from trimtab.data.sources.vendor_rows import Rows, history, known_by
from trimtab.data.sources.wire import Patience

HOME = "https://mba.tuck.dartmouth.edu"
LICENCE = "copyright Eugene F. Fama and Kenneth R. French; free to download, not to hand on"

_PATH = "/pages/faculty/ken.french/ftp/{}_CSV.zip"
_LAG = 22  # business days after the period: the library is brought up to date about once a month
_MISSING = (-99.99, -999.0)
_ROW = re.compile(r"\d{6}(\d\d)?", re.ASCII)
_EXPECTED = "free text, a header that begins with a comma, and rows dated YYYYMMDD or YYYYMM"


@dataclass(frozen=True, slots=True)
class French:
    """Simple returns a day or month by `dataset:column`, such as `F-F_Research_Data_Factors_daily:Mkt-RF`. Kind: level."""

    url: str = HOME
    patience: Patience = Patience()

    def fetch(self, codes: Sequence[str], *, since: Mapping[str, np.datetime64], now: np.datetime64) -> Iterator[History]:
        """One history a code; each dataset is downloaded once, whole; see `Vendor`. Raises UsageError for another code."""
        client = Client("french", self.url, HOME, self.patience)
        tables: dict[str, FactorTable] = {}
        for code in codes:
            dataset, _, column = code.partition(":")
            if not dataset or not column:
                remedy = "Write dataset:column, such as F-F_Research_Data_Factors_daily:Mkt-RF."
                raise UsageError(f"{code!r} names no dataset and column", remedy=remedy)
            if dataset not in tables:
                answer = client.get(_PATH.format(segment(dataset)), {}, series=dataset, known="dataset")
                read = partial(_zipped, dataset=dataset, most=self.patience.most_bytes)
                tables[dataset] = answer.read(read)
            yield known_by(factor(tables[dataset], column), now)


@dataclass(frozen=True, slots=True, eq=False)
class FactorTable:
    """The first table of a dataset: effective dates (T,), and for each column its returns (T,), decimal, NaN if missing."""

    origin: Origin
    dates: Dates
    columns: Mapping[str, Array]
    monthly: bool


def _zipped(data: bytes, *, dataset: str, most: int) -> FactorTable:
    return parse_table(unzipped(data, dataset, most=most), dataset)


def unzipped(data: bytes, dataset: str, *, most: int) -> bytes:
    """The one CSV in a zip, in memory. Raises DataError for another content, a path in a name, damage, or too large a file."""
    origin, content = Origin("french", dataset), b""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = packed.namelist()
            if len(names) != 1 or not names[0].lower().endswith((".csv", ".txt")):
                raise origin.unexpected("a zip with one CSV in it")
            if re.search(r"[/\\:]|\.\.", names[0]):
                raise origin.error("the zip names its file by a path, which is not followed")
            with packed.open(names[0]) as stream:
                content = stream.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError) as error:
        damage = type(error).__name__
    else:
        if len(content) > most:
            raise origin.error(f"the zip unpacks to more than {most} bytes")
        return content
    raise origin.error(f"the zip cannot be read ({damage})")


def parse_table(data: bytes, dataset: str) -> FactorTable:
    """The first table in the CSV of a dataset. Raises DataError for any other form."""
    origin = Origin("french", dataset)
    lines = _lines(origin, data)
    names, rows = _first_table(origin, lines)
    if rows[-1] is lines[-1] and not data.endswith((b"\n", b"\r")):
        raise origin.error("the table ends in the middle of its last row", remedy="Download it again.")
    stamps = [row[0].strip() for row in rows]
    if len({len(stamp) for stamp in stamps}) != 1:
        raise origin.unexpected("all dates of the table written in one way")
    monthly = len(stamps[0]) == 6
    cells = [f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:] or '01'}" for stamp in stamps]
    dates = days(origin, cells)
    columns = {name: _returns(origin, name, [row[at] for row in rows], dates) for at, name in names.items()}
    return FactorTable(origin, last_weekdays(dates) if monthly else dates, columns, monthly)


def parse(data: bytes, code: str) -> History:
    """The history of `dataset:column` in the CSV of the dataset. Raises DataError for any other form."""
    dataset, _, column = code.partition(":")
    return factor(parse_table(data, dataset), column)


def factor(table: FactorTable, column: str) -> History:
    """The history of one column. Raises DataError where the dataset has no such column."""
    if column not in table.columns:
        remedy = f"It has {', '.join([*table.columns][:12])}."
        raise table.origin.error(f"the dataset has no column {column!r}", remedy=remedy)
    code = f"{table.origin.series}:{column}"
    frequency = "monthly" if table.monthly else "daily"
    notes = (f"simple returns a {'month' if table.monthly else 'day'}, decimal", "revised with each issue of the library")
    about = About(
        code,
        code,
        Kind.LEVEL,
        f"french {code}",
        frequency,
        notes=notes,
        lag_days=_LAG,
        restates=True,
        currency="USD",
        licence=LICENCE,
    )
    return history(Rows(Origin("french", code), table.dates, {CLOSE: table.columns[column]}), about)


def _lines(origin: Origin, data: bytes) -> list[list[str]]:
    try:
        text = data.decode("utf-8-sig")
        return [*csv.reader(io.StringIO(text, newline=""), strict=False)]
    except (ValueError, csv.Error):
        pass
    raise origin.unexpected(_EXPECTED)


def _first_table(origin: Origin, lines: Sequence[list[str]]) -> tuple[dict[int, str], list[list[str]]]:
    """Columns by position, and the rows of the first table: those below its header, up to the first that is none."""
    for at, header in enumerate(lines[:-1]):
        names = {place: name.strip() for place, name in enumerate(header) if place and name.strip()}
        below = lines[at + 1]
        if names and not header[0].strip() and below and _ROW.fullmatch(below[0].strip()):
            break
    else:
        raise origin.unexpected(_EXPECTED)
    if len(set(names.values())) < len(names):
        raise origin.unexpected("each column once in the header")
    rows = []
    for row in lines[at + 1 :]:
        if not row or not _ROW.fullmatch(row[0].strip()):
            _require_end(origin, row)
            break
        if len(row) <= max(names):
            raise origin.error(f"the row has {len(row)} cells, expected {max(names) + 1}", row=row[0].strip())
        rows.append(row)
    return names, rows


def _require_end(origin: Origin, row: Sequence[str]) -> None:
    """Raise DataError where the line that ends the table is itself a damaged row: a year alone begins an annual table."""
    stamp = row[0].strip() if row else ""
    if stamp[:1].isdigit() and not re.fullmatch(r"\d{4}", stamp, re.ASCII):
        raise origin.error(f"{stamp[:40]!r} is not a date, expected YYYYMMDD or YYYYMM")


def _returns(origin: Origin, name: str, cells: Sequence[str], dates: Dates) -> Array:
    values, fault = column_of_numbers(cells, Rule.VALUE)
    if fault is not None:
        raise origin.error(f"{name}: {fault.what}", row=dates[fault.row], remedy=WRONG)
    return np.where(np.isin(values, _MISSING), np.nan, values) / 100.0
