"""Did we keep to the process? A score of 100 less weighted violations, each with its evidence (METHODS 11).

Five duties, with their weights: signals on time 25, trades within tolerance and lag 25, limits kept 20, no override that
nobody logged 20, reviews held 10. A duty earns its weight times the part of its occasions that were kept; one that had no
occasion in the period is kept. The score stands beside performance, and never takes it in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from types import MappingProxyType

from trimtab.core.errors import ParameterError


class Duty(Enum):
    """What the process asks for: its weight out of 100, and its words."""

    SIGNALS = 25, "decisions on time"
    TRADES = 25, "trades within tolerance and lag"
    LIMITS = 20, "limits kept"
    OVERRIDES = 20, "no unlogged override"
    REVIEWS = 10, "reviews held"

    @property
    def weight(self) -> int:
        """Points out of 100."""
        return int(self.value[0])

    @property
    def words(self) -> str:
        """As a report names it."""
        return str(self.value[1])


@dataclass(frozen=True, slots=True)
class Violation:
    """A duty that was not kept: on which of its occasions, when, what happened, and where the journal or a run shows it."""

    duty: Duty
    occasion: str
    when: date
    what: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Adherence:
    """How often each duty was due in a period, and the violations, oldest first.

    Several violations on one occasion count once. Raises ParameterError where more occasions were violated than there were,
    or a violation comes without evidence.
    """

    due: Mapping[Duty, int]
    violations: tuple[Violation, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "due", MappingProxyType({duty: self.due.get(duty, 0) for duty in Duty}))
        object.__setattr__(self, "violations", tuple(sorted(self.violations, key=lambda one: (one.when, one.duty.name))))
        for violation in self.violations:
            if not violation.evidence.strip():
                raise ParameterError(f"{violation.what}: no evidence", remedy="Name the entry of the journal that shows it.")
        for duty in Duty:
            if self.broken(duty) > self.due[duty]:
                raise ParameterError(f"{duty.words}: {self.broken(duty)} of {self.due[duty]} occasions were violated")

    def broken(self, duty: Duty) -> int:
        """The occasions on which a duty was not kept."""
        return len({violation.occasion for violation in self.violations if violation.duty is duty})

    def earned(self, duty: Duty) -> Fraction:
        """The points of a duty."""
        due = self.due[duty]
        return Fraction(duty.weight * (due - self.broken(duty)), due) if due else Fraction(duty.weight)

    @property
    def score(self) -> Fraction:
        """Out of 100."""
        return sum(map(self.earned, Duty), Fraction(0))


def joined(periods: Sequence[Adherence]) -> Adherence:
    """Several periods, or accounts, as one; occasions of different ones must have different names."""
    due = {duty: sum(period.due[duty] for period in periods) for duty in Duty}
    return Adherence(due, tuple(violation for period in periods for violation in period.violations))
