"""Prices and rates of exchange for what a book holds, from the same folder or store that policies read.

A price is found by the instrument's id, whatever its capitals, then by its ISIN, or by the name that the user gives. The
last one on or before the date counts. What has none stays without: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.calendar import plain_date
from trimtab.core.errors import DataError, UsageError
from trimtab.core.households import Instrument
from trimtab.core.money import decimal_of, exact
from trimtab.data.currencies import major, quotes, route
from trimtab.data.fx import Rates
from trimtab.data.history import History, Kind
from trimtab.data.vintages import first_versions
from trimtab.desk.prepare import source_in

_PRICES = (Kind.PRICE, Kind.PRICE_AND_DIVIDENDS)


@dataclass(frozen=True, slots=True)
class Quote:
    """Money a unit in `currency` on `day`. `index`: the series is an index, whose level may not be what a unit costs."""

    price: Decimal
    day: date
    currency: str
    index: bool = False


@dataclass(frozen=True, slots=True)
class Quotes:
    """Where prices come from; `source` None: nowhere. `names` gives the series of instruments by id, over what is found.

    Nothing after `last` is looked at: a practice desk does not know it yet.
    """

    source: Any = None
    names: Mapping[str, str] = field(default_factory=dict)
    last: date | None = None
    _pairs: dict[str, Rates] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, folder: str | Path | None, names: Mapping[str, str] | None = None, last: date | None = None) -> Quotes:
        """Of a folder of prices or a market store; None: no prices."""
        return cls(source_in(folder) if folder else None, names or {}, last)

    def prices(self, instruments: Sequence[Instrument], assets: Sequence[int], until: date) -> dict[int, Quote]:
        """The last price of each of the instruments with these numbers, where there is one."""
        if self.source is None:
            return {}
        known = self._known(instruments)
        wanted = {asset: known[asset] for asset in assets if asset in known}
        loaded = {one.about.name: one for one in self.source.load(tuple(dict.fromkeys(wanted.values())))} if wanted else {}
        found = {a: _last(loaded[name], instruments[a], np.datetime64(self._by(until), "D")) for a, name in wanted.items()}
        return {asset: quote for asset, quote in found.items() if quote is not None}

    def _known(self, instruments: Sequence[Instrument]) -> dict[int, str]:
        """The series of each instrument that has one."""
        names = tuple(self.source.names())
        for wanted, name in self.names.items():
            if name not in names or wanted not in {each.id for each in instruments}:
                what = f"{wanted}={name} names no instrument of the book or no series"
                raise UsageError(what, remedy="Write --series VTI=us_equity; see trimtab data status.")
        folded = {name.casefold(): name for name in reversed(names)}
        chosen = {}
        for number, one in enumerate(instruments):
            candidates = (self.names.get(one.id, ""), one.id if one.id in names else "", folded.get(one.id.casefold(), ""))
            name = next(filter(None, (*candidates, one.isin if one.isin in names else "")), "")
            if name:
                chosen[number] = name
        return chosen

    def rate_in(self, base: str) -> Callable[[str, date], Decimal]:
        """Rates of exchange into `base`: units of it for one of a currency on a date, the last of the five days before.

        The rate raises DataError, naming the pair to add, where there is none.
        """

        def rate(code: str, on: date) -> Decimal:
            if code == base:
                return Decimal(1)
            day = np.array([self._by(on)], dtype="datetime64[D]")
            value = float(self._rates(code, base).conversion(code, base, day).rate[0])
            if not value > 0.0:
                raise DataError(f"no rate of {code} in {base} is known for {on}", remedy="Bring the rates up to date.")
            return decimal_of(value)

        return rate

    def _by(self, day: date) -> date:
        return day if self.last is None else min(day, self.last)

    def _rates(self, code: str, base: str) -> Rates:
        if self.source is None:
            remedy = f"Give --data with a series {code}{base}."
            raise DataError(f"there is {code} in the book, and no rate of it in {base}", remedy=remedy)
        if code not in self._pairs:
            legs = route(code, base, quotes(self.source.names()))
            names = tuple(dict.fromkeys(leg.quote.series for leg in legs))
            self._pairs[code] = Rates({one.about.name: first_versions(one) for one in self.source.load(names)})
        return self._pairs[code]


def _last(history: History, instrument: Instrument, until: np.datetime64) -> Quote | None:
    """The last close on or before a date. Pence count as parts of a pound."""
    if not history.about.holdable:
        return None
    rows = np.flatnonzero(np.isfinite(history.values) & (history.dates <= until))
    if not len(rows):
        return None
    code, part = major(history.about.currency or instrument.currency)
    with exact():
        price = decimal_of(float(history.values[rows[-1]])) * decimal_of(part)
    return Quote(price, plain_date(history.dates[rows[-1]]), code, history.about.kind not in _PRICES)
