"""Generated markets on which a component is audited: daily and monthly, with what real data have in store.

Prices are geometric random walks. One asset starts late and has gaps, one stops trading, one pays dividends and (on
monthly data, where windows are gathered) splits; the others miss one price. Daily prices never split, so that windows
of evenly spaced rows are strided views and a component can be caught reading past one. Named series are published late
and miss a print. The seed is fixed: the same component, the same verdict. NOT market data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates, Mask
from trimtab.core.calendar import closes
from trimtab.core.terms import CLOSE, DIVIDEND, OPEN, SPLIT, Field
from trimtab.core.values import Asset
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.data.view import MarketView, look
from trimtab.data.vintages import instants_of

SEED = 20070531
FILLERS = ("A0", "A1", "A2", "A3")  # clean; late and with gaps; delisted; with dividends and splits
CUT_OFF = np.timedelta64(2, "h")
YEARS_28 = np.timedelta64(10227, "D")  # the same weekdays and days of the year again, between 1901 and 2099
BEFORE_SINCE = 45  # rows of history before the policy's `since`: two months and more, on daily data
LAST = 30  # decisions from which a much longer market is seen
_CLASSES = ("equity", "bonds", "commodities")
_LEVELS = {"vix": 20.0, "cape": 20.0, "index": 100.0, "bill": 100.0, "cpi": 100.0, "price": 100.0, "earning": 50.0}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a market is generated from: the ids and series that the component names, the step, the length and the seed."""

    named: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    monthly: bool = False
    rows: int = 360
    seed: int = SEED

    @property
    def dates(self) -> Dates:
        """(T,) weekdays from 2001, or last weekdays of months from 1960."""
        if self.monthly:
            ends = (np.datetime64("1960-01", "M") + np.arange(1, self.rows + 1)).astype("datetime64[D]")
            return np.busday_offset(ends, -1, roll="forward")
        return np.busday_offset(np.datetime64("2001-01-02", "D"), np.arange(self.rows))

    @property
    def longer(self) -> Recipe:
        """The same, much longer."""
        return replace(self, rows=900 if self.monthly else 6000)


