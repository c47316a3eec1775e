"""One-way turnover of an account's past decisions, from its orders that were filled and what each decision noted.

The same count as a backtest's (see desk/cycle.py): half the change of weights at fill prices over the net asset value of
the decision, without what repaired a breach, as far as what was planned for it was filled.
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
    asked, filled, spent = (defaultdict[str, Array](lambda: np.zeros(count)) for _ in range(3))
    for one in standings:
        asset, batch = numbers.get(one.ticket.instrument), one.ticket.batch
        if asset is None or batch not in decided:
            continue
        asked[batch][asset] += 0.0 if one.ticket.parent else float(one.ticket.units)  # slices are of an order that is there
        if one.filled:
            filled[batch][asset] += float(one.filled)
            spent[batch][asset] += float(one.spent)
    rows: dict[np.datetime64, Array] = {}
    for batch, change in spent.items():
        note = decided[batch]
        if not note.get("funded", True):
            continue
        planned = _planned(note, numbers, asked[batch])
        shares = np.divide(filled[batch], planned, out=np.zeros(count), where=planned != 0.0)
        move = _move(change, note, numbers, np.clip(shares, 0.0, 1.0))
        when = np.datetime64(note["when"], "D")
        rows[when] = rows[when] + move if when in rows else move
    dates = sorted(rows)
    return Turnover(np.array(dates, dtype="datetime64[D]"), np.array([rows[one] for one in dates]).reshape(-1, count + 1))


def _planned(note: Mapping[str, Any], numbers: Mapping[str, int], asked: Array) -> Array:
    """Units (A,) as the decision planned them, whatever persons made of its orders since; notes without them: as `asked`."""
    if "planned" not in note:
        return asked
    planned = np.zeros(len(asked))
    for name, units in note["planned"].items():
        if name in numbers:
            planned[numbers[name]] = units
    return planned


def _move(traded: Array, note: Mapping[str, Any], numbers: Mapping[str, int], shares: Array) -> Array:
    """Half the change of weights (A + 1,), cash last, less what mended a breach: of each asset the share that was filled."""
    mended = np.zeros(len(traded))
    for name, weight in note.get("mended", {}).items():
        if name in numbers:
            mended[numbers[name]] = weight * shares[numbers[name]]
    own = 0.5 * traded / float(note["nav"])
    moves = np.append(own, own.sum())
    moves[:-1] -= 0.5 * mended
    moves[-1] -= 0.5 * mended.sum()
    return moves
