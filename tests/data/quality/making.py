"""Small histories for worked examples: a calm walk of prices, and what a vendor puts beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, VOLUME, Field
from trimtab.data.history import About, History, Kind
from trimtab.data.quality.findings import Finding, Outcome
from trimtab.data.quality.inspection import inspect
from trimtab.data.quality.settings import Settings


def weekdays(count: int, first: str = "2021-01-04") -> Dates:
    return np.busday_offset(np.datetime64(first), np.arange(count))


def walk(seed: int, days: int = 300, vol: float = 0.01, start: float = 100.0) -> Array:
    """Prices of a calm walk: daily changes of `vol`, none of them wild."""
    rng = np.random.default_rng(seed)
    return start * np.exp(np.cumsum(np.clip(rng.normal(0.0, vol, days), -3 * vol, 3 * vol)))


def named(name: str, dates: Dates, fields: Mapping[Field, Array], kind: Kind = Kind.PRICE_AND_DIVIDENDS) -> History:
    return History(About(name, name, kind, "made by hand"), dates, {k: np.array(v, dtype=float) for k, v in fields.items()})


def plain(close: Sequence[float] | Array, name: str = "X", kind: Kind = Kind.PRICE) -> History:
    return named(name, weekdays(len(close)), {CLOSE: np.array(close, dtype=float)}, kind)


def backward(close: Array, dividend: Array) -> Array:
    """Adjusted closes the slow way: each dividend D takes the factor 1 - D/P off all prices before it."""
    made = np.array(close, dtype=float)
    for t in np.flatnonzero(dividend > 0.0):
        made[:t] *= 1.0 - dividend[t] / close[t - 1]
    return made


def payer(seed: int, amounts: Mapping[int, float], days: int = 300, vol: float = 0.01) -> History:
    """A walk that falls by each of `amounts` (cash on its row), with prices of the day and adjusted closes."""
    close, dividend = walk(seed, days, vol), np.zeros(days)
    for row, cash in amounts.items():
        dividend[row] = cash
        close[row:] *= 1.0 - cash / close[row - 1]
    rng = np.random.default_rng([seed, 1])
    first = close * np.exp(0.3 * vol * rng.standard_normal(days))
    high, low = np.maximum(first, close) * (1.0 + 0.2 * vol), np.minimum(first, close) * (1.0 - 0.2 * vol)
    fields = {OPEN: first, HIGH: high, LOW: low, CLOSE: close, VOLUME: np.full(days, 1e5)}
    fields |= {DIVIDEND: dividend, SPLIT: np.zeros(days), ADJUSTED: backward(close, dividend)}
    return named("X", weekdays(days), fields)


def with_field(history: History, field: Field, values: Array) -> History:
    return replace(history, fields={**history.fields, field: np.array(values, dtype=float)})


def scaled(history: History, rows: slice | Sequence[int] | Array, factor: float, fields: Sequence[Field]) -> History:
    """Some fields multiplied on some rows."""
    for field in fields:
        values = history.fields[field].copy()
        values[rows] *= factor
        history = with_field(history, field, values)
    return history


def found(history: History, *peers: History, split_adjusted: bool = False) -> tuple[Finding, ...]:
    """What is found in `history` alone, beside its peers."""
    settings = Settings(split_adjusted=frozenset({history.about.name} if split_adjusted else ()))
    return tuple(f for f in inspect([history, *peers], settings=settings) if f.series == history.about.name)


def of(findings: Sequence[Finding], *outcomes: Outcome) -> list[Finding]:
    return [finding for finding in findings if finding.outcome in outcomes]


def changing(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.changes]
