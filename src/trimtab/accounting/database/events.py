"""What can happen to a book: each event is one record of the journal, and changes the tables made from it.

An event may carry a `key`, which the journal holds once: the hash of an imported row, a broker's execution id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from trimtab.accounting.database import order_events
from trimtab.accounting.database.coding import entry_of, plain, rebuilt, word_of
from trimtab.accounting.database.order_events import OrderEvent
from trimtab.accounting.encoding import chained, json_of
from trimtab.core.entries import Entry
from trimtab.core.errors import DataError
from trimtab.core.households import Account, Instrument, require_name

FORMAT = 1


@dataclass(frozen=True, slots=True)
class BookBegun:
    """The first record of every book; `create` writes it."""

    format: int = FORMAT
    key: str = ""


@dataclass(frozen=True, slots=True)
class AccountOpened:
    """An account of a household."""

    account: Account
    key: str = ""


@dataclass(frozen=True, slots=True)
class SleeveOpened:
    """A part of an account that is kept apart, under the name `account/sleeve`."""

    account: str
    sleeve: str
    key: str = ""

    def __post_init__(self) -> None:
        require_name("the sleeve", self.sleeve)

    @property
    def place(self) -> str:
        """Under which its entries are posted."""
        return f"{self.account}/{self.sleeve}"


@dataclass(frozen=True, slots=True)
class InstrumentListed:
    """Something that can be held; instruments are numbered 0, 1, ... in the order of listing."""

    instrument: Instrument
    key: str = ""


@dataclass(frozen=True, slots=True)
class EntryPosted:
    """An entry of the ledger in `place` (`account` or `account/sleeve`); entries are numbered 0, 1, ... within a place."""

    place: str
    entry: Entry
    key: str = ""


class RunKey(NamedTuple):
    """What a decision is made for: an account (or account/sleeve), a date, and a policy by its SHA-256."""

    account: str
    as_of: date
    policy: str


@dataclass(frozen=True, slots=True)
class RunClaimed:
    """A run that somebody began; `claimant` tells processes apart that claim at the same time."""

    run: RunKey
    generation: int
    claimant: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch("[0-9a-f]{64}", self.run.policy):
            raise DataError(f"{self.run.policy!r} is no SHA-256", remedy="Give the 64 digits of the policy's hash.")


@dataclass(frozen=True, slots=True)
class RunSuperseded:
    """A run that does not count any more, and why: the next one has the next generation."""

    run: RunKey
    generation: int
    reason: str
    key: str = ""

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise DataError("a run is superseded without a reason", remedy="Say why; it stays in the journal.")


@dataclass(frozen=True, slots=True)
class Note:
    """Anything else worth keeping: a `kind` in one word, and a body of JSON values."""

    kind: str
    body: Mapping[str, Any] = field(default_factory=dict)
    place: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch("[a-z][a-z0-9._-]{0,40}", self.kind):
            raise DataError(f"{self.kind!r} is no kind of note", remedy="Use small letters, digits, points and dashes.")


Event = (
    BookBegun | AccountOpened | SleeveOpened | InstrumentListed | EntryPosted | RunClaimed | RunSuperseded | Note | OrderEvent
)  # fmt: skip


class Record(NamedTuple):
    """One record of the stored journal, all of its columns; `recorded` is UTC in microseconds, `body` canonical JSON."""

    number: int
    kind: str
    place: str
    key: str
    recorded: str
    author: str
    body: str
    hash: str

    def hashed(self, previous: str) -> str:
        """SHA-256 over the hash before and every column but the hash itself."""
        return chained(previous, (str(self.number), *self[1:-1]))

    @property
    def event(self) -> Event:
        """What happened. Raises DataError where the body does not say it."""
        try:
            if self.kind in order_events.READERS:
                return order_events.READERS[self.kind](self.place, self.key, json.loads(self.body))
            reader = _READERS["note" if self.kind.startswith("note.") else self.kind]
            return reader(self, json.loads(self.body))
        except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            what = f"record {self.number} of the journal does not read ({type(error).__name__}: {error})"
            raise DataError(what, remedy="Run trimtab verify, and restore a backup: trimtab restore.") from error


class Draft(NamedTuple):
    """An event in the words of the journal, before it has a number."""

    event: Event
    kind: str
    place: str
    body: str


def draft_of(event: Event) -> Draft:
    """Kind, place and body of an event. Raises DataError where it holds what cannot be booked."""
    kind, place, body = _WRITERS[type(event)](event)
    return Draft(event, kind, place, json_of(body))


def _written_run(event: RunClaimed | RunSuperseded) -> dict[str, Any]:
    more = {"claimant": event.claimant} if isinstance(event, RunClaimed) else {"reason": event.reason}
    return {"run": plain(event.run), "generation": event.generation, **more}


_Written = tuple[str, str, Mapping[str, Any]]
_WRITERS: dict[type, Callable[[Any], _Written]] = {
    BookBegun: lambda event: ("book", "", {"format": event.format}),
    AccountOpened: lambda event: ("account", event.account.id, plain(event.account)),
    SleeveOpened: lambda event: ("sleeve", event.place, {"account": event.account, "sleeve": event.sleeve}),
    InstrumentListed: lambda event: ("instrument", "", plain(event.instrument)),
    EntryPosted: lambda event: ("entry", event.place, {"kind": word_of(event.entry), **plain(event.entry)}),
    RunClaimed: lambda event: ("claim", event.run.account, _written_run(event)),
    RunSuperseded: lambda event: ("supersession", event.run.account, _written_run(event)),
    Note: lambda event: (f"note.{event.kind}", event.place, dict(event.body)),
    **order_events.WRITERS,
}


def _run(record: Record, body: dict[str, Any], kind: type) -> Any:
    return kind(**{**body, "run": rebuilt(RunKey, body["run"])}, key=record.key)


_READERS: dict[str, Callable[[Record, dict[str, Any]], Event]] = {
    "book": lambda record, body: BookBegun(body["format"], record.key),
    "account": lambda record, body: AccountOpened(rebuilt(Account, body), record.key),
    "sleeve": lambda record, body: SleeveOpened(**body, key=record.key),
    "instrument": lambda record, body: InstrumentListed(rebuilt(Instrument, body), record.key),
    "entry": lambda record, body: EntryPosted(record.place, entry_of(body.pop("kind"), body), record.key),
    "claim": lambda record, body: _run(record, body, RunClaimed),
    "supersession": lambda record, body: _run(record, body, RunSuperseded),
    "note": lambda record, body: Note(record.kind.removeprefix("note."), body, record.place, record.key),
}
