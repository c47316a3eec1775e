"""Any SQL database that SQLAlchemy reaches, asked with one query or for one table; read-only.

Values reach the database as bound parameters only: `:code` (asked once a code), `:codes` (a list: `id IN :codes`) and
`:since` (a date). Without them the whole answer is read and searched. The answer is a table like a CSV file: date, an id
and prices, or date, id and value. Its places are `query row 12:close`.

A password stands in the environment: in the variable that `password_from` names, or in a whole address that `url_from`
names. One in `url` itself is refused, because policies are shown, mailed and stored. No message repeats any of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.core.errors import DataError, UsageError
from trimtab.data.history import History, Issue
from trimtab.data.publication import known_instants
from trimtab.data.sources.layout import Role, role_of
from trimtab.data.sources.series import histories
from trimtab.data.sources.sheet import HEADER, MAX_CELLS, Sheet
from trimtab.data.sources.sql_session import Reader, reading
from trimtab.data.sources.values import as_text, column_of

_EARLIEST = np.datetime64("1600-01-01")
_NEEDED = frozenset((Role.DATE, Role.ID, Role.CLOSE, Role.ADJUSTED, Role.VALUE))
_EVENTS = frozenset((Role.DIVIDEND, Role.GAIN, Role.SPLIT, Role.SPLIT_UNDONE))
_READS = re.compile(r"\s*(select|with|values|table)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sql:
    """Vendor over a database. Give `url` or the name of a variable that holds it (`url_from`), and `query` or `table`.

    `currency` (ISO 4217, or GBp, ZAc, ILA) holds for every series of the answer.
    """

    url: str = ""
    url_from: str = ""
    password_from: str = ""
    query: str = ""
    table: str = ""
    currency: str = ""

    def __post_init__(self) -> None:
        if bool(self.url) == bool(self.url_from):
            remedy = "Name the variable that holds the address: url_from: MYDB_URL."
            raise UsageError("a database needs url or url_from, one of them", remedy=remedy)
        if bool(self.query) == bool(self.table):
            raise UsageError("a database needs query or table, one of them", remedy="Give for example table: prices.")
        if self.query and not _READS.match(self.query):
            raise UsageError("the query does not begin with SELECT or WITH", remedy="Only reading is allowed.")

    def fetch(self, codes: Sequence[str], *, since: Mapping[str, np.datetime64], now: np.datetime64) -> Iterator[History]:
        """Histories by the ids of the table. See `Vendor`. Raises UsageError for a missing address, password or package."""
        with reading(self.url, self.url_from, self.password_from) as reader:
            one_by_one = re.search(r"(?<![:\w]):code\b", self.query) is not None
            for group in ([code] for code in codes) if one_by_one else [list(codes)] if codes else []:
                found = self._found(reader, group, since)
                for code in group:
                    if code not in found:
                        remedy = "Check the code, and that the query answers its rows."
                        raise DataError(f"the answer has no row of {code}", where=self._where, remedy=remedy)
                    yield _known(found[code], now)

    @property
    def _where(self) -> str:
        return f"table {self.table}" if self.table else "query"

    def _found(self, reader: Reader, codes: list[str], since: Mapping[str, np.datetime64]) -> dict[str, History]:
        """The series of one answer by id."""
        first = min(since.get(code, _EARLIEST) for code in codes).astype("datetime64[D]").item()
        if self.table:
            header, rows = reader.table(self.table, codes, first)
        else:
            header, rows = reader.query(self.query, {"codes": codes, "code": codes[0], "since": first})
        if not rows:
            remedy = "Check the codes and the dates."
            raise DataError(f"the answer has no rows for {', '.join(codes[:5])}", where=self._where, remedy=remedy)
        sheet = sheet_of(header, rows, self._where, self.currency, title=codes[0] if len(codes) == 1 else "")
        return {history.about.name: history for history in histories(sheet)}


def sheet_of(header: Sequence[str], rows: Sequence[Sequence[Any]], where: str, currency: str, *, title: str = "") -> Sheet:
    """The answer as a table: names (C,) and rows of C values, with places such as `query row 12:close`."""
    if len(header) * len(rows) > MAX_CELLS:
        raise DataError(f"the answer has more than {MAX_CELLS:,} cells", where=where, remedy="Ask for fewer codes or dates.")
    told = _told(header, list(zip(*rows, strict=True)))
    if len(told) < 2:
        remedy = "Select a date and at least one number."
        raise DataError("the answer has only one column, or only one with values", where=where, remedy=remedy)
    empty = [name for name, cells in zip(header, zip(*rows, strict=True), strict=True) if _is_null(cells)]
    issues = (Issue(f"columns without any value: {', '.join(empty)}", where, "none of it in this answer"),) if empty else ()
    names = tuple(name.strip() for name, _ in told)

    def point(row: int, column: int) -> str:
        return f"{where}:{names[column]}" if row == HEADER else f"{where} row {row + 1}:{names[column]}"

    columns = tuple([as_text(v) for v in cells] if role_of(name) is Role.ID else column_of(cells) for name, cells in told)
    lines, source = range(1, len(rows) + 1), f"SQL {where}"
    return Sheet(where, names, columns, lines, issues=issues, point=point, title=title, source=source, currency=currency)


def _told(header: Sequence[str], raw: Sequence[Sequence[Any]]) -> list[tuple[str, Sequence[Any]]]:
    """Columns by name. A part of a table may be without any dividend or split: that is none; other empty columns go."""
    made: list[tuple[str, Sequence[Any]]] = []
    for name, cells in zip(header, raw, strict=True):
        if not _is_null(cells) or role_of(name) in _NEEDED:
            made.append((name, cells))
        elif role_of(name) in _EVENTS:
            made.append((name, [0.0] * len(cells)))
    return made


def _is_null(cells: Sequence[Any]) -> bool:
    return all(cell is None for cell in cells)


def _known(history: History, now: np.datetime64) -> History:
    """The rows that the world knew at `now`."""
    told = known_instants(history) <= now
    if told.all():
        return history
    fields = {field: values[told] for field, values in history.fields.items()}
    return History(history.about, history.dates[told], fields, issues=history.issues)
