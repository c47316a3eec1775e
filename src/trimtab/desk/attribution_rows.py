"""Rows that the attribution of a backtest and that of an account have in common, and what assets made in between."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab.attribution.layers import Periods, moved
from trimtab.attribution.tactical import Part, Row
from trimtab.core.arrays import Array, Index
from trimtab.core.terms import TOTAL_RETURN
from trimtab.data.market import Market, last_known
from trimtab.desk.booked import Booked
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import bills
from trimtab.desk.stages import Step

DUST = 1e-12  # a move of a weight below this is rounding
KEPT = (Part.ROUNDING, Part.PACE, Part.CASH, Part.COSTS)  # of what came after the beliefs, rows that stand even where empty


def grown(policy: Policy, market: Market, first: Index, last: Index) -> tuple[Array, Array]:
    """(N, A) of assets, dividends in, and (N,) of bills: simple returns from the sessions `first` to `last`, each (N,).

    An asset that ended, or is not priced yet, stands still.
    """
    index, _ = last_known(market.fields[TOTAL_RETURN])
    cash = bills(policy, market)
    growth = index[last] / index[first] - 1.0
    return np.where(np.isfinite(growth), growth, 0.0), np.asarray(cash[last] / cash[first] - 1.0)


def decided_rows(found: Sequence[Step], periods: Periods) -> list[Row]:
    """A row for each step from the benchmark to the target; steps that never moved anything are left out."""
    rows = []
    for step in found:
        moves = step.moves[: len(periods.cash)]
        if step.part in (Part.SIGNAL, Part.SLEEVE) or np.abs(moves).max(initial=0.0) > DUST:
            rows.append(Row(step.part, step.name, step.title, moved(np.zeros_like(moves), moves, periods)))
    return rows


def charged_rows(booked: Booked) -> list[Row]:
    """What trading, fees and taxes took."""
    count = len(booked.fees)
    like = np.zeros((count, booked.assets.shape[1] + 1))
    return [
        Row(Part.COSTS, "costs", "Trading costs", -np.concatenate([booked.costs, np.zeros((count, 1))], axis=1)),
        Row(Part.FEES, "fees", "Fees and holding costs", -_in_cash(booked.fees, like)),
        Row(Part.TAXES, "taxes", "Taxes", -_in_cash(booked.taxes, like)),
    ]


def split_cash(effects: Array) -> tuple[Array, Array]:
    """Effects (N, A + 1) of assets alone, and of cash alone."""
    cash = np.zeros_like(effects)
    cash[:, -1] = effects[:, -1]
    return effects - cash, cash


def worth_telling(rows: Sequence[Row]) -> list[Row]:
    """The rows without those that are empty, as far as these may be left out."""
    return [row for row in rows if row.part in KEPT or np.abs(row.effects).max(initial=0.0) > 0.0]


def _in_cash(amounts: Array, like: Array) -> Array:
    """Amounts (N,) in the column of cash."""
    found = np.zeros_like(like)
    found[:, -1] = amounts
    return found
