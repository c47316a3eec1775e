"""Limits kept: decisions that the gate judged, and those of them that broke a rule of the policy, or would have.

Controls of orders (size, price, age) are no limits of the policy: what they stop is not counted here.
"""

from __future__ import annotations

from trimtab.core.controls import Outcome
from trimtab.desk.decisions_made import judged
from trimtab.desk.duties import Case, Found, shown
from trimtab.governance.adherence import Duty, Violation


def limits_kept(case: Case) -> Found:
    """The days on which the gate judged a decision, and every rule that came out as a warning or a stop."""
    rules = {rule.id or rule.limit.words for rule in case.policy.rules.rules}
    occasions, violations = set(), []
    for one in judged(case.orders.store, case.place):
        if not case.contains(one.when):
            continue
        occasion = case.occasion(one.when)
        occasions.add(occasion)
        for rule, source, _, value, limit, outcome in one.evaluations:
            if rule in rules and outcome != Outcome.PASS.value:
                what = f"{rule}{f' ({source})' if source else ''}: {value} beyond the limit, allowed {limit} ({outcome})"
                violations.append(Violation(Duty.LIMITS, occasion, one.when, what, shown(one.record)))
    return Found(frozenset(occasions), tuple(violations))
