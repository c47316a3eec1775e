"""One connection to the database of a book, as the rest of the room sees it. SQL is written with `?` for values.

There is no mapper between rows and objects: statements are few and short. Values are text, whole numbers and canonical
decimal text (see columns.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between the two databases in the words of a schema. `rowless` ends a table with no row id of its own."""

    name: str
    word: str
    number: str
    money: str
    ending: str = ""
    rowless: str = ""


class Session(Protocol):
    """A connection. Every error it raises is one of refusals.py; `where` is what messages call the place."""

    where: str

    @property
    def dialect(self) -> Dialect:
        """How tables are written here."""
        ...

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run one statement and return all its rows."""
        ...

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """One writing transaction; nobody else writes meanwhile. Committed at the end, rolled back where anything is raised.

        Raises Unanswered where the commit itself ended with an error, Contended where it is to be tried again.
        """
        ...

    def building(self) -> AbstractContextManager[None]:
        """The same where there may be no tables yet: one step of a migration."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """All reads inside see one state, whatever others write. Nothing done inside stays."""
        ...

    def lock(self, accounts: Iterable[str]) -> None:
        """Inside a writing transaction: hold these accounts until its end."""
        ...

    def sender(self, name: str, who: str) -> AbstractContextManager[None]:
        """The right to send for `name`, held by one process at a time and let go by the system if it dies.

        Does not wait: raises Busy, with who holds it where that is known. Outside of any transaction.
        """
        ...

    def tables(self) -> list[str]:
        """The names of all tables, sorted."""
        ...

    def description(self) -> list[Row]:
        """Every table, index and trigger as the database describes it, sorted; equal for equal schemas."""
        ...

    def integrity(self) -> list[str]:
        """What the database itself finds wrong with its pages, indexes and references."""
        ...

    def found(self) -> None:
        """Inside `building`: make room for a new book. Raises NoBook where something stands there."""
        ...

    def blueprint(self, build: Callable[[Session], None]) -> list[Row]:
        """What `description` answers for a schema freshly made by `build`; asked inside `reading`."""
        ...

    def again(self) -> None:
        """Connect anew, after the connection or its state was lost."""
        ...

    def settle(self, *, landed: bool) -> None:
        """After a look for a commit whose answer was lost: it stays as it was found, whatever dies next."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...
