"""A practice desk: a book that lives in the past, on a clock of its own which only moves forward.

Everything is done as on a real desk, with orders that fill on paper; data are cut at the clock, so that nothing later is
known. That it is practice stands in the journal of the book, so that it can never be taken for a real one: no real money
moves for it, and none of its orders is exported. The file `practice.json` of its folder holds the clock alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from trimtab.accounting.database.events import EntryPosted, Note
from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.calendar import closes, plain_date
from trimtab.core.entries import Flow
from trimtab.core.errors import DataError, UsageError
from trimtab.core.households import Account
from trimtab.core.money import Money
from trimtab.core.roles import Clock
from trimtab.core.schedule import CutOff
from trimtab.data.market import Market
from trimtab.desk.books import Signature, open_account
from trimtab.desk.circumstances import instant_of, text_of_instant
from trimtab.desk.following import follow, named_policy
from trimtab.desk.live import PRACTICE, PracticeClock, SystemClock, clock_of
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market, source_in, until
from trimtab.desk.writing import write_text

KIND = "practice"  # note: clock (an instant), said (began, moved)
HOUSEHOLD = "Practice"
PAPER = "paper"  # folder of the paper broker


@dataclass(frozen=True, slots=True)
class Desk:
    """A practice desk to begin: the account, its cash and currency, the policy that it follows, and the first instant."""

    account: str
    cash: Money
    policy: str
    at: np.datetime64
    household: str = HOUSEHOLD


def begin(folder: Path, address: str, desk: Desk, author: str) -> Desk:
    """Begin a practice desk where no book stands. Raises UsageError or NoBook where one does; then nothing is written.

    The policy is followed, and not committed to: its promotion is left to whoever practises.
    """
    require_vacant(folder)
    _require_fitting(desk)
    by, account = Signature(author, desk.at), Account(desk.account, desk.household, currency=desk.cash.currency)
    keep_clock(folder, desk.at)
    try:
        with BookStore.create(address, recorded=by.at, author=by.author) as book:
            book.append([_note(desk.at, "began")], recorded=by.at, author=by.author)
            open_account(book, account, by)
            first = EntryPosted(desk.account, Flow(by.day, desk.cash.amount))
            book.append([first], recorded=by.at, author=by.author)
            follow(book, desk.account, desk.policy, by)
    except BaseException:
        (folder / PRACTICE).unlink(missing_ok=True)
        raise
    return desk


def require_vacant(folder: Path) -> None:
    """Raises UsageError where a book, or a paper broker, of another desk stands in the folder."""
    for name in ("book.db", PAPER):
        if (folder / name).exists():
            what = f"{folder / name} stands there already: a desk is never turned into another one"
            raise UsageError(what, remedy="Practise in a folder of its own: --workspace practice.")


def _require_fitting(desk: Desk) -> None:
    """Raises UsageError where the policy knows no price by the first instant or none after it, or has another currency."""
    policy = named_policy(desk.policy)
    code = policy.horizon.capital.currency
    if desk.cash.currency != code:
        raise UsageError(f"the cash is in {desk.cash.currency}, the policy in {code}", remedy=f'Write --cash "100000 {code}".')
    if desk.cash.amount <= 0:
        raise UsageError(f"cash of {desk.cash} buys nothing", remedy=f'Write --cash "100000 {code}".')
    market = load_market(policy)
    known_by(market, desk.at)
    last = market.sessions[-1]
    if desk.at.astype("datetime64[D]") > last:
        what = f"the data of {policy.name} end on {last}, before {text_of_instant(desk.at)}: there is nothing to practise on"
        raise UsageError(what, remedy=f"Begin on {last} at the latest: --at {last}.")


def first_instant(policy: Policy, day: np.datetime64) -> np.datetime64:
    """When the decision of a date can be made: at the cut-off of the policy, two hours after the close at least."""
    delay = max(policy.schedule.cut_off.delay, CutOff().delay)
    at: np.datetime64 = closes(np.array([day], dtype="datetime64[D]"))[0].astype("datetime64[s]")
    return at + np.timedelta64(int(delay.total_seconds()), "s")


def keep_clock(folder: Path, at: np.datetime64) -> None:
    """Write the clock of a practice desk."""
    write_text(folder / PRACTICE, json.dumps({"trimtab": 1, "clock": text_of_instant(at)}) + "\n")


def move(folder: Path, book: BookStore, to: np.datetime64, by: Signature) -> np.datetime64:
    """Move the clock of a practice desk forward, and say so in the journal first.

    Raises UsageError where the book is no practice book, or the instant is not later than now.
    """
    now = require_practice(book)
    if not to > now:
        what = f"{text_of_instant(to)} is not after {text_of_instant(now)}: practice time only moves forward"
        raise UsageError(what, remedy="Give a later instant; to begin again, practise in a new folder.")
    book.append([_note(to, "moved")], recorded=to, author=by.author)
    keep_clock(folder, to)
    return to


def _note(at: np.datetime64, said: str) -> Note:
    return Note(KIND, {"clock": text_of_instant(at), "said": said})


def practised(book: BookStore) -> np.datetime64 | None:
    """The last instant that the journal has of its practice clock; None for a real book."""
    found = notes(book, KIND)
    return instant_of(found[-1].body["clock"]) if found else None


def clock_in(book: BookStore) -> Clock:
    """The clock that a book lives by, wherever it lies."""
    at = practised(book)
    return SystemClock() if at is None else PracticeClock(at)


def require_practice(book: BookStore) -> np.datetime64:
    """The clock of a practice book. Raises UsageError for a real one."""
    at = practised(book)
    if at is None:
        what = "this is a real book: it lives by the clock of this machine"
        raise UsageError(what, remedy="Practise in a folder of its own: trimtab practice POLICY --workspace practice.")
    return at


def require_real(book: BookStore) -> None:
    """Raises UsageError for a practice book: nothing of it moves real money, or is handed on to somebody who would."""
    if practised(book) is not None:
        what = "this is a practice book: no real order leaves it, and none is exported"
        raise UsageError(what, remedy="Send to paper: --broker paper. A real book is begun elsewhere: trimtab book init.")


def require_own_clock(folder: str | Path, book: BookStore) -> None:
    """Raises UsageError where a real book would be written by the clock of a practice desk, or the other way round.

    The journal says what time it is: where the folder says otherwise, because somebody was killed between the two or has
    edited it, the folder is put right, and that is raised.
    """
    at, clock = practised(book), clock_of(folder)
    if (at is None) is isinstance(clock, PracticeClock):
        if at is None:
            what, remedy = f"{folder} is a practice desk, and the book is a real one", "Name the workspace of the book."
        else:
            what = f"the book is a practice book, and {folder} has no {PRACTICE}, the clock that it lives by"
            remedy = "Name its workspace: --workspace DIR."
        raise UsageError(what, remedy=remedy)
    if at is not None and clock.now() != at:
        keep_clock(Path(folder), at)
        what = f"{PRACTICE} said {text_of_instant(clock.now())}, and the journal {text_of_instant(at)}: it was put right"
        raise UsageError(what, remedy="Give the command again.")


def own_book(folder: str | Path, address: str) -> BookStore:
    """The book at an address, which lives by the clock of the folder. Raises UsageError where it lives by another one."""
    book = BookStore.open(address)
    try:
        require_own_clock(folder, book)
    except BaseException:
        book.close()
        raise
    return book


Loader = Callable[[Policy], Market]


def loader_of(folder: str | Path, data: str | Path | None = None) -> Loader:
    """How markets are loaded in a workspace: on a practice desk without the sessions that have not closed by its clock.

    `data`, a folder of prices or a market store, is read instead of the policy's own.
    """
    clock = clock_of(folder)
    at = clock.at if isinstance(clock, PracticeClock) else None
    if at is None and data is None:
        return load_market

    def load(policy: Policy) -> Market:
        market = load_market(policy if data is None else replace(policy, data=source_in(data)))
        return market if at is None else known_by(market, at)

    return load


def last_known_day(folder: str | Path) -> date | None:
    """On a practice desk the last day of which a close in New York is known by its clock; None where no clock stands still."""
    clock = clock_of(folder)
    if not isinstance(clock, PracticeClock):
        return None
    day = clock.at.astype("datetime64[D]")
    return plain_date(day if closes(np.array([day]))[0] <= clock.at else day - 1)


def known_by(market: Market, at: np.datetime64) -> Market:
    """The market without the sessions that close after `at`. Raises DataError where none is left."""
    closed = np.flatnonzero(market.closes_at(np.arange(len(market.sessions))) <= at)
    if not len(closed):
        first = market.sessions[0] if len(market.sessions) else "no date"
        what = f"no session has closed by {text_of_instant(at)}: the data start on {first}"
        raise DataError(what, remedy="Practise at a later date: --at DATE.")
    return until(market, market.sessions[closed[-1]])
