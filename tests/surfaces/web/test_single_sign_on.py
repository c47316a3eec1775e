"""Single sign-on against a provider on loopback: who comes in, who does not, and what one is told."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from tests.surfaces.web.provider import CANARY_SECRET, CLIENT, Provider, plainly, provider
from tests.surfaces.web.served_desk import serving
from tests.surfaces.web.single_desk import ORIGIN, PASSWORD, Desk, desk, led, sent_back
from trimtab.accounting.database.access import FILE, AccessStore
from trimtab.core.errors import DataError, UsageError
from trimtab.desk.live import SystemClock
from trimtab.surfaces.access.door import Door
from trimtab.surfaces.access.roles import Role
from trimtab.surfaces.access.users import External
from trimtab.surfaces.serving.entrance import COOKIE
from trimtab.surfaces.serving.station import LOG
from trimtab.surfaces.web import single_fetch, single_provider
from trimtab.surfaces.web.single_sign_on import BACK, BEGIN, NOBODY, SECRET, identity_of, routes, set_up


@pytest.fixture(scope="module")
def firm() -> Iterator[Provider]:
    """One provider for all tests here."""
    with provider() as made:
        yield made


@pytest.fixture(scope="module")
def made(firm: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk that knows it."""
    with desk(tmp_path_factory.mktemp("firm"), firm) as found:
        yield found


@pytest.fixture
def here(made: Desk) -> Desk:
    """The same, as it was in the beginning."""
    made.reset()
    return made


def line_of(answer: httpx.Response) -> str:
    """The one line that the page of the door says."""
    found = re.search(r'role="alert"><b>Refused.</b> (.*?)</p>', answer.text)
    assert found is not None, answer.text
    return found[1]


def test_who_is_linked_comes_in_and_goes_on_where_they_wanted(here: Desk):
    async def way() -> None:
        async with here.browser() as browser:
            assert BEGIN in (await here.get(browser, "/sign-in")).text
            answer = await here.signed_in(browser, "/orders?account=A%20B")
            assert (answer.status_code, led(answer)) == (303, "/orders?account=A%20B")
            assert here.who(browser) == "anna"
            again = await here.get(browser, f"{BEGIN}?next=/trades")  # who is in needs no provider
            assert led(again) == "/trades"

    asyncio.run(way())
    assert here.provider.asked == ["/.well-known/openid-configuration", "/authorise", "/token", "/keys"]


def test_what_is_kept_is_not_asked_for_again_and_a_new_key_is_found(here: Desk):
    async def way() -> None:
        async with here.browser() as first, here.browser() as second:
            await here.signed_in(first)
            here.provider.key = ECKey.generate_key("P-256", {"kid": "second", "use": "sig"}, private=True)
            here.provider.faults.signed = lambda claims: plainly(here.provider.key, claims, algorithm="ES256")
            assert "does not publish" in line_of(await here.signed_in(second))  # asked a moment ago: not asked again at once
            here.clock.ahead = here.provider.ahead = 30
            await here.signed_in(second)
            assert here.who(second) == "anna"

    asyncio.run(way())
    assert here.provider.asked.count("/.well-known/openid-configuration") == 1
    assert here.provider.asked.count("/keys") == 2


def test_the_secret_goes_into_a_form_where_the_provider_wants_it_there(here: Desk):
    here.provider.faults.description = {"token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_post"]}

    async def way() -> None:
        async with here.browser() as browser:
            await here.signed_in(browser)
            assert here.who(browser) == "anna"

    asyncio.run(way())
    assert here.provider.logins == [""]


def test_nobody_is_made_a_user_by_it_and_an_administrator_links(here: Desk):
    here.provider.subject = "s-2002"

    async def way() -> None:
        async with here.browser() as browser:
            answer = await here.signed_in(browser, "/orders")
            assert answer.status_code == 401
            assert f"{NOBODY}: subject s-2002 of {here.provider.issuer}." in line_of(answer)
            assert 'name="next" value="/orders"' in answer.text
            assert here.who(browser) == ""
            assert {one.name for one in here.station.door.users.all()} == {"anna", "olga"}
            users, now = here.station.door.users, here.station.now()
            users.create("ben", [Role.TRADER], by="olga", now=now, external=identity_of(here.station, " s-2002 "))
            assert (await here.signed_in(browser)).status_code == 303
            assert here.who(browser) == "ben"

    asyncio.run(way())


def test_a_disabled_user_stays_out_and_the_session_before_ends(here: Desk):
    async def way() -> None:
        async with here.browser() as browser:
            await browser.post("/sign-in", data={"name": "olga", "password": PASSWORD})
            old = browser.cookies[COOKIE]
            later = here.browser()
            returning = await here.returning(later)  # begun before anybody was signed in
            browser.cookies.update(later.cookies)
            await here.get(browser, returning)
            assert here.who(browser) == "anna"
            assert here.station.door.visitor_of_session(old, here.clock.now()) is None
            here.station.door.users.disable("anna", by="olga", now=here.clock.now())
            assert here.who(browser) == ""
            assert NOBODY in line_of(await here.signed_in(browser))

    asyncio.run(way())


