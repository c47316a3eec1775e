"""F3: nothing is written that a page of the desk did not ask for, no session is prepared by others, no way leads elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.routing import Route

from tests.surfaces.attacks import forging
from tests.surfaces.attacks.attacked import Attacked
from tests.surfaces.attacks.holed import Holed
from tests.surfaces.web.served_desk import PASSWORD, Served
from trimtab.surfaces.serving.operations import OPERATIONS, Kind
from trimtab.surfaces.web.app import routes

DOORS = ("/sign-in", "/welcome")  # whoever comes there has no session whose token could be asked for
API = ("/tokens", "/users")


def posts() -> list[str]:
    """Every address that takes a form or a document which changes something."""
    web = [
        one for one in routes(cast("Any", SimpleNamespace(more={}))) if isinstance(one, Route) and "POST" in (one.methods or ())
    ]
    forms = [one.path.replace("{id}", "0" * 32) for one in web if one.path not in DOORS]
    return [*forms, *(f"/api/v1{path}" for path in (*API, *(one.path for one in OPERATIONS if one.kind is not Kind.READ)))]


def test_no_write_can_be_forged(attacked: Served) -> None:
    assert len(posts()) > 100
    assert not forging.forged(attacked, posts(), examples=3)


@pytest.mark.soak
def test_no_write_can_be_forged_from_anywhere(attacked: Served) -> None:
    assert not forging.forged(attacked, posts(), examples=1000)


def test_no_other_write_of_the_api_can_be_forged(attacked: Served) -> None:
    paths = attacked.browser().get("/api/v1/openapi.json").json()["paths"]
    asked = [(way.upper(), f"/api/v1{re.sub('{.*}', 'x' * 12, path)}") for path, ways in paths.items() for way in ways]
    others = [one for one in asked if one[0] not in ("GET", "POST")]
    assert len(others) >= 4
    assert not forging.forged_by_other_methods(attacked, [*others, ("POST", "/api/v1/files")])


@pytest.mark.parametrize("hole", ["token", "other", "origin", "site", "plain", "query"])
def test_a_forgery_is_seen_where_one_passes(holed: Holed, hole: str) -> None:
    with holed.with_hole(""):
        assert not forging.forged(holed, ["/do/note"])
    with holed.with_hole(hole):
        assert forging.forged(holed, ["/do/note"])


ATTACKS: tuple[tuple[Callable[[Attacked], list[str]], str], ...] = (
    (forging.signed_in_from_elsewhere, "login"),
    (forging.planted_session, "fixed"),
    (forging.planted_session, "lives"),
    (forging.loose_cookie, "flags"),
    (forging.led_elsewhere, "redirect"),
)


@pytest.mark.parametrize(("attack", "hole"), ATTACKS, ids=[hole for _, hole in ATTACKS])
def test_the_door_holds(attacked: Served, holed: Holed, attack: Callable[[Attacked], list[str]], hole: str) -> None:
    assert not attack(attacked)
    with holed.with_hole(""):
        assert not attack(holed)
    with holed.with_hole(hole):
        assert attack(holed)


def test_the_first_user_is_made_by_nobody_else(attacked: Served) -> None:
    given = {"code": "", "name": "mallory", "password": PASSWORD, "again": PASSWORD}
    assert attacked.browser().post("/welcome", data=given).status_code in (403, 409)
    assert attacked.browser().post("/welcome", data=given, headers={"origin": forging.EVIL}).status_code == 403
