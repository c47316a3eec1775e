"""Windows of rows that end at decision dates: which rows they are, and how they looked from there.

A window is a strided view on the rows where these lie evenly, else a gather. What was restated or split later is shown
as it stood: with the value in force at the cut-off, in the units of the decision date.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

from trimtab.core.arrays import Array, Dates, Index, Instants
from trimtab.core.calendar import period_ends
from trimtab.core.terms import CLOSE, DIVIDEND, HIGH, LOW, OPEN, Field, Step
from trimtab.data.market import Earlier
from trimtab.data.vintages import in_sequence, last_known_period

PER_UNIT: frozenset[Field] = frozenset((OPEN, HIGH, LOW, CLOSE, DIVIDEND))  # amounts a unit, which a split divides


def gathered(ends: Index, at: Index, rows: Index, n: int) -> Index:
    """(D, n) source rows: the ends of the n - 1 periods before period `at`, then `rows` itself; -1 before the start."""
    periods = at[:, None] - np.arange(n - 1, -1, -1)
    out = np.where(periods >= 0, ends[np.maximum(periods, 0)] if len(ends) else -1, -1)
    if n:
        out[:, -1] = rows
    return out


def strided(values: Array, at: Index, n: int) -> Array | None:
    """Windows of `n` rows ending at rows `at` as a view on `values` (T, A) without a copy, or None where unevenly spaced."""
    steps = np.diff(at)
    if len(at) == 0 or n == 0 or values.shape[1] == 1 or (len(steps) and (steps != steps[0]).any()):
        return None  # one asset: a view would let NumPy sum in another order for one date than for many
    missing = max(0, n - 1 - int(at[0]))
    padded = np.concatenate([np.full((missing, values.shape[1]), np.nan), values]) if missing else values
    padded = np.ascontiguousarray(padded)
    start = int(at[0]) + missing - n + 1
    row, column = padded.strides
    step = int(steps[0]) if len(steps) else 1
    shape = (len(at), n, values.shape[1])
    return as_strided(padded[start:], shape, (step * row, row, column), writeable=False)


def known_windows(dates: Dates, first: Instants, cutoffs: Instants, n: int, every: Step) -> Index:
    """(D, n) the last `n` periods of a series known by each cut-off, -1 before the first.

    `dates` (P,) are its periods, `first` (P,) when each was first known. One that is printed late is not there until then.
    """
    if in_sequence(first):
        ends, at = period_ends(dates, every), last_known_period(first, cutoffs)
        rows = gathered(ends, np.searchsorted(ends, at), at, n)
        return np.where(at[:, None] >= 0, rows, -1)
    rows = np.full((len(cutoffs), n), -1)
    for d, cutoff in enumerate(cutoffs):  # each decision knows other periods; series seldom come out of order
        seen = np.flatnonzero(first <= cutoff)
        if len(seen):
            ends, last = period_ends(dates[seen], every), np.array([len(seen) - 1])
            own = gathered(ends, np.searchsorted(ends, last), last, n)[0]
            rows[d] = np.where(own >= 0, seen[own], -1)
    return rows


def in_units_of_today(out: Array, source: Index, decided: Index, event: tuple[int, int, float]) -> None:
    """Divide what traded before a split (row, asset, ratio) by its ratio in the windows `out` (D, n, A) that reach past it.

    `source` (D, n) are the rows that the windows show, `decided` (D,) the rising rows of the decisions. One split after
    the other, oldest first: the answer for a window knows no split before it or after its date.
    """
    row, asset, ratio = event
    begin = int(np.searchsorted(decided, row))
    end = int(np.searchsorted(source[:, 0], row)) if source.shape[1] else begin
    if begin < end:
        before = (source[begin:end] < row) & (source[begin:end] >= 0)
        out[begin:end, :, asset] = np.where(before, out[begin:end, :, asset] / ratio, out[begin:end, :, asset])


def show_earlier(out: Array, source: Index, cutoffs: Instants, old: Earlier) -> None:
    """Show a restated value as it stood in the windows `out` (D, n, A) of decisions in whose time it was in force."""
    begin, end = np.searchsorted(cutoffs, [old.since, old.until])
    if begin < end:
        cells = source[begin:end] == old.row
        out[begin:end, :, old.asset] = np.where(cells, old.value, out[begin:end, :, old.asset])
