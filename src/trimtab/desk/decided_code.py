"""With which code of its owner's a policy decided what an order trades, as the note of its decision has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.orders import MANUAL, Standing
from trimtab.desk.grouping import name_of
from trimtab.desk.judging import Judge
from trimtab.desk.past_turnover import KIND
from trimtab.desk.trial_code import code_of


class Decided(NamedTuple):
    """The hash of a policy and SHA-256 by module of the code that it decided with; None: the journal does not say."""

    policy: str
    own_code: Mapping[str, str] | None


def decided_codes(orders: OrderBook, judge: Judge, every: Sequence[Standing]) -> tuple[Decided, ...]:
    """What decided these orders, each once; of a slice the order that it is of.

    Left out is what no model decided (orders by hand), and what runs no code of its owner's: its text alone decides.
    """
    runs = {sha256: bool(code_of(judge.policy(sha256))) for sha256 in {one.ticket.policy for one in every}}
    found: dict[tuple[str, str], Decided] = {}
    for one in every:
        ticket = one.ticket
        if runs[ticket.policy] and ticket.strategy != MANUAL:
            origin = orders.standing(ticket.parent) if ticket.parent else one
            key = name_of(orders, origin), origin.ticket.batch
            if key not in found:
                found[key] = Decided(ticket.policy, _noted(orders, *key))
    return tuple(found.values())


def _noted(orders: OrderBook, place: str, batch: str) -> Mapping[str, str] | None:
    """The code that the decision of a place under a label was noted with; notes of earlier versions do not have it."""
    for one in notes(orders.store, KIND, place):
        if one.body.get("batch") == batch and "own_code" in one.body:
            return dict(one.body["own_code"])
    return None
