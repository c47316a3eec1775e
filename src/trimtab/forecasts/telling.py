"""What a covariance says, in words: on how many rows it rests, the volatilities, the average correlation, what is unknown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.roles import View
from trimtab.core.terms import DAY, WEEK, Span
from trimtab.numerics.covariance import correlation_of, diagonal

MOST = 3  # assets named before the rest is counted


def told(view: View, window: Span, rows: Array, covariance: Array, more: Sequence[str] = ()) -> str:
    """A covariance (A, A) per year from returns (n, A), at the last date of `view`; `more` is said after it."""
    variance = diagonal(covariance)
    known = np.flatnonzero(np.isfinite(variance))
    names = [asset.title for asset in view.assets]
    if not len(known):
        return f"covariance unknown: {_missing(names, rows, range(len(names)))}"
    parts = [f"last {_count(window)}: {_volatilities(names, np.sqrt(np.maximum(variance, 0.0)), known)}"]
    parts += [part for part in (_correlation(covariance), *more) if part]
    gaps = [a for a in range(len(names)) if a not in known]
    return ", ".join(parts) + (f"; unknown: {_missing(names, rows, gaps)}" if gaps else "")


def _count(window: Span) -> str:
    unit = {DAY: "day", WEEK: "week"}.get(window.every, "month")
    return f"{window.count} {unit}s"


def _volatilities(names: Sequence[str], volatility: Array, known: Index) -> str:
    low, high = (int(known[pick(volatility[known])]) for pick in (np.argmin, np.argmax))
    if low == high:
        return f"volatility {_percent(volatility[low])} a year"
    return f"volatility {_percent(volatility[low])} ({names[low]}) to {_percent(volatility[high])} ({names[high]}) a year"


def _correlation(covariance: Array) -> str:
    """The mean over pairs of assets that vary; nothing where there is no pair."""
    off = correlation_of(covariance)[np.triu_indices(len(covariance), 1)]
    off = off[np.isfinite(off)]
    return f"average correlation {off.mean():+.2f}" if len(off) else ""


def _missing(names: Sequence[str], rows: Array, which: Sequence[int]) -> str:
    """How many of its returns are known of each asset, the first few by name."""
    known = np.isfinite(rows).sum(axis=0)
    said = [f"{names[a]} ({int(known[a])} of {len(rows)} returns are known)" for a in which[:MOST]]
    rest = len(which) - len(said)
    return ", ".join(said) + (f" and {rest} more" if rest else "") if said else "there are no assets"


def _percent(value: float) -> str:
    return f"{100.0 * value:.1f} %"
