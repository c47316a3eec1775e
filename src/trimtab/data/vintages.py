"""Series with vintages: the value of each period as it was known at each of many instants, all at once.

Rows of a `History` are versions, by effective date and by the instant they became known. What is in force at an instant
is the last version of a period known by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.arrays import Array, Dates, Index, Instants, Mask, frozen
from trimtab.core.terms import Field
from trimtab.data.history import History
from trimtab.data.publication import known_instants

LONG_AGO = np.datetime64("0001-01-01", "s")


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Values (D, T, S) of S series on T periods as known at D instants; NaN where nothing was known."""

    names: tuple[str, ...]
    instants: Instants
    periods: Dates
    values: Array


def instants_of(history: History) -> Instants:
    """(T,) when each row became known (UTC)."""
    return history.known if history.known is not None else known_instants(history)


def periods_of(history: History) -> tuple[Dates, Index]:
    """The distinct dates (P,) of a history, and the number of its period (T,) for each row."""
    if not history.revised:
        return history.dates, np.arange(len(history.dates))
    new = np.append(True, _new(history))
    return history.dates[new], np.cumsum(new) - 1


def first_known(history: History) -> Instants:
    """(P,) when each period was first known."""
    known = instants_of(history)
    if not history.revised:
        return known
    return np.asarray(known[np.append(True, _new(history))])


def in_sequence(known: Instants) -> bool:
    """Whether every row was known no earlier than the one before it."""
    return not bool(np.isnat(known).any()) and bool((known[1:] >= known[:-1]).all())


def last_known_period(first: Instants, cutoffs: Instants) -> Index:
    """(D,) the latest period known by each cut-off, by when each was `first` known (P,); -1 where none is."""
    if len(first) == 0:
        return np.full(len(cutoffs), -1, dtype=np.intp)
    order = np.argsort(first, kind="stable")
    reached = np.maximum.accumulate(order)
    at = np.searchsorted(first[order], cutoffs, side="right") - 1
    return np.where(at >= 0, reached[at], -1)


def in_force(history: History, periods: Index, cutoffs: Instants) -> Index:
    """Rows (D, n) of `history` that hold for `periods` (D, n) at each of `cutoffs` (D,); -1 where none is known.

    Periods below zero are before the first one.
    """
    known = instants_of(history)
    _, number = periods_of(history)
    ranks = np.unique(known)
    width = len(ranks) + 1
    rows = number * width + np.searchsorted(ranks, known)  # rises with period and instant
    asked = periods * width + (np.searchsorted(ranks, cutoffs, side="right") - 1)[:, None]
    at = np.searchsorted(rows, asked, side="right") - 1
    good = (periods >= 0) & (at >= 0)
    good &= number[np.where(good, at, 0)] == periods
    return np.where(good, at, -1)


def panel(histories: Sequence[History], instants: Instants) -> Panel:
    """What was known of the closing values of `histories` at each of `instants` (D,), in any order.

    The instants are walked through in order: each takes over what became known since the one before it.
    """
    periods = np.unique(np.concatenate([history.dates for history in histories]))
    order = np.argsort(instants, kind="stable")
    count = len(histories)
    begins = np.concatenate([np.searchsorted(instants[order], instants_of(history)) for history in histories])
    cells = np.concatenate([np.searchsorted(periods, h.dates) * count + s for s, h in enumerate(histories)])
    arrival = np.argsort(begins, kind="stable")  # versions of a cell keep their order
    cells, values = cells[arrival], np.concatenate([history.values for history in histories])[arrival]
    ends = np.searchsorted(begins[arrival], np.arange(len(instants)), side="right")
    found = np.empty((len(instants), len(periods) * count))
    standing, begin = np.full(len(periods) * count, np.nan), 0
    for row, end in zip(order.tolist(), ends.tolist(), strict=True):  # each instant stands on the one before it
        standing[cells[begin:end]] = values[begin:end]
        found[row], begin = standing, end
    names = tuple(history.about.name for history in histories)
    return Panel(names, instants, periods, frozen(found.reshape(len(instants), len(periods), count)))


def first_versions(history: History) -> History:
    """One row a date, as it was first known."""
    return _picked(history, np.append(True, _new(history))) if history.revised else history


def last_versions(history: History) -> History:
    """One row a date, as it is known in the end."""
    return _picked(history, np.append(_new(history), True)) if history.revised else history


def _new(history: History) -> Mask:
    """(T - 1,) whether a row has another date than the one before it."""
    return np.asarray(np.diff(history.dates) > np.timedelta64(0, "D"))


def _picked(history: History, rows: Mask) -> History:
    fields = {name: values[rows] for name, values in history.fields.items()}
    return replace(history, dates=history.dates[rows], fields=fields, known=instants_of(history)[rows])


@dataclass(frozen=True, slots=True)
class Restated:
    """A value of a period that held from one instant until another."""

    period: int
    since: np.datetime64
    until: np.datetime64
    value: float


def restated_values(history: History, names: Sequence[Field]) -> Iterator[tuple[Field, Restated]]:
    """Every value of the named fields that was replaced by another one later."""
    known = instants_of(history)
    _, number = periods_of(history)
    for row in np.flatnonzero(~_new(history)).tolist():  # few: the rows that a later one replaces
        for name in names:
            values = history.fields.get(name)
            if values is not None and values[row] != values[row + 1]:  # NaN too: not known yet
                yield name, Restated(int(number[row]), known[row], known[row + 1], float(values[row]))
