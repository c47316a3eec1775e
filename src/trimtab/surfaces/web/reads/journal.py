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
from trimtab.accounting.database.searching import Sought, choices, newer, older
from trimtab.core.errors import UsageError
from trimtab.desk.books import book_address
from trimtab.desk.practice import own_book
from trimtab.surfaces.serving.verbs import Served
from trimtab.surfaces.web.reads.journal_words import facts, sentence, titled

HERE = Path()
Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records, up to a number; how many at most."""

    sought: Sought = Sought()
    until: int | None = None
    count: int = 30


def part(served: Served, wanted: Wanted) -> Plain:
    """Records, the newest first, where the parts before and after it end, and what there is to choose from."""
    with own_book(HERE, book_address(served.book, HERE, os.environ)) as book, book.reading():
        last = book.last()
        until = last if wanted.until is None else wanted.until
        found = older(book.session, wanted.sought, until, wanted.count + 1)
        shown, names = found[: wanted.count], [one.id for one in book.instruments()]
        after = newer(book.session, wanted.sought, until + 1, wanted.count) if until < last else []
        return {
            "records": [row(one, names) for one in shown],
            "older": found[wanted.count].number if len(found) > wanted.count else None,
            "newer": after[-1].number if after else None,
            "count": last + 1,
            "head": book.head(),
            "choices": choices(book.session),
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
