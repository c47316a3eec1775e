"""Tables as data, and the one codec between Python's values and columns of either database.

Money is canonical decimal text on SQLite and NUMERIC on PostgreSQL; both are handed the same text, and hashed as that
text. No statement adds or compares money: SQLite would do it in binary floating point.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

from trimtab.accounting.database.session import Dialect, Row, Session
from trimtab.core.errors import DataError
from trimtab.core.money import text_of

_LARGEST = 2**63


class Kind(Enum):
    """What a column holds."""

    WORD = "word"
    NUMBER = "number"
    MONEY = "money"


class Column(NamedTuple):
    """A column; `refers` names the `table(column)` that a value must stand in."""

    name: str
    kind: Kind
    null: bool = False
    refers: str = ""


@dataclass(frozen=True)
class Table:
    """A table: its columns, and which of them make its key."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    unique: tuple[str, ...] = ()

    @cached_property
    def names(self) -> str:
        """The columns, as a statement lists them."""
        return ", ".join(column.name for column in self.columns)

    @cached_property
    def insertion(self) -> str:
        """The statement that adds one row."""
        return f"INSERT INTO {self.name} ({self.names}) VALUES ({', '.join('?' * len(self.columns))})"

    @cached_property
    def replacement(self) -> str:
        """The statement that adds one row, or puts it in place of the one with its key."""
        rest = [column.name for column in self.columns if column.name not in self.key]
        news = ", ".join(f"{name} = excluded.{name}" for name in rest)
        return f"{self.insertion} ON CONFLICT ({', '.join(self.key)}) DO UPDATE SET {news}"

    def made(self, dialect: Dialect) -> str:
        """The statement that creates the table."""
        lines = [f"{c.name} {getattr(dialect, c.kind.value)}{'' if c.null else ' NOT NULL'}" for c in self.columns]
        lines.append(f"PRIMARY KEY ({', '.join(self.key)})")
        lines += [f"UNIQUE ({name})" for name in self.unique]
        lines += [f"FOREIGN KEY ({c.name}) REFERENCES {c.refers}" for c in self.columns if c.refers]
        kinds = [column.kind for column in self.columns if column.name in self.key]
        ending = dialect.ending if kinds == [Kind.NUMBER] else dialect.rowless
        inside = ",\n  ".join(lines)
        return f"CREATE TABLE {self.name} (\n  {inside}\n){ending}"


def stored(column: Column, value: Any) -> Any:
    """A value as a statement takes it. Raises DataError for what no column of its kind can hold."""
    if value is None and column.null:
        return None
    if column.kind is Kind.MONEY and isinstance(value, Decimal):
        return text_of(value)
    if column.kind is Kind.NUMBER and type(value) is int and -_LARGEST <= value < _LARGEST:
        return value
    if column.kind is Kind.WORD and isinstance(value, str):
        return sound(column.name, value)
    raise DataError(f"{value!r} is no {column.kind.value} for {column.name}", remedy="Money is Decimal, never float.")


def sound(name: str, text: str) -> str:
    """The text, where both databases can hold it: no zero character, no half of a surrogate pair."""
    if "\0" in text or (not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)):
        raise DataError(f"{name} {text!r} holds a character that cannot be stored", remedy="Leave it out.")
    return text


def plainly(row: Row) -> tuple[Any, ...]:
    """A row as it is compared between databases: money that came as a number becomes its text."""
    return tuple(text_of(value) if isinstance(value, Decimal) else value for value in row)


def insert(session: Session, table: Table, rows: Iterable[Sequence[Any]], *, replacing: bool = False) -> None:
    """Add rows, or put them in place of those with the same key."""
    columns = table.columns
    ready = [[stored(column, value) for column, value in zip(columns, row, strict=True)] for row in rows]
    statement = table.replacement if replacing else table.insertion
    if len(ready) == 1:
        session.execute(statement, ready[0])
    elif ready:
        session.many(statement, ready)


def select(session: Session, table: Table, where: Mapping[str, Any] | None = None) -> list[Row]:
    """Rows whose columns have these values, in the order of the key."""
    where = where or {}
    clause = " AND ".join(f"{name} = ?" for name in where)
    return selected(session, table, f"WHERE {clause}" if clause else "", tuple(where.values()))


def selected(session: Session, table: Table, clause: str, values: Sequence[Any], *, by: str = "") -> list[Row]:
    """Rows that a clause of our own words chooses, in the order of the columns `by`, or of the key."""
    sql = f"SELECT {table.names} FROM {table.name} {clause} ORDER BY {by or ', '.join(table.key)}"
    money = [place for place, column in enumerate(table.columns) if column.kind is Kind.MONEY]
    rows = session.execute(sql, values)
    return [_taken(row, money) for row in rows] if money else rows


def _taken(row: Row, money: Sequence[int]) -> Row:
    """The row with its amounts as they were stored; other columns need no change."""
    values = list(row)
    for place in money:
        if values[place] is not None:
            values[place] = Decimal(values[place])
    return tuple(values)
