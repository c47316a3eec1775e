"""An identity provider as a desk asks it (OpenID Connect Discovery 1.0, RFC 6749, RFC 7636): where it is reached, with which
keys it signs, and what it gives for a code.

What it says of itself is kept for an hour. Where it does not answer, the next who asks within a few seconds is told so at
once, so that a provider that is down is not waited for by everybody in turn.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote_plus, urlencode

from trimtab.core.errors import DataError
from trimtab.surfaces.access.refusals import NotSignedIn
from trimtab.surfaces.web.single_addresses import Registration, endpoint, host_of
from trimtab.surfaces.web.single_fetch import Sent, fetched
from trimtab.surfaces.web.single_flows import Flow
from trimtab.surfaces.web.single_token import Expected, UnknownKey, key_set, subject_of

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

T = TypeVar("T")
FRESH, PAUSE = 3600, 15  # seconds
_WELL_KNOWN = "/.well-known/openid-configuration"
_REFUSED = frozenset({400, 401, 403})


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the provider is reached; whether it says who it is when it sends a browser back, and takes the secret in a form."""

    authorisation: str
    token: str
    keys: str
    says_who: bool = False
    posted: bool = False


class Answer(Generic[T]):
    """One answer of a provider, asked for again where it is old. Times are seconds since 1970, UTC."""

    __slots__ = ("_ask", "_asked", "_found", "_lock", "_trouble")

    def __init__(self, ask: Callable[[int], Awaitable[T]]) -> None:
        self._ask, self._lock, self._asked = ask, asyncio.Lock(), 0
        self._found: T | None = None
        self._trouble = DataError("the provider was never asked")

    async def get(self, now: int, *, newest: bool = False) -> T:
        """The answer; with `newest` one of the last seconds. Raises DataError where there is none."""
        async with self._lock:
            age = now - self._asked
            if age >= (PAUSE if newest or self._found is None else FRESH):
                await self._renew(now)
            if self._found is None:
                raise DataError(self._trouble.what, remedy=self._trouble.remedy)
            return self._found

    async def _renew(self, now: int) -> None:
        self._found = None
        try:
            self._found = await self._ask(now)
        except DataError as error:
            self._trouble = error
        self._asked = now


class Provider:
    """The provider at which a desk is registered."""

    __slots__ = ("endpoints", "keys", "registration")

    def __init__(self, registration: Registration) -> None:
        self.registration = registration
        self.endpoints: Answer[Endpoints] = Answer(self._discovered)
        self.keys: Answer[KeySet] = Answer(self._published)

    async def _discovered(self, _: int) -> Endpoints:
        issuer = self.registration.issuer
        found = await _page(issuer.rstrip("/") + _WELL_KNOWN)
        if found.get("issuer") != issuer:  # letter by letter: tokens of the provider are held to it
            what = f"the provider calls itself {str(found.get('issuer'))[:200]!r}, and not {issuer!r}"
            raise DataError(what, remedy="An administrator starts the server with --oidc-issuer as it calls itself.")
        named = [endpoint(found, name, issuer) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        methods = str(found.get("token_endpoint_auth_methods_supported", "client_secret_basic"))
        posted = "client_secret_basic" not in methods and "client_secret_post" in methods
        says_who = found.get("authorization_response_iss_parameter_supported") is True
        return Endpoints(named[0], named[1], named[2], says_who, posted)

    async def _published(self, now: int) -> KeySet:
        return key_set(await _page((await self.endpoints.get(now)).keys))

    def asked(self, endpoints: Endpoints, flow: Flow) -> str:
        """The address to which a browser is sent."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(flow.verifier.encode()).digest()).rstrip(b"=")
        fields = {"response_type": "code", "scope": "openid", "client_id": self.registration.client}
        fields |= {"redirect_uri": self.registration.back, "state": flow.state, "nonce": flow.nonce}
        fields |= {"code_challenge": challenge.decode(), "code_challenge_method": "S256"}
        return f"{endpoints.authorisation}{'&' if '?' in endpoints.authorisation else '?'}{urlencode(fields)}"

    async def vouched(self, code: str, flow: Flow, now: int) -> str:
        """For whom the provider vouches. Raises NotSignedIn where it does for nobody, DataError where it cannot be asked."""
        token = await self._exchanged(await self.endpoints.get(now), code, flow)
        expected = Expected(self.registration.issuer, self.registration.client, flow.nonce, now)
        try:
            return subject_of(token, await self.keys.get(now), expected)
        except UnknownKey:  # providers change their keys
            return subject_of(token, await self.keys.get(now, newest=True), expected)

    async def _exchanged(self, endpoints: Endpoints, code: str, flow: Flow) -> str:
        held = self.registration
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": held.back}
        fields |= {"client_id": held.client, "code_verifier": flow.verifier}
        if endpoints.posted:
            sent = Sent(fields | {"client_secret": held.secret})
        else:
            sent = Sent(fields, (quote_plus(held.client), quote_plus(held.secret)))  # RFC 6749, 2.3.1
        status, found = await fetched(endpoints.token, sent)
        token = found.get("id_token")
        if status == 200 and isinstance(token, str):
            return token
        what = f"{host_of(held.issuer)} does not take the code ({word(found.get('error'))})"
        raise (NotSignedIn if status in _REFUSED else DataError)(
            what, remedy="Begin again; if it stays so, tell an administrator."
        )


async def _page(address: str) -> dict[str, Any]:
    status, found = await fetched(address)
    if status != 200:
        raise DataError(f"{host_of(address)} does not say what it offers ({status})")
    return found


def word(given: object) -> str:
    """An error's name as the provider gives it, where it is one: `access_denied`."""
    good = isinstance(given, str) and given.isascii() and given.replace("_", "").isalnum() and len(given) <= 40
    return str(given) if good else "no reason given"