@dataclass(frozen=True, slots=True, eq=False)
class MarketSpecimen:
    """A `Specimen` (see validation/specimen.py) on a generated market. `first` is the session of decision 0."""

    recipe: Recipe
    market: Market
    since: np.datetime64
    first: int
    errors: Mapping[str, Array]  # the wrong numbers, by name of a field or a series

    @property
    def name(self) -> str:
        """What sort of data it is."""
        return "monthly data" if self.recipe.monthly else "daily data"

    @property
    def dates(self) -> Dates:
        """(D,) the decision dates."""
        return self.market.sessions[self.first :]

    @property
    def count(self) -> int:
        """The number of assets."""
        return len(self.market.assets)

    def at(self, numbers: Sequence[int]) -> MarketView:
        """A fresh view from these decisions."""
        rows = np.array([self.first + number for number in numbers], dtype=np.intp)
        return look(self.market, rows, cut_off=CUT_OFF, since=self.since)

    def poisoned(self, after: int) -> MarketSpecimen:
        """Another future."""
        late = np.arange(len(self.market.sessions)) > self.first + after
        return self._changed(late, self._unknown_yet(after), signed=True)

    def forgotten(self) -> MarketSpecimen:
        """Another history before `since`, above zero."""
        early = {name: history.dates < self.since for name, history in self.market.series.items()}
        return self._changed(self.market.sessions < self.since, early, signed=False)

    def truncated(self, after: int) -> MarketSpecimen:
        """No future: neither sessions nor values that nobody knew yet."""
        keep, market = self.first + after + 1, self.market
        late = self._unknown_yet(after)
        series = {name: _taken(history, ~late[name]) for name, history in market.series.items()}
        fields = {name: values[:keep] for name, values in market.fields.items()}
        rows = {name: _cut(getattr(market, name), keep) for name in ("sessions", "splits", "closing")}
        return self._with(fields=fields, series=series, **rows)

    def permuted(self, order: Sequence[int]) -> MarketSpecimen:
        """The assets in another order, or some of them."""
        chosen, market = list(order), self.market
        fields = {name: np.ascontiguousarray(values[:, chosen]) for name, values in market.fields.items()}
        splits = None if market.splits is None else market.splits[:, chosen]
        assets, about = ([held[a] for a in chosen] for held in (market.assets, market.about))
        return self._with(assets=tuple(assets), about=tuple(about), fields=fields, splits=splits)

    def fewest(self) -> MarketSpecimen:
        """The assets that the component names, else the first one alone."""
        return self.permuted(range(len(self.recipe.named) or 1))

    def unknown(self) -> MarketSpecimen:
        """NaN everywhere."""
        return self._same_everywhere(np.nan)

    def constant(self) -> MarketSpecimen:
        """Every price 50 and every series 0.05, for ever."""
        return self._same_everywhere(50.0)

    def another(self) -> MarketSpecimen:
        """The same recipe with another seed."""
        return replace(self, market=generated(replace(self.recipe, seed=self.recipe.seed + 1)))

    def later(self) -> MarketSpecimen:
        """Every date 28 years later."""
        market = self.market
        series = {name: _moved(history) for name, history in market.series.items()}
        made = self._with(sessions=market.sessions + YEARS_28, closing=closes(market.sessions) + YEARS_28, series=series)
        return replace(made, since=self.since + YEARS_28)

    def longer(self) -> MarketSpecimen:
        """From its last decisions."""
        made = specimen(self.recipe.longer)
        return replace(made, first=made.recipe.rows - LAST)

    def _unknown_yet(self, after: int) -> dict[str, Mask]:
        """Which rows of each series nobody knew at the cut-off of decision `after`."""
        cutoff = self.at([after]).days.cutoffs[0]
        return {name: instants_of(history) > cutoff for name, history in self.market.series.items()}

    def _changed(self, rows: Mask, late: Mapping[str, Mask], *, signed: bool) -> MarketSpecimen:
        """The market with other numbers in these rows of its prices and of its series."""
        market = self.market
        errors = self.errors if signed else {name: np.nan_to_num(np.abs(e), nan=7.0) for name, e in self.errors.items()}
        fields = {name: np.where(rows[:, None], errors[name.name], values) for name, values in market.fields.items()}
        series = {
            name: replace(past, fields={CLOSE: np.where(late[name], errors[f"series {name}"], past.values)})
            for name, past in market.series.items()
        }
        splits = None if market.splits is None else np.where(rows[:, None], 3.0, market.splits)
        return self._with(fields=fields, series=series, splits=splits)

    def _same_everywhere(self, price: float) -> MarketSpecimen:
        market = self.market
        fields = {name: np.full(values.shape, 0.0 if name == DIVIDEND else price) for name, values in market.fields.items()}
        series = {
            name: replace(past, fields={CLOSE: np.full(past.values.shape, price / 1000.0)})
            for name, past in market.series.items()
        }
        return self._with(fields=fields, series=series, splits=None)

    def _with(self, **changes: object) -> MarketSpecimen:
        return replace(self, market=replace(self.market, **changes))  # type: ignore[arg-type]


def specimen(recipe: Recipe) -> MarketSpecimen:
    """The market of a recipe, seen from every session from `since` on."""
    market = generated(recipe)
    rng = np.random.default_rng(recipe.seed + 2)
    errors = {name.name: wrong(rng, values.shape) for name, values in market.fields.items()}
    errors |= {f"series {name}": wrong(rng, history.values.shape) for name, history in market.series.items()}
    return MarketSpecimen(recipe, market, market.sessions[BEFORE_SINCE], BEFORE_SINCE, errors)


