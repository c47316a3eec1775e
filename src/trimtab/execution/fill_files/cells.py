"""Cells of a table of fills that hold a day, a time of day, or both. Raises ValueError with a sentence; nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone

_SLASHED = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?:[T ;,].*)?", re.ASCII | re.DOTALL)
_DATED = re.compile(
    r"(\d{4}([-/.]?)\d\d\2\d\d|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})?(?:(?:^|[T ;,-]+)(\d\d?:?\d\d.*))?", re.ASCII | re.DOTALL
)
_TIME = re.compile(r"(\d\d?):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?", re.ASCII)
_ZONE = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)


def doubtful(texts: Iterable[str]) -> bool:
    """Whether any date could be two: `03/04/2026`."""
    found = (_SLASHED.fullmatch(text.strip()[:60]) for text in texts)
    return any(m and m[2] != "." and m[1] != m[3] and int(m[1]) <= 12 and int(m[3]) <= 12 for m in found)


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


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "...")
