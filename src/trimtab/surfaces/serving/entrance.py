"""Who asks: a session's cookie from a browser, or a token from a program. A browser's writes are checked against forgery.

A cookie alone never writes: the request names the secret of its session besides (a header, or the form's own field), and
comes from a page of ours, as far as the browser says.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import Request

from trimtab.surfaces.access.refusals import Forbidden, NotSignedIn
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.access.visitor import Visitor, Way
from trimtab.surfaces.serving.station import station_of

COOKIE = "trimtab"
HEADER = "x-csrf-token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def visitor_of(request: Request) -> Visitor:
    """Who asks. Raises NotSignedIn where nobody is known, Forbidden for a write that a browser did not mean."""
    visitor = recognised(request)
    if visitor is None:
        raise NotSignedIn("nobody is signed in", remedy="Sign in, or send a token: Authorization: Bearer trimtab_...")
    if visitor.way is Way.SESSION and request.method not in SAFE and request.url.path.startswith("/api/"):
        require_meant(request, visitor, request.headers.get(HEADER, ""))
    return visitor


def holder(right: Right) -> Callable[[Request], Awaitable[Visitor]]:
    """Whoever asks, where they hold a right: what a route depends on, before it reads anything else of the request.

    Raises what `visitor_of` raises, and Forbidden.
    """

    async def entered(request: Request) -> Visitor:
        visitor = visitor_of(request)
        request.state.visitor = visitor.name
        visitor.require(right)
        return visitor

    return entered


def recognised(request: Request) -> Visitor | None:
    """Who asks; None where nobody is known by a cookie. Raises NotSignedIn for a token that is none of ours."""
    station, now = station_of(request), station_of(request).now()
    given = request.headers.get("authorization", "")
    if given:
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer":
            raise NotSignedIn("only tokens open this door", remedy="Send Authorization: Bearer trimtab_...")
        found = station.door.visitor_of_token(token.strip(), now)
        if found is None:
            raise NotSignedIn("the token is not valid", remedy="Make another one in the settings.")
        return found
    secret = request.cookies.get(COOKIE, "")
    return station.door.visitor_of_session(secret, now) if secret else None


def require_meant(request: Request, visitor: Visitor, given: str) -> None:
    """Raises Forbidden for a write that does not come from a page of ours, or does not know the session's own secret."""
    require_own_origin(request)
    visitor.require_form(given)


def require_own_origin(request: Request) -> None:
    """Raises Forbidden where a browser says that another site sent this."""
    site, origin = request.headers.get("sec-fetch-site", ""), request.headers.get("origin", "")
    if site not in ("", "same-origin", "none") or (origin and not _own(request, origin)):
        raise Forbidden("this came from another site", remedy="Open the desk itself, and do it there.")


def _own(request: Request, origin: str) -> bool:
    named = station_of(request).origin
    if named:
        return origin == named
    return urlsplit(origin).netloc == request.headers.get("host", "")
