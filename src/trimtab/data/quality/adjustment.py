"""Adjusted closes put right: all rows before a payment carry its factor 1 - D/P, so a wrong D is one factor on them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Index, Mask
from trimtab.core.terms import CLOSE, DIVIDEND, HIGH, LOW
from trimtab.data.history import History
from trimtab.data.quality.findings import Finding, Outcome, Verdict, at_rows
from trimtab.data.quality.payments import ROUNDING, Payments, implied_cash, index_field
from trimtab.data.quality.track import Track

_SAME = 1e-9  # relative: below it an adjusted close does not change


@dataclass(frozen=True, slots=True)
class Change:
    """What a payment means for the adjusted closes before `place` on the path: times `factor`, or NaN for unknown.

    `payment` is its number among the payments, -1 for one that stands in no list.
    """

    payment: int
    place: int
    factor: float
    what: str
    sure: float


def true(paid: Payments, which: Index, truth: Array, what: str, sure: float) -> list[Change]:
    """Changes that follow when payments `which` (n,) were `truth` (n,)."""
    part = paid.pick(which)
    factor = (1.0 - truth / part.before) / (1.0 - part.implied / part.before)
    fine = np.abs(part.implied - truth) <= 0.03 * np.abs(truth) + part.rounding  # the adjusted close has it right
    factor = np.where(np.isfinite(factor) & ~fine, factor, 1.0)
    return [Change(int(n), int(p), float(f), what, sure) for n, p, f in zip(which, part.place, factor, strict=True)]


def unknown(paid: Payments, which: Index, truth: Array, what: str) -> list[Change]:
    """Changes that follow when nobody knows what payments `which` (n,) were; `truth` (n,) is the best guess."""
    part = paid.pick(which)
    counted = np.maximum(np.abs(part.implied), np.abs(part.implied - truth)) > part.rounding
    factor = np.where(counted, np.nan, 1.0)
    return [Change(int(n), int(p), float(f), what, 0.9) for n, p, f in zip(which, part.place, factor, strict=True)]


def corrected(history: History, path: Track, changes: Sequence[Change], name: str) -> Iterator[Finding]:
    """Adjusted closes that change by a factor, and those before the last unknown payment, which are set aside."""
    field = index_field(history)
    real = [change for change in changes if not abs(change.factor - 1.0) <= _SAME]
    if field is None or not real:
        return
    factor = np.ones(len(history.dates))
    for change in real:
        factor[: path.rows[change.place]] *= change.factor
    values = history.fields[field]
    what = "; ".join(dict.fromkeys(change.what for change in real))
    known = np.isfinite(values)
    lost = np.flatnonzero(known & np.isnan(factor))
    if len(lost):
        verdict = Verdict("A8", Outcome.QUARANTINE, 0.9, what, "adjusted closes before it are set aside")
        yield at_rows(history, name, verdict, lost, field)
    rows = np.flatnonzero(known & (np.abs(factor - 1.0) > _SAME))
    if len(rows):
        sure = min(change.sure for change in real)
        verdict = Verdict("A8", Outcome.REPAIR, sure, what, "the adjusted closes before it are computed again")
        yield at_rows(history, name, verdict, rows, field, values[rows] * factor[rows])


def loose_steps(history: History, path: Track, name: str, known: Index) -> Iterator[Finding]:
    """Adjustments where no dividend is listed: cells that stand alone are set aside, steps that last are flagged.

    `known` are places on the path that are repaired already.
    """
    field = index_field(history)
    if field is None or path.coarse or DIVIDEND not in history.fields:
        return
    size = np.nan_to_num(implied_cash(history, path)) / np.append(1.0, path.price[:-1])
    loose = (np.abs(size) > 5.0 * ROUNDING) & (path.paid == 0.0)
    loose[known] = False
    alone = np.append(loose[:-1] & loose[1:] & (np.abs(size[:-1] + size[1:]) < 0.1 * np.abs(size[:-1])), False)
    steps = loose & ~alone & ~np.append(False, alone[:-1])
    if alone.any():
        verdict = Verdict("A8", Outcome.QUARANTINE, 0.95, "the adjusted close leaves the close and returns", "set aside")
        yield at_rows(history, name, verdict, path.rows[alone], field)
    if steps.any():
        what = f"{steps.sum()} adjustment{'s' if steps.sum() > 1 else ''} without a listed dividend"
        verdict = Verdict("A8", Outcome.DEGRADE, 0.8, what, "used, with a flag: a dividend may be missing")
        yield at_rows(history, name, verdict, path.rows[steps], field)


def twice_adjusted(history: History, path: Track, paid: Payments) -> Mask:
    """Payments (N,) that were taken from the close of the day before: it lies below its low by just that much."""
    if not {HIGH, LOW} <= set(history.fields) or len(paid) == 0:
        return np.zeros(len(paid), dtype=bool)
    eve = path.rows[paid.place - 1]
    close, low, high = (history.fields[field][eve] for field in (CLOSE, LOW, HIGH))
    whole = close + paid.cash * path.later[paid.place - 1]
    with np.errstate(invalid="ignore"):
        return np.asarray((close < low * (1.0 - 1e-4)) & (whole >= low * (1.0 - 1e-4)) & (whole <= high * (1.0 + 1e-4)))


def put_back(history: History, path: Track, paid: Payments, name: str) -> Iterator[Finding]:
    """The closes of the days before payments that were taken from them, and their adjusted closes.

    The adjusted close, computed from the damaged one, must lose the dividend once: close times the ratio after it.
    """
    eve = path.rows[paid.place - 1]
    whole = history.fields[CLOSE][eve] + paid.cash * path.later[paid.place - 1]
    verdict = Verdict("A8", Outcome.REPAIR, 0.99, "the dividend was taken from the close of the day before", "put back")
    yield at_rows(history, name, verdict, eve, CLOSE, whole)
    field = index_field(history)
    if field is not None:
        after = history.fields[field][path.rows[paid.place]] / path.price[paid.place]
        yield at_rows(history, name, verdict, eve, field, after * path.price[paid.place - 1])
