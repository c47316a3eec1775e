"""What is new in what a source hands over: rows that were not there, corrections, restatements, and what went missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.arrays import Array, Index, Instants, Mask
from trimtab.core.terms import ADJUSTED
from trimtab.data.history import About, Kind
from trimtab.data.store.observations import Observations, in_order, latest, nothing, put_together, versions
from trimtab.data.store.verdicts import from_vendor

SAME = 1e-12  # relative: what a float may lose in arithmetic; vintages that a source tells apart stay apart
SAME_LEVEL = 2e-6  # of levels that a vendor anchors anew, rounded as vendors round them

_NEVER = np.datetime64("NaT", "D")
_ANCHORED = (Kind.TOTAL_RETURN, Kind.EXCESS_RETURN)


@dataclass(frozen=True, slots=True)
class Changes:
    """What came of one series: counts of rows by cause, and the span of what was handed over."""

    series: str
    added: int = 0
    corrected: int = 0
    restated: int = 0
    unchanged: int = 0
    vanished: int = 0
    first: np.datetime64 = _NEVER
    last: np.datetime64 = _NEVER
    reanchored: float = 1.0

    @property
    def words(self) -> str:
        """In a sentence for the screen."""
        parts = [
            f"{count} {word}"
            for count, word in (
                (self.added, "new"),
                (self.corrected, "corrected"),
                (self.restated, "restated"),
                (self.vanished, "no longer given (kept)"),
            )
            if count
        ]
        if self.reanchored != 1.0:
            parts.append(f"levels anchored anew by the vendor (x{self.reanchored:.6g}), ratios kept")
        return ", ".join(parts) or "nothing new"


def compared(
    about: About, rows: Observations, stored: Sequence[Observations], *, now: np.datetime64, dated: bool = False
) -> tuple[Changes, Observations]:
    """The changes of one series and the rows that they add. `rows` are in order; `stored` are its rows by field, in order.

    `dated`: the source itself says when each value became known. Then a later instant is a restatement and the same one a
    correction; else a changed value is news or a correction by the nature of the series.
    """
    before = _vendors(stored)
    rows, factor = _anchored(about, rows, before)
    known, old, since = _matched(rows, before, vintages=dated)
    same = known & _equal(rows.values, old, np.where(_levels(about, rows), SAME_LEVEL, SAME))
    changed = known & ~same
    news = changed & (rows.known > since)
    late = changed & ~news & (since < now) & (about.restates and not dated)
    corrected = changed & ~news & ~late
    instants = np.where(late, now, np.where(corrected, since, rows.known))
    changes = Changes(
        about.name,
        added=int((~known).sum()),
        corrected=int(corrected.sum()),
        restated=int((news | late).sum()),
        unchanged=int(same.sum()),
        vanished=_vanished(rows, before),
        first=rows.effective.min() if len(rows) else _NEVER,
        last=rows.effective.max() if len(rows) else _NEVER,
        reanchored=factor,
    )
    return changes, replace(rows, known=instants).take(~same)


def _vendors(stored: Sequence[Observations]) -> Observations:
    """The vendor's own versions of a series, verdicts of ours left out."""
    parts = [versions(part.take(from_vendor(part.sources))) for part in stored]
    return in_order(put_together(parts)) if parts else nothing()


def _levels(about: About, rows: Observations) -> Mask:
    """Which rows are levels that mean nothing but in ratios."""
    if about.kind in _ANCHORED:
        return np.ones(len(rows), dtype=bool)
    return rows.fields.among((ADJUSTED.name,))


def _anchored(about: About, rows: Observations, before: Observations) -> tuple[Observations, float]:
    """Levels that the vendor has anchored anew (a later dividend moves all of them), on the scale that is stored."""
    which = _levels(about, rows)
    if not which.any() or len(before) == 0:
        return rows, 1.0
    held = latest(before)
    at = _index(rows, held)
    shared = np.flatnonzero(which & (at >= 0) & np.isfinite(rows.values))
    shared = shared[np.isfinite(held.values[at[shared]])]
    if len(shared) == 0:
        return rows, 1.0
    last = shared[np.argmax(rows.effective[shared])]
    factor = float(held.values[at[last]] / rows.values[last])
    if abs(factor - 1.0) <= SAME:
        return rows, 1.0
    return replace(rows, values=np.where(which, rows.values * factor, rows.values)), factor


def _index(rows: Observations, held: Observations) -> Index:
    """(N,) where each row's date and field stand among `held`, one row a key; -1 where they do not."""
    both = put_together([rows, held])
    keys, theirs = both.keys[: len(rows)], both.keys[len(rows) :]
    if len(theirs) == 0:
        return np.full(len(rows), -1)
    at = np.minimum(np.searchsorted(theirs, keys), len(theirs) - 1)
    return np.where(theirs[at] == keys, at, -1)


def _matched(rows: Observations, before: Observations, *, vintages: bool) -> tuple[Mask, Array, Instants]:
    """For each row: is its date known at all, with which value in force, and since when."""
    if not vintages:
        held = latest(before)
        at = _index(rows, held)
        found = at >= 0
        safe = np.where(found, at, 0)
        if len(held) == 0:
            return found, np.full(len(rows), np.nan), rows.known
        return found, held.values[safe], np.where(found, held.known[safe], rows.known)
    both = put_together([before, rows])
    mine = np.append(np.zeros(len(before), dtype=bool), np.ones(len(rows), dtype=bool))
    order = np.lexsort((mine, both.known, both.keys))
    keys, values, known = both.keys[order], both.values[order], both.known[order]
    found = np.append(False, keys[1:] == keys[:-1])
    previous = np.append(np.nan, values[:-1]), np.append(known[:1], known[:-1])
    back = np.empty(len(order), dtype=np.intp)
    back[order] = np.arange(len(order))
    place = back[len(before) :]
    return found[place], previous[0][place], np.where(found, previous[1], known)[place]


def _equal(new: Array, old: Array, tolerance: Array) -> Mask:
    with np.errstate(invalid="ignore"):
        close = np.abs(new - old) <= tolerance * np.abs(old)
    return np.asarray(close | (np.isnan(new) & np.isnan(old)))


def _vanished(rows: Observations, before: Observations) -> int:
    """Dates inside the span handed over that were stored and are not given any more."""
    if len(rows) == 0 or len(before) == 0:
        return 0
    held = np.unique(before.effective)
    inside = held[(held >= rows.effective.min()) & (held <= rows.effective.max())]
    return int((~np.isin(inside, rows.effective)).sum())
