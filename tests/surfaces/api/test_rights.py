"""Every route of the API, for every role: nobody, those without the right, those with it. The table is rights.py."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.surfaces.api.rights import RIGHTS
from tests.surfaces.cli.desk_folder import everything
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


ASKED: dict[str, dict[str, object]] = {
    "read-book-lots": {"account": "DEMO-1"},
    "read-book-gains": {"account": "DEMO-1"},
    "read-book-flows": {"account": "DEMO-1"},
    "read-drift": {"policy": "policies/demo-four-funds.yaml", "account": "DEMO-1"},
    "read-signals": {"policy": "policies/demo-four-funds.yaml"},
    "read-why": {"asset": "USMV", "account": "DEMO-1"},
    "read-rebalance": {"all": True},
    "read-what-if": {"account": "DEMO-1", "cash": "500"},
    "read-adherence": {"all": True},
    "read-shadow": {"account": "DEMO-1"},
    "read-policy-check": {"policy": "policies/demo-four-funds.yaml"},
    "read-policy-show": {"policy": "policies/demo-four-funds.yaml"},
    "read-policy-status": {"policy": "policies/demo-four-funds.yaml"},
    "read-policy-diff": {"policies": ["policies/demo-four-funds.yaml", "static-60-40"]},
    "read-tax-report": {"household": "Demonstration A"},
    "read-tax-harvest": {"household": "Demonstration A"},
    "read-file": {},
}


def test_whoever_only_reads_changes_nothing(served: Served, description: dict[str, Any]) -> None:
    """Not a file of the workspace, and not a record of the journal: by every route that only reads, asked in earnest."""
    client = served.api("one")
    before, head = lying(served), client.get("/journal/show").json()["head"]
    answered = 0
    for method, path, name in routes(description):
        if method == "GET":
            answered += client.get(filled(path), params=ASKED.get(name, {})).status_code == 200
    assert answered >= 30
    assert client.get("/journal/show").json()["head"] == head
    assert lying(served) == before
    (served.folder / "planted.yaml").write_text("x")  # the control: a file that somebody wrote is seen
    assert lying(served) != before
    (served.folder / "planted.yaml").unlink()


def lying(served: Served) -> dict[str, str]:
    """What lies in the workspace, beside what serving itself writes."""
    return {
        name: sha for name, sha in everything(served.folder).items() if not name.startswith(("access.db", "book.db", "jobs"))
    }


def filled(path: str) -> str:
    """A path whose parts name what there is not."""
    return re.sub(r"{\w+}", "0" * 32, path.replace("/policies/{name}", "/policies/0.yaml"))
