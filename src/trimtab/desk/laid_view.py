"""A view of many histories laid end to end, and how their memories are walked: each history by itself, all at once.

A component is pointwise in the windows that end at a date, so its answer does not depend on which history came before, as
long as no window reaches there. `LaidView` writes down how far windows reach, and refuses what cannot be laid end to end:
statistics of everything since a first day, and views that people wrote down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.opinions import Opinion
from trimtab.core.terms import DAY, DIVIDEND, Field, Stat, Step
from trimtab.data.view import MarketView
from trimtab.data.windows import PER_UNIT
from trimtab.desk.asking import matters, walk


class NotLaidError(Exception):
    """What was asked for depends on more than the windows that end at a date."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How many rows windows showed, by the letter of their step.

    `daily` has the named series of which several sessions were read together, `prices` the fields that are not the same
    where dividends are reinvested.
    """

    rows: dict[str, int] = field(default_factory=dict)
    daily: set[str] = field(default_factory=set)
    prices: set[str] = field(default_factory=set)

    def note(self, count: int, every: Step) -> None:
        """A window of so many rows."""
        self.rows[every.value] = max(count, self.rows.get(every.value, 0))


@dataclass(frozen=True, slots=True, eq=False)
class LaidView(MarketView):
    """A `MarketView` that notes its reach. Raises NotLaidError for what windows do not say."""

    reach: Reach = field(default_factory=Reach)

    @classmethod
    def like(cls, view: MarketView) -> LaidView:
        """The same view."""
        return cls(view.market, view.days, view.rows, view.since, view.closing)

    def window(self, field: Field, n: int, *, every: Step = DAY) -> Array:
        """See `MarketView`."""
        self.reach.note(n, every)
        if field == DIVIDEND or (n > 1 and field in PER_UNIT):  # the last close alone is what books are valued at
            self.reach.prices.add(field.name)
        return MarketView.window(self, field, n, every=every)

    def series(self, name: str, n: int, *, every: Step = DAY) -> Array:
        """See `MarketView`."""
        self._noted(name, n, every)
        return MarketView.series(self, name, n, every=every)

    def stamps(self, name: str, n: int, *, every: Step = DAY) -> Dates:
        """See `MarketView`."""
        self._noted(name, n, every)
        return MarketView.stamps(self, name, n, every=every)

    def expanding(self, what: Field | str, stat: Stat, *, every: Step = DAY) -> Array:
        """Refused."""
        name = what if isinstance(what, str) else what.name
        raise NotLaidError(f"the {stat.value} of all {name} since the first day is read")

    def opinions(self) -> tuple[tuple[Opinion, ...], ...]:
        """Refused."""
        raise NotLaidError("views that people wrote down are read")

    def at(self, rows: Any) -> MarketView:
        """Refused: what reads some dates by themselves may read along them."""
        raise NotLaidError("some decision dates are asked by themselves")

    def _noted(self, name: str, n: int, every: Step) -> None:
        self.reach.note(n, every)
        if every is DAY and n > 1:
            self.reach.daily.add(name)


@dataclass(frozen=True, slots=True)
class Abreast:
    """Walks the memories of `paths` histories side by side, from date number `first` of each on (see `asking.walk`).

    A fold keeps a memory for each element of what it is given, so the histories are one more axis.
    """

    paths: int
    first: int

    def __call__(self, component: Any, rows: Array) -> Array:
        """Rows (paths x dates, ..., A) after the memory."""
        if not matters(component, rows):
            return rows
        stacked = np.moveaxis(rows.reshape(self.paths, -1, *rows.shape[1:]), 0, 1)
        out = stacked.copy()
        out[self.first :] = walk(component, stacked[self.first :])
        return np.moveaxis(out, 1, 0).reshape(rows.shape)
