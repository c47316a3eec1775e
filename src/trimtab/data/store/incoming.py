"""A history as observations: one row for each value that a source gave."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.terms import CAPITAL_GAINS, CLOSE, DIVIDEND, SPLIT, Field
from trimtab.data.history import History
from trimtab.data.store.columns import Words
from trimtab.data.store.observations import Observations, in_order, nothing, put_together
from trimtab.data.vintages import instants_of


def incoming(history: History, *, source: str, now: np.datetime64) -> Observations:
    """Rows in order. No row is known after `now`, the instant at which all are recorded."""
    known = np.minimum(instants_of(history).astype("datetime64[s]"), now)
    parts = []
    for name, values in history.fields.items():
        kept = np.flatnonzero(_said(name, values))
        if len(kept):
            parts.append(
                Observations(
                    Words.same(history.about.name, len(kept)),
                    Words.same(name.name, len(kept)),
                    history.dates[kept],
                    known[kept],
                    np.full(len(kept), now),
                    np.asarray(values[kept], dtype=np.float64),
                    Words.same(source, len(kept)),
                )
            )
    return in_order(put_together(parts)) if parts else nothing()


def _said(name: Field, values: Array) -> Mask:
    """Which values are worth a row: an empty close says that the date exists, an empty cell elsewhere says nothing."""
    if name == CLOSE:
        return np.ones(len(values), dtype=bool)
    if name in (DIVIDEND, CAPITAL_GAINS):
        return np.asarray(np.isfinite(values) & (values != 0.0))
    if name == SPLIT:
        return np.asarray(np.isfinite(values) & (values != 1.0) & (values != 0.0))
    return np.isfinite(values)
