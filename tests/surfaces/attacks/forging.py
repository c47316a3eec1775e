"""Writes that a browser is made to send, sessions that somebody else has prepared, and ways to another site (F3)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.surfaces.attacks.attacked import Attacked
from tests.surfaces.attacks.corpora import ELSEWHERE
from tests.surfaces.web.served_desk import PASSWORD

EVIL = "https://evil.example"
CLOSED = (401, 403)
ORIGINS = (EVIL, "null", f"{EVIL}:80", "http://127.0.0.1", "http://127.0.0.1.evil.example")
SITES = ("cross-site", "same-site")
FORM, PLAIN = "application/x-www-form-urlencoded", "text/plain"


def forged(target: Attacked, paths: Iterable[str], *, examples: int = 8) -> list[str]:
    """Every write without what only a page of one's own knows, or from another site: what was not turned away.

    The first addresses, `examples` of them, are tried in every way. Forms of operations all go through the same few lines:
    of the others they are tried in two.
    """
    client, other = target.browser("one"), target.browser("tom")
    own, others = target.csrf(client), target.csrf(other)
    through = []
    for n, path in enumerate(paths):
        origins, sites = ORIGINS if n < examples else ORIGINS[:1], SITES if n < examples else SITES[:1]
        ways = _forgeries(client, path, (own, others), (*origins, *sites))
        few = n >= examples and path.startswith(("/do/", "/api/"))
        for name, answer in islice(ways, 2) if few else ways:
            if answer.status_code not in CLOSED:
                through.append(f"{path} {name}: {answer.status_code}")
    return through


def _forgeries(
    client: httpx.Client, path: str, tokens: tuple[str, str], sources: tuple[str, ...]
) -> Iterator[tuple[str, httpx.Response]]:
    api, (own, others) = path.startswith("/api/"), tokens

    def sent(token: str, **headers: str) -> httpx.Response:
        """As the desk's own pages would send it, but for what is forged."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if api:
            keyed = {"idempotency-key": "forged", **({"x-csrf-token": token} if token else {})}
            return client.post(path, json={}, headers={**keyed, **given})
        return client.post(path, data={"csrf": token} if token else {}, headers=given)

    yield "with the token of another session", sent(others)
    for source in sources:
        yield f"from {source}", sent(own, **({"sec_fetch_site": source} if source in SITES else {"origin": source}))
    yield "without a token", sent("")
    body = json.dumps({"csrf": own, "x-csrf-token": own})
    yield "as plain text", client.post(path, content=body, headers={"content-type": PLAIN, "idempotency-key": "forged"})
    yield "with the token in the address", client.post(f"{path}?csrf={own}&x-csrf-token={own}", headers={"content-type": FORM})


def forged_by_other_methods(target: Attacked, asked: Iterable[tuple[str, str]]) -> list[str]:
    """Writes of the API that no form can send, but a script of another site might: without the header, and from there."""
    client = target.browser("one")
    own, through = target.csrf(client), []
    for method, path in asked:
        for given in (
            {},
            {"x-csrf-token": "x"},
            {"x-csrf-token": own, "origin": EVIL},
            {"x-csrf-token": own, "sec-fetch-site": "cross-site"},
        ):
            answer = client.request(method, path, json={}, headers={"idempotency-key": "forged", **given})
            through += [] if answer.status_code in CLOSED else [f"{method} {path} {sorted(given)}: {answer.status_code}"]
    return through


def signed_in_from_elsewhere(target: Attacked) -> list[str]:
    """A form of another site that signs a browser in as somebody it chooses."""
    through, client = [], target.browser()
    for headers in ({"origin": EVIL}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        answer = client.post("/sign-in", data={"name": "vera", "password": PASSWORD}, headers=headers)
        if answer.status_code not in CLOSED or answer.headers.get("set-cookie"):
            through.append(f"sign-in with {headers}: {answer.status_code}")
    return through


def planted_session(target: Attacked) -> list[str]:
    """A cookie that was there before the sign-in, and one that is kept after the sign-out."""
    through = []
    client = target.browser()
    client.cookies.set("trimtab", "planted-by-somebody-else", domain=urlsplit(target.url).hostname or "")
    client.post("/sign-in", data={"name": "tom", "password": PASSWORD})
    held = [one.value for one in client.cookies.jar if one.name == "trimtab"]
    if _opens(target, "planted-by-somebody-else"):
        through.append("the planted session is signed in")
    first = target.browser("tom")
    before = first.cookies["trimtab"]
    again = first.post("/sign-in", data={"name": "tom", "password": PASSWORD})
    if before in again.headers.get("set-cookie", "") or before in held:
        through.append("the secret does not change at sign-in")
    out = target.browser("tom")
    secret = out.cookies["trimtab"]
    out.post("/sign-out", data={"csrf": target.csrf(out)})
    if _opens(target, secret):
        through.append("the session lives after the sign-out")
    return through


def _opens(target: Attacked, secret: str) -> bool:
    """Whether a secret lets somebody in."""
    client = target.browser()
    return client.get("/", headers={"cookie": f"trimtab={secret}"}).status_code == 200


def loose_cookie(target: Attacked, *, secure: bool = False) -> list[str]:
    """What the cookie of a session lacks."""
    answer = target.browser().post("/sign-in", data={"name": "tom", "password": PASSWORD})
    given = {part.strip().lower() for part in answer.headers.get("set-cookie", "").split(";")}
    needed = {"httponly", "samesite=lax", *(["secure"] if secure else [])}
    broad = [one for one in given if one.startswith("domain=")]
    return sorted(needed - given) + broad


def led_elsewhere(target: Attacked) -> list[str]:
    """Every way to another site that the door leads to, once somebody has come in by it."""
    door, inside = target.browser(), target.browser("vera")
    through: list[str] = []
    for wanted in ELSEWHERE:
        door.cookies.clear()
        form = {"name": "vera", "password": PASSWORD, "next": wanted}
        led = [_led(inside, "GET", params={"next": wanted})]
        led += [_led(door, "POST", data=form)] if wanted in ELSEWHERE[::3] else []
        through += [f"{wanted!r} leads to {one!r}" for one in led if one and _away(one)]
    return through


def _away(address: str) -> bool:
    """Whether a browser would leave the desk."""
    return not address.startswith("/") or address[1:2] in ("/", "\\", "\t", "\n", "\r")


def _led(client: httpx.Client, method: str, **given: Any) -> str:
    """Where the door leads; empty where nowhere."""
    try:
        answer = client.request(method, "/sign-in", **given)
    except (httpx.RemoteProtocolError, httpx.InvalidURL) as error:  # an address that the client itself does not read
        return str(error)
    return answer.headers.get("location", "") if 300 <= answer.status_code < 400 else ""
