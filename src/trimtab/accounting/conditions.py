"""What a market does to a book as time passes: closes, dividends, splits, endings, the growth of bills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Array, Dates, Index


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """What a market does over T sessions: closes and dividends a unit (T, A), and the growth of bills (T,).

    `splits` (T, A) are units after per unit before, 1 where nothing happens; None: no split. `endings` say for a session
    which assets end then, and what is paid a unit for them.
    """

    sessions: Dates
    closes: Array
    dividends: Array | None
    bills: Array
    years: Array  # (T,) time of each session in years, for spreads
    splits: Array | None = None
    endings: Mapping[int, Mapping[int, float]] = field(default_factory=dict)

    @property
    def eventful(self) -> Index:
        """Rows on which anything but the passing of time happens to a book."""
        rows = np.zeros(len(self.sessions), dtype=bool)
        if self.dividends is not None:
            rows |= (np.nan_to_num(self.dividends) != 0.0).any(axis=1)
        if self.splits is not None:
            rows |= (self.splits != 1.0).any(axis=1)
        rows[list(self.endings)] = True
        return np.flatnonzero(rows)
