"""Dates as people and programs write them. `03/04/2024` means two days: the file or the caller decides, or it is a question."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

_TAIL = r"(?:[T ;,].*)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TAIL}", re.ASCII | re.DOTALL)
_PACKED = re.compile(r"(\d{4})(\d\d)(\d\d)(?:\d{4,6})?(?:\D.*)?", re.ASCII | re.DOTALL)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_TAIL}", re.ASCII | re.DOTALL)
_NAMED = re.compile(rf"(\d{{1,2}})[-. ]{{1,2}}([^\W\d]{{3,9}})\.?[- ](\d{{4}}|\d\d){_TAIL}", re.DOTALL)
_MONTH_FIRST = re.compile(rf"([^\W\d]{{3,9}})\.? (\d{{1,2}}),? (\d{{4}}){_TAIL}", re.DOTALL)
_SHORT_YEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d\d\b.*", re.ASCII | re.DOTALL)
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {
    **{
        name: number
        for number, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
    },
    "mär": 3,
    "mrz": 3,
    "mai": 5,
    "okt": 10,
    "dez": 12,
}
EARLIEST, LATEST = 1900, 2200


def parse(text: str, dayfirst: bool | None = None) -> date | None:
    """The date, or None where the cell is empty; a time behind it is left out. `dayfirst` decides `03/04/2024`.

    Raises ValueError with a sentence where it is no date or could be two.
    """
    plain = text.strip()
    shown = plain if len(plain) <= 30 else plain[:30] + "..."
    if plain.lower() in ("", "-", "--", "n/a", "null", "none"):
        return None
    try:
        found = _numbers(plain, dayfirst, shown) if len(plain) <= 60 else None
        if found and EARLIEST <= found[0] <= LATEST:
            return date(*found)
    except _Question as question:
        raise ValueError(str(question)) from None
    except ValueError:
        pass
    if _SHORT_YEAR.fullmatch(plain):
        raise ValueError(f"{shown} has a year of two digits: write it in full")
    raise ValueError(f"{shown!r} is not a date")


class _Question(ValueError):
    """A date that could be two."""


def _numbers(plain: str, dayfirst: bool | None, shown: str) -> tuple[int, int, int] | None:
    """Year, month and day, or None where nothing like a date is there."""
    if match := _YEAR_FIRST.fullmatch(plain):
        return int(match[1]), int(match[3]), int(match[4])
    if match := _PACKED.fullmatch(plain):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _YEAR_LAST.fullmatch(plain):
        one, two, year = int(match[1]), int(match[3]), int(match[4])
        first = True if match[2] == "." else _first(one, two, dayfirst, shown)
        return (year, two, one) if first else (year, one, two)
    if match := _NAMED.fullmatch(plain):
        year = int(match[3]) + (0 if len(match[3]) == 4 else 2000)
        return year, _MONTHS.get(match[2][:3].lower(), 0), int(match[1])
    if match := _MONTH_FIRST.fullmatch(plain):
        return int(match[3]), _MONTHS.get(match[1][:3].lower(), 0), int(match[2])
    return None


def _first(one: int, two: int, dayfirst: bool | None, shown: str) -> bool:
    """Whether the day comes first."""
    if dayfirst is None and (one > 12) == (two > 12) and one != two:
        raise _Question(f"{shown} could be two days: say whether the day comes first")
    return one > 12 if dayfirst is None else dayfirst


def day_first(texts: Iterable[str]) -> bool | None:
    """Whether the days of a file come before its months, by the dates that leave no doubt; None where none or both do."""
    said = set()
    for text in texts:
        match = _YEAR_LAST.fullmatch(text.strip()) if len(text) <= 60 else None
        if match and match[2] != "." and (int(match[1]) > 12) != (int(match[3]) > 12):
            said.add(int(match[1]) > 12)
    return said.pop() if len(said) == 1 else None