def test_cookies_are_kept_from_scripts_and_over_tls_from_neighbours(here: Desk, tmp_path: Path):
    async def way(found: Desk) -> str:
        async with found.browser() as browser:
            return str((await browser.get(BEGIN)).headers["set-cookie"])

    assert re.fullmatch(r"trimtab-firm=\S{43}; HttpOnly; Max-Age=600; Path=/; SameSite=lax", asyncio.run(way(here)))
    with desk(tmp_path, here.provider, origin="https://localhost") as secured:
        found = asyncio.run(way(secured))
    assert re.fullmatch(r"__Host-trimtab-firm=\S{43}; HttpOnly; Max-Age=600; Path=/; SameSite=lax; Secure", found)


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
@pytest.mark.parametrize(
    ("body", "what"),
    [
        ((200, b"<html>"), "does not read (200)"),
        ((200, b"[1]"), "does not read (200)"),
        ((200, b"[" * 100_000), "does not read (200)"),
        ((200, b'{"a": "' + b"a" * 300_000 + b'"}'), "more than anybody reads"),
        ((500, b"{}"), "500|no reason given"),
    ],
)
def test_a_provider_in_trouble_is_one_line_and_a_password_works(here: Desk, path: str, body: Any, what: str):
    async def way() -> None:
        async with here.browser() as browser:
            here.provider.faults.bodies = {path: body}
            answer = await here.get(browser, BEGIN)
            if answer.status_code == 303:
                answer = await here.get(browser, sent_back(led(answer)))
            assert answer.status_code == 503
            assert any(one in line_of(answer) for one in what.split("|")), line_of(answer)
            assert (await browser.post("/sign-in", data={"name": "olga", "password": PASSWORD})).status_code == 303
            assert here.who(browser) == "olga"

    asyncio.run(way())


