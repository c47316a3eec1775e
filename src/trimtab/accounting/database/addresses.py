"""Where a book lives: a file name, `sqlite:///file`, or `postgresql://user@server/database?schema=name`.

A new file comes into being whole or not at all: it is made in a folder of its own beside the place, synced, and then
linked to its name, which fails where something stands there.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from trimtab.accounting.database.migrations import APPLICATION
from trimtab.accounting.database.postgres import PostgresSession, psycopg
from trimtab.accounting.database.refusals import RESTORE, Damaged, DiskFull, NoBook, NotWritten
from trimtab.accounting.database.session import Session
from trimtab.accounting.database.sqlite import SqliteSession
from trimtab.core.errors import UsageError

_SCHEMA = "trimtab"
_SCHEMA_NAME = re.compile("[a-z_][a-z0-9_]{0,50}")
_MAGIC = b"SQLite format 3\0"
_TRAILS = ("-wal", "-shm", "-journal")  # what SQLite keeps beside its file


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A schema of a PostgreSQL database. `conninfo` may hold a password and is never shown."""

    conninfo: str = field(repr=False)
    schema: str

    @property
    def words(self) -> str:
        """The address as messages show it."""
        parts = psycopg().conninfo.conninfo_to_dict(self.conninfo)
        return f"postgresql://{parts.get('host', '')}/{parts.get('dbname', '')}?schema={self.schema}"


Address = Path | ServerAddress


def address_of(text: str | Path) -> Address:
    """Read an address. Raises UsageError for one of another kind."""
    if isinstance(text, Path):
        return text
    if re.match("postgres(ql)?://", text):
        rest, schema = _without_schema(text)
        if not _SCHEMA_NAME.fullmatch(schema):
            raise UsageError(f"the schema {schema!r} is no name", remedy="Use small letters, digits and underscores.")
        _require_readable(rest)
        return ServerAddress(rest, schema)
    if match := re.match("([a-z][a-z0-9+]+)://", text):
        if match[1] != "sqlite":
            remedy = "Use a file name, sqlite:///file or postgresql://server/database."
            raise UsageError(f"books do not live in {match[1]}", remedy=remedy)
        text = text.removeprefix("sqlite:///")
    if not text or text.startswith("sqlite:") or text == ":memory:":
        raise UsageError("the address names no file", remedy="Write for example book.db or sqlite:///book.db.")
    return Path(text)


def _require_readable(conninfo: str) -> None:
    """Raise UsageError where the address cannot be taken apart, or not as meant. It says nothing of the address: what the
    driver would quote may be a piece of the password.
    """
    driver, remedy = psycopg(), "Write signs such as @ / % # and blanks of a password as %40 %2F %25 %23 %20."
    try:
        parts = driver.conninfo.conninfo_to_dict(conninfo)
    except driver.ProgrammingError:
        raise UsageError("the address of the server cannot be read", remedy=remedy) from None
    if any("@" in str(parts.get(name, "")) for name in ("host", "dbname")):
        raise UsageError("the address of the server has a second @ or a / before it", remedy=remedy)


def _without_schema(text: str) -> tuple[str, str]:
    """The address as the driver reads it, and the schema that stands in it for us."""
    start, _, query = text.partition("?")
    parts = [part for part in query.split("&") if part]
    named = [part.removeprefix("schema=") for part in parts if part.startswith("schema=")]
    others = [part for part in parts if not part.startswith("schema=")]
    return start + ("?" + "&".join(others) if others else ""), named[-1] if named else _SCHEMA


def connect(address: Address) -> Session:
    """A session of a book that exists. Raises NoBook or Damaged where a look at the file shows that there is none."""
    if isinstance(address, ServerAddress):
        return PostgresSession.of_server(address.conninfo, address.schema, address.words)
    require_file(address)
    return SqliteSession.of_file(address)


def require_file(path: Path) -> None:
    """Raises NoBook where there is no file, Damaged where it is empty, cut off, or not a book."""
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise NoBook("this is a folder", where=str(path), remedy="Name the file of the book in it.")
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError as error:
        raise NoBook("there is no book", where=str(path), remedy="Check the name, or begin one: trimtab book init.") from error
    except OSError as error:
        raise NotWritten(
            f"the file cannot be read ({error.strerror})", where=str(path), remedy="Check its permissions."
        ) from error
    where = str(path)
    if not size:
        raise Damaged("the file is empty", where=where, remedy=RESTORE)
    if len(head) < len(_MAGIC) or not head.startswith(_MAGIC):
        raise Damaged("this is no SQLite database, or its beginning is destroyed", where=where, remedy=RESTORE)
    page = int.from_bytes(head[16:18], "big") or 1
    whole = len(head) == 100 and (_logged(path) or size % (page if page > 1 else 65536) == 0)
    if not whole:
        raise Damaged("the file is cut off", where=where, remedy=RESTORE)
    if int.from_bytes(head[68:72], "big") != APPLICATION:
        remedy = "Check the name, or restore a backup: trimtab restore."
        raise Damaged("this is a database, but no book", where=where, remedy=remedy)


def _logged(path: Path) -> bool:
    """A log stands beside the file, which may end anywhere until SQLite has brought the log into it."""
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


@contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """An empty file to make a book in; it takes the name `path` at the end, and is gone where anything is raised.

    Raises NoBook where something stands at `path`, or the trail of a database does.
    """
    require_free(path)
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise _failed(error, path) from error
    try:
        draft = folder / path.name
        draft.touch()
        yield draft
        _name(draft, path)
    except OSError as error:
        raise _failed(error, path) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def require_free(path: Path) -> None:
    """Raises NoBook where `path` or what a database of this name would leave beside it exists."""
    for one in (path, *(path.with_name(path.name + trail) for trail in _TRAILS)):
        if one.exists() or one.is_symlink():
            remedy = "Nothing is ever written over a file: name another, or move this one away."
            raise NoBook(f"{one.name} exists already", where=str(path), remedy=remedy)


def _name(draft: Path, path: Path) -> None:
    if any(draft.with_name(draft.name + trail).exists() for trail in _TRAILS):
        raise NotWritten("the new book could not be closed", where=str(path), remedy="Nothing was written. Try again.")
    sync(draft)
    try:
        os.link(draft, path)
    except FileExistsError:
        require_free(path)
        raise
    except OSError:  # a file system without links: not atomic against another maker of the same name, but never over it
        require_free(path)
        draft.rename(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Have the disk keep what stands in a file or folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _failed(error: OSError, path: Path) -> DiskFull | NotWritten:
    kind = DiskFull if error.errno in (28, 122) else NotWritten  # ENOSPC, EDQUOT
    remedy = "Nothing was written. Check the folder, its permissions and the room left."
    return kind(f"the file cannot be written ({error.strerror})", where=str(path), remedy=remedy)
