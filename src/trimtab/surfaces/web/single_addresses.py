"""Where an identity provider may be asked: over TLS, or on this machine's own loopback address to try it out."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from trimtab.core.errors import DataError, UsageError

# Nothing that two readers of an address could read in two ways: blanks, quotes, backslashes, letters of other alphabets.
_PLAIN = re.compile(r"[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]{1,2000}")


@dataclass(frozen=True, slots=True)
class Registration:
    """How a desk is registered at an identity provider; `back` is the address of the desk to which it sends browsers."""

    issuer: str
    client: str
    back: str
    secret: str = field(repr=False)


def host_of(address: str) -> str:
    """The host in an address, as people name it."""
    return urlsplit(address).hostname or address


def loopback(address: str) -> bool:
    """Whether an address is on this machine itself."""
    host = host_of(address)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def sound(address: object, *, local: bool) -> bool:
    """Whether something is an address that may be asked: `https`, or with `local` plain `http` on loopback."""
    if not isinstance(address, str) or not _PLAIN.fullmatch(address):
        return False
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    if not named or parts.username is not None or parts.password is not None:
        return False
    return parts.scheme == "https" or (local and parts.scheme == "http" and loopback(address))


def require_issuer(issuer: str) -> None:
    """Raises UsageError where an issuer cannot be one."""
    if sound(issuer, local=True) and "?" not in issuer:
        return
    remedy = "Write it as the provider calls itself, with https: https://login.firm.example."
    raise UsageError(f"--oidc-issuer {issuer!r} is no address of a provider", remedy=remedy)


def endpoint(document: Mapping[str, Any], name: str, issuer: str) -> str:
    """An address out of the provider's description of itself. Raises DataError where it is none that may be asked."""
    found = document.get(name)
    if not sound(found, local=loopback(issuer) and issuer.startswith("http:")):
        what = f"{host_of(issuer)} names no {name} that may be asked"
        raise DataError(what, remedy="It has to be an address with https: tell whoever runs the provider.")
    return str(found)
