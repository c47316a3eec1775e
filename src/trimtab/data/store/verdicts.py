"""Verdicts of ours on a vendor's values: rows of the same date and instant, recorded later, under a source of our own.

A quarantine is a row without a value, a repair a row with the mended one, a release a row with the vendor's value again.
The vendor's row stays beside them, so a verdict can be looked at, undone, and left out of a replay that came before it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.data.store.columns import Words
from trimtab.data.store.observations import Observations

OURS = "trimtab:"
QUARANTINE, REPAIR, RELEASE = f"{OURS}quarantine", f"{OURS}repair", f"{OURS}release"


def from_vendor(sources: Words) -> Mask:
    """(N,) which rows a vendor gave."""
    vendor = np.array([not word.startswith(OURS) for word in sources.known], dtype=bool)
    return vendor[sources.codes] if len(vendor) else np.zeros(len(sources), dtype=bool)


def verdict(rows: Observations, values: Array, source: str, now: np.datetime64) -> Observations:
    """`rows` with `values` (N,) in their place, under a source of ours (one of the above and a code).

    Recorded a second after `now`, so that a verdict comes after a row that the same change brought.
    """
    recorded = np.full(len(rows), now.astype("datetime64[s]") + np.timedelta64(1, "s"))
    return replace(rows, values=values, recorded=recorded, sources=Words.same(source, len(rows)))
