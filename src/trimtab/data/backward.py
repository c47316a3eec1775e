"""The adjusted close as vendors print it, out of closes, splits and dividends.

Factors 1 - D / P of the close before each ex-date (Yahoo's rule; the textbook backward factor), anchored at the last row:
every later dividend changes every earlier level, so that such a series is a vintage. Only its ratios mean anything.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array, require_shape
from trimtab.core.errors import DataError
from trimtab.data.adjust import as_seen


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
