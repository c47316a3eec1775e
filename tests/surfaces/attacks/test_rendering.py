"""F4: whatever people type, no page runs it. Stored, echoed, refused: every payload, in a browser that knows no policy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from tests.surfaces.attacks.corpora import SCRIPTS
from tests.surfaces.attacks.holed import Holed
from tests.surfaces.attacks.reaching import FIELDS, texts
from tests.surfaces.attacks.rendering import looking, opened
from tests.surfaces.browser import in_a_browser
from tests.surfaces.web.served_desk import Served
from trimtab.surfaces.serving.operations import Kind
from trimtab.surfaces.web.pages.every import PAGES

pytestmark = in_a_browser
GROUPS = tuple(" ".join(SCRIPTS[k::15]) for k in range(15))  # whatever escapes one of a group, escapes all of it
TYPED = {name: GROUPS[k % len(GROUPS)] for k, name in enumerate(FIELDS)}
PLAIN = [page.path for page in PAGES if "{" not in page.path]
POLICY = "trimtab: 1\nname: %s\ntitle: %s\nuniverse: {A: {series: A, name: %s}}\nbenchmark: {A: 1.0}\ndata: {use: samples}\n"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened() as found:
        yield found


@pytest.fixture(scope="module")
def filled(attacked: Served) -> Served:
    """A desk on which every payload was typed: as reasons, as names, into policies."""
    api = attacked.api("one")
    for k, script in enumerate(" ".join(GROUPS[n::5]) for n in range(5)):
        asked = (
            ("/kill", {"name": "DEMO-3", "reason": script}),
            ("/orders/add", {"account": "DEMO-1", "instrument": "mtum", "units": str(k + 1), "reason": script}),
            ("/book/instrument", {"id": f"{k}{script}", "name": script}),
        )
        for path, body in asked:
            answer = api.post(path, json=body, headers={"idempotency-key": f"typed-{k}-{path}"})
            assert answer.status_code in (200, 409, 422), answer.text
        name = re.sub(r"[/\x00]", "", script)[:80]
        (attacked.folder / "policies" / f"{name}.yaml").write_text(POLICY % ((json.dumps(script),) * 3))
    return attacked


@pytest.fixture(scope="module")
def signed_in(filled: Served) -> httpx.Client:
    return filled.browser("one")


def test_nothing_that_was_typed_runs_on_any_page(filled: Served, signed_in: httpx.Client, browser: Browser) -> None:
    orders = signed_in.get("/orders", params={"format": "json"}).text
    assert "<img src=x onerror=" in json.dumps(json.loads(orders), ensure_ascii=False)  # it is there to be shown
    with looking(browser, filled.url, signed_in) as found:
        assert not found.ran_in([signed_in.get(path).text for path in PLAIN])
        assert not found.ran(["/orders", "/journal"])  # with the scripts of our own at work; all of them in the long form


def test_nothing_that_is_asked_for_runs_on_any_page(filled: Served, signed_in: httpx.Client, browser: Browser) -> None:
    """Every field of every page, with every payload in it."""
    documents = [signed_in.get(path, params=TYPED).text for path in (*PLAIN, "/jobs/x", "/nothing/x")]
    with looking(browser, filled.url) as found:
        assert not found.ran_in(documents)


def echoed(served: Served, client: httpx.Client) -> Iterator[str]:
    """Forms that come back as they were filled in, and the door with the name that was given."""
    fields = {"csrf": served.csrf(client), "next": '"><script>alert(1)</script>'}
    typed = {f"field{k}": script for k, script in enumerate(SCRIPTS)}
    for verb in ("kill", "orders-add", "backtest"):
        yield client.post(f"/do/{verb}", data={**fields, **typed}).text
        yield client.post(f"/do/{verb}", data={**fields, **dict.fromkeys(SCRIPTS, "x")}).text
    door = served.browser()
    for script in GROUPS[:3]:  # ten that are wrong would lock the address out
        yield door.post("/sign-in", data={"name": script, "password": script, "next": f"/{script}"}).text
    yield door.get("/sign-in", params={"next": "/" + "".join(SCRIPTS).replace(" ", "")}).text
    yield client.post("/stop", data={**fields, "name": GROUPS[0], "reason": GROUPS[1]}).text


def test_no_form_that_comes_back_runs_what_was_typed(filled: Served, signed_in: httpx.Client, browser: Browser) -> None:
    documents = list(echoed(filled, signed_in))
    assert all("alert(1)" in text for text in documents[:6])
    with looking(browser, filled.url) as found:
        assert not found.ran_in(documents)


def test_what_runs_is_seen_where_it_is_not_escaped(holed: Holed, browser: Browser) -> None:
    """The control: an unescaped page runs them, and under a policy it still holds what could have run."""
    for hole, policy in (("", False), ("script", True), ("script-csp", False), ("script-csp", True)):
        with holed.with_hole(hole):
            client = holed.browser("one")
            for script in SCRIPTS:
                client.post("/do/note", data={"csrf": holed.csrf(client), "note": script})
            with looking(browser, holed.url, client, policy=policy) as found:
                seen = found.ran(["/"])
            assert bool(seen) is bool(hole), hole
            assert any(one.endswith(": alert") for one in seen) is (hole == "script" or (hole == "script-csp" and not policy))


@pytest.mark.soak
def test_each_payload_alone_is_seen(holed: Holed, browser: Browser) -> None:
    """Those that are markup at all leave something behind where nothing is escaped."""
    markup = [one for one in SCRIPTS if re.match(r"<[a-zA-Z]", one)]
    with looking(browser, holed.url) as found:
        caught = [one for one in markup if found.ran_in([f"<!doctype html><p>{one}</p>"])]
    assert len(caught) >= 0.8 * len(markup), sorted(set(markup) - set(caught))


@pytest.mark.soak
def test_every_payload_in_every_field(filled: Served, signed_in: httpx.Client, browser: Browser) -> None:
    """The whole product: each text option of each operation that writes, at the API, with each payload; forms and pages."""
    api, documents = filled.api("one"), []
    csrf = filled.csrf(signed_in)
    for way in (way for way in texts() if way.operation.kind is Kind.WRITE):
        for script in SCRIPTS:
            assert way.asked(api, script).status_code < 500, (way.words, script)
        path = f"/do/{way.operation.verb.replace(' ', '-')}"
        documents += [signed_in.post(path, data={**way.values(script), "csrf": csrf}).text for script in GROUPS]
    with looking(browser, filled.url, signed_in) as found:
        assert not found.ran_in(documents)
        for path in PLAIN:
            asked = [dict(zip(FIELDS, SCRIPTS[n:] + SCRIPTS[:n], strict=False)) for n in range(len(SCRIPTS))]
            assert not found.ran_in([signed_in.get(path, params=one).text for one in asked]), path
        assert not found.ran(PLAIN)
