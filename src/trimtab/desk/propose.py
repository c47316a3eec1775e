"""Today's decision: the policy's own backtest up to a date, and what it decides there. Nothing is traded.

The same path as a backtest, so that what is proposed on a day is what a backtest over that day decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.calendar import day
from trimtab.core.rules import Breach, Severity
from trimtab.core.terms import CLOSE, MONTH, PER_YEAR
from trimtab.core.trades import Decision
from trimtab.data.market import Market
from trimtab.data.months import last_weekdays
from trimtab.desk.backtest import Progress, backtest
from trimtab.desk.dates import decision_rows, missed
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import until
from trimtab.desk.result import Result
from trimtab.desk.sessions_ahead import unnamed
from trimtab.execution.gate import book_from


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A decision with what stands in its way: breached rules, and assets whose last price is too old."""

    result: Result
    as_of: np.datetime64
    due: bool  # the schedule calls for a decision on this date
    breaches: tuple[Breach, ...]
    stale: tuple[str, ...]

    @property
    def decision(self) -> Decision:
        """The decision of the as-of date."""
        return self.result.decisions[-1]

    @property
    def exit_code(self) -> int:
        """3 where a blocking rule is breached, else 4 where data are stale or nothing can be decided, else 0."""
        if any(breach.rule.severity is Severity.BLOCK for breach in self.breaches):
            return 3
        return 4 if self.stale or self.decision.refused else 0


def propose(
    policy: Policy, market: Market, as_of: np.datetime64 | None = None, *, progress: Progress | None = None
) -> Proposal:
    """The decision of `policy` on the last session up to `as_of` (by default the last one known)."""
    when = day(as_of if as_of is not None else market.sessions[-1])
    seen = until(market, when)
    result = backtest(policy, seen, progress=progress, today=True)
    decision = result.decisions[-1]
    due = bool(len(seen.sessions) - 1 in decision_rows(policy, seen))
    breaches = policy.rules.breaches(decision.target, book_from(decision.reach.base, decision.book))
    return Proposal(result, when, due, breaches, stale(policy, seen, when))


def stale(policy: Policy, market: Market, as_of: np.datetime64) -> tuple[str, ...]:
    """A sentence for each asset whose last price is older than the policy's `stale_days` sessions allow.

    Sessions are those of the asset's own market where its data name one, else New York's or weekdays (`unnamed`).
    """
    lines, other = [], unnamed(market)
    for a, asset in enumerate(market.assets):
        known = np.flatnonzero(np.isfinite(market.fields[CLOSE][:, a]))
        last = market.sessions[known[-1]] if len(known) else None
        calendar = (market.about[a].market or other) if not market.monthly else ""
        expected, missing = missed(last, as_of, calendar) if calendar else _weekdays(last, last_expected(market, as_of))
        if missing > policy.horizon.stale_days:
            lines.append(f"{asset.id} has no price for {expected}; its last one is of {last}")
    return tuple(lines)


def _weekdays(last: np.datetime64 | None, expected: np.datetime64) -> tuple[np.datetime64, int]:
    return expected, int(np.busday_count(last, expected)) if last is not None else 10_000


def last_expected(market: Market, as_of: np.datetime64) -> np.datetime64:
    """The last date up to `as_of` on which prices should exist: a weekday, or a month's last weekday for monthly data.

    For quarterly and yearly data that of a month so many months after the last session's.
    """
    if not market.monthly:
        return day(np.busday_offset(as_of, 0, roll="backward"))
    step, month = PER_YEAR[MONTH] // market.per_year, as_of.astype("datetime64[M]")
    month -= (month - market.sessions[-1].astype("datetime64[M]")).astype(int) % step
    before, end = last_weekdays(np.array([month - step, month]))
    return day(end if end <= as_of else before)
