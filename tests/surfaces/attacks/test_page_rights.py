"""F1 and F2: every page and form, for nobody and for every role, by the table; and what belongs to others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.routing import BaseRoute, Route

from tests.surfaces.attacks.attacked import Attacked
from tests.surfaces.attacks.holed import Holed
from tests.surfaces.attacks.page_rights import OPEN, ROWS
from tests.surfaces.web.served_desk import PASSWORD, PERSONS, Served
from trimtab.surfaces.access.roles import Right, rights_of
from trimtab.surfaces.web.app import routes


def served_rows(found: Iterable[BaseRoute]) -> list[str]:
    """Every address with the methods that it takes: `GET /orders`."""
    plain = [one for one in found if isinstance(one, Route)]
    return [f"{method} {one.path}" for one in plain for method in sorted(one.methods or ()) if method != "HEAD"]


EVERY = served_rows(routes(cast("Any", SimpleNamespace(more={"oidc": None}))))


def unlisted(found: Iterable[str], rows: Mapping[str, str]) -> list[str]:
    return [one for one in found if one not in rows]


def test_every_address_has_its_row() -> None:
    assert not unlisted(EVERY, ROWS)
    assert unlisted([*EVERY, "GET /planted"], ROWS) == ["GET /planted"]  # the control: a new page without a row


def place(row: str) -> tuple[str, str]:
    """Method and address of a row, whose parts name what there is not."""
    method, path = row.split(" ", 1)
    return method, re.sub(r"{[^}]+}", "0" * 32, path)


def uninvited(target: Attacked, rows: Mapping[str, str], persons: Iterable[str]) -> list[str]:
    """What nobody, or somebody without the right, is let see or do."""
    closed, through = {row: right for row, right in rows.items() if right != OPEN}, []
    stranger = target.browser()
    for row in closed:
        method, path = place(row)
        answer = stranger.request(method, path)
        led = method == "GET" and answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
        through += [] if led or answer.status_code in (401, 403) else [f"{row} as nobody: {answer.status_code}"]
    for person in persons:
        client, held = target.browser(person), rights_of(PERSONS[person])
        csrf = target.csrf(client)
        for row in (row for row, right in closed.items() if Right(right) not in held):
            method, path = place(row)
            answer = client.request(method, path, data={"csrf": csrf} if method == "POST" else None)
            through += [] if answer.status_code == 403 else [f"{row} as {person}: {answer.status_code}"]
    return through


def test_nobody_gets_in_uninvited(attacked: Served) -> None:
    rows = {row: ROWS[row] for row in EVERY if "/sign-in/" not in row}
    assert len(rows) > 90
    assert not uninvited(attacked, rows, sorted(PERSONS))


def test_whoever_may_gets_in(attacked: Served) -> None:
    """Each role sees the pages of its own; what readers see, test_tables.py asks for."""
    for person, rights in (("olga", ("administer",)), ("alan", ("research",)), ("tom", ("trade",))):
        client = attacked.browser(person)
        for row in EVERY:
            if row.startswith("GET") and "{" not in row and ROWS[row] in rights:
                answer = client.get(place(row)[1])
                assert answer.status_code in (200, 404, 409), (row, person, answer.status_code)


@pytest.mark.parametrize("hole", ["stranger", "role", "object"])
def test_whoever_gets_in_uninvited_is_seen(holed: Holed, hole: str) -> None:
    rows = {"GET /": "read", "GET /users": "administer", "POST /do/note": "trade"}
    with holed.with_hole(""):
        assert not uninvited(holed, rows, ["vera", "tom"])
        assert not others(holed, "/jobs/1/end")
    with holed.with_hole(hole):
        assert uninvited(holed, rows, ["vera", "tom"]) or others(holed, "/jobs/1/end")


def others(target: Attacked, *paths: str) -> list[str]:
    """What belongs to tom, ended by somebody else."""
    client = target.browser("alan")
    csrf = target.csrf(client)
    answers = {path: client.post(path, data={"csrf": csrf}).status_code for path in paths}
    return [f"{path}: {status}" for path, status in answers.items() if status not in (403, 404)]


def test_nobody_ends_the_work_of_others(attacked: Served) -> None:
    api = attacked.api("tom")
    body = {"policy": "policies/demo-trend-overlay.yaml", "grid": ["allocator.tilt=0.01,0.02,0.03,0.04"]}
    job = api.post("/sweep", json=body, headers={"idempotency-key": "of-tom"}).json()["id"]
    assert not others(attacked, f"/jobs/{job}/end", f"/jobs/{'0' * 32}/end")
    assert attacked.api("alan").delete(f"/jobs/{job}").status_code == 403
    assert api.delete(f"/jobs/{job}").status_code == 200


def test_nobody_ends_tokens_or_sessions_of_others(attacked: Served) -> None:
    tom, alan = attacked.browser("tom"), attacked.browser("alan")
    mine, csrf = attacked.api("tom").get("/tokens").json()["tokens"][0]["id"], attacked.csrf(alan)
    assert attacked.api("alan").delete(f"/tokens/{mine}").json()["revoked"] is False
    assert attacked.api("olga").delete(f"/tokens/{mine}").json()["revoked"] is False
    for path, given in (("tokens/revoke", {"id": mine}), *(("sessions/end", {"id": one}) for one in sessions(tom))):
        assert alan.post(f"/settings/{path}", data={"csrf": csrf, **given}).status_code in (403, 404, 409)
    assert tom.get("/settings").status_code == 200
    assert attacked.api("tom").get("/me").json()["name"] == "tom"
    assert not {one["id"] for one in alan.get("/settings", params={"format": "json"}).json()["tokens"]} & {mine}


def sessions(client: Any) -> list[str]:
    return [one["id"] for one in client.get("/settings", params={"format": "json"}).json()["sessions"]]


def test_a_new_password_ends_the_other_sessions(attacked: Served) -> None:
    first, second = attacked.browser("ben"), attacked.browser("ben")
    changed = {
        "csrf": attacked.csrf(first),
        "old": PASSWORD,
        "new": "another kettle of marble",
        "again": "another kettle of marble",
    }
    assert first.post("/settings/password", data=changed).status_code == 303
    assert first.get("/settings").status_code == 200
    assert second.get("/settings").status_code == 303
    back = {"csrf": attacked.csrf(first), "old": changed["new"], "new": PASSWORD, "again": PASSWORD}
    assert first.post("/settings/password", data=back).status_code == 303


def test_a_role_that_is_taken_away_is_gone_at_once(attacked: Served) -> None:
    keeper = attacked.api("olga")
    made = keeper.post(
        "/users", json={"name": "ed", "roles": ["trader"], "password": PASSWORD}, headers={"idempotency-key": "ed"}
    )
    assert made.status_code == 201, made.text
    client = attacked.browser("ed")
    assert client.get("/data/import").status_code == 200
    assert keeper.patch("/users/ed", json={"roles": ["viewer"]}).status_code == 200
    assert client.get("/data/import").status_code == 403
    assert keeper.patch("/users/ed", json={"enabled": False}).status_code == 200
    assert client.get("/").status_code == 303
