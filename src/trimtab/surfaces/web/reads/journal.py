"""The journal of the book, the newest record first: a part of it, by kind, account and author; and one record in words.

Runs in a worker process, which stands in the workspace; the answer holds plain values alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trimtab.accounting.database.events import Record
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.desk.books import book_address
from trimtab.desk.practice import own_book
from trimtab.surfaces.serving.verbs import Served
from trimtab.surfaces.web.reads.journal_words import facts, sentence, titled

HERE = Path()
Plain = dict[str, Any]
_OLDER = """
    SELECT number FROM journal
    WHERE number <= ? AND (? = '' OR kind = ?) AND (? = '' OR author = ?)
    AND (? = '' OR place = ? OR substr(place, 1, ?) = ?)
    ORDER BY number DESC LIMIT ?
"""
_ASKED = {"older": _OLDER, "newer": _OLDER.replace("<=", ">=").replace("DESC", "ASC")}
_CHOICES = {
    "kind": "SELECT DISTINCT kind FROM journal WHERE kind <> '' ORDER BY kind",
    "place": "SELECT DISTINCT place FROM journal WHERE place <> '' ORDER BY place",
    "author": "SELECT DISTINCT author FROM journal WHERE author <> '' ORDER BY author",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records: of one kind, account (its sleeves too) and author, up to a number; how many at most."""

    kind: str = ""
    account: str = ""
    author: str = ""
    until: int | None = None
    count: int = 30


def part(served: Served, wanted: Wanted) -> Plain:
    """Records, the newest first, where the parts before and after it end, and what there is to choose from."""
    with own_book(HERE, book_address(served.book, HERE, os.environ)) as book, book.reading():
        last = book.last()
        until = last if wanted.until is None else wanted.until
        found = _records(book, wanted, "older", until, wanted.count + 1)
        shown, names = found[: wanted.count], [one.id for one in book.instruments()]
        newer = _records(book, wanted, "newer", until + 1, wanted.count) if until < last else []
        return {
            "records": [row(one, names) for one in shown],
            "older": found[wanted.count].number if len(found) > wanted.count else None,
            "newer": newer[-1].number if newer else None,
            "count": last + 1,
            "head": book.head(),
            "choices": _distinct(book),
        }


def one_record(served: Served, number: int) -> Plain:
    """One record: its sentence, what it says part by part, its body as it stands, and the hash that follows from it."""
    with own_book(HERE, book_address(served.book, HERE, os.environ)) as book, book.reading():
        found, names, last = book.records(number, number), [one.id for one in book.instruments()], book.last()
        entry = book.numbered(number, number).get(number)
    if not found:
        raise UsageError(f"there is no record {number}", remedy=f"The journal goes from 0 to {last}.")
    body = json.loads(found[0].body)
    return row(found[0], names) | {
        "entry": entry,
        "facts": [{"what": what, "value": value} for what, value in facts(body, names)],
        "body": body,
        "newer": number + 1 if number < last else None,
        "older": number - 1 if number > 0 else None,
    }


def row(one: Record, names: Sequence[str]) -> Plain:
    """A record in a line."""
    body = json.loads(one.body)
    return {
        "number": one.number,
        "recorded": f"{one.recorded[:19]}Z",
        "author": one.author,
        "account": one.place,
        "kind": one.kind,
        "title": titled(one.kind),
        "what": sentence(one.kind, body, names),
        "key": one.key,
        "hash": one.hash,
    }


def _records(book: BookStore, wanted: Wanted, direction: str, number: int, count: int) -> list[Record]:
    """Records from a number on, in one direction; what somebody typed goes in as values alone."""
    account = wanted.account
    values = (wanted.kind, wanted.kind, wanted.author, wanted.author, account, account, len(account) + 1, f"{account}/")
    rows = book.session.execute(_ASKED[direction], (number, *values, count))
    return [one for (found,) in rows for one in book.records(found, found)]


def _distinct(book: BookStore) -> dict[str, list[str]]:
    """What stands in the columns that are chosen by, in order."""
    return {name: [str(text) for (text,) in book.session.execute(sql)] for name, sql in _CHOICES.items()}
