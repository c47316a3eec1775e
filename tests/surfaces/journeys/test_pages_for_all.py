"""Every page for everybody: no violation that axe-core knows, no sideways scrolling on a phone, light and quick to paint."""

from __future__ import annotations

from typing import Any

import pytest

from tests.surfaces.journeys.browsing import SIZES, at, chromium, needs_browser
from tests.surfaces.web.served_desk import Served, demo_desk_built, served
from trimtab.surfaces.web.pages.every import PAGES

__all__ = ["chromium", "demo_desk_built", "served"]
pytestmark = needs_browser
PATHS = [page.path for page in PAGES if "{" not in page.path and not page.path.endswith(("/effect", "/part"))]


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