def generated(recipe: Recipe) -> Market:
    """The market of a recipe."""
    rng = np.random.default_rng(recipe.seed)
    ids = (*recipe.named, *(one for one in FILLERS if one not in recipe.named))
    assets = [Asset(one, one, _CLASSES[k % len(_CLASSES)]) for k, one in enumerate(ids)]
    held = {one: _held(rng, one, recipe) for one in ids}
    beside = {name: _series(rng, name, recipe) for name in recipe.series}
    market = assemble(assets, held)
    return replace(market, series=beside, endings={}, closed=None, closing=closes(market.sessions))


def wrong(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Numbers from a thousandth to a million, half of them below zero and one in six unknown."""
    size = 10.0 ** rng.uniform(-3.0, 6.0, shape)
    return np.where(rng.random(shape) < 1.0 / 6.0, np.nan, size * np.where(rng.random(shape) < 0.5, -1.0, 1.0))


def _cut(rows: Any, keep: int) -> Any:
    return None if rows is None else rows[:keep]


def _held(rng: np.random.Generator, name: str, recipe: Recipe) -> History:
    """One asset that can be held, with the trouble that its place brings."""
    dates, count = recipe.dates, recipe.rows
    step = 0.04 if recipe.monthly else 0.011
    close = 50.0 * np.exp(np.cumsum(rng.normal(0.1 * step, step, count)))
    opening = close * np.exp(rng.normal(0.0, 0.3 * step, count))
    dividend = np.where(np.arange(count) % 63 == 40, 0.01 * close, 0.0)
    fields: dict[Field, Array] = {CLOSE: close, OPEN: opening, DIVIDEND: dividend if name == "A3" else np.zeros(count)}
    if name == "A3" and recipe.monthly:
        fields = _split(fields, (count - 45, count - 30))
    kept = np.ones(count, dtype=bool)
    ends = {"A0": [], "A1": [*range(15), count - 25, count - 24], "A2": [*range(count - 12, count)], "A3": []}
    kept[ends.get(name, [count - 5])] = False
    about = About(name, name, Kind.PRICE_AND_DIVIDENDS, "generated", "monthly" if recipe.monthly else "daily")
    return History(about, dates[kept], {field: values[kept] for field, values in fields.items()})


def _split(fields: Mapping[Field, Array], rows: Sequence[int]) -> dict[Field, Array]:
    """Prices as they traded, with a 2:1 split on each of these rows."""
    ratio = np.ones(len(fields[CLOSE]))
    ratio[list(rows)] = 2.0
    units = np.cumprod(ratio)
    return {SPLIT: ratio, **{field: values / units for field, values in fields.items()}}


def _series(rng: np.random.Generator, name: str, recipe: Recipe) -> History:
    """A series that nobody holds: above zero, around a level that its name suggests, known late, with a print missing."""
    level = next((size for word, size in _LEVELS.items() if word in name.lower()), 0.04)
    noise = rng.standard_normal(recipe.rows)
    swing, swings = 0.0, np.empty(recipe.rows)
    for row in range(recipe.rows):  # each value depends on the one before
        swing = 0.97 * swing + 0.06 * float(noise[row])
        swings[row] = swing
    kept = np.arange(recipe.rows) != recipe.rows - 15
    lag = 10 if recipe.monthly else 2
    about = About(name, name, Kind.LEVEL, "generated", "monthly" if recipe.monthly else "daily", lag_days=lag)
    history = History(about, recipe.dates[kept], {CLOSE: (level * np.exp(swings))[kept]})
    return replace(history, known=instants_of(history))


def _taken(history: History, rows: Mask) -> History:
    """Some rows of a series."""
    known = None if history.known is None else history.known[rows]
    return replace(history, dates=history.dates[rows], known=known, fields={CLOSE: history.values[rows]})


def _moved(history: History) -> History:
    """A series 28 years later, known as much later."""
    known = instants_of(history) + YEARS_28
    return replace(history, dates=history.dates + YEARS_28, known=known)
