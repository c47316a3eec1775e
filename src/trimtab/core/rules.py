"""Rules: limits with their place in the written policy, and what they allow together.

Where limits cannot all be met they are relaxed in this published order: turnover, then tilt; position, leverage and legal
limits never.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import reduce

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.region import Region
from trimtab.core.roles import Limit, LimitKind
from trimtab.core.trades import Book

_NO_BUDGET: Array = np.asarray(np.inf)


class Severity(Enum):
    """What the gate and the review do with a breach: `warn` reports it, `block` stops the order."""

    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit with its place in the written policy. A bare limit is a rule without source, for research."""

    limit: Limit
    id: str = ""
    source: str = ""
    effective_from: date | None = None
    severity: Severity = Severity.BLOCK


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that a portfolio breaks, and by how much (above zero)."""

    rule: Rule
    amount: float


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """All rules of a policy for `count` assets: `region` keeps every limit, `essential` those that are never relaxed.

    Raises ParameterError where even the essential limits leave no portfolio.
    """

    rules: tuple[Rule, ...]
    count: int
    region: Region = field(init=False)
    essential: Region = field(init=False)
    budgets: tuple[Limit, ...] = field(init=False)  # the limits on turnover

    def __post_init__(self) -> None:
        # Without a leverage rule nothing is borrowed; selling short is not modelled, so every weight is at least 0.
        leveraged = any(rule.limit.kind is LimitKind.LEVERAGE for rule in self.rules)
        floor = Region(np.zeros(self.count), np.full(self.count, np.inf), -np.inf if leveraged else 0.0)
        region = essential = floor
        for rule in self.rules:
            region = region & rule.limit.region
            if rule.limit.kind is not LimitKind.TILT:
                essential = essential & rule.limit.region
        if not essential.feasible:
            remedy = "Loosen a position, class or leverage limit: together they leave no portfolio."
            raise ParameterError("the rules cannot all be met", field="rules", remedy=remedy)
        object.__setattr__(self, "budgets", tuple(r.limit for r in self.rules if r.limit.kind is LimitKind.TURNOVER))
        object.__setattr__(self, "region", region)
        object.__setattr__(self, "essential", essential)

    def left(self, book: Book) -> Array:
        """The smallest one-way turnover that the budgets leave today; infinite for an account not yet funded."""
        if not book.funded:
            return _NO_BUDGET
        return reduce(np.minimum, (limit.left(book) for limit in self.budgets), _NO_BUDGET)

    def breaches(self, target: Array, book: Book, *, tolerance: float = 1e-9) -> tuple[Breach, ...]:
        """Every rule that `target` (A,) breaks by more than `tolerance`, re-checked in plain numpy."""
        if not self.rules:
            return ()
        amounts = [(rule, float(rule.limit.breach(target, book))) for rule in self.rules]
        return tuple(Breach(rule, amount) for rule, amount in amounts if not amount <= tolerance)
