"""A book of the version before this one, as the program wrote it then: the journal, and the tables of that version."""

from __future__ import annotations

from pathlib import Path

from tests.accounting.database.books import ENTRIES, KEY, NOW, PLACES, WHO
from trimtab.accounting.database import migrations, opening
from trimtab.accounting.database.events import BookBegun, EntryPosted, Event, Record, RunClaimed, RunSuperseded, draft_of
from trimtab.accounting.database.reading import recorded_text
from trimtab.accounting.database.session import Session
from trimtab.accounting.database.verify import replay

OLD: list[Event] = [BookBegun(), *PLACES, *(EntryPosted("A07", entry) for entry in ENTRIES)]
OLD += [RunClaimed(KEY, 0, "host-1"), RunSuperseded(KEY, 0, "prices were restated"), RunClaimed(KEY, 1)]


def chain() -> list[Record]:
    """The journal of that book."""
    rows: list[Record] = []
    for number, event in enumerate(OLD):
        draft = draft_of(event)
        bare = Record(number, draft.kind, draft.place, "", recorded_text(NOW), WHO, draft.body, "")
        rows.append(bare._replace(hash=bare.hashed(rows[-1].hash if rows else "")))
    return rows


def earlier(address: str | Path) -> list[Record]:
    """Make it at an address; return its journal."""
    rows = chain()

    def fill(session: Session) -> None:
        migrations.build(session, until=migrations.LATEST - 1)
        replay(session, iter(rows))

    opening.create(address, fill)
    return rows
