"""The batched view: the only door from data to decisions.

It stands at D decision instants at once and hands out read-only windows that END at each of them. What was not known by
the cut-off is NaN, so looking ahead cannot be written down, as long as nobody reads along the D axis.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates, Index, Instants, frozen
from trimtab.core.calendar import period_ends, steps_per_year
from trimtab.core.errors import DataError, PolicyError
from trimtab.core.opinions import Opinion, standing
from trimtab.core.terms import CLOSE, DAY, PER_YEAR, Field, Stat, Step
from trimtab.core.values import Asset, Days
from trimtab.data.market import Earlier, Market
from trimtab.data.vintages import first_known, in_force, in_sequence, instants_of, last_known_period, periods_of
from trimtab.data.windows import PER_UNIT, gathered, in_units_of_today, known_windows, show_earlier, strided
from trimtab.numerics.running import Running, first_value, ranked, running

_LONG_AGO = np.datetime64("0001-01-01", "s")
_FIRST = 30  # sessions that show how far apart they lie
_LOGS = {Stat.LOG_MEAN: Stat.MEAN, Stat.LOG_STD: Stat.STD}
_POSITIVE = {Stat.POSITIVE_COUNT: Stat.COUNT, Stat.POSITIVE_MEAN: Stat.MEAN, Stat.POSITIVE_STD: Stat.STD}


@dataclass(frozen=True, slots=True, eq=False)
class MarketView:
    """A `View` (see core.roles) on a market: decision rows (D,) of its sessions, and the row of the policy's `since`."""

    market: Market
    days: Days
    rows: Index
    since: np.datetime64
    closing: Instants  # (D,) when the market closed on each decision date
    whole: tuple[MarketView, Index] | None = field(default=None, repr=False)  # the view that it is a part of, and which dates
    _cache: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def assets(self) -> tuple[Asset, ...]:
        """The A assets of the universe."""
        return self.market.assets

    def only(self, d: int) -> MarketView:
        """The view from decision date number `d` alone."""
        return self.at(np.array([range(len(self.rows))[d]]))

    def at(self, rows: Index) -> MarketView:
        """The view from some of its decision dates, by number."""
        days = Days(self.days.dates[rows], self.days.cutoffs[rows])
        return MarketView(self.market, days, self.rows[rows], self.since, self.closing[rows], (self, rows))

    def window(self, field: Field, n: int, *, every: Step = DAY) -> Array:
        """(D, n, A): the last `n` rows of `field` up to each decision date, oldest first; NaN where unknown.

        Prices stand in the units of the decision date: what traded before a split is divided by its ratio.
        """
        key = (field, n, every)
        if key not in self._cache:
            values = self.market.fields.get(field)
            if values is None:
                values = np.full((len(self.market.sessions), len(self.assets)), np.nan)
            self._cache[key] = self._windows(field, values, n, every)
        return self._cache[key]  # type: ignore[no-any-return]

    def _windows(self, field: Field, values: Array, n: int, every: Step) -> Array:
        market, ends, at = self.market, self._ends(every), self._positions(every)
        mended = bool(market.earlier.get(field)) or (market.splits is not None and field in PER_UNIT)
        if market.known is None:
            self._hand_out(self.closing)
        if market.known is None and not mended and bool((ends[at] == self.rows).all()):
            spaced = strided(values if every is DAY else values[ends], at, n)
            if spaced is not None:
                return frozen(spaced)
        rows = gathered(ends, at, self.rows, n)
        out = np.where((rows >= 0)[..., None], values[rows], np.nan)
        if mended:
            self._mend(field, rows, out)
        if market.known is not None:
            known = market.known[rows]
            out[known > self.days.cutoffs[:, None, None]] = np.nan
            self._hand_out(np.where(np.isfinite(out), known, _LONG_AGO).reshape(len(rows), -1).max(axis=1))
        return frozen(out)

    def _mend(self, field: Field, rows: Index, out: Array) -> None:
        """Show windows `out` (D, n, A) of the source rows (D, n) as they stood at their dates: unrestated, in units of then."""
        for old in self.market.earlier.get(field, ()):
            show_earlier(out, rows, self.days.cutoffs, old)
        if field in PER_UNIT:
            for event in self.market.split_events:
                in_units_of_today(out, rows, self.rows, event)

    def series(self, name: str, n: int, *, every: Step = DAY) -> Array:
        """(D, n): the last `n` values of a named series that were known at each cut-off, oldest first.

        Where a series has vintages, each value is the one in force at the cut-off.
        """
        history = self._history(name)
        rows = self._periods(name, n, every)
        self._latest(name)  # what it hands out counts as known
        if history.revised:
            rows = in_force(history, rows, self.days.cutoffs)
            self._hand_out(np.maximum.reduce(np.append(instants_of(history), _LONG_AGO)[rows], axis=1, initial=_LONG_AGO))
        return frozen(np.append(history.values, np.nan)[rows])  # row -1, before the first one: unknown

    def stamps(self, name: str, n: int, *, every: Step = DAY) -> Dates:
        """(D, n) effective dates of the rows of `series`; NaT before the first."""
        dates = np.append(periods_of(self._history(name))[0], np.datetime64("NaT", "D"))
        return frozen(dates[self._periods(name, n, every)])

    def age(self, name: str) -> Array:
        """(D,) days between each decision date and the effective date of the latest known value; NaN where none is."""
        at = self._latest(name)
        effective = np.append(periods_of(self._history(name))[0], np.datetime64("NaT", "D"))[at]
        days = (self.days.dates - effective).astype("timedelta64[D]").astype(float)
        return frozen(np.where(at >= 0, days, np.nan))

    def expanding(self, what: Field | str, stat: Stat, *, every: Step = DAY) -> Array:
        """`stat` of all rows from `since` to each date: (D, A) of a field, (D,) of a named series.

        Prices stand in the units of the decision date, as in `window`.
        """
        if isinstance(what, str):
            return self._expanding_series(what, stat, every)
        values, factor = self.market.fields[what], self._units(what)
        if factor is not None:
            values = values * factor
        known, old = self.market.known, self.market.earlier.get(what, ())
        if known is None and not old:
            found = self._expanding(values, stat, every, None)
        else:  # rows that some cut-off does not know yet, or knows otherwise, make the answer differ by asset
            parts = [self._expanding_asset(values, (stat, every), a, factor, old) for a in range(values.shape[1])]
            found = np.concatenate(parts, axis=1)
        return frozen(found if factor is None else _in_units_of_then(found, stat, factor[self.rows]))

    def _units(self, what: Field) -> Array | None:
        """(T, A) what turns a field into units of `since`, whatever happened before; None where no split touches it."""
        if self.market.splits is None or what not in PER_UNIT:
            return None
        first = int(np.searchsorted(self.market.sessions, self.since))
        ratios = np.where(np.arange(len(self.market.sessions))[:, None] > first, self.market.splits, 1.0)
        return np.asarray(np.cumprod(ratios, axis=0))

    def _expanding_asset(
        self, values: Array, how: tuple[Stat, Step], asset: int, factor: Array | None, old: tuple[Earlier, ...]
    ) -> Array:
        """(D, 1) for one asset, each decision on the values as they stood at its cut-off."""
        known = None if self.market.known is None else self.market.known[:, asset]
        column, mine = values[:, [asset]], [one for one in old if one.asset == asset]
        if not mine and (known is None or in_sequence(known[~np.isnat(known)])):
            return self._expanding(column, *how, known)
        rows = []
        for d, cutoff in enumerate(self.days.cutoffs):  # few assets are ever restated, or published out of order
            seen = column.copy() if known is None else np.where((known <= cutoff)[:, None], column, np.nan)
            for one in mine:
                if one.since <= cutoff < one.until:
                    seen[one.row] = one.value * (1.0 if factor is None else factor[one.row, asset])
            rows.append(expanding_rows(seen, self.market.sessions, self.rows[[d]], self.since, how)[0])
        self._hand_out(self.days.cutoffs if known is not None else self.closing)
        return np.array(rows)

    def _expanding(self, values: Array, stat: Stat, every: Step, known: Instants | None) -> Array:
        if known is None:
            self._hand_out(self.closing)
            return expanding_rows(values, self.market.sessions, self.rows, self.since, (stat, every))
        seen = np.minimum(_last_known(known, self.days.cutoffs), self.rows)
        self._hand_out(np.where(seen >= 0, _settled(known)[seen], _LONG_AGO))
        return expanding_rows(values, self.market.sessions, self.rows, self.since, (stat, every), seen=seen)

    def _expanding_series(self, name: str, stat: Stat, every: Step) -> Array:
        history = self._history(name)
        at = self._latest(name)
        dates, _ = periods_of(history)
        if not history.revised and in_sequence(instants_of(history)):
            return frozen(expanding_rows(history.values[:, None], dates, at, self.since, (stat, every))[:, 0])
        found = np.full(len(at), np.nan)
        every_period = np.arange(len(dates))[None]
        for d in np.flatnonzero(at >= 0).tolist():  # each decision has a history of its own
            rows = in_force(history, every_period, self.days.cutoffs[[d]])[0]
            seen = np.append(history.values, np.nan)[rows][:, None]
            found[d] = expanding_rows(seen, dates, at[[d]], self.since, (stat, every))[0, 0]
        return frozen(found)

    def per_year(self, every: Step) -> int:
        """Rows of that step in a year, by the distance of the first sessions from `since` on: later ones change nothing."""
        first = int(np.searchsorted(self.market.sessions, self.since))
        own = steps_per_year(self.market.sessions[first : first + _FIRST])
        return own if every is DAY else min(PER_YEAR[every], own)

    def opinions(self) -> tuple[tuple[Opinion, ...], ...]:
        """(D,) the discretionary views stated by each cut-off, not expired and not replaced, oldest first."""
        said = self.market.opinions
        if said:
            stated = np.sort(np.array([one.stated for one in said], dtype="datetime64[s]"))
            at = np.searchsorted(stated, self.days.cutoffs, side="right") - 1
            self._hand_out(np.where(at >= 0, stated[at], _LONG_AGO))
        return standing(said, self.days.dates, self.days.cutoffs)

    @property
    def known(self) -> Instants:
        """(D,) the latest instant at which anything became known that this view has handed out so far."""
        found = self._cache.get("known")
        return found if found is not None else np.full(len(self.days), _LONG_AGO)

    def _hand_out(self, instants: Instants) -> None:
        self._cache["known"] = np.maximum(self.known, instants)
        if self.whole is not None:
            view, rows = self.whole
            spread = np.full(len(view.days), _LONG_AGO)
            spread[rows] = instants
            view._hand_out(spread)

    def _periods(self, name: str, n: int, every: Step) -> Index:
        """(D, n) numbers of the periods of a series that windows show, -1 before the first."""
        history = self._history(name)
        return known_windows(periods_of(history)[0], first_known(history), self.days.cutoffs, n, every)

    def _history(self, name: str) -> Any:
        if name not in self.market.series:
            known = ", ".join(sorted(self.market.series)) or "none"
            raise PolicyError(f"no series {name!r} was loaded", remedy=f"Loaded series: {known}.")
        return self.market.series[name]

    def _latest(self, name: str) -> Index:
        """(D,) row of the latest value known at each cut-off, -1 where none is."""
        key = ("latest", name)
        if key not in self._cache:
            instants = first_known(self._history(name))
            at = self._cache[key] = last_known_period(instants, self.days.cutoffs)
            if len(instants):
                self._hand_out(np.where(at >= 0, instants[at], _LONG_AGO))
        return self._cache[key]  # type: ignore[no-any-return]

    def _ends(self, every: Step) -> Index:
        return self.market.ends(every)

    def _positions(self, every: Step) -> Index:
        """(D,) number of the period in which each decision lies."""
        return self.rows if every is DAY else np.searchsorted(self._ends(every), self.rows)


