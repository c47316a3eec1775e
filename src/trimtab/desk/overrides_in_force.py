"""Which overrides an account's next decision has, and what weight they have put into its book already.

The note of each decision says what its overrides had put in before and were to put in by its orders; what was filled of
these says how much of it came true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

import numpy as np

from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.arrays import Array
from trimtab.core.orders import Standing
from trimtab.desk.blocking import crossed
from trimtab.desk.overriding import Kept, kept_overrides
from trimtab.desk.past_turnover import KIND
from trimtab.desk.policy import Policy
from trimtab.governance.overrides import Override

NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class InForce:
    """The overrides that a decision has, oldest first, and the weight that they hold in the book already, by asset."""

    living: tuple[Override, ...] = ()
    put: Mapping[str, float] = field(default_factory=lambda: NOTHING)

    def before(self, policy: Policy) -> Array:
        """(A,) that weight by the policy's assets."""
        return np.array([self.put.get(asset.id, 0.0) for asset in policy.universe])


NONE = InForce()


def in_force(orders: OrderBook, name: str, day: date, every: Sequence[Kept] | None = None) -> InForce:
    """Those of an account (or sleeve) that live on the date of a decision and that nobody has ended by now.

    `every` are the overrides of the book, where they have been read for many accounts already (the journal is long).
    """
    kept = [one for one in (kept_overrides(orders.store) if every is None else every) if one.written.account == name]
    found = tuple(one.written for one in kept if one.ending is None and one.written.lives(day))
    return InForce(found, _put(orders, name, kept, found)) if found else NONE


def _put(orders: OrderBook, name: str, kept: Sequence[Kept], found: Sequence[Override]) -> Mapping[str, float]:
    """Weight by asset that those `found` hold in the book: what the last decision put in, less what has ended since."""
    last: Mapping[str, Any] = next((one.body for one in reversed(notes(orders.store, KIND, name)) if "policy" in one.body), {})
    told: Mapping[str, Any] = last.get("overrides", {})
    now = {one.id for one in found}
    gone = [one.written for one in kept if one.written.id in told.get("ids", ()) and one.written.id not in now]
    filled = _filled(orders, name, str(last.get("batch", ""))) if told else {}
    made = {}
    for asset, row in told.get("put", {}).items():
        units = float(row["units"])
        share = 1.0 if not units else min(1.0, max(0.0, filled.get(row["instrument"], 0.0) / units))
        weight = row["before"] + (row["after"] - row["before"]) * share - _sum(gone, asset)
        whole = _sum(found, asset)
        made[asset] = min(max(weight, min(whole, 0.0)), max(whole, 0.0))
    return made


def _sum(overrides: Sequence[Override], asset: str) -> float:
    return float(sum(one.shifts.get(asset, 0) for one in overrides))


def _filled(orders: OrderBook, name: str, batch: str) -> dict[str, float]:
    """Units by instrument that were filled of a decision's orders, crosses with them."""
    account = name.partition("/")[0]
    sides = [one for one in crossed(orders) if one.ticket.account == account]
    own: Sequence[Standing] = (*orders.standings(account), *sides)
    filled: dict[str, float] = {}
    for one in own:
        if one.ticket.batch == batch and one.filled and name in (account, one.ticket.booked):
            filled[one.ticket.instrument] = filled.get(one.ticket.instrument, 0.0) + float(one.filled)
    return filled
