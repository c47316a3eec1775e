"""A policy is the whole process as one value: universe, benchmark, signals to reacher, rules, costs, schedule, execution."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from trimtab.construction.blend import sleeves_of
from trimtab.core.arrays import Array
from trimtab.core.calendar import Frequency
from trimtab.core.controls import Ruled
from trimtab.core.frictions import Charges, CostModel, Financing, Holding
from trimtab.core.money import UNROUNDED, ZERO, Currency, Money, currency
from trimtab.core.roles import Allocator, Combiner, Forecaster, Reacher, RegimeModel, Signal
from trimtab.core.rules import Rules
from trimtab.core.schedule import Execution, Rounding, Schedule, Units
from trimtab.core.values import Asset
from trimtab.desk.dealing import Liquidity
from trimtab.desk.taxation import Taxation
from trimtab.execution.sizing import Lotting
from trimtab.governance.changes import Terms
from trimtab.governance.overrides import Bounds
from trimtab.governance.review_plan import ReviewPlan


class Averages(Enum):
    """Whether series that are averages over a period may be used: timing on them flatters."""

    REFUSED = "refused"
    ALLOWED = "allowed"


@dataclass(frozen=True, slots=True)
class Approval:
    """Who may approve orders; with `four_eyes` nobody approves what he asked for or edited."""

    four_eyes: bool = False


HELD_TO: dict[str, type[Any]] = {"overrides": Bounds, "review": ReviewPlan, "changes": Terms}  # sections a file may leave out


@dataclass(frozen=True, slots=True)
class Identity:
    """What a policy is called, and the hash that people are held to."""

    name: str
    title: str = ""
    canonical: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    sha256: str = ""
    source: str = field(default="", repr=False, compare=False)  # the file as it was written
    folder: str = field(default="", repr=False, compare=False)  # where its relative names start

    @property
    def text(self) -> str:
        """The canonical form, readable: every parameter, defaults written out, keys in order."""
        return json.dumps(self.canonical, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Horizon:
    """Dates: folds and expanding statistics run from `since`; trading from `start` to `end` with `capital`."""

    since: date | None = None
    start: date | None = None
    end: date | None = None
    capital: Money = Money(Decimal(1_000_000))
    stale_days: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """The whole process. Every part is a frozen component; `data` is the source that its series come from."""

    identity: Identity
    horizon: Horizon
    data: Any
    universe: tuple[Asset, ...]
    benchmark: Array  # (A,)
    signals: Mapping[str, Signal]
    combine: Combiner
    regime: RegimeModel
    forecaster: Forecaster
    allocator: Allocator
    reacher: Reacher
    rules: Rules
    costs: CostModel
    cash: Financing
    schedule: Schedule
    execution: Execution
    averages: Averages = Averages.REFUSED
    series: tuple[str, ...] = ()  # named series that components read, cash included
    sentences: tuple[str, ...] = ()
    liquidity: Liquidity = Liquidity()
    holding: Holding | None = None  # what holding costs; None: nothing
    tax: Taxation | None = None  # None: taxes are left out
    fees: tuple[Charges, ...] = ()  # of the adviser, for data
    controls: tuple[Ruled, ...] | None = None  # checks of orders; None: those that come with Trimtab
    approval: Approval = Approval()
    overrides: Bounds | None = None  # None: people may not override it
    review: ReviewPlan | None = None  # None: the usual calendar
    changes: Terms | None = None  # under which parameters may be changed; None: the usual ones
    views: str = ""  # the file of discretionary views, in full; empty: there is none
    lotting: Lotting = field(init=False)  # how orders are rounded
    deals: bool = field(init=False)  # limits, controls or costs depend on how much is traded in the market
    remembers: bool = field(init=False)  # a limit depends on what was bought when
    watches: bool = field(init=False)  # a limit depends on the covariance of the day
    taxed: bool = field(init=False)  # a limit or the reacher asks what selling would be taxed

    def __post_init__(self) -> None:
        minimum = self.execution.minimum.amount if self.execution.minimum else ZERO
        object.__setattr__(self, "lotting", Lotting(self.digits, self.currency, minimum))
        limits = [rule.limit for rule in self.rules.rules]
        dealing = (self.costs, *limits, *(ruled.control for ruled in self.controls or ()))
        object.__setattr__(self, "deals", any(getattr(part, "deals", False) for part in dealing))
        object.__setattr__(self, "remembers", any(getattr(limit, "remembers", False) for limit in limits))
        watched = any(getattr(limit, "watches", False) for limit in limits)
        object.__setattr__(self, "watches", watched or bool(self.rules.bounds))
        asked = any(getattr(part, "taxed", False) for part in (self.reacher, *limits))
        object.__setattr__(self, "taxed", asked and self.tax is not None and self.tax.bites)

    @property
    def voices(self) -> Mapping[str, Signal]:
        """Every signal that is heard: those of the policy, and those of the sleeves of a blend as `sleeve.signal`."""
        others = {
            f"{name}.{key}": signal for name, sleeve in sleeves_of(self.allocator) for key, signal in sleeve.signals.items()
        }
        return {**self.signals, **others} if others else self.signals

    @property
    def frequencies(self) -> tuple[Frequency, ...]:
        """When it decides: its own schedule, or those of the sleeves of a blend."""
        own = self.schedule.decide
        found = [sleeve.decide or own for _, sleeve in sleeves_of(self.allocator)]
        return tuple(dict.fromkeys(found)) or (own,)

    @property
    def name(self) -> str:
        """The file's `name`."""
        return self.identity.name

    @property
    def title(self) -> str:
        """What a person reads."""
        return self.identity.title or self.identity.name

    @property
    def sha256(self) -> str:
        """The commitment: parameters change it, comments and order do not."""
        return self.identity.sha256

    @property
    def text(self) -> str:
        """The canonical form."""
        return self.identity.text

    @property
    def words(self) -> tuple[str, ...]:
        """The policy in sentences, generated from its parts."""
        return self.sentences

    @property
    def currency(self) -> Currency:
        """Base currency; without cents where the policy does not round money."""
        base = self.horizon.capital.currency
        if self.execution.rounding is Rounding.NONE:
            return Currency(base, UNROUNDED)
        return currency(base)

    @property
    def digits(self) -> int:
        """Decimal places of a unit."""
        return 0 if self.execution.units is Units.WHOLE else self.execution.digits

    def with_horizon(self, **changes: Any) -> Policy:
        """The same policy over other dates or with other capital."""
        return replace(self, horizon=replace(self.horizon, **changes))
