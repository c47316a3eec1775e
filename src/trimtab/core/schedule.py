"""When a policy decides and trades, and how it executes: two dates, always both shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from math import ceil
from typing import Annotated, Any

from annotated_types import Interval

from trimtab.core.calendar import Frequency
from trimtab.core.errors import ParameterError
from trimtab.core.money import Money
from trimtab.core.slots import later
from trimtab.core.taxes import LotMethod
from trimtab.core.terms import DAY, PER_YEAR, check_ranges
from trimtab.core.text import text_schema


class TradeAt(Enum):
    """At which price a decision is filled."""

    NEXT_OPEN = "next_open"  # the next session's open, or its close where no open is known
    NEXT_CLOSE = "next_close"
    SAME_CLOSE = "same_close"  # the very close the decision used: for replicating papers, and said on the first lines
    NEXT_OBSERVATION = "next_observation"  # monthly data: a month later


LATEST = timedelta(hours=17)  # a New York session opens 17.5 hours after the close before it


@dataclass(frozen=True, slots=True)
class CutOff:
    """How long after the market's close the decision is taken: what is known later plays no part.

    At most 17 hours: a later decision would know what the next session's open, at which it trades, did not.
    """

    delay: timedelta = timedelta(hours=2)

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.delay <= LATEST:
            remedy = "Decide before the next session opens: give 0h to 17h."
            raise ParameterError(f"a cut-off of {self} after the close is out of range", remedy=remedy)

    @classmethod
    def parse(cls, text: str) -> CutOff:
        """Read `2h` or `90min`."""
        match = re.fullmatch(r"(\d{1,4})(h|min)", str(text))
        if not match:
            raise ParameterError(f"{text!r} is not a cut-off", remedy="Write for example 2h or 30min.")
        return cls(timedelta(minutes=int(match[1]) * (60 if match[2] == "h" else 1)))

    def __str__(self) -> str:
        """As a policy writes it."""
        minutes = int(self.delay.total_seconds()) // 60
        return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}min"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Text in a policy file, a CutOff in Python."""
        return text_schema(cls, r"^\d{1,4}(h|min)$")


Sessions = Annotated[int, Interval(ge=0, le=20)]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Decide `offset` sessions after the end of each period, `cut_off` after the close; trade `lag` sessions after `trade`.

    A decision comes at the latest on the last session of the next period, and a fill on the session of the next decision.
    Raises ParameterError where a period of `decide` has no room for either.
    """

    decide: Frequency = Frequency.MONTH_END
    trade: TradeAt = TradeAt.NEXT_OPEN
    cut_off: CutOff = CutOff()
    offset: Sessions = later(0)
    lag: Sessions = later(0)

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.lag and self.trade is TradeAt.NEXT_OBSERVATION:
            remedy = "Leave lag out, or trade at next_close."
            raise ParameterError(f"lag is {self.lag} with trade: next_observation", field="lag", remedy=remedy)
        self.require_room(self.decide)

    @property
    def wait(self) -> int:
        """Sessions from a decision to its fill."""
        return self.lag + (self.trade is not TradeAt.SAME_CLOSE)

    @property
    def when(self) -> str:
        """The session that is decided on, in words: `month-end`, or `5 sessions after month-end`."""
        return f"{counted(self.offset)} after {self.decide.value}" if self.offset else self.decide.value

    def require_room(self, every: Frequency, per_year: int = PER_YEAR[DAY]) -> None:
        """Raise ParameterError where periods of `every`, with `per_year` sessions a year, are too short for offset or lag."""
        held = ceil(per_year / every.per_year)
        if self.offset >= held and self.offset:
            raise _crowded("offset", self.offset, every, held - 1)
        most = held - (self.trade is not TradeAt.SAME_CLOSE)
        if self.lag > most:
            raise _crowded("lag", self.lag, every, most)


def _crowded(name: str, value: int, every: Frequency, most: int) -> ParameterError:
    what = f"{name} is {value}, and from one {every.value} to the next there are not so many sessions"
    given = f"Give at most {most}" if most > 0 else f"Leave {name} out"
    if every is Frequency.DAILY:
        what = f"{name} is {value}, and every day has a decision of its own"
    return ParameterError(what, field=name, remedy=f"{given}, or decide less often.")


def counted(sessions: int) -> str:
    """`1 session`, `2 sessions`."""
    return f"{sessions} session" if sessions == 1 else f"{sessions} sessions"


class Units(Enum):
    """Whether a position may be a fraction of a share."""

    FRACTIONAL = "fractional"
    WHOLE = "whole"


class Dividends(Enum):
    """What happens to cash dividends."""

    REINVEST = "reinvest"  # at the close of the ex-date, without cost
    PAY = "pay"  # they stay in cash


class Rounding(Enum):
    """Whether amounts of money are rounded to the currency's smallest unit."""

    MINOR = "minor"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Execution:
    """Trades below `minimum` are not placed; `digits` is the precision of a fractional unit; `lots` are sold in this order."""

    minimum: Money | None = None
    units: Units = Units.FRACTIONAL
    digits: int = 8
    dividends: Dividends = Dividends.REINVEST
    rounding: Rounding = Rounding.MINOR
    lots: LotMethod = later(LotMethod.FIFO)

    def __post_init__(self) -> None:
        check_ranges(self)
        if not 0 <= self.digits <= 12:
            raise ParameterError(f"digits is {self.digits}, outside 0 to 12", field="digits", remedy="8 is usual.")
        if self.minimum is not None and self.minimum.amount < 0:
            remedy = "Give the smallest trade to place, such as 200 USD."
            raise ParameterError(f"minimum is {self.minimum}, below 0", field="minimum", remedy=remedy)
