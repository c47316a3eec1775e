"""The kill switch of every page: the account is named in full, or ALL; then nothing new is sent from that instant on."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trimtab.core.errors import UsageError
from trimtab.surfaces.api.refused import require_said
from trimtab.surfaces.serving.entrance import require_meant, visitor_of
from trimtab.surfaces.serving.operations import operation
from trimtab.surfaces.serving.station import station_of
from trimtab.surfaces.web.deeds import field, fields_of
from trimtab.surfaces.web.done_words import done_words

EVERY = "ALL"


async def stop(request: Request) -> Response:
    """Halt one account, or all. It waits for nothing, and goes its own way past everything that is slow."""
    visitor, fields = visitor_of(request), await fields_of(request)
    require_meant(request, visitor, field(fields, "csrf"))
    kill = operation("POST", "kill")
    visitor.require(kill.right)
    name, reason = field(fields, "name").strip(), field(fields, "reason").strip()
    if not name:
        raise UsageError("the account to stop is not named", remedy=f"Type its name, or {EVERY}.")
    values = {"name": "" if name == EVERY else name} | ({"reason": reason} if reason else {})
    station = station_of(request)
    kind, words = done_words(kill, require_said(await station.asking.do(kill, values, visitor.name)))
    station.more["flashes"].tell(visitor.session, kind, words)
    return RedirectResponse("/orders", 303)


DEEDS = (("/stop", stop),)
