"""A series carried into another currency, from rates that were known.

The price of a date meets the last rate dated on or before it, not older than some days, never a later one; the product is known
when both are. Volumes and split ratios carry no currency. An index of futures returns carries it on its profit alone:
1 + r X_t / X_t', since nothing is invested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.arrays import Array, Dates, Instants, frozen
from trimtab.core.errors import DataError
from trimtab.core.terms import ADJUSTED, CAPITAL_GAINS, CLOSE, DIVIDEND, HIGH, LOW, OPEN, TOTAL_RETURN, Field
from trimtab.data.currencies import Leg, major, quotes, route
from trimtab.data.history import Action, History, Issue, Kind
from trimtab.data.publication import known_instants

AMOUNTS = (OPEN, HIGH, LOW, CLOSE, DIVIDEND, CAPITAL_GAINS, TOTAL_RETURN, ADJUSTED)
MOST_DAYS = 5  # over a long weekend a rate of Thursday still serves on Tuesday

_LONG_AGO = np.datetime64("0001-01-01", "s")


@dataclass(frozen=True, slots=True, eq=False)
class Conversion:
    """Rates (T,) in units of the target for one of the source, NaN where none is recent enough, and when each was known."""

    rate: Array
    known: Instants
    path: str
    is_average: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Exchange rates by name of the series, and how to use them.

    `pairs` names the pair of a series whose name does not say it. `via` asks for a cross through that currency. A rate
    older than `most_days` calendar days is no rate.
    """

    series: Mapping[str, History]
    most_days: int = MOST_DAYS
    pairs: Mapping[str, str] | None = None
    via: str = ""

    def conversion(self, source: str, target: str, dates: Dates) -> Conversion:
        """What converts amounts of each date (T,). Raises DataError where a pair is missing, naming the one to add."""
        (start, unit), (end, other) = major(source), major(target)
        legs = route(start, end, quotes(self.series, self.pairs), via=self.via)
        rate, known = np.full(len(dates), unit / other), np.full(len(dates), _LONG_AGO)
        for leg in legs:
            value, instants = self._leg(leg, dates)
            rate, known = rate * value, np.maximum(known, instants)
        average = any(self.series[leg.quote.series].about.is_average for leg in legs)
        return Conversion(frozen(rate), frozen(known), " and ".join(map(str, legs)) or f"a fixed {unit / other:g}", average)

    def _leg(self, leg: Leg, dates: Dates) -> tuple[Array, Instants]:
        """The last rate on or before each date (T,), and when it was known (long ago where there is none)."""
        history = self.series[leg.quote.series]
        _require_rates(history)
        rows = np.flatnonzero(np.isfinite(history.values))
        if len(rows) == 0:
            return np.full(len(dates), np.nan), np.full(len(dates), _LONG_AGO)
        at = np.searchsorted(history.dates[rows], dates, side="right") - 1
        row = rows[np.maximum(at, 0)]
        fresh = (at >= 0) & (dates - history.dates[row] <= np.timedelta64(self.most_days, "D"))
        value = 1.0 / history.values[row] if leg.inverse else history.values[row]
        instants = history.known if history.known is not None else known_instants(history)
        return np.where(fresh, value, np.nan), np.where(fresh, instants[row], _LONG_AGO)


def converted(
    history: History,
    to: str,
    rates: Mapping[str, History],
    *,
    most_days: int = MOST_DAYS,
    pairs: Mapping[str, str] | None = None,
    via: str = "",
) -> History:
    """A history in another currency; one whose currency is unsaid, or the same, is handed back as it is.

    `rates` are histories by name; the other arguments are those of `Rates`. Values without a recent rate are NaN, and an
    issue counts them. Raises DataError for a missing pair, for yields and exchange rates, and for rates at or below zero.
    """
    source = history.about.currency
    if source in ("", to):
        return history
    _require_amounts(history)
    used = Rates(rates, most_days, pairs, via)
    found = used.conversion(source, to, history.dates)
    fields = _fields(history, found.rate)
    own = history.known if history.known is not None else known_instants(history)
    notes = (*history.about.notes, f"converted from {source} by {found.path}")
    about = replace(history.about, currency=to, notes=notes, is_average=history.about.is_average or found.is_average)
    rows = _distinct(history.dates, np.maximum(own, found.known))
    return History(
        about,
        history.dates[rows],
        {name: values[rows] for name, values in fields.items()},
        np.maximum(own, found.known)[rows],
        (*history.issues, *_missing(history, found, most_days)),
        tuple(_action(action, used, source, to) for action in history.actions),
    )


def _fields(history: History, rate: Array) -> dict[Field, Array]:
    given = history.fields
    if history.about.kind is not Kind.EXCESS_RETURN:
        return {name: values * rate if name in AMOUNTS else values for name, values in given.items()}
    close = _profit(given[CLOSE], rate)
    scale = close / given[CLOSE]
    return {name: values * scale if name in AMOUNTS else values for name, values in given.items()} | {CLOSE: close}


def _profit(index: Array, rate: Array) -> Array:
    """An index (T,) whose returns alone are converted, starting where the given one does."""
    made = np.full(len(index), np.nan)
    rows = np.flatnonzero(np.isfinite(index) & np.isfinite(rate))
    if len(rows):
        value, fx = index[rows], rate[rows]
        steps = np.append(1.0, 1.0 + (value[1:] / value[:-1] - 1.0) * (fx[1:] / fx[:-1]))
        made[rows] = value[0] * np.cumprod(steps)
    return made


def _distinct(dates: Dates, known: Instants) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Rows without those that a later vintage of the same date has overtaken before a rate was known."""
    overtaken = (dates[1:] == dates[:-1]) & (known[1:] <= known[:-1])
    return np.flatnonzero(np.append(~overtaken, True)[: len(dates)])


def _missing(history: History, found: Conversion, most_days: int) -> tuple[Issue, ...]:
    count = int((np.isfinite(history.values) & np.isnan(found.rate)).sum())
    if not count:
        return ()
    what = f"{count} value{'s' if count > 1 else ''} without a rate ({found.path}) of the {most_days} days before"
    return (Issue(what, history.about.name, "kept as unknown"),)


def _action(action: Action, used: Rates, source: str, to: str) -> Action:
    rate = float(used.conversion(source, to, np.array([action.effective], dtype="datetime64[D]")).rate[0])
    return replace(action, cash=action.cash * rate, price=action.price * rate)


def _require_amounts(history: History) -> None:
    about = history.about
    if about.kind in (Kind.YIELD, Kind.RATE):
        what = f"{about.name} is a series of kind {about.kind.value}, which no exchange rate carries over"
        raise DataError(what, remedy="Convert prices and indices only.")
    if about.kind is Kind.EXCESS_RETURN and history.revised:
        raise DataError(f"{about.name} holds several vintages of a date", remedy="Read it as of an instant first.")


def _require_rates(history: History) -> None:
    if history.revised:
        raise DataError(f"the rates {history.about.name} hold several vintages", remedy="Read them as of an instant first.")
    bad = np.flatnonzero(history.values <= 0.0)
    if len(bad):
        what = f"the rate {history.about.name} on {history.dates[bad[0]]} is {history.values[bad[0]]:g}"
        raise DataError(what, remedy="Rates are above zero; leave unknown ones empty (NaN).")
