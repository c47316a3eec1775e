"""Returns of an account that money went into and out of: time-weighted, modified Dietz, money-weighted.

Values and flows come in two files (or Series): what the account was worth at the close of a date, and what was paid in on a
date (below zero: taken out). The value of a date has the flow of that date in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trimtab.attribution.dietz import modified_dietz
from trimtab.attribution.flows import Linked, Statement, Timing, annualised
from trimtab.attribution.money_weighted import Rate, money_weighted
from trimtab.attribution.time_weighted import time_weighted
from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError, UsageError
from trimtab.surfaces.series_source import dated_numbers

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("Time-weighted", "Modified Dietz, by month", "Money-weighted (XIRR)")


@dataclass(frozen=True, slots=True, eq=False)
class FlowReturns:
    """Three returns of one account. Each is NaN where it has no answer; `notes` say why, and what has to be said beside it."""

    statement: Statement
    time_weighted: float
    dietz: float
    money_weighted: Rate
    notes: tuple[str, ...]

    @property
    def gain(self) -> float:
        """Last value less the first and less what was paid in since, in money."""
        one = self.statement
        return float(one.values[-1] - one.values[0] - one.flows[one.period >= 0].sum())

    @property
    def table(self) -> pd.DataFrame:
        """A row a method: `total` over the whole, and `a_year`, NaN for less than a year."""
        import pandas as pd

        days = self.statement.days
        totals = [self.time_weighted, self.dietz, self.money_weighted.over(days)]
        a_year = [*(float(annualised(total, days)) for total in totals[:2]), self.money_weighted.value]
        rows = {"total": totals, "a_year": [value if days >= 365 else np.nan for value in a_year]}
        return pd.DataFrame(rows, index=pd.Index(NAMES, name="return"))


def returns_with_flows(values: Any, flows: Any, *, timing: str = "end", column: str = "") -> FlowReturns:
    """The returns of an account, from its values and flows: files, Series or (dates, numbers); `column` is that of values.

    `timing` says from when a flow is at work on its day: `end` (from the next day on) or `start`. Where the account was not
    valued on the day of a flow, the time-weighted return is NaN and a note names the day. Raises UsageError, DataError.
    """
    if timing not in ("end", "start"):
        raise UsageError(f"timing {timing!r} is not known", remedy="Use end or start: of the day of a flow.")
    dates, worth, notes = _money(values, "value", column)
    days, paid, of_flows = _money(flows, "flow", "")
    notes += of_flows
    when = Timing.START if timing == "start" else Timing.END
    statement = Statement(worth, dates, paid, days, when)
    try:
        weighted = time_weighted(statement)
        twr = float(weighted.total)
        notes += _why_not("time-weighted", weighted)
    except DataError as error:
        twr = float("nan")
        notes.append(f"no time-weighted return: {error}")
    dietz, rate = modified_dietz(statement), money_weighted(statement)
    notes += _why_not("modified Dietz", dietz)
    notes += [rate.words] if rate.words else []
    return FlowReturns(statement, twr, float(dietz.total), rate, tuple(notes))


def _money(source: Any, what: str, column: str) -> tuple[Dates, Array, list[str]]:
    """Dates and amounts in order, unknown ones left out, and notes. Raises DataError for percent and for infinity."""
    found = dated_numbers(source, column)
    if found.percent or np.isinf(found.numbers).any():
        odd = "written as percent" if found.percent else "infinite"
        raise DataError(f"a {what} is {odd}", where=found.name, remedy="Give amounts of money.")
    order = np.argsort(found.dates, kind="stable")
    known = order[np.isfinite(found.numbers[order])]
    lost = len(order) - len(known)
    notes = [*found.notes, *([f"{what}s that are unknown and left out: {lost:,}"] if lost else [])]
    return found.dates[known], found.numbers[known], notes


def _why_not(name: str, found: Linked) -> list[str]:
    reason = found.why_not()
    return [] if reason is None else [f"no {name} return: {reason.value}"]
