"""Does it survive a worse world? Other rebalance days, costs doubled, a later fill, trading less often.

Each is the same policy with one key changed, run on the same market. What is left is the Sharpe ratio over the benchmark at
the policy's own exposure to it; the benchmark itself stays as it is. The schedules are compared as METHODS 6.5 has it: the
faster one is kept only where its alpha is more than its costs, and not by luck.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.calendar import Frequency
from trimtab.core.errors import TrimtabError
from trimtab.core.schedule import TradeAt
from trimtab.desk.backtest import backtest
from trimtab.desk.deflating import record_of
from trimtab.desk.evidence import LATE, NOTHING, PER_YEAR, SAME, Evidence, no_answer, sharpe_of
from trimtab.desk.grid import Axis, Grid
from trimtab.desk.policy import Policy
from trimtab.desk.result import Result
from trimtab.desk.tried import Told, Tried, month_wealth
from trimtab.desk.variants import Variants
from trimtab.numerics.returns import returns_of
from trimtab.validation.checks import Check, lit
from trimtab.validation.luck import day_luck
from trimtab.validation.percents import number, signed
from trimtab.validation.schedules import Sampling, Traded, compare_schedules

DAYS = {Frequency.WEEK_END: (1, 2, 3)}
LATER = (3, 5, 8, 10, 15)  # sessions after the end of a month or of more
HALF = 0.5  # of the ratio that must be left for a pass
TENTH = 0.1  # of it: where less is left, next to nothing of the effect could be had
OTHER = {
    Frequency.DAILY: Frequency.MONTH_END,
    Frequency.WEEK_END: Frequency.MONTH_END,
    Frequency.MONTH_END: Frequency.QUARTER_END,
}
MONTHLY = "monthly data hold no other days"


@dataclass(slots=True, eq=False)
class Stress:
    """The policy in other worlds. `tried` collects what was run, to be counted as trials."""

    found: Evidence
    tried: Tried

    @classmethod
    def of(cls, found: Evidence) -> Stress:
        """Nothing has been run yet but the policy itself."""
        first = found.tried
        return cls(
            found, Tried(first.policy, first.market, first.points[:1], first.months[:1], first.sharpes[:1], first.hashes[:1])
        )

    def checks(self, told: Told) -> Iterator[Check]:
        """All of them, one after the other."""
        for name, make in (
            ("rebalance days", self._days),
            ("schedules", self._schedules),
            ("costs", self._costs),
            ("lag", self._lag),
        ):
            told(name)
            yield make()

    def _days(self) -> Check:
        name, every = "rebalance day", self._policy.schedule.decide
        if self.found.result.market.monthly or every is Frequency.DAILY:
            return no_answer(name, MONTHLY if every is not Frequency.DAILY else "it decides on every day")
        own = self._policy.schedule.offset
        offsets = tuple(day for day in (0, *DAYS.get(every, LATER)) if day != own)
        wealth, failed = self._run(Axis(("schedule", "offset"), offsets))
        if len(wealth) < 2:
            return no_answer(name, failed or "no other day could be run")
        cut, active = self.found.shared(wealth)
        if len(cut) < 2:
            return no_answer(name, "on other days it begins later than a quarter of the history")
        if not active.any():
            return no_answer(name, SAME)
        alphas = active.mean(axis=0) * PER_YEAR
        luck = day_luck(cut, float(PER_YEAR))
        least = float(np.min(alphas))
        words = f"{luck.words} Alpha over the benchmark {signed(least)} to {signed(float(alphas.max()))} a year."
        return _lit(name, least, 0.0, words, passes=least > 0.0, fails=False)

    def _costs(self) -> Check:
        name = "costs x2"
        own = self._policy.identity.canonical.get("costs")
        if not float(np.nansum(self.found.result.costs)) > 0.0:
            return no_answer(name, "trading is free in this policy")
        return self._worse(name, Axis(("costs",), ({"use": "sum", "of": [own, own]},)), "with costs doubled")

    def _lag(self) -> Check:
        schedule = self._policy.schedule
        if self.found.result.market.monthly or schedule.trade is TradeAt.NEXT_OBSERVATION:
            if schedule.trade is TradeAt.NEXT_OBSERVATION:
                return no_answer("lag +1", "it already trades an observation later, and knows no later one")
            return self._worse("lag +1", Axis(("schedule", "trade"), (TradeAt.NEXT_OBSERVATION.value,)), "filled a month later")
        return self._worse("lag +1", Axis(("schedule", "lag"), (schedule.lag + 1,)), "filled a session later")

    def _worse(self, name: str, axis: Axis, how: str) -> Check:
        """What is left of the ratio in one other world."""
        wealth, failed = self._run(axis)
        if len(wealth) < 2:
            return no_answer(name, failed or "it could not be run")
        _, active = self.found.shared(wealth)
        if active.shape[1] < 2:
            return no_answer(name, f"{how} it begins later than the history")
        before, left = (float(one) for one in sharpe_of(active.T)[[0, -1]])
        if not math.isfinite(left) or not math.isfinite(before):
            return no_answer(name, SAME)
        words = f"Sharpe {number(left)} over the benchmark {how}, {number(before)} before"
        gone = before > 0.0 and left < TENTH * before
        return _lit(name, left, 0.0, words, passes=left > 0.0 and left >= HALF * before, fails=gone)

    def _schedules(self) -> Check:
        name, own = "trading less often", self._policy.schedule.decide
        other = OTHER.get(own, Frequency.MONTH_END)
        try:
            variants = Variants.of(self._policy, Grid((Axis(("schedule", "decide"), (other.value,)),)))
            result = backtest(
                variants.policy(0).with_horizon(start=self.found.result.dates[0].item()), self.found.result.market
            )
        except TrimtabError as error:
            return no_answer(name, error.what)
        self._note(result, {"schedule.decide": other.value}, variants.sha256(0))
        begin = int(np.searchsorted(self.found.dates, max(_invested(one) for one in (self.found.result, result))))
        if begin > LATE * len(self.found.dates):
            return no_answer(name, f"deciding at {other.value} it begins later than a quarter of the history")
        pair = [self._traded(one, begin) for one in (self.found.result, result)]
        if np.abs((pair[0].returns - pair[0].costs) - (pair[1].returns - pair[1].costs)).max(initial=0.0) < NOTHING:
            return no_answer(name, f"at {other.value} it trades as at {own.value}")
        faster = other.per_year > own.per_year
        first, second = (pair[1], pair[0]) if faster else (pair[0], pair[1])
        market, rf = self.found.benchmark[begin:], self.found.rf[begin:]
        both = compare_schedules(first, second, market, per_year=PER_YEAR, sampling=Sampling(self.found.seed), rf=rf)
        if not math.isfinite(both.net.value):
            return no_answer(name, "the two schedules never differ")
        names = (other, own) if faster else (own, other)
        words = f"{names[0].value} against {names[1].value}: {both.words}"
        return _lit(name, both.net.value, 0.0, words, passes=bool(both.keep_faster) != faster, fails=False)

    @property
    def _policy(self) -> Policy:
        return self.tried.policy

    def _run(self, axis: Axis) -> tuple[Array, str]:
        """Wealth at month ends of the policy and of the values of an axis that could be run, and why others could not."""
        before, failures = len(self.tried), len(self.tried.failed)
        try:
            self.tried.run(Grid((axis,)))
        except TrimtabError as error:
            return np.array(self.tried.months[:1]), error.what
        return np.array([self.tried.months[0], *self.tried.months[before:]]), "; ".join(self.tried.failed[failures:])

    def _note(self, result: Result, point: dict[str, str], sha256: str) -> None:
        """Count a variant that was run by itself."""
        self.tried.points.append(point)
        self.tried.sharpes.append(record_of(result).sharpe)
        self.tried.hashes.append(sha256)
        self.tried.months.append(month_wealth(result))

    def _traded(self, result: Result, begin: int) -> Traded:
        """Monthly returns before trading costs, and these costs as fractions of wealth, from month end `begin` on."""
        dates = self.found.dates[begin:]
        wealth = result.wealth[np.searchsorted(result.dates, dates)]
        month = np.searchsorted(dates, result.turnover[0], side="left") - 1
        inside = (month >= 0) & (month < len(wealth) - 1)
        costs = np.bincount(month[inside], weights=result.costs[inside], minlength=len(wealth) - 1) / wealth[:-1]
        return Traded(returns_of(wealth) + costs, costs)


def _invested(result: Result) -> np.datetime64:
    """When the first decision was filled: before, a slower schedule waits in cash, and then pays its first purchase."""
    return min((when for when in result.traded if when is not None), default=result.dates[0])


def _lit(name: str, value: float, threshold: float, words: str, *, passes: bool, fails: bool) -> Check:
    if not math.isfinite(value):
        return no_answer(name, "some returns are unknown")
    return Check(name, value, threshold, lit(value, passes=passes, fails=fails), words)
