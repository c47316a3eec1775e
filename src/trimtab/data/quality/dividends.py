"""A8: dividends in the wrong unit, left out of the adjusted close or in it twice, twice in the list, never paid, or misdated.

The identity (close + dividend) / previous close = adjusted return shows that something is wrong; the fall of the price on
the ex-date tells what. Uses half a year on both sides to know the usual step, and later rows for payments dated too early.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.terms import DIVIDEND
from trimtab.data.history import History
from trimtab.data.quality.adjustment import Change, corrected, loose_steps, put_back, true, twice_adjusted, unknown
from trimtab.data.quality.detector import Context
from trimtab.data.quality.findings import Finding, Outcome, Verdict, at_rows
from trimtab.data.quality.payment_dates import Moved, doubles, misdated
from trimtab.data.quality.payments import Payments, payments
from trimtab.data.quality.stories import Decision, Mismatch, decisions
from trimtab.data.quality.track import Track, splits

Ruling = tuple[list[Finding], list[Change]]


@dataclass(frozen=True, slots=True)
class Dividends:
    """A repair needs the probability `certain`; a dividend above `large` of the price is always listed."""

    name: ClassVar[str] = "dividends"

    certain: float = 0.99
    large: float = 0.25

    def __call__(self, history: History, context: Context) -> Iterable[Finding]:
        """Repairs of dividends and of adjusted closes, and what is set aside because nobody can tell."""
        path = context.path
        if DIVIDEND not in history.fields or len(path.rows) < 2:
            return
        paid = payments(history, path)
        made = list(decisions(paid, _ratios(history))) if len(paid) else []
        if (refused := self._counted_twice(history, paid, made)) is not None:
            yield refused
            return
        eve = twice_adjusted(history, path, paid)
        if eve.any():
            yield from put_back(history, path, paid.pick(eve), self.name)
        dated = self._misplaced(path, paid, eve)
        changes: list[Change] = []
        for decision in (one.without(eve | dated) for one in made):
            findings, more = self._decided(history, path, paid, decision) if len(decision.which) else ([], [])
            yield from findings
            changes += more
        if not path.coarse:
            settled = {change.payment for change in changes} | {int(n) for n in np.flatnonzero(eve)}
            findings, more = self._dated(history, path, paid, settled)
            yield from findings
            changes += more
        yield from corrected(history, path, changes, self.name)
        yield from loose_steps(history, path, self.name, paid.place[eve] - 1)
        yield from self._large(history, path, paid)

    def _misplaced(self, path: Track, paid: Payments, settled: Mask) -> Mask:
        """Payments (N,) that certainly belong to another day, whatever else could be said of them."""
        found = np.zeros(len(paid), dtype=bool)
        if not path.coarse:
            found[[one.payment for one in misdated(paid, path, settled) if one.placed >= self.certain]] = True
        return found

    def _counted_twice(self, history: History, paid: Payments, made: list[Decision]) -> Finding | None:
        """All prices already contain the dividends that stand beside them: nothing falls on ex-dates."""
        left = [d for d in made if d.mismatch in (Mismatch.MISSING, Mismatch.NONE)]
        unpaid = [d for d in left if d.listed < 1.0 - self.certain and bool((d.truth < 0.05 * paid.cash[d.which]).all())]
        none = [d for d in unpaid if np.median(paid.cash[d.which] / paid.before[d.which]) <= 0.1]  # larger: a wrong unit
        many = sum(len(d.which) for d in none)
        if many < 6 or many < 0.8 * len(paid):
            return None
        what = f"the price falls on none of {many} ex-dates: it is adjusted already, and its dividends would count twice"
        verdict = Verdict("A8", Outcome.REFUSE, 0.99, what, "Drop the dividends, or give prices as traded")
        return at_rows(history, self.name, verdict, paid.rows, DIVIDEND)

    def _decided(self, history: History, path: Track, paid: Payments, decision: Decision) -> Ruling:
        """What follows from one decision."""
        group = paid.pick(decision.which)
        same = np.isclose(decision.truth, group.cash, rtol=1e-4)
        agree = decision.mismatch is Mismatch.NONE
        if agree and (decision.listed >= 0.95 or (bool(same.all()) and decision.listed >= 0.9)):
            return [], []
        rare = agree and not decision.truth.any()  # never paid: set aside, for another amount may have been
        if path.coarse or decision.sure < self.certain or rare:
            return self._doubtful(history, path, paid, decision)
        what = "dividends are in the wrong unit: no price fell by them" if agree else decision.mismatch.value
        changes = true(paid, decision.which, decision.truth, what, decision.sure)
        if same.all():
            return [], changes
        verdict = Verdict("A8", Outcome.REPAIR, decision.sure, what, "put right; the price and the adjusted close agree")
        values = history.fields[DIVIDEND][group.rows] * decision.truth / group.cash
        return [at_rows(history, self.name, verdict, group.rows, DIVIDEND, values)], changes

    def _doubtful(self, history: History, path: Track, paid: Payments, decision: Decision) -> Ruling:
        """Set aside where the listed amount is probably wrong or may be so by a factor; else used with a flag."""
        rows = paid.rows[decision.which]
        by_unit = decision.mismatch in (Mismatch.SMALL, Mismatch.LARGE)
        agree = decision.mismatch is Mismatch.NONE
        more = bool((decision.truth > paid.cash[decision.which]).all())
        told = f"the price {'falls by far more than' if more else 'does not fall by'} the dividend"
        what = told if agree else decision.mismatch.value
        sure = 1.0 - decision.listed if agree else max(decision.sure, 0.9)
        if path.coarse or not (by_unit or decision.listed < 0.5):
            verdict = Verdict("A8", Outcome.DEGRADE, sure, what, "used as listed, with a flag")
            return [at_rows(history, self.name, verdict, rows, DIVIDEND)], []
        verdict = Verdict("A8", Outcome.QUARANTINE, sure, what, "set aside: the true amount is unknown")
        return [at_rows(history, self.name, verdict, rows, DIVIDEND)], unknown(paid, decision.which, decision.truth, what)

    def _dated(self, history: History, path: Track, paid: Payments, settled: set[int]) -> Ruling:
        """Payments that stand twice or on a wrong date, of those whose amount is not in question."""
        twice = [one for one in doubles(paid, path) if one.payment not in settled]
        done = np.isin(np.arange(len(paid)), [*settled, *(one.payment for one in twice)])
        findings: list[Finding] = []
        changes: list[Change] = []
        for one in (*twice, *misdated(paid, path, done)):
            which = np.array([one.payment])
            if one.placed < self.certain:
                action = "set aside; the amount counts once" if one.place < 0 else "set aside"
                verdict = Verdict("A8", Outcome.QUARANTINE, one.sure, one.what, action)
                findings.append(at_rows(history, self.name, verdict, paid.rows[which], DIVIDEND))
            else:
                findings.append(self._moved(history, path, paid, one))
                changes += _added(path, one, float(paid.cash[one.payment]))
            if one.sure < self.certain:
                changes += unknown(paid, which, np.zeros(1), one.what)
            else:  # of twins, whichever is dropped: the factor is the same but for the move between their days
                changes += true(paid, which, np.zeros(1), one.what, one.sure)
        return findings, changes

    def _moved(self, history: History, path: Track, paid: Payments, one: Moved) -> Finding:
        row = paid.rows[one.payment]
        if one.place < 0:
            verdict = Verdict("A8", Outcome.REPAIR, one.sure, one.what, "kept once")
            return at_rows(history, self.name, verdict, np.array([row]), DIVIDEND, np.zeros(1))
        basis = path.later[one.place] / path.later[paid.place[one.payment]]
        rows = np.array([row, path.rows[one.place]])
        values = np.array([0.0, history.fields[DIVIDEND][row] * basis])
        order = np.argsort(rows)
        verdict = Verdict("A8", Outcome.REPAIR, one.sure, one.what, "moved to the day of the fall")
        return at_rows(history, self.name, verdict, rows[order], DIVIDEND, values[order])

    def _large(self, history: History, path: Track, paid: Payments) -> Iterator[Finding]:
        rows = paid.rows[paid.cash > self.large * paid.before]
        first = int(path.rows[0])  # nothing comes before it that its dividend could be held against
        if path.paid[0] > self.large * path.price[0]:
            rows = np.append(first, rows)
        if len(rows):
            what = f"{len(rows)} dividend{'s' if len(rows) > 1 else ''} above {self.large:.0%} of the price"
            verdict = Verdict("A8", Outcome.NOTE, 0.5, what, "kept unless said otherwise")
            yield at_rows(history, self.name, verdict, rows, DIVIDEND)


def _added(path: Track, one: Moved, cash: float) -> list[Change]:
    """The change that a payment brings to the day on which it was made."""
    if one.place < 0:
        return []
    return [Change(-1, one.place, 1.0 - cash / float(path.price[one.place - 1]), one.what, one.sure)]


def _ratios(history: History) -> Array:
    """Ratios (S,) of listed splits and of each with all later ones, and their inverses."""
    ratio = splits(history)
    listed = ratio[np.abs(np.log(ratio)) > np.log(1.4)]  # smaller ones are within what amounts differ by anyway
    every = np.concatenate([listed, np.cumprod(listed[::-1])])
    return np.unique(np.concatenate([every, 1.0 / every])) if len(every) else every
