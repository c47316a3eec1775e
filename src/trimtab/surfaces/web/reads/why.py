"""Why an account holds so much of an asset, from the prices that were used to the target, as the desk stands."""

from __future__ import annotations

from trimtab.desk.account_why import number_of
from trimtab.desk.decide import decide
from trimtab.desk.following import followed_by
from trimtab.desk.record import number
from trimtab.desk.reviewing import turnovers
from trimtab.desk.why import explain, on_signals
from trimtab.surfaces.cli.rebalance import order_book
from trimtab.surfaces.cli.sending import judge_of
from trimtab.surfaces.serving.verbs import Served
from trimtab.surfaces.web.reads.policies import Plain, options_of


def chain_of(served: Served, account: str, asset: str) -> Plain:
    """The chain from price to target on the last session that is known; `signals` apart from the rest. Raises UsageError."""
    options = options_of(served, "why", account=account, asset=asset)
    with order_book(options) as orders:
        policy = followed_by(orders.store, account)
        accounts = judge_of(orders, options).accounts(policy.sha256, None)
        outlook = accounts.outlook
        past = turnovers(orders, outlook, [account], accounts).get(account)  # budgets of turnover are spent by what was traded
        asked = accounts.asked(account, past)
    a = number_of(outlook.policy, asset)
    lines = explain(outlook.policy, outlook.market, decide(outlook.policy, outlook.today, asked.book), a)
    return {
        "asset": outlook.policy.universe[a].id,
        "title": outlook.policy.universe[a].title,
        "when": str(outlook.when),
        "known": str(outlook.today.cutoff),
        "price": number(outlook.prices[a]),
        "quoted": str(outlook.quoted[a]),
        "lines": [line for line in lines if not on_signals(line)],
        "signals": [line for line in lines if on_signals(line)],
    }
