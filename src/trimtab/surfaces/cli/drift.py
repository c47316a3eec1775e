"""`drift`: what an account holds against what its policy calls for."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

import numpy as np

from trimtab.desk.books import account_of
from trimtab.desk.drifting import Drift
from trimtab.desk.drifting import drift as drifted
from trimtab.desk.practice import loader_of
from trimtab.surfaces.cli.book_options import count, when
from trimtab.surfaces.cli.book_options import opened as opened_book
from trimtab.surfaces.cli.options import opened, print_json, say
from trimtab.surfaces.cli.wrapping import wrapped


def drift(options: Namespace) -> int:
    """Held - target per line, and half the sum of what differs. Exit 3 on a broken blocking rule, 4 on old data."""
    day = np.datetime64(when(options), "D")  # today, not the end of the data: old prices are said to be old
    with opened_book(options) as book:
        scope = account_of(book, options.account)
        policy = opened(options.policy, options).with_horizon(end=None)
        found = drifted(policy, loader_of(options.workspace)(policy), book, scope, day)
    if options.json:
        print_json("drift", document(found))
    else:
        for line in lines(found):
            say(line)
    return found.exit_code


def lines(found: Drift) -> Iterator[str]:
    """The screen."""
    decision = found.decision
    yield f" {found.account} against {found.policy.title}    policy {found.policy.sha256[:12]}    as of {decision.today.when}"
    yield f" {found.policy.currency.code} {decision.book.nav:,.2f} managed by the policy"
    width = max([16, *(len(asset.title) for asset in found.policy.universe)])
    if decision.refused:
        yield from wrapped(f"NO TARGET: {decision.refused}")
    yield f" {'':<{width}}  Target    Held   Drift"
    for name, held, target in _rows(found):
        yield f" {name:<{width}}{target * 100:8.1f}{held * 100:8.1f}  {(held - target) * 100:+6.1f}"
    orders = f"{len(decision.orders)} trades would lead there" if decision.orders else "nothing to trade"
    yield f" drift {found.total:.1%}    {orders}: nothing was sent"
    for one in found.outside:
        yield from wrapped(f"not counted: {count(one.units)} {one.name} ({one.why})")
    for breach in found.breaches:
        yield from wrapped(f"BREACH by what is held: {breach.rule.id or breach.rule.limit.words}: {breach.amount:.2%} over")
    for line in found.stale:
        yield from wrapped(f"STALE {line}. The policy allows {found.policy.horizon.stale_days} days.")


def _rows(found: Drift) -> Iterator[tuple[str, float, float]]:
    held, target = found.decision.book.held, found.decision.target
    for a, asset in enumerate(found.policy.universe):
        yield asset.title, float(held[a]), float(target[a])
    rest = 1.0 - float(np.sum(held)), 1.0 - float(np.sum(target))
    if max(map(abs, rest)) > 5e-4:
        yield "Cash", *rest


def document(found: Drift) -> dict[str, Any]:
    """The same in plain values; weights are fractions."""
    decision = found.decision
    rows = zip(found.policy.universe, decision.book.held.tolist(), decision.target.tolist(), found.lines.tolist(), strict=True)
    cash = 1.0 - float(np.sum(decision.book.held)), 1.0 - float(np.sum(decision.target))
    return {
        "account": found.account,
        "policy": found.policy.name,
        "policy_sha256": found.policy.sha256,
        "as_of": str(found.as_of),
        "when": str(decision.today.when),
        "nav": decision.book.nav,
        "assets": {asset.id: {"held": held, "target": target, "drift": gap} for asset, held, target, gap in rows},
        "cash": {"held": cash[0], "target": cash[1], "drift": cash[0] - cash[1]},
        "drift": found.total,
        "orders": [{"asset": found.policy.universe[o.asset].id, "units": str(o.units)} for o in decision.orders],
        "outside": [{"name": one.name, "units": str(one.units), "why": one.why} for one in found.outside],
        "breaches": [f"{b.rule.id or b.rule.limit.words}: {b.amount:.4%} over" for b in found.breaches],
        "stale": list(found.stale),
        "refused": decision.refused,
        "exit_code": found.exit_code,
    }
