"""The account's own record from session to session beside its benchmark, and what both made over spans of time.

Returns are time-weighted: money that came or went counts at the end of its session. The benchmark is the strategic weights
of the policy, put back at each of its decisions, free of cost, as in the attribution. A span that the record does not
reach back over is said to be missing; nothing is extrapolated, and nothing under a year is put on a year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from trimtab.attribution.cycles import BEAR, Cycle, cycles
from trimtab.core.arrays import Array, Dates, Index, frozen, require_shape
from trimtab.core.calendar import day, plain_date
from trimtab.core.errors import DataError
from trimtab.data.market import Market
from trimtab.desk.account_entries import Owned
from trimtab.desk.account_record import record_of
from trimtab.desk.attribution_rows import grown
from trimtab.desk.dates import decision_rows
from trimtab.desk.policy import Policy
from trimtab.governance.review_plan import YEAR, months_after

YEARS = (1, 3, 5)
SLACK = 5  # days by which the last session of a period may lie before its end: a weekend and holidays


@dataclass(frozen=True, slots=True, eq=False)
class OwnRecord:
    """Wealth from 1 (T,) of the account and of its benchmark on sessions `dates` (T,).

    `value` is the net asset value on the last of them, in the currency of the account; NaN where nobody has asked for it.
    """

    dates: Dates
    wealth: Array
    benchmark: Array
    value: float = float("nan")

    def __post_init__(self) -> None:
        for name in ("wealth", "benchmark"):
            require_shape(f"{name} of a record", getattr(self, name), self.dates.shape)
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def row(self, when: date) -> int:
        """The last session up to a day; -1 before the first."""
        return int(np.searchsorted(self.dates, day(when), side="right")) - 1

    def from_day(self, when: date) -> OwnRecord:
        """The record from the last session up to `when` on, or from its first."""
        row = max(self.row(when), 0)
        mine, theirs = self.wealth[row:] / self.wealth[row], self.benchmark[row:] / self.benchmark[row]
        return OwnRecord(self.dates[row:], mine, theirs, self.value)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: returns of account and benchmark over all of it, and the deepest fall of each in it.

    `mine_a_year` and `theirs_a_year` are NaN under a year. Where the record does not reach, `why` says so and all is NaN.
    """

    name: str
    first: date
    last: date
    mine: float = float("nan")
    theirs: float = float("nan")
    mine_a_year: float = float("nan")
    theirs_a_year: float = float("nan")
    fall: float = float("nan")
    benchmark_fall: float = float("nan")
    why: str = ""

    @property
    def ahead(self) -> float:
        """Account less benchmark: a year where both are known a year, else over the whole."""
        yearly = self.mine_a_year - self.theirs_a_year
        return yearly if np.isfinite(yearly) else self.mine - self.theirs


def own_record(policy: Policy, market: Market, owned: Owned) -> OwnRecord:
    """The record to the market's last session, from the first on which the account holds anything.

    Raises DataError where there is none or a price is missing, UsageError where it has what the policy does not know.
    """
    record = record_of(policy, market, np.arange(len(market.sessions)), owned)
    start, last = int(record.starts[0]), int(record.ends[-1])
    growth = np.ones(last - start + 1)  # a session on which the account holds nothing makes nothing
    growth[record.ends - start] = record.end / record.begin
    rows = np.arange(start, last + 1)
    return OwnRecord(
        market.sessions[rows], np.asarray(np.cumprod(growth)), benchmark_wealth(policy, market, rows), float(record.end[-1])
    )


def benchmark_wealth(policy: Policy, market: Market, rows: Index) -> Array:
    """(T,) wealth from 1 on the sessions `rows` of the strategic weights, put back at each decision of the policy."""
    start = int(rows[0])
    decided = decision_rows(policy, market)
    resets = np.union1d([start], decided[(decided > start) & (decided <= rows[-1])]).astype(np.intp)
    between = 1.0 + _made(policy, market, resets[:-1], resets[1:])
    base = np.concatenate([[1.0], np.cumprod(between)])
    since = np.maximum(np.searchsorted(resets, rows, side="left") - 1, 0)
    return np.asarray(base[since] * (1.0 + _made(policy, market, resets[since], rows)))


