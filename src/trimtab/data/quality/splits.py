"""A7: a listed split that some rows do not have, or have twice.

On a continuous basis a split makes no step. Each step is put to two stories: the market made it, or it is the market's
step and the whole ratio of a listed split. Price and volume (which moves by the inverse ratio) speak, each by Student's t.
Rows between such steps are put on the level of the latest ones. Needs later rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.terms import SPLIT, VOLUME, Field
from trimtab.data.history import History
from trimtab.data.quality.detector import Context
from trimtab.data.quality.evidence import CERTAIN, probability, surprise
from trimtab.data.quality.findings import Finding, Outcome, Verdict, at_rows
from trimtab.data.quality.levels import PRICES, Offsets, offsets, set_level
from trimtab.data.quality.payments import index_field
from trimtab.data.quality.track import Track, splits, track, volume_steps

_NEAR = 10  # rows within which a passing error ends
_RARE = float(np.log(1000.0))  # odds against a given step being a split's error, before it is seen


@dataclass(frozen=True, slots=True)
class Splits:
    """`odds` is the log odds, after the rarity of the fault, from which a step counts as a split's."""

    name: ClassVar[str] = "splits"

    odds: float = 0.0
    settle: int = 3

    def __call__(self, history: History, context: Context) -> Iterable[Finding]:
        """Repairs of rows that stand between right ones, or before them in prices that should be split-adjusted."""
        ratio = splits(history)
        logs = np.unique(np.log(ratio[ratio != 1.0]))
        if len(logs) == 0 or SPLIT not in history.fields:
            return
        path = context.path
        jumps, certain = self._jumps(path.step, path, volume_steps(history, path), logs)
        if jumps.any():
            yield from self._closes(history, context, jumps, certain)
            return
        field = index_field(history)
        if field is not None:
            yield from self._adjusted(history, field, logs)

    def _jumps(self, step: Array, path: Track, volume: tuple[Array, float], logs: Array) -> tuple[Array, Array]:
        """The part (R,) of each step that is a listed split's, and the log odds that it is."""
        size = np.maximum(path.scale, 1e-9)[:, None]
        both = np.concatenate([logs, -logs])[None, :]
        rest = np.minimum(np.abs(step[:, None] - both), np.abs(path.plain[:, None] - both))  # with or without dividends
        price = surprise(step[:, None] / size) - surprise(rest / size)
        change, usual = volume
        known = np.isfinite(change)[:, None]
        moved = np.nan_to_num(change)[:, None] / usual
        units = np.where(known, surprise(moved) - surprise(moved + both / usual), 0.0)
        odds = price + np.clip(units, -2.0, 2.0) - _RARE  # volume is noisy: it may lean, never decide
        best = np.argmax(odds, axis=1)
        chosen, jump = odds[np.arange(len(step)), best], both[0, best]
        nearer = rest[np.arange(len(step)), best] < 0.5 * np.abs(jump)
        return _paired(np.where(nearer, jump, 0.0), np.where(nearer, chosen, -np.inf), self.odds), chosen

    def _closes(self, history: History, context: Context, jumps: Array, odds: Array) -> Iterable[Finding]:
        path = context.path
        found = offsets(jumps, self.settle)
        sure = probability(float(odds[jumps != 0.0].min()))
        settled = context.split_adjusted
        for mask, certain in ((found.passing, True), (found.before, settled), (found.after, False)):
            if not mask.any():
                continue
            repair = certain and sure > 0.5
            what = f"prices stand off by {np.exp(np.abs(found.log[mask]).max()):.6g}, the ratio of a listed split"
            action = "put on the level of the latest rows" if repair else "set aside"
            verdict = Verdict("A7", Outcome.REPAIR if repair else Outcome.QUARANTINE, sure, what, action)
            yield from set_level(history, path, found.log, mask, self.name, verdict)
            yield from self._volume(history, path, found, mask, verdict)

    def _volume(self, history: History, path: Track, found: Offsets, mask: Mask, verdict: Verdict) -> Iterable[Finding]:
        """Volumes of the same rows, off by the inverse ratio."""
        rows = path.rows[mask]
        if VOLUME not in history.fields or verdict.outcome is not Outcome.REPAIR:
            return
        values = history.fields[VOLUME][rows] * np.exp(found.log[mask])
        yield at_rows(history, self.name, verdict, rows, VOLUME, values)

    def _adjusted(self, history: History, field: Field, logs: Array) -> Iterable[Finding]:
        """Adjusted closes that leave their level by a split's ratio and return, where the closes alone look possible."""
        path = track(history, field, split_adjusted=True, dividends=False)
        if len(path.rows) < 2:
            return
        jumps, odds = self._jumps(path.step, path, (np.full(len(path.rows), np.nan), 1.0), logs)
        if not jumps.any():
            return
        found = offsets(jumps, self.settle)
        sure = probability(max(float(odds[jumps != 0.0].min()), -CERTAIN))
        rows = path.rows[found.passing]
        if len(rows):
            what = "the adjusted close leaves its level by the ratio of a listed split and returns"
            action = "set aside: the split may be missing in the price, or the dividend in the adjustment"
            verdict = Verdict("A7", Outcome.QUARANTINE, sure, what, action)
            every = (f for f in (*PRICES, VOLUME) if f in history.fields)
            yield from (at_rows(history, self.name, verdict, rows, f) for f in every)


def _paired(jump: Array, odds: Array, least: float) -> Array:
    """The jumps (R,) that count: those above `least`, and near each of them the best that undoes it, if it is nearly so.

    A row that left its level comes back: given the one step, the other is no longer rare.
    """
    counts = odds > least
    for at in np.flatnonzero(counts):  # few
        start = max(1, int(at) - _NEAR)
        part = slice(start, int(at) + _NEAR + 1)
        undoing = np.abs(jump[part] + jump[at]) < 1e-9
        if not (undoing & counts[part]).any():
            near = np.where(undoing, odds[part], -np.inf)
            counts[start + int(np.argmax(near))] |= near.max() > least - _RARE
    return np.where(counts, jump, 0.0)
