"""Where a policy meets possible futures: the table to draw from, the calendar of a path, and the policy on its dates.

A path is a warm-up, as long as the policy's windows reach, and the years after it. It is launched at the last session of
the warm-up: memory and trading begin there. Memories that are more than latches begin before it, where all windows are
full, and have a past as long as the policy's own (see `resampled_past`). A policy that cannot be laid end to end with
others (it reads statistics of everything since its first day, or its sleeves drift on paper) remembers from the first
session of the warm-up on instead.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

import numpy as np

from trimtab.construction.bands import To
from trimtab.construction.blend import sleeves_of
from trimtab.construction.pace import Pace
from trimtab.core.arrays import Array, Dates
from trimtab.core.calendar import FREQUENCIES, change_of_frequency, plain_date, steps_per_year
from trimtab.core.errors import DataError, PolicyError
from trimtab.core.terms import DAY, PER_YEAR
from trimtab.data.market import Market
from trimtab.desk.backtest import first_decision
from trimtab.desk.dates import decision_view, view_at
from trimtab.desk.decide import aims
from trimtab.desk.laid_view import LaidView, NotLaidError, Reach
from trimtab.desk.outsiders import of_policy, outsiders, traders
from trimtab.desk.plain_lanes import plain
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import check_market, until
from trimtab.desk.resampled_calendar import CYCLE_YEARS, calendar, launch_row, warm_up_years
from trimtab.desk.resampled_past import has_past, rows_behind
from trimtab.desk.resampled_rows import Rows, rows_of
from trimtab.desk.rivals import static
from trimtab.numerics.lanes_apart import Bands


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A policy and its benchmark on the dates of a path: `sessions` (L,), launched at row `launch`.

    `why` says why paths cannot be laid end to end; empty where they can. Memory runs `past` rows before the launch.
    """

    policy: Policy
    benchmark: Policy
    rows: Rows
    sessions: Dates
    launch: int
    why: str = ""
    past: int = 0

    @classmethod
    def of(cls, policy: Policy, market: Market, years: int, *, stated: bool = False) -> World:
        """With `stated`, rows come from a distribution: all they hold is known, and nothing is paid out.

        Raises PolicyError or DataError where the policy cannot be run on drawn rows.
        """
        market = until(market, policy.horizon.end)
        check_market(policy, market)
        _require_paced(policy, market)
        if policy.views:
            what = f"{policy.name} follows views that people wrote down, which no drawn history repeats"
            raise PolicyError(what, remedy="Draw futures for the policy without them.")
        reach, why = _reach(policy, market)
        require_steps(market, reach)
        every, reinvested = view_at(policy, market, np.arange(len(market.sessions))), stated or _reinvests(policy, reach, why)
        table = rows_of(policy, market, every, reinvested=reinvested, complete=stated)
        before, begins = _lead(policy, market, reach, why)
        _require_room(before + years)
        sessions, launch = calendar(market.per_year, before + years), launch_row(before, market.per_year)
        horizon = replace(policy.horizon, since=plain_date(sessions[begins]), start=plain_date(sessions[launch]), end=None)
        own, bench = replace(policy, horizon=horizon), replace(static(policy), horizon=horizon)
        return cls(own, bench, table, sessions, launch, why, launch - begins)

    def too_short(self, reach: Reach) -> bool:
        """Whether windows of so many rows reach before the first session of a path."""
        per_year = self.rows.market.per_year
        return launch_row(warm_up_years(reach.rows, per_year), per_year) > self.begins

    @property
    def begins(self) -> int:
        """The row from which on memory runs."""
        return self.launch - self.past

    @property
    def at_most(self) -> int:
        """How many paths may be laid end to end at a time: one where a component is not ours.

        It may ask Python for the dates that it sees, which end with the year 9999 (that of the twentieth path), or count
        nanoseconds as pandas long did, which end in 2262. One path lies in the years from 2001 on.
        """
        return 1 if of_policy(self.policy) or outsiders(*traders(self.policy)) else sys.maxsize

    def path(self, drawn: Array) -> Market:
        """One history of drawn rows (L, C), as a market of its own."""
        return self.rows.laid(drawn[np.newaxis], self.sessions)