def test_a_provider_that_is_silent_or_away_is_one_line_and_not_waited_for_twice(here: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(single_fetch, "PATIENCE", 0.2)
    here.provider.faults.silence = 0.5

    async def way() -> None:
        async with here.browser() as browser:
            answer = await here.get(browser, f"{BEGIN}?next=/orders")
            assert answer.status_code == 503
            assert line_of(answer).startswith("127.0.0.1 did not answer within")
            await here.get(browser, BEGIN)
            assert len(here.provider.asked) == 1
            here.provider.faults.silence, here.clock.ahead = 0.0, 30
            assert (await here.get(browser, BEGIN)).status_code == 303

    asyncio.run(way())
    with pytest.raises(DataError, match=r"^localhost cannot be reached"):
        asyncio.run(single_fetch.fetched("http://localhost:1/"))


def test_what_the_provider_refuses_is_said_in_its_word_alone(here: Desk):
    async def way() -> None:
        async with here.browser() as browser:
            here.provider.faults.back = {"code": None, "error": "access_denied", "error_description": "canary-words"}
            answer = await here.signed_in(browser)
            assert (answer.status_code, "says no (access_denied)" in line_of(answer)) == (401, True)
            assert "canary-words" not in answer.text
            here.provider.faults.back = {"code": None, "error": "<b>call 555</b>"}
            assert "says no (no reason given)" in line_of(await here.signed_in(browser))
            here.provider.faults.back = {"code": "nonsense"}
            assert "does not take the code (invalid_grant)" in line_of(await here.signed_in(browser))

    asyncio.run(way())


def told(here: Desk, caplog: pytest.LogCaptureFixture) -> tuple[str, list[str]]:
    """All that the desk said in three sign-ins, of which one came in, and which secrets stand in it."""
    codes: list[str] = []
    caplog.clear()

    async def way() -> None:
        async with here.browser() as browser:
            for here.provider.subject in ("s-1001", "s-3003"):
                codes.append(await here.returning(browser))
                await here.get(browser, codes[-1])
                browser.cookies.clear()
            here.provider.faults.bodies = {"/token": (500, CANARY_SECRET.encode())}
            await here.signed_in(browser)

    asyncio.run(way())
    assert len(here.provider.logins) == 3
    logged = [str(vars(one)) for one in caplog.records if one.name.startswith("trimtab")]
    said = "\n".join([*here.seen, *logged, repr(here.firm), repr(here.firm.registration)])
    values = [dict(httpx.URL(one).params)["code"] for one in codes]
    return said, [one for one in (CANARY_SECRET, *here.provider.logins, *values) if one in said]


def test_the_secret_and_the_code_stand_nowhere(here: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch):
    caplog.set_level(logging.DEBUG)
    said, found = told(here, caplog)
    assert found == []
    assert "subject s-3003" in said  # an administrator finds it in the log

    async def talking(address: str, sent: Any = None) -> tuple[int, dict[str, Any]]:
        LOG.info("asked", extra={"sent": sent and (sent.fields, sent.login)})
        return await single_fetch.fetched(address, sent)

    monkeypatch.setattr(single_provider, "fetched", talking)  # the control: a line in the log that says too much
    here.reset()
    assert len(told(here, caplog)[1]) >= 2


def test_what_has_to_be_given(monkeypatch: pytest.MonkeyPatch):
    good = {"issuer": "https://login.firm.example", "client": CLIENT, "origin": "https://desk.firm.example"}
    environment = {SECRET: CANARY_SECRET}
    found = set_up(**good, environment=environment)["oidc"]
    assert environment == {}  # no process that the server starts has it
    assert found.registration.back == "https://desk.firm.example/sign-in/firm/back"
    assert set_up("", "", "", {}) == {}
    for more, what in (
        ({"issuer": ""}, "a provider and a client"),
        ({"client": ""}, "a provider and a client"),
        ({"origin": ""}, "how browsers call"),
        ({"origin": "http://desk.firm.example"}, "how browsers call"),
        ({"issuer": "http://login.firm.example"}, "no address of a provider"),
    ):
        with pytest.raises(UsageError, match=what) as refused:
            set_up(**good | more, environment={SECRET: CANARY_SECRET})
        assert CANARY_SECRET not in str(refused.value)
    with pytest.raises(UsageError, match=f"{SECRET} is empty"):
        set_up(**good, environment={})
    monkeypatch.setattr("trimtab.surfaces.web.single_sign_on.find_spec", lambda _: None)
    with pytest.raises(UsageError, match="httpx, joserfc not installed"):
        set_up(**good, environment={SECRET: CANARY_SECRET})


def test_a_desk_without_it_has_no_such_page(here: Desk):
    assert [one.path for one in routes(here.station)] == [BEGIN, BACK]
    del here.station.more["oidc"]
    assert routes(here.station) == []
    with pytest.raises(UsageError, match="not set up"):
        identity_of(here.station, "s")


@pytest.mark.parametrize("subject", ["a" * 256, "ä", "a\nb"])
def test_a_subject_that_no_provider_gives_is_refused(here: Desk, subject: str):
    with pytest.raises(UsageError, match="subject"):
        identity_of(here.station, subject)


def test_an_administrator_gives_somebody_the_identity_on_a_page(here: Desk):
    """Whoever has a password is linked later, unlinked again, and an identity belongs to one person."""
    here.provider.subject = "s-3003"
    here.station.door.users.create("tom", [Role.TRADER], by="olga", now=here.station.now())

    async def way() -> None:
        async with here.browser() as admin, here.browser() as browser:
            assert (await here.signed_in(browser)).status_code == 401
            await admin.post("/sign-in", data={"name": "olga", "password": PASSWORD})
            page = await admin.get("/settings/users")
            assert "Subject at the firm" in page.text
            secret = re.search(r'name="csrf" value="([^"]+)"', page.text)
            assert secret is not None

            async def given(name: str, subject: str) -> int:
                form = {"csrf": secret[1], "name": name, "subject": subject}
                return (await admin.post("/settings/users/identity", data=form)).status_code

            assert await given("tom", "s-3003") == 303
            assert (await here.signed_in(browser)).status_code == 303
            assert here.who(browser) == "tom"
            assert await given("anna", "s-3003") == 409  # it is tom's
            assert await given("tom", "") == 303
            assert here.who(browser) == ""  # the open session has ended with it
            assert (await here.signed_in(browser)).status_code == 401

    asyncio.run(way())


def test_the_served_desk(firm: Provider, tmp_path: Path):
    firm.reset()
    folder = tmp_path / "desk"
    folder.mkdir()
    store, now = AccessStore.open(folder / FILE), SystemClock().now()
    Door(store).users.create("anna", [Role.VIEWER], by="test", now=now, external=External(firm.issuer, "s-1001"))
    store.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    origin = ORIGIN.replace("8765", str(port))
    options = ("--port", str(port), "--origin", origin, "--oidc-issuer", firm.issuer, "--oidc-client", CLIENT)
    with serving(folder, *options, extra={SECRET: CANARY_SECRET}) as served, served.browser() as browser:
        back = sent_back(browser.get(f"{BEGIN}?next=/api/v1/me").headers["location"])
        assert back.startswith(origin + BACK)
        path = back.removeprefix(origin)
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/api/v1/me")
        assert browser.get("/api/v1/me").json()["name"] == "anna"
        log = served.log.read_text()
    assert '"route": "/sign-in/firm/back"' in log
    assert not [one for one in (CANARY_SECRET, *firm.logins, dict(httpx.URL(back).params)["code"]) if one in log]
