"""Every route of the API, for every role: nobody, those without the right, those with it. The table is rights.py."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.surfaces.api.rights import RIGHTS
from tests.surfaces.web.served_desk import PERSONS, Served, demo_desk_built, served
from trimtab.surfaces.access.roles import Right, rights_of
from trimtab.surfaces.serving.operations import OPERATIONS, UNSERVED
from trimtab.surfaces.serving.verbs import every_verb

__all__ = ["demo_desk_built", "served"]
Route = tuple[str, str, str]  # method, path, id of the operation


@pytest.fixture(scope="module")
def description(served: Served) -> dict[str, Any]:
    found: dict[str, Any] = served.browser().get("/api/v1/openapi.json").json()
    return found


def routes(description: dict[str, Any]) -> list[Route]:
    return [
        (method.upper(), path, told["operationId"])
        for path, methods in description["paths"].items()
        for method, told in methods.items()
    ]


def unlisted(found: list[Route], rights: dict[str, str]) -> set[str]:
    """Operations that stand in one of the two and not in the other."""
    return {name for _, _, name in found} ^ set(rights)


def test_every_verb_is_served_or_says_why_not() -> None:
    served_verbs = {one.verb for one in OPERATIONS}
    assert served_verbs | set(UNSERVED) == {name for name, _ in every_verb()}
    assert not served_verbs & set(UNSERVED)


def test_every_route_has_its_row(description: dict[str, Any]) -> None:
    assert not unlisted(routes(description), RIGHTS)
    added = [*routes(description), ("GET", "/planted", "read-planted")]
    assert unlisted(added, RIGHTS) == {"read-planted"}  # the control: a new route without a row


def test_a_stranger_gets_nothing(served: Served, description: dict[str, Any]) -> None:
    stranger = served.browser()
    for method, path, name in routes(description):
        answer = stranger.request(method, f"/api/v1{filled(path)}")
        assert answer.status_code == 401, name
        assert answer.headers["content-type"] == "application/problem+json", name
        assert stranger.request(method, f"/api/v1{filled(path)}", headers={"authorization": "Bearer x"}).status_code == 401


@pytest.mark.parametrize("person", sorted(PERSONS))
def test_each_role_by_the_table(served: Served, description: dict[str, Any], person: str) -> None:
    """A write comes without its key, so that whoever may is told of that, and nothing is done."""
    client, held = served.api(person), rights_of(PERSONS[person])
    for method, path, name in routes(description):
        answer = client.request(method, filled(path), json={} if method in ("POST", "PATCH", "PUT") else None)
        may = Right(RIGHTS[name]) in held
        assert (answer.status_code == 403) is not may, (name, answer.text)
        assert answer.status_code != 401, name
        assert answer.status_code < 500, (name, answer.text)
        if may and method != "GET":
            assert answer.status_code in (403, 404, 422) or name in ("end-token", "change-user"), (name, answer.text)


def filled(path: str) -> str:
    """A path whose parts name what there is not."""
    return re.sub(r"{\w+}", "0" * 32, path.replace("/policies/{name}", "/policies/0.yaml"))
