"""Records of an account that are dated back: whoever sets the clock back could make late deeds look as if they were in time.

Each counts on the day of the latest record before it, from when on it can have been written. What is dated back was not
logged when it was done: so the duty that it breaks is that of overrides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from trimtab.accounting.database.reading import DatedBack
from trimtab.desk.duties import Case, Found, shown
from trimtab.governance.adherence import Duty, Violation


def without_dating_back(case: Case, every: Sequence[DatedBack]) -> Found:
    """The occasions on which records of the account were dated back, of all of the book, and those records."""
    own = [one for one in every if case.covers(one.place) and case.contains(_day(one.latest))]
    found = [_violation(case, list(some)) for _, some in groupby(own, lambda one: one.latest)]
    return Found(frozenset(one.occasion for one in found), tuple(found))


def _violation(case: Case, some: Sequence[DatedBack]) -> Violation:
    first, day = some[0], _day(some[0].latest)
    more = f", and {len(some) - 1} more" if len(some) > 1 else ""
    what = f"dated back by {first.author}: as of {_day(first.recorded)}, after a record of {day}{more}"
    return Violation(Duty.OVERRIDES, f"{case.occasion(day)} dated back {first.latest}", day, what, shown(first.number))


def _day(recorded: str) -> date:
    return date.fromisoformat(recorded[:10])
