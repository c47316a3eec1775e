"""Rows that the attribution of a backtest and that of an account have in common, and what assets made in between."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab.attribution.layers import Periods, moved
from trimtab.attribution.tactical import Part, Row
from trimtab.core.arrays import Array, Index
from trimtab.core.terms import CLOSE, DIVIDEND, TOTAL_RETURN
from trimtab.data.market import Market, last_known
from trimtab.desk.booked import Booked
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import bills
from trimtab.desk.stages import Step

DUST = 1e-12  # a move of a weight below this is rounding
KEPT = (Part.ROUNDING, Part.PACE, Part.CASH, Part.COSTS)  # of what came after the beliefs, rows that stand even where empty


def grown(policy: Policy, market: Market, first: Index, last: Index) -> tuple[Array, Array]:
    """(N, A) of assets, dividends in, and (N,) of bills: simple returns from the sessions `first` to `last`, each (N,).

    An asset that is not priced yet stands still; one that ended makes what it paid out, and what bills make from then on.
    """
    cash = bills(policy, market)
    index = paid_out(market, cash)
    growth = index[last] / index[first] - 1.0
    return np.where(np.isfinite(growth), growth, 0.0), np.asarray(cash[last] / cash[first] - 1.0)


def paid_out(market: Market, cash: Array) -> Array:
    """Total-return index (T, A), gaps carried: what ended steps to what a unit is paid, then grows as `cash` (T,) does."""
    index, _ = last_known(market.fields[TOTAL_RETURN])
    if not market.endings:
        return index
    index = index.copy()
    for row, ends in market.endings.items():
        for asset, paid in ends.items():
            close = market.fields[CLOSE][:row, asset]
            last = int(np.flatnonzero(np.isfinite(close))[-1])
            index[last:, asset] = _worth_at_last(market, index, last, asset)  # the index of a merger has stepped by then
            index[row:, asset] *= paid / close[last] * cash[row:] / cash[row]
    return index


def _worth_at_last(market: Market, index: Array, last: int, asset: int) -> float:
    """The index on the session `last`, on which an asset traded for the last time, at its close."""
    known = np.flatnonzero(np.isfinite(market.fields[CLOSE][:last, asset]))
    if not len(known):
        return float(index[last, asset])
    paid = market.fields[DIVIDEND][last, asset] if DIVIDEND in market.fields else 0.0
    units = 1.0 if market.splits is None else float(np.prod(market.splits[known[-1] + 1 : last + 1, asset]))
    worth = (market.fields[CLOSE][last, asset] + np.nan_to_num(paid)) * units
    return float(index[known[-1], asset] * worth / market.fields[CLOSE][known[-1], asset])


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
