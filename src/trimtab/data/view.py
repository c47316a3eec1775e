"""The batched view: the only door from data to decisions.

It stands at D decision instants at once and hands out read-only windows that END at each of them. What was not known by
the cut-off is NaN, so looking ahead cannot be written down, as long as nobody reads along the D axis.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from trimtab.core.arrays import Array, Dates, Index, Instants, frozen
from trimtab.core.calendar import closes, period_ends
from trimtab.core.errors import DataError, PolicyError
from trimtab.core.terms import CLOSE, DAY, Field, Stat, Step
from trimtab.core.values import Asset, Days
from trimtab.data.market import Market
from trimtab.numerics.running import Running, first_known, running

_LONG_AGO = np.datetime64("0001-01-01", "s")


@dataclass(frozen=True, slots=True, eq=False)
class MarketView:
    """A `View` (see core.roles) on a market: decision rows (D,) of its sessions, and the row of the policy's `since`."""

    market: Market
    days: Days
    rows: Index
    since: np.datetime64
    closing: Instants  # (D,) when the market closed on each decision date
    _cache: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def assets(self) -> tuple[Asset, ...]:
        """The A assets of the universe."""
        return self.market.assets

    def window(self, field: Field, n: int, *, every: Step = DAY) -> Array:
        """(D, n, A): the last `n` rows of `field` up to each decision date, oldest first; NaN where unknown."""
        key = (field, n, every)
        if key not in self._cache:
            values = self.market.fields.get(field)
            if values is None:
                values = np.full((len(self.market.sessions), len(self.assets)), np.nan)
            self._cache[key] = self._windows(values, n, every)
        return self._cache[key]  # type: ignore[no-any-return]

    def _windows(self, values: Array, n: int, every: Step) -> Array:
        ends = self._ends(every)
        at = self._positions(every)
        if self.market.known is None:
            self._hand_out(self.closing)
        if self.market.known is None and bool((ends[at] == self.rows).all()):
            spaced = strided(values if every is DAY else values[ends], at, n)
            if spaced is not None:
                return frozen(spaced)
        rows = gathered(ends, at, self.rows, n)
        out = np.where((rows >= 0)[..., None], values[rows], np.nan)
        if self.market.known is not None:
            known = self.market.known[rows]
            out[known > self.days.cutoffs[:, None, None]] = np.nan
            self._hand_out(np.where(np.isfinite(out), known, _LONG_AGO).reshape(len(rows), -1).max(axis=1))
        return frozen(out)

    def series(self, name: str, n: int, *, every: Step = DAY) -> Array:
        """(D, n): the last `n` values of a named series that were known at each cut-off, oldest first."""
        at = self._latest(name)
        history = self._history(name)
        ends = period_ends(history.dates, every)
        rows = gathered(ends, np.searchsorted(ends, at), at, n)
        rows = np.where(at[:, None] >= 0, rows, -1)
        return frozen(np.append(history.values, np.nan)[rows])  # row -1, before the first one: unknown

    def age(self, name: str) -> Array:
        """(D,) days between each decision date and the effective date of the latest known value; NaN where none is."""
        at = self._latest(name)
        effective = np.append(self._history(name).dates, np.datetime64("NaT", "D"))[at]
        days = (self.days.dates - effective).astype("timedelta64[D]").astype(float)
        return frozen(np.where(at >= 0, days, np.nan))

    def expanding(self, what: Field | str, stat: Stat, *, every: Step = DAY) -> Array:
        """`stat` of all rows from `since` to each date: (D, A) of a field, (D,) of a named series."""
        if isinstance(what, str):
            return self._expanding_series(what, stat, every)
        values = self.market.fields[what]
        known = self.market.known
        if known is not None:  # rows that some cut-off does not know yet make the answer differ by asset
            parts = [self._expanding(values[:, [a]], stat, every, known[:, a]) for a in range(values.shape[1])]
            return frozen(np.concatenate(parts, axis=1))
        self._hand_out(self.closing)
        return frozen(self._expanding(values, stat, every, None))

    def _expanding(self, values: Array, stat: Stat, every: Step, known: Instants | None) -> Array:
        at = self.rows  # a row without an observation is never late, so the last known one may lie after the decision
        if known is not None:
            at = np.minimum(at, _last_known(known, self.days.cutoffs))
            self._hand_out(np.where(at >= 0, _settled(known)[at], _LONG_AGO))
        return expanding_rows(values, self.market.sessions, at, self.since, (stat, every))

    def _expanding_series(self, name: str, stat: Stat, every: Step) -> Array:
        history = self._history(name)
        at = self._latest(name)
        return frozen(expanding_rows(history.values[:, None], history.dates, at, self.since, (stat, every))[:, 0])

    @property
    def known(self) -> Instants:
        """(D,) the latest instant at which anything became known that this view has handed out so far."""
        found = self._cache.get("known")
        return found if found is not None else np.full(len(self.days), _LONG_AGO)

    def _hand_out(self, instants: Instants) -> None:
        self._cache["known"] = np.maximum(self.known, instants)

    def _history(self, name: str) -> Any:
        if name not in self.market.series:
            known = ", ".join(sorted(self.market.series)) or "none"
            raise PolicyError(f"no series {name!r} was loaded", remedy=f"Loaded series: {known}.")
        return self.market.series[name]

    def _latest(self, name: str) -> Index:
        """(D,) row of the latest value known at each cut-off, -1 where none is."""
        key = ("latest", name)
        if key not in self._cache:
            instants = self.market.instants(self._history(name))
            at = self._cache[key] = _last_known(instants, self.days.cutoffs)
            if len(instants):
                self._hand_out(np.where(at >= 0, instants[at], _LONG_AGO))
        return self._cache[key]  # type: ignore[no-any-return]

    def _ends(self, every: Step) -> Index:
        key = ("ends", every)
        if key not in self._cache:
            self._cache[key] = period_ends(self.market.sessions, every)
        return self._cache[key]  # type: ignore[no-any-return]

    def _positions(self, every: Step) -> Index:
        """(D,) number of the period in which each decision lies."""
        return np.searchsorted(self._ends(every), self.rows)


