"""Attacks on single sign-on: none goes through; with the one check switched off that is there for it, each does."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.surfaces.web import single_attacks as attacks
from tests.surfaces.web.provider import provider, rsa_key
from tests.surfaces.web.single_desk import Desk, desk
from trimtab.surfaces.access.door import Door
from trimtab.surfaces.web import single_addresses, single_fetch, single_flows, single_provider, single_sign_on, single_token
from trimtab.surfaces.web.single_flows import Flow, Flows
from trimtab.surfaces.web.single_provider import Provider

Hole = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all attacks."""
    with provider() as firm, desk(tmp_path_factory.mktemp("firm"), firm) as found:
        yield found


@pytest.fixture
def here(made: Desk) -> Desk:
    """The same, as it was in the beginning."""
    made.reset()
    return made


def planted(where: Any, name: str, instead: Any) -> Hole:
    """A hole: something else in the place of a name."""
    return lambda patch: patch.setattr(where, name, instead)


def unheeded(claim: str) -> Hole:
    """A claim that may be anything."""
    real = single_token.wanted
    return planted(single_token, "wanted", lambda expected: {k: v for k, v in real(expected).items() if k != claim})


def many_times(flows: Flows, state: str, browser: str, now: int) -> Flow:
    """A state that stays good."""
    found = flows._open[state]
    assert single_flows.same(found.browser, browser)
    assert now < found.until
    return found


def whatever(flows: Flows, state: str, browser: str, now: int) -> Flow:
    """A state that is not looked at."""
    found = flows._open.popitem()[1]
    assert single_flows.same(found.browser, browser)
    return found


def believing(which: Callable[[str], bool]) -> Hole:
    """A token that is believed, if its header names an algorithm for which nothing is checked."""
    real = single_token.signed

    def signed(token: str, keys: Any) -> dict[str, Any]:
        head, body = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
        return dict(body) if which(head["alg"]) else real(token, keys)

    return planted(single_token, "signed", signed)


def confused(token: str, keys: Any) -> dict[str, Any]:
    """HMAC with the public key, if the header asks for it."""
    body = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    if attacks.by_hmac(body, rsa_key("first").as_pem(private=False)) != token:
        raise single_token.UnknownKey("no")
    return dict(body)


def without_challenge(made: Callable[..., str]) -> Callable[..., str]:
    """The address of the provider without the challenge."""

    def asked(*arguments: Any) -> str:
        return str(httpx.URL(made(*arguments)).copy_remove_param("code_challenge"))

    return asked


async def as_expected(address: str, real: Callable[[str], Awaitable[dict[str, Any]]] = single_provider._page) -> dict[str, Any]:
    """A description that is taken for the one of whoever was asked."""
    found = await real(address)
    return {**found, "issuer": address.partition("/.well-known")[0]} if "issuer" in found else found


class Following(httpx.AsyncClient):
    """A client of the desk's that goes where it is sent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "follow_redirects": "trust_env" in options})


def beside(door: Door, *given: Any, old: str, real: Callable[..., Any] = Door.sign_in_external) -> Any:
    """A new session that leaves the old one as it is."""
    assert old
    return real(door, *given)


HOLES: dict[Callable[[Desk], Awaitable[list[str]]], Hole] = {
    attacks.a_state_twice: planted(Flows, "take", many_times),
    attacks.another_state: planted(Flows, "take", whatever),
    attacks.another_browser: planted(single_flows, "same", lambda *_: True),
    attacks.too_late: planted(single_flows, "LASTS", 10**6),
    attacks.a_stolen_code: planted(Provider, "asked", without_challenge(Provider.asked)),
    attacks.another_nonce: unheeded("nonce"),
    attacks.another_audience: unheeded("aud"),
    attacks.another_party: planted(single_token, "require_party", lambda *_: None),
    attacks.another_issuer: unheeded("iss"),
    attacks.another_time: planted(single_token, "LEEWAY", 10**7),
    attacks.no_time: unheeded("exp"),
    attacks.no_signature: believing(lambda name: name.lower() in ("none", "")),
    attacks.a_public_key_as_a_secret: planted(single_token, "signed", confused),
    attacks.another_key: believing(lambda name: name == "RS256"),
    attacks.another_algorithm: planted(single_token, "ALGORITHMS", (*single_token.ALGORITHMS, "PS256")),
    attacks.mixed_up: planted(single_sign_on, "code_of", lambda asked, *_: asked["code"]),
    attacks.another_description: planted(single_provider, "_page", as_expected),
    attacks.led_elsewhere: planted(httpx, "AsyncClient", Following),
    attacks.endpoints_elsewhere: planted(single_addresses, "sound", lambda *_, **__: True),
    attacks.led_away: planted(single_sign_on, "onward", lambda wanted: wanted),
    attacks.a_planted_session: planted(Door, "sign_in_external", beside),
    attacks.swollen: planted(single_fetch, "MOST", 10**9),
}


@pytest.mark.parametrize("attack", HOLES, ids=[one.__name__ for one in HOLES])
def test_an_attack(here: Desk, attack: Callable[[Desk], Awaitable[list[str]]], monkeypatch: pytest.MonkeyPatch):
    assert asyncio.run(attack(here)) == []
    HOLES[attack](monkeypatch)
    here.reset()
    assert asyncio.run(attack(here)) != []


def test_every_attack_is_tried():
    named = {
        one for name, one in vars(attacks).items() if asyncio.iscoroutinefunction(one) and name not in ("tokens", "saying")
    }
    assert named == set(HOLES)
