"""A market as a table of rows that can be drawn: what every session brought, and a market made of drawn rows again.

Prices are drawn as growth: close on close before, splits undone; total-return indices and named series that are indices or
exchange rates likewise. Opens, highs and lows go as fractions of their close, dividends of the close before. Yields, rates
and levels are drawn as they stood: each row carries the value that was known at its session's cut-off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.arrays import Array, Dates, Instants, Mask
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, DIVIDEND, HIGH, LOW, OPEN, TOTAL_RETURN, TRADED, Field, Reads
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.data.view import MarketView
from trimtab.desk.policy import Policy
from trimtab.desk.reading_kinds import reads_of
from trimtab.desk.resampled_calendar import repeated

_OF_CLOSE = (OPEN, HIGH, LOW)
_CLOSING = np.timedelta64(21, "h")  # UTC: when a session of a future closes
_UNIT = 100.0  # where prices of a future begin


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The table (N, C) of a market: columns of each field (A of them) and of each named series (1), and which of them grow.

    `same` are fields that are another field, such as the total return of a fund that pays nothing out.
    """

    market: Market
    table: Array
    grows: Mask
    positive: Mask  # (C,) columns above 0, that a distribution is stated of in logarithms: all but yields and dividends
    fields: Mapping[Field, slice]
    series: Mapping[str, int]
    same: Mapping[Field, Field]

    @property
    def span(self) -> tuple[np.datetime64, np.datetime64]:
        """Dates of the first and the last row."""
        sessions = self.market.sessions[-len(self.table) :]
        return sessions[0], sessions[-1]

    @property
    def growth(self) -> Array:
        """Simple returns (N, A) of the assets, dividends and all: by these the length of blocks is found."""
        return self.table[:, self.fields[self.same.get(TOTAL_RETURN, TOTAL_RETURN)]] - 1.0

    def laid(self, drawn: Array, sessions: Dates) -> Market:
        """The market of drawn rows (B, L, C): B histories end to end, each on the L `sessions`, the next 400 years later."""
        paths, length, _ = drawn.shape
        flat = self._grown(drawn).reshape(paths * length, -1)
        when = repeated(sessions, paths)
        closing: Instants = np.asarray(when.astype("datetime64[s]") + _CLOSING, dtype="datetime64[s]")
        series = {name: self._history(name, flat[:, column], when, closing) for name, column in self.series.items()}
        market = self.market
        return Market(market.assets, when, self._fields(flat, paths), market.about, series, closing=closing)

    def _grown(self, drawn: Array) -> Array:
        """Growth compounded along each path from 1 on, all else as it is."""
        if self.grows.all():
            return np.asarray(np.cumprod(drawn, axis=1))
        whole = drawn.copy()
        whole[..., self.grows] = np.cumprod(drawn[..., self.grows], axis=1)
        return whole

    def _fields(self, flat: Array, paths: int) -> dict[Field, Array]:
        close = _UNIT * flat[:, self.fields[CLOSE]]
        found = {}
        for name, columns in self.fields.items():
            values = flat[:, columns]
            if name is CLOSE or name == TOTAL_RETURN:
                found[name] = close if name is CLOSE else _UNIT * values
            elif name in _OF_CLOSE:
                found[name] = values * close
            elif name == DIVIDEND:
                before = np.concatenate(
                    [np.full((paths, 1, close.shape[1]), _UNIT), close.reshape(paths, -1, close.shape[1])], axis=1
                )
                found[name] = values * before[:, :-1].reshape(close.shape)
            else:
                found[name] = values
        return found | {name: found[other] for name, other in self.same.items()}

    def _history(self, name: str, values: Array, when: Dates, closing: Instants) -> History:
        about = replace(self.market.series[name].about, lag_days=0, restates=False)
        return History(about, when, {CLOSE: np.ascontiguousarray(values)}, closing)


