"""What controls share: exact numbers of what a policy states, lengths of time, and what was sent on the trading day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from trimtab.core.controls import Circumstances, Earlier, Line
from trimtab.core.errors import ParameterError
from trimtab.core.money import Money

_NONE = Decimal(0)


def seconds(span: np.timedelta64) -> Decimal | None:
    """A length of time in seconds, to the microsecond; None for NaT."""
    if np.isnat(span):
        return None
    return Decimal(int(span.astype("timedelta64[us]").astype(np.int64))) / 1_000_000


def span_of(length: float) -> np.timedelta64:
    """So many seconds, to the microsecond."""
    return np.timedelta64(round(length * 1e6), "us")


def local(at: np.datetime64, zone: str) -> datetime | None:
    """An instant by the clocks of a zone; None for NaT."""
    if np.isnat(at):
        return None
    return datetime.fromtimestamp(int(at.astype("datetime64[s]").astype(np.int64)), ZoneInfo(zone))


def require_zone(zone: str) -> None:
    """Raises ParameterError where there is no such time zone."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        remedy = "Use an IANA name such as America/New_York."
        raise ParameterError(f"{zone!r} is no time zone", field="zone", remedy=remedy) from None


def require_money(money: Money) -> None:
    """Raises ParameterError for an amount that is not above zero: it would stop every order."""
    if not money.amount > 0:
        raise ParameterError(f"at_most is {money}, not above 0", field="at_most", remedy="Give an amount above 0.")


def others(lines: Sequence[Line], now: Circumstances) -> Iterator[Earlier]:
    """What was sent before, these orders themselves left out: one that is sent again is one order."""
    own = {line.id for line in lines}
    return (one for one in now.earlier if one.id not in own)


def sent_today(lines: Sequence[Line], now: Circumstances, zone: str) -> Iterator[Earlier]:
    """What was sent before on this trading day, by the clocks of a zone; what has no date counts, to be safe.

    The day is that of the circumstances, or where they have none the date of now.
    """
    if not now.earlier:
        return iter(())
    today = now.day
    if today == date.min:
        clock = local(now.now, zone)
        today = date.min if clock is None else clock.date()
    return (one for one in others(lines, now) if _on(one, today, zone))


def _on(one: Earlier, today: date, zone: str) -> bool:
    clock = local(one.at, zone)
    return clock is None or today == date.min or clock.date() == today


def total(amounts: Iterator[Decimal]) -> Decimal:
    """Their exact sum."""
    return sum(amounts, _NONE)