def bands_of(policy: Policy) -> Bands:
    """The no-trade bands of a policy that paces."""
    reacher = policy.reacher
    return Bands(reacher.band, reacher.each, reacher.relative) if isinstance(reacher, Pace) else Bands()


def runs_in_lanes(policy: Policy, market: Market) -> bool:
    """Whether its account can run in lanes: plain but for bands, which trade all the way to the target."""
    reacher = policy.reacher
    if isinstance(reacher, Pace) and bands_of(policy) != Bands() and reacher.to is To.TARGET:
        policy = replace(policy, reacher=Pace())
    return plain(policy, market)


def _reach(policy: Policy, market: Market) -> tuple[Reach, str]:
    """How far the windows of a policy reach, asked on its last decision date; and why it cannot be laid end to end."""
    if tuple(sleeves_of(policy.allocator)):
        return Reach(), "its sleeves drift on paper between decisions"
    view = LaidView.like(decision_view(policy, market).only(-1))
    try:
        aims(policy, view)
    except NotLaidError as error:
        return view.reach, str(error)
    return view.reach, ""


def _reinvests(policy: Policy, reach: Reach, why: str) -> bool:
    """Whether dividends may go into the asset that pays them: nobody looks at prices without them, or taxes them."""
    return not (why or reach.prices or (policy.tax is not None and policy.tax.bites))


def require_steps(market: Market, reach: Reach) -> None:
    """Raise PolicyError for a series that is read row by row, and has other rows than the market: a drawn row is a session."""
    own = market.per_year
    for name in sorted(reach.daily):
        if steps_per_year(market.series[name].dates) < own:
            what = f"the rows of {name} lie further apart than the sessions, and several are read together"
            raise PolicyError(what, remedy="Read it by months (a window such as 12M), or draw from monthly data.")


def _require_paced(policy: Policy, market: Market) -> None:
    """Refuse sessions that the calendar of a path does not have."""
    change, remedy = change_of_frequency(market.sessions), "Give data by months, by weeks, or by weekdays."
    if market.per_year not in PER_YEAR.values():
        raise DataError(f"the data are {market.frequency}, of which no futures are drawn", where=policy.name, remedy=remedy)
    if change is not None:
        when, before, after = change
        what = f"the data are {FREQUENCIES[before]} until about {when} and {FREQUENCIES[after]} from there"
        raise DataError(f"{what}: a drawn row would be one or the other", where=policy.name, remedy=remedy)


def _lead(policy: Policy, market: Market, reach: Reach, why: str) -> tuple[int, int]:
    """Whole years before the launch of a path, and the row of it from which on memory runs."""
    per_year, long = market.per_year, has_past(policy)
    if why:
        behind = rows_behind(policy, market) if long or not tuple(sleeves_of(policy.allocator)) else 0
        return warm_up_years({DAY.value: max(behind, _rows_before(policy, market))}, per_year), 0
    windows = warm_up_years(reach.rows, per_year)
    begins = launch_row(windows, per_year)
    if not long:
        return windows, begins
    behind = rows_behind(policy, market, begins) - 1  # that of the launch is the last
    return windows + warm_up_years({DAY.value: behind}, per_year), begins


def _require_room(years: int) -> None:
    """Refuse what does not fit into the 400 years that lie between two paths."""
    if years > CYCLE_YEARS:
        what = f"a warm-up and a future of {years:,} years together are too long to draw: {CYCLE_YEARS} are the most"
        raise PolicyError(what, remedy="Use shorter windows, a later `since`, or fewer years.")


def _rows_before(policy: Policy, market: Market) -> int:
    """Rows up to the first decision on the history itself."""
    view = decision_view(policy, market)
    return 1 + int(view.rows[first_decision(policy, view, aims(policy, view))])
