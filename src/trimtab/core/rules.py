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

from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import Box, Limit, LimitKind
from trimtab.core.region import Region, RiskBound
from trimtab.core.trades import Book

_NO_BUDGET: Array = np.asarray(np.inf)
_TINY = 1e-300
_HAIR = 1e-9  # what rounding does to a weight


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
    """A rule that a portfolio breaks, and by how much (above zero).

    `passive` is the part that no trade can cure: what is locked, or may not be bought, forces it.
    """

    rule: Rule
    amount: float
    passive: float = 0.0

    @property
    def curable(self) -> bool:
        """Whether another target would break the rule by less."""
        return not self.amount <= self.passive + _HAIR


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """All rules of a policy for `count` assets: `region` keeps every limit, `essential` those that are never relaxed.

    Raises ParameterError where even the essential limits leave no portfolio.
    """

    rules: tuple[Rule, ...]
    count: int
    region: Region = field(init=False)
    essential: Region = field(init=False)
    bounds: tuple[RiskBound, ...] = field(init=False)
    locked: Mask | None = field(init=False)
    budgets: tuple[Limit, ...] = field(init=False)  # the limits on turnover
    windows: tuple[Limit, ...] = field(init=False)  # the limits on what trading may reach
    shares: tuple[Limit, ...] = field(init=False)  # the budgets that a part of the portfolio has
    plain: bool = field(init=False)  # nothing but a region with a closed form, and budgets

    def __post_init__(self) -> None:
        # Without a leverage rule nothing is borrowed; selling short is not modelled, so every weight is at least 0.
        limits = [rule.limit for rule in self.rules]
        leveraged = any(limit.kind is LimitKind.LEVERAGE for limit in limits)
        floor = Region(np.zeros(self.count), np.full(self.count, np.inf), -np.inf if leveraged else 0.0)
        region = essential = floor
        for limit in limits:
            region = region & limit.region
            if limit.kind is not LimitKind.TILT:
                essential = essential & limit.region
        if not essential.feasible:
            remedy = "Loosen a position, class or leverage limit: together they leave no portfolio."
            raise ParameterError("the rules cannot all be met", field="rules", remedy=remedy)
        locks = [mask for limit in limits if (mask := getattr(limit, "locks", None)) is not None]
        found = {
            "region": region,
            "essential": essential,
            "bounds": tuple(bound for limit in limits if (bound := getattr(limit, "risk", None)) is not None),
            "locked": reduce(np.logical_or, locks) if locks else None,
            "budgets": tuple(limit for limit in limits if limit.kind is LimitKind.TURNOVER),
            "windows": tuple(limit for limit in limits if callable(getattr(limit, "window", None))),
            "shares": tuple(limit for limit in limits if callable(getattr(limit, "share", None))),
        }
        found["plain"] = not found["windows"] and not found["bounds"] and region.disjoint
        for name, value in found.items():
            object.__setattr__(self, name, value)

    def left(self, book: Book) -> Array:
        """The smallest one-way turnover that the budgets leave today; infinite for an account not yet funded."""
        if not book.funded:
            return _NO_BUDGET
        return reduce(np.minimum, (limit.left(book) for limit in self.budgets), _NO_BUDGET)

    def share(self, way: Array, book: Book) -> Array:
        """(...) how much of a way (..., A) all budgets allow, 0 to 1; all of it for an account not yet funded."""
        if not book.funded:
            return np.ones(way.shape[:-1])
        turn = one_way(way)
        left = self.left(book)
        shares = [np.where(turn > left, left / np.maximum(turn, _TINY), 1.0)]
        shares += [limit.share(way, book) for limit in self.shares]  # type: ignore[attr-defined]
        return reduce(np.minimum, shares)

    def window(self, book: Book, *, firm: bool = False) -> Box | None:
        """What trading today may reach from what is held; `firm`: by legal limits alone. None: anything."""
        boxes = [limit.window(book) for limit in self.windows if not firm or limit.kind is LimitKind.LEGAL]  # type: ignore[attr-defined]
        if not boxes:
            return None
        lows, highs = zip(*boxes, strict=True)
        return reduce(np.maximum, lows), reduce(np.minimum, highs)

    def breaches(self, target: Array, book: Book, *, tolerance: float = 1e-9) -> tuple[Breach, ...]:
        """Every rule that `target` (A,) breaks by more than `tolerance`, re-checked in plain numpy."""
        if not self.rules:
            return ()
        amounts = [(rule, float(rule.limit.breach(target, book))) for rule in self.rules]
        broken = [(rule, amount) for rule, amount in amounts if not amount <= tolerance]
        if not broken:
            return ()
        firm = self.window(book, firm=True)
        return tuple(Breach(rule, amount, 0.0 if firm is None else _forced(rule.limit, firm)) for rule, amount in broken)

    def passive(self, book: Book) -> tuple[float, ...]:
        """By how much each rule must be broken today, whatever is traded: legal limits confine what is held. In weight."""
        firm = self.window(book, firm=True)
        return tuple(0.0 if firm is None else _forced(rule.limit, firm) for rule in self.rules)

    @property
    def names(self) -> tuple[str, ...]:
        """What the rules that are never relaxed are called, for sentences."""
        kept = [rule for rule in self.rules if rule.limit.kind not in (LimitKind.TURNOVER, LimitKind.TILT)]
        return tuple(rule.id or rule.limit.words for rule in kept)


def _forced(limit: Limit, firm: Box) -> float:
    return max(0.0, limit.region.forced(*firm))


def one_way(change: Array) -> Array:
    """One-way turnover (...) of a change of weights (..., A), with the leg of cash: what the assets do not keep."""
    return 0.5 * (np.add.reduce(np.abs(change), -1) + np.abs(np.add.reduce(change, -1)))  # type: ignore[no-any-return]
