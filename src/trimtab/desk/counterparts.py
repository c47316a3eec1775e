"""What a policy is always shown beside: itself without its regime, and itself without taxes, where it has them."""

from __future__ import annotations

from dataclasses import replace

from trimtab.core.rules import Rules
from trimtab.desk.policy import Policy
from trimtab.desk.regime_review import without_regime
from trimtab.desk.rivals import renamed
from trimtab.regimes.none import NoRegime

UNTAXED = "The same without taxes"


def counterparts(policy: Policy) -> tuple[Policy, ...]:
    """The policies that a run of `policy` is set beside without being asked."""
    plain = () if isinstance(policy.regime, NoRegime) else (without_regime(policy),)
    return plain if policy.tax is None or not policy.tax.bites else (*plain, untaxed(policy))


def untaxed(policy: Policy) -> Policy:
    """The same policy in an account that no tax is taken from."""
    kept = tuple(rule for rule in policy.rules.rules if not getattr(rule.limit, "taxed", False))
    plain = replace(policy, tax=None, rules=Rules(kept, len(policy.universe)))
    return renamed(plain, policy, f"{policy.name}-untaxed", UNTAXED, "without taxes")
