"""Prices as they traded, out of prices that a vendor has adjusted for every split it knows.

Such a vendor divides all prices before an ex-date by the split's ratio and multiplies volumes by it. With the splits in
the same answer that is undone: a price is multiplied by the ratios of all splits with a later ex-date (CRSP's
cumulative factor to adjust prices, reversed).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.terms import CAPITAL_GAINS, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, VOLUME, Field

_PRICES = (OPEN, HIGH, LOW, CLOSE, DIVIDEND, CAPITAL_GAINS)


def ratios(split: Array) -> Array:
    """Units after for each unit before (T,), NaN where there was no split. Vendors write none as 0, 1 or nothing."""
    return np.where(np.isfinite(split) & (split > 0.0) & (split != 1.0), split, np.nan)


def later(split: Array) -> Array:
    """Product (T,) of the ratios of all splits after each row, which rise by date. 1 from the last split on."""
    steps = np.where(np.isnan(ratios(split)), 1.0, split)
    after = np.cumprod(steps[::-1])[::-1]
    return np.append(after[1:], 1.0)[: len(split)]


def as_traded(fields: Mapping[Field, Array]) -> dict[Field, Array]:
    """Fields (T,) with SPLIT among them, from split-adjusted ones. Rows rise by date; other fields stay as they are."""
    factor = later(fields[SPLIT])
    made = dict(fields)
    made |= {field: fields[field] * factor for field in _PRICES if field in fields}
    if VOLUME in fields:
        made[VOLUME] = fields[VOLUME] / factor
    made[SPLIT] = ratios(fields[SPLIT])
    return made


def with_gains(dividend: Array, gains: Array) -> Array:
    """Cash a unit (T,), with the capital gains that a vendor lists beside its dividends; NaN only where both are unknown.

    Yahoo's dividends of a fund contain its gains of the same day, and where they do not, the gains are larger or alone.
    """
    paid, gained = np.nan_to_num(dividend), np.nan_to_num(gains)
    contained = paid >= gained * (1.0 - 1e-6)
    both = np.where(contained, paid, paid + gained)
    return np.where(np.isnan(dividend) & np.isnan(gains), np.nan, both)


def split_days(split: Array) -> Index:
    """Rows (N,) on which units changed."""
    return np.flatnonzero(np.isfinite(ratios(split)))
