"""The file of discretionary views: a list of dated records, so that a view is backtested as it was held.

- stated: 2021-03-01          (counts from the end of that day, UTC; or an instant, 2021-03-01T15:30:00-05:00)
  by: investment committee
  says: {US_EQ: 1, EU_EQ: -1} (a portfolio: one asset at 1 is an absolute view, in excess of cash)
  gains: 0.03                 (a fraction per year)
  confidence: 0.6             (above 0, up to 1 for certainty)
  expires: 2021-09-30         (the last date on which it counts)
  because: earnings momentum

Records are only ever added: a later one of the same author on the same assets, on the same sides or turned around, takes
the place of the earlier (see `core.opinions`). One that expires on the day it is stated takes the earlier one back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from trimtab.core.errors import ParameterError
from trimtab.core.opinions import Opinion
from trimtab.core.terms import hundredth
from trimtab.core.values import Asset
from trimtab.desk.config import Builder, dotted
from trimtab.desk.yaml12 import Document, Path, parse, read_text

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[-+]\d\d:\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_KEYS = {"author": "by", "assets": "says", "gain": "gains", "reason": "because"}  # where a record has another word


@dataclass(frozen=True, slots=True)
class _Record:
    """A view as it is written."""

    stated: Any
    by: str
    says: Mapping[str, float]
    gains: float
    confidence: float
    expires: Any
    because: str


def read_opinions(path: str | FilePath, universe: Sequence[Asset]) -> tuple[Opinion, ...]:
    """The views in a file, oldest first. Raises PolicyError with file:line:col, UsageError where there is no such file."""
    return opinions_of(parse(read_text(path, "the views"), str(path)), universe)


def opinions_of(document: Document, universe: Sequence[Asset]) -> tuple[Opinion, ...]:
    """The views in a parsed document; an empty one holds none."""
    build = Builder(_named(document))
    records = document.values or []
    if not isinstance(records, list):
        raise build.fault((), "this file holds no list of views", "Begin each view with a dash.")
    known = [asset.id for asset in universe]
    found = [_opinion(build, value, ("views", k), known) for k, value in enumerate(records)]
    _distinct(build, found)
    return tuple(sorted(found, key=lambda one: (one.stated, one.author, one.reason)))


def _named(document: Document) -> Document:
    """The same document with its list under `views`, so that places read `views[0].gains`."""
    places, keys = ({("views", *path): place for path, place in part.items()} for part in (document.places, document.keys))
    return Document(document.source, document.values, places, keys)


def _opinion(build: Builder, value: Any, path: Path, known: Sequence[str]) -> Opinion:
    entries = build.mapping(value, path)
    says = build.mapping(entries.get("says", {}), (*path, "says"))
    _portfolio(build, says, (*path, "says"), known)
    record: _Record = build.plain(_Record, entries, path)
    stated = _stated(build, record.stated, (*path, "stated"))
    expires = _day(build, record.expires, (*path, "expires"))
    portfolio = {name: float(record.says[name]) for name in sorted(record.says)}
    for key, number in (("gains", record.gains), ("confidence", record.confidence)):
        _fraction(build, number, (*path, key))
    try:
        return Opinion(stated, expires, record.by, portfolio, record.gains, record.confidence, record.because)
    except ParameterError as error:
        key = _KEYS.get(error.field, error.field)
        what = f"{dotted((*path, key))}{error.what.removeprefix(error.field)}"
        raise build.fault((*path, key), what, error.remedy) from None


def _portfolio(build: Builder, says: Mapping[str, Any], path: Path, known: Sequence[str]) -> None:
    """Refuse assets that are not in the universe, and weights in percent."""
    for name, weight in says.items():
        here = (*path, name)
        if name not in known:
            near = get_close_matches(name, known, 1)
            remedy = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
            raise build.fault(here, f"{dotted(path)} names {name!r}, not in the universe", remedy, key=True)
        if isinstance(weight, int | float) and abs(weight) > 1.0:
            what = f"{dotted(here)} is {weight}, a weight beyond 1"
            raise build.fault(here, what, "A view speaks of a portfolio: give fractions of it, such as 1 and -1.")


def _fraction(build: Builder, value: float, path: Path) -> None:
    """Refuse percent where a fraction is due."""
    if 1.0 < value <= 100.0:
        remedy = f"It is a fraction: did you mean {hundredth(value)}?"
        raise build.fault(path, f"{dotted(path)} is {value:g}, above 1", remedy)


def _stated(build: Builder, value: Any, path: Path) -> np.datetime64:
    """The instant from which a view counts, UTC: the end of the day where only a date is given."""
    text = value if isinstance(value, str) else ""
    if _DATE.fullmatch(text):
        return np.datetime64(f"{_day(build, text, path)}T23:59:59", "s")
    try:
        instant = datetime.fromisoformat(text if _INSTANT.fullmatch(text) else "").astimezone(UTC)
    except (ValueError, OverflowError):
        remedy = "Write a date, 2021-03-01, or an instant with its offset, 2021-03-01T15:30:00Z."
        raise build.fault(path, f"{dotted(path)} is {value!r}, neither a date nor an instant", remedy) from None
    return np.datetime64(instant.replace(tzinfo=None), "s")


def _day(build: Builder, value: Any, path: Path) -> np.datetime64:
    text = value if isinstance(value, str) and _DATE.fullmatch(value) else ""
    try:
        return np.datetime64(date.fromisoformat(text), "D")
    except ValueError:
        raise build.fault(path, f"{dotted(path)} is {value!r}, not a date", "Write it as 2021-03-31.") from None


def _distinct(build: Builder, found: Sequence[Opinion]) -> None:
    """Refuse two views of one author on one subject at the same instant: neither would be the later one."""
    seen: dict[Any, int] = {}
    for k, one in enumerate(found):
        first = seen.setdefault((one.stated, one.subject), k)
        if first != k:
            what = f"views[{k}] is the view of {one.author} that views[{first}] states at the same time"
            raise build.fault(("views", k), what, "Keep one, or give the later one its instant.")
