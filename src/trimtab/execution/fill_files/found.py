"""What a file of fills comes to: reports on our orders, fills of nobody, running counts, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from trimtab.core.orders import Status
from trimtab.core.venues import Execution, Report

_LONGEST = 500


class Unread(NamedTuple):
    """A line that is not booked, why, and how it begins."""

    line: int
    why: str
    text: str = ""


class Remark(NamedTuple):
    """Something that was read in one of several ways, or left out as a double; line 0 speaks of the whole file."""

    line: int
    what: str


class Loose(NamedTuple):
    """A fill that names none of our orders, to be matched by account, symbol, side and day. `order` is what it does name."""

    line: int
    execution: Execution
    account: str = ""
    symbol: str = ""
    isin: str = ""
    order: str = ""


class Count(NamedTuple):
    """How much of an order is filled in all, by a line that counts up and shows no executions. `filled` has its sign.

    `status` is None where the line does not say; `cost` is all that was paid, None where it is not told. Without a column for
    the side (`sided`) the order says which way, and `filled` may be above zero.
    """

    line: int
    order: str
    filled: Decimal
    average: Decimal
    status: Status | None = None
    cost: Decimal | None = None
    day: date | None = None
    at: str = ""
    sided: bool = True


class Row(NamedTuple):
    """A fill with the line that it stands on, before rows are put together. `named`: the venue gave it an id."""

    line: int
    execution: Execution
    named: bool = True
    account: str = ""
    symbol: str = ""
    isin: str = ""


@dataclass(frozen=True, slots=True)
class FillHints:
    """What a file does not say itself.

    `columns` maps a field (`units`) to the header that holds it, over what is detected; to "" leaves it out. `dayfirst`
    decides `03/04/2026`, `comma` whether `1,234` is above one or a thousand. `zone` is the offset of times without one
    (`-05:00`). `repeats`: equal lines without an execution id are fills of their own. `day` is that of lines without a date.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    dayfirst: bool | None = None
    comma: bool | None = None
    zone: str = ""
    repeats: bool = False
    day: date | None = None


@dataclass(frozen=True, slots=True)
class FillFile:
    """All of it. `name` is that of the file; `form` how it was read: `table`, `blotter`, `fix`, `flex`, or `` (not at all)."""

    name: str
    form: str = ""
    reports: tuple[Report, ...] = ()
    loose: tuple[Loose, ...] = ()
    counts: tuple[Count, ...] = ()
    unread: tuple[Unread, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """What could not be read, as `file:line why`, in the order of the lines."""
        return tuple(f"{self.name}:{one.line} {one.why}" for one in sorted(self.unread))


def beginning(text: str) -> str:
    """As much of a line as is kept."""
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
