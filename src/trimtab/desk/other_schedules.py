"""The same policy deciding monthly and quarterly: what each brings and costs, and whether the faster one is worth it.

The faster schedule is worth its cost where the benefit that it adds lies above the cost that it adds by more than luck: the
lower end of the interval of the difference (stationary bootstrap) is above the difference of costs (METHODS 6.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.calendar import Frequency
from trimtab.core.errors import TrimtabError
from trimtab.desk.backtest import backtest
from trimtab.desk.grid import Axis, Grid
from trimtab.desk.policy import Policy
from trimtab.desk.result import Result
from trimtab.desk.taken import taken
from trimtab.desk.variants import Variants
from trimtab.numerics.intervals import Interval, interval

KEY = ("schedule", "decide")
COMPARED = (Frequency.MONTH_END, Frequency.QUARTER_END)
LEVEL = 0.90
LEAST = 24  # returns below which a difference says nothing


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One schedule over the shared dates: gross benefit, cost and net, fractions a year; `own` is that of the policy."""

    decide: str
    benefit: float
    cost: float
    own: bool = False

    @property
    def net(self) -> float:
        """What is left."""
        return self.benefit - self.cost


@dataclass(frozen=True, slots=True)
class Faster:
    """What the faster of two schedules adds: benefit a year with its interval, and cost a year."""

    faster: str
    slower: str
    benefit: Interval
    cost: float

    @property
    def worth(self) -> bool:
        """Whether the benefit it adds is above the cost it adds by more than luck."""
        return self.benefit.low > self.cost

    @property
    def words(self) -> str:
        """What it comes to, in a sentence."""
        one, level = self.benefit, f"{100 * self.benefit.level:g} %"
        said = f"{100 * one.value:+.2f} % a year gross ({level}: {100 * one.low:+.2f} to {100 * one.high:+.2f})"
        head = f"Deciding at {self.faster} instead of {self.slower} adds {said} at {1e4 * self.cost:+.1f} bp of cost"
        return f"{head}: {'it is worth its cost' if self.worth else 'that it is worth its cost is not shown'}."


def variants_of(result: Result) -> Iterator[Result]:
    """The policy of a backtest on the compared schedules that are not its own, over its own dates.

    None where the sleeves of a blend decide when they want, and where a variant cannot be run.
    """
    policy = result.policy
    if policy.frequencies != (policy.schedule.decide,):
        return
    for other in COMPARED:
        if other is not policy.schedule.decide and (made := _run(policy, other, result)) is not None:
            yield made


def _run(policy: Policy, decide: Frequency, result: Result) -> Result | None:
    try:
        changed = Variants.of(policy, Grid((Axis(KEY, (decide.value,)),))).policy(0)
        found = backtest(replace(changed, data=policy.data, horizon=policy.horizon), result.market)
    except TrimtabError:
        return None
    return found if len(found.decisions) > 1 else None  # of one decision nobody knows what it costs a year


def faster_of(one: Result, other: Result, costs: tuple[float, float], *, seed: int) -> Faster | None:
    """What the faster of two adds over their shared dates, at these costs a year; None for fewer than 24 returns."""
    if one.policy.schedule.decide.per_year < other.policy.schedule.decide.per_year:
        one, other, costs = other, one, (costs[1], costs[0])
    mine, theirs = shared(one, other)
    if len(mine) < LEAST:
        return None
    added = interval(lambda drawn: drawn.mean(axis=-1) * one.periods_per_year, mine - theirs, seed=seed, level=LEVEL)
    return Faster(one.policy.schedule.decide.value, other.policy.schedule.decide.value, added, costs[0] - costs[1])


def shared(one: Result, other: Result) -> tuple[Array, Array]:
    """Gross returns of two results over the periods that both have."""
    first = max(one.dates[0], other.dates[0])
    mine, theirs = (taken(found).gross[np.flatnonzero(found.dates[1:] > first)] for found in (one, other))
    return mine, theirs
