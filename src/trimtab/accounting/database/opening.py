"""Beginning, opening and upgrading a book. A database that is empty, half, foreign, damaged, older or newer is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from trimtab.accounting.database import migrations
from trimtab.accounting.database.addresses import ServerAddress, address_of, connect, drafted
from trimtab.accounting.database.migrations import Step
from trimtab.accounting.database.postgres import PostgresSession
from trimtab.accounting.database.reading import last_record, records
from trimtab.accounting.database.refusals import RESTORE, Damaged, OutcomeUnknown, Unanswered
from trimtab.accounting.database.session import Session
from trimtab.accounting.database.sqlite import SqliteSession

_SMALL = 4096  # pages: a book up to here is checked wholly whenever it is opened, a larger one by `verify`
build = migrations.build


def connected(address: str | Path) -> Session:
    """A session of what stands at an address; nothing is checked but the look of the file."""
    return connect(address_of(address))


def create(address: str | Path, fill: Callable[[Session], None], check: Callable[[Session], None] | None = None) -> None:
    """Make a book whose tables and records `fill` writes, in one transaction; `check` looks at it before it has its name.

    Raises NoBook where something stands at the address.
    """
    place = address_of(address)
    if isinstance(place, ServerAddress):
        _make(PostgresSession.of_server(place.conninfo, place.schema, place.words), fill, check)
        return
    with drafted(place) as draft:
        _make(SqliteSession.of_file(draft), fill, check)


def _make(session: Session, fill: Callable[[Session], None], check: Callable[[Session], None] | None) -> None:
    try:
        with session.building():
            session.found()
            fill(session)
            if check is not None:
                check(session)
    except Unanswered as lost:
        if session.dialect.name == "sqlite":
            raise lost.fault from lost  # the draft goes, whatever is in it
        what = f"the answer to the making of the book was lost ({lost.fault.what})"
        raise OutcomeUnknown(what, where=session.where, remedy="Look whether it opens before making it again.") from lost
    finally:
        session.close()


def upgrade(address: str | Path) -> tuple[Step, ...]:
    """Bring the schema of a book up to this program's, step by step; return the steps taken. See migrations.upgrade."""
    session = connected(address)
    try:
        return migrations.upgrade(session)
    finally:
        session.close()


def require_whole(session: Session) -> None:
    """Raises Damaged, Outdated or TooNew where the database behind a session is not a book of this program's."""
    migrations.require_current(session)
    with session.reading():
        _require_tables(session)
        _require_end(session)


def _require_tables(session: Session) -> None:
    if session.dialect.name != "sqlite":
        return  # making a second schema to compare with takes rights and time there: verify does it
    if session.description() != session.blueprint(migrations.build):
        raise Damaged("tables or triggers are missing or were changed", where=session.where, remedy=RESTORE)
    ((pages,),) = session.execute("PRAGMA page_count")
    if pages <= _SMALL and (faults := session.execute("PRAGMA quick_check(1)")) != [("ok",)]:
        raise Damaged(f"the database is damaged ({faults[0][0]})", where=session.where, remedy=RESTORE)


def _require_end(session: Session) -> None:
    """The last record has the hash that it says; the others are `verify`'s."""
    number, _ = last_record(session)
    if number < 0:
        raise Damaged("the journal is empty", where=session.where, remedy=RESTORE)
    two = list(records(session, max(number - 1, 0), number))
    before = two[0].hash if number else ""
    if two[-1].hashed(before) != two[-1].hash:
        raise Damaged(f"record {number} of the journal was changed", where=session.where, remedy=RESTORE)
