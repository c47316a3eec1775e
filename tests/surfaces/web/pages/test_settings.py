"""Settings: one's own password, sessions and tokens; users for administrators; and no secret anywhere but shown once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.surfaces.web.served_desk import PASSWORD, Served, copied, demo_desk_built, served, served_alone, serving

__all__ = ["demo_desk_built", "served", "served_alone"]
NEW = "marble kettle of canary"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def alone(demo_desk_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of this file, which its tests may write to."""
    with serving(copied(demo_desk_built, tmp_path_factory.mktemp("alone") / "desk")) as found:
        yield found


def _sent(served: Served, client: httpx.Client, path: str, **form: object) -> httpx.Response:
    return client.post(path, data={"csrf": served.csrf(client, "/settings"), **form})


def test_a_new_password_asks_for_the_old_one_and_ends_other_sessions(alone: Served) -> None:
    made = _sent(
        alone, alone.browser("olga"), "/settings/users/make", name="emil", roles=["trader"], new=PASSWORD, again=PASSWORD
    )
    assert made.status_code == 303
    mine, other = alone.browser("emil"), alone.browser("emil")
    wrong = _sent(alone, mine, "/settings/password", old="not this one at all", new=NEW, again=NEW)
    assert wrong.status_code == 409
    assert "the old password is not right" in wrong.text
    assert "not this one" not in wrong.text
    assert NEW not in wrong.text
    assert _sent(alone, mine, "/settings/password", old=PASSWORD, new=NEW, again=f"{NEW}x").status_code == 409
    assert _sent(alone, mine, "/settings/password", old=PASSWORD, new="short", again="short").status_code == 409
    assert other.get("/settings").status_code == 200  # nothing was changed by all that
    done = _sent(alone, mine, "/settings/password", old=PASSWORD, new=NEW, again=NEW)
    assert done.status_code == 303
    assert "1 other session ended" in mine.get("/settings").text
    assert other.get("/settings").status_code == 303
    fresh = alone.browser()
    assert fresh.post("/sign-in", data={"name": "emil", "password": PASSWORD}).status_code == 401
    assert fresh.post("/sign-in", data={"name": "emil", "password": NEW}).status_code == 303
    written = alone.log.read_bytes() + b"".join(one.read_bytes() for one in alone.folder.glob("*.db*"))
    assert NEW.encode() not in written
    assert PASSWORD.encode() not in written


def test_guessing_the_old_password_locks(served_alone: Served) -> None:
    client = served_alone.browser("ben")
    guesses = [_sent(served_alone, client, "/settings/password", old=f"guess {n}", new=NEW, again=NEW) for n in range(11)]
    assert guesses[-1].status_code == 429


def test_a_token_is_shown_once_works_and_is_revoked(served: Served) -> None:
    client = served.browser("tom")
    made = _sent(served, client, "/settings/tokens/make", name=HOSTILE, roles=["trader"], days="7")
    assert made.status_code == 200
    assert made.headers["cache-control"] == "no-store"
    assert HOSTILE not in made.text
    (text,) = re.findall(r"trimtab_[0-9a-f]{12}_[0-9a-f]{64}", made.text)
    bearer = {"authorization": f"Bearer {text}"}
    assert served.browser().get("/api/v1/status", headers=bearer).status_code == 200
    for page in (client.get("/settings").text, client.get("/settings", params={"format": "json"}).text):
        assert text not in page
        assert text[-64:] not in page
    form = {"id": text.split("_")[1]}
    assert _sent(served, served.browser("ben"), "/settings/tokens/revoke", **form).status_code == 409  # not his
    assert _sent(served, client, "/settings/tokens/revoke", **form).status_code == 303
    assert served.browser().get("/api/v1/status", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    "form",
    [
        {"name": "x", "roles": ["administrator"], "days": "7"},
        {"name": "x", "roles": ["viewer"], "days": "9999"},
        {"name": "x", "roles": ["viewer"], "days": "-1"},
        {"name": "", "roles": ["viewer"], "days": "7"},
        {"name": "x", "days": "7"},
        {"name": "x", "roles": ["king"], "days": "7"},
    ],
)
def test_a_token_that_may_not_be_comes_back_in_a_line(served: Served, form: dict[str, object]) -> None:
    answer = _sent(served, served.browser("tom"), "/settings/tokens/make", **form)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert not re.search(r"trimtab_[0-9a-f]{12}_", answer.text)


