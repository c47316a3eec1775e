"""Attacks on single sign-on; each answers what of it went through.

The provider does what a forger in its place could do, and everything else rightly, so that nothing but the one check that is
there for it stands in the way.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import httpx
from joserfc.jwk import RSAKey

from tests.surfaces.web.provider import CANARY_SECRET, CLIENT, Claims, plainly, rsa_key
from tests.surfaces.web.single_desk import PASSWORD, Desk, led, sent_back
from trimtab.surfaces.serving.entrance import COOKIE
from trimtab.surfaces.web.single_sign_on import BEGIN, cookie

GOALS = (
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "/\t/evil.example",
    "/ /evil.example",
    "%2F%2Fevil.example",
    "javascript:alert(1)",
    "evil.example",
    "",
)


async def tokens(here: Desk, forged: dict[str, Callable[[Claims], str]]) -> list[str]:
    """Which of some tokens open the desk."""
    through = []
    for name, here.provider.faults.signed in forged.items():
        async with here.browser() as browser:
            await here.signed_in(browser)
            through += [name] * bool(here.who(browser))
    return through


async def saying(here: Desk, *others: dict[str, Any]) -> list[str]:
    """Which of some claims open the desk, rightly signed; None leaves one out."""
    through = []
    for here.provider.faults.claims in others:
        async with here.browser() as browser:
            await here.signed_in(browser)
            through += [str(here.provider.faults.claims)] * bool(here.who(browser))
    return through


async def a_state_twice(here: Desk) -> list[str]:
    """An address by which somebody came in is opened again, with the cookie of that time."""
    here.provider.faults.codes_again = True
    async with here.browser() as browser, here.browser() as later:
        returning = await here.returning(browser)
        kept = browser.cookies[cookie(here.station)]
        await here.get(browser, returning)
        later.cookies.set(cookie(here.station), kept)
        await here.get(later, returning)
        return [here.who(later)] * bool(here.who(later))


async def another_state(here: Desk) -> list[str]:
    """A state that was never given, and none."""
    through = []
    for state in ("", "forged", None):
        here.provider.faults.back = {"state": state}
        async with here.browser() as browser:
            await here.signed_in(browser)
            through += [f"state {state!r}"] * bool(here.who(browser))
    return through


async def another_browser(here: Desk) -> list[str]:
    """An address made in one browser is opened in others: in one that never began, in one that began on its own."""
    through = []
    for began in (False, True):
        async with here.browser() as forger, here.browser() as victim:
            if began:
                await here.begun(victim)
            await here.get(victim, await here.returning(forger))
            through += [f"began: {began}"] * bool(here.who(victim))
    return through


async def too_late(here: Desk) -> list[str]:
    """An address is opened after a quarter of an hour."""
    async with here.browser() as browser:
        returning = await here.returning(browser)
        here.clock.ahead = here.provider.ahead = 900
        await here.get(browser, returning)
        return [here.who(browser)] * bool(here.who(browser))


async def a_stolen_code(here: Desk) -> list[str]:
    """The code of somebody else is brought into a sign-in of one's own, by a provider that does not mind the nonce."""
    async with here.browser() as victim, here.browser() as forger:
        code = httpx.URL(await here.returning(victim)).params["code"]
        here.provider.faults.claims = {"nonce": httpx.URL(asked := await here.begun(forger)).params["nonce"]}
        here.provider.faults.back = {"code": code}
        await here.get(forger, sent_back(asked))
        return [here.who(forger)] * bool(here.who(forger))


async def another_nonce(here: Desk) -> list[str]:
    """A token that was given for another sign-in."""
    return await saying(here, {"nonce": "other"}, {"nonce": None}, {"nonce": ""}, {"nonce": 7})


async def another_audience(here: Desk) -> list[str]:
    """A token for another application of the firm."""
    return await saying(here, {"aud": "payroll"}, {"aud": ["payroll"]}, {"aud": None}, {"aud": []}, {"aud": f"{CLIENT}x"})


async def another_party(here: Desk) -> list[str]:
    """A token that was given to another application, and names ours as well."""
    both = ["payroll", CLIENT]
    return await saying(here, {"azp": "payroll"}, {"aud": both, "azp": "payroll"}, {"aud": both})


async def another_issuer(here: Desk) -> list[str]:
    """A token of another provider with the same key."""
    return await saying(here, {"iss": "https://evil.example"}, {"iss": None}, {"iss": f"{here.provider.issuer}/"})


async def another_time(here: Desk) -> list[str]:
    """A token that has expired, that does not hold yet, or that does not say."""
    now, late = int(here.clock.now().astype(int)), 10**6
    hours: list[dict[str, Any]] = [{"exp": now - 120}, {"nbf": now + 600}, {"iat": now + 600, "exp": now + 900}]
    return await saying(here, *hours, {"exp": now - late}, {"exp": True}, {"exp": "9999999999"})


async def no_time(here: Desk) -> list[str]:
    """A token that holds for ever."""
    return await saying(here, {"exp": None}, {"iat": None})


async def no_signature(here: Desk) -> list[str]:
    """A token that says that it needs no signature, in all spellings; and one whose signature was cut off."""
    made: dict[str, Callable[[Claims], str]] = {
        name: (lambda claims, name=name: f"{part({'alg': name, 'kid': 'first'})}.{part(claims)}.")
        for name in ("none", "None", "NONE", "nOnE", "")
    }
    made["cut off"] = lambda claims: plainly(rsa_key("first"), claims).rpartition(".")[0] + "."
    return await tokens(here, made)


