"""Dividends as three witnesses tell them: the listed amount, the one that the adjusted close implies, the fall of the price.

Backward adjustment multiplies all earlier prices by 1 - D/P (CRSP; METHODS 12), P the last price before the ex-date. So the
adjusted closes imply D = P (1 - f'/f), f the ratio of adjusted to plain close and f' that of the row before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Index, Mask
from trimtab.core.terms import ADJUSTED, CAPITAL_GAINS, CLOSE, DIVIDEND, TOTAL_RETURN, Field
from trimtab.data.history import History
from trimtab.data.quality.evidence import surprise
from trimtab.data.quality.track import Track

_HALF_YEAR = 63  # sessions either way

ROUNDING = 3e-4  # of the price: at most so much is put down to the rounding of adjusted closes and dividends
_FLOAT = 2e-5  # at least so much: adjusted closes in single precision, dividends with few digits


@dataclass(frozen=True, slots=True, eq=False)
class Payments:
    """N payments on the basis of a path. `place` (N,) are positions on the path, `rows` (N,) rows of the history.

    `cash` is listed, `implied` by the adjusted close (NaN: there is none), `gains` the capital gains listed beside it.
    `before` is the last price, `change` the return since, without the dividend; `scale` the usual size of a return;
    `rounding` the amount below which `cash` and `implied` are the same.
    """

    place: Index
    rows: Index
    cash: Array
    implied: Array
    gains: Array
    before: Array
    change: Array
    scale: Array
    rounding: Array

    def likely(self, cash: Array) -> Array:
        """Log likelihood (N,), up to a constant, of the price's change if each payment was `cash` (N,) a unit."""
        return -surprise((self.change + cash / self.before) / self.scale)

    def pick(self, which: Mask | Index) -> Payments:
        """Some of the payments."""
        names = ("place", "rows", "cash", "implied", "gains", "before", "change", "scale", "rounding")
        return Payments(*(getattr(self, name)[which] for name in names))

    def __len__(self) -> int:
        return len(self.place)


def index_field(history: History) -> Field | None:
    """The field that holds closes adjusted for dividends, if there is one beside the close."""
    for field in (ADJUSTED, TOTAL_RETURN):
        if field in history.fields and CLOSE in history.fields:
            return field
    return None


def implied_cash(history: History, path: Track) -> Array:
    """Cash a unit (R,) that the adjusted close implies at each known row; NaN where there is no adjusted close."""
    field = index_field(history)
    made = np.full(len(path.rows), np.nan)
    if field is not None and len(path.rows) > 1:
        ratio = history.fields[field][path.rows] / path.price
        with np.errstate(divide="ignore", invalid="ignore"):
            made[1:] = (1.0 - ratio[:-1] / ratio[1:]) * path.price[:-1]
        if path.coarse:  # some vendors adjust within the week, so that it shows one row late
            made[1:-1] = np.where(path.paid[1:-1] > 0.0, made[1:-1] + made[2:], made[1:-1])
    return made


def payments(history: History, path: Track) -> Payments:
    """All dividends with a known price before them, each where its ex-date has its first known price."""
    listed = np.nan_to_num(history.fields[DIVIDEND])
    place = np.flatnonzero(path.paid > 0.0)
    place = place[place > 0]
    before = path.price[place - 1]
    first = path.rows[place - 1] + 1
    rows = np.array(
        [f + np.argmax(listed[f : r + 1] > 0.0) for f, r in zip(first, path.rows[place], strict=True)], dtype=np.intp
    )
    gains = np.zeros(len(history.dates))
    if CAPITAL_GAINS in history.fields:
        gains = np.nan_to_num(history.fields[CAPITAL_GAINS])
    change = path.price[place] / before - 1.0
    implied = implied_cash(history, path)
    quiet = np.abs(implied[path.paid == 0.0] / np.append(1.0, path.price[:-1])[path.paid == 0.0])
    known = quiet[np.isfinite(quiet)]
    rounding = min(ROUNDING, max(_FLOAT, 8.0 * float(np.median(known)))) if len(known) else ROUNDING
    noise, gain = _noise(path, place), gains[rows] / path.later[place]
    return Payments(place, rows, path.paid[place], implied[place], gain, before, change, noise, rounding * before)


def _noise(path: Track, place: Index) -> Array:
    """Usual size (N,) of a step in the half year about each place: from the mean absolute one, the largest tenth left out.

    The mean, not the median: a coarse tick makes many steps zero, and they count. 1.52 makes a standard deviation of it.
    """
    size = np.abs(path.step)
    made = np.empty(len(place))
    for number, at in enumerate(place):  # a handful of payments a year
        near = np.sort(np.append(size[max(1, at - _HALF_YEAR) : at], size[at + 1 : at + 1 + _HALF_YEAR]))
        kept = near[: max(1, int(np.ceil(0.9 * len(near))))]
        made[number] = max(1e-4, 1.52 * float(kept.mean())) if len(near) else 1.0
    return made
