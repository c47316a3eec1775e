"""Crashes of the real order path: a copy of this process plans, approves and sends, and is killed; others recover, or die too.

`python -m tests.desk.crashing` reads what is asked for from its standard input, a line each, and answers each with counts
and faults. It has one thread, so that it may be copied; the venue lives here, and so its truth outlives every sender.
A process that is killed loses no page that it has written: books in memory are as good as books on a disk, and faster.
"""

from __future__ import annotations

import importlib.util
import json
import os
import random
import shutil
import socket
import statistics
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from tests.desk.crash_line import Line, Served
from tests.desk.crash_program import CASH, DAY, NAMES, PRICE, PROGRAMS, START, Job, Point, drawn, nowhere
from tests.desk.crash_truth import judged
from tests.execution.faulty_venue import Fault, FaultyVenue, VirtualClock
from trimtab.accounting.database.events import AccountOpened, EntryPosted, Event, InstrumentListed
from trimtab.accounting.database.postgres import PostgresSession
from trimtab.accounting.database.sqlite import SqliteSession
from trimtab.accounting.database.store import BookStore
from trimtab.core.entries import Flow, Opening
from trimtab.core.households import Account, Instrument

for name in ("filelock", "psycopg"):  # what programs import late, no copy is to import again
    if importlib.util.find_spec(name):
        importlib.import_module(name)

AT = VirtualClock().now()
ROUNDS = 12  # of the last recovery
_F = Fault

# Where the first sender dies; `arrived` and `answering` are at the venue, the rest its own.
SENDING = (
    "plan: before its commit",
    "plan: after its commit",
    "approve: before its commit",
    "approve: after its commit",
    "intent: before its commit",  # of the second order: between two orders
    "intent: after its commit",
    "submit: before its first byte",
    "submit: after its first byte",
    "submit: after its last byte",
    "arrived",
    "answering",
    "submit: after the answer",
    "record: before its commit",
    "record: after its commit",
)
# Where the second one dies, and where the first one then has to.
_UNSEEN = ("intent: after its commit", "submit: after its first byte")
_SEEN = ("submit: after its last byte", "arrived", "answering", "record: before its commit")
RECOVERING = {
    "unknown: before its commit": _UNSEEN + _SEEN,
    "unknown: after its commit": _UNSEEN + _SEEN,
    "find: before its first byte": _UNSEEN + _SEEN,
    "find: after its last byte": _UNSEEN + _SEEN,
    "find: after the answer": _UNSEEN + _SEEN,
    "record: before its commit": _SEEN[1:],
    "record: after its commit": _SEEN[1:],
    "never_arrived: before its commit": _UNSEEN,
    "never_arrived: after its commit": _UNSEEN,
    "lift: before its commit": _SEEN[1:],
    "lift: after its commit": _SEEN[1:],
}
AT_VENUE = ("arrived", "answering")


class Hiding(FaultyVenue):
    """A faulty venue that may count its first execution and never list it; no two of them give executions the same id."""

    hides = False
    mark = ""

    def fill(self, order: str, units: Decimal) -> None:
        super().fill(order, units)
        done = next(sheet.executions for sheet in reversed(self.sheets) if sheet.ticket.id == order)
        done[-1] = done[-1]._replace(id=f"{self.mark}/{done[-1].id}")
        if self.hides:
            self.hidden.add(done[-1].id)
            self.hides = False


@dataclass
class World:
    """One run: a job in a book, a venue, and the program that works on it."""

    job: Job
    venue: Hiding
    chance: random.Random
    program: str

    def life(self, point: str = "", nth: int = 1, after: float | None = None, rounds: int = 0) -> int:
        """One process from its beginning to its end; how it ended."""
        served = Served(self.venue, START, point if point in AT_VENUE else "", nth)
        ours, theirs = socket.socketpair()
        if not (child := os.fork()):
            ours.close()
            self._be(theirs, "" if point in AT_VENUE else point, nth, rounds)
        theirs.close()
        with ours:
            code = served.until_its_end(child, ours, after)
        assert code in (0, -9), f"the program failed: {code}"
        assert code == 0 or point or after is not None, "it was stuck, and had to be killed"
        return code

    def _be(self, end: socket.socket, point: str, nth: int, rounds: int) -> None:
        code = 1
        try:
            cross = Point(point, nth) if point else nowhere
            PROGRAMS[self.program](self.job, self.venue.clock, Line(end, cross), cross, rounds=rounds)
            code = 0
        except BaseException:  # noqa: BLE001 - whatever it was, the copy ends here
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)

    def passes(self) -> None:
        """Some time between two processes, perhaps less than the grace; the line may come back."""
        self.venue.clock.wait(self.chance.choice((0, 5, 30, 70, 200)))
        if self.chance.random() < 0.5:
            self.venue.work()
        self.venue.down &= self.chance.random() < 0.3


@dataclass
class Told:
    """What came of many runs."""

    runs: int = 0
    killed: int = 0
    twice: int = 0
    points: Counter[str] = field(default_factory=Counter)
    doubled: int = 0
    halted: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass
class Ground:
    """Where books are: each run has a copy of one file, or an account of its own in one schema of a server."""

    folder: Path
    server: str = ""
    count: int = 0

    def __post_init__(self) -> None:
        self.template = self.server or self.folder / "template.db"
        with BookStore.create(self.template, recorded=AT, author="desk") as book:
            listed: list[Event] = [InstrumentListed(Instrument(name)) for name in NAMES]
            book.append([*listed, *([] if self.server else _opened("A"))], recorded=AT, author="desk")

    def job(self, chance: random.Random) -> Job:
        self.count += 1
        if self.server:
            name = f"A{self.count}"
            with BookStore.open(self.server) as book:
                book.append(_opened(name), recorded=AT, author="desk")
            return drawn(self.server, name, chance)
        place = self.folder / "run"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        return drawn(str(shutil.copy(self.template, place / "book.db")), "A", chance)


