"""From trades to tickets: client ids out of the run, who asked, what was known, and every check that only warned."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

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
    run = run_name(run_key(found), generation)
    return tuple(_ticket(found, trade, client_id(run, line), asking) for line, trade in enumerate(trades))


def _ticket(found: Rebalance, trade: Trade, name: str, asking: Asking) -> Ticket:
    policy, today = found.outlook.policy, found.decision.today
    return Ticket(
        id=name,
        account=found.account.id,
        instrument=found.instruments[trade.asset],
        units=trade.units,
        reference=trade.reference,
        place="" if trade.place == found.account.id else trade.place,
        kind=KINDS[policy.schedule.trade],
        currency=found.account.currency,
        lots=trade.lots,
        batch=asking.batch,
        as_of=plain_date(today.when),
        policy=policy.sha256,
        strategy=policy.name,
        code=code_version(),
        known=text_of_instant(today.known),
        cutoff=text_of_instant(today.cutoff),
        reason=trade.reason,
        by=asking.by.author,
        estimate=trade.estimate,
        tax=trade.tax if trade.tax is not None else ZERO,
        warnings=warned(found, trade),
        four_eyes=policy.approval.four_eyes,
    )


def warned(found: Rebalance, trade: Trade) -> tuple[str, ...]:
    """The soft rules that the batch, or the order of this trade, breaks."""
    order = next((one.id for one in found.decision.orders if one.asset == trade.asset), "")
    names = [one.rule for one in found.judgement.evaluations if one.outcome is Outcome.WARN and one.on in ("", order)]
    return tuple(dict.fromkeys(names))
