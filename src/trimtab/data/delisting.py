"""What a holder gets when trading ends: the delisting return, given or assumed, and the index that ends with it.

Compounded as CRSP does, R = (1 + r)(1 + dlret) - 1; the additive form falls below -100 %. Where no return is given:
-30 % after poor performance on NYSE and AMEX (Shumway 1997), -55 % on Nasdaq (Shumway and Warther 1999), 0 % for
mergers, closures and moves to another market. A position never vanishes: its proceeds go to cash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Interval

from trimtab.core.arrays import Array, Dates, frozen, require_shape
from trimtab.core.calendar import day
from trimtab.core.errors import DataError
from trimtab.core.terms import check_ranges
from trimtab.data.history import Action, ActionKind, Issue

_NYSE = frozenset({"", "XNYS", "XASE", "ARCX"})  # an unsaid market is New York, as in `About.market`
_NASDAQ = frozenset({"XNAS", "XNGS", "XNMS", "XNCM"})
_POOR = frozenset({"performance", "bankruptcy"})
_ORDERLY = frozenset({"merger", "closure", "moved"})

Loss = Annotated[float, Interval(ge=-1.0, le=0.0)]


@dataclass(frozen=True, slots=True)
class Exit:
    """How a holding ended: its delisting return, the price at which it went to cash, and what was assumed for it."""

    dlret: float
    price: float
    assumed: bool
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class DelistingReturns:
    """Returns assumed where a source gives none, decimal; and the call that settles one delisting."""

    performance: Loss = -0.30  # NYSE and AMEX, and markets for which nothing is documented
    nasdaq: Loss = -0.55
    unknown: Loss = -0.30  # no reason given

    def __post_init__(self) -> None:
        check_ranges(self)

    def __call__(self, action: Action, last: float, *, market: str = "", name: str = "", given: float = np.nan) -> Exit:
        """The exit from a unit last traded at `last`; `given` is a delisting return that a source states, decimal.

        The cash of the action wins over `given`, and both over what is assumed. Raises DataError for a return below -100 %.
        """
        _require(action, last, name)
        if np.isfinite(action.cash):
            return Exit(action.cash / last - 1.0, action.cash, assumed=False)
        if np.isfinite(given):
            if given < -1.0:
                what = f"the delisting return of {name or 'a unit'} on {action.effective} is {given:.4f}, below -100 %"
                raise DataError(what, remedy="Give a decimal: -.30 for -30 %.")
            return Exit(float(given), last * (1.0 + float(given)), assumed=False)
        dlret, why = self._assumed(action.reason.strip().lower(), market)
        issue = Issue(
            f"no delisting return is known ({why})", f"{name} {action.effective}".strip(), f"DEGRADE: {dlret:.0%} assumed"
        )
        return Exit(dlret, last * (1.0 + dlret), assumed=True, issues=(issue,))

    def _assumed(self, reason: str, market: str) -> tuple[float, str]:
        if reason in _ORDERLY:
            return 0.0, f"{reason}: the last price is taken as paid"
        if reason not in _POOR:
            return self.unknown, "reason unknown" if reason in ("", "unknown") else f"reason {reason!r} is unknown"
        if market in _NASDAQ:
            return self.nasdaq, f"{reason}, Nasdaq: Shumway and Warther 1999"
        if market in _NYSE:
            return self.performance, f"{reason}, NYSE and AMEX: Shumway 1997"
        return self.performance, f"{reason}, nothing documented for {market}: as for NYSE and AMEX"


def combined(r: float, dlret: float) -> float:
    """Return over the last period with the delisting in it, (1 + r)(1 + dlret) - 1: never below -100 %."""
    return (1.0 + r) * (1.0 + dlret) - 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Ended:
    """A total-return index with its last, assumed or given, step: dates (T + 1,), values (T + 1,), and how it ended."""

    dates: Dates
    index: Array
    exit: Exit


def ended(dates: Dates, index: Array, end: Exit, *, on: np.datetime64 | None = None) -> Ended:
    """The index (T,) with one more row: its last known value times (1 + dlret), dated `on`, by default the next weekday.

    No earlier row changes. Raises DataError where the index has no known value, or `on` does not lie after it.
    """
    require_shape("index", index, dates.shape)
    known = np.flatnonzero(np.isfinite(index))
    if len(known) == 0:
        raise DataError("an index without any known value cannot end", remedy="Check the file of prices.")
    when = day(on) if on is not None else np.busday_offset(dates[-1].astype("datetime64[D]"), 1, roll="backward")
    if when <= dates[-1]:
        what = f"a delisting that pays on {when} does not lie after the last row, {dates[-1]}"
        raise DataError(what, remedy="Cut the rows after the end of trading, or give the date of the payment.")
    last = index[known[-1]] * (1.0 + end.dlret)
    longer = np.append(dates, when.astype(dates.dtype))
    return Ended(frozen(longer), frozen(np.append(index, last)), end)


def _require(action: Action, last: float, name: str) -> None:
    if action.kind is not ActionKind.DELISTING:
        what = f"a {action.kind.value} of {name or 'a unit'} is no delisting"
        raise DataError(what, remedy="`actions.outcome` says what a unit turns into.")
    if not (np.isfinite(last) and last > 0.0):
        raise DataError(f"the last price of {name or 'a unit'} is {last:g}", remedy="Give the last price at which it traded.")
    if action.cash < 0.0:
        what = f"the cash of the delisting of {name or 'a unit'} on {action.effective} is {action.cash:g}"
        raise DataError(what, remedy="Give cash a unit, zero or more; leave it out where it is unknown.")
