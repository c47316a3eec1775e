"""Cells of a table of fills as numbers, days and instants. Raises ValueError with a sentence; nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

_MISSING = frozenset({"", "-", "--", "n/a", "na", "null", "none"})
_NUMBER = re.compile(r"([+-]?)(\d[\d.,]*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})*", re.ASCII)
_SILENT = re.compile(r"[\s\u00a0\u202f$€£¥']")
_DIGITS, _MAGNITUDE = 34, 21
_ISO = re.compile(r"(\d{4})([-/.]?)(\d\d)\2(\d\d)(?:[T ;,-].*)?", re.ASCII | re.DOTALL)
_SLASHED = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?:[T ;,].*)?", re.ASCII | re.DOTALL)
_DATED = re.compile(
    r"(\d{4}([-/.]?)\d\d\2\d\d|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})?(?:(?:^|[T ;,-]+)(\d\d?:?\d\d.*))?", re.ASCII | re.DOTALL
)
_TIME = re.compile(r"(\d\d?):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?", re.ASCII)
_ZONE = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)


def number(text: str, comma: bool | None = None) -> Decimal | None:
    """The number; None where the cell is empty. `comma`: the decimal sign is a comma (None: the number itself must say)."""
    plain = text.strip()
    if plain.lower() in _MISSING:
        return None
    negative = len(plain) > 2 and plain[0] == "(" and plain[-1] == ")"
    bare = _SILENT.sub("", plain[1:-1] if negative else plain).replace("\u2212", "-")
    match = _NUMBER.fullmatch(bare) if len(bare) <= 80 else None
    if match is None or (negative and match[1]):
        raise ValueError(f"{_short(text)} is not a number")
    sign = "-" if negative or match[1] == "-" else ""
    value = Decimal(f"{sign}{_pointed(match[2], comma, text)}{match[3] or ''}")
    if value and (value.adjusted() >= _MAGNITUDE or len(value.as_tuple().digits) > _DIGITS or value.adjusted() < -_DIGITS):
        raise ValueError(f"{_short(text)} is larger or finer than any account holds")
    return value


def decimal_comma(texts: Iterable[str]) -> bool | None:
    """Whether the numbers of a file that leave no doubt have a decimal comma; None where none does, or they disagree."""
    said = {_evidence(_SILENT.sub("", text.strip()).lstrip("+-(").rstrip(")")) for text in texts} - {None}
    return said.pop() if len(said) == 1 else None


def _evidence(body: str) -> bool | None:
    points, commas = body.count("."), body.count(",")
    if points and commas:
        return body.rfind(",") > body.rfind(".")
    if points + commas > 1:
        return bool(points)  # several of one sign group thousands
    if not points + commas or (_GROUPED.fullmatch(body) and not body.startswith("0")):
        return None
    return bool(commas)


def _pointed(body: str, comma: bool | None, text: str) -> str:
    """The digits with a decimal point and no thousands."""
    said = _evidence(body)
    if said is not None and comma is not None and said != comma:
        raise ValueError(f"{_short(text)} does not fit a file with a decimal {'comma' if comma else 'point'}")
    if said is None and comma is None and "," in body:
        raise ValueError(f"{_short(text)} could be a thousand times more or less: say whether the decimal sign is a comma")
    decimal, group = (",", ".") if (comma if said is None else said) else (".", ",")
    whole, _, fraction = body.partition(decimal)
    if decimal in fraction or group in fraction or (group in whole and not _GROUPED.fullmatch(whole)):
        raise ValueError(f"{_short(text)} is not a number")
    return f"{whole.replace(group, '') or '0'}.{fraction or '0'}" if fraction else whole.replace(group, "") or "0"


def day(text: str, dayfirst: bool | None = None) -> date | None:
    """The date in front of the cell; None where it is empty. ISO, or American with slashes unless the day comes first."""
    plain = text.strip()
    if plain.lower() in _MISSING:
        return None
    iso, slashed = _ISO.fullmatch(plain[:60]), _SLASHED.fullmatch(plain[:60])
    try:
        if iso:
            return _sane(date(int(iso[1]), int(iso[3]), int(iso[4])))
        if slashed:
            one, two, year = int(slashed[1]), int(slashed[3]), int(slashed[4])
            first = slashed[2] == "." if dayfirst is None else dayfirst
            return _sane(date(year, two, one) if first else date(year, one, two))
    except ValueError:
        pass
    raise ValueError(f"{_short(text)} is not a date")


def day_first(texts: Iterable[str]) -> tuple[bool | None, bool]:
    """Whether days come before months by the dates that leave no doubt, and whether any date leaves one."""
    said, doubt = set(), False
    for text in texts:
        match = _SLASHED.fullmatch(text.strip()[:60])
        if match and match[2] != ".":
            one, two = int(match[1]), int(match[3])
            if (one > 12) != (two > 12):
                said.add(one > 12)
            doubt = doubt or (one <= 12 and two <= 12 and one != two)
    return (said.pop() if len(said) == 1 else None), doubt


def split(text: str) -> tuple[str, str]:
    """The date and the time of day of a cell, either of which may be missing."""
    match = _DATED.fullmatch(text.strip()[:60])
    return (match[1] or "", match[3] or "") if match else (text.strip(), "")


def instant(on: date, clock: str, zone: str = "") -> str:
    """The instant in UTC as text, from a day and a time with a zone, its own or `zone`; empty where one is missing."""
    time = _TIME.fullmatch(clock.strip())
    if time is None or not (time[5] or zone):
        return ""
    try:
        hour, minute, second = int(time[1]), int(time[2]), int(time[3] or 0)
        told = datetime(on.year, on.month, on.day, hour, minute, second, tzinfo=_zone(time[5] or zone))
        moment = told.astimezone(UTC).replace(tzinfo=None).isoformat()
    except (ValueError, OverflowError):
        raise ValueError(f"{_short(clock)} is no time of a day") from None
    return f"{moment}.{time[4]}Z" if time[4] and time[4].strip("0") else f"{moment}Z"


def is_zone(text: str) -> bool:
    """Whether it is an offset from UTC that a clock has: `-05:00`, `+0530`."""
    match = _ZONE.fullmatch(text)
    return match is not None and int(match[2]) < 24 and int(match[3]) < 60


def _zone(text: str) -> timezone:
    match = _ZONE.fullmatch(text)
    if match is None:
        return UTC
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-offset if match[1] == "-" else offset)


def _sane(value: date) -> date:
    if not 1900 <= value.year <= 2200:
        raise ValueError("out of range")
    return value


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "...")
