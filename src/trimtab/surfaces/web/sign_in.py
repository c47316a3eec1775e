"""The door as pages: the first user, signing in and out.

The first administrator is made by whoever can read the terminal of the server: it shows a code once, which the page asks for.
There is no password that comes with the software.
"""

from __future__ import annotations

import asyncio
import hmac
from functools import partial
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from trimtab.core.errors import TrimtabError
from trimtab.surfaces.access.door import Door
from trimtab.surfaces.access.refusals import LockedOut, NotSignedIn
from trimtab.surfaces.serving.entrance import COOKIE, recognised, require_meant, require_own_origin
from trimtab.surfaces.serving.station import Station, station_of
from trimtab.surfaces.web.deeds import field, fields_of, onward
from trimtab.surfaces.web.page import Page, Shown, Values
from trimtab.surfaces.web.rendering import FLASH, filled, page_response, rendered

PATH, WELCOME = "/sign-in", "/welcome"
CODE = "welcome"  # where the station keeps the code of the first run


def quoted(path: str) -> str:
    """An address as the value of a field of another one."""
    return quote(path, safe="")


def bare(page: Page, shown: Shown) -> str:
    """A page without the desk around it, for whom nobody knows."""
    return rendered(shown.template, {**alone(page.name, page.title), **shown.values})


def alone(name: str, title: str) -> Values:
    """The values of a frame that has no desk in it."""
    return {"page": {"name": name, "title": title}, "title": title, "nav": (), "visitor": None, "stop": False, "flash": FLASH}


async def ask(request: Request) -> Response:
    """The form to sign in; on a desk without users the welcome."""
    station = station_of(request)
    if station.door.first_run():
        return RedirectResponse(WELCOME, 303)
    wanted = onward(request.query_params.get("next", "/"))
    if recognised(request) is not None:
        return RedirectResponse(wanted, 303)
    return form(wanted, sso="oidc" in station.more)


def form(wanted: str, *, name: str = "", line: str = "", status: int = 200, sso: bool = False) -> Response:
    """The form, with why the last try failed; `sso` adds the way by the firm's own account."""
    values = {"next": wanted, "name": name, "line": line, "sso": sso, **alone("sign-in", "Sign in")}
    return page_response(filled(rendered("sign_in.html", values), None), status)


async def sign_in(request: Request) -> Response:
    """A name and a password, checked; a new session where they are right."""
    require_own_origin(request)
    station, fields = station_of(request), await fields_of(request)
    name, wanted = field(fields, "name").strip(), onward(field(fields, "next"))
    try:
        secret = await _opened(station, request, name, field(fields, "password"))
    except LockedOut as error:
        made = form(wanted, name=name, line=str(error), status=429, sso="oidc" in station.more)
        made.headers["retry-after"] = str(error.wait)
        return made
    except NotSignedIn as error:
        return form(wanted, name=name, line=str(error), status=401, sso="oidc" in station.more)
    return entered(station, secret, wanted)


async def _opened(station: Station, request: Request, name: str, password: str) -> str:
    """The secret of a new session. The work of checking a password is done in a thread."""
    door: Door = station.door
    address = request.client.host if request.client else ""
    attempt = door.attempt(name, password, address, station.now())
    checked = await asyncio.to_thread(attempt.checked)
    agent, old = request.headers.get("user-agent", ""), request.cookies.get(COOKIE, "")
    _, secret = door.admit(attempt, checked, agent, station.now(), old=old)
    return secret


def entered(station: Station, secret: str, wanted: str) -> Response:
    """On to the desk, with a new cookie."""
    made = RedirectResponse(wanted, 303)
    made.set_cookie(COOKIE, secret, path="/", httponly=True, samesite="lax", secure=station.secure)
    return made


async def welcome(request: Request) -> Response:
    """The form of the first run; gone once there is a user."""
    if not station_of(request).door.first_run():
        return RedirectResponse(PATH, 303)
    return _welcome_form({"code": request.query_params.get("code", "")})


def _welcome_form(values: dict[str, Any], line: str = "", status: int = 200) -> Response:
    shown = {"name": "", "code": "", **values, "line": line, **alone("welcome", "Welcome")}
    return page_response(filled(rendered("welcome.html", shown), None), status)


async def found(request: Request) -> Response:
    """Make the first user, who holds all roles, and let them in."""
    require_own_origin(request)
    station, fields = station_of(request), await fields_of(request)
    name, password = field(fields, "name").strip(), field(fields, "password")
    kept = {"name": name, "code": field(fields, "code")}
    try:
        code = str(station.more.get(CODE, ""))
        if not code or not hmac.compare_digest(field(fields, "code").strip().encode(), code.encode()):
            raise NotSignedIn("the code is not right", remedy="It stands in the terminal in which the server was started.")
        if password != field(fields, "again"):
            raise NotSignedIn("the two passwords differ", remedy="Type it twice.")
        make = partial(station.door.found_administrator, name, password, station.now())
        make()
        secret = await _opened(station, request, name, password)
    except TrimtabError as error:
        return _welcome_form(kept, str(error), 409)
    station.more.pop(CODE, None)
    return entered(station, secret, "/")


async def sign_out(request: Request) -> Response:
    """End the session."""
    visitor = recognised(request)
    if visitor is not None:
        require_meant(request, visitor, field(await fields_of(request), "csrf"))
        station = station_of(request)
        station.door.sign_out(request.cookies.get(COOKIE, ""), station.now())
    made = RedirectResponse(PATH, 303)
    made.delete_cookie(COOKIE, path="/")
    return made


ROUTES = [
    Route(PATH, ask, name="sign-in"),
    Route(PATH, sign_in, methods=["POST"], name="do-sign-in"),
    Route(WELCOME, welcome, name="welcome"),
    Route(WELCOME, found, methods=["POST"], name="do-welcome"),
    Route("/sign-out", sign_out, methods=["POST"], name="do-sign-out"),
]
