"""Trimtab's words in those of Interactive Brokers, and back: contracts, orders, statuses, executions.

An execution id there ends in a number that counts corrections: `0000e0d5.6576ddd9.01.02` corrects `0000e0d5.6576ddd9.01.01`.
The latest replaces those before it, and its id here is the part that they share: an execution that was booked and is corrected
afterwards comes back under the same id with other content, which core/settling.py calls a contradiction.

Source: TWS API, "Orders", "Executions and Commissions", "Message codes" (Interactive Brokers, API version 10.19).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from trimtab.core.money import ZERO, decimal_of, exact, text_of
from trimtab.core.orders import OrderKind, Status, Ticket, TimeInForce
from trimtab.core.venues import Execution, NotSent, Report
from trimtab.execution.brokers.ibkr_heard import Heard, Seen

_CLASS = re.compile(r"[A-Z]+[. ][A-Z]")  # BRK.B here is `BRK B` there
_OURS = re.compile(r"[0-9a-f]{16,64}")
_SHORTEST = 16  # digits of a client order id, should a venue cut it
_TYPES = {
    (OrderKind.MARKET, False): ("MKT", ""),
    (OrderKind.LIMIT, True): ("LMT", ""),
    (OrderKind.ON_OPEN, False): ("MKT", "OPG"),
    (OrderKind.ON_OPEN, True): ("LMT", "OPG"),
    (OrderKind.ON_CLOSE, False): ("MOC", ""),
    (OrderKind.ON_CLOSE, True): ("LOC", ""),
}
_WORKING = frozenset({"ApiPending", "PendingSubmit", "PreSubmitted", "Submitted", "PendingCancel", "ApiUpdate"})
_CANCELLED = frozenset({"Cancelled", "ApiCancelled"})
OVER = _CANCELLED | {"Filled", "Inactive"}
REFUSALS = frozenset({103, 104, 106, 109, 110, 111, 113, 131, 200, 201, 203, 321, 383, 387, 388})


def symbol_of(instrument: str, currency: str, symbols: Mapping[str, str]) -> str:
    """What the venue calls an instrument. Share classes have a blank there, in the United States."""
    if instrument in symbols:
        return symbols[instrument]
    return instrument.replace(".", " ") if currency == "USD" and _CLASS.fullmatch(instrument) else instrument


def instrument_of(contract: Any, symbols: Mapping[str, str]) -> str:
    """What we call a contract of the venue."""
    name = str(contract.symbol if contract.secType == "STK" else contract.localSymbol or contract.symbol)
    for ours, theirs in symbols.items():
        if theirs == name:
            return ours
    return name.replace(" ", ".") if contract.secType == "STK" and _CLASS.fullmatch(name) else name


def order_words(ticket: Ticket) -> dict[str, Any]:
    """The fields of an order, numbers as exact text. Raises NotSent where the venue has no such order."""
    kind, limited = ticket.kind, ticket.limit > 0
    if (kind, limited) not in _TYPES:
        raise NotSent(f"order {ticket.id} is {kind.value} with a limit of {ticket.limit}", remedy="Give the one or the other.")
    name, tif = _TYPES[kind, limited]
    if kind in {OrderKind.ON_OPEN, OrderKind.ON_CLOSE} and ticket.tif is not TimeInForce.DAY:
        what = f"order {ticket.id} is for an auction and stands {ticket.tif.value}"
        raise NotSent(what, remedy="Orders for an auction stand for the day.")
    if not ticket.units:
        raise NotSent(f"order {ticket.id} is of no units", remedy="Orders of nothing are not placed.")
    words: dict[str, Any] = {"action": "BUY" if ticket.units > 0 else "SELL", "orderType": name, "orderRef": ticket.id}
    words["totalQuantity"] = text_of(abs(ticket.units))
    words["tif"] = tif or ticket.tif.value.upper()
    if limited:
        words["lmtPrice"] = text_of(ticket.limit)
    return words


def stem(execution: str) -> tuple[str, int]:
    """An execution id without the number of its correction, and that number."""
    head, _, tail = execution.rpartition(".")
    return (head, int(tail)) if head and tail.isdigit() else (execution, 0)


def same(ref: str, order: str) -> bool:
    """Whether the venue means this order: by the whole id, or by as much of it as it kept."""
    return ref == order or (len(ref) >= _SHORTEST and order.startswith(ref))


def _signed(action: str, amount: Decimal) -> Decimal:
    return amount if action in {"BUY", "BOT"} else -amount


def latest(fills: Iterable[Any]) -> list[Any]:
    """Fills in the order of their ids, a corrected one only as it was corrected last."""
    last: dict[str, Any] = {}
    for fill in sorted(fills, key=lambda fill: stem(fill.execId)):
        last[stem(fill.execId)[0]] = fill
    return list(last.values())


def execution_of(fill: Any, order: str, heard: Heard, zone: str) -> Execution:
    """A fill in our words; `zone` is that of the trading day. A commission that is not there yet counts as zero."""
    fee = heard.fees.get(fill.execId)
    at = fill.time.astimezone(UTC)
    return Execution(
        stem(fill.execId)[0],
        order,
        _signed(fill.side, decimal_of(fill.shares)),
        decimal_of(fill.price),
        decimal_of(fee.commission) if fee else ZERO,
        at.astimezone(ZoneInfo(zone)).date(),
        f"{at:%Y-%m-%dT%H:%M:%SZ}",
    )


def matching(heard: Heard, order: str) -> tuple[list[Seen], list[Any]]:
    """The orders that carry this id, those that are over last, and their fills."""
    seen = [one for one in heard.orders.values() if same(one.ref, order)]
    over = {one.perm for one in seen if one.done}
    seen = [one for one in seen if one.done or not one.perm or one.perm not in over]
    perms = {one.perm for one in seen if one.perm}
    fills = [
        fill for fill in heard.fills.values() if same(fill.orderRef, order) or (not fill.orderRef and fill.permId in perms)
    ]
    return seen, latest(fills)


def refs(heard: Heard) -> list[str]:
    """The client order ids of ours that were heard of, each once."""
    found = [one.ref for one in heard.orders.values()] + [fill.orderRef for fill in heard.fills.values()]
    return [ref for ref in dict.fromkeys(found) if _OURS.fullmatch(ref)]


def costed(heard: Heard, order: str) -> bool:
    """Whether each fill that the venue counts is here, with its commission."""
    seen, fills = matching(heard, order)
    units = sum((decimal_of(fill.shares) for fill in fills), ZERO)
    return units >= sum((one.count for one in seen), ZERO) and all(fill.execId in heard.fees for fill in fills)


def last_day(heard: Heard, order: str, zone: str) -> date:
    """The day it was last heard to do anything; the latest there is where it is open, or does not say."""
    seen, fills = matching(heard, order)
    days: list[date] = [fill.time.astimezone(ZoneInfo(zone)).date() for fill in fills]
    for one in seen:
        match = re.match(r"(\d{4})-?(\d\d)-?(\d\d)", one.done)
        days.append(date(*map(int, match.groups())) if match else date.max)
    return max(days)


def report_of(heard: Heard, order: str, zone: str, currency: str) -> Report | None:
    """All that was heard of an order; None: nothing. More than one order under one id are told as one, and said."""
    seen, fills = matching(heard, order)
    if not seen and not fills:
        return None
    with exact():
        executions = tuple(execution_of(fill, order, heard, zone) for fill in fills)
        counted = sum((_signed(one.action, one.count) for one in seen), ZERO)
        filled = max(counted, sum((one.units for one in executions), ZERO), key=abs)
    perms = [str(one.perm) for one in seen if one.perm] or [str(fill.permId) for fill in fills[:1]]
    status = _status(seen, filled)
    return Report(order, status, "+".join(dict.fromkeys(perms)), filled, executions, _why(heard, seen, fills, currency))


def _status(seen: list[Seen], filled: Decimal) -> Status:
    """One status of all: what still works says that it works."""
    names = {one.status for one in seen}
    said = " ".join(one.words.lower() for one in seen)
    if not seen or names - OVER:
        return Status.PARTIAL if filled else Status.ACKED
    if "Filled" in names:
        return Status.FILLED
    if not filled and ("Inactive" in names or "reject" in said):
        return Status.REJECTED
    return Status.EXPIRED if "expire" in said else Status.CANCELLED


def _why(heard: Heard, seen: list[Seen], fills: list[Any], currency: str) -> str:
    """What there is to say: the venue's words, its messages about the order, and what is missing."""
    numbers = {one.number for one in seen if one.number and one.client == heard.client}
    words = [one.words for one in seen if one.words]
    words += [f"{trouble.code} {trouble.text}" for trouble in heard.troubles if trouble.number in numbers]
    words += [f"TWS calls it {one.status or 'nothing yet'}" for one in seen if one.status not in _WORKING | OVER]
    bare = sum(fill.execId not in heard.fees for fill in fills)
    foreign = {heard.fees[fill.execId].currency for fill in fills if fill.execId in heard.fees} - {currency, ""}
    if bare:
        words.append(f"the commission of {bare} execution{'s are' if bare > 1 else ' is'} not told yet and counted as 0")
    if foreign:
        words.append(f"commissions are in {', '.join(sorted(foreign))}, not in {currency}")
    if len(seen) > 1:
        words.append(f"{len(seen)} orders carry this id")
    if not seen:
        words.append("its executions are known, the order is not listed")
    return "; ".join(dict.fromkeys(words))
