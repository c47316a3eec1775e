"""A person at a browser: Debian's Chromium by Playwright, with no way out of this machine, at a desk or with a phone.

What a page says on its console, an error of a script, or a request to anywhere else fails the test that caused it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.surfaces.browser import BROWSER
from tests.surfaces.web.served_desk import PASSWORD, Served

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
needs_browser = pytest.mark.skipif(not BROWSER and not os.environ.get("CI"), reason="no Chromium is installed; CI has one")


@dataclass
class Person:
    """Somebody at a browser: `page` is what they see, `wrong` what should not have happened."""

    served: Served
    page: Any
    name: str
    wrong: list[str] = field(default_factory=list)

    def sign_in(self) -> None:
        """Come in by the door, as everybody does."""
        self.page.goto(f"{self.served.url}/sign-in")
        self.page.get_by_label("Name").fill(self.name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(f"{self.served.url}/")

    def go(self, path: str) -> Any:
        """Open an address of the desk, which is answered as it should be."""
        answer = self.page.goto(self.served.url + path)
        assert answer.status == 200, path
        return self.page

    def menu(self, title: str) -> Any:
        """Go where the navigation leads, on a phone through its menu."""
        if self.page.viewport_size["width"] < 700:
            self.page.locator("details.menu > summary").click()
            self.page.locator("details.menu").get_by_role("link", name=title, exact=True).click()
        else:
            self.page.locator(".side").get_by_role("link", name=title, exact=True).click()
        self.page.wait_for_load_state()
        return self.page

    def cells(self, caption: str) -> list[list[str]]:
        """The rows of a table by what its caption begins with, cell by cell."""
        table = self.page.locator("table").filter(has=self.page.locator("caption", has_text=caption)).first
        return [row.locator("th, td").all_inner_texts() for row in table.locator("tbody tr").all()]

    def flash(self) -> str:
        """What was just done, as the page tells it."""
        return str(self.page.locator(".flash").first.inner_text())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for the tests of a file."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@contextmanager
def at(chromium: Any, served: Served, name: str, size: str = "desktop") -> Iterator[Person]:
    """Somebody at a browser of their own, signed in; whatever went wrong is asserted at the end."""
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", accept_downloads=True)
    context.set_default_timeout(60_000)
    person = Person(served, context.new_page(), name)
    here = urlsplit(served.url).netloc

    def passing(route: Any) -> None:
        if urlsplit(route.request.url).netloc == here:
            route.continue_()
        else:
            person.wrong.append(f"asked for {route.request.url}")
            route.abort()

    context.route("**/*", passing)
    person.page.on("pageerror", lambda error: person.wrong.append(f"script: {error}"))
    person.page.on("console", lambda said: _hear(person, said))
    try:
        person.sign_in()
        yield person
        assert person.wrong == []
    finally:
        context.close()


def _hear(person: Person, said: Any) -> None:
    """A refusal (409, 422) is told by the browser's console too, and is no fault of a page."""
    if said.type in ("error", "warning") and not any(one in said.text for one in ("409", "422")):
        person.wrong.append(f"console: {said.text}")
