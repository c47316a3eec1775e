"""When a policy decides and trades, and how it executes: two dates, always both shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from trimtab.core.calendar import Frequency
from trimtab.core.errors import ParameterError
from trimtab.core.money import Money
from trimtab.core.slots import later
from trimtab.core.taxes import LotMethod
from trimtab.core.terms import check_ranges
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


@dataclass(frozen=True, slots=True)
class Schedule:
    """Decide at the end of each period, `cut_off` after the close; trade at `trade`."""

    decide: Frequency = Frequency.MONTH_END
    trade: TradeAt = TradeAt.NEXT_OPEN
    cut_off: CutOff = CutOff()


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
