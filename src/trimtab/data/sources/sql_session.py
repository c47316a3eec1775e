"""One read-only session of a SQL database: the address put together, the question asked, every fault in one line.

SQLite is switched to `query_only` and is never created where it is missing; PostgreSQL and MySQL get a read-only
transaction; every other database at least a transaction that is always rolled back.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from trimtab.core.errors import DataError, UsageError
from trimtab.data.sources.layout import Role, role_of
from trimtab.data.sources.sheet import MAX_CELLS

_REMEDY = "Check the address, the database, the query and your rights in it."
_READ_ONLY = {"sqlite": "PRAGMA query_only = ON", "mysql": "SET TRANSACTION READ ONLY", "mariadb": "SET TRANSACTION READ ONLY"}

Answer = tuple[tuple[str, ...], list[Sequence[Any]]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reader:
    """An open connection. Answers are the names of the columns and the rows."""

    alchemy: Any
    connection: Any
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Reader({self.connection.dialect.name})"

    def query(self, text: str, values: Mapping[str, Any]) -> Answer:
        """Ask `text`, with those of `values` that it names. A list is bound as a list."""
        alchemy = self.alchemy

        def ask() -> Answer:
            clause = alchemy.text(text)
            used = {name: self._bound(value) for name, value in values.items() if name in clause.compile().params}
            lists = [alchemy.bindparam(name, expanding=True) for name, value in used.items() if isinstance(value, list)]
            return self._read(clause.bindparams(*lists) if lists else clause, used)

        return _clear(alchemy, self.secrets, ask)

    def table(self, name: str, codes: list[str], since: date) -> Answer:
        """All columns of a table (or schema.table) for `codes` from `since` on, by the names of its columns."""
        alchemy = self.alchemy

        def ask() -> Answer:
            schema, _, bare = name.rpartition(".")
            inside = alchemy.inspect(self.connection)
            kinds = {c["name"]: c["type"] for c in inside.get_columns(bare, schema=schema or None)}
            columns = [alchemy.column(c, kind if self._has_dates(kind) else None) for c, kind in kinds.items()]
            roles = {role_of(column.name): column for column in columns}
            if Role.ID not in roles or Role.DATE not in roles:
                what = f"the table {name} has no column of ids or none of dates"
                raise DataError(what, where=f"table {name}", remedy="Name them id and date, or give a query.")
            chosen = alchemy.select(*columns).select_from(alchemy.table(bare, schema=schema or None))
            dated = roles[Role.DATE]
            day = alchemy.literal(since, dated.type) if self._has_dates(dated.type) else since.isoformat()
            wanted = chosen.where(roles[Role.ID].in_(codes)).where(dated >= day)
            return self._read(wanted, {})

        return _clear(alchemy, self.secrets, ask)

    def _has_dates(self, kind: Any) -> bool:
        return isinstance(kind, (self.alchemy.Date, self.alchemy.DateTime))

    def _bound(self, value: Any) -> Any:
        """SQLite has no type for dates: there they are text."""
        return value.isoformat() if isinstance(value, date) and self.connection.dialect.name == "sqlite" else value

    def _read(self, clause: Any, values: Mapping[str, Any]) -> Answer:
        result = self.connection.execute(clause, dict(values))
        header = tuple(map(str, result.keys()))
        rows = result.fetchmany(MAX_CELLS // max(len(header), 1) + 1)
        return header, [tuple(row) for row in rows]


@contextmanager
def reading(url: str, url_from: str, password_from: str) -> Iterator[Reader]:
    """A read-only connection. Raises UsageError for what is missing, DataError where the database cannot be reached."""
    try:
        alchemy = import_module("sqlalchemy")
    except ImportError as error:
        raise UsageError("sqlalchemy is not installed", remedy="Run: pip install 'trimtab[sql]'.") from error
    address, secrets = _address(alchemy, url, url_from, password_from)
    _require_file(address)
    engine = _clear(alchemy, secrets, lambda: alchemy.create_engine(address, poolclass=alchemy.pool.NullPool))
    try:
        connection = _clear(alchemy, secrets, lambda: _opened(alchemy, engine))
        try:
            yield Reader(alchemy, connection, secrets)
        finally:
            connection.rollback()
            connection.close()
    finally:
        engine.dispose()


def _opened(alchemy: Any, engine: Any) -> Any:
    connection = engine.connect()
    if engine.dialect.name == "postgresql":
        return connection.execution_options(postgresql_readonly=True)
    if engine.dialect.name in _READ_ONLY:
        connection.execute(alchemy.text(_READ_ONLY[engine.dialect.name]))
    return connection


def _address(alchemy: Any, url: str, url_from: str, password_from: str) -> tuple[Any, tuple[str, ...]]:
    """The address with its password, and every text that no message may hold."""
    text = _variable(url_from) if url_from else url
    try:
        address = alchemy.make_url(text)
    except (alchemy.exc.ArgumentError, ValueError):  # no address at all, or a port that is no number
        address = None
    if address is None:  # raised out here, so that the parser's error, which repeats the address, does not hang on it
        where = f"the variable {url_from}" if url_from else "url"
        raise UsageError(f"{where} is no address of a database", remedy="Write for example postgresql+psycopg://host/name.")
    if not url_from and (address.password or "password" in {key.lower() for key in address.query}):
        remedy = "Take it out, and name the variable that holds it: password_from: MYDB_PASSWORD."
        raise UsageError("the address of the database carries a password", remedy=remedy)
    if password_from:
        address = address.set(password=_variable(password_from))
    secrets = (str(address.password or ""), text if url_from else "")
    return address, tuple(secret for secret in secrets if secret)


def _variable(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise UsageError(f"the environment variable {name} is not set", remedy=f"Set {name} before you run Trimtab.")
    return value


def _require_file(address: Any) -> None:
    """Raise DataError for a SQLite file that is not there: opening it would create an empty one."""
    if address.get_backend_name() != "sqlite" or address.database in (None, "", ":memory:"):
        return
    if not str(address.database).startswith("file:") and not Path(str(address.database)).is_file():
        where = Path(str(address.database)).name
        raise DataError("there is no such database", where=where, remedy="Check the path; a missing one is never created.")


def _clear(alchemy: Any, secrets: tuple[str, ...], question: Callable[[], T]) -> T:
    """The answer, or one clear error without a secret in it. What the driver says is kept to one short line."""
    said, kind = "", "Error"
    try:
        return question()
    except (alchemy.exc.SQLAlchemyError, ImportError, OSError, ValueError, TypeError) as error:
        said, kind = str(getattr(error, "orig", None) or error), type(error).__name__
    for secret in secrets:
        said = said.replace(secret, "***")
    line = " ".join(said.split("[SQL:")[0].split())[:200]
    raise DataError(f"the database refused ({kind}: {line})", where="database", remedy=_REMEDY)
