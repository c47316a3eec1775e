"""Crashes at every step of the order path: a store and a venue that end the sender before or after the Nth of their calls.

A crossing is counted before and after each call that changes something or leaves the machine. `Crossings(at=n)` ends the
sender at the nth: in this process by raising `Crash`, which no `except Exception` stops, or in a child by SIGKILL.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn

from trimtab.core.orders import Cause, Standing, Status, TradingState
from trimtab.core.roles import OrderStore
from trimtab.core.venues import Recorded, Report, Venue

STORE_CALLS = ("intend", "move", "record", "halt")
VENUE_CALLS = ("submit", "cancel", "find", "reports", "positions")
POINTS = tuple(f"{side} {call}" for call in (*STORE_CALLS, *VENUE_CALLS) for side in ("before", "after"))


class Crash(BaseException):
    """The sender ended here."""


def crash(point: str) -> NoReturn:
    """End by an exception that nothing on the way catches."""
    raise Crash(point)


def kill(point: str) -> NoReturn:
    """End this process as a power cut would; for forked children."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError(point)


class Crossings:
    """Counts crossings and ends the sender at number `at` (from 1; 0: never), or at the `at`th crossing of `point`."""

    def __init__(self, at: int = 0, end: Callable[[str], NoReturn] = crash, point: str = "") -> None:
        self.at, self.end, self.point = at, end, point
        self.crossed: list[str] = []
        self._counted = 0

    def cross(self, point: str) -> None:
        self.crossed.append(point)
        if not self.point or point == self.point:
            self._counted += 1
            if self._counted == self.at:
                self.end(point)

    def around(self, name: str, call: Callable[[], Any]) -> Any:
        """The call with a crossing on either side; one that raises is crossed on the way in alone."""
        self.cross(f"before {name}")
        answer = call()
        self.cross(f"after {name}")
        return answer


class CrashingStore:
    """An OrderStore that counts crossings. What it has beyond the role is reached through `store`."""

    def __init__(self, store: OrderStore, crossings: Crossings) -> None:
        self.store, self.crossings = store, crossings

    def standing(self, order: str) -> Standing:
        return self.store.standing(order)

    def standings(self, account: str = "", statuses: Collection[Status] = ()) -> tuple[Standing, ...]:
        return self.store.standings(account, statuses)

    def state(self, account: str) -> TradingState:
        return self.store.state(account)

    def intend(self, order: str, venue: str, arrival: Decimal, within: Callable[[], None] = lambda: None) -> Standing:
        return self.crossings.around("intend", lambda: self.store.intend(order, venue, arrival, within))

    def move(self, order: str, to: Status, why: str = "") -> Standing:
        return self.crossings.around("move", lambda: self.store.move(order, to, why))

    def record(self, report: Report, venue: str) -> Recorded:
        return self.crossings.around("record", lambda: self.store.record(report, venue))

    def halt(self, account: str, cause: Cause, why: str) -> None:
        self.crossings.around("halt", lambda: self.store.halt(account, cause, why))


class CrashingVenue:
    """A Venue that counts crossings: `after submit` it has arrived, and nobody reads the answer."""

    def __init__(self, venue: Venue, crossings: Crossings) -> None:
        self.venue, self.crossings = venue, crossings

    @property
    def name(self) -> str:
        return self.venue.name

    @property
    def live(self) -> bool:
        return self.venue.live

    @property
    def unique(self) -> bool:
        return self.venue.unique

    def submit(self, stamped: Any, order: str) -> Report:
        return self.crossings.around("submit", lambda: self.venue.submit(stamped, order))

    def cancel(self, order: str) -> Report:
        return self.crossings.around("cancel", lambda: self.venue.cancel(order))

    def find(self, order: str) -> Report | None:
        return self.crossings.around("find", lambda: self.venue.find(order))

    def reports(self, since: date) -> tuple[Report, ...]:
        return self.crossings.around("reports", lambda: self.venue.reports(since))

    def positions(self, account: str) -> Mapping[str, Decimal] | None:
        return self.crossings.around("positions", lambda: self.venue.positions(account))
