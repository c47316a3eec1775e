"""What each duty of the process is looked for in: one account under one policy, its calendar, and its decisions.

A duty answers with the occasions on which it was due, each named once, and with what was not kept on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.desk.decisions_made import Made
from trimtab.desk.duty_calendar import DutyCalendar
from trimtab.desk.following_history import Stretch
from trimtab.desk.policy import Policy
from trimtab.governance.adherence import Violation


class Found(NamedTuple):
    """The occasions of a duty by name, and its violations."""

    occasions: frozenset[str]
    violations: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """An account (or sleeve) while it was held to `policy`, from `first` to `last`, as it stands at `now` (UTC)."""

    orders: OrderBook
    stretch: Stretch
    policy: Policy
    calendar: DutyCalendar
    first: date
    last: date
    now: np.datetime64
    made: tuple[Made, ...]

    @property
    def place(self) -> str:
        """The account, or ACCOUNT/SLEEVE."""
        return self.stretch.place

    @property
    def account(self) -> str:
        """The account, its sleeves with it."""
        return self.place.partition("/")[0]

    @property
    def decided(self) -> tuple[Made, ...]:
        """The decisions on its days."""
        return tuple(one for one in self.made if self.contains(one.when))

    def contains(self, day: date) -> bool:
        """Whether a day is one of those that are looked at."""
        return self.first <= day <= self.last

    def covers(self, place: str) -> bool:
        """Whether what is booked in a place is of this account, or of this one sleeve."""
        return place == self.place or ("/" not in self.place and place.partition("/")[0] == self.place)

    def occasion(self, day: date) -> str:
        """What something that was due on a day is called."""
        return f"{self.place} {day.isoformat()}"


def shown(record: int) -> str:
    """Where the journal shows something."""
    return f"journal {record}"
