"""FIX 4.4 execution reports (35=8) out of a log or a file, as reports on orders.

FIX 4.4 specification, volume 4: 11 our id, 17 execution, 37 the venue's id, 39 status, 150 what the message is for, 14 filled
so far, 31 and 32 price and units of this fill, 60 and 75 when, 54 side, 12 and 13 commission. A fill that the venue takes back
or corrects (150=H, G) is not decided here: it is told, and the fill it speaks of is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from trimtab.core import days, numerals
from trimtab.core.orders import FINAL, Status
from trimtab.core.venues import Execution, Report
from trimtab.execution.fill_files import cells
from trimtab.execution.fill_files.found import Remark, Row, Unread, beginning
from trimtab.execution.fix_text import Message, messages

_ZERO = Decimal(0)
_S = Status
_STATUSES = {
    "0": _S.ACKED, "1": _S.PARTIAL, "2": _S.FILLED, "4": _S.CANCELLED, "5": _S.ACKED, "6": _S.ACKED, "7": _S.ACKED,
    "8": _S.REJECTED, "9": _S.ACKED, "A": _S.SENT, "C": _S.EXPIRED, "E": _S.ACKED,
}  # fmt: skip
_SIDES = {"1": 1, "2": -1, "3": 1, "4": -1, "5": -1, "6": -1}
_TAKEN_BACK = {"H": "taken back", "G": "corrected"}
_RANK = {_S.SENT: 0, _S.ACKED: 1, _S.PARTIAL: 2}
_ENDS = re.compile(r"[\r\n]\s*$|10=\d\d\d(?:\x01|\^A|\|)?$", re.ASCII)
_TRADES = frozenset({"F", "1", "2"})


@dataclass(slots=True)
class Heard:
    """What the messages of a file say: of orders, by their id, and of fills."""

    reports: dict[str, Report] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    taken_back: set[str] = field(default_factory=set)


def read_reports(data: bytes | str) -> Heard:
    """Every execution report. Never raises on any bytes."""
    heard, others = Heard(), 0
    for message in messages(data):
        if message.problem:
            heard.unread.append(Unread(message.line, message.problem, _shown(message)))
        elif message.get(35) != "8":
            others += 1
        else:
            try:
                _hear(heard, message)
            except ValueError as fault:
                heard.unread.append(Unread(message.line, str(fault), _shown(message)))
    if others:
        heard.remarks.append(Remark(0, f"{others} messages that are no execution reports are left out"))
    if not _ENDS.search(data[-200:].decode("latin-1") if isinstance(data, bytes) else data[-200:]):
        heard.remarks.append(Remark(0, "the text does not end with a message or a line break: is it cut off?"))
    heard.unread += [Unread(row.line, f"execution {row.execution.id} was taken back or corrected") for row in heard.rows
                     if row.execution.id in heard.taken_back]  # fmt: skip
    heard.rows = [row for row in heard.rows if row.execution.id not in heard.taken_back]
    return heard


def _hear(heard: Heard, message: Message) -> None:
    kind, order = message.get(150), message.get(11)
    if kind in _TAKEN_BACK:
        before = message.get(19)
        heard.taken_back.add(before)
        raise ValueError(f"execution {before or 'without a name'} is {_TAKEN_BACK[kind]} by the venue: settle it by hand")
    if kind in _TRADES and _number(message, 32):
        heard.rows.append(_row(message))
    if order:
        status = _status(message)
        sign = _side(message) if _number(message, 14) else 1
        said = Report(order, status, message.get(37), sign * _number(message, 14), why=message.get(58))
        heard.reports[order] = _merged(heard.reports.get(order), said)


def _row(message: Message) -> Row:
    name, price = message.get(17), _number(message, 31)
    if not name:
        raise ValueError("a fill has no execution id (17)")
    if price <= 0:
        raise ValueError(f"the price (31) is {price}")
    units = _side(message) * _number(message, 32)
    day, at = _when(message)
    told = Execution(name, message.get(11), units, price, _commission(message), day, at)
    isin = message.get(48) if message.get(22) == "4" else ""
    return Row(message.line, told, True, message.get(1), message.get(55), isin)


def _status(message: Message) -> Status:
    word = message.get(39)
    if word == "3":  # done for the day: an order for longer goes on
        return Status.PARTIAL if _number(message, 14) else Status.ACKED
    if word not in _STATUSES:
        raise ValueError(f"the status (39) is {word[:20]!r}")
    return _STATUSES[word]


def _merged(before: Report | None, now: Report) -> Report:
    """The two reports on an order as one: the furthest status, the larger count."""
    if before is None:
        return now
    if before.status in FINAL and now.status in FINAL and before.status is not now.status:
        raise ValueError(f"order {now.order} was {before.status.value}, now it is {now.status.value}")
    further = max((before, now), key=lambda one: _RANK.get(one.status, len(_RANK)))
    filled = max((before.filled, now.filled), key=abs)
    return further._replace(filled=filled, venue_id=now.venue_id or before.venue_id, why=now.why or before.why)


def _side(message: Message) -> int:
    if message.get(54) not in _SIDES:
        raise ValueError(f"the side (54) is {message.get(54)[:20]!r}")
    return _SIDES[message.get(54)]


def _number(message: Message, tag: int) -> Decimal:
    """A number of FIX, which has a point and no thousands; zero where it is missing. Raises ValueError below zero."""
    value = numerals.parse(message.get(tag), comma=False) or _ZERO
    if value < 0 and tag in (14, 32):
        raise ValueError(f"{tag}={value} is below zero")
    return value


def _commission(message: Message) -> Decimal:
    """In money: 13 says whether 12 is a unit (1) or in all (3); a share of the value is not made out here."""
    kind, value = message.get(13), _number(message, 12)
    if value and kind not in ("", "1", "3"):
        raise ValueError(f"the commission is of a kind (13={kind[:20]}) that is not read")
    return value * _number(message, 32) if kind == "1" else value


def _when(message: Message) -> tuple[date, str]:
    """Trading day (75, else that of 60) and instant; FIX times are UTC."""
    stamped, clock = cells.split(message.get(60))
    then = days.parse(stamped)
    day = days.parse(message.get(75)) or then
    if day is None:
        raise ValueError("a fill has no day (75, 60)")
    return day, cells.instant(then or day, clock, "Z")


def _shown(message: Message) -> str:
    pairs: Sequence[str] = [f"{tag}={value}" for tag, value in message.fields[:60]]
    return beginning("|".join(pairs))
