"""What accounts are to trade, with what a page shows besides the verb's own document: dates, regime, band, gains, rules.

Runs in a worker process, which stands in the workspace; the answer holds plain values alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from trimtab.core.controls import Outcome
from trimtab.core.money import ZERO
from trimtab.core.rules import one_way
from trimtab.desk.circumstances import text_of_instant
from trimtab.desk.coming import AHEAD, next_decision
from trimtab.desk.outlook import Outlook
from trimtab.desk.rebalancing import Rebalance
from trimtab.desk.reviewing import Review
from trimtab.desk.sessions_ahead import sessions_ahead
from trimtab.surfaces.cli.rebalance import exit_code, order_book, reviewed
from trimtab.surfaces.cli.review_document import account_document
from trimtab.surfaces.cli.review_screen import stopping
from trimtab.surfaces.serving.verbs import Served, namespace

BY = "reader"  # by whose name what only reads is asked
Plain = dict[str, Any]
_UNDECIDED = ("stale", "refused", "traded")


def reviewed_accounts(served: Served, account: str, household: str) -> Plain:
    """The review of one account, of a household, or of all (both names empty). Raises what the verb `rebalance` raises."""
    with_names = {"account": account, "household": household, "all": not (account or household)}
    options = namespace(served, "rebalance", with_names, BY)
    with order_book(options) as orders:
        found = reviewed(orders, options)
        households = {one.id: one.household for one in orders.store.accounts()}
        head = f"{orders.store.last()} {orders.store.head()}"
    return {
        "accounts": [account_document(one, None) | facts(one) for one in found.rebalances],
        "skipped": [one._asdict() | {"household": households.get(one.account, "")} for one in found.skipped],
        "tally": tally(found),
        "exit_code": exit_code(found, None),
        "journal": head,
    }


def tally(found: Review) -> dict[str, int]:
    """How many accounts need what: `accounts`, `act`, `blocked`, `undecided`, `rest`."""
    actions = [one.action for one in found.rebalances]
    blocked = actions.count("BLOCKED")
    undecided = sum(one in _UNDECIDED for one in actions)
    act = sum(bool(one.trades) for one in found.rebalances if one.action not in (*_UNDECIDED, "BLOCKED"))
    rest = len(actions) - act - blocked - undecided
    return {"accounts": len(actions), "act": act, "blocked": blocked, "undecided": undecided, "rest": rest}


def facts(one: Rebalance) -> Plain:
    """What stands beside an account: dates, regime, band, how far it goes, gains, what stops it."""
    policy, traded = one.outlook.policy, one.traded
    short, long = (sum((getattr(trade, side) for trade in one.trades), ZERO) for side in ("short", "long"))
    left = float(traded.reach.left)
    return {
        "household": one.account.household,
        "title": policy.title,
        "band": float(getattr(policy.reacher, "band", 0.0) or 0.0),
        "share": float(one.decision.reach.share),
        "to_aim": to_aim(one),
        "turnover_left": left if np.isfinite(left) else None,
        "short_gain": str(short),
        "long_gain": str(long),
        "verdict": verdict(one),
        "stopping": stopping(one) if one.action == "BLOCKED" else [],
        "below_minimum": [one.instruments[a] for a in traded.below_minimum],
        "relaxed": list(traded.relaxed),
        "four_eyes": policy.approval.four_eyes,
        "titles": {asset.id: asset.title for asset in policy.universe},
        "instruments": dict(zip((asset.id for asset in policy.universe), one.instruments, strict=True)),
        "lines": {order.id: one.instruments[order.asset] for order in traded.orders},
        **moments(one.outlook),
        **regime(one.outlook),
    }


def to_aim(one: Rebalance) -> float | None:
    """How far what is held is from the model's aim, as bands measure it: one-way; None where there is no aim."""
    found = float(one_way(one.book.held - one.decision.today.goal))
    return found if np.isfinite(found) else None


def verdict(one: Rebalance) -> str:
    """What the rules say, in a word or two; empty where they are not asked."""
    if one.action in (*_UNDECIDED, "none"):
        return ""
    kinds = (Outcome.BLOCK, Outcome.WARN)
    counts = [(len({e.rule for e in one.judgement.evaluations if e.outcome is kind}), kind.value) for kind in kinds]
    return ", ".join(f"{count} {word}" for count, word in counts if count) or "ok"


def regime(said: Outlook) -> Plain:
    """The likeliest state of the market with its probability; empty where the policy has no model of regimes."""
    states, odds = said.today.regime.states, said.today.regime.probabilities.tolist()
    if len(states) < 2:
        return {"regime": "", "regime_odds": None, "regimes": []}
    word, most = max(zip(states, odds, strict=True), key=lambda pair: pair[1])
    return {"regime": word, "regime_odds": most, "regimes": [list(pair) for pair in zip(states, odds, strict=True)]}


def moments(said: Outlook) -> Plain:
    """Decision and execution are two dates: of the decision that is looked at, and of the next one."""
    policy, coming = said.policy, next_decision(said.policy, said.market, said.when)
    return {
        "cutoff": text_of_instant(said.today.cutoff),
        "known": text_of_instant(said.today.known),
        "data_until": str(said.market.sessions[-1].astype("datetime64[D]")),
        "price_rule": policy.schedule.trade.value.replace("_", " "),
        "decides": policy.schedule.when,
        "trade_on": traded_on(said, said.when),
        "next_decision": str(coming),
        "next_trade": traded_on(said, coming),
    }


def traded_on(said: Outlook, decided: np.datetime64) -> str:
    """The session on which what is decided on a date is traded; empty where the calendar does not reach so far."""
    last = said.market.sessions[-1].astype("datetime64[D]")
    dates = np.concatenate([said.market.sessions, sessions_ahead(said.market, max(last, decided) + AHEAD)])
    row = int(np.searchsorted(dates, decided)) + said.policy.schedule.wait
    return str(dates[row].astype("datetime64[D]")) if row < len(dates) else ""
