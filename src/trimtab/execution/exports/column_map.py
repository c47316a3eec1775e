"""A map of columns as a firm writes it for its own system: which field of an order stands in which column, and how.

delimiter: ","            # , ; | or a tab
header: true
encoding: utf-8
allocations: members      # of a block: members, block, or both
columns:
- {column: Ticker, field: symbol}
- {column: Side, field: side, words: {BUY: B, SELL: S}}
- {column: Decision Date, field: as_of, date: "%m/%d/%Y"}
- {column: Quantity, field: qty, decimals: 0}
- {column: Desk, text: TAA}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from difflib import get_close_matches
from enum import Enum
from typing import Any

from trimtab.core.errors import DataError, ParameterError
from trimtab.execution.exports.fields import Cell, require_field
from trimtab.execution.exports.sheet import number_text

_EXACT = frozenset({"qty", "units", "limit", "filled_qty"})  # another number would be another order
_MOST_DECIMALS = 20
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1", "ascii")
_DELIMITERS = (",", ";", "\t", "|")
_MAP_KEYS = frozenset({"delimiter", "header", "encoding", "allocations", "columns", "name", "about"})
_COLUMN_KEYS = frozenset({"column", "field", "text", "words", "date", "decimals"})


class Allocations(Enum):
    """How a block is told."""

    MEMBERS = "members"  # one row a member, none of the block
    BLOCK = "block"  # the block alone
    BOTH = "both"  # the block, then its members


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a field of the order, or always the same `text`."""

    header: str
    tells: str = ""
    text: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    day: str = ""  # as strftime writes it
    decimals: int | None = None

    def shown(self, value: Cell) -> Cell:
        """The value in the words, dates and decimals of the firm. Raises DataError where an order would change."""
        if isinstance(value, Decimal):
            return value if self.decimals is None else self._rounded(value, self.decimals)
        if isinstance(value, date) and self.day:
            return value.strftime(self.day)
        if isinstance(value, str) and self.words:
            if value and value not in self.words:
                what = f"column {self.header!r} has no word for {value!r}"
                raise DataError(what, remedy=f"Add it to words: it has {', '.join(self.words)}.")
            return self.words.get(value, "")
        return value

    def _rounded(self, value: Decimal, decimals: int) -> Decimal:
        number_text(value)
        with localcontext(prec=200):
            rounded = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
        if rounded != value and self.tells in _EXACT:
            what = f"column {self.header!r} has {decimals} decimals, and {self.tells} is {value}"
            raise DataError(what, remedy="Give the column more decimals: an export changes no order.")
        return rounded


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A map as it is used."""

    columns: tuple[Column, ...]
    delimiter: str = ","
    header: bool = True
    encoding: str = "utf-8"
    allocations: Allocations = Allocations.MEMBERS


def read_map(written: Mapping[str, Any]) -> ColumnMap:
    """The map of what a firm wrote, as YAML gives it. Raises ParameterError with the place and the nearest known word."""
    _require_keys(written, _MAP_KEYS, "the map")
    columns = written.get("columns")
    if not isinstance(columns, Sequence) or isinstance(columns, str) or not columns:
        raise ParameterError("the map has no columns", field="columns", remedy="List them: {column: Ticker, field: symbol}.")
    told = tuple(_column(one, number) for number, one in enumerate(columns, 1))
    if len({one.header for one in told}) < len(told):
        raise ParameterError("two columns of the map have the same name", field="columns", remedy="Rename one of them.")
    return ColumnMap(
        told,
        str(_choice(written, "delimiter", _DELIMITERS, ",")),
        bool(_choice(written, "header", (True, False), True)),
        str(_choice(written, "encoding", ENCODINGS, "utf-8")),
        Allocations(_choice(written, "allocations", tuple(one.value for one in Allocations), Allocations.MEMBERS.value)),
    )


def _column(written: Any, number: int) -> Column:
    place = f"column {number}"
    if not isinstance(written, Mapping):
        raise ParameterError(f"{place} is {written!r}", field="columns", remedy="Write {column: Ticker, field: symbol}.")
    _require_keys(written, _COLUMN_KEYS, place)
    header = written.get("column")
    if not isinstance(header, str) or not header.strip():
        raise ParameterError(f"{place} has no name", field="column", remedy="Write {column: Ticker, field: symbol}.")
    if ("field" in written) == ("text" in written):
        raise ParameterError(f"{place} ({header}) needs a field or a text", field="columns", remedy="Give one of them.")
    if "field" in written:
        require_field(str(written["field"]), header)
    words, decimals = written.get("words", {}), written.get("decimals")
    if not isinstance(words, Mapping):
        raise ParameterError(f"{place} ({header}) has words {words!r}", field="words", remedy="Write {BUY: B, SELL: S}.")
    if decimals is not None and (type(decimals) is not int or not 0 <= decimals <= _MOST_DECIMALS):
        raise ParameterError(f"{place} ({header}) has decimals {decimals!r}", field="decimals", remedy="Use 0 to 20.")
    spoken = {str(one): str(other) for one, other in words.items()}
    tells, text, day = (str(written.get(name, "")) for name in ("field", "text", "date"))
    return Column(header, tells, text, spoken, day, decimals)


def _require_keys(written: Any, known: frozenset[str], place: str) -> None:
    if not isinstance(written, Mapping):
        raise ParameterError(f"{place} is {written!r}", remedy="Write a mapping with columns.")
    for key in written:
        if key not in known:
            near = get_close_matches(str(key), known, 1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(sorted(known))}."
            raise ParameterError(f"{place} has a key {key!r} that nothing reads", field=str(key), remedy=remedy)


def _choice(written: Mapping[str, Any], key: str, known: Sequence[Any], default: Any) -> Any:
    value = written.get(key, default)
    if not any(value is one or (isinstance(value, str) and value == one) for one in known):
        remedy = f"Choose one of {', '.join(map(repr, known))}."
        raise ParameterError(f"{key} of the map is {value!r}", field=key, remedy=remedy)
    return value
