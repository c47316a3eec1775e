"""Walk-forward splits: learn from the past, be judged on the time until the next refit, and go on (Pardo 1992).

Anchored, all of the past is learnt from; rolling, the last rows of it. Rows whose labels reach into the time to be judged
on are left out, for on the day of the refit their outcomes were not known.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Dates, Index
from trimtab.core.errors import ParameterError
from trimtab.validation.splits import Labels, Split, apart


def walk_forward(labels: Labels, refits: Index, *, window: int | None = None) -> tuple[Split, ...]:
    """One split a refit: judged on the rows from it to the next refit, the last one to the end of the history.

    `refits` are row numbers, rising. With `window` it learns from the last so many rows whose outcomes are known, else
    from all of them. Raises ParameterError for refits that do not rise or lie outside the history, and for a refit before
    which there are fewer than `window` such rows, or none.
    """
    count, rows = len(labels), np.asarray(refits, dtype=np.intp)
    if rows.ndim != 1 or not len(rows) or (np.diff(rows) <= 0).any() or rows[0] < 0 or rows[-1] >= count:
        what = f"refits {rows.tolist()} do not rise, or lie outside rows 0 to {count - 1}"
        raise ParameterError(what, field="refits", remedy="Give at least one row number, each once, in time order.")
    if window is not None and window < 1:
        raise ParameterError(f"a window of {window} rows", field="window", remedy="Give 1 or more, or None for all.")
    ends = np.append(rows[1:], count)
    return tuple(_split(labels, int(begin), int(end), window) for begin, end in zip(rows, ends, strict=True))


def refits_every(count: int, *, first: int, every: int) -> Index:
    """Row numbers of refits in `count` rows: `first`, and each `every` rows later."""
    if every < 1 or not 0 <= first < count:
        what = f"refits from row {first} on, every {every} rows, in a history of {count}"
        raise ParameterError(what, remedy="Begin inside the history, and give 1 or more rows between refits.")
    return np.arange(first, count, every)


def refits_on(dates: Dates, *, first: int, months: int = 12) -> Index:
    """Row numbers of refits by the calendar: the first of `dates` (T,) in each period of `months`, from row `first` on.

    Periods of 1, 2, 3, 4, 6 and 12 months begin with the year. Raises ParameterError for dates that do not rise, and where
    no period begins from `first` on.
    """
    days = np.asarray(dates).astype("datetime64[D]")
    if months < 1 or first < 0 or (np.diff(days) <= np.timedelta64(0, "D")).any():
        what = f"refits every {months} months from row {first} on, or dates that do not rise"
        raise ParameterError(what, remedy="Give 1 or more months, a row number, and each date once, in time order.")
    period = days.astype("datetime64[M]").astype(np.intp) // months
    begins = np.flatnonzero(np.diff(period)) + 1
    found = begins[begins >= first]
    if not len(found):
        raise ParameterError(f"no period of {months} months begins from row {first} on", remedy="Refit more often.")
    return np.asarray(found)


def _split(labels: Labels, begin: int, end: int, window: int | None) -> Split:
    test = np.arange(begin, end)
    train = apart(labels, np.arange(begin), test)
    if window is not None and len(train) < window:
        what = f"the refit at row {begin} has {len(train)} rows with known outcomes, fewer than the window of {window}"
        raise ParameterError(what, field="window", remedy="Refit later at first, or shorten the window.")
    return Split(train if window is None else train[-window:], test)
