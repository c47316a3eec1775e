"""What a source hands over: one named history with what is to be said about it, and the issues found on the way.

Dates are trading dates (datetime64[D]); values are NaN where unknown. A date stands twice only in a history with
vintages: the same effective date, known later with another value. Rows rise by date, then by the instant they were known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np

from trimtab.core.arrays import Array, Dates, Instants, Mask, frozen, require_shape
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, Field


class Kind(Enum):
    """What the numbers of a series are."""

    TOTAL_RETURN = "total return"  # an index with dividends in it
    PRICE = "price only"  # dividends are missing
    PRICE_AND_DIVIDENDS = "price and dividends"
    EXCESS_RETURN = "excess return"  # an index of futures returns: what a funded account earns on top of cash
    YIELD = "yield"  # per year, decimal
    LEVEL = "level"  # an index or a rate that nobody can hold
    RATE = "exchange rate"  # units of the second currency for one of the first: EURUSD 1.10 is 1.10 dollars a euro


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
    currency: str = ""  # ISO 4217; empty: unsaid, taken as the policy's own
    market: str = ""  # ISO 10383 code of the exchange (XNYS, XTKS), whose sessions and closes hold; empty: New York
    restates: bool = False  # a changed value is news, known from the day it came; else a correction of what was known then
    licence: str = ""  # what the source's terms say of the numbers

    @property
    def holdable(self) -> bool:
        """Whether a portfolio can hold it."""
        return self.kind in (Kind.TOTAL_RETURN, Kind.PRICE, Kind.PRICE_AND_DIVIDENDS, Kind.EXCESS_RETURN)


@dataclass(frozen=True, slots=True)
class Issue:
    """Something found in the data, and what was done about it."""

    what: str
    where: str  # file:line:col, or the name of a series
    action: str


class ActionKind(Enum):
    """Corporate actions that are more than cash or a split (those are the fields DIVIDEND and SPLIT)."""

    SPIN_OFF = "spin-off"  # `ratio` units of `other` for each unit, worth `price` each
    MERGER = "merger"  # `cash` and `ratio` units of `other`, worth `price` each, for each unit, which ends
    RIGHTS = "rights"  # the right to buy `ratio` new units for each unit at `price`
    RETURN_OF_CAPITAL = "return of capital"  # `cash` a unit, which lowers the cost of the lots
    DELISTING = "delisting"  # trading ends; `cash` a unit where it is known, else a return by `reason`


@dataclass(frozen=True, slots=True)
class Action:
    """One corporate action. Amounts are currency a unit before it; ratios are units for each unit before it."""

    kind: ActionKind
    effective: np.datetime64  # the ex-date, or for an ending the last session on which it traded
    known: np.datetime64 | None = None  # when it was announced; None: at the close of `effective`
    cash: float = float("nan")
    ratio: float = 0.0
    price: float = float("nan")
    other: str = ""  # id of the other instrument
    reason: str = ""  # of a delisting: merger, closure, bankruptcy, performance, moved, unknown


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """One series: dates (T,) and, for each field, values (T,). `known` (T,) overrides the instants that `about` implies.

    Where SPLIT is among the fields, prices, dividends and volumes are as they traded, else they are adjusted for splits.
    """

    about: About
    dates: Dates
    fields: Mapping[Field, Array]
    known: Instants | None = None
    issues: tuple[Issue, ...] = field(default=())
    actions: tuple[Action, ...] = field(default=())
    revised: bool = field(init=False, default=False)  # whether any date stands more than once, with later vintages

    def __post_init__(self) -> None:
        for name, values in self.fields.items():
            require_shape(f"{self.about.name} {name.name}", values, self.dates.shape)
        steps = np.diff(self.dates).astype(np.int64)
        doubled = steps == 0
        if bool((steps < 0).any()) or (bool(doubled.any()) and not self._known_later(doubled)):
            raise DataError(f"the dates of {self.about.name} do not rise", remedy="Sort them and drop duplicates.")
        object.__setattr__(self, "revised", bool(doubled.any()))
        object.__setattr__(self, "dates", frozen(self.dates))
        object.__setattr__(self, "fields", {name: frozen(values) for name, values in self.fields.items()})

    def _known_later(self, doubled: Mask) -> bool:
        """Whether each row on a date that stood before was known later than the row before it."""
        return self.known is not None and bool((np.diff(self.known)[doubled] > np.timedelta64(0, "s")).all())

    @property
    def values(self) -> Array:
        """The closing values (T,)."""
        return self.fields[CLOSE]

    def placed(self, currency: str, market: str) -> History:
        """The history in a currency and on a market, where it can be held and does not say them itself."""
        about = self.about
        if not about.holdable or not (currency or market):
            return self
        return replace(self, about=replace(about, currency=about.currency or currency, market=about.market or market))

    @property
    def span(self) -> tuple[np.datetime64, np.datetime64]:
        """First and last date."""
        return self.dates[0], self.dates[-1]
