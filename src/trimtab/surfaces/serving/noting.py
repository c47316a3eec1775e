"""Who may do what, written into the journal of the book: changes of users, roles and tokens, by whom and when.

Comings and goings go into the log of the server alone: they change nothing.
"""

from __future__ import annotations

import os
from pathlib import Path

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import TrimtabError
from trimtab.desk.books import book_address
from trimtab.desk.live import clock_of
from trimtab.desk.practice import own_book
from trimtab.surfaces.access.changes import Change
from trimtab.surfaces.serving.station import LOG
from trimtab.surfaces.serving.verbs import Served

KIND = "access"  # note: what (a Change), and its body
_LOGGED = (Change.SIGNED_IN, Change.SIGNED_OUT, Change.LOCKED)


class Noting:
    """Listens at the door of a desk, and writes down what changes there."""

    __slots__ = ("_folder", "_served")

    def __init__(self, served: Served, folder: Path) -> None:
        self._served, self._folder = served, folder

    def __call__(self, kind: str, body: dict[str, str]) -> None:
        """Note one change. A desk whose book cannot be written keeps its door as it was."""
        LOG.info("door", extra={"change": kind, **{f"of_{name}": text for name, text in body.items()}})
        if kind in _LOGGED:
            return
        address = book_address(self._served.book, self._folder, os.environ)
        with own_book(self._folder, address) as book:
            author = body.get("by") or body.get("user") or "server"
            OrderBook(book, clock_of(self._folder), author).note(Note(KIND, {"what": kind, **body}))


def noted(served: Served, folder: Path) -> bool:
    """Whether there is a book to write into."""
    try:
        with own_book(folder, book_address(served.book, folder, os.environ)):
            return True
    except TrimtabError:
        return False
