"""One-way turnover of an account's past decisions, from its orders that were filled and what each decision noted.

The same count as a backtest's (see desk/cycle.py): half the change of weights at fill prices over the net asset value of
the decision, without what repaired a breach.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.orders import Standing
from trimtab.core.trades import Turnover

KIND = "decision"


def past_turnover(
    standings: Sequence[Standing], decided: Mapping[str, Mapping[str, Any]], numbers: Mapping[str, int], count: int
) -> Turnover:
    """Turnover by decision date of `count` assets: orders by batch, `decided` the note of each batch by its label.

    `numbers` gives the asset of an instrument. Orders of manual batches count by the value that was noted with them; an
    account's first funding does not count.
    """
    traded: dict[str, Array] = defaultdict(lambda: np.zeros(count))
    for one in standings:
        asset = numbers.get(one.ticket.instrument)
        if asset is not None and one.filled and one.ticket.batch in decided:
            traded[one.ticket.batch][asset] += float(one.spent)
    rows: dict[np.datetime64, Array] = {}
    for batch, change in traded.items():
        note = decided[batch]
        if not note.get("funded", True):
            continue
        move = _move(change, note, numbers)
        when = np.datetime64(note["when"], "D")
        rows[when] = rows[when] + move if when in rows else move
    dates = sorted(rows)
    return Turnover(np.array(dates, dtype="datetime64[D]"), np.array([rows[one] for one in dates]).reshape(-1, count + 1))


def _move(traded: Array, note: Mapping[str, Any], numbers: Mapping[str, int]) -> Array:
    """Half the change of weights (A + 1,), cash last, less what mended a breach."""
    mended = np.zeros(len(traded))
    for name, weight in note.get("mended", {}).items():
        if name in numbers:
            mended[numbers[name]] = weight
    own = 0.5 * traded / float(note["nav"])
    moves = np.append(own, own.sum())
    moves[:-1] -= 0.5 * mended
    moves[-1] -= 0.5 * mended.sum()
    return moves
