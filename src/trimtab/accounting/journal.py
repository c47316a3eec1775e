"""An append-only journal in memory: what was decided and done, in order, each record chained to the one before.

Each record's SHA-256 covers the previous hash, its number, kind, date and body, so that an edited, dropped or reordered
record shows. Hashes are made when somebody asks for them: a backtest writes hundreds of records and reads none.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from trimtab.accounting.encoding import canonical, chained


class Record(NamedTuple):
    """One line of the journal."""

    number: int
    kind: str
    when: np.datetime64
    body: Any

    def hashed(self, previous: str) -> str:
        """SHA-256 over the previous hash and every part of this record, length-prefixed."""
        return chained(previous, (str(self.number), self.kind, str(self.when), canonical(self.body)))


class MemoryJournal:
    """A `Journal` (see core.roles) for backtests."""

    __slots__ = ("_hashed", "_head", "_records")

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._head, self._hashed = "", 0

    def append(self, kind: str, when: np.datetime64, body: Any) -> None:
        """Add one record."""
        self._records.append(Record(len(self._records), kind, when, body))

    @property
    def records(self) -> tuple[Record, ...]:
        """All records, oldest first."""
        return tuple(self._records)

    def head(self) -> str:
        """The hash of the last record: it stands for the whole journal."""
        for record in self._records[self._hashed :]:
            self._head = record.hashed(self._head)
        self._hashed = len(self._records)
        return self._head
