"""How one record is read, field by field: what cannot be read becomes a problem of the row, never an exception."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from trimtab.accounting.imports.rows import Kind, Row
from trimtab.core import days, numerals

T = TypeVar("T")

LONGEST_TEXT = 500
LONGEST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Hints:
    """What a file does not say itself. None: find it out, or ask.

    `columns` maps a field (`units`) to the header that holds it, over what is detected. `on` is the date of a statement
    that has none, `currency` that of amounts without one.
    """

    dayfirst: bool | None = None
    comma: bool | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    on: date | None = None
    currency: str = ""

    def settled(self, dates: Iterable[str], numbers: Iterable[str]) -> Hints:
        """The same, with the order of days and months and the decimal sign that the cells of a file show."""
        dayfirst = days.day_first(dates) if self.dayfirst is None else self.dayfirst
        comma = numerals.decimal_comma(numbers) if self.comma is None else self.comma
        return replace(self, dayfirst=dayfirst, comma=comma)


NO_HINTS = Hints()


class Cells:
    """One record of a source by the names of its fields, and the problems met while reading it."""

    __slots__ = ("hints", "line", "problems", "remarks", "values")

    def __init__(self, line: int, values: Mapping[str, str], hints: Hints) -> None:
        self.line, self.values, self.hints = line, values, hints
        self.problems: list[str] = []
        self.remarks: list[str] = []

    def text(self, *names: str) -> str:
        """The first of the fields that says anything; control characters become blanks."""
        for name in names:
            said = self.values.get(name, "").strip()
            if said:
                plain = said if said.isprintable() else "".join(c if c.isprintable() else " " for c in said)
                return plain[:LONGEST_TEXT].strip()
        return ""

    def code(self, *names: str) -> str:
        """A currency. Capitals as they stand (GBp is a hundredth of GBP) unless all are small."""
        said = self.text(*names) or self.hints.currency
        return said.upper() if said.islower() else said

    def number(self, *names: str) -> Decimal | None:
        """The first of the fields that holds a number."""
        return self._first(names, lambda text: numerals.parse(text, self.hints.comma))

    def day(self, *names: str) -> date | None:
        """The first of the fields that holds a date."""
        return self._first(names, lambda text: days.parse(text, self.hints.dayfirst))

    def _first(self, names: Sequence[str], parse: Callable[[str], T | None]) -> T | None:
        for name in names:
            try:
                value = parse(self.values.get(name, ""))
            except ValueError as fault:
                self.problems.append(f"{name}: {fault}")
                return None
            if value is not None:
                return value
        return None

    def row(self, kind: Kind | None, **fields: Any) -> Row:
        """The row, with what was read and what was wrong."""
        original = tuple((str(name), value[:LONGEST_KEPT]) for name, value in self.values.items())
        kept = {"original": original, "problems": tuple(self.problems), "remarks": tuple(self.remarks)}
        return Row(self.line, kind, **{**fields, **kept})


def minus(value: Decimal | None) -> Decimal | None:
    """The other sign, where there is a value."""
    return None if value is None else value.copy_negate() if value else value


def total(*values: Decimal | None) -> Decimal | None:
    """The sum of those that are given; None where none is."""
    given = [value for value in values if value is not None]
    return sum(given, Decimal(0)) if given else None


def unread(line: int, problem: str, text: str = "", *, fatal: bool = False) -> Row:
    """A row for what could not even be taken apart."""
    return Row(line, original=(("", text[:LONGEST_KEPT]),), fatal=fatal, problems=(problem,))
