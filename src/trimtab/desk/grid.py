"""A grid: which keys of a policy file are varied, and over which values; `signals.trend.window=6M,8M,10M,12M`.

A key is the path to it as in messages, with dots; an entry of a list goes by its number, from 0. Values are written as in
the file. `3M..12M` counts through whole numbers, `0..20:5` in steps, `0..0.4:0.1` by tenths.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from trimtab.core.errors import PolicyError, UsageError
from trimtab.desk.yaml12 import Document, parse

MOST = 1_000_000  # variants: more is a slip of the hand, and nobody reads them
_KEY = re.compile(r"[A-Za-z_][\w\-]*(\.[\w\-]+)*")
_NUMBER = r"-?(?:\d+(?:\.\d+)?|\.\d+)"
_RANGE = re.compile(rf"({_NUMBER})([A-Za-z]*)\.\.({_NUMBER})([A-Za-z]*)(?::(\d+(?:\.\d+)?|\.\d+))?", re.ASCII)
_LIKE = re.compile(r"[-+]?\.?\d[^/\\]*\.\.[^/\\]*\Z")  # begins as a range does, and is no path
_LONG = 60  # letters of a range: nobody reads more digits
_HOW = "Write for example --grid signals.trend.window=6M,8M,10M."
_RANGES = "Write for example 3M..12M, 0..20:5 or 0..0.4:0.1."
_FIXED = ("trimtab", "name", "title", "description", "data", "universe", "base_currency", "views")


@dataclass(frozen=True, slots=True)
class Axis:
    """One key and its values, plain as in a file, each once."""

    path: tuple[str | int, ...]
    values: tuple[Any, ...]

    @property
    def name(self) -> str:
        """The key as it is written."""
        return ".".join(map(str, self.path))

    @classmethod
    def parse(cls, text: str) -> Axis:
        """Read `key=value,value`. Raises UsageError."""
        name, sign, values = text.partition("=")
        name = name.strip()
        if not sign or not _KEY.fullmatch(name):
            raise UsageError(f"{text!r} is no axis of a grid", remedy=_HOW)
        path = tuple(int(part) if part.isdigit() else part for part in name.split("."))
        if path[0] in _FIXED:
            remedy = "Vary signals, rules, costs, schedule and the like; write another policy for other data."
            raise UsageError(f"{path[0]} cannot be varied in a sweep", remedy=remedy)
        return cls(path, _values(name, values.strip()))


def _values(name: str, text: str) -> tuple[Any, ...]:
    try:
        listed = parse(f"[{text}]", f"grid {name}").values
    except PolicyError as error:
        raise UsageError(f"the values of {name} cannot be read: {error.what}", remedy=_HOW) from None
    found = [value for entry in listed for value in (_range(entry) if isinstance(entry, str) else [entry])]
    if not found or None in found:
        raise UsageError(f"{name} has no values, or an empty one", remedy=_HOW)
    distinct = {repr(value): value for value in found}
    return tuple(distinct.values())


def _range(text: str) -> list[Any]:
    """The values of a range, decimal and exact; a text that is none by itself."""
    match = _RANGE.fullmatch(text)
    if match is None:
        if _LIKE.match(text):
            raise UsageError(f"the range {text} cannot be read", remedy=_RANGES)
        return [text]
    if len(text) > _LONG:
        raise UsageError(f"the range {text[:_LONG]}~ has too many digits", remedy=_RANGES)
    first, last, unit = Fraction(match[1]), Fraction(match[3]), match[4]
    step = Fraction(match[5] or 1)
    if last < first or match[2] not in ("", unit):
        raise UsageError(f"the range {text} does not count upwards in one unit", remedy="Write for example 3M..12M.")
    if not step:
        raise UsageError(f"the range {text} counts in steps of 0", remedy="Write for example 0..20:5.")
    if match[5] is None and first.denominator * last.denominator > 1:
        raise UsageError(f"the range {text} has fractions and no step", remedy=f"Write for example {text}:0.1.")
    count = (last - first) // step + 1
    if count > MOST:
        raise UsageError(f"the range {text} holds {count:,} values, which are too many", remedy=f"At most {MOST:,} are run.")
    return [_counted(first + step * k, unit) for k in range(count)]


def _counted(number: Fraction, unit: str) -> Any:
    """A value of a range as a file has it: a whole number without a point."""
    plain = int(number) if number.denominator == 1 else float(number)
    return f"{plain}{unit}" if unit else plain


@dataclass(frozen=True, slots=True)
class Grid:
    """All combinations of the values of its axes, numbered with the last axis the fastest."""

    axes: tuple[Axis, ...]

    def __post_init__(self) -> None:
        names = [axis.name for axis in self.axes]
        for name in names:
            if names.count(name) > 1:
                raise UsageError(f"{name} is varied twice", remedy="Give all its values at once.")
            inner = [other for other in names if other.startswith(f"{name}.")]
            if inner:
                remedy = f"Write {inner[0]} into the values of {name}, or vary that alone."
                raise UsageError(f"{inner[0]} is varied inside {name}, which is varied too", remedy=remedy)
        if len(self) > MOST:
            raise UsageError(f"{len(self):,} variants are too many", remedy=f"At most {MOST:,} are run at once.")

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Grid:
        """Read axes as they are written. Raises UsageError."""
        return cls(tuple(map(Axis.parse, texts)))

    def __len__(self) -> int:
        """The number of combinations: 1 without an axis, the policy as it is."""
        return math.prod(self.shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values each axis has."""
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def text(self) -> list[list[Any]]:
        """In plain values, for the description of a job."""
        return [[axis.name, list(axis.values)] for axis in self.axes]

    def point(self, number: int) -> dict[str, Any]:
        """The values of one combination by key."""
        rest, values = number, list[Any]()
        for axis in reversed(self.axes):
            rest, at = divmod(rest, len(axis.values))
            values.append(axis.values[at])
        return {axis.name: value for axis, value in zip(self.axes, reversed(values), strict=True)}


def changed(document: Document, axes: Iterable[Axis], values: Iterable[Any]) -> Document:
    """The document of a policy with a value put in for each of `axes`. Raises UsageError where a path leads nowhere."""
    new = copy.deepcopy(document.values)
    for axis, value in zip(axes, values, strict=True):
        _put(new, axis, value)
    return replace(document, values=new)


def _put(values: Any, axis: Axis, value: Any) -> None:
    here = values
    for part, following in zip(axis.path, (*axis.path[1:], None), strict=True):
        if isinstance(part, int) and (not isinstance(here, list) or part >= len(here)):
            raise UsageError(f"{axis.name} leads nowhere: there is no entry {part}", remedy="Entries count from 0.")
        if not isinstance(part, int) and not isinstance(here, dict):
            remedy = "Keys are those of the policy file."
            raise UsageError(f"{axis.name} leads nowhere: {part} has no place there", remedy=remedy)
        if following is None:
            here[part] = value
        elif isinstance(here, dict) and here.get(part) is None:
            here[part] = {}
        here = here[part]
