"""One pass over some variants of a sweep: what is known of each, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.terms import MONTH
from trimtab.data.market import Market
from trimtab.desk.policy import Policy
from trimtab.desk.swept import Swept, figures
from trimtab.desk.swept_aims import Dates, Foresight
from trimtab.desk.variants import Aspect
from trimtab.numerics.lanes import Trails

NEVER = -1
NO_DECISION = "the data hold no decision date"
NO_DATE = "no decision date has all prices, signals and weights"


@dataclass(slots=True, eq=False)
class Pass:
    """Everything by variant stands in the order of `numbers` (V,); `groups` say who shares an aspect, `policies` of whom."""

    market: Market
    numbers: Index
    policies: Mapping[tuple[Aspect, int], Policy]
    groups: Mapping[Aspect, Index]
    failed: dict[int, str]
    trails: Trails
    first: Index  # (V,) row of the first decision
    capital: Array
    engines: np.ndarray
    _foresights: list[tuple[Any, Foresight]] = field(default_factory=list)

    @classmethod
    def over(
        cls,
        market: Market,
        numbers: Index,
        policies: Mapping[tuple[Aspect, int], Policy],
        groups: Mapping[Aspect, Index],
        failed: dict[int, str],
        *,
        whole: bool = False,
    ) -> Pass:
        """Nothing has been run yet."""
        count, marked = len(numbers), market.ends(MONTH)
        trails = Trails.blank(count, len(market.sessions), marked, whole=whole)
        trails.tallies[:] = np.nan
        trails.wealth[:] = np.nan
        never, none = np.full(count, NEVER), np.full(count, np.nan)
        return cls(market, numbers, policies, groups, failed, trails, never, none, np.full(count, "", dtype=object))

    def on(self, policy: Policy, dates: int) -> Policy:
        """A policy on the schedule, and from the first day, of group number `dates`."""
        other = self.policies[Aspect.DATES, dates]
        return replace(policy, schedule=other.schedule, horizon=replace(policy.horizon, start=other.horizon.start))

    def foresight(self, policy: Policy, dates: Mapping[int, Dates]) -> Foresight:
        """What is known on the dates of some schedules by whoever trades as `policy` does: one for all books."""
        for reacher, found in self._foresights:
            if reacher == policy.reacher and found.dates.keys() == dates.keys():
                return found
        self._foresights.append((policy.reacher, Foresight(self.market, dates)))
        return self._foresights[-1][1]

    def fail(self, mine: Index, why: str) -> None:
        """Say of variants, by their place, why they have no figures."""
        self.failed |= dict.fromkeys(self.numbers[mine].tolist(), why)

    def note(self, mine: Index, first: Index, engine: str) -> None:
        """Say of variants when they began, and what worked them out."""
        self.first[mine] = first
        self.engines[mine] = engine

    def swept(self) -> Swept:
        """What became of them."""
        sessions, began = self.market.sessions, self.first != NEVER
        start = np.maximum(self.first, 0)
        periods = np.where(began, len(sessions) - 1 - start, 0)
        years = (sessions[-1] - sessions[start]).astype("timedelta64[D]").astype(float) / 365.25
        found = figures(self.trails.tallies, periods, years, float(self.market.per_year), self.capital)
        marks, dates = self.trails.marks, sessions[self.trails.marked]
        told = (marks, dates, tuple(self.engines), self.failed, self.trails.wealth)
        return Swept(self.numbers, found, self.first, periods, *told)
