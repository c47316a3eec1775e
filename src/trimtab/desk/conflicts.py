"""Which rules cannot be met together: the smallest set of them that leaves no portfolio, found when the policy is read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from trimtab.construction.conic import feasible
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import LimitKind
from trimtab.core.rules import Rule, Rules

_SIZES = (1, 2, 3)  # larger sets are not looked for: a person reads them all


def conflict(rules: Sequence[Rule], count: int) -> tuple[int, ...]:
    """Numbers of the rules of a smallest set that leaves no portfolio of `count` assets; none where all can be met.

    Limits that may be set aside (tilts) play no part. Raises UsageError where groups overlap and no solver is installed.
    """
    if _fit(rules, count):
        return ()
    firm = [k for k, rule in enumerate(rules) if rule.limit.kind is not LimitKind.TILT]
    for size in _SIZES:
        for some in combinations(firm, size):
            if not _fit([rules[k] for k in some], count):
                return some
    return tuple(firm)


def said(rules: Sequence[Rule], numbers: Sequence[int]) -> str:
    """Those rules in words."""
    names = [rules[k].id or rules[k].limit.words for k in numbers]
    return "; ".join(names)


def _fit(rules: Sequence[Rule], count: int) -> bool:
    try:
        region = Rules(tuple(rules), count).essential
    except ParameterError:
        return False
    return region.disjoint or feasible(region)
