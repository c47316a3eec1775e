"""Single sign-on (OpenID Connect Core 1.0, authorisation code with PKCE): the firm's own identity opens the desk.

A browser is sent to the provider with a state, a nonce and a challenge that are kept here, and comes back with a code. The
state is good once, and in that browser alone. Whom the provider vouches for comes in if a user of the desk bears that
identity; nobody is made a user by it. A password goes on working.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from importlib.util import find_spec

import numpy as np
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from trimtab.core.errors import DataError, UsageError
from trimtab.surfaces.access.refusals import NotSignedIn
from trimtab.surfaces.access.users import External
from trimtab.surfaces.serving.entrance import COOKIE, recognised
from trimtab.surfaces.serving.station import LOG, Station, station_of
from trimtab.surfaces.web.deeds import onward
from trimtab.surfaces.web.sign_in import WELCOME, entered, form
from trimtab.surfaces.web.single_addresses import Registration, host_of, require_issuer, sound
from trimtab.surfaces.web.single_flows import LASTS, Flows
from trimtab.surfaces.web.single_provider import Endpoints, Provider, word

KEY, SECRET = "oidc", "TRIMTAB_OIDC_SECRET"
BEGIN, BACK = "/sign-in/firm", "/sign-in/firm/back"
NOBODY = "no user of this desk bears that identity"
_LONGEST = 4000  # letters of a code


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """The provider of a desk, and who is on the way to it. It stands in `station.more["oidc"]`."""

    provider: Provider
    flows: Flows = field(default_factory=Flows)

    @property
    def registration(self) -> Registration:
        """How the desk is registered at the provider."""
        return self.provider.registration


def set_up(issuer: str, client: str, origin: str, environment: MutableMapping[str, str]) -> dict[str, SingleSignOn]:
    """What a station holds `more` where single sign-on is asked for. The secret is taken out of the environment, so that no
    process that the server starts has it. Raises UsageError where something is missing.
    """
    secret = environment.pop(SECRET, "")
    if not issuer and not client:
        return {}
    if not issuer or not client:
        raise UsageError("single sign-on needs a provider and a client", remedy="Give --oidc-issuer and --oidc-client.")
    require_issuer(issuer)
    if not sound(origin, local=True):
        remedy = "Give --origin https://NAME; over plain http it works on this machine alone."
        raise UsageError("single sign-on has to know how browsers call this desk", remedy=remedy)
    if not secret:
        raise UsageError(f"{SECRET} is empty", remedy="Put the secret of the client there; it is no option.")
    missing = [name for name in ("httpx", "joserfc") if find_spec(name) is None]
    if missing:
        raise UsageError(f"{', '.join(missing)} not installed", remedy="Install it: pip install 'trimtab[oidc]'.")
    return {KEY: SingleSignOn(Provider(Registration(issuer, client, origin.rstrip("/") + BACK, secret)))}


def routes(station: Station) -> list[Route]:
    """The addresses of single sign-on, where it is set up."""
    return [Route(BEGIN, begin, name="firm"), Route(BACK, back, name="firm-back")] if KEY in station.more else []


def identity_of(station: Station, subject: str) -> External | None:
    """The identity that a subject of the provider is; none where it is empty. Raises UsageError for what cannot be one."""
    shown = subject.strip()
    if not shown:
        return None
    held: SingleSignOn | None = station.more.get(KEY)
    if held is None:
        raise UsageError("single sign-on is not set up", remedy="Start the server with --oidc-issuer and --oidc-client.")
    if not (len(shown) < 256 and shown.isascii() and shown.isprintable()):
        raise UsageError("a subject has 1 to 255 plain letters", remedy="Copy it from the page that refused its bearer.")
    return External(held.registration.issuer, shown)


async def begin(request: Request) -> Response:
    """Send a browser to the provider."""
    station = station_of(request)
    held: SingleSignOn = station.more[KEY]
    goal = onward(request.query_params.get("next", "/"))
    if station.door.first_run():
        return RedirectResponse(WELCOME, 303)
    if recognised(request) is not None:
        return RedirectResponse(goal, 303)
    now = seconds(station.now())
    try:
        endpoints = await held.provider.endpoints.get(now)
    except DataError as error:
        return _refused(error, goal)
    flow, browser = held.flows.begin(goal, _address(request), now)
    made = RedirectResponse(held.provider.asked(endpoints, flow), 303, {"cache-control": "no-store"})
    made.set_cookie(cookie(station), browser, LASTS, path="/", httponly=True, samesite="lax", secure=station.secure)
    return made


async def back(request: Request) -> Response:
    """A browser comes back from the provider: in, or told in one line why not."""
    station = station_of(request)
    held: SingleSignOn = station.more[KEY]
    goal, now = "/", seconds(station.now())
    try:
        flow = held.flows.take(request.query_params.get("state", ""), request.cookies.get(cookie(station), ""), now)
        goal = flow.wanted
        code = code_of(request.query_params, await held.provider.endpoints.get(now), held.registration.issuer)
        subject = await held.provider.vouched(code, flow, now)
        made = entered(station, _opened(station, request, held.registration.issuer, subject), goal)
    except (NotSignedIn, DataError) as error:
        made = _refused(error, goal)
    made.delete_cookie(cookie(station), path="/", httponly=True, samesite="lax", secure=station.secure)
    return made


def code_of(asked: QueryParams, endpoints: Endpoints, issuer: str) -> str:
    """The code in an answer. Raises NotSignedIn where another provider answers (RFC 9207), or this one says no."""
    if asked.get("iss", None if endpoints.says_who else issuer) != issuer:
        raise NotSignedIn("another provider has answered", remedy="Begin again.")
    if "error" in asked:
        raise NotSignedIn(f"{host_of(issuer)} says no ({word(asked['error'])})", remedy="Begin again, or use a password.")
    code = asked.get("code", "")
    if not 0 < len(code) <= _LONGEST:
        raise NotSignedIn("the answer of the provider holds no code", remedy="Begin again.")
    return code


def _opened(station: Station, request: Request, issuer: str, subject: str) -> str:
    """The secret of a new session of the user who bears an identity."""
    agent, old = request.headers.get("user-agent", ""), request.cookies.get(COOKIE, "")
    try:
        return station.door.sign_in_external(issuer, subject, _address(request), agent, station.now(), old=old)[1]
    except NotSignedIn:
        remedy = "An administrator makes one with this subject."
        raise NotSignedIn(f"{NOBODY}: subject {subject} of {issuer}", remedy=remedy) from None


def _refused(error: NotSignedIn | DataError, goal: str) -> Response:
    LOG.warning("single sign-on", extra={"why": error.what})
    return form(goal, line=str(error), status=503 if isinstance(error, DataError) else 401, sso=True)


def cookie(station: Station) -> str:
    """What the cookie of a sign-in under way is called; over TLS no other host of the firm can set it."""
    return "__Host-trimtab-firm" if station.secure else "trimtab-firm"


def seconds(now: np.datetime64) -> int:
    """An instant as seconds since 1970."""
    return int(now.astype("datetime64[s]").astype(np.int64))


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