def rows_of(policy: Policy, market: Market, view: MarketView, *, reinvested: bool = False, complete: bool = False) -> Rows:
    """The table of a market, from the first session on which all prices and series are known; `view` stands at every session.

    With `reinvested` prices are total returns, and nothing is paid out; with `complete` fields with unknown values are left
    out. Raises DataError where an asset stops trading, where prices are known late or restated, and where they have gaps.
    """
    _require_drawable(market)
    prices = _reinvested(market) if reinvested else _prices(market)
    same = {}
    if TOTAL_RETURN in prices and np.array_equal(prices[TOTAL_RETURN], prices[CLOSE]):
        same[TOTAL_RETURN] = CLOSE
        del prices[TOTAL_RETURN]
    series = {name: view.series(name, 1) for name in market.series}
    grows = {name: _grows(policy, market.series[name].about) for name in series}
    beside = {name: _grown(values) if grows[name] else values[1:] for name, values in series.items()}
    first = _first(market, np.concatenate([prices[CLOSE], *beside.values()], axis=1))
    columns: dict[Field | str, Array] = {name: values[first:] for name, values in (prices | beside).items()}
    if complete:
        columns = {name: values for name, values in columns.items() if np.isfinite(values).all()}
    return _table(market, columns, same, {name for name, one in grows.items() if one})


def _prices(market: Market) -> dict[Field, Array]:
    """What each session brought (T - 1, A), field by field."""
    close = _above_0(market.fields[CLOSE])
    splits = np.ones_like(close) if market.splits is None else market.splits
    found = {CLOSE: close[1:] * splits[1:] / close[:-1]}
    for name, values in market.fields.items():
        if name == TOTAL_RETURN:
            found[name] = _grown(values)
        elif name in _OF_CLOSE:
            found[name] = values[1:] / close[1:]
        elif name == DIVIDEND and np.nan_to_num(values).any():
            found[name] = np.nan_to_num(values[1:]) * splits[1:] / close[:-1]
        elif name == TRADED:
            found[name] = values[1:]
    return found


def _above_0(values: Array) -> Array:
    """Prices as they are, NaN where they are not above 0: nothing grows from there."""
    return np.where(values > 0.0, values, np.nan)


def _grown(values: Array) -> Array:
    """Value over the one before (T - 1, ...); NaN where either is unknown or not above 0."""
    values = _above_0(values)
    return np.asarray(values[1:] / values[:-1])


def _reinvested(market: Market) -> dict[Field, Array]:
    """The same of assets whose price is their total return."""
    found = _prices(market)
    found.pop(DIVIDEND, None)
    return found | {CLOSE: found[TOTAL_RETURN]}


def _first(market: Market, must: Array) -> int:
    """The first row from which on all of `must` (T - 1, C) are known."""
    known: Mask = np.asarray(np.isfinite(must).all(axis=1))
    first = int(np.argmax(known)) if known.any() else len(known)
    if not known[first:].all():
        dates = market.sessions[1:][first:]
        what = f"prices or series have gaps after {dates[0]}, the first on {dates[~known[first:]][0]}"
        raise DataError(what, remedy="Draw from data without gaps: a later start, or fewer series.")
    return first


def _table(market: Market, columns: Mapping[Field | str, Array], same: Mapping[Field, Field], indices: set[str]) -> Rows:
    table = np.ascontiguousarray(np.concatenate(list(columns.values()), axis=1))
    grows, linear = np.zeros((2, table.shape[1]), dtype=bool)
    fields, series, at = dict[Field, slice](), dict[str, int](), 0
    for name, column in columns.items():
        here = slice(at, at + column.shape[1])
        if isinstance(name, str):
            series[name], grows[here] = at, name in indices
            linear[here] = market.series[name].about.kind is Kind.YIELD
        else:
            fields[name], grows[here], linear[here] = here, name in (CLOSE, TOTAL_RETURN), name == DIVIDEND
        at = here.stop
    positive = grows | (~linear & (table > 0.0).all(axis=0))
    return Rows(market, table, grows, positive, fields, series, same)


def _grows(policy: Policy, about: About) -> bool:
    """Whether only the growth of a series means anything."""
    return about.holdable or about.kind is Kind.RATE or reads_of(policy).get(about.name) is Reads.INDEX


def _require_drawable(market: Market) -> None:
    """Refuse what a row cannot carry."""
    why = "an asset stops trading" if market.endings else ""
    why = why or ("prices become known late" if market.known is not None else "")
    why = why or ("prices were restated" if any(market.earlier.values()) else "")
    if why:
        remedy = "Draw from histories that are whole: other assets, or an earlier end."
        raise DataError(f"{why}, which drawn rows cannot carry", remedy=remedy)
