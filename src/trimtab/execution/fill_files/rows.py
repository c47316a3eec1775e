"""One record of fills by the names of its fields: as a fill, or as a count of what is filled so far."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trimtab.core import days, numerals
from trimtab.core.orders import Status
from trimtab.core.venues import Execution
from trimtab.execution.fill_files import cells
from trimtab.execution.fill_files.found import Count, FillHints, Row

_ZERO = Decimal(0)
_BUYS = frozenset({"buy", "b", "bot", "bought", "buyl", "buy to cover", "bc", "1", "+", "long", "kauf"})
_SELLS = frozenset({"sell", "s", "sld", "sold", "selll", "sell short", "ss", "2", "5", "-", "short", "verkauf"})
_STATUSES = {one.value: one for one in Status} | {
    "partially filled": Status.PARTIAL,
    "partially_filled": Status.PARTIAL,
    "executed": Status.FILLED,
    "canceled": Status.CANCELLED,
    "new": Status.ACKED,
    "accepted": Status.ACKED,
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How the records of a file are read: what the hints say, and what the file itself has shown.

    `sided`: it has a column for the side. `paid_below_zero`: fees below zero take money.
    """

    hints: FillHints
    comma: bool | None = None
    dayfirst: bool | None = None
    sided: bool = True
    paid_below_zero: bool = False

    def row(self, line: int, values: Mapping[str, str]) -> Row:
        """A fill. Raises ValueError with a sentence where it is none."""
        units = self.signed(values, self.need(values, "units"))
        price = self.need(values, "price")
        if not units:
            raise ValueError("nothing is filled")
        if price <= 0:
            raise ValueError(f"the price is {price}")
        when, at = self.when(values)
        cost = self.fee(values) or _ZERO
        order = values.get("order", "").strip()
        place = tuple(values.get(name, "").strip() for name in ("account", "symbol", "isin"))
        name = values.get("execution", "").strip()
        told = Execution(name, order, units, price, cost, when, at)
        return Row(line, told._replace(id=name or content_id(told, place)), bool(name), *place)

    def count(self, line: int, values: Mapping[str, str]) -> Count:
        """A count. Raises ValueError with a sentence where it is none."""
        order = values.get("order", "").strip()
        if not order:
            raise ValueError("no order is named")
        filled = self.signed(values, numerals.parse(values.get("filled", ""), self.comma) or _ZERO)
        average = numerals.parse(values.get("average", ""), self.comma) or _ZERO
        if bool(filled) != bool(average) or average < 0:
            raise ValueError(f"{filled} filled at {average} cannot be")
        word = values.get("status", "").strip().lower()
        if word and word not in _STATUSES:
            raise ValueError(f"there is no status {word[:40]!r}")
        fee = self.fee(values)
        when, at = self.when(values) if any(values.get(name) for name in ("day", "time")) else (self.hints.day, "")
        return Count(line, order, filled, average, _STATUSES.get(word), fee, when, at, self.sided)

    def need(self, values: Mapping[str, str], name: str) -> Decimal:
        """A number that must be there."""
        value = numerals.parse(values.get(name, ""), self.comma)
        if value is None:
            raise ValueError(f"{name} is missing")
        return value

    def signed(self, values: Mapping[str, str], units: Decimal) -> Decimal:
        """Units with the sign of the side."""
        if not self.sided:
            return units
        word = " ".join(values.get("side", "").lower().split())
        if word in _BUYS:
            if units < 0:
                raise ValueError(f"{units} were bought")
            return units
        if word in _SELLS:
            return -abs(units) if units else units
        raise ValueError(f"side {word[:40]!r} is neither a purchase nor a sale")

    def fee(self, values: Mapping[str, str]) -> Decimal | None:
        """What was paid, above zero."""
        value = numerals.parse(values.get("fee", ""), self.comma)
        if value and self.paid_below_zero:
            return -value
        return value

    def when(self, values: Mapping[str, str]) -> tuple[date, str]:
        """Trading day and instant: the day as it stands in the file, not as it is in UTC."""
        stamped, clock = cells.split(values.get("time", ""))
        written, late = cells.split(values.get("day", ""))
        on = days.parse(written, bool(self.dayfirst))
        then = days.parse(stamped, bool(self.dayfirst)) or on or self.hints.day
        on = on or then
        if on is None:
            raise ValueError("the day is missing")
        return on, cells.instant(then or on, clock or late, self.hints.zone)


def content_id(one: Execution, place: tuple[str, ...]) -> str:
    """An id for a fill that the venue gave none: a hash of all that is said of it, so that the same file gives the same."""
    numbers = (f"{value.normalize():f}" for value in (one.units, one.price, one.cost))
    told = "|".join(f"{len(text)}:{text}" for text in (one.order, *place, *numbers, one.day.isoformat(), one.at))
    return f"file-{hashlib.sha256(told.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
