"""The whole calendar of a market as plain arrays, made once a process out of exchange-calendars.

Read between 1970 and 2049, or the narrower bounds that the library states for a market. Codes are ISO 10383; a code that the
library knows as an alias has the hours of the market it stands for (XNAS and ARCX those of XNYS).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np

from trimtab.core.arrays import Dates, Instants, Mask, frozen
from trimtab.core.calendar import closes
from trimtab.core.errors import DataError, UsageError

FIRST, LAST = np.datetime64("1970-01-01"), np.datetime64("2049-12-31")

_PROBE = ("2022-01-03", "2022-12-30")  # inside the bounds of every calendar of the library
_YEAR = np.timedelta64(365, "D")
# Codes that the library does not know, of markets that share the sessions and closes of one it does.
_ALSO = {
    "XNGS": "XNYS",
    "XNMS": "XNYS",
    "XNCM": "XNYS",
    "IEXG": "XNYS",
    "XSHE": "XSHG",
    "XCME": "CMES",
    "XCBT": "CMES",
    "XNYM": "CMES",
    "XCEC": "CMES",
}


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Sessions (N,) with opens and closes (N,) UTC, the first and last date covered, and the zone of the wall clock."""

    market: str
    zone: str
    first: np.datetime64
    last: np.datetime64
    dates: Dates
    opens: Instants
    closes: Instants

    def weekdays(self, *, early: bool) -> Mask:
        """(7,) Monday to Sunday: whether the market usually trades, by the first or the last year covered."""
        days = self.dates[self._year(early=early)]
        counts = np.bincount((days.astype(np.int64) + 3) % 7, minlength=7)
        return np.asarray(2 * counts > counts.max())

    def hours(self, *, early: bool) -> tuple[int, int]:
        """Seconds after local midnight at which it usually opens and closes, by the first or the last year covered."""
        here = self._year(early=early)
        midnight = closes(self.dates[here], hour=0, zone=self.zone)
        return _usual(self.opens[here] - midnight), _usual(self.closes[here] - midnight)

    def _year(self, *, early: bool) -> slice:
        if early:
            return slice(0, int(np.searchsorted(self.dates, self.dates[0] + _YEAR)))
        return slice(int(np.searchsorted(self.dates, self.dates[-1] - _YEAR)), None)


@lru_cache(maxsize=64)
def table(market: str) -> Table:
    """The calendar of a market. Raises DataError for one without a calendar, UsageError without exchange-calendars."""
    library = _library()
    code = _code(library, market)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the library's own, about what later versions of pandas drop
        try:
            probe = library.get_calendar(code, start=_PROBE[0], end=_PROBE[1])
            first, last = _bound(probe.bound_min(), FIRST, max), _bound(probe.bound_max(), LAST, min)
            calendar = library.get_calendar(code, start=str(first), end=str(last))
        except (ValueError, NotImplementedError) as error:  # some calendars cannot be built with some versions of pandas
            what = f"exchange-calendars {library.__version__} cannot build the calendar of {market} ({type(error).__name__})"
            raise DataError(what, remedy="Try another version of exchange-calendars or pandas.") from error
        dates = np.asarray(calendar.sessions.to_numpy(), dtype="datetime64[D]")
        zone = str(getattr(calendar.tz, "key", calendar.tz))
        return Table(market, zone, first, last, frozen(dates), _utc(calendar.opens), _utc(calendar.closes))


def _library() -> Any:
    try:
        return import_module("exchange_calendars")
    except ImportError as error:
        remedy = "Run: pip install 'trimtab[store]'."
        raise UsageError("the sessions of markets need exchange-calendars, which is not installed", remedy=remedy) from error


def _code(library: Any, market: str) -> str:
    """The library's name of a market."""
    known = set(library.get_calendar_names(include_aliases=True))
    if market in known:
        return str(library.resolve_alias(market))
    if market in _ALSO:
        return _ALSO[market]
    near = get_close_matches(market.upper(), sorted(known | set(_ALSO)), 4, 0.5)
    hint = f"Near codes: {', '.join(near)}." if near else "Examples: XNYS, XLON, XTKS, 24/7."
    raise DataError(f"no calendar of the market {market!r} is known", remedy=f"Give its ISO 10383 code. {hint}")


def _bound(stated: Any, ours: np.datetime64, choose: Any) -> np.datetime64:
    return ours if stated is None else np.datetime64(choose(ours, np.datetime64(stated.to_datetime64(), "D")), "D")


def _utc(column: Any) -> Instants:
    return frozen(np.asarray(column.dt.tz_localize(None).to_numpy(), dtype="datetime64[s]"))


def _usual(times: Any) -> int:
    """The commonest of some times of day, in seconds."""
    values, counts = np.unique(times.astype(np.int64), return_counts=True)
    return int(values[np.argmax(counts)])
