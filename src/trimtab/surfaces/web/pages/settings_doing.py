"""How forms of the settings are done: by somebody signed in with a browser, with one clear line, and no secret kept.

These forms are no operations of a verb. What is refused comes back filled in, its passwords aside.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trimtab.core.errors import TrimtabError
from trimtab.surfaces.access.refusals import Forbidden, LockedOut
from trimtab.surfaces.access.visitor import Visitor, Way
from trimtab.surfaces.serving.entrance import require_meant, visitor_of
from trimtab.surfaces.serving.station import Station, station_of
from trimtab.surfaces.web.deeds import Fields, fields_of
from trimtab.surfaces.web.deeds import field as first
from trimtab.surfaces.web.frame import Frame, framed
from trimtab.surfaces.web.page import Asker, Page, Query, Shown, Values
from trimtab.surfaces.web.rendering import filled, page_response

_KEPT = ("name", "days", "roles", "subject")  # fields that come back filled in: never a password


@dataclass(frozen=True, slots=True)
class Asked:
    """A form that came in: from whom, with which fields, by which request."""

    station: Station
    request: Request
    visitor: Visitor
    fields: Fields

    def one(self, name: str) -> str:
        """The first value of a field, as it was typed."""
        return first(self.fields, name)

    def many(self, name: str) -> list[str]:
        """All values of a field that are not empty."""
        return [value for key, value in self.fields if key == name and value]


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in a sentence; with `once`, values that the page shows this once, and never again."""

    words: str
    once: Values = field(default_factory=dict, repr=False)


Work = Callable[[Asked], Awaitable[Done]]


def deed(page: Page, work: Work) -> Callable[[Request], Awaitable[Response]]:
    """A form of a page of the settings as an endpoint."""

    async def done(request: Request) -> Response:
        visitor, station = visitor_of(request), station_of(request)
        request.state.visitor = visitor.name
        asked = Asked(station, request, visitor, await fields_of(request))
        require_meant(request, visitor, asked.one("csrf"))
        _require_browser(visitor)
        visitor.require(page.right)
        try:
            found = await work(asked)
        except TrimtabError as error:
            kept = {name: asked.many(name) if name == "roles" else asked.one(name) for name in _KEPT}
            more = {"line": str(error), "kept": kept, "form": request.url.path}
            return await _again(asked, page, more, 429 if isinstance(error, LockedOut) else 409)
        if found.once:
            return await _again(asked, page, found.once, 200)
        station.more["flashes"].tell(visitor.session, "done", found.words)
        return RedirectResponse(page.path, 303)

    return done


def _require_browser(visitor: Visitor) -> None:
    """Raises Forbidden for a token: it could give itself the roles of its user that it was not given."""
    if visitor.way is not Way.SESSION:
        raise Forbidden("a token changes nothing about who may come in", remedy="Sign in with a browser.")


async def _again(asked: Asked, page: Page, more: Values, status: int) -> Response:
    """The page, with what came of the form; no browser keeps it."""
    asker = Asker(asked.station, Query(), asked.visitor)
    found = await page.make(asker)
    text = await framed(Frame(page, asker), Shown(found.template, {**found.values, **more}, title=found.title))
    made = page_response(filled(text, asked.visitor), status)
    made.headers["cache-control"] = "no-store"
    return made