def test_a_token_cannot_make_tokens_or_users(served: Served) -> None:
    """It would give itself the roles of its user that it was not given."""
    bare = served.browser()
    bearer = {"authorization": f"Bearer {served.tokens['one']}"}
    for path in ("/settings/tokens/make", "/settings/users/make", "/settings/users/roles"):
        answer = bare.post(path, data={"name": "tom", "roles": "administrator", "days": "7"}, headers=bearer)
        assert answer.status_code == 403


FORMS = [
    *("/settings/password", "/settings/sessions/end", "/settings/tokens/make", "/settings/tokens/revoke"),
    *("/settings/users/make", "/settings/users/roles", "/settings/users/state", "/settings/users/password"),
    "/settings/users/identity",
]


@pytest.mark.parametrize("path", FORMS)
def test_a_forged_form_does_nothing(served: Served, path: str) -> None:
    form = {"name": "mallory", "roles": "viewer", "new": NEW, "again": NEW, "state": "disable", "others": "yes"}
    assert served.browser("one").post(path, data={**form, "csrf": "x"}).status_code == 403
    assert served.browser().post(path, data=form).status_code == 401
    assert "mallory" not in served.browser("olga").get("/settings/users").text


@pytest.mark.parametrize("path", FORMS[4:])
def test_only_an_administrator_changes_users(served: Served, path: str) -> None:
    for person in ("vera", "alan", "tom", "ben"):
        client = served.browser(person)
        assert client.get("/settings/users").status_code == 403
        answer = _sent(served, client, path, name="vera", roles="administrator", new=NEW, again=NEW, state="disable")
        assert answer.status_code == 403


def test_a_user_is_made_changed_and_kept_out(alone: Served) -> None:
    olga = alone.browser("olga")
    page = "/settings/users"
    refused = _sent(alone, olga, f"{page}/make", name="dora", roles=["trader"], new="short", again="short")
    assert refused.status_code == 409
    assert 'value="dora"' in refused.text  # filled in as it was, the password aside
    assert 'value="trader" checked' in refused.text
    assert "short" not in re.sub(r"<[^>]*>", "", refused.text).replace("shorter", "")
    made = _sent(alone, olga, f"{page}/make", name="dora", roles=["viewer"], new=NEW, again=NEW)
    assert made.status_code == 303
    dora = alone.browser()
    assert dora.post("/sign-in", data={"name": "dora", "password": NEW}).status_code == 303
    assert dora.get("/data/import").status_code == 403
    assert _sent(alone, olga, f"{page}/roles", name="dora", roles=["viewer", "trader"]).status_code == 303
    assert dora.get("/data/import").status_code == 200  # from the next request on
    assert _sent(alone, olga, f"{page}/state", name="dora", state="disable").status_code == 303
    assert dora.get("/settings").status_code == 303
    assert _sent(alone, olga, f"{page}/password", name="OLGA", new=NEW, again=NEW).status_code == 409  # her own
    records = alone.api("olga").get("/journal/show", params={"last": 12}).json()["records"]
    kinds = {one["body"]["what"] for one in records if one["kind"] == "note.access" and one["body"]["user"] == "dora"}
    assert {"user-made", "roles-changed", "user-disabled"} <= kinds


def test_the_last_administrator_stays(alone: Served) -> None:
    olga = alone.browser("olga")
    assert _sent(alone, olga, "/settings/users/state", name="one", state="disable").status_code == 303
    last = _sent(alone, olga, "/settings/users/roles", name="olga", roles=["viewer"])
    assert last.status_code == 409
    assert "is the last administrator" in last.text
    assert _sent(alone, olga, "/settings/users/state", name="one", state="enable").status_code == 303


def test_sessions_are_ones_own_and_their_secret_is_nowhere(alone: Served) -> None:
    mine, other = alone.browser("alan"), alone.browser("alan")
    found = mine.get("/settings", params={"format": "json"}).json()["sessions"]
    assert [one["here"] for one in found].count(True) == 1
    assert all(len(one["id"]) == 16 for one in found)
    (theirs,) = [one["id"] for one in found if not one["here"]]
    assert _sent(alone, alone.browser("vera"), "/settings/sessions/end", id=theirs).status_code == 409
    assert other.get("/settings").status_code == 200
    assert _sent(alone, mine, "/settings/sessions/end", id=theirs).status_code == 303
    assert other.get("/settings").status_code == 303


def test_what_is_installed_and_plugins_are_the_verbs_own(served: Served) -> None:
    client, api = served.browser("vera"), served.api("vera")
    found = api.get("/doctor").json()["found"]
    page = client.get("/settings/installed").text
    assert all(f"<bdi>{name}</bdi>" in page for name in found)
    components = api.get("/plugins/list").json()["components"]
    assert client.get("/settings/plugins", params={"format": "json"}).json()["components"] == components
