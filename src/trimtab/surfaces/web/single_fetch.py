"""One question to an identity provider, and its whole answer, within limits: nothing hangs, swells or leads elsewhere."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from trimtab.core.errors import DataError
from trimtab.surfaces.web.single_addresses import host_of, loopback

PATIENCE = 10.0  # seconds for the whole of an answer
MOST = 2**18  # bytes of an answer
_HEADERS = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "trimtab"}


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that is sent, and the name and password of the desk, where they go into a header."""

    fields: Mapping[str, str] = field(repr=False)
    login: tuple[str, str] | None = field(default=None, repr=False)


async def fetched(address: str, sent: Sent | None = None) -> tuple[int, dict[str, Any]]:
    """The status, and the JSON object that is answered. Raises DataError, in one line, where there is none.

    Redirects are not followed; a packed answer is not unpacked, since it was not asked for.
    """
    import httpx

    try:
        async with asyncio.timeout(PATIENCE):
            status, body = await _read(address, sent)
    except (TimeoutError, httpx.TimeoutException):
        raise _trouble(address, f"did not answer within {PATIENCE:.0f} s") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        untrusted = "CERTIFICATE_VERIFY_FAILED" in str(error)
        raise _trouble(address, "has a certificate that is not trusted" if untrusted else "cannot be reached") from None
    if 300 <= status < 400:
        raise _trouble(address, f"sends this desk elsewhere ({status}), which is not followed")
    return status, _document(address, status, body)


async def _read(address: str, sent: Sent | None) -> tuple[int, bytes]:
    import httpx

    near, body = loopback(address), bytearray()
    # A proxy of the environment leads out of a firm's network, and never to this machine itself.
    client = httpx.AsyncClient(verify=trusted(), trust_env=not near, timeout=PATIENCE, follow_redirects=False)
    async with client, client.stream(
        "POST" if sent else "GET",
        address,
        data=dict(sent.fields) if sent else None,
        auth=sent.login if sent else None,
        headers=_HEADERS,
    ) as answer:  # fmt: skip
        async for part in answer.aiter_raw():
            body += part
            if len(body) > MOST:
                raise _trouble(address, "answers more than anybody reads")
    return answer.status_code, bytes(body)


def _document(address: str, status: int, body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _trouble(address, f"answers what does not read ({status})")
    return found


@cache
def trusted() -> ssl.SSLContext:
    """The authorities of this machine (and of SSL_CERT_FILE), and those that browsers know."""
    from importlib import import_module

    made = ssl.create_default_context()
    made.load_verify_locations(import_module("certifi").where())
    return made


def _trouble(address: str, what: str) -> DataError:
    remedy = "Try again in a moment; a password goes on working."
    return DataError(f"{host_of(address)} {what}", remedy=remedy)
