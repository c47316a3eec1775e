"""Every page for everybody: no violation that axe-core knows, no sideways scrolling on a phone, light and quick to paint."""

from __future__ import annotations

import secrets
import time
from typing import Any

import pytest

from tests.surfaces.journeys.browsing import SIZES, at, chromium, needs_browser
from tests.surfaces.web.served_desk import Served, demo_desk_built, served
from trimtab.surfaces.web.pages.every import PAGES

__all__ = ["chromium", "demo_desk_built", "served"]
pytestmark = needs_browser
PATHS = [page.path for page in PAGES if "{" not in page.path and not page.path.endswith(("/effect", "/part"))]


def named(served: Served) -> list[str]:
    """Pages that have a name in their address, one of each kind, and pages as they are once something is chosen."""
    api = served.api()
    folders = [sorted(one.name for one in (served.folder / kind).glob("[0-9a-f]*")) for kind in ("runs", "sweeps")]
    (one, other, *_), (sweep, *_) = folders
    order = api.get("/orders/list", params={"all": True}).json()["orders"][0]["ticket"]["id"]
    jobs = [begun(served, "/backtest", policy="static-60-40"), begun(served, "/report", subject="0" * 12)]
    last = api.get("/journal/show", params={"last": 1}).json()["records"][0]["number"]
    return [
        *("/?begin=yes", "/trades?account=DEMO-1", "/what-if?account=DEMO-1&cash=1000", "/why?account=DEMO-1&asset=USMV"),
        *(f"/runs/{one}", f"/compare?run={one}&run={other}", f"/sweeps/{sweep}", f"/orders/{order}"),
        *(f"/jobs/{jobs[0]}", f"/jobs/{jobs[1]}", f"/journal/{last}", "/data/usmv", "/gallery/trend-overlay"),
        *("/policy?policy=policies/demo-four-funds.yaml", "/policy/edit?file=demo-four-funds.yaml"),
        "/advice?horizon=long&tolerance=high&capacity=small&tax=taxable&view=systematic&success=defined",
    ]


def begun(served: Served, path: str, **body: str) -> str:
    """A job, begun and over, however it ended; its name."""
    name = served.api().post(path, json=body, headers={"idempotency-key": secrets.token_hex(4)}).json()["id"]
    until = time.monotonic() + 60
    while served.api().get(f"/jobs/{name}").json()["state"] in ("waiting", "running") and time.monotonic() < until:
        time.sleep(0.1)
    return str(name)


def violations(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("size", SIZES)
def test_no_page_shuts_anybody_out(chromium: Any, served: Served, size: str) -> None:
    found: dict[str, list[str]] = {}
    with at(chromium, served, "one", size) as person:
        for path in PATHS:
            page = person.go(path)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            told = violations(page) + ([f"scrolls sideways by {wide} px"] if wide > 1 else [])
            if told:
                found[path] = told
    assert found == {}


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "dark"), ("phone", "light")])
def test_no_page_of_one_thing_shuts_anybody_out(chromium: Any, served: Served, size: str, scheme: str) -> None:
    found: dict[str, list[str]] = {}
    with at(chromium, served, "one", size) as person:
        person.page.emulate_media(color_scheme=scheme)
        for path in named(served):
            page = person.go(path)
            page.wait_for_load_state("networkidle")
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            told = violations(page) + ([f"scrolls sideways by {wide} px"] if wide > 1 else [])
            if told:
                found[path] = told
    assert found == {}


def test_the_check_finds_what_is_planted(chromium: Any, served: Served) -> None:
    with at(chromium, served, "vera") as person:
        page = person.go("/")
        page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input><img src=\"data:,\">')")
        told = violations(page)
    assert any(one.startswith("label") for one in told)
    assert any(one.startswith("image-alt") for one in told)


def test_today_is_light_and_painted_at_once(chromium: Any, served: Served) -> None:
    """Below 1 MB without the chart library; how soon it is painted, `make bench` says."""
    sizes: dict[str, int] = {}
    with at(chromium, served, "vera") as person:
        person.page.on("response", lambda one: sizes.update({one.url: len(one.body()) if one.status == 200 else 0}))
        person.go("/")
        person.page.wait_for_load_state("networkidle")
        painted = person.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert sum(size for url, size in sizes.items() if "plotly" not in url) < 1_000_000
    assert painted < 10_000
