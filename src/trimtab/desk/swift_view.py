"""A view for sweeps: means of windows from running sums, so that a hundred windows cost little more than one.

What a signal said is kept for a while: variants that differ in another one ask it again.

Sums of the whole history change their last bits with older data, which is why decisions are made on sums of the window
alone. Here they run in two floats, of which the second holds what rounding took from the first (Knuth 1969, section 4.2.2),
so that a mean is right to its last bit or two; that of a window alone is right to n/2 bits in the last place, and ties are
called at 1e-12. So both see the same sides.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Array, Index, frozen
from trimtab.core.roles import Signal
from trimtab.core.terms import DAY, Field, Step
from trimtab.data.view import MarketView
from trimtab.data.windows import PER_UNIT
from trimtab.signals.sums import averaged

_FEW = 2  # times the sessions
_SAID = 16 << 20  # bytes that answers of signals may take


@dataclass(frozen=True, slots=True, eq=False)
class SwiftView(MarketView):
    """A `MarketView` that also answers with means."""

    _sums: dict[tuple[Field, Step], Sums] = field(default_factory=dict, repr=False)
    _rows: dict[tuple[Field, Step], int] = field(default_factory=dict, repr=False)  # that windows without sums looked at
    _spans: dict[tuple[Field, Step, int], Array] = field(default_factory=dict, repr=False)  # the last one that was asked for

    _said: dict[Signal, Array] = field(default_factory=dict, repr=False)

    @classmethod
    def like(cls, view: MarketView) -> SwiftView:
        """The same view, with means."""
        return cls(view.market, view.days, view.rows, view.since, view.closing)

    def said(self, signal: Signal) -> Array:
        """(D, A) what a signal says before memory: of those of the same parameters, asked once while it is kept."""
        try:
            hash(signal)
        except TypeError:  # one's own, whose parameters can change: it is asked anew
            return signal(self).values
        found = self._said.pop(signal, None)
        if found is None:
            found = frozen(signal(self).values)
        self._said[signal] = found  # the last one asked for goes last
        if len(self._said) * found.nbytes > _SAID:
            del self._said[next(iter(self._said))]
        return found

    def means(self, field: Field, n: int, every: Step, skip: int) -> Array:
        """(D, A) mean of the last `n` rows of a field before the last `skip`; NaN where any is unknown."""
        market = self.market
        mended = bool(market.earlier.get(field)) or (market.splits is not None and field in PER_UNIT)
        if market.known is not None or mended or field not in market.fields or self._few(field, n, every):
            return averaged(self.window(field, n + skip, every=every)[:, :n])
        self._hand_out(self.closing)
        at = self._positions(every) - skip  # the last row of the window
        ends_today = not skip and every is not DAY  # the last row is that of the date itself: its period may end later
        if n == 1:
            total, begun = self._single(field, at, every, ends_today=ends_today), at >= 0
        else:
            total, begun = self._total(field, (at - n + 1, at + (not ends_today)), every), at - n + 1 >= 0
            if ends_today:
                total += market.fields[field][self.rows]
            total /= n
        return total if begun.all() else np.where(begun[:, np.newaxis], total, np.nan)

    def _few(self, field: Field, n: int, every: Step) -> bool:
        """Whether so few rows were asked for up to now that running sums of all of them would take longer."""
        key = (field, every)
        if key in self._sums or n == 1:
            return False
        self._rows[key] = self._rows.get(key, 0) + n * len(self.rows)
        return self._rows[key] <= _FEW * len(self.market.sessions)

    def _single(self, field: Field, at: Index, every: Step, *, ends_today: bool) -> Array:
        """(D, A) the rows `at` of a field."""
        values = self.market.fields[field]
        if not ends_today and every is not DAY:
            values = values[self._ends(every)]
        return np.take(values, self.rows if ends_today else np.maximum(at, 0), axis=0)

    def _total(self, field: Field, rows: tuple[Index, Index], every: Step) -> Array:
        """(D, A) sum of the rows from the first (D,) to before the second (D,); NaN where one of them is unknown."""
        sums, first, last = self._running(field, every), np.maximum(rows[0], 0), np.maximum(rows[1], 0)
        n = int(rows[1][0] - rows[0][0])
        if 2 * len(first) > len(sums.high) > n:  # most rows are asked for: quicker for all, in the order of memory
            key = (field, every, n)
            if key not in self._spans:
                self._spans.clear()
                self._spans[key] = (sums.high[n:] - sums.high[:-n]) + (sums.low[n:] - sums.low[:-n])
            total = np.take(self._spans[key], np.minimum(first, len(sums.high) - n - 1), axis=0)
        else:
            total = _between(sums.high, first, last)
            total += _between(sums.low, first, last)
        if sums.unknown is not None:
            total[sums.unknown[last] != sums.unknown[first]] = np.nan
        return total

    def _running(self, field: Field, every: Step) -> Sums:
        """Sums of all period ends of a field."""
        if (field, every) not in self._sums:
            values = self.market.fields[field]
            self._sums[field, every] = running_sums(values if every is DAY else values[self._ends(every)])
        return self._sums[field, every]


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums (T + 1, A) of the first 0..T rows in two floats, and how many of those rows are unknown; None: none is."""

    high: Array
    low: Array
    unknown: Index | None


def running_sums(rows: Array) -> Sums:
    """Sums of rows (T, A), unknown ones counted as 0."""
    known = np.isfinite(rows)
    unknown = None
    if not known.all():
        unknown = np.zeros((len(rows) + 1, rows.shape[1]), dtype=np.intp)
        np.cumsum(~known, axis=0, out=unknown[1:])
        rows = np.where(known, rows, 0.0)
    high, low = np.zeros((2, len(rows) + 1, rows.shape[1]))
    np.cumsum(rows, axis=0, out=high[1:])
    before, after = high[:-1], high[1:]
    part = after - before
    np.cumsum((before - (after - part)) + (rows - part), axis=0, out=low[1:])
    return Sums(high, low, unknown)


def _between(sums: Array, first: Index, last: Index) -> Array:
    found: Array = sums.take(last, axis=0)
    found -= sums.take(first, axis=0)
    return found
