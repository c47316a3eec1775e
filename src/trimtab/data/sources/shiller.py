"""Robert Shiller's workbook ie_data (Irrational Exuberance, 2000, 2005, 2015, updated): stocks, earnings, bonds, CAPE.

One row a month. Dates are numbers: 1871.01 is January, 1871.1 October. The eight rows of names are found by what stands in
them, never by their number; the last row is a footnote. Price and rate are averages of the month. The bond return stands
one row early in the sheet: row t holds the return from t to t + 1, which is moved to where it was known. The column of
real bond returns is an index in spite of its name. The ten-year columns are returns of the next ten years: never read.

Known when: price and rate at the end of the month; consumer prices in the middle of the next; dividends and earnings, and
all ratios made with them, after three months (METHODS 12). Real columns are restated with each release.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates, Instants, frozen
from trimtab.core.calendar import closes
from trimtab.core.errors import DataError, UsageError
from trimtab.core.terms import CLOSE
from trimtab.data.history import About, History, Issue, Kind
from trimtab.data.known_names import require_names
from trimtab.data.months import last_weekdays
from trimtab.data.sources.shiller_sheet import parse_shiller

_AT_ONCE, _NEXT_MONTH, _LATER = 0, 1, 3  # months after its own until a value is known


@dataclass(frozen=True, slots=True)
class _Series:
    """What a column is: kind, months until it is known, and whether it is an average of the month or restated."""

    title: str
    kind: Kind
    months: int
    is_average: bool = False
    restates: bool = False
    parts: float = 1.0  # of what is written make one of ours: rates are written in percent


SERIES = {
    "price": _Series("S&P composite", Kind.PRICE, _AT_ONCE, is_average=True),
    "dividend": _Series("S&P composite, dividends of twelve months", Kind.LEVEL, _LATER, restates=True),
    "earnings": _Series("S&P composite, earnings of twelve months", Kind.LEVEL, _LATER, restates=True),
    "cpi": _Series("US consumer prices", Kind.LEVEL, _NEXT_MONTH),
    "gs10": _Series("US ten-year rate", Kind.YIELD, _AT_ONCE, is_average=True, parts=100.0),
    "real_price": _Series("S&P composite, real", Kind.LEVEL, _NEXT_MONTH, is_average=True, restates=True),
    "real_dividend": _Series("Dividends, real", Kind.LEVEL, _LATER, restates=True),
    "real_tr_price": _Series("S&P composite, real, dividends in", Kind.LEVEL, _LATER, is_average=True, restates=True),
    "real_earnings": _Series("Earnings, real", Kind.LEVEL, _LATER, restates=True),
    "real_tr_earnings": _Series("Earnings, real, scaled to total return", Kind.LEVEL, _LATER, restates=True),
    "cape": _Series("CAPE", Kind.LEVEL, _LATER, is_average=True, restates=True),
    "tr_cape": _Series("CAPE, total return", Kind.LEVEL, _LATER, is_average=True, restates=True),
    "excess_cape_yield": _Series("Excess CAPE yield", Kind.LEVEL, _LATER, is_average=True, restates=True),
    "bond_return": _Series("US ten-year bond, return of the month", Kind.LEVEL, _AT_ONCE, is_average=True),
    "real_bond_tr_index": _Series("US ten-year bond, real index", Kind.LEVEL, _NEXT_MONTH, is_average=True, restates=True),
}
AHEAD = ("ann10y_stock_real_return", "ann10y_bond_real_return", "ann10y_excess_return")


@dataclass(frozen=True, slots=True)
class Shiller:
    """Vendor over a copy of the workbook (.xls, .xlsx, or CSV saved from its sheet) at `path`. Codes: see SERIES.

    `cpi_day` is the day of the next month on which consumer prices count as known.
    """

    path: str
    sheet: str = "Data"
    cpi_day: int = 15

    def fetch(self, codes: Sequence[str], *, since: Mapping[str, np.datetime64], now: np.datetime64) -> Iterator[History]:
        """Monthly histories by name, dated by the last weekday of their month. See `Vendor`.

        Raises UsageError for a column that looks ahead, PolicyError for a name that is none, DataError for the file.
        """
        for code in codes:
            if code in AHEAD:
                what = f"{code} is the return of the NEXT ten years: it looks ahead"
                raise UsageError(what, remedy="Use cape or excess_cape_yield, which were known.")
        names = require_names(codes, tuple(SERIES), "Shiller's workbook")
        file = Path(self.path)
        columns = parse_shiller(self._rows(file), file.name)
        yield from (self._one(name, columns.months, columns.values[name], now) for name in names)

    def _rows(self, file: Path) -> list[list[Any]]:
        if not file.is_file():
            raise DataError("there is no such file", where=file.name, remedy="Give the path of ie_data.xls.")
        if file.name.lower().endswith((".csv", ".csv.gz")):
            from trimtab.data.sources.csv_reader import read_csv

            table = read_csv(file, file.name)
            return [[*table.header], *([*row] for row in zip(*table.columns, strict=True))]
        from trimtab.data.sources.workbook import read_grid

        return read_grid(file, file.name, self.sheet)

    def _one(self, name: str, months: Dates, values: Array, now: np.datetime64) -> History:
        series, known = SERIES[name], self._known(months, SERIES[name].months)
        told = np.isfinite(values) & (known <= now)
        rows = np.flatnonzero(told)
        inner = slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 0)
        about = About(
            name,
            series.title,
            series.kind,
            "Robert Shiller, ie_data",
            "monthly",
            is_average=series.is_average,
            currency="USD",
            restates=series.restates,
            licence="none stated",
            notes=("real columns are in the money of the release",) if name.startswith("real") else (),
        )
        early = int((np.isfinite(values) & (known > now)).sum())
        issue = Issue(f"{early} month{'s' if early > 1 else ''} of {name} not known yet", "Shiller", "left out")
        dates = last_weekdays(months[inner])
        fields = {CLOSE: values[inner] / series.parts}
        return History(about, dates, fields, frozen(known[inner]), (issue,) if early else ())

    def _known(self, months: Dates, later: int) -> Instants:
        """The close of the month's last weekday, of a day in the next month, or of the third month's last weekday."""
        if later == _NEXT_MONTH:
            day = (months + 1).astype("datetime64[D]") + (self.cpi_day - 1)
            return closes(np.busday_offset(day, 0, roll="forward"))
        return closes(last_weekdays(months + later))
