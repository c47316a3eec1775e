"""The mandate: an investment policy statement as a document of parts, which comes to rules, dates and bounds.

Its parts are those of CFA Institute, Elements of an Investment Policy Statement for Individual Investors (2010): scope and
purpose; governance; investment, return and risk objectives; risk management. What can be computed is a number; the rest is
plain text for people.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any

from trimtab.core.errors import ParameterError
from trimtab.core.persons import same_person
from trimtab.core.terms import Span
from trimtab.governance.changes import Terms
from trimtab.governance.constraints import Constraint
from trimtab.governance.overrides import Bounds
from trimtab.governance.review_plan import YEAR, ReviewPlan
from trimtab.governance.yardstick import Yardstick


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom and what for; which accounts and which kinds of assets it covers, in words."""

    who: str
    purpose: str
    accounts: tuple[str, ...] = ()
    assets: str = ""


@dataclass(frozen=True, slots=True)
class Responsibilities:
    """Who decides, who approves, who reviews; with `four_eyes` nobody approves what he asked for."""

    decides: str
    approves: str
    reviews: str
    four_eyes: bool = True


@dataclass(frozen=True, slots=True)
class Objectives:
    """What success is: benchmark weights by asset, the return in words, a risk target, and what binds the owner.

    Volatility and tracking error are fractions a year, `max_drawdown` is the fall that is tolerated.
    """

    benchmark: Mapping[str, float]
    returns: str = ""
    volatility: float | None = None
    tracking_error: float | None = None
    max_drawdown: float | None = None
    horizon: str = ""
    liquidity: str = ""
    taxes: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "benchmark", MappingProxyType(dict(self.benchmark)))
        if not self.benchmark:
            raise ParameterError("the benchmark is empty", field="benchmark", remedy="Write {US_EQ: 0.60, CORP: 0.40}.")
        _ = self.yardstick

    @property
    def yardstick(self) -> Yardstick:
        """What success is, as the checklist asks for it."""
        return Yardstick(self.benchmark, self.volatility, self.tracking_error, self.max_drawdown)


@dataclass(frozen=True, slots=True)
class RiskManagement:
    """How it is watched, when it is reviewed, which overrides are allowed (None: none), and how it may be changed."""

    monitoring: str = ""
    review: ReviewPlan = ReviewPlan()
    overrides: Bounds | None = None
    changes: Terms = Terms()


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who has to sign, and as what."""

    name: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Mandate:
    """The whole statement. Raises ParameterError where two constraints bear one section, or one person signs twice."""

    name: str
    version: str
    effective_from: date
    scope: Scope
    responsibilities: Responsibilities
    objectives: Objectives
    constraints: tuple[Constraint, ...] = ()
    risk_management: RiskManagement = RiskManagement()
    signatures: tuple[Signatory, ...] = ()
    title: str = "Investment policy statement"

    def __post_init__(self) -> None:
        for name in ("name", "version"):
            if not getattr(self, name).strip():
                raise ParameterError(f"{name} is empty", field=name, remedy="Write a few letters.")
            if not getattr(self, name).isprintable():
                raise ParameterError(f"{name} is not one line", field=name, remedy="Write it in one line.")
        sections = Counter(one.section for one in self.constraints)
        if twice := [section for section, count in sections.items() if count > 1]:
            what = f"section {twice[0]} stands there twice"
            raise ParameterError(what, field="constraints", remedy="Give each constraint a section of its own.")
        people = [one.name for one in self.signatures]
        if any(same_person(one, other) for k, one in enumerate(people) for other in people[:k]):
            raise ParameterError("one person signs twice", field="signatures", remedy="Name everybody once.")

    @property
    def rules(self) -> tuple[dict[str, Any], ...]:
        """The constraints as entries under `rules:` of a policy file."""
        return tuple(one.rule(self.effective_from) for one in self.constraints)

    @property
    def entries(self) -> dict[str, Any]:
        """All that the statement comes to as keys of a policy file. `overrides` is left out where none are allowed."""
        managed = self.risk_management
        bounds = managed.overrides
        return {
            "benchmark": dict(self.objectives.benchmark),
            "rules": list(self.rules),
            "approval": {"four_eyes": self.responsibilities.four_eyes},
            **({} if bounds is None else {"overrides": {"size": float(bounds.size), "days": bounds.days}}),
            "review": {"every": str(managed.review.every), "full_cycle": _years(managed.review.full_cycle)},
            "changes": {"cooling_off": managed.changes.cooling_off, "extreme": managed.changes.extreme},
        }

    @property
    def canonical(self) -> dict[str, Any]:
        """Every part in plain values, as the file may write it: what the hash is taken of."""
        return {"mandate": 1, **_plain(self)}

    @property
    def sha256(self) -> str:
        """What is signed: every part counts, their order in the file and comments do not."""
        text = json.dumps(self.canonical, sort_keys=True, allow_nan=False, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _years(span: Span) -> str:
    """A count of months as a policy file writes it, in years where it is whole ones."""
    return str(span) if span.count % YEAR else f"{span.count // YEAR}Y"


def _plain(value: Any) -> Any:
    """Dataclasses as mappings without what is None, words and dates as text, exact numbers as plain ones."""
    if isinstance(value, Span):
        return str(value)
    if is_dataclass(value):
        parts = ((one.name, getattr(value, one.name)) for one in fields(value))
        return {name: _plain(part) for name, part in parts if part is not None}
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value
