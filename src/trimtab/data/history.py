"""What a source hands over: one named history with what is to be said about it, and the issues found on the way.

Dates are trading dates (datetime64[D], strictly rising); values are NaN where unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from trimtab.core.arrays import Array, Dates, Instants, frozen, require_shape
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, Field


class Kind(Enum):
    """What the numbers of a series are."""

    TOTAL_RETURN = "total return"  # an index with dividends in it
    PRICE = "price only"  # dividends are missing
    PRICE_AND_DIVIDENDS = "price and dividends"
    YIELD = "yield"  # per year, decimal
    LEVEL = "level"  # an index or a rate that nobody can hold


@dataclass(frozen=True, slots=True)
class About:
    """What a series is, for lists, reports and guards. `is_average`: values are means over the period, not its end."""

    name: str
    title: str
    kind: Kind
    provenance: str
    frequency: str = "daily"
    is_average: bool = False
    notes: tuple[str, ...] = ()
    lag_days: int = 0  # business days from the effective date until the world knew the value

    @property
    def holdable(self) -> bool:
        """Whether a portfolio can hold it."""
        return self.kind in (Kind.TOTAL_RETURN, Kind.PRICE, Kind.PRICE_AND_DIVIDENDS)


@dataclass(frozen=True, slots=True)
class Issue:
    """Something found in the data, and what was done about it."""

    what: str
    where: str  # file:line:col, or the name of a series
    action: str


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """One series: dates (T,) and, for each field, values (T,). `known` (T,) overrides the instants that `about` implies."""

    about: About
    dates: Dates
    fields: Mapping[Field, Array]
    known: Instants | None = None
    issues: tuple[Issue, ...] = field(default=())

    def __post_init__(self) -> None:
        for name, values in self.fields.items():
            require_shape(f"{self.about.name} {name.name}", values, self.dates.shape)
        if len(self.dates) and (np.diff(self.dates) <= np.timedelta64(0, "D")).any():
            raise DataError(f"the dates of {self.about.name} do not rise", remedy="Sort them and drop duplicates.")
        object.__setattr__(self, "dates", frozen(self.dates))
        object.__setattr__(self, "fields", {name: frozen(values) for name, values in self.fields.items()})

    @property
    def values(self) -> Array:
        """The closing values (T,)."""
        return self.fields[CLOSE]

    @property
    def span(self) -> tuple[np.datetime64, np.datetime64]:
        """First and last date."""
        return self.dates[0], self.dates[-1]
