"""Which accounts have not decided since their policy's last decision date: a timer that missed an evening is only late.

A decision that came to nothing is written down too, so that it is made once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.orders import OrderBook
from trimtab.desk.books import Signature
from trimtab.desk.past_turnover import KIND
from trimtab.desk.proposing import Fate, Proposed
from trimtab.desk.rebalancing import Rebalance

LOOKED = "looked"  # a decision was made, and nothing was to be traded


def due(orders: OrderBook, found: Sequence[Rebalance]) -> tuple[Rebalance, ...]:
    """Those of the rebalances whose account has made no decision under the policy since its last decision date.

    A decision on that date which still waits for a person is shown again.
    """
    last: dict[tuple[str, str], np.datetime64] = {}
    for kind in (KIND, LOOKED):
        for one in notes(orders.store, kind):
            key, when = (one.place, str(one.body.get("policy", ""))), np.datetime64(one.body["when"], "D")
            last[key] = max(last.get(key, when), when)
    return tuple(one for one in found if _due(one, last.get((one.name, one.outlook.policy.sha256))))


def _due(one: Rebalance, decided: np.datetime64 | None) -> bool:
    scheduled = one.outlook.scheduled
    if one.outlook.due or np.isnat(scheduled):
        return one.outlook.due
    return decided is None or bool(decided < scheduled)


def note_looks(orders: OrderBook, made: Sequence[Proposed], by: Signature) -> None:
    """Write down the decisions that came to nothing, each session's once."""
    quiet = [one.rebalance for one in made if one.fate is Fate.NOTHING]
    if not quiet:
        return
    known = {(one.place, one.body["policy"], one.body["when"]) for one in notes(orders.store, LOOKED)}
    events = []
    for one in quiet:
        body = {"policy": one.outlook.policy.sha256, "when": str(one.decision.today.when)}
        if (one.name, body["policy"], body["when"]) not in known:
            events.append(Note(LOOKED, body, one.name))
    if events:
        orders.store.append(events, recorded=by.at, author=by.author)
