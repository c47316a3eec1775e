"""The words of signals: amounts, percentages, and which close comes next.

Prices in sentences are total-return index values on the scale of the last close, so that the last one is the price that
a person knows, and a level is the close at which it will be reached if nothing is paid out before.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.roles import View
from trimtab.core.terms import CLOSE, DAY, MONTH, TOTAL_RETURN, Span, Step

_ENDS = {MONTH: "month-end close", Step.WEEK: "week-end close", DAY: "close"}


def amount(value: float) -> str:
    """A price: two decimals, or four digits where it is below 1."""
    return f"{value:.2f}" if abs(value) >= 1.0 else f"{value:.4g}"


def percent(value: float, *, digits: int = 1) -> str:
    """A signed percentage of a fraction."""
    return f"{100.0 * value:+.{digits}f} %"


def prices(view: View, span: Span, asset: int) -> Array:
    """(n,) the last `span` of one asset's total-return index at the last date, scaled so that the last is its close."""
    if len(view.days) == 0:
        return np.full(span.count, np.nan)
    index = view.window(TOTAL_RETURN, span.count, every=span.every)[-1, :, asset]
    close = float(view.window(CLOSE, 1)[-1, 0, asset])
    if not np.isfinite(close) or not index[-1] > 0.0:
        return index
    return np.asarray(index * (close / index[-1]))


def ended(view: View, every: Step) -> bool:
    """Whether the last date ends its step: no weekday is left in its week, at most one (a holiday) in its month."""
    if every is DAY or len(view.days) == 0:
        return True
    day = view.days.dates[-1].astype("datetime64[D]") + 1
    if every is MONTH:
        following = ((day - 1).astype("datetime64[M]") + 1).astype("datetime64[D]")
        return bool(np.busday_count(day, following) <= 1)
    return bool(day.astype(np.int64) % 7 in (2, 3, 4))  # Saturday, Sunday, Monday: day 0 was a Thursday


def upcoming(view: View, every: Step, rows: Array) -> Array:
    """The rows of the next window but its last, which is not known yet: (n - 1,) of (n,)."""
    return rows[1:] if ended(view, every) else rows[:-1]


def period_close(every: Step) -> str:
    """What the last close of a period is called."""
    return _ENDS[every]


def close_now(view: View, every: Step) -> str:
    """What the last close is called."""
    return period_close(every) if ended(view, every) else "close"


def close_next(view: View, every: Step) -> str:
    """When the answer can change next."""
    if every is DAY or ended(view, every):
        return f"the next {_ENDS[every]}"
    return f"a later close this {'month' if every is MONTH else 'week'}"


def above_or_below(where: float) -> str:
    """The side in a word."""
    return "above" if where > 0.0 else "below" if where < 0.0 else "level with"


def left_out(skip: Span) -> str:
    """That the last rows play no part; empty where they do."""
    return f" leaving out the last {skip}" if skip.count else ""


def turning(where: float, down: float, up: float, when: str) -> str:
    """What flips a state: a close below `down`, or above `up` (in price; 0 and infinity are never reached).

    Empty where either is unknown.
    """
    if np.isnan(down) or np.isnan(up):
        return ""
    fall = f"below {amount(down)}" if down > 0.0 else ""
    rise = f"above {amount(max(up, 0.0))}" if np.isfinite(up) else ""
    if where == 0.0:
        ways = [f"{name} {way}" for name, way in (("up", rise), ("down", fall)) if way]
        return f"turns {', '.join(ways)} at {when}" if ways else ""
    way = fall if where > 0.0 else rise
    return f"flips {way} at {when}" if way else f"no close flips it at {when}"
