"""The limits of an investment policy statement, each with its section, and the rule of a policy file that it comes to."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date
from enum import Enum
from typing import Any

from trimtab.core.errors import ParameterError
from trimtab.core.rules import Severity
from trimtab.core.terms import check_ranges
from trimtab.core.visible import in_line

STATEMENT = "Investment Policy Statement"
_SECTION = re.compile(r"[\w§](?:[\w§.()/ -]*[\w.)])?")  # it stands in policy files and on screens as it is


class Bound(Enum):
    """What a constraint bounds; `use` is the limit of a policy file that keeps it, `least` tells that it is a floor."""

    use: str
    least: bool

    def __new__(cls, value: str, use: str, least: bool = False) -> Bound:
        """Keep the limit beside the word."""
        made = object.__new__(cls)
        made._value_ = value
        made.use, made.least = use, least
        return made

    WEIGHT = "weight", "max_weight"
    LEAST_WEIGHT = "least_weight", "min_weight", True
    TILT = "tilt", "max_tilt"
    TURNOVER = "turnover", "max_turnover"
    LEVERAGE = "leverage", "max_leverage"
    CASH = "cash", "min_cash", True


class Each(Enum):
    """Each asset by itself, each asset class as a sum, or all that `only` names as one sum."""

    ASSET = "asset"
    CLASS = "class"
    GROUP = "group"


class Per(Enum):
    """A calendar period of a turnover budget; `months` is its length."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """How long it is."""
        return {Per.MONTH: 1, Per.QUARTER: 3, Per.YEAR: 12}[self]


PARAMETERS = {  # which of the parameters a bound has, besides its number
    Bound.WEIGHT: ("of", "only"),
    Bound.LEAST_WEIGHT: ("of", "only"),
    Bound.TILT: ("of", "only"),
    Bound.TURNOVER: ("only", "per"),
    Bound.LEVERAGE: (),
    Bound.CASH: (),
}


@dataclass(frozen=True, slots=True)
class Constraint:
    """One limit: its section in the statement, what it bounds, and by how much, as a fraction of net asset value.

    `at_most` is the number of a ceiling, `at_least` that of a floor. `only` names the assets or classes that are meant
    (none: all). Raises ParameterError where a number is missing, on the wrong side or out of range, or a parameter belongs
    to another bound.
    """

    section: str
    limit: Bound
    at_most: float | None = None
    at_least: float | None = None
    of: Each = Each.ASSET
    only: tuple[str, ...] = ()
    per: Per = Per.QUARTER
    effective_from: date | None = None
    severity: Severity = Severity.BLOCK
    says: str = ""

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.section.strip() and not _SECTION.fullmatch(self.section):
            what = f"{in_line(self.section)!r} is no section"
            raise ParameterError(what, field="section", remedy='Give letters and figures in one line, such as "4.1 (a)".')
        if not self.section.strip():
            raise ParameterError("the constraint has no section", field="section", remedy='Give its number, such as "4.1".')
        wanted, other = ("at_least", "at_most") if self.limit.least else ("at_most", "at_least")
        value = getattr(self, wanted)
        if getattr(self, other) is not None:
            raise ParameterError(f"{self.limit.value} has no {other}", field=other, remedy=f"Write {wanted}.")
        if value is None:
            raise ParameterError(f"{wanted} is missing", field=wanted, remedy=f"Write {wanted}: and a fraction, such as 0.10.")
        low, high = (1.0, 20.0) if self.limit is Bound.LEVERAGE else (0.0, 1.0)
        if not low <= value <= high:
            raise ParameterError(f"{wanted} {value:g} is not from {low:g} to {high:g}", field=wanted, remedy=_hint(self.limit))
        self._require_own_parameters()

    def _require_own_parameters(self) -> None:
        defaults = {one.name: one.default for one in fields(Constraint)}
        for name in ("of", "only", "per"):
            if name not in PARAMETERS[self.limit] and getattr(self, name) != defaults[name]:
                raise ParameterError(f"{self.limit.value} has no {name}", field=name, remedy="Leave it out.")
        if self.of is Each.GROUP and not self.only:
            raise ParameterError("of a group nothing is named", field="only", remedy="Name its assets or classes: [SPY, EFA].")

    @property
    def number(self) -> float:
        """Its ceiling or floor."""
        return float((self.at_least if self.limit.least else self.at_most) or 0.0)

    @property
    def id(self) -> str:
        """As rules of a policy bear it."""
        return f"IPS-{self.section}"

    def rule(self, effective_from: date) -> dict[str, Any]:
        """The entry under `rules:` of a policy file; it holds from its own date, else from that of the statement."""
        limit: dict[str, Any] = {"use": self.limit.use}
        if "of" in PARAMETERS[self.limit] and self.of is not Each.ASSET:
            limit["of"] = self.of.value
        if self.only:
            limit["only"] = list(self.only)
        limit["at_least" if self.limit.least else "at_most"] = self.number
        if self.limit is Bound.TURNOVER:
            limit["per"] = self.per.value
        return {
            "limit": limit,
            "id": self.id,
            "source": f"{STATEMENT}, section {self.section}",
            "effective_from": (self.effective_from or effective_from).isoformat(),
            "severity": self.severity.value,
        }

    @property
    def words(self) -> str:
        """The limit in a sentence."""
        named = ", ".join(self.only)
        subject = {
            Each.ASSET: f"Each of {named}" if named else "Each asset",
            Each.CLASS: f"Each of the classes {named}" if named else "Each asset class",
            Each.GROUP: f"{named} together",
        }[self.of]
        amount = percent(self.number)
        return {
            Bound.WEIGHT: f"{subject} at most {amount}",
            Bound.LEAST_WEIGHT: f"{subject} at least {amount}",
            Bound.TILT: f"{subject} within {amount} of the benchmark weight",
            Bound.TURNOVER: f"One-way turnover{f' of {named}' if named else ''} of at most {amount} a {self.per.value}",
            Bound.LEVERAGE: f"Gross exposure of at most {amount}",
            Bound.CASH: f"Cash of at least {amount}",
        }[self.limit]


def percent(fraction: float) -> str:
    """In percent with every digit that was written: a policy that is looser by a hair does not look as if it kept a limit."""
    return f"{100.0 * fraction:.14g} %"


def _hint(limit: Bound) -> str:
    return "1 borrows nothing." if limit is Bound.LEVERAGE else "Give a fraction, such as 0.40."