def look(market: Market, rows: Index, *, cut_off: np.timedelta64, since: np.datetime64) -> MarketView:
    """A view of `market` from the sessions `rows` (D,), each `cut_off` after its close."""
    dates = market.sessions[rows]
    closing = market.closes_at(rows)
    return MarketView(market, Days(dates, closing + cut_off.astype("timedelta64[s]")), rows, since, closing)


def expanding_rows(
    values: Array, dates: Dates, at: Index, since: np.datetime64, how: tuple[Stat, Step], *, seen: Index | None = None
) -> Array:
    """A statistic of the rows (T, N) dated from `since` on, up to row `at` (D,), in steps; shape (D, N).

    Rows after `seen` (D,) count as unknown.
    """
    stat, every = how
    if stat in _LOGS or stat in _POSITIVE:
        values = np.where(values > 0.0, values, np.nan)
    if stat in _LOGS:
        values = np.log(values)
    stat = _LOGS.get(stat, _POSITIVE.get(stat, stat))
    first = int(np.searchsorted(dates, since))
    ends = period_ends(dates, every)
    ends = ends[ends >= first]
    before = np.searchsorted(ends, at)  # periods that ended before the one of this row
    unknown = np.full((1, values.shape[1]), np.nan)
    current = at >= first
    if seen is not None:
        before, current = np.minimum(before, np.searchsorted(ends, seen, side="right")), current & (seen >= at)
    row = np.where(current[:, None], np.concatenate([values, unknown])[at], np.nan)
    if stat is Stat.RANK:
        return ranked(values[ends], before, row)
    table: Running = running(values[ends], first_value(values[first:]))  # the ends move as rows are added
    return table.read(stat, np.broadcast_to(before[:, None], row.shape), row)


def _in_units_of_then(found: Array, stat: Stat, factor: Array) -> Array:
    """A statistic (D, A) of prices in units of `since`, in those of the decision date: `factor` of the first for one."""
    if stat in (Stat.COUNT, Stat.POSITIVE_COUNT, Stat.RANK, Stat.LOG_STD):
        return found
    return np.asarray(found - np.log(factor) if stat is Stat.LOG_MEAN else found / factor)


def _last_known(instants: Instants, cutoffs: Instants) -> Index:
    """(D,) last row known by each cut-off; a row counts as known only when all rows before it are."""
    return np.asarray(np.searchsorted(_settled(instants), cutoffs, side="right") - 1)


def _settled(instants: Instants) -> Instants:
    """(T,) when each row and all before it were known."""
    return np.asarray(np.maximum.accumulate(np.where(np.isnat(instants), _LONG_AGO, instants)))


def require_known(view: MarketView, field: Field = CLOSE) -> None:
    """Raise DataError where no asset has any known value at the last decision date."""
    if len(view.rows) and not np.isfinite(view.window(field, 1)[-1]).any():
        raise DataError(f"nothing is known on {view.days.dates[-1]}", remedy="Update the data or choose another date.")
