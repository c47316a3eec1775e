"""F11: passwords and tokens are not guessed, and nobody learns which names there are."""

from __future__ import annotations

import re

import pytest

from tests.surfaces.attacks.attacked import Attacked
from tests.surfaces.attacks.holed import Holed
from tests.surfaces.web.served_desk import PASSWORD, Served, served_alone

__all__ = ["served_alone"]


def guessed(target: Attacked) -> list[str]:
    """What ten wrong passwords do not lock: the account, and the address, whatever the request says of where it comes from."""
    through, client = [], target.browser()
    for k in range(10):
        headers = {"x-forwarded-for": f"10.0.0.{k}", "forwarded": f"for=10.0.0.{k}", "x-real-ip": f"10.0.0.{k}"}
        answer = client.post("/sign-in", data={"name": "tom", "password": f"wrong {k} of marble"}, headers=headers)
        if answer.status_code not in (401, 429):
            through.append(f"attempt {k}: {answer.status_code}")
    for name in ("tom", "TOM", "vera", "nobody-there"):
        answer = client.post("/sign-in", data={"name": name, "password": PASSWORD}, headers={"x-forwarded-for": "10.9.9.9"})
        if answer.status_code != 429 or not answer.headers.get("retry-after", "").isdigit():
            through.append(f"{name} afterwards: {answer.status_code}")
    return through


def told(target: Attacked) -> list[str]:
    """Where the answers for a name that there is and one that there is not differ."""
    client = target.browser()
    names = ("vera", "nobody")
    texts = [client.post("/sign-in", data={"name": name, "password": "wrong of marble"}).text for name in names]
    plain = [re.sub(r"\d+", "", text.replace(name, "NAME")) for name, text in zip(names, texts, strict=True)]
    return [] if plain[0] == plain[1] else ["the answers differ"]


def test_nobody_guesses_a_password(served_alone: Served) -> None:
    assert not told(served_alone)
    assert not guessed(served_alone)


@pytest.mark.parametrize("hole", ["guess", "address", "tells"])
def test_a_guess_is_seen_where_one_passes(holed: Holed, hole: str) -> None:
    with holed.with_hole(""):
        assert not told(holed)
        assert not guessed(holed)
    with holed.with_hole(hole):
        assert told(holed) + guessed(holed)


def test_nobody_guesses_a_token(attacked: Served) -> None:
    """Near misses of one that is valid, and other things that stand for nobody."""
    good = attacked.tokens["one"]
    head, _, secret = good.rpartition("_")
    other = attacked.tokens["vera"].rpartition("_")[2]
    near = (
        f"{head}_{secret[:-1]}0",
        f"{head}_{secret[:-1]}",
        f"{head}_{'0' * 64}",
        f"{head}_{other}",
        good.upper(),
        f"{good}x",
        "x",
    )
    client = attacked.browser()
    for token in near:
        if token != good:
            answer = client.get("/api/v1/me", headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == 401, token
    for scheme in ("Basic", "bearer trimtab", "Token"):
        assert client.get("/api/v1/me", headers={"authorization": f"{scheme} {good}"}).status_code == 401
    assert client.get("/api/v1/me", params={"access_token": good, "token": good}).status_code == 401
    assert client.get("/api/v1/me", headers={"cookie": f"trimtab={good}"}).status_code == 401
