"""The small words of the field: steps and spans of time, fields of data, fractions, and how a parameter is checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from enum import Enum
from functools import cache
from typing import Annotated, Any, get_type_hints

from annotated_types import Ge, Gt, Interval, Le, Lt

from trimtab.core.errors import ParameterError
from trimtab.core.text import text_schema


class Step(Enum):
    """How far apart the rows of a window lie."""

    DAY = "D"
    WEEK = "W"
    MONTH = "M"


TIE = 1e-12  # two numbers no further apart, relatively, are equal: a constant differs from its own mean in the last bits

DAY, WEEK, MONTH = Step.DAY, Step.WEEK, Step.MONTH
PER_YEAR = {DAY: 252, WEEK: 52, MONTH: 12}  # steps in a year, for annualising

_UNITS = {"D": (1, DAY), "W": (1, WEEK), "M": (1, MONTH), "Q": (3, MONTH), "Y": (12, MONTH)}


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in steps: `10M` is ten months, `200D` two hundred sessions, `1Y` twelve months."""

    count: int
    every: Step = MONTH

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ParameterError(f"a span of {self.count} steps is negative", remedy="Write for example 10M or 200D.")

    @classmethod
    def parse(cls, text: str) -> Span:
        """Read `10M`, `200D`, `26W`, `3Q` or `1Y`. Raises ParameterError for anything else."""
        match = re.fullmatch(r"\s*(\d{1,5})\s*([DWMQY])\s*", str(text), re.IGNORECASE)
        if not match:
            remedy = "Durations carry units: 10M (months), 200D (sessions), 26W (weeks) or 1Y (years)."
            raise ParameterError(f"{text!r} is not a duration", remedy=remedy)
        factor, step = _UNITS[match[2].upper()]
        return cls(int(match[1]) * factor, step)

    def __str__(self) -> str:
        """As a policy writes it."""
        return f"{self.count}{self.every.value}"

    def __add__(self, other: Span | int) -> Span:
        """A longer span; both sides must have the same step."""
        if isinstance(other, Span):
            if other.count and other.every is not self.every:
                raise ParameterError(f"{self} and {other} have different steps", remedy="Use the same unit for both.")
            other = other.count
        return Span(self.count + other, self.every)

    @property
    def words(self) -> str:
        """For sentences: `10-month`."""
        return f"{self.count}-{ {DAY: 'day', WEEK: 'week', MONTH: 'month'}[self.every] }"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Text in a policy file, a Span in Python."""
        return text_schema(cls, r"^\d{1,5}[DWMQY]$")


def months(count: int) -> Span:
    """A span of calendar months."""
    return Span(count, MONTH)


def sessions(count: int) -> Span:
    """A span of trading sessions."""
    return Span(count, DAY)


@dataclass(frozen=True, slots=True)
class Field:
    """A kind of observation of an asset."""

    name: str


OPEN = Field("open")  # first traded price of the session, currency a unit
HIGH = Field("high")  # highest traded price of the session, currency a unit
LOW = Field("low")  # lowest traded price of the session, currency a unit
CLOSE = Field("close")  # price at which positions are valued, currency a unit
VOLUME = Field("volume")  # units traded in the session
TRADED = Field("traded")  # value traded in the session, currency: close times volume, which no split changes
DIVIDEND = Field("dividend")  # cash a unit, on the ex-date
CAPITAL_GAINS = Field("capital_gains")  # the part of DIVIDEND that a fund paid out of gains, where a vendor tells it apart
SPLIT = Field("split")  # units after for each unit before, on the ex-date: 2 for a 2:1 split; where given, prices are as traded
ADJUSTED = Field("adjusted")  # a vendor's adjusted close: a vintage of its own, kept to check the derived one against
TOTAL_RETURN = Field("total_return")  # index in which dividends are reinvested; only ratios mean anything


class Reads(Enum):
    """What a component takes a named series for; the desk refuses one that is plainly something else."""

    INDEX = "index"  # only its growth means anything
    RATE = "rate"  # a yield or rate per year, decimal
    RETURN = "return"  # simple returns per step, decimal


class Stat(Enum):
    """A statistic of everything since the policy's `since`."""

    MEAN = "mean"
    STD = "std"  # ddof 1
    MIN = "min"
    MAX = "max"
    COUNT = "count"
    LOG_MEAN = "log_mean"  # of the logarithm; what is not above 0 counts as missing
    LOG_STD = "log_std"
    POSITIVE_COUNT = "positive_count"  # of what is above 0, as with the logarithms: for series that print 0 for missing
    POSITIVE_MEAN = "positive_mean"
    POSITIVE_STD = "positive_std"
    RANK = "rank"  # share of all rows below the current one, plus half of those equal to it: in (0, 1)


Fraction = Annotated[float, Interval(ge=0.0, le=1.0)]
Positive = Annotated[float, Gt(0.0)]
NonNegative = Annotated[float, Ge(0.0)]
BasisPoints = Annotated[float, Interval(ge=0.0, le=1000.0)]


def hundredth(percent: float) -> str:
    """The fraction that somebody meant who wrote percent: 0.40 for 40, 0.025 for 2.5."""
    short = f"{percent / 100:.2f}"
    return short if abs(float(short) - percent / 100) < 1e-9 else f"{percent / 100:g}"


@cache
def _bounds(kind: type) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """The annotated bounds of a dataclass, field by field."""
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for field in fields(kind):
        marks: list[Any] = []
        for mark in getattr(hints[field.name], "__metadata__", ()):
            marks.extend(mark if isinstance(mark, Interval) else [mark])
        if marks:
            found.append((field.name, tuple(marks)))
    return tuple(found)


def check_ranges(component: Any) -> None:
    """Raise ParameterError where a field of `component` lies outside the bounds that its annotation states."""
    kind: Any = type(component)
    for name, marks in _bounds(kind):
        value = getattr(component, name)
        for mark in marks:
            _check(name, value, mark, fraction=len(marks) > 1 and any(isinstance(m, Le) and m.le == 1.0 for m in marks))


_WORDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


def _check(name: str, value: Any, mark: Any, *, fraction: bool) -> None:
    tests = {Ge: ("ge", "below"), Gt: ("gt", "not above"), Le: ("le", "above"), Lt: ("lt", "not below")}
    if type(mark) not in tests:
        return
    attribute, word = tests[type(mark)]
    bound = getattr(mark, attribute)
    good = {"ge": value >= bound, "gt": value > bound, "le": value <= bound, "lt": value < bound}[attribute]
    if good:
        return
    remedy = f"Give a value {_WORDS[attribute]} {bound}."
    if fraction and 1.0 < value <= 100.0:
        remedy = f"Weights are fractions: did you mean {hundredth(value)}?"
    raise ParameterError(f"{name} is {value}, {word} {bound}", field=name, remedy=remedy)
