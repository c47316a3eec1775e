"""What the columns of a table are, read from its header and the name of its file.

Three forms. WIDE: a date and one column a series. TIDY: date, an id column (ticker, symbol, asset, id, series) and
prices or values. SINGLE: the same without the id; the file's name names the series. Order and case of the columns do
not matter. `value` counts as such beside an id or alone; among other names it is a series of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from trimtab.core.errors import DataError
from trimtab.data.history import Kind
from trimtab.data.sources.numbers import Rule
from trimtab.data.sources.sheet import HEADER, Fault, Sheet


class Form(Enum):
    """How a table holds its series."""

    WIDE = "one column a series"
    TIDY = "one row a series and date"
    SINGLE = "one file a series"


class Role(Enum):
    """What a column of a TIDY or SINGLE table is; its rule follows."""

    DATE = "date"
    ID = "id"
    OPEN = "open"
    HIGH = "high"
    LOW = "low"
    CLOSE = "close"
    ADJUSTED = "adjusted close"
    DIVIDEND = "dividend"
    GAIN = "capital gain"  # a distribution of its own column, which belongs to the dividends
    SPLIT = "split, beside prices as they traded"
    SPLIT_UNDONE = "split, for which the prices are adjusted already"
    VOLUME = "volume"
    VALUE = "value"

    @property
    def rule(self) -> Rule:
        """Which numbers the column may hold."""
        amounts = (Role.DIVIDEND, Role.GAIN, Role.SPLIT, Role.SPLIT_UNDONE, Role.VOLUME)
        return Rule.VALUE if self is Role.VALUE else Rule.AMOUNT if self in amounts else Rule.PRICE


_NAMES = {
    Role.DATE: "date datetime timestamp day month observationdate indexlevel0",
    Role.ID: "ticker symbol asset id series",
    Role.OPEN: "open",
    Role.HIGH: "high",
    Role.LOW: "low",
    Role.CLOSE: "close price",
    Role.ADJUSTED: "adjclose adjustedclose",
    Role.DIVIDEND: "dividend dividends cashdividend divcash dividendimplied",
    Role.GAIN: "capitalgain capitalgains",
    Role.SPLIT: "split splitratio splitfactor splitcoefficient",
    Role.SPLIT_UNDONE: "stocksplit stocksplits",
    Role.VOLUME: "volume",
    Role.VALUE: "value",
}
# Names that count where no column has one of the above: LSEG's (`Price Close`), Stooq's in Polish, Quandl's, Alpha Vantage's.
_ALSO = {
    Role.ID: "instrument ric",
    Role.OPEN: "priceopen otwarcie",
    Role.HIGH: "pricehigh najwyzszy",
    Role.LOW: "pricelow najnizszy",
    Role.CLOSE: "priceclose zamkniecie",
    Role.DIVIDEND: "exdividend dividendamount",
    Role.VOLUME: "vol wolumen",
}
_FIRST = {name: role for role, names in _NAMES.items() for name in names.split()}
_ROLE = {name: role for role, names in _ALSO.items() for name in names.split()} | _FIRST

# What the columns of a WIDE table are, by the name of the file; prices without dividends under any other name.
_FIRST_WORD = {"values": Kind.LEVEL, "macro": Kind.LEVEL, "series": Kind.LEVEL, "rates": Kind.YIELD}
_WITH_DIVIDENDS = frozenset(("adjclose", "adjusted", "totalreturn", "totalreturns"))


@dataclass(frozen=True, slots=True)
class Layout:
    """Column numbers of a table: its date, its numbers by name (WIDE) or by role, and what is not read."""

    form: Form
    date: int
    series: Mapping[str, int]
    roles: Mapping[Role, int]
    unread: tuple[int, ...] = ()


def layout(sheet: Sheet) -> Layout:
    """Find the form of a table. Raises DataError where columns are nameless, doubled or contradict each other."""
    date = next((c for c, name in enumerate(sheet.header) if role_of(name) is Role.DATE), 0)
    if not _is_priced(sheet.header):
        return Layout(Form.WIDE, date, _wide(sheet, date), {})
    roles: dict[Role, int] = {Role.DATE: date}
    unread = []
    for column in sorted(range(len(sheet.header)), key=lambda c: _plain(sheet.header[c]) not in _FIRST):
        role = role_of(sheet.header[column])
        if column == date:
            continue
        if role is None or role is Role.DATE or (role in roles and _plain(sheet.header[column]) not in _FIRST):
            unread.append(column)
        elif role in roles:
            raise _doubled(sheet, column, roles[role])
        else:
            roles[role] = column
    if Role.VALUE in roles and (Role.CLOSE in roles or Role.ADJUSTED in roles):
        unread.append(roles.pop(Role.VALUE))
    return Layout(Form.TIDY if Role.ID in roles else Form.SINGLE, date, {}, roles, tuple(sorted(unread)))


def role_of(name: str) -> Role | None:
    """What a column of this name is: `Adj Close`, `adj_close`, `5. adjusted close` are the same; `<LOW>` is `low`."""
    return _ROLE.get(_plain(name))


def _plain(name: str) -> str:
    bare = name.strip().lower().removeprefix("<").removesuffix(">")
    return re.sub(r"[\s_.-]", "", re.sub(r"^\d+\.\s*", "", bare))


def kind_of(stem: str) -> Kind:
    """What the columns of a WIDE table are, in a file called `values`, `rates-us`, `adj_close` and so on."""
    words = [word for word in re.split(r"[\s_.-]", stem.lower()) if word] or [""]
    return Kind.TOTAL_RETURN if "".join(words) in _WITH_DIVIDENDS else _FIRST_WORD.get(words[0], Kind.PRICE)


def _is_priced(header: Sequence[str]) -> bool:
    """Whether a column is named as a price or a value is; among other names, `value` is a series of its own."""
    roles = {role_of(name) for name in header}
    return bool(roles & {Role.CLOSE, Role.ADJUSTED}) or (Role.VALUE in roles and (Role.ID in roles or len(header) == 2))


def _wide(sheet: Sheet, date: int) -> dict[str, int]:
    """Column number of each series."""
    found: dict[str, int] = {}
    for column, name in enumerate(sheet.header):
        if column == date:
            continue
        if not name or not name.isprintable():
            fault = Fault(HEADER, column, f"column {column + 1} has no readable name", "Name every column, or delete it.")
            raise sheet.error(fault)
        if name in found:
            raise _doubled(sheet, column, found[name])
        found[name] = column
    return found


def _doubled(sheet: Sheet, column: int, first: int) -> DataError:
    names = " and ".join(dict.fromkeys((sheet.header[first], sheet.header[column])))
    what = f"columns {first + 1} and {column + 1} are the same ({names})"
    return sheet.error(Fault(HEADER, column, what, "Keep one of them."))
