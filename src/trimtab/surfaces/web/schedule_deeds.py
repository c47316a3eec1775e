"""The forms of the page Schedules. What is refused comes back filled in, with one line that says why.

Whoever saves a schedule answers for it: it takes the right to administer, and the right to do by hand what it does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trimtab.core.errors import TrimtabError, UsageError
from trimtab.surfaces.access.refusals import Forbidden, NotSignedIn
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.access.visitor import Visitor
from trimtab.surfaces.serving.entrance import require_meant, visitor_of
from trimtab.surfaces.serving.noting import KIND
from trimtab.surfaces.serving.places import require_inside
from trimtab.surfaces.serving.schedule_kinds import KINDS, What
from trimtab.surfaces.serving.schedule_rules import Schedule
from trimtab.surfaces.serving.schedules import Schedules, schedules_of
from trimtab.surfaces.serving.station import Station, station_of
from trimtab.surfaces.web.deeds import Fields, field, fields_of
from trimtab.surfaces.web.flashes import Flashes

PATH = "/schedules"
FIELDS = ("name", "what", "when", "zone", "account", "household", "feeds", "subject", "title", "client", "to")
Asked = tuple[Request, Visitor, Fields]


async def _entered(request: Request, right: Right) -> Asked:
    """Who sends a form, once they may."""
    visitor, fields = visitor_of(request), await fields_of(request)
    request.state.visitor = visitor.name
    require_meant(request, visitor, field(fields, "csrf"))
    visitor.require(right)
    return request, visitor, fields


def _back(asked: Asked, kind: str, words: str, typed: Mapping[str, str] | None = None) -> Response:
    request, visitor, _ = asked
    flashes: Flashes = station_of(request).more["flashes"]
    flashes.tell(visitor.session, kind, words)
    tail = f"?{urlencode(typed)}#schedule" if typed else ""
    return RedirectResponse(f"{PATH}{tail}", 303)


async def make(request: Request) -> Response:
    """Make a schedule, or change one."""
    asked = await _entered(request, Right.ADMINISTER)
    _, visitor, fields = asked
    station, edited = station_of(request), field(fields, "edit")
    try:
        one = await asyncio.to_thread(schedule_from, fields, visitor.name)
        visitor.require(one.kind.right)
        require_inside(station.folder, one.asked)
        if edited and edited != one.name:
            raise UsageError("the name of a schedule does not change", remedy="Remove it, and make another one.")
        found = schedules_of(station)
        if edited:
            one = replace(one, enabled=found.kept.get(edited).enabled)
        found.kept.put(one, station.now(), new=not edited, told=partial(_note, station, "schedule-saved", visitor.name, one))
    except NotSignedIn:
        raise
    except TrimtabError as error:
        typed = {name: field(fields, name) for name in (*FIELDS, "edit") if field(fields, name)}
        return _back(asked, "refused", str(error), typed)
    return _back(asked, "done", f"{one.name} is saved: {one.when} ({one.zone}), by {visitor.name}'s answer.")


async def turn(request: Request) -> Response:
    """Turn a schedule on or off, remove it, or run it now."""
    asked = await _entered(request, Right.ADMINISTER)
    _, visitor, fields = asked
    name, to = field(fields, "name"), field(fields, "to")
    try:
        words = _turned(schedules_of(station_of(request)), visitor, name, to)
    except Forbidden:
        raise
    except TrimtabError as error:
        return _back(asked, "refused", str(error))
    return _back(asked, "done", words)


def _turned(found: Schedules, visitor: Visitor, name: str, to: str) -> str:
    station = found.station
    if to == "remove":
        found.kept.remove(name, told=partial(_note, station, "schedule-removed", visitor.name, name))
        return f"{name} is removed, with its runs."
    one = found.kept.get(name)
    if to == "off":
        told = partial(_note, station, "schedule-off", visitor.name, name)
        found.kept.put(replace(one, enabled=False), station.now(), new=False, told=told)
        return f"{name} is off."
    visitor.require(one.kind.right)
    if to == "on":
        told = partial(_note, station, "schedule-on", visitor.name, name)
        found.kept.put(replace(one, enabled=True, by=visitor.name), station.now(), new=False, told=told)
        return f"{name} is on; what was due meanwhile is not caught up."
    if to != "now":
        raise UsageError("this is nothing that can be done to a schedule", remedy="Load the page again.")
    found.run_now(name)
    return f"{name} runs now: its line below says how it went."


async def acknowledge(request: Request) -> Response:
    """Somebody has seen an alert: whoever may stop trading may say so, which a mere reader may not."""
    asked = await _entered(request, Right.STOP)
    station = station_of(request)
    try:
        await schedules_of(station).alerts.acknowledge(field(asked[2], "id"), asked[1].name, station.now())
    except UsageError as error:
        return _back(asked, "refused", str(error))
    return _back(asked, "done", "Acknowledged: it stays on the list until its cause is gone.")


async def be_patient(request: Request) -> Response:
    """After how many minutes an alert is escalated."""
    asked = await _entered(request, Right.ADMINISTER)
    text = field(asked[2], "minutes").strip()
    try:
        minutes = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
        schedules_of(station_of(request)).alerts.be_patient(minutes)
    except UsageError as error:
        return _back(asked, "refused", str(error))
    return _back(asked, "done", f"An alert is escalated after {minutes} minutes.")


DEEDS = (
    ("/schedules/save", make),
    ("/schedules/turn", turn),
    ("/schedules/acknowledge", acknowledge),
    ("/schedules/patience", be_patient),
)


def schedule_from(fields: Fields, by: str) -> Schedule:
    """The schedule that a form describes. Raises UsageError where something of it does not hold."""
    given = {name: field(fields, name).strip() for name in FIELDS}
    if given["what"] not in set(What):
        raise UsageError("what is to be done is not chosen", remedy=f"Choose among {', '.join(What)}.")
    what = What(given["what"])
    values: dict[str, Any] = {name: given[name] for name in ("subject", "title") if given[name]}
    if given["feeds"]:
        values["feeds"] = given["feeds"].split()
    if given["client"]:
        values["client"] = True
    arguments = MappingProxyType({name: value for name, value in values.items() if name in KINDS[what].options})
    return Schedule(
        given["name"],
        what,
        given["when"],
        given["zone"],
        by,
        account=given["account"],
        household=given["household"],
        arguments=arguments,
        to=given["to"] or "TRIMTAB_NOTIFY",
    )


def form_of(one: Schedule) -> dict[str, str]:
    """What a form holds that describes a schedule."""
    values = {"feeds": " ".join(one.arguments.get("feeds", ())), "client": "yes" if one.arguments.get("client") else ""}
    texts = {name: str(one.arguments.get(name, "")) for name in ("subject", "title")}
    named = {"name": one.name, "what": one.what.value, "when": one.when, "zone": one.zone, "to": one.to}
    return {**named, "account": one.account, "household": one.household, **values, **texts}


def _note(station: Station, kind: str, by: str, what: Schedule | str) -> None:
    """Into the journal of the book, where there is one: who changed what the desk does of its own accord."""
    hand = station.asking.hand
    if hand is None:
        return
    body = {"by": by, "schedule": what if isinstance(what, str) else what.name}
    if isinstance(what, Schedule):
        body |= {"does": what.what.value, "when": what.when, "zone": what.zone, "for": what.whose}
    hand.note(KIND, {"what": kind, **body}, by)
