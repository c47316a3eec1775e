"""What the orders of a decision were meant to lead to: its target, where only costs and rounding lie between.

A decision is judged by its target, at the last hop its orders by what is held after them. Between the two lie the costs that
are paid out of the target, the rounding down to units, and trades below the smallest one. A limit that the target just keeps
is not broken by these, or the orders of a policy at its limit could never leave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from trimtab.core.arrays import frozen
from trimtab.core.orders import Standing
from trimtab.desk.cash_cut import CUT
from trimtab.desk.policy import Policy
from trimtab.execution.checks import HAIR
from trimtab.execution.gate import Batch


def meant(batch: Batch, standings: Sequence[Standing], policy: Policy, record: Mapping[str, Any] | None) -> Batch:
    """The batch with the weights of the decision's `record` where its own differ by rounding alone; by hand: as it is.

    What the decision set aside, because nothing could meet it, is set aside for its orders too: a person has approved that.
    """
    book = batch.book
    if record is None or not book.nav > 0.0 or not all(_decided(one, record) for one in standings):
        return batch
    record = dict(record) | dict(record.get("traded", {}))  # with overrides: what was meant is what people made of it
    rows = record["assets"]
    told = [rows.get(asset.id, {}).get("target") for asset in policy.universe]
    target = np.array([np.nan if one is None else float(one) for one in told])
    moved = np.zeros(len(target), dtype=bool)
    moved[[order.asset for order in batch.orders]] = True
    unit = float(policy.lotting.quantum) * np.nan_to_num(book.prices)
    cost = float(sum(one.ticket.estimate for one in standings)) + float(policy.currency.minor) * len(target)
    room = np.where(moved, unit, float(policy.lotting.minimum)) + cost * np.abs(target)
    near = np.abs(batch.target - target) <= room / book.nav + HAIR
    return replace(batch, target=frozen(np.where(near, target, batch.target)), relaxed=tuple(record["relaxed"]))


def _decided(one: Standing, record: Mapping[str, Any]) -> bool:
    """Whether an order is of that decision, as it was planned or cut to the cash that is there."""
    return one.ticket.batch == record["batch"] and not (one.edited_by and one.why != CUT)
