"""When the world knew a macro value: its period's last day, and business days from there to its publication.

Statistical offices stamp a month, quarter or year with its first day; the value describes the whole of it, so its
effective date becomes the last weekday of the period and the lag counts from there. Lags are deliberately on the late side
(METHODS 12): where the real dates of publication matter, take vintages (ALFRED).
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Dates
from trimtab.data.months import last_weekdays

# Business days from the effective date. A daily rate comes out the next business day; a week ending on Saturday on the
# Thursday after it; a month's figures in the middle of the next one; a quarter's first estimate about thirty days after
# it; a year's after about three months.
LAG_DAYS = {"daily": 1, "weekly": 5, "monthly": 12, "quarterly": 23, "annual": 65}

MONTHS = {"monthly": 1, "quarterly": 3, "annual": 12}  # in a period of each frequency


def frequency_of(dates: Dates) -> str:
    """How far apart rising `dates` (T,) lie: daily, weekly, monthly, quarterly or annual.

    A month, a quarter or a year is recognised where every date is the first day of a month. One date alone that is such a
    day counts as a month, which dates it late rather than early.
    """
    step = float(np.median(np.diff(dates).astype(np.int64))) if len(dates) > 1 else 1.0
    if len(dates) and bool((dates == dates.astype("datetime64[M]")).all()):
        return "monthly" if step < 60 else "quarterly" if step < 200 else "annual"
    return "weekly" if step >= 5 else "daily"


def period_ends(dates: Dates, frequency: str) -> Dates:
    """Effective dates (T,): the last weekday of each period stamped with its first day; other frequencies as they are."""
    if frequency not in MONTHS:
        return dates
    return last_weekdays(dates.astype("datetime64[M]") + (MONTHS[frequency] - 1))
