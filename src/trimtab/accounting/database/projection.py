"""From events to tables: accounts, instruments, entries, holdings, purses and runs as the journal has them.

The same code runs when events are appended and when the journal is replayed into an empty database. Holdings and purses
are read, changed as Decimals and written back within the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from trimtab.accounting.database import schema
from trimtab.accounting.database.coding import COLUMNS, entry_with, plain, word_of
from trimtab.accounting.database.columns import Table, insert, select
from trimtab.accounting.database.events import (
    FORMAT,
    AccountOpened,
    BookBegun,
    EntryPosted,
    Event,
    InstrumentListed,
    Note,
    Record,
    RunClaimed,
    RunKey,
    RunSuperseded,
    SleeveOpened,
)
from trimtab.accounting.database.order_events import OrderMoved
from trimtab.accounting.database.order_projection import ORDERLY, OrderTables, Stamp
from trimtab.accounting.database.refusals import Superseded
from trimtab.accounting.database.session import Row, Session
from trimtab.accounting.encoding import json_of
from trimtab.accounting.moves import moves_of, require_amounts, units_of
from trimtab.core.entries import Cancel, Entry
from trimtab.core.errors import DataError
from trimtab.core.money import ZERO, currency, exact


class Projection:
    """The tables within one transaction. The record of an event stands in the journal before the event is applied.

    Entries, holdings, purses and orders are collected and written by `flush`; all else is written at once.
    """

    __slots__ = ("_accounts", "_amounts", "_counts", "_dirty", "_entries", "_listed", "_orders", "_session")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._accounts: dict[str, tuple[str, str]] = {}  # account and its base currency, of each place
        self._counts: dict[str, int] = {}  # entries of each place
        self._entries: dict[tuple[str, int], list[Any]] = {}
        self._amounts: dict[tuple[str, str, Any], Decimal] = {}  # by table, place, and asset or currency
        self._dirty: set[tuple[str, str, Any]] = set()
        self._listed: int | None = None
        self._orders = OrderTables(session, self._account)

    def expect(self, events: Iterable[Event]) -> None:
        """Read what these events will change, many at once."""
        self._orders.fetch(event.order for event in events if isinstance(event, OrderMoved))

    def apply(self, record: Record, event: Event) -> None:
        """Let the event of a record take effect. Raises DataError or InvariantError where it cannot."""
        with exact():
            if type(event) in ORDERLY:
                ORDERLY[type(event)](self._orders, Stamp.of(record.number, record.recorded, record.author), event)
            else:
                _APPLY[type(event)](self, record.number, event)

    def flush(self) -> None:
        """Write what was collected."""
        insert(self._session, schema.ENTRIES, self._entries.values(), replacing=True)
        for table in (schema.HOLDINGS, schema.PURSES):
            dirty = [key for key in self._amounts if key in self._dirty and key[0] == table.name]
            insert(self._session, table, [(*key[1:], self._amounts[key]) for key in dirty], replacing=True)
        self._entries.clear()
        self._dirty.clear()
        self._orders.flush()

    def _refused(self, what: str, remedy: str) -> DataError:
        return DataError(what, where=self._session.where, remedy=remedy)

    def _has(self, table: Table, **where: Any) -> bool:
        return bool(select(self._session, table, where))

    def _begin(self, number: int, event: BookBegun) -> None:
        if number or event.format != FORMAT:
            raise self._refused("the first record of a book stands elsewhere", "Restore a backup: trimtab restore.")

    def _open(self, number: int, event: AccountOpened) -> None:
        account = event.account
        if self._has(schema.ACCOUNTS, id=account.id):
            raise self._refused(f"the account {account.id} is open already", "Take another name.")
        row = (account.id, account.household, account.wrapper.value, account.currency, account.lots.value, account.name)
        insert(self._session, schema.ACCOUNTS, [(*row, number)])

    def _divide(self, number: int, event: SleeveOpened) -> None:
        if not self._has(schema.ACCOUNTS, id=event.account):
            raise self._refused(f"there is no account {event.account}", "Open it first.")
        if self._has(schema.SLEEVES, place=event.place):
            raise self._refused(f"the sleeve {event.place} is open already", "Take another name.")
        insert(self._session, schema.SLEEVES, [(event.place, event.account, number)])

    def _list(self, number: int, event: InstrumentListed) -> None:
        one = event.instrument
        if self._has(schema.INSTRUMENTS, id=one.id):
            raise self._refused(f"the instrument {one.id} is listed already", "Use the one that is listed.")
        listed = self._instruments()
        row = (listed, one.id, one.contract.value, one.currency, one.multiplier, one.isin, one.name, one.alike, number)
        insert(self._session, schema.INSTRUMENTS, [row])
        self._listed = listed + 1

    def _instruments(self) -> int:
        if self._listed is None:
            ((self._listed,),) = self._session.execute("SELECT COALESCE(MAX(number), -1) + 1 FROM instruments")
        return self._listed

    def _post(self, number: int, event: EntryPosted) -> None:
        place, entry = event.place, event.entry
        account, _ = self._account(place)
        require_amounts(entry)
        for asset in _named(entry, "asset", "into"):
            if not 0 <= asset < self._instruments():
                raise self._refused(f"there is no instrument {asset}", "List it first.")
        for code in _named(entry, "currency", "sold", "bought"):
            currency(code or self._account(place)[1])
        if isinstance(entry, Cancel):
            self._cancel(place, entry.entry)
        at = self._count(place)
        self._entries[place, at] = _row((place, at, account, number), entry)
        self._counts[place] = at + 1
        self._move(place, entry, 1)

    def _cancel(self, place: str, number: int) -> None:
        """Take back what an entry did. Only one that stands and is no cancellation itself: anything else is a mistake."""
        pending = self._entries.get((place, number))
        found = pending or next(iter(select(self._session, schema.ENTRIES, {"place": place, "number": number})), None)
        if found is None or found[_KIND] == "cancel" or found[_CANCELLED] is not None:
            what = f"entry {number} of {place} cannot be cancelled"
            raise self._refused(what, "It is not there, a cancellation, or cancelled already: see trimtab journal show.")
        self._entries[place, number] = [*found[:_CANCELLED], self._count(place)]
        self._move(place, entry_in(tuple(found)), -1)

    def _move(self, place: str, entry: Entry, sign: int) -> None:
        for asset, units in units_of(entry):
            self._add((schema.HOLDINGS.name, place, asset), sign * units)
        for code, amount in moves_of(entry):
            if amount:
                self._add((schema.PURSES.name, place, code or self._account(place)[1]), sign * amount)

    def _add(self, key: tuple[str, str, Any], change: Decimal) -> None:
        if key not in self._amounts:
            table = schema.HOLDINGS if key[0] == schema.HOLDINGS.name else schema.PURSES
            found = select(self._session, table, dict(zip(table.key, key[1:], strict=True)))
            self._amounts[key] = found[0][-1] if found else ZERO
        self._amounts[key] += change
        self._dirty.add(key)

    def _account(self, place: str) -> tuple[str, str]:
        """Account and base currency of a place."""
        if place not in self._accounts:
            account = place.partition("/")[0]
            found = select(self._session, schema.ACCOUNTS, {"id": account})
            if not found or ("/" in place and not self._has(schema.SLEEVES, place=place)):
                raise self._refused(f"there is no account or sleeve {place!r}", "Open it first, or check the name.")
            self._accounts[place] = (account, found[0][3])
        return self._accounts[place]

    def _count(self, place: str) -> int:
        if place not in self._counts:
            sql = "SELECT COALESCE(MAX(number), -1) + 1 FROM entries WHERE place = ?"
            ((self._counts[place],),) = self._session.execute(sql, (place,))
        return self._counts[place]

    def _claim(self, number: int, event: RunClaimed) -> None:
        account, _ = self._account(event.run.account)
        if event.generation != due(generations(self._session, event.run)):
            raise self._refused(f"generation {event.generation} of the run is not due", "Claim it: see BookStore.claim.")
        row = (*_columns(event.run), event.generation, number, event.claimant, None, "")
        insert(self._session, schema.RUNS, [row])
        self._orders.claim(number, account)

    def _supersede(self, number: int, event: RunSuperseded) -> None:
        found = generations(self._session, event.run)
        if not found or found[-1][3] != event.generation or found[-1][6] is not None:
            what = f"generation {event.generation} of the run of {event.run.account} on {event.run.as_of} cannot be superseded"
            remedy = "It was never claimed, or superseded already: see trimtab journal show."
            raise Superseded(what, where=self._session.where, remedy=remedy)
        insert(self._session, schema.RUNS, [(*found[-1][:6], number, event.reason)], replacing=True)

    def _note(self, number: int, event: Note) -> None:
        if event.place:
            self._account(event.place)


def generations(session: Session, run: RunKey) -> list[Row]:
    """The rows of a run, by generation."""
    return select(session, schema.RUNS, dict(zip(RunKey._fields, _columns(run), strict=True)))


def due(rows: list[Row]) -> int | None:
    """The generation that may be claimed next; None where the last one stands."""
    if not rows:
        return 0
    return rows[-1][3] + 1 if rows[-1][6] is not None else None


def _named(entry: Entry, *names: str) -> list[Any]:
    return [getattr(entry, name) for name in names if hasattr(entry, name)]


def _columns(run: RunKey) -> tuple[str, str, str]:
    return run.account, run.as_of.isoformat(), run.policy


_NAMES = [column.name for column in schema.ENTRIES.columns]
_KIND, _FIRST, _REST, _CANCELLED = (_NAMES.index(name) for name in ("kind", "asset", "rest", "cancelled"))


def _row(head: tuple[str, int, str, int], entry: Entry) -> list[Any]:
    """The row of an entry: what has a column there, all else as JSON."""
    typed = [getattr(entry, name, None) for name in COLUMNS]
    rest = {name: value for name, value in plain(entry).items() if name != "when" and name not in COLUMNS}
    return [*head, word_of(entry), entry.when.isoformat(), *typed, json_of(rest), None]


def entry_in(row: Row) -> Entry:
    """The entry that a row keeps."""
    typed = zip(COLUMNS, row[_FIRST:_REST], strict=True)
    parts = {name: value for name, value in typed if value is not None}
    return entry_with(row[_KIND], parts, {"when": row[_KIND + 1], **json.loads(row[_REST])})


_APPLY: dict[type, Callable[[Projection, int, Any], None]] = {
    BookBegun: Projection._begin,
    AccountOpened: Projection._open,
    SleeveOpened: Projection._divide,
    InstrumentListed: Projection._list,
    EntryPosted: Projection._post,
    RunClaimed: Projection._claim,
    RunSuperseded: Projection._supersede,
    Note: Projection._note,
}
