"""Verdicts of ours on a vendor's values: rows of the same date and instant, recorded later, under a source of our own.

A quarantine is a row without a value, a repair a row with the mended one, a release a row with the vendor's value again.
The vendor's row stays beside them, so a verdict can be looked at, undone, and left out of a replay that came before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.terms import Field
from trimtab.data.history import History
from trimtab.data.store.columns import Words
from trimtab.data.store.observations import Observations, latest, nothing, put_together, split

OURS = "trimtab:"
QUARANTINE, REPAIR, RELEASE = f"{OURS}quarantine", f"{OURS}repair", f"{OURS}release"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happened to so many values of a series: set aside, repaired, released."""

    series: str
    kind: str
    count: int


_WORDS = {QUARANTINE: "set aside", REPAIR: "repaired", RELEASE: "released"}


def told(series: str, rows: Observations) -> list[Verdict]:
    """Verdict rows of a series, counted by kind."""
    found = []
    for source, word in _WORDS.items():
        kinds = [known for known in rows.sources.known if known.startswith(source)]
        if count := int(rows.sources.among(kinds).sum()):
            found.append(Verdict(series, word, count))
    return found


def from_vendor(sources: Words) -> Mask:
    """(N,) which rows a vendor gave."""
    vendor = np.array([not word.startswith(OURS) for word in sources.known], dtype=bool)
    return vendor[sources.codes] if len(vendor) else np.zeros(len(sources), dtype=bool)


def verdict_rows(vendor: Observations, in_force: Observations, wanted: History, why: Why, now: np.datetime64) -> Observations:
    """The rows that bring one series from what is `in_force` to the values of `wanted`.

    `vendor` and `in_force` are its versions in order, the vendor's own and all of them; `wanted` is the vendor's history
    after its findings; `why` names the finding behind a cell. They are recorded a second after `now`, so that a verdict
    comes after a row that the same change brought.
    """
    made = []
    own, held = split(latest(vendor)), split(latest(in_force))
    for field, values in wanted.fields.items():
        rows = own.get(wanted.about.name, {}).get(field.name)
        current = held.get(wanted.about.name, {}).get(field.name)
        if rows is None or current is None:
            continue
        target = values[np.searchsorted(wanted.dates, rows.effective)]
        target = np.where(np.isnan(rows.values), np.nan, target)
        now_held = current.values[np.searchsorted(current.effective, rows.effective)]
        for kind, which in _kinds(target, rows.values, now_held):
            codes = np.array([why.get((field, day), "") for day in rows.effective[which]])
            for code in np.unique(codes).tolist():
                chosen = np.flatnonzero(which)[codes == code]
                source = f"{kind} {code}".strip()
                made.append(_recorded(rows.take(chosen), target[chosen], source, now))
    return put_together(made) if made else nothing()


Why = Mapping[tuple[Field, np.datetime64], str]  # field and date of a cell to the code of a finding


def _kinds(target: Array, vendor: Array, held: Array) -> list[tuple[str, Mask]]:
    """Which cells change, by what happens to them."""
    moved = ~((target == held) | (np.isnan(target) & np.isnan(held)))
    back = (target == vendor) | (np.isnan(target) & np.isnan(vendor))
    unknown = np.isnan(target)
    kinds = ((RELEASE, moved & back), (QUARANTINE, moved & ~back & unknown), (REPAIR, moved & ~back & ~unknown))
    return [(kind, which) for kind, which in kinds if which.any()]


def _recorded(rows: Observations, values: Array, source: str, now: np.datetime64) -> Observations:
    recorded = np.full(len(rows), now.astype("datetime64[s]") + np.timedelta64(1, "s"))
    return replace(rows, values=values, recorded=recorded, sources=Words.same(source, len(rows)))