def _opened(name: str) -> list[Event]:
    opening = [Opening(DAY, number, START[one], START[one] * PRICE, DAY) for number, one in enumerate(NAMES)]
    return [AccountOpened(Account(name, "Mueller")), *(EntryPosted(name, one) for one in (Flow(DAY, CASH), *opening))]


def world(ground: Ground, seed: str, program: str, *, good: bool) -> World:
    """A run by its seed: half of the venues are faulty, unless all are to be good; a message may be slow."""
    chance = random.Random(seed)
    job = ground.job(chance)
    script = [] if good or chance.random() < 0.5 else [chance.choice((_F.NONE, *_F)) for _ in job.units]
    venue = Hiding(VirtualClock(), script, seed=chance.randrange(2**32), unique=False)
    venue.mark = job.account
    venue.hides = not good and chance.random() < 0.1
    return World(job, venue, chance, program)


def _remembered(kind: Any) -> None:
    """What a fresh schema looks like is made once, for all copies: every opening compares its book with it."""
    plain, known = kind.blueprint, []

    def blueprint(self: Any, build: Any) -> Any:
        if not known:
            known.append(plain(self, build))
        return known[0]

    kind.blueprint = blueprint


Kind = Callable[[World, int, Told, float], None]


def at_points(one: World, number: int, told: Told, _: float) -> None:
    """Killed at a named point of the sending, each in turn."""
    point = SENDING[number % len(SENDING)]
    late = one.chance.random() < 0.5 and point == "submit: after its last byte"
    second = ":" in point and point[:4] not in ("plan", "appr") and not one.venue.script
    nth = 2 if point == "intent: before its commit" else 1 + (second and one.chance.random() < 0.5)
    if nth == 2 and one.venue.script:
        one.venue.script = []
    if point.startswith("record") and one.venue.script:  # there is an answer to be recorded
        one.venue.script[0] = _F.NONE
    if late:  # it has left, and is under way when the recovery asks
        one.venue.script = [_F.NONE] * (nth - 1) + [_F.SLOW]
    if one.life(point, nth):
        told.killed += 1
        told.points[point] += 1
    one.passes()


def shot(one: World, length: float) -> bool:
    """Killed at any time of a life, of the next one where this one was over before; whether it was."""
    for _ in range(200):
        if one.life(after=one.chance.uniform(0.0, length)):
            return True
        one.passes()
    return False


def at_times(one: World, number: int, told: Told, length: float) -> None:
    """Killed at any time."""
    told.killed += shot(one, length)
    one.passes()


def twice(one: World, number: int, told: Told, length: float) -> None:
    """Killed, and killed again in the recovery: at named points of both and at any time in turn."""
    if number % 2:
        at_times(one, number, told, length)
        told.twice += shot(one, length)
        one.passes()
        return
    again = tuple(RECOVERING)[number // 2 % len(RECOVERING)]
    one.venue.script, one.venue.hides = [], False
    told.killed += one.life(one.chance.choice(RECOVERING[again])) != 0
    one.venue.clock.wait(70 if again.startswith("never") else one.chance.choice((0, 70)))
    if one.life(again):
        told.twice += 1
        told.points[f"again {again}"] += 1
    one.passes()


KINDS: dict[str, Kind] = {"points": at_points, "times": at_times, "doubles": twice}


def sweep(
    ground: Ground, kind: str, count: int, seed: int, program: str = "program", verified: int = 1, first: int = 0
) -> Told:
    """So many runs of a kind, from number `first` on; every `verified`th journal is verified, and the last one."""
    told, length = Told(), _length(ground, program)
    for number in range(first, first + count):
        name = f"{seed}/{kind}/{number}"
        one = world(ground, name, program, good=program == "naive")
        told.runs += 1
        try:
            KINDS[kind](one, number, told, length)
            one.life(rounds=2 if one.venue.down else ROUNDS)
            found, halted = judged(one.job, one.venue, whole=number % verified == 0 or number == first + count - 1)
            told.halted += halted
        except AssertionError as error:
            found = [str(error)]
        told.doubled += any(what.endswith(" times") for what in found)
        told.faults += [f"{name} {what}" for what in found]
    return told


def _length(ground: Ground, program: str) -> float:
    """How long a sender lives that nobody kills, in seconds."""
    lengths = []
    for number in range(5):
        one = world(ground, f"length/{number}", program, good=True)
        begun = time.monotonic()
        one.life()
        lengths.append(time.monotonic() - begun)
    return statistics.median(lengths)


def main(asked: IO[str], answers: IO[str]) -> None:
    """Answer each line with what came of it."""
    for kind in (SqliteSession, PostgresSession):
        _remembered(kind)
    for line in asked:
        words: dict[str, Any] = json.loads(line)
        begun = time.monotonic()
        folder = Path(words.pop("folder"))
        folder.mkdir(parents=True, exist_ok=True)
        told = sweep(Ground(folder, words.pop("server", "")), **words)
        shutil.rmtree(folder, ignore_errors=True)
        answers.write(json.dumps(words | told.__dict__ | {"seconds": time.monotonic() - begun}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
