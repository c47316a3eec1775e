"""What a form does: an operation of the table, once, by the visitor's name; then back to a page, with a sentence on it.

A form that is refused comes back filled in as it was, with one line that says why: nothing that was typed is lost. The same
form sent twice is done once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trimtab.core.errors import TrimtabError
from trimtab.surfaces.access.keys import InFlight, Lost, Replay
from trimtab.surfaces.access.visitor import Visitor
from trimtab.surfaces.api.problems import status_of
from trimtab.surfaces.api.refused import Refused, require_said
from trimtab.surfaces.serving.entrance import require_meant
from trimtab.surfaces.serving.operations import Kind, Operation
from trimtab.surfaces.serving.places import require_inside
from trimtab.surfaces.serving.station import station_of
from trimtab.surfaces.serving.verbs import Refusal
from trimtab.surfaces.web.deed_values import OWN, values_of
from trimtab.surfaces.web.done_words import done_words
from trimtab.surfaces.web.flashes import Flashes

Fields = list[tuple[str, str]]


async def fields_of(request: Request) -> Fields:
    """The fields of a form, files left out, blanks and all."""
    async with request.form(max_files=1, max_fields=300) as form:
        return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


def field(fields: Fields, name: str) -> str:
    """The first value of a field."""
    return next((value for key, value in fields if key == name), "")


def onward(wanted: str, otherwise: str = "/") -> str:
    """Where to go next: an address of ours, and none of another site."""
    good = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not any(ord(one) < 33 for one in wanted)
    return wanted if good else otherwise


async def perform(request: Request, visitor: Visitor, operation: Operation, fields: Fields) -> Response:
    """Do what a form asks for, and go on. Raises Refused, Misfilled and what the entrance raises; then nothing was done."""
    require_meant(request, visitor, field(fields, "csrf"))
    visitor.require(operation.right)
    values = values_of(operation, fields)
    flashes: Flashes = station_of(request).more["flashes"]
    back = onward(field(fields, "next"), "/")
    if operation.kind is Kind.LONG:
        return await _begun(request, visitor, operation, values)
    kind, words = await _once(request, visitor, operation, (values, field(fields, "key")))
    flashes.tell(visitor.session, kind, words)
    return RedirectResponse(back, 303)


async def _begun(request: Request, visitor: Visitor, operation: Operation, values: dict[str, Any]) -> Response:
    station = station_of(request)
    given = {**values, **operation.fixed}
    require_inside(station.folder, given)
    job = await station.jobs.start(operation.verb, given, visitor.name, station.now(), operation.verb)
    return RedirectResponse(f"/jobs/{job.id}", 303)


async def _once(request: Request, visitor: Visitor, operation: Operation, asked: tuple[dict[str, Any], str]) -> tuple[str, str]:
    """Do it for the key of the form; a form that is sent again is told that it was done."""
    values, key = asked
    station, sha = station_of(request), hashlib.sha256(json.dumps(asked[0], sort_keys=True).encode()).hexdigest()
    name = f"{key or 'form'}:{operation.id}:{sha[:24]}"
    if key:
        begun = station.keys.begin(visitor.name, name, sha, station.now())
        if isinstance(begun, Replay):
            return "note", "This was done already; nothing was done twice."
        if isinstance(begun, InFlight | Lost):
            return "note", "This is being done, or its answer was lost: look at what stands before doing it again."
    try:
        told = done_words(operation, require_said(await station.asking.do(operation, values, visitor.name)))
    except Refused:
        if key:
            station.keys.forget(visitor.name, name)  # nothing was done: the same may be asked again
        raise
    except BaseException:
        if key:
            station.keys.lose(visitor.name, name)
        raise
    if key:
        station.keys.finish(visitor.name, name, 200, "text/plain", told[1].encode(), station.now())
    return told


def refused_form(operation: Operation, fields: Fields, error: TrimtabError) -> tuple[dict[str, Any], int]:
    """The values of the page on which a refused form comes back, and its status."""
    refusal = Refusal.of(error)
    kept = [(name, value) for name, value in fields if name not in OWN]
    values = {
        "verb": operation.verb,
        "action": f"/do/{operation.verb.replace(' ', '-')}",
        "line": refusal.line,
        "code": refusal.code,
        "kept": kept,
        "next": onward(field(fields, "next")),
    }
    return values, status_of(refusal) if not isinstance(error, Refused) else 409


def several(fields: Sequence[tuple[str, str]], name: str) -> list[str]:
    """All values of a field."""
    return [value for key, value in fields if key == name]
