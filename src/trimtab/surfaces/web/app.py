"""The whole application: pages, forms, files of ours, the API below /api/v1, health and metrics; the guard around it all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from trimtab.core.errors import TrimtabError
from trimtab.surfaces.access.refusals import NotSignedIn
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.access.visitor import Visitor, Way
from trimtab.surfaces.api.app import api
from trimtab.surfaces.api.problems import problem, status_of
from trimtab.surfaces.serving import schedules
from trimtab.surfaces.serving.entrance import recognised, visitor_of
from trimtab.surfaces.serving.guard import LOOPBACK, Guard
from trimtab.surfaces.serving.metrics import Metrics
from trimtab.surfaces.serving.operations import OPERATIONS, Kind, Operation
from trimtab.surfaces.serving.station import LOG, Station, station_of
from trimtab.surfaces.serving.verbs import Refusal
from trimtab.surfaces.web import job_pages, own_files, sign_in, single_sign_on, widgets
from trimtab.surfaces.web.deeds import fields_of, perform, refused_form
from trimtab.surfaces.web.flashes import Flashes
from trimtab.surfaces.web.frame import Frame, framed
from trimtab.surfaces.web.page import Asker, Page, Query, Shown, key_of, rows_of
from trimtab.surfaces.web.pages.every import DEEDS, FIGURES, PAGES, RAW
from trimtab.surfaces.web.rendering import csv_response, filled, json_response, page_response

Endpoint = Callable[[Request], Awaitable[Response]]


def application(station: Station, *, hosts: tuple[str, ...] = LOOPBACK, origins: tuple[str, ...] = ()) -> Guard:
    """The application of a station; `hosts` are the names under which it is served, and scripts of `origins` may read it."""
    metrics = Metrics()
    station.more.setdefault("flashes", Flashes())
    station.more["metrics"] = metrics
    made = Starlette(
        routes=routes(station),
        exception_handlers={TrimtabError: _refused, HTTPException: _http, Exception: _fault},
        lifespan=_life,
    )
    made.state.station = station
    return Guard(widgets.crossing(made, origins), metrics, hosts, secure=station.secure)


@asynccontextmanager
async def _life(app: Starlette) -> AsyncIterator[None]:
    """From the first request to the last: long work that waited goes on, and is ended at the end."""
    station: Station = app.state.station
    station.jobs.begin()
    schedules.begin(station)
    warming = asyncio.create_task(_warmed(station))
    try:
        yield
    finally:
        warming.cancel()
        await schedules.close(station)
        await station.jobs.close()
        station.asking.close()


async def _warmed(station: Station) -> None:
    """Have the first page worked out before anybody asks for it, so that nobody waits for the processes that answer."""
    nobody = Visitor("", frozenset(), frozenset({Right.READ}), Way.TOKEN)
    try:
        await PAGES[0].make(Asker(station, Query(), nobody))
    except Exception:  # noqa: BLE001 - whoever asks for it is told
        LOG.info("the first page is not worked out yet", exc_info=True)


def routes(station: Station) -> list[BaseRoute]:
    """Every route there is."""
    pages = [Route(page.path, _showing(page), name=page.name) for page in PAGES]
    deeds = [
        Route(f"/do/{one.verb.replace(' ', '-')}", _doing(one), methods=["POST"], name=one.id)
        for one in OPERATIONS
        if one.kind is not Kind.READ
    ]
    own = [Route(path, deed, methods=["POST"], name=f"do{path.replace('/', '-')}") for path, deed in DEEDS]
    figures = [Route(path, _drawing(right, make)) for path, right, make in FIGURES]
    raw = [Route(path, _giving(right, give)) for path, right, give in RAW]
    mounted: ASGIApp = api(station)
    more = [*own, *figures, *raw, *job_pages.ROUTES, *own_files.ROUTES, *widgets.ROUTES, Mount("/api/v1", app=mounted)]
    return [*sign_in.ROUTES, *single_sign_on.routes(station), *pages, *deeds, *more]


def _showing(page: Page) -> Endpoint:
    """Whoever may see a page, sees it: HTML, JSON, CSV, or the rows of its main table."""

    async def shown(request: Request) -> Response:
        asker = _asker(request, page.right)
        visitor = asker.visitor
        wanted = request.query_params.get("format", "html")
        if wanted in _FORMS:
            return _FORMS[wanted](await page.make(asker), page.name)
        text = await _kept(page, asker)
        flashes: Flashes = asker.station.more["flashes"]
        return page_response(filled(text, visitor, flashes.take(visitor.session)))

    return shown


_FORMS: dict[str, Callable[[Shown, str], Response]] = {
    "json": lambda found, _: json_response(found.values),
    "csv": lambda found, name: csv_response(rows_of(found.values, found.rows), name),
    widgets.ROWS: lambda found, _: widgets.rows_response(rows_of(found.values, found.rows)),
}


def _asker(request: Request, right: Right) -> Asker:
    """Who asks for what, once they may."""
    visitor = visitor_of(request)
    request.state.visitor = visitor.name
    visitor.require(right)
    fields = tuple((name, value) for name, value in request.query_params.multi_items() if name != "format")
    return Asker(station_of(request), Query(fields, dict(request.path_params)), visitor)


def _drawing(right: Right, make: Callable[[Asker], Awaitable[dict[str, Any]]]) -> Endpoint:
    """The values of a figure, which a script of ours draws."""

    async def drawn(request: Request) -> Response:
        asker = _asker(request, right)
        key = (request.url.path, asker.query.fields)
        return json_response(await asker.station.asking.kept.get(key, lambda: make(asker)))

    return drawn


def _giving(right: Right, give: Callable[[Request, Visitor], Awaitable[Response]]) -> Endpoint:
    """Something that is no page: a file."""

    async def given(request: Request) -> Response:
        asker = _asker(request, right)
        return await give(request, asker.visitor)

    return given


async def _kept(page: Page, asker: Asker) -> str:
    async def work() -> str:
        found: Shown = await page.make(asker)
        return await framed(Frame(page, asker), found)

    if not page.kept:
        return await work()
    text: str = await asker.station.asking.fitting(wide=page.wide).get(key_of(page, asker), work)
    return text


def _doing(operation: Operation) -> Endpoint:
    """A form of an operation: done, or shown again as it was filled in."""

    async def done(request: Request) -> Response:
        visitor = visitor_of(request)
        request.state.visitor = visitor.name
        fields = await fields_of(request)
        try:
            return await perform(request, visitor, operation, fields)
        except TrimtabError as error:
            if isinstance(error, NotSignedIn):
                raise
            values, status = refused_form(operation, fields, error)
            page = Page("", "refused", "Not done", _nothing, kept=False)
            asker = Asker(station_of(request), Query(), visitor)
            text = await framed(Frame(page, asker), Shown("refused_form.html", values))
            return page_response(filled(text, visitor), status)

    return done


async def _nothing(_: Asker) -> Shown:
    return Shown("refused.html", {})


async def _refused(request: Request, error: Exception) -> Response:
    """A page that cannot be shown says why in one line; nobody signed in is led to the door."""
    if isinstance(error, NotSignedIn) and request.method == "GET":
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{sign_in.PATH}?next={sign_in.quoted(path)}", 303)
    refusal = Refusal.of(error)
    return await _plain(request, refusal, status_of(refusal))


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    what = {404: "there is no page at this address", 405: "this address does not take that"}.get(
        status, "the request does not read"
    )
    return await _plain(request, Refusal("TT-API-002", what, "", "Go back, or to Today.", 2), status)


async def _fault(request: Request, error: Exception) -> Response:
    """What nobody foresaw; the guard writes it into the log."""
    return await _plain(request, Refusal.of(error), 500)


async def _plain(request: Request, refusal: Refusal, status: int) -> Response:
    """One line in the frame of the desk; without a visitor in the bare one; as a document to a program."""
    if request.url.path.startswith("/api/"):
        return problem(refusal, request.state.id)
    try:
        visitor = recognised(request)
    except TrimtabError:
        visitor = None
    shown = Shown("refused.html", {"line": refusal.line, "code": refusal.code, "remedy": refusal.remedy})
    page = Page("", "refused", "Not possible", _nothing, kept=False)
    if visitor is None:
        return page_response(filled(sign_in.bare(page, shown), None), status)
    try:
        text = await framed(Frame(page, Asker(station_of(request), Query(), visitor)), shown)
    except TrimtabError as deeper:  # the frame itself asks the desk, which may be what is in trouble
        LOG.warning("frame", extra={"why": str(deeper)})
        text = sign_in.bare(page, shown)
    return page_response(filled(text, visitor), status)
