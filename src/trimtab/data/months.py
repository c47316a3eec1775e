"""Months as dates: monthly data are dated by the last weekday of their month, and returns become an index.

A month-end that falls on a weekend would meet no session, so the last weekday (Monday to Friday) stands for it;
exchange holidays are not looked at.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array, Dates


def last_weekdays(months: Dates) -> Dates:
    """The last Monday-to-Friday date (T,) of each of `months` (T,), given as datetime64[M]."""
    following = (months.astype("datetime64[M]") + 1).astype("datetime64[D]")
    return np.busday_offset(following, -1, roll="forward")


def compounded(months: Dates, returns: Array) -> tuple[Dates, Array]:
    """Dates and levels (T + 1,) of the index that earned `returns` (T,) in `months` (T,); starts at 1 a month before.

    Returns are simple and decimal. The months must follow each other without a gap.
    """
    months = months.astype("datetime64[M]")
    dates = last_weekdays(np.concatenate([months[:1] - 1, months]))
    return dates, np.concatenate([[1.0], np.cumprod(1.0 + returns)])
