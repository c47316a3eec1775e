"""Rates of tax as dated data: plain values, as a file of rates holds them, become a table that answers for a date.

A file holds brackets by name, each with dates from which its rates apply; see us-federal.yaml beside this file. Nothing
here knows what the rates of a country are.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from itertools import pairwise
from typing import Any

from trimtab.core.errors import DataError, ParameterError
from trimtab.core.money import ZERO, currency, decimal_of
from trimtab.core.taxes import TaxRates
from trimtab.core.terms import hundredth

RATES = ("short", "long", "ordinary", "qualified")
AMOUNTS = ("exempt", "allowance")
TEXTS = ("trust", "source")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Row:
    """Rates in force from `since` on, and amounts a year in the currency of the table.

    Gains up to `exempt` are not taxed, nor are dividends up to `allowance`. `trust` says how far to trust the numbers.
    """

    since: date
    rates: TaxRates
    exempt: Decimal = ZERO
    allowance: Decimal = ZERO
    trust: str = ""


@dataclass(frozen=True, slots=True)
class RateTable:
    """Rows by bracket, in order of date. An empty name of a bracket is the first one."""

    brackets: tuple[tuple[str, tuple[Row, ...]], ...]
    currency: str = "USD"

    @property
    def names(self) -> tuple[str, ...]:
        """What the brackets are called."""
        return tuple(name for name, _ in self.brackets)

    def on(self, when: date, bracket: str = "") -> TaxRates:
        """The rates in force. Raises as `row` does."""
        return self.row(when, bracket).rates

    def row(self, when: date, bracket: str = "") -> Row:
        """What is in force on a date.

        Raises DataError before the first date of the bracket, ParameterError where there is no such bracket.
        """
        rows = self.brackets[0][1]
        if bracket:
            rows = dict(self.brackets).get(bracket, ())
            if not rows:
                raise ParameterError(f"no bracket {bracket!r} in the rates", field="bracket", remedy=_near(bracket, self.names))
        place = bisect_right(rows, when, key=lambda row: row.since)
        if not place:
            what = f"no tax rates are known for {when}: the first are of {rows[0].since}"
            raise DataError(what, remedy="Add a row to the file of rates, give constant rates, or start later.")
        return rows[place - 1]


def rate_table(values: Any) -> RateTable:
    """The table in plain values: `brackets`, a mapping of names to mappings of dates to rates, and `currency`.

    Rates (short, long, ordinary, qualified) are fractions. Raises ParameterError for the first fault.
    """
    entries = _mapping(values, "the rates")
    _known(entries, ("currency", "brackets"), "the rates")
    code = currency(entries.get("currency", "USD")).code
    brackets = _mapping(entries.get("brackets"), "brackets")
    for name in brackets:
        if not isinstance(name, str) or not name.strip():
            raise ParameterError(f"the bracket {name!r} has no name", remedy="Call it for example highest.")
    return RateTable(tuple((name, _rows(rows, f"brackets.{name}")) for name, rows in brackets.items()), code)


def _rows(values: Any, where: str) -> tuple[Row, ...]:
    rows = [_row(_date(key, where), part, f"{where}.{key}") for key, part in _mapping(values, where).items()]
    rows.sort(key=lambda row: row.since)
    for row, after in pairwise(rows):
        if row.since == after.since:
            raise ParameterError(f"{where} has {row.since} twice", remedy="Leave one of them out.")
    return tuple(rows)


def _row(since: date, values: Any, where: str) -> Row:
    entries = _mapping(values, where)
    _known(entries, (*RATES, *AMOUNTS, *TEXTS), where)
    for name in RATES:
        if name not in entries:
            raise ParameterError(f"{where}.{name} is missing", remedy=f"Add {name}: and a fraction, such as 0.15.")
    rates = TaxRates(*(_fraction(entries[name], f"{where}.{name}") for name in RATES))
    exempt, allowance = (_amount(entries.get(name, 0), f"{where}.{name}") for name in AMOUNTS)
    for name in TEXTS:
        if not isinstance(entries.get(name, ""), str):
            raise ParameterError(f"{where}.{name} is {entries[name]!r}", remedy="Put it in quotes.")
    return Row(since, rates, exempt, allowance, entries.get("trust", ""))


def _mapping(value: Any, where: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping) or not value:
        raise ParameterError(f"{where} must be a mapping with entries", remedy="Write it as `key: value` lines.")
    return value


def _known(entries: Mapping[Any, Any], known: tuple[str, ...], where: str) -> None:
    for key in entries:
        if key not in known:
            raise ParameterError(f"unknown key {key!r} in {where}", remedy=_near(str(key), known))


def _near(word: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(word, known, 1)
    return f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."


def _date(value: Any, where: str) -> date:
    """A date, or its text: files of one kind hold the one, of another the other."""
    if type(value) is date:
        return value
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ParameterError(f"{where} has {value!r}, which is no date", remedy="Write it as 2026-01-31.")


def _number(value: Any, where: str, remedy: str) -> Decimal:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = decimal_of(value) if isinstance(value, float) and value - value == 0.0 else Decimal(value)
        if number.is_finite() and number >= 0:
            return number
    raise ParameterError(f"{where} is {value!r}", remedy=remedy)


def _fraction(value: Any, where: str) -> Decimal:
    number = _number(value, where, "Rates are fractions, such as 0.15.")
    if number > 1:
        raise ParameterError(
            f"{where} is {value}, above 1", remedy=f"Rates are fractions: did you mean {hundredth(float(number))}?"
        )
    return number


def _amount(value: Any, where: str) -> Decimal:
    return _number(value, where, "Give an amount of at least 0 a year, such as 3000.")
