"""The book of record on the desk: where it lives, what a name in it means, and what is written into it by hand.

A name is that of an account (`A07`), of a sleeve (`A07/core`) or of a household. The address is given, or stands in the
environment (TRIMTAB_BOOK), or is `book.db` in the workspace. Who writes, and when, comes from the surface.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from trimtab.accounting.database.events import AccountOpened, EntryPosted, Event, Note, SleeveOpened
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.imports.export import export as table_of
from trimtab.core.calendar import plain_date
from trimtab.core.entries import Cancel, Entry
from trimtab.core.errors import UsageError
from trimtab.core.households import Account
from trimtab.desk.folding import require_foldable

VARIABLE = "TRIMTAB_BOOK"
FILE = "book.db"


def book_address(written: str, workspace: Path, environment: Mapping[str, str]) -> str:
    """The address of the book. Raises UsageError, without repeating it, where it is of a kind that no book lives at."""
    address = written or environment.get(VARIABLE, "") or str(workspace / FILE)
    if "://" in address and not re.match(r"sqlite:///|postgres(ql)?://", address):
        remedy = "Use a file name, sqlite:///file or postgresql://user@server/database?schema=name."
        raise UsageError("the address of the book is of no kind that we know", remedy=remedy)
    return address


@dataclass(frozen=True, slots=True)
class Signature:
    """Who writes into a book, and when (UTC)."""

    author: str
    at: np.datetime64

    @property
    def day(self) -> date:
        """The date of it."""
        return plain_date(self.at.astype("datetime64[D]"))


@dataclass(frozen=True, slots=True)
class Scope:
    """What a name means: the places it covers, each with its account, and all places of the households they belong to."""

    name: str
    places: Mapping[str, Account]
    family: Mapping[str, Account]

    @property
    def one(self) -> Account | None:
        """The account, where all places belong to one."""
        accounts = {account.id: account for account in self.places.values()}
        return next(iter(accounts.values())) if len(accounts) == 1 else None

    @property
    def currency(self) -> str:
        """The currency of its account, or that of most of its accounts; the first by name where there is no most."""
        accounts = {account.id: account.currency for account in self.places.values()}
        codes = sorted(accounts.values())
        return max(codes, key=codes.count)


def scope_of(book: BookStore, name: str = "") -> Scope:
    """What `name` means in the book; empty: everything. Raises UsageError, with the nearest name, for an unknown one."""
    return scope_in(all_places(book), name)


def scope_in(every: Mapping[str, Account], name: str = "") -> Scope:
    """The same among the places of a book that have been read (see `all_places`)."""
    found = {place: one for place, one in every.items() if name in ("", place, one.id, one.household)}
    if name in every and "/" not in name:  # an account goes before a household of the same name
        found = {place: one for place, one in every.items() if one.id == name}
    if not found:
        raise _unknown(name, every)
    households = {account.household for account in found.values()}
    return Scope(name, found, {place: one for place, one in every.items() if one.household in households})


def account_of(book: BookStore, name: str) -> Scope:
    """The scope of one account, or of a sleeve. Raises UsageError where the name is that of a household with several."""
    scope = scope_of(book, name)
    if scope.one is None:
        known = ", ".join(sorted({account.id for account in scope.places.values()}))
        raise UsageError(f"{name} is a household with several accounts", remedy=f"Name one of them: {known}.")
    return scope


def all_places(book: BookStore) -> dict[str, Account]:
    """Every account and sleeve by the name of its place, sorted."""
    accounts = {account.id: account for account in book.accounts()}
    places = [*accounts, *book.sleeves()]
    return {place: accounts[place.partition("/")[0]] for place in sorted(places)}


def _unknown(name: str, every: Mapping[str, Account]) -> UsageError:
    if not every:
        remedy = "Open the first: trimtab book account ID --household NAME."
        raise UsageError("the book has no account yet", remedy=remedy)
    known = list(dict.fromkeys([*every, *(account.household for account in every.values())]))
    near = get_close_matches(name, known, 1)
    remedy = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known[:20])}."
    return UsageError(f"there is no account, sleeve or household {name!r} in the book", remedy=remedy)


def require_account(book: BookStore, name: str) -> None:
    """Raises UsageError for what is no account, typed in full."""
    known = sorted(one.id for one in book.accounts())
    if name not in known:
        raise UsageError(f"there is no account {name!r}", remedy=f"There are: {', '.join(known[:20]) or 'none yet'}.")


def entries_of(book: BookStore, places: Iterator[str] | Sequence[str]) -> dict[str, list[Entry]]:
    """The entries of each place in order of posting: the place of one in its list is its number."""
    return {place: [entry for _, entry in book.entries(place)] for place in places}


def open_account(book: BookStore, account: Account, by: Signature) -> None:
    """Open an account. Raises DataError where it is open already."""
    book.append([AccountOpened(account)], recorded=by.at, author=by.author)


def open_sleeve(book: BookStore, account: str, name: str, by: Signature) -> str:
    """Open a sleeve of an account and return its place."""
    event = SleeveOpened(account, name)
    book.append([event], recorded=by.at, author=by.author)
    return event.place


def cancel(book: BookStore, place: str, number: int, reason: str, by: Signature) -> Entry:
    """Take an entry out, with the reason beside it in the journal. Returns the entry.

    Raises UsageError where there is no such entry or no reason, DataError where what stands after it could then not be.
    """
    if not reason.strip():
        raise UsageError("a cancellation needs a reason", remedy='Add --reason "why": it will be read later.')
    places = all_places(book)
    if place not in places:
        raise _unknown(place, places)
    entries = [entry for _, entry in book.entries(place)]
    if not 0 <= number < len(entries):
        remedy = f"Its entries are 0 to {len(entries) - 1}: trimtab journal show." if entries else "It has none."
        raise UsageError(f"{place} has no entry {number}", remedy=remedy)
    gone = Cancel(by.day, number)
    events: list[Event] = [EntryPosted(place, gone), Note("cancelled", {"entry": number, "reason": reason}, place)]
    standing = not isinstance(entries[number], Cancel)
    if standing:
        what = f"without entry {number} of {place}, what comes after it cannot be"
        require_foldable([*entries, gone], book.instruments(), places[place].currency, what)
    book.append(events, recorded=by.at, author=by.author, after=book.head())
    return entries[number]


def export(book: BookStore, place: str) -> str:
    """Every entry of an account or sleeve as a table of our own, which can be imported again."""
    every = all_places(book)
    if place not in every:
        raise _unknown(place, every)
    return table_of(place, [entry for _, entry in book.entries(place)], book.instruments())


def listed(book: BookStore) -> list[tuple[Account, tuple[str, ...], int]]:
    """Every account with the names of its sleeves, and how many entries it has, theirs among them."""
    places = all_places(book)
    rows = []
    for account in book.accounts():
        own = [place for place, one in places.items() if one.id == account.id]
        sleeves = tuple(place.partition("/")[2] for place in own if "/" in place)
        rows.append((account, sleeves, sum(book.count(place) for place in own)))
    return rows
