"""Reviews of accounts in plain values: weights are fractions, money and units exact text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trimtab.desk.override_words import what_words
from trimtab.desk.proposing import Proposed
from trimtab.desk.rebalancing import Rebalance, Trade
from trimtab.desk.reviewing import Review
from trimtab.governance.overrides import Override


def document(found: Review, made: Sequence[Proposed] | None, code: int) -> dict[str, Any]:
    """Every account, who was skipped, and the exit code."""
    fates = {} if made is None else {one.rebalance.name: one for one in made}
    return {
        "accounts": [account_document(one, fates.get(one.name)) for one in found.rebalances],
        "skipped": [one._asdict() for one in found.skipped],
        "exit_code": code,
    }


def account_document(one: Rebalance, made: Proposed | None) -> dict[str, Any]:
    """One account in plain values."""
    policy, decision = one.outlook.policy, one.decision
    return {
        "account": one.name,
        "currency": one.account.currency,
        "policy": policy.name,
        "policy_sha256": policy.sha256,
        "as_of": str(one.outlook.as_of),
        "when": str(decision.today.when),
        "due": one.outlook.due,
        "nav": float(one.book.nav),
        "drift": one.drift,
        "turnover": one.turnover,
        "action": one.action,
        "cash_after": 1.0 - float(one.after.sum()),
        "exit_code": one.exit_code,
        "assets": _assets(one),
        "overrides": [_override_document(put) for put in one.overrides],
        "trades": [_trade_document(one, trade) for trade in one.trades],
        "estimate": str(one.estimate),
        "tax": None if one.tax is None else str(one.tax),
        "tax_set_aside": str(one.owed),
        "remarks": list(one.remarks),
        "evaluations": [e._asdict() | {"outcome": e.outcome.value} for e in one.judgement.evaluations],
        "outside": [{"name": o.name, "units": str(o.units), "why": o.why} for o in one.outside],
        "stale": list(one.outlook.stale),
        "refused": one.traded.refused,
        "proposal": None if made is None else _proposal(made),
    }


def _assets(one: Rebalance) -> dict[str, dict[str, float]]:
    """Weights by asset: held, after the trades, of the target that is traded to, and of the model's own."""
    weights = (one.book.held, one.after, one.traded.target, one.decision.target)
    rows = zip(one.outlook.policy.universe, *(part.tolist() for part in weights), strict=True)
    return {asset.id: dict(zip(("held", "after", "target", "model"), row, strict=True)) for asset, *row in rows}


def _override_document(one: Override) -> dict[str, str]:
    return {"id": one.id, "by": one.by, "what": what_words(one), "ends": one.ends.isoformat(), "why": one.why}


def _proposal(made: Proposed) -> dict[str, Any]:
    return {"fate": made.fate.value, "batch": made.batch, "orders": [order.id for order in made.orders]}


def _trade_document(one: Rebalance, trade: Trade) -> dict[str, Any]:
    return {
        "instrument": one.instruments[trade.asset],
        "asset": one.outlook.policy.universe[trade.asset].id,
        "place": trade.place,
        "units": f"{trade.units:f}",
        "reference": f"{trade.reference:f}",
        "reason": trade.reason,
        "lots": [{"lot": lot, "units": f"{units:f}"} for lot, units in trade.lots],
        "estimate": str(trade.estimate),
        "bps": float(trade.bps),
        "short_gain": str(trade.short),
        "long_gain": str(trade.long),
        "disallowed": str(trade.disallowed),
        "tax": None if trade.tax is None else str(trade.tax),
    }
