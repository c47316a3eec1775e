"""Does a policy keep a mandate: for each constraint the tightest rule of the policy that bounds the same, or more than it.

No weight is below zero, so a ceiling on a sum holds for every part of it, and a floor on a part for the sum; a turnover
budget of a year holds for each of its quarters, and three of a month for a quarter. Rules of several kinds are not added up:
what only together would keep a constraint counts as missing, and the verdict is never too kind. Nothing is sold short, so an
upper end of net exposure is one of gross exposure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from trimtab.core.rules import Severity
from trimtab.governance.constraints import Bound, Constraint, Each, Per, percent

_HAIR = 1e-12
_WHOLE = (Bound.TURNOVER, Bound.CASH, Bound.LEVERAGE)  # of the sum of all that they name
Names = frozenset[str]


class Verdict(Enum):
    """Of a policy on one part of a mandate."""

    KEPT = "kept"
    LOOSER = "looser"
    MISSING = "missing"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of a mandate: its section or name, what the mandate says, the verdict, and what the policy says."""

    section: str
    wanted: str
    verdict: Verdict
    said: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A rule of a policy as plain values: its limit with all parameters, since when, and what a breach does.

    `borrows`: with it the policy may borrow, from the first day on and whatever a breach does.
    """

    limit: Mapping[str, Any]
    effective_from: date | None = None
    severity: Severity = Severity.BLOCK
    borrows: bool = False

    def in_force(self, constraint: Constraint, since: date) -> bool:
        """Whether it holds from the constraint's first day on, and stops what the constraint stops."""
        first = constraint.effective_from or since
        firm = self.severity is Severity.BLOCK or constraint.severity is Severity.WARN
        return firm and (self.effective_from is None or self.effective_from <= first)


def compare(constraint: Constraint, rules: Sequence[Held], classes: Mapping[str, str], since: date) -> Finding:
    """What a policy makes of one constraint. `classes` are its assets, each with its class; `since` is the mandate's date."""
    in_force = [rule for rule in rules if rule.in_force(constraint, since)]
    kept, any_at_all = (_bound(constraint, some, classes) for some in (in_force, rules))
    if constraint.limit is Bound.LEVERAGE and any_at_all is None and not any(rule.borrows for rule in rules):
        kept = 1.0  # where no rule speaks of leverage nothing is borrowed
    if kept is not None and _within(constraint, kept):
        return Finding(constraint.section, constraint.words, Verdict.KEPT, percent(kept))
    if any_at_all is not None and _within(constraint, any_at_all):
        said = f"{percent(any_at_all)}, but the rule only warns, or begins later"
        return Finding(constraint.section, constraint.words, Verdict.LOOSER, said)
    if any_at_all is None:
        return Finding(constraint.section, constraint.words, Verdict.MISSING, "no rule says so")
    return Finding(constraint.section, constraint.words, Verdict.LOOSER, percent(any_at_all))


def _within(constraint: Constraint, found: float) -> bool:
    if constraint.limit.least:
        return found >= constraint.number - _HAIR
    return found <= constraint.number + _HAIR


def _bound(constraint: Constraint, rules: Sequence[Held], classes: Mapping[str, str]) -> float | None:
    """What the rules come to where the constraint speaks: of several groups the loosest; None where one is not bound at all."""
    found = list(_numbers(constraint, rules, classes))
    wanted = _groups(Each.GROUP if constraint.limit in _WHOLE else constraint.of, constraint.only, classes)
    pick, worst = (max, min) if constraint.limit.least else (min, max)
    each = []
    for group in wanted:
        fitting = [number for names, number in found if _speaks(constraint.limit, names, group)]
        if not fitting:
            return None
        each.append(pick(fitting))
    return worst(each) if each else None


def _speaks(limit: Bound, names: Names, group: Names) -> bool:
    """Whether a bound on the sum of `names` is one on that of `group`."""
    if limit is Bound.LEAST_WEIGHT:
        return names <= group
    if limit is Bound.TILT:
        return names == group
    return names >= group


def _numbers(constraint: Constraint, rules: Sequence[Held], classes: Mapping[str, str]) -> Iterator[tuple[Names, float]]:
    """The number of each rule of the same kind, with the assets that it is on."""
    limit = constraint.limit
    uses = (limit.use, "net_exposure") if limit is Bound.LEVERAGE else (limit.use,)
    for rule in rules:
        said = rule.limit.get("at_least" if limit.least else "at_most")
        if rule.limit.get("use") not in uses or said is None:
            continue
        number = float(said)
        if limit is Bound.TURNOVER:
            if rule.limit.get("per") is None:  # a rolling window says nothing of a calendar period
                continue
            number *= max(1.0, constraint.per.months / Per(rule.limit["per"]).months)
        only = tuple(rule.limit.get("only") or ())
        of = Each.GROUP if limit in _WHOLE else Each(rule.limit.get("of", "asset"))
        yield from ((group, number) for group in _groups(of, only, classes))


def _groups(of: Each, only: Sequence[str], classes: Mapping[str, str]) -> list[Names]:
    """The sets of assets that a limit sums: one an asset, one a class, or a single one of assets and classes."""
    if of is Each.GROUP:
        return [frozenset(name for name in classes if not only or name in only or classes[name] in only)]
    if of is Each.ASSET:
        return [frozenset([name]) for name in classes if not only or name in only]
    kinds = dict.fromkeys(kind for kind in classes.values() if not only or kind in only)
    return [frozenset(name for name in classes if classes[name] == kind) for kind in kinds]
