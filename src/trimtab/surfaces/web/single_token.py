"""What an identity provider says of somebody: an ID token, verified (OpenID Connect Core 1.0, 3.1.3.7; RFC 8725).

The signature is checked with a key that the provider publishes, by an algorithm of two that we name: neither `none`, nor one
that would take a public key for a shared secret. Then who says it, to whom, in answer to what, and until when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trimtab.core.errors import DataError
from trimtab.surfaces.access.refusals import NotSignedIn

if TYPE_CHECKING:
    from joserfc.jwk import KeySet
    from joserfc.jwt import ClaimsOption

ALGORITHMS = ("RS256", "ES256")
LEEWAY = 60  # seconds by which two clocks may differ
HEADER = 4096  # bytes: some providers put a whole certificate there
_KINDS = ("RSA", "EC")
_WEAK = 2048  # bits below which an RSA key is none
_WHY = {
    "iss": "it comes from another provider",
    "aud": "it is meant for another application",
    "azp": "it was given to another application",
    "nonce": "it answers another request",
    "exp": "it has expired",
    "nbf": "it does not hold yet: compare the clocks",
    "iat": "it does not hold yet: compare the clocks",
    "sub": "it does not say of whom",
}


class UnknownKey(NotSignedIn):
    """It is signed with a key that the provider did not publish when it was asked last."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to say. `now` is seconds since 1970, UTC."""

    issuer: str
    client: str
    nonce: str = field(repr=False)
    now: int


def key_set(document: Mapping[str, Any]) -> KeySet:
    """The keys for signatures among those that a provider publishes. Raises DataError where there is none."""
    from joserfc.errors import JoseError
    from joserfc.jwk import JWKRegistry, KeySet

    published, found = document.get("keys"), []
    for one in published if isinstance(published, list) else []:
        if not isinstance(one, dict) or one.get("kty") not in _KINDS or one.get("use", "sig") != "sig" or _weak(one):
            continue
        try:
            found.append(JWKRegistry.import_key(one))
        except (JoseError, ValueError, TypeError, KeyError):
            continue  # one that we cannot read is one that we do not trust
    if not found:
        raise DataError("the provider publishes no key that we can use", remedy="It has to sign with RS256 or ES256.")
    return KeySet(found)


def _weak(key: Mapping[str, Any]) -> bool:
    return key["kty"] == "RSA" and len(str(key.get("n", ""))) * 6 < _WEAK


def subject_of(token: str, keys: KeySet, expected: Expected) -> str:
    """Of whom a token speaks, once everything about it holds. Raises NotSignedIn, UnknownKey for a key not among `keys`."""
    claims = signed(token, keys)
    require_claims(claims, expected)
    require_party(claims, expected)
    subject = claims["sub"]
    if not isinstance(subject, str) or not (0 < len(subject) < 256 and subject.isascii() and subject.isprintable()):
        raise _unfit(_WHY["sub"])
    return subject


def signed(token: str, keys: KeySet) -> dict[str, Any]:
    """What a token says, where its signature is the provider's."""
    from joserfc import jwt
    from joserfc.errors import InvalidKeyIdError, JoseError
    from joserfc.jws import JWSRegistry

    # What a header says beside the algorithm and the key is left unread, unless it is said to be critical (RFC 7515, 4.1.11).
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    registry.max_header_length = HEADER
    try:
        return jwt.decode(token, keys, registry=registry).claims
    except InvalidKeyIdError:
        raise UnknownKey("the provider signed with a key that it does not publish", remedy="Begin again.") from None
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _unfit("its signature is not the provider's") from None


def wanted(expected: Expected) -> dict[str, ClaimsOption]:
    """What each claim has to be; all of them have to be there."""
    return {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client},
        "nonce": {"essential": True, "value": expected.nonce},
        "exp": {"essential": True},
        "iat": {"essential": True},
        "sub": {"essential": True},
    }


def require_claims(claims: dict[str, Any], expected: Expected) -> None:
    """Raises NotSignedIn where a token comes from somebody else, is for somebody else, answers something else or is over."""
    from joserfc.errors import ClaimError, JoseError
    from joserfc.jwt import JWTClaimsRegistry

    try:
        JWTClaimsRegistry(now=expected.now, leeway=LEEWAY, **wanted(expected)).validate(claims)
    except ClaimError as error:
        raise _unfit(_WHY.get(str(error.claim).partition(",")[0], "a part of it is missing")) from None
    except (JoseError, TypeError, ValueError):
        raise _unfit("a part of it does not read") from None


def require_party(claims: Mapping[str, Any], expected: Expected) -> None:
    """Raises NotSignedIn where a token was given to another application, which it is meant for as well."""
    several = isinstance(claims.get("aud"), list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else expected.client) != expected.client:
        raise _unfit(_WHY["azp"])


def _unfit(why: str) -> NotSignedIn:
    remedy = "Begin again; if it stays so, tell an administrator."
    return NotSignedIn(f"what the provider says of you does not hold: {why}", remedy=remedy)