def look(market: Market, rows: Index, *, cut_off: np.timedelta64, since: np.datetime64) -> MarketView:
    """A view of `market` from the sessions `rows` (D,), each `cut_off` after its close."""
    dates = market.sessions[rows]
    closing = closes(dates)
    return MarketView(market, Days(dates, closing + cut_off.astype("timedelta64[s]")), rows, since, closing)


def gathered(ends: Index, at: Index, rows: Index, n: int) -> Index:
    """(D, n) source rows: the ends of the n - 1 periods before period `at`, then `rows` itself; -1 before the start."""
    periods = at[:, None] - np.arange(n - 1, -1, -1)
    out = np.where(periods >= 0, ends[np.maximum(periods, 0)] if len(ends) else -1, -1)
    if n:
        out[:, -1] = rows
    return out


def strided(values: Array, at: Index, n: int) -> Array | None:
    """Windows of `n` rows ending at rows `at` as a view on `values` (T, A) without a copy, or None where unevenly spaced."""
    steps = np.diff(at)
    if len(at) == 0 or n == 0 or values.shape[1] == 1 or (len(steps) and (steps != steps[0]).any()):
        return None  # one asset: a view would let NumPy sum in another order for one date than for many
    missing = max(0, n - 1 - int(at[0]))
    padded = np.concatenate([np.full((missing, values.shape[1]), np.nan), values]) if missing else values
    padded = np.ascontiguousarray(padded)
    start = int(at[0]) + missing - n + 1
    row, column = padded.strides
    step = int(steps[0]) if len(steps) else 1
    shape = (len(at), n, values.shape[1])
    return as_strided(padded[start:], shape, (step * row, row, column), writeable=False)


def expanding_rows(values: Array, dates: Dates, at: Index, since: np.datetime64, how: tuple[Stat, Step]) -> Array:
    """A statistic of the rows (T, N) dated from `since` on, up to row `at` (D,), in steps; shape (D, N)."""
    stat, every = how
    first = int(np.searchsorted(dates, since))
    ends = period_ends(dates, every)
    ends = ends[ends >= first]
    table: Running = running(values[ends], first_known(values[first:]))  # the ends move as rows are added
    before = np.searchsorted(ends, at)  # periods that ended before the one of this row
    unknown = np.full((1, values.shape[1]), np.nan)
    row = np.where((at >= first)[:, None], np.concatenate([values, unknown])[at], np.nan)
    shape = row.shape
    return table.read(stat, np.broadcast_to(before[:, None], shape), row)


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
