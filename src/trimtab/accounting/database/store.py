"""The book of record: accounts, sleeves, instruments, entries and runs, each change a record of an append-only journal.

A change is one transaction: records and the tables made from them, all or nothing. No clock is read: the instant of
recording and the author come from the caller. A commit whose answer was lost is looked up before anything is said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import numpy as np

from trimtab.accounting.database import opening, schema
from trimtab.accounting.database.columns import insert, select, selected
from trimtab.accounting.database.events import BookBegun, Draft, Event, Record, RunKey, RunSuperseded, draft_of
from trimtab.accounting.database.projection import Projection, entry_in, generations
from trimtab.accounting.database.reading import Last, duplicates, last_record, recorded_text, records, stands
from trimtab.accounting.database.refusals import Busy, Contended, Duplicate, OutcomeUnknown, Unanswered
from trimtab.accounting.database.runs import Claim, Run, claim_of, run_in
from trimtab.accounting.database.session import Session
from trimtab.core.entries import Entry
from trimtab.core.errors import TrimtabError, UsageError
from trimtab.core.households import Account, Contract, Instrument
from trimtab.core.persons import person
from trimtab.core.taxes import LotMethod, Wrapper

__all__ = ["BookStore", "Claim", "Run"]

T = TypeVar("T")
_ATTEMPTS = 50  # of a transaction that met another writer
_LOOKS = 8  # for a commit whose answer was lost, over about a quarter of a minute


class BookStore:
    """A book over a session. Not shared between threads: each opens its own.

    What is wrong with the database is raised as one of refusals.py, and then nothing was written.
    """

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    @classmethod
    def create(cls, address: str | Path, *, recorded: np.datetime64, author: str) -> BookStore:
        """Begin a book where nothing stands. Raises NoBook where something does."""
        opening.create(address, lambda session: cls(session).begin(recorded=recorded, author=author))
        return cls.open(address)

    @classmethod
    def open(cls, address: str | Path) -> BookStore:
        """The book at an address. Raises NoBook, Damaged, Outdated or TooNew."""
        return cls.over(opening.connected(address))

    @classmethod
    def over(cls, session: Session) -> BookStore:
        """The book behind a session of the caller's. Raises as `open`."""
        try:
            opening.require_whole(session)
        except BaseException:
            session.close()
            raise
        return cls(session)

    def begin(self, *, recorded: np.datetime64, author: str) -> None:
        """Build the tables and write the first record, in the one transaction of a caller who has an empty database."""
        opening.build(self._session)
        self._append([draft_of(BookBegun())], recorded_text(recorded), author)

    @property
    def session(self) -> Session:
        """The connection, for checks and backups."""
        return self._session

    def close(self) -> None:
        """Give the connection back."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def append(self, events: Sequence[Event], *, recorded: np.datetime64, author: str, after: str = "") -> tuple[int, ...]:
        """Book events in this order, all or none; return the numbers of their records.

        `recorded` is UTC. `after` is the head that the caller has read: raises Busy where the book has gone on since. Raises
        DataError where one cannot be booked, Duplicate where a key stands in the journal.
        """
        drafts, at = [draft_of(event) for event in events], recorded_text(recorded)
        return self.change(lambda: self._append(drafts, at, author, after)) if drafts else ()

    def claim(self, key: RunKey, *, recorded: np.datetime64, author: str, claimant: str = "") -> Claim:
        """Begin the run of a key, or learn who has: of all who claim it, one gets `new`.

        `claimant` names the process (host and number), so that a claim whose answer was lost is known again.
        """
        at = recorded_text(recorded)

        def claimed() -> Claim:
            run, event = claim_of(self._session, key, claimant)
            if event is None:
                return Claim(run, new=False)
            (number,) = self.book([event], at, author)
            return Claim(run._replace(record=number), new=True)

        return self.change(claimed)

    def supersede(self, run: Run, reason: str, *, recorded: np.datetime64, author: str) -> int:
        """Say why a run does not count any more: the next claim of its key gets the next generation. Returns the record.

        Raises Superseded where it was already.
        """
        event = RunSuperseded(run.key, run.generation, reason)
        return self.append([event], recorded=recorded, author=author)[0]

    def change(self, work: Callable[[], T]) -> T:
        """One writing transaction, tried again where it met another, and looked up where its answer was lost.

        `work` reads the session and calls `book`; it may run more than once, and must do nothing else.
        """
        for _ in range(_ATTEMPTS):
            done: list[tuple[T, Last]] = []
            try:
                with self._session.writing():
                    done.append((work(), last_record(self._session)))
            except Contended:
                continue
            except Unanswered as lost:
                if not self._landed(done[0][1], lost.fault):
                    raise lost.fault from lost
            return done[0][0]
        raise Busy("other processes kept writing", where=self._session.where, remedy="Nothing was written. Try again.")

    def _landed(self, record: Last, fault: TrimtabError) -> bool:
        """Whether the journal holds this record. Raises OutcomeUnknown where it cannot be asked."""
        for look in range(_LOOKS):
            try:
                self._session.again()
                landed = stands(self._session, record)
                self._session.settle(landed=landed)
            except TrimtabError:
                time.sleep(0.05 * 2**look)
            else:
                return landed
        what = f"the answer to a commit was lost ({fault.what}), and the book cannot be asked for record {record.number}"
        remedy = "When it can be reached, look for it before repeating anything: trimtab journal show."
        raise OutcomeUnknown(what, where=self._session.where, remedy=remedy) from fault

    def book(self, events: Sequence[Event], recorded: str, author: str) -> tuple[int, ...]:
        """Inside `change`: book events as `append` does; `recorded` as the journal keeps it."""
        return self._append([draft_of(event) for event in events], recorded, author) if events else ()

    def _append(self, drafts: Sequence[Draft], recorded: str, author: str, after: str = "") -> tuple[int, ...]:
        """Records and tables, inside a transaction."""
        session = self._session
        if not person(author):
            raise UsageError("nobody writes", where=session.where, remedy="Give a name that can be seen: --by NAME.")
        session.lock(draft.place.partition("/")[0] for draft in drafts if draft.place)
        if after and last_record(session).hash != after:
            what = "somebody else has written since the book was read"
            raise Busy(what, where=session.where, remedy="Nothing was written. Look again, then repeat it.")
        if found := duplicates(session, [draft.event.key for draft in drafts if draft.event.key]):
            raise Duplicate(found, where=session.where)
        number, previous = last_record(session)
        rows = []
        for draft in drafts:
            number += 1
            bare = Record(number, draft.kind, draft.place, draft.event.key, recorded, author, draft.body, "")
            previous = bare.hashed(previous)
            rows.append(bare._replace(hash=previous))
        insert(session, schema.JOURNAL, rows)
        self._project(rows, drafts)
        return tuple(row.number for row in rows)

    def _project(self, rows: Sequence[Record], drafts: Sequence[Draft]) -> None:
        projection = Projection(self._session)
        projection.expect(draft.event for draft in drafts)
        for row, draft in zip(rows, drafts, strict=True):
            projection.apply(row, draft.event)
        projection.flush()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """All reads inside see one state of the book."""
        with self._session.reading():
            yield

    def accounts(self) -> tuple[Account, ...]:
        """All accounts, by id."""
        rows = select(self._session, schema.ACCOUNTS)
        return tuple(
            Account(one, household, Wrapper(wrapper), currency, LotMethod(lots), name)
            for one, household, wrapper, currency, lots, name, _ in rows
        )

    def sleeves(self) -> tuple[str, ...]:
        """The places of all sleeves: `account/sleeve`."""
        return tuple(place for place, *_ in select(self._session, schema.SLEEVES))

    def instruments(self) -> tuple[Instrument, ...]:
        """All instruments; the place of one in the order is its number."""
        rows = select(self._session, schema.INSTRUMENTS)
        return tuple(Instrument(one, Contract(contract), *rest) for _, one, contract, *rest, _ in rows)

    def entries(self, place: str, recorded_until: np.datetime64 | None = None) -> list[tuple[int, Entry]]:
        """The entries of a place with their numbers, in order of posting; those recorded by then only, if asked."""
        if recorded_until is None:
            rows = select(self._session, schema.ENTRIES, {"place": place})
        else:
            known = "WHERE place = ? AND record IN (SELECT number FROM journal WHERE recorded <= ?)"
            rows = selected(self._session, schema.ENTRIES, known, (place, recorded_text(recorded_until)))
        return [(row[1], entry_in(row)) for row in rows]

    def count(self, place: str) -> int:
        """How many entries a place has: the number that the next one gets."""
        ((count,),) = self._session.execute("SELECT COALESCE(MAX(number), -1) + 1 FROM entries WHERE place = ?", (place,))
        return int(count)

    def numbered(self, first: int, last: int) -> dict[int, int]:
        """Of the records `first` to `last` that post entries: the number that each entry has in its place."""
        sql = "SELECT record, number FROM entries WHERE record >= ? AND record <= ?"
        return {int(record): int(number) for record, number in self._session.execute(sql, (first, last))}

    def last(self) -> int:
        """The number of the last record."""
        return last_record(self._session).number

    def imported(self, place: str) -> dict[str, int]:
        """The keys of a place's entries, each with the number of the entry that carries it."""
        sql = "SELECT j.key, e.number FROM journal j JOIN entries e ON e.record = j.number WHERE j.key <> '' AND e.place = ?"
        return {key: int(number) for key, number in self._session.execute(sql, (place,))}

    def holdings(self, place: str) -> dict[int, Decimal]:
        """Units by the number of the instrument, where there are any."""
        return {asset: units for _, asset, units in select(self._session, schema.HOLDINGS, {"place": place}) if units}

    def purses(self, place: str) -> dict[str, Decimal]:
        """Cash by currency."""
        return {code: amount for _, code, amount in select(self._session, schema.PURSES, {"place": place})}

    def runs(self, key: RunKey) -> tuple[Run, ...]:
        """All generations of a run, oldest first."""
        return tuple(map(run_in, generations(self._session, key)))

    def records(self, first: int = 0, last: int | None = None) -> tuple[Record, ...]:
        """Records `first` to `last` of the journal, both included."""
        return tuple(records(self._session, first, last))

    def keyed(self, keys: Sequence[str]) -> dict[str, int]:
        """Those of the keys that are booked, with the numbers of their records."""
        return duplicates(self._session, list(keys), within=False)

    def head(self) -> str:
        """The hash of the last record: it stands for the whole book. To be kept outside, in reports and exports."""
        return last_record(self._session).hash
