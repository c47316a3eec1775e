"""Copies of a book: backup while others write, restore, and the journal as JSON lines, which any database takes.

A copy is made in a place of its own, verified, and only then given its name. Nothing is ever written over a file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from trimtab.accounting.database import opening
from trimtab.accounting.database.addresses import ServerAddress, address_of, drafted, require_file
from trimtab.accounting.database.events import Record
from trimtab.accounting.database.migrations import LATEST, require_current, require_known, version
from trimtab.accounting.database.reading import last_record, records
from trimtab.accounting.database.refusals import Damaged, NoBook
from trimtab.accounting.database.session import Session
from trimtab.accounting.database.sqlite import SqliteSession
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import Verdict, replay, verified, verify, verify_earlier
from trimtab.accounting.encoding import json_of
from trimtab.core.errors import DataError

_HEAD = {"format": 1, "trimtab": "journal"}
_ANOTHER = "Take another copy: this one is cut off or was changed."


def backup(address: str | Path, to: Path) -> Verdict:
    """A verified copy of the book at `address`: a database file of a file, the journal as JSON lines of a server's schema.

    Others may write meanwhile; the copy has one state. Raises NoBook where `to` exists, Damaged where the copy does not
    verify.
    """
    place = address_of(address)
    if isinstance(place, ServerAddress):
        with BookStore.open(address) as book:
            return write_journal(book.session, to)
    return _copied(place, to)


def restore(copy: Path, address: str | Path, *, head: str = "") -> Verdict:
    """Bring a backup or an exported journal back, into a new place of either kind. `head` is the hash it must hold.

    Raises NoBook where something stands at `address`, DataError or Damaged where the copy does not verify.
    """
    place = address_of(address)
    if _is_journal(copy):
        with copy.open(encoding="ascii", errors="replace") as text:  # what is not ASCII has another hash
            return read_journal(text, address, head=head, where=str(copy))
    if isinstance(place, ServerAddress):
        with BookStore.open(copy) as book, book.reading():
            return _filled(records(book.session), address, head)
    return _copied(copy, place, head)


def _is_journal(copy: Path) -> bool:
    """Whether a backup is a journal in JSON lines; else it is taken for a database."""
    try:
        with copy.open("rb") as file:
            return file.read(1) == b"{"
    except OSError as error:
        raise NoBook(f"there is no backup to read ({error.strerror})", where=str(copy), remedy="Check the name.") from error


def _copied(source: Path, to: Path, head: str = "") -> Verdict:
    """A copy of a database file by SQLite's own way, one snapshot, whoever writes."""
    require_file(source)
    with drafted(to) as draft:
        with closing(SqliteSession.of_file(source)) as session:
            found = version(session)
            if not found:
                require_current(session)
            require_known(session, found)
            session.copy(draft)
        check = verify if found == LATEST else verify_earlier  # a copy of an outdated book is what its upgrade asks for
        with closing(SqliteSession.of_file(draft)) as session:
            return _sound(check(session, head=head), str(source))


def _sound(verdict: Verdict, where: str) -> Verdict:
    if not verdict.sound:
        more = f" and {len(verdict.findings) - 1} more" if len(verdict.findings) > 1 else ""
        what = f"the copy does not verify: {verdict.findings[0]}{more}"
        raise Damaged(what, where=where, remedy="Nothing was written. Use an earlier backup.")
    return verdict


def journal_lines(session: Session) -> Iterator[str]:
    """The journal as JSON lines: what it is, one record a line, and at the end their count and the head. Inside `reading`."""
    yield json_of(_HEAD)
    for record in records(session):
        yield json_of({**record._asdict(), "body": json.loads(record.body)})
    number, head = last_record(session)
    yield json_of({"count": number + 1, "head": head})


def write_journal(session: Session, to: Path) -> Verdict:
    """Export the journal to a new file, after the book was verified. Raises NoBook where it exists."""
    with drafted(to) as draft, session.reading():
        verdict = _sound(verified(session), session.where)
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in journal_lines(session))
        return verdict


def read_journal(lines: Iterable[str], address: str | Path, *, head: str = "", where: str = "journal") -> Verdict:
    """Make a book from an exported journal: the same records with the same hashes, the tables made anew.

    Raises DataError with the line that does not read or whose hash is wrong, and where the end is missing.
    """
    return _filled(_parsed(lines, where), address, head)


def _filled(rows: Iterator[Record], address: str | Path, head: str) -> Verdict:
    verdicts = []

    def fill(session: Session) -> None:
        opening.build(session)
        replay(session, rows)

    opening.create(address, fill, lambda session: verdicts.append(_sound(verified(session, head=head), session.where)))
    return verdicts[0]


def _parsed(lines: Iterable[str], where: str) -> Iterator[Record]:
    """The records of an export, each held against its hash."""
    count, previous, ended = 0, "", False
    for at, line in enumerate(lines, start=1):
        body = _object(line, f"{where}:{at}")
        if at == 1:
            if body != _HEAD:
                raise DataError("this is no exported journal", where=f"{where}:1", remedy="Make one: trimtab journal export.")
        elif "head" in body:
            ended = body == {"count": count, "head": previous}
        else:
            record = _record(body, f"{where}:{at}")
            if ended or record.number != count or record.hashed(previous) != record.hash:
                raise DataError(
                    f"record {record.number} was changed or is out of place", where=f"{where}:{at}", remedy=_ANOTHER
                )
            count, previous = count + 1, record.hash
            yield record
    if not ended:
        raise DataError("the end of the journal is missing", where=where, remedy=_ANOTHER)


def _object(line: str, where: str) -> dict[str, object]:
    try:
        body = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError("the line is not JSON", where=where, remedy=_ANOTHER) from error
    if not isinstance(body, dict):
        raise DataError("the line is no record", where=where, remedy=_ANOTHER)
    return body


def _record(body: dict[str, object], where: str) -> Record:
    if set(body) != set(Record._fields) or type(body["number"]) is not int:
        raise DataError("the line is no record", where=where, remedy=_ANOTHER)
    parts = {**body, "body": json_of(body["body"])}
    if not all(isinstance(part, str) for name, part in parts.items() if name != "number"):
        raise DataError("the line is no record", where=where, remedy=_ANOTHER)
    return Record(**parts)  # type: ignore[arg-type]
