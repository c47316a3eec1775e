"""A venue in this process that goes wrong as it is told to, by a script or by a seed, on a clock that stands still.

It knows the truth: what arrived (`arrived`, by client id, counted) and what it executed (`truth`). `feed` is everything it
ever said of an order, in order, for streams that lose, repeat and shuffle it (`garbled`). `NaiveSender` is the control.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

import numpy as np

from trimtab.core.orders import FINAL, Status, Ticket
from trimtab.core.venues import Execution, NoAnswer, NotSent, Report

ZERO = Decimal(0)
SLOW = np.timedelta64(20, "s")  # how long a slow message is under way


class VirtualClock:
    """Stands still until it is moved."""

    def __init__(self, at: str = "2026-11-02T15:00:00") -> None:
        self.at = np.datetime64(at, "s")

    def now(self) -> np.datetime64:
        return self.at

    def wait(self, seconds: int) -> None:
        self.at += np.timedelta64(seconds, "s")


class Batch(NamedTuple):
    """What a gate would have stamped."""

    orders: tuple[Ticket, ...]


class Fault(Enum):
    """What happens to a message."""

    NONE = "acknowledged"
    NOT_SENT = "refused before a byte left"
    REQUEST_LOST = "never arrives, no answer"
    ANSWER_LOST = "arrives, no answer"
    SLOW = "arrives later than anybody waits"
    CUT = "arrives, the answer breaks off"  # the adapter trips over it: no error of ours
    WRONG = "arrives, the answer is about something else"
    REJECTED = "rejected"
    FILLED = "filled before it was acknowledged"
    PARTIAL = "half of it filled before it was acknowledged"
    DISCONNECT = "half of it filled, and then the line is dead"


ARRIVES = frozenset(Fault) - {Fault.NOT_SENT, Fault.REQUEST_LOST, Fault.REJECTED}


@dataclass
class Sheet:
    """An order as the venue keeps it."""

    ticket: Ticket
    venue_id: str
    status: Status = Status.ACKED
    executions: list[Execution] = field(default_factory=list)

    @property
    def filled(self) -> Decimal:
        return sum((one.units for one in self.executions), ZERO)


class FaultyVenue:
    """See above. `script` says what happens to each message in turn, and nothing goes wrong after its end.

    `unique`: whether it refuses a client id that it has seen; if not, the same order trades twice.
    """

    name, live = "faulty", False

    def __init__(self, clock: VirtualClock, script: Iterable[Fault] = (), *, seed: int = 0, unique: bool = True) -> None:
        self.clock, self.unique, self.down = clock, unique, False
        self.script = list(script)
        self.chance = random.Random(seed)
        self.sheets: list[Sheet] = []
        self.feed: list[Report] = []
        self.arrived: Counter[str] = Counter()
        self.submits: list[str] = []  # every call, arrived or not
        self.hidden: set[str] = set()  # executions that it counts and does not list
        self._slow: list[tuple[np.datetime64, Ticket]] = []

    def submit(self, stamped: Any, order: str) -> Report:
        self.submits.append(order)
        ticket = next(one for one in stamped.orders if one.id == order)
        fault = self.script.pop(0) if self.script else Fault.NONE
        if self.down or fault is Fault.REQUEST_LOST:
            raise NoAnswer("no answer in time")
        if fault is Fault.NOT_SENT:
            raise NotSent("no connection")
        if fault is Fault.SLOW:
            self._slow.append((self.clock.now() + SLOW, ticket))
            raise NoAnswer("no answer in time")
        self._accept(ticket, rejected=fault is Fault.REJECTED)
        if fault in (Fault.FILLED, Fault.PARTIAL, Fault.DISCONNECT):
            now = ticket.units if fault is Fault.FILLED or abs(ticket.units) == 1 else ticket.units // 2
            self.fill(order, now)
        if fault is Fault.DISCONNECT:
            self.down = True
        if fault in (Fault.ANSWER_LOST, Fault.DISCONNECT):
            raise NoAnswer("no answer in time")
        if fault is Fault.CUT:
            raise ValueError("unterminated string starting at: line 1 column 17")
        report = self._report(order)
        return report._replace(order="somebody else's") if fault is Fault.WRONG else report

    def cancel(self, order: str) -> Report:
        self._listen()
        if not (mine := self._mine(order)):
            return Report(order, Status.NEVER_ARRIVED, why="no such order")
        for sheet in mine:
            self.end(sheet, Status.CANCELLED)
        return self._report(order)

    def find(self, order: str) -> Report | None:
        self._listen()
        return self._report(order) if self._mine(order) else None

    def reports(self, since: date) -> tuple[Report, ...]:
        self._listen()
        return tuple(self._report(order) for order in self.arrived)

    def positions(self, account: str) -> Mapping[str, Decimal] | None:
        self._listen()
        held: Counter[str] = Counter()
        for sheet in self.sheets:
            if sheet.ticket.account == account:
                held[sheet.ticket.instrument] += sheet.filled  # type: ignore[assignment]
        return {name: Decimal(units) for name, units in held.items() if units}

    @property
    def truth(self) -> dict[str, Decimal]:
        """Units executed by client id."""
        done: dict[str, Decimal] = {}
        for sheet in self.sheets:
            done[sheet.ticket.id] = done.get(sheet.ticket.id, ZERO) + sheet.filled
        return done

    def fill(self, order: str, units: Decimal) -> None:
        """Execute so many units of an open order, in one piece."""
        sheet = self._mine(order)[-1]
        now, number = self.clock.now(), sum(len(one.executions) for one in self.sheets)
        price = Decimal(self.chance.randint(9900, 10100)).scaleb(-2)
        cost = Decimal(self.chance.randint(0, 100)).scaleb(-2)
        sheet.executions.append(Execution(f"X{number}", order, units, price, cost, now.astype("M8[D]").item(), f"{now}Z"))
        sheet.status = Status.FILLED if sheet.filled == sheet.ticket.units else Status.PARTIAL
        self._say(sheet)

    def end(self, sheet: Sheet, status: Status) -> None:
        """Close an order that is open."""
        if sheet.status not in FINAL:
            sheet.status = status
            self._say(sheet)

    def work(self) -> None:
        """Some time at the market: every open order fills a piece, or all that is left, or expires."""
        self._arrive()
        for sheet in self.sheets:
            if sheet.status not in FINAL:
                left = sheet.ticket.units - sheet.filled
                if self.chance.random() < 0.15:
                    self.end(sheet, Status.EXPIRED)
                else:
                    piece = Decimal(self.chance.randint(1, int(abs(left)))).copy_sign(left)
                    self.fill(sheet.ticket.id, left if self.chance.random() < 0.4 else piece)

    def _accept(self, ticket: Ticket, *, rejected: bool = False) -> None:
        if self.unique and ticket.id in self.arrived:
            return  # it answers with the order that it has
        self.arrived[ticket.id] += 1
        sheet = Sheet(ticket, f"V{len(self.sheets)}", Status.REJECTED if rejected else Status.ACKED)
        self.sheets.append(sheet)
        self._say(sheet)

    def _arrive(self) -> None:
        """What was slow and is there by now."""
        due = [ticket for at, ticket in self._slow if at <= self.clock.now()]
        self._slow = [(at, ticket) for at, ticket in self._slow if at > self.clock.now()]
        for ticket in due:
            self._accept(ticket)

    def _listen(self) -> None:
        self._arrive()
        if self.down:
            raise NoAnswer("the line is dead")

    def _mine(self, order: str) -> list[Sheet]:
        return [sheet for sheet in self.sheets if sheet.ticket.id == order]

    def _report(self, order: str) -> Report:
        """All that it knows of an order; of one that it took twice, both together."""
        mine = self._mine(order)
        fills = tuple(one for sheet in mine for one in sheet.executions if one.id not in self.hidden)
        why = "not today" if mine[-1].status is Status.REJECTED else ""
        return Report(order, mine[-1].status, mine[0].venue_id, sum((one.filled for one in mine), ZERO), fills, why)

    def _say(self, sheet: Sheet) -> None:
        """What a stream of messages says at this moment: the status, its count, and the last execution."""
        last = tuple(sheet.executions[-1:]) if sheet.status in (Status.PARTIAL, Status.FILLED) else ()
        self.feed.append(Report(sheet.ticket.id, sheet.status, sheet.venue_id, sheet.filled, last))


def garbled(feed: Sequence[Report], chance: random.Random) -> list[Report]:
    """A stream as a bad line delivers it: some messages dropped, some doubled, some far out of order."""
    kept = [one for one in feed if chance.random() > 0.2]
    doubled = [one for report in kept for one in [report] * chance.choice((1, 1, 1, 2, 3))]
    places = [(k + chance.choice((0, 0, 0, chance.uniform(-5, 5))), k) for k in range(len(doubled))]
    return [doubled[k] for _, k in sorted(places)]


class NaiveSender:
    """The control: it sends, and writes down afterwards what it has sent. `done` is its disk."""

    def __init__(self, venue: Any, cross: Callable[[str], None] = lambda _: None) -> None:
        self.venue, self.cross = venue, cross
        self.done: dict[str, Report] = {}

    def send(self, stamped: Batch) -> None:
        for ticket in stamped.orders:
            if ticket.id not in self.done:
                try:
                    report = self.venue.submit(stamped, ticket.id)
                except NoAnswer:
                    continue  # taken for a failure; the next run tries again
                self.cross("before recording")
                self.done[ticket.id] = report
