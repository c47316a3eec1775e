"""What macro signals read: one published series, or one less another, as known at each cut-off.

Each series counts its own rows back from the latest value that was known: where one is published later than the other,
its latest value is older, at every row alike.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.roles import View
from trimtab.core.terms import Span

_UNITS = {"D": "days", "W": "weeks", "M": "months"}


def needed(*names: str) -> tuple[str, ...]:
    """The series that are named at all."""
    return tuple(name for name in names if name)


def titled(long: str, short: str) -> str:
    """What the difference is called; the series itself where there is nothing to take off."""
    return f"{long} less {short}" if short else long


def both(view: View, long: str, short: str, span: Span) -> tuple[Array, Array]:
    """(D, n) each: the last rows of the two series; zeros for one that is not named."""
    first = _rows(view, long, span)
    return first, _rows(view, short, span) if short else np.zeros(first.shape)


def differences(view: View, long: str, short: str, span: Span) -> Array:
    """(D, n) the last rows of `long` less `short`; NaN where either is unknown."""
    first, second = both(view, long, short, span)
    return np.asarray(first - second)


def counted(span: Span) -> str:
    """`3 months`."""
    return f"{span.count} {_UNITS[span.every.value]}"


def known_of(rows: Array, span: Span, title: str) -> str:
    """Why there is no answer: `T10Y3M unknown: 2 of the last 3 months are known`; rows (n,)."""
    return f"{title} unknown: {int(np.isfinite(rows).sum())} of the last {counted(span)} are known"


def _rows(view: View, name: str, span: Span) -> Array:
    rows = view.series(name, span.count, every=span.every)
    return np.where(np.isfinite(rows), rows, np.nan)
