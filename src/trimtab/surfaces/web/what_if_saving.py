"""What becomes of a what-if: its orders, written by hand under the gate; or, where settings differ, another policy file.

Under other settings nothing can be proposed: a policy is changed by a request, not by trading. So there the changed policy
is kept as a file of its own, which says what it changes, and governance has its way with it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trimtab.core.errors import ApprovalRequired, TrimtabError, UsageError
from trimtab.surfaces.access.keys import InFlight, Lost, Replay
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.access.visitor import Visitor
from trimtab.surfaces.api.answering import told
from trimtab.surfaces.api.refused import Refused, require_said
from trimtab.surfaces.serving import policy_files
from trimtab.surfaces.serving.entrance import require_meant, visitor_of
from trimtab.surfaces.serving.operations import operation
from trimtab.surfaces.serving.station import Station, station_of
from trimtab.surfaces.web.deeds import Fields, field, fields_of, onward, several
from trimtab.surfaces.web.reads.changed_text import changed_text


async def save(request: Request) -> Response:
    """Write the orders of a what-if, one by one, with what was asked as their reason; each waits for another person."""
    visitor, fields = visitor_of(request), await fields_of(request)
    require_meant(request, visitor, field(fields, "csrf"))
    visitor.require(Right.TRADE)
    if several(fields, "set"):
        remedy = "Keep the changed policy as a file, and ask for the change under Policy."
        raise ApprovalRequired("under other settings nothing is proposed: they are the policy's", remedy=remedy)
    station = station_of(request)
    kind, words = await _once(station, visitor, fields)
    station.more["flashes"].tell(visitor.session, kind, words)
    return RedirectResponse(_asked(fields) if kind == "refused" else onward(field(fields, "next"), "/what-if"), 303)


def _asked(fields: Fields) -> str:
    """The what-if as it was filled in: what is refused is not lost."""
    prices = [one.partition("=") for one in several(fields, "price") if one]
    asked = [(name, field(fields, name)) for name in ("account", "cash")]
    return f"/what-if?{urlencode([*asked, *((f'price.{name}', price) for name, _, price in prices)])}"


async def keep(request: Request) -> Response:
    """Keep the policy with its other settings as a new file in policies/; nobody follows it by that."""
    visitor, fields = visitor_of(request), await fields_of(request)
    require_meant(request, visitor, field(fields, "csrf"))
    visitor.require(Right.RESEARCH)
    station, name = station_of(request), field(fields, "name").strip()
    name = name if name.endswith(".yaml") else f"{name}.yaml"
    account, settings = field(fields, "account"), tuple(one for one in several(fields, "set") if one)
    text = await station.asking.call(changed_text, station.asking.served, account, settings, name)
    try:
        policy_files.write(station.folder, name, text, expected=policy_files.NEW)
    finally:
        station.asking.changed()
    words = f"policies/{name} is kept. No account follows it: test it, then ask for the change."
    station.more["flashes"].tell(visitor.session, "done", words)
    return RedirectResponse(f"/policy?policy=policies/{name}", 303)


async def _once(station: Station, visitor: Visitor, fields: Fields) -> tuple[str, str]:
    """Save for the key of the form, once."""
    key = field(fields, "key")
    if not key:
        return (await _saved(station, visitor, fields))[:2]
    asked = json.dumps([one for one in fields if one[0] not in ("csrf", "next")])
    name = f"what-if save {key}"
    begun = station.keys.begin(visitor.name, name, hashlib.sha256(asked.encode()).hexdigest(), station.now())
    if isinstance(begun, Replay):
        return "note", "This was done already; nothing was done twice."
    if isinstance(begun, InFlight | Lost):
        return "note", "This is being done, or its answer was lost: look at the orders before doing it again."
    try:
        kind, words, written = await _saved(station, visitor, fields)
    except TrimtabError:
        station.keys.forget(visitor.name, name)  # nothing was written
        raise
    except BaseException:
        station.keys.lose(visitor.name, name)
        raise
    if written:
        station.keys.finish(visitor.name, name, 200, "text/plain", words.encode(), station.now())
    else:
        station.keys.forget(visitor.name, name)
    return kind, words


async def _saved(station: Station, visitor: Visitor, fields: Fields) -> tuple[str, str, int]:
    """Work the what-if out again, and write its orders: those that sell first. How many were written comes last."""
    account = field(fields, "account")
    async with station.more.setdefault("what-if saving", asyncio.Lock()):  # two at once would both find no order open
        await _require_free(station, account)
        trades, change = await _trades(station, fields)
        return await _written(station, visitor, trades, change)


async def _written(station: Station, visitor: Visitor, trades: list[dict[str, Any]], change: str) -> tuple[str, str, int]:
    """Write the orders one by one, up to the first that the gate refuses."""
    written: list[str] = []
    for one in sorted(trades, key=lambda trade: not trade["units"].startswith("-")):
        values = {
            "account": one["place"],
            "instrument": one["instrument"],
            "units": one["units"],
            "reason": f"what-if: {change}",
        }
        try:
            require_said(await station.asking.do(operation("POST", "orders add"), values, visitor.name))
        except Refused as error:
            done = (
                f" Before it, {_counted(len(written))} written: {', '.join(written)}." if written else " Nothing was written."
            )
            return "refused", f"{one['units']} {one['instrument']} was refused: {error}{done}", len(written)
        written.append(f"{one['units']} {one['instrument']}")
    return "done", f"{_counted(len(written))} written: {', '.join(written)}. They wait for approval.", len(written)


async def _require_free(station: Station, account: str) -> None:
    """Raises UsageError where orders of the account are open: what they trade would be traded twice."""
    found = told(require_said(await station.asking.read(operation("GET", "orders list"), {"account": account})))
    count = len(found.get("orders", []))
    if count:
        what = f"{account} has {_counted(count, 'open')}, which this would trade beside"
        raise UsageError(what, remedy="Have them approved, declined or cancelled first.")


async def _trades(station: Station, fields: Fields) -> tuple[list[dict[str, Any]], str]:
    """The trades of the what-if as it is now, and what is different in words."""
    values: dict[str, Any] = {"account": field(fields, "account"), "cash": field(fields, "cash").strip()}
    values["price"] = [one for one in several(fields, "price") if one]
    given = {name: value for name, value in values.items() if value}
    found = told(require_said(await station.asking.read(operation("GET", "what-if"), given)))
    other = found["what_if"]
    if other["refused"] or not other["trades"]:
        raise UsageError(other["refused"] or "there is nothing to trade under these circumstances")
    return other["trades"], found["change"]


def _counted(count: int, word: str = "") -> str:
    return f"{count} {word + ' ' if word else ''}order{'' if count == 1 else 's'}"


DEEDS = (("/what-if/save", save), ("/what-if/policy", keep))
