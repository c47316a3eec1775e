"""A look at the signals of a policy as of a date: the same aims that a decision would rest on, and nothing is decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.calendar import day
from trimtab.core.values import Aims
from trimtab.data.market import Market
from trimtab.data.view import MarketView
from trimtab.desk.dates import decision_rows, decision_view
from trimtab.desk.decide import aims
from trimtab.desk.notes import notes
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import check_market, until
from trimtab.desk.readings import Reading, Weather, readings, weather


@dataclass(frozen=True, slots=True, eq=False)
class Sounding:
    """What every signal says at the last date of `view`, and the aims of all dates up to it."""

    policy: Policy
    market: Market
    view: MarketView
    knowledge: Aims
    readings: tuple[Reading, ...]
    weather: Weather | None
    due: bool  # the last date is a decision date of the schedule
    notes: tuple[str, ...]

    @property
    def as_of(self) -> np.datetime64:
        """The date that it speaks of."""
        return self.view.days.dates[-1]  # type: ignore[no-any-return]


def sound(policy: Policy, market: Market, as_of: np.datetime64 | None = None) -> Sounding:
    """The signals of `policy` on the last session up to `as_of` (by default the last one known)."""
    seen = until(market, day(as_of) if as_of is not None else None)
    check_market(policy, seen)
    view = decision_view(policy, seen, today=True)
    knowledge = aims(policy, view)
    due = bool(len(seen.sessions) - 1 in decision_rows(policy, seen))
    said = readings(policy, view, knowledge)
    return Sounding(policy, seen, view, knowledge, said, weather(policy, view, knowledge), due, notes(policy, seen))
