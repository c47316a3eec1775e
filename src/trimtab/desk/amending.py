"""Overrides on the decisions of a model that runs beside an account, as desk/rebalancing puts them on those of the account.

An override counts in the decisions of its days. Where the account did decide on a day, those count that its trade really
had: one that was written in the morning is in a decision on yesterday's close or not, and only the journal knows. What the
gate stops with overrides on is not traded at all, as in the account.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from trimtab.accounting.ledger import Ledger
from trimtab.core.arrays import Array
from trimtab.core.calendar import plain_date
from trimtab.core.entries import Fill
from trimtab.core.errors import BreachError, InvariantError
from trimtab.core.trades import Decision
from trimtab.desk.gates import gate_of
from trimtab.desk.overridden_trades import HAIR, Applied, applied
from trimtab.desk.overriding import living
from trimtab.desk.policy import Policy
from trimtab.governance.overrides import Override


class Amending:
    """Turns decisions of one run, in order of time, into what is traded; it remembers what overrides have put in already."""

    def __init__(self, policy: Policy, overrides: Sequence[Override], told: Mapping[date, Collection[str]]) -> None:
        self.policy, self.overrides, self.told = policy, tuple(overrides), told
        self._gate = gate_of(policy)
        self._last: Applied | None = None  # the last one that asked for orders
        self._seen = 0  # entries of the ledger that were there by then

    def __call__(self, decision: Decision, ledger: Ledger) -> Decision:
        """What is traded of a decision."""
        put, found = self._put(ledger), self._found(plain_date(decision.today.when))
        if not found:
            if decision.orders:
                self._last = None
            return decision
        made = applied(self.policy, decision, found, self._left(put, found))
        if why := self._stopped(made.decision):
            return replace(made.decision, orders=(), refused=why)
        if made.decision.orders:
            self._last, self._seen = made, len(ledger.entries)
        return made.decision

    def _stopped(self, made: Decision) -> str:
        """What the gate says against it; empty: nothing. People may ask for more than the rules, or the cash, allow."""
        if made.refused:
            return ""
        try:
            self._gate.stamp(made, made.reach.base)
        except (BreachError, InvariantError) as error:
            return str(error)
        return ""

    def _found(self, day: date) -> tuple[Override, ...]:
        """The overrides of a decision, oldest first."""
        if day in self.told:
            return tuple(one for one in self.overrides if one.id in self.told[day])
        return living(self.overrides, day)

    def _put(self, ledger: Ledger) -> Array:
        """(A,) weight that the last orders brought into the book: what was meant, as far as it was filled."""
        last = self._last
        if last is None:
            return np.zeros(len(self.policy.universe))
        wanted = {order.id: order for order in last.decision.orders}
        fills = [one for one in ledger.entries[self._seen :] if isinstance(one, Fill) and one.order in wanted]
        share = np.ones(len(last.before)) if fills else np.zeros(len(last.before))
        for order in wanted.values():
            got = sum(float(fill.units) for fill in fills if fill.order == order.id)
            share[order.asset] = min(1.0, max(0.0, got / float(order.units)))
        return np.asarray(last.before + (last.after - last.before) * share)

    def _left(self, put: Array, found: Sequence[Override]) -> Array:
        """(A,) what is left of it once the shifts of those that are over are taken out: no more than the living ones ask."""
        now = {one.id for one in found}
        gone = [one for one in (self._last.living if self._last else ()) if one.id not in now]
        names = [asset.id for asset in self.policy.universe]
        over, whole = (np.array([_sum(those, name) for name in names]) for those in (gone, found))
        bounded = np.clip(put - over, np.minimum(whole, 0.0), np.maximum(whole, 0.0))
        return np.where(np.abs(put) > HAIR, bounded, 0.0)


def _sum(overrides: Sequence[Override], name: str) -> float:
    return float(sum(one.shifts.get(name, 0) for one in overrides))