async def a_public_key_as_a_secret(here: Desk) -> list[str]:
    """A token signed with HMAC, whose secret is the key that everybody knows, in all ways to write it down."""
    key = rsa_key("first")
    public = key.as_dict(private=False)
    secrets = {"pem": key.as_pem(private=False), "der": key.as_der(private=False), "jwk": json.dumps(public).encode()}
    secrets |= {"n": str(public["n"]).encode(), "the client's": CANARY_SECRET.encode(), "empty": b""}
    forged = {name: (lambda claims, secret=secret: by_hmac(claims, secret)) for name, secret in secrets.items()}
    return await tokens(here, forged)


async def another_key(here: Desk) -> list[str]:
    """A token signed with a key of the forger's, that calls itself the provider's or comes with the token."""
    own = RSAKey.import_key({**rsa_key("forged").as_dict(private=True), "kid": "first"})
    public = own.as_dict(private=False)
    made: dict[str, Callable[[Claims], str]] = {
        "same name": lambda claims: plainly(own, claims),
        "brought along": lambda claims: by_rsa(claims, own, {"kid": "first", "jwk": public}),
        "named": lambda claims: by_rsa(claims, own, {"kid": "first", "jku": f"{here.provider.issuer}/forged"}),
        "no name": lambda claims: by_rsa(claims, own, {}),
    }
    return await tokens(here, made)


async def another_algorithm(here: Desk) -> list[str]:
    """Rightly signed, by an algorithm that is not among the two."""
    key, names = rsa_key("first"), ("RS384", "RS512", "PS256")
    return await tokens(here, {name: (lambda claims, name=name: plainly(key, claims, algorithm=name)) for name in names})


async def mixed_up(here: Desk) -> list[str]:
    """The answer of another provider is brought to us (RFC 9207), and one that does not say whose it is."""
    through = []
    for issuer in ("https://evil.example", "", None):
        here.provider.faults.back = {"iss": issuer}
        async with here.browser() as browser:
            await here.signed_in(browser)
            through += [f"iss {issuer!r}"] * bool(here.who(browser))
    return through


async def another_description(here: Desk) -> list[str]:
    """A provider that describes itself as another one."""
    here.provider.faults.description = {"issuer": "https://login.firm.example"}
    here.provider.faults.claims = {"iss": here.provider.issuer}
    async with here.browser() as browser:
        answer = await here.get(browser, BEGIN)
        return ["begun"] * (answer.status_code == 303)


async def led_elsewhere(here: Desk) -> list[str]:
    """Discovery, keys or tokens that redirect; the canary is on loopback, and could be anywhere."""
    through = []
    for path in ("/.well-known/openid-configuration", "/token", "/keys"):
        here.reset()
        here.provider.faults.elsewhere = path
        async with here.browser() as browser:
            answer = await here.get(browser, BEGIN)
            if answer.status_code == 303:
                await here.get(browser, sent_back(led(answer)))
        through += [path] * ("/canary" in here.provider.asked)
    return through


async def endpoints_elsewhere(here: Desk) -> list[str]:
    """A description that names addresses which must not be asked."""
    through = []
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        for address in ("http://169.254.169.254/", "http://10.0.0.1/", "file:///etc/passwd", "javascript:alert(1)", None, 7):
            here.reset()
            here.provider.faults.description = {name: address}
            async with here.browser() as browser:
                answer = await here.get(browser, BEGIN)
                through += [f"{name} {address}"] * (answer.status_code == 303)
    return through


async def led_away(here: Desk) -> list[str]:
    """A `next` that leads to another site, by way of the provider and without it."""
    through, goals = [], ("//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "\n//evil.example")
    for goal in (
        *goals,
        "%2F%2Fevil.example",
        "javascript:alert(1)",
        "/ /evil.example",
        "",
        "evil.example",
        "\\\\evil.example",
    ):
        async with here.browser() as browser:
            first = await here.signed_in(browser, goal)
            second = await here.get(browser, str(httpx.URL(BEGIN, params={"next": goal})))  # signed in by now
            through += [goal] * (led(first) != "/" or led(second) != "/")
    return through


async def a_planted_session(here: Desk) -> list[str]:
    """A session that was there before goes on living beside the new one."""
    async with here.browser() as browser, here.browser() as other:
        returning = await here.returning(browser)
        _, old = here.station.door.sign_in("olga", PASSWORD, "", "", here.clock.now())
        browser.cookies.set(COOKIE, old)
        other.cookies.set(COOKIE, old)
        await here.get(browser, returning)
        return [here.who(other)] * bool(here.who(other))


async def swollen(here: Desk) -> list[str]:
    """An answer without end."""
    here.provider.faults.bodies = {"/.well-known/openid-configuration": (200, filled(here))}
    async with here.browser() as browser:
        return ["read"] * ((await here.get(browser, BEGIN)).status_code == 303)


def filled(here: Desk) -> bytes:
    """A description that is right, and two megabytes long."""
    return json.dumps({**here.provider.description(), "more": "a" * 2_000_000}).encode()


def part(value: dict[str, Any]) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def by_hmac(claims: Claims, secret: bytes) -> str:
    """A token by HMAC with whatever secret."""
    text = f"{part({'alg': 'HS256', 'kid': 'first'})}.{part(claims)}"
    mac = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def by_rsa(claims: Claims, key: RSAKey, header: dict[str, Any]) -> str:
    """A token by RSA with whatever header."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    text = f"{part({'alg': 'RS256', **header})}.{part(claims)}"
    made = key.private_key.sign(text.encode(), PKCS1v15(), SHA256())  # type: ignore[union-attr]
    return f"{text}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"
