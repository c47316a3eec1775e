"""Two vendors' closes of one instrument, day by day: who is right nobody knows, that they differ anybody can see."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.errors import DataError
from trimtab.data.history import History
from trimtab.data.quality.findings import Finding, Outcome, Verdict, at_rows
from trimtab.data.quality.track import track

_HUNDRED = float(np.log(100.0))


def reconcile(
    first: History, second: History, *, tolerance: float = 0.005, split_adjusted: tuple[bool, bool] = (False, False)
) -> tuple[Finding, ...]:
    """Shared days on which the closes differ by more than `tolerance`, relative to the second; rows are those of the first.

    Both are put on the basis of their latest units by their own splits, unless `split_adjusted` says they are there
    already. One finding a day; where nearly all days differ by one factor, one finding that says so. Raises DataError
    where they share no day.
    """
    one, other = (track(h, split_adjusted=s, dividends=False) for h, s in zip((first, second), split_adjusted, strict=True))
    dates, here, there = np.intersect1d(one.dates, other.dates, assume_unique=True, return_indices=True)
    if len(dates) == 0:
        what = f"{first.about.name} and {second.about.name} share no day"
        raise DataError(what, remedy="Reconcile histories of one instrument that overlap.")
    rows, ratio = one.rows[here], one.price[here] / other.price[there]
    made = list(_throughout(first, second, rows, ratio, tolerance))
    if made:
        ratio = ratio / float(np.median(ratio))
    for at in np.flatnonzero(np.abs(ratio - 1.0) > tolerance):
        what = f"close is {ratio[at] - 1.0:+.2%} off that of {second.about.provenance or second.about.name}"
        verdict = Verdict("A1", Outcome.DEGRADE, 0.9, what, "kept, with a flag: one of the two is wrong")
        made.append(at_rows(first, "reconciliation", verdict, rows[at : at + 1]))
    return tuple(made)


def _throughout(first: History, second: History, rows: Index, ratio: Array, tolerance: float) -> list[Finding]:
    """The finding that all prices differ by one factor: another unit, or another base."""
    middle = float(np.median(ratio))
    if abs(middle - 1.0) <= tolerance:
        return []
    unit = abs(abs(float(np.log(middle))) - _HUNDRED) < 0.1
    what = f"prices are {middle:.4g} times those of {second.about.provenance or second.about.name}"
    outcome = Outcome.QUARANTINE if unit else Outcome.DEGRADE
    action = "set aside: one of the two is in hundredths" if unit else "kept, with a flag: another currency or base"
    return [at_rows(first, "reconciliation", Verdict("A6", outcome, 0.95, what, action), rows)]
