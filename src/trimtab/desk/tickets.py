"""From trades to tickets: client ids out of the run, who asked, what was known, and every check that only warned."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.accounting.database.events import RunKey
from trimtab.accounting.database.runs import run_name
from trimtab.core.calendar import plain_date
from trimtab.core.controls import Outcome
from trimtab.core.money import ZERO
from trimtab.core.orders import OrderKind, Ticket, client_id
from trimtab.core.schedule import TradeAt
from trimtab.desk.books import Signature
from trimtab.desk.circumstances import text_of_instant
from trimtab.desk.rebalancing import Rebalance, Trade
from trimtab.desk.version import code_version

KINDS = {
    TradeAt.NEXT_OPEN: OrderKind.ON_OPEN,
    TradeAt.NEXT_CLOSE: OrderKind.ON_CLOSE,
    TradeAt.SAME_CLOSE: OrderKind.MARKET,
    TradeAt.NEXT_OBSERVATION: OrderKind.MARKET,
}


@dataclass(frozen=True, slots=True)
class Asking:
    """Who proposes, under which label."""

    by: Signature
    batch: str


def run_key(found: Rebalance) -> RunKey:
    """The key of a rebalance: its account, the session it decides on, and its policy; each sleeve has runs of its own."""
    policy = found.outlook.policy.sha256
    if found.name != found.account.id:
        policy = hashlib.sha256(f"{policy}|{found.name}".encode()).hexdigest()
    return RunKey(found.account.id, plain_date(found.decision.today.when), policy)


def tickets_of(found: Rebalance, generation: int, asking: Asking) -> tuple[Ticket, ...]:
    """One ticket a trade, sells first, in the order of the policy's assets."""
    trades = sorted(found.trades, key=lambda trade: trade.units > 0)
    run, bare, warnings, movers = run_name(run_key(found), generation), _shared(found, asking), _warnings(found), _movers(found)
    own = (_own(found, trade, warnings) | {"moved_by": movers.get(trade.asset, ())} for trade in trades)
    return tuple(Ticket(**bare, **parts, id=client_id(run, k)) for k, parts in enumerate(own))


def _shared(found: Rebalance, asking: Asking) -> dict[str, Any]:
    """What all tickets of a rebalance have alike."""
    policy, today = found.outlook.policy, found.decision.today
    return {
        "account": found.account.id,
        "kind": KINDS[policy.schedule.trade],
        "currency": found.account.currency,
        "batch": asking.batch,
        "as_of": plain_date(today.when),
        "policy": policy.sha256,
        "strategy": policy.name,
        "code": code_version(),
        "known": text_of_instant(today.known),
        "cutoff": text_of_instant(today.cutoff),
        "by": asking.by.author,
        "four_eyes": policy.approval.four_eyes,
    }


def _own(found: Rebalance, trade: Trade, warnings: Mapping[int, tuple[str, ...]]) -> dict[str, Any]:
    """What is a trade's own; `warnings` by asset."""
    return {
        "instrument": found.instruments[trade.asset],
        "units": trade.units,
        "reference": trade.reference,
        "place": "" if trade.place == found.account.id else trade.place,
        "lots": trade.lots,
        "reason": trade.reason,
        "estimate": trade.estimate,
        "tax": trade.tax if trade.tax is not None else ZERO,
        "warnings": warnings[trade.asset],
    }


def _movers(found: Rebalance) -> dict[int, tuple[str, ...]]:
    """By asset whose order is not the model's own, who wrote the living overrides: with their cash each moves every order."""
    model = {order.asset: order.units for order in found.decision.orders}
    people = tuple(dict.fromkeys(one.by for one in found.overrides))
    return {order.asset: people for order in found.traded.orders if order.units != model.get(order.asset)}


def _warnings(found: Rebalance) -> dict[int, tuple[str, ...]]:
    """The soft rules that the batch, or the order of an asset, breaks."""
    soft = [one for one in found.judgement.evaluations if one.outcome is Outcome.WARN]
    names = ((order.asset, [one.rule for one in soft if one.on in ("", order.id)]) for order in found.traded.orders)
    return {asset: tuple(dict.fromkeys(own)) for asset, own in names}
