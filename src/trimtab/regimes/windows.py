"""What regime models look at: windows of returns, one asset among them, percentiles, and few dates at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trimtab.core.arrays import Array, Index, Mask
from trimtab.core.errors import ParameterError
from trimtab.core.places import place_of
from trimtab.core.roles import View
from trimtab.core.terms import TOTAL_RETURN, Span
from trimtab.core.values import Asset
from trimtab.numerics.ranks import rank_of_last

CELLS = 2**22  # numbers worked on at once: 32 MB
STILL = 1e-12  # a return, or a share of a level, that is nothing but rounding


def changes(rows: Array) -> Array:
    """Simple returns (D, n, ...) of levels (D, n + 1, ...); NaN where either level is unknown or not above 0."""
    levels = np.where((rows > 0.0) & (rows < np.inf), rows, np.nan)
    return np.asarray(levels[:, 1:] / levels[:, :-1] - 1.0)


def returns(view: View, count: int, span: Span) -> Array:
    """(D, n, A) the last `count` total returns up to each date, in the steps of `span`, oldest first."""
    return changes(view.window(TOTAL_RETURN, count + 1, every=span.every))


def numbers(assets: tuple[Asset, ...], ids: tuple[str, ...], field: str) -> Index:
    """The places of the named assets; of all, where none is named. Raises ParameterError for an unknown id."""
    return np.array([place_of(assets, one, field) for one in ids] or np.arange(len(assets)), dtype=np.intp)


def by_dates(work: Callable[[Array], Array], window: Array, cells: int) -> Array:
    """`work` on windows (D, n, A), a few dates at a time: `cells` numbers are in its memory for each date."""
    step = max(1, CELLS // max(cells, 1))
    parts = [work(window[d : d + step]) for d in range(0, len(window), step)]
    return np.concatenate(parts) if parts else np.empty(0)


def percentile(rows: Array) -> Array:
    """Percentile rank (D,) of the last of rows (D, n) among all; NaN where any is unknown, or where they do not vary."""
    return rank_of_last(np.ascontiguousarray(rows), least=rows.shape[-1], tie=STILL)


def varies(rows: Array) -> Mask:
    """(D,) whether rows (D, n) differ by more than rounding; not where any is unknown."""
    high, low = rows.max(axis=1), rows.min(axis=1)
    return np.asarray(high - low > STILL * np.maximum(np.abs(high), np.abs(low)))


def rolling_mean(rows: Array, n: int) -> Array:
    """Means (D, T - n + 1) of each run of `n` of rows (D, T), each summed oldest first."""
    count = rows.shape[1] - n + 1
    total = np.zeros((len(rows), count))
    for k in range(n):  # a loop over the n rows alone: the order of each sum is fixed
        total = total + rows[:, k : k + count]
    return total / n


def require_length(span: Span, least: int, field: str) -> None:
    """Raise ParameterError where a span is too short to say anything."""
    if span.count < least:
        remedy = f"Give at least {least}{span.every.value}."
        raise ParameterError(f"{field} is {span}, too short", field=field, remedy=remedy)


def require_same_step(one: Span, other: Span, field: str) -> None:
    """Raise ParameterError where two spans are counted in different steps; `field` names the second."""
    if one.every is not other.every:
        what = f"{field} {other} is not counted in the steps of {one}"
        raise ParameterError(what, field=field, remedy=f"Give it in {one.every.value}, such as {other.count}{one.every.value}.")


def known_of(rows: Array, what: str) -> str:
    """How many of the rows (n, ...) are known in full, in words."""
    full = np.isfinite(rows.reshape(len(rows), -1)).all(axis=1) if len(rows) else np.zeros(0, dtype=bool)
    return f"unknown: {int(full.sum())} of {len(rows)} {what} are known"


def ordinal(share: float) -> str:
    """A percentile for a sentence: `83rd percentile`."""
    whole = min(99, max(1, round(100.0 * share)))
    tail = "th" if 10 <= whole % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(whole % 10, "th")
    return f"{whole}{tail} percentile"
