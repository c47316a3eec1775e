"""The adjusted close as vendors print it, and where a vendor's own disagrees with its closes and dividends.

Factors 1 - D / P of the close before each ex-date (Yahoo's rule; the textbook backward factor), anchored at the last row:
every later dividend changes every earlier level, so that such a series is a vintage. Only its ratios mean anything.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array, require_shape
from trimtab.core.errors import DataError
from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, SPLIT
from trimtab.data.adjust import as_seen
from trimtab.data.history import History, Issue

TOLERANCE = 1e-3  # of a daily return: what two roundings to cents leave on prices of some ten units of currency


def backward_adjusted(close: Array, dividend: Array, *, split: Array | None = None) -> Array:
    """Adjusted close (T,), equal to the close in the last row; NaN where the close is.

    `close` and `dividend` (T,) are as traded where `split` (T,) is given, else both on the scale of the last row.
    Raises DataError for a dividend not below the close before it: its factor would not be above zero.
    """
    if split is not None:
        close, dividend = as_seen(close, split), as_seen(dividend, split)
    require_shape("dividend", dividend, close.shape)
    factor = np.ones(len(close))
    for row in np.flatnonzero(np.nan_to_num(dividend) != 0.0):  # ex-dates alone
        before = close[:row][np.isfinite(close[:row])]
        if len(before) == 0:
            continue  # nobody held it
        factor[row] = 1.0 - dividend[row] / before[-1]
        if factor[row] <= 0.0:
            what = f"the dividend of {dividend[row]:g} in row {row} is not below the close of {before[-1]:g} before it"
            raise DataError(what, remedy="Check its unit (pence, cents) and whether it is a special action.")
    later = np.append(np.cumprod(factor[:0:-1])[::-1], 1.0)[-len(close) :] if len(close) else factor
    return np.asarray(close * later)


def disagreements(history: History, *, tolerance: float = TOLERANCE) -> tuple[Issue, ...]:
    """Dates on which the vendor's ADJUSTED moves unlike the history's own closes and dividends, with a word on why.

    A dividend that is missing in the adjusted close, or in it twice, is named as such.
    """
    fields = history.fields
    if ADJUSTED not in fields or DIVIDEND not in fields:
        return ()
    split = fields.get(SPLIT)
    rows = np.flatnonzero(np.isfinite(fields[CLOSE]) & np.isfinite(fields[ADJUSTED]))
    own = backward_adjusted(fields[CLOSE], fields[DIVIDEND], split=split)[rows]
    theirs = fields[ADJUSTED][rows]
    close = (fields[CLOSE] if split is None else as_seen(fields[CLOSE], split))[rows]
    steps = np.stack([values[1:] / values[:-1] for values in (own, theirs, close)])
    off = np.flatnonzero(np.abs(steps[1] / steps[0] - 1.0) > tolerance)
    return tuple(_issue(history, rows[k + 1], steps[:, k]) for k in off)


def _issue(history: History, row: int, steps: Array) -> Issue:
    own, theirs, price = steps
    gain = own / price - 1.0  # what the dividend adds
    excess = theirs / price - 1.0
    why = ""
    if gain > 0.0 and abs(excess) < 0.1 * gain:
        why = ": the dividend is missing in it"
    elif gain > 0.0 and abs(excess / gain - 2.0) < 0.1:
        why = ": the dividend is in it twice"
    what = f"the vendor's adjusted close moves {theirs - 1.0:+.4f}, closes and dividends {own - 1.0:+.4f}{why}"
    return Issue(what, f"{history.about.name} {history.dates[row]}", "the derived total return is used, not the vendor's")
