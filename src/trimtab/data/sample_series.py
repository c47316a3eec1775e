"""How each sample series is made from the columns of its file.

A builder takes the text of a file and gives dates (T,) and fields (T,). Monthly data are dated by the last weekday of
their month. Everything is decimal: returns per month, yields per year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.terms import CLOSE, OPEN, TOTAL_RETURN, Field
from trimtab.data.months import compounded, last_weekdays
from trimtab.data.par_bond import monthly_returns
from trimtab.data.sample_files import Table, dates_of, numbers_of

Series = tuple[Dates, Mapping[Field, Array]]
Builder = Callable[[Table], Series]


@dataclass(frozen=True, slots=True)
class Compounded:
    """Index of the sum of `columns` of monthly returns, each times `scale`, starting at 1 a month before the first."""

    date: str
    columns: tuple[str, ...]
    scale: float
    holdable: bool = True

    def __call__(self, table: Table) -> Series:
        """(T + 1,): one row more than the file has."""
        returns = sum((numbers_of(table[column]) for column in self.columns), start=np.zeros(1)) * self.scale
        dates, index = compounded(dates_of(table[self.date]), returns)
        return dates, _holdable(index) if self.holdable else {CLOSE: index}


@dataclass(frozen=True, slots=True)
class Monthly:
    """A monthly column times `scale`, as a level or a yield."""

    date: str
    column: str
    scale: float = 1.0

    def __call__(self, table: Table) -> Series:
        """(T,), as the file has."""
        return last_weekdays(dates_of(table[self.date])), {CLOSE: numbers_of(table[self.column]) * self.scale}


@dataclass(frozen=True, slots=True)
class ParBond:
    """Total-return index of a 20-year par bond repriced each month from a column of yields in percent."""

    date: str
    column: str
    first: str = "1926-06"  # the samples' equities start here, in the month before their first return
    last: str = "2018-11"

    def __call__(self, table: Table) -> Series:
        """(T,): 1 at the end of `first`."""
        months = dates_of(table[self.date]).astype("datetime64[M]")
        kept = (months >= np.datetime64(self.first, "M")) & (months <= np.datetime64(self.last, "M"))
        returns = monthly_returns(numbers_of(table[self.column])[kept] / 100.0)
        dates, index = compounded(months[kept][1:], returns)
        return dates, _holdable(index)


@dataclass(frozen=True, slots=True)
class Daily:
    """Daily columns; days without a value are left out."""

    columns: Mapping[Field, str]

    def __call__(self, table: Table) -> Series:
        """(T,) with T the days that have a closing value."""
        values = {name: numbers_of(table[column]) for name, column in self.columns.items()}
        kept = np.isfinite(values[CLOSE])
        return dates_of(table["Date"])[kept], {name: array[kept] for name, array in values.items()}


def prices(close: str, *, opening: str = "") -> Daily:
    """Daily closes, with opening prices where a column is named."""
    return Daily({CLOSE: close} | ({OPEN: opening} if opening else {}))


def adjusted(close: str) -> Daily:
    """Daily closes with dividends in them."""
    return Daily({CLOSE: close, TOTAL_RETURN: close})


def _holdable(index: Array) -> dict[Field, Array]:
    """An index that a portfolio can hold is its own price."""
    return {CLOSE: index, TOTAL_RETURN: index}