def _made(policy: Policy, market: Market, first: Index, last: Index) -> Array:
    """(N,) returns of the strategic weights, held from one session to another."""
    assets, cash = grown(policy, market, first, last)
    return np.asarray((assets * policy.benchmark).sum(axis=1) + (1.0 - float(policy.benchmark.sum())) * cash)


def spans_of(record: OwnRecord, quarter: tuple[str, date], until: date) -> tuple[Span, ...]:
    """The quarter (its name, and the last day before it), 1, 3 and 5 years up to `until`, the full cycle, and the whole."""
    asked = [(quarter[0], quarter[1])]
    asked += [(f"{n} year{'s' * (n > 1)}", months_after(until, -YEAR * n)) for n in YEARS]
    found = [_reaching(record, name, first) for name, first in asked]
    return (*found, _cycle(record), _span(record, "whole record", 0, len(record.dates) - 1))


def _reaching(record: OwnRecord, name: str, first: date) -> Span:
    """A span from the last session up to `first` on; one that the record does not reach is named as missing."""
    begun, last = plain_date(record.dates[0]), plain_date(record.dates[-1])
    row = record.row(first)
    if row < 0:
        return Span(name, first, last, why=f"the record begins on {begun}")
    return _span(record, name, row, len(record.dates) - 1)


def _span(record: OwnRecord, name: str, first: int, last: int) -> Span:
    begun, ended = (plain_date(record.dates[row]) for row in (first, last))
    paths = np.stack([record.wealth[first : last + 1], record.benchmark[first : last + 1]])
    made = (paths[:, -1] / paths[:, 0] - 1.0).tolist()
    yearly = _a_year(made, begun, ended)
    falls = (paths / np.maximum.accumulate(paths, axis=1) - 1.0).min(axis=1).tolist()
    return Span(name, begun, ended, made[0], made[1], yearly[0], yearly[1], falls[0], falls[1])


def _a_year(made: Sequence[float], first: date, last: date) -> list[float]:
    """Returns a year; NaN under twelve months, which may be some days short of them."""
    whole = last + timedelta(days=SLACK) >= months_after(first, YEAR)
    years = (last - first).days / 365.25
    return [float((1.0 + one) ** (1.0 / years) - 1.0) if whole and one > -1.0 else float("nan") for one in made]


def _cycle(record: OwnRecord) -> Span:
    """The last full cycle of the benchmark, peak to peak."""
    found = cycles(record.benchmark, record.dates, record.wealth, record.benchmark)
    full: list[Cycle] = [one for one in found if one.complete]
    if not full:
        begun, last = (plain_date(record.dates[row]) for row in (0, -1))
        why = f"no cycle is complete: the benchmark has not fallen by {BEAR:.0%} twice, with a recovery between, since {begun}"
        return Span("full cycle", begun, last, why=why)
    whole = full[-1].whole
    first, last_row = (int(np.searchsorted(record.dates, when)) for when in (whole.first, whole.last))
    return _span(record, "full cycle", first, last_row)


def months_of(record: OwnRecord, until: date) -> OwnRecord:
    """The record at its first session and after each whole month since, up to `until` (M + 1,).

    From month end to month end where it begins on the last session of its month, else from the 15th to the 15th and so on.
    Raises DataError where no month is over.
    """
    begun, last = plain_date(record.dates[0]), plain_date(record.dates[-1])
    reached = min(until, last + timedelta(days=SLACK))
    ending = len(record.dates) > 1 and plain_date(record.dates[1]).month != begun.month
    marks = [begun]
    while (following := _mark(begun, len(marks), ending=ending)) <= max(reached, last):
        marks.append(following)
    if len(marks) < 2:
        raise DataError(f"the record begins on {begun}: no month of it is over", remedy="Ask again after a month.")
    rows = np.array([record.row(one) for one in marks])
    return OwnRecord(record.dates[rows], record.wealth[rows], record.benchmark[rows])


def _mark(begun: date, months: int, *, ending: bool) -> date:
    """The day that ends a number of months."""
    if not ending:
        return months_after(begun, months)
    return months_after(begun.replace(day=1), months + 1) - timedelta(days=1)
