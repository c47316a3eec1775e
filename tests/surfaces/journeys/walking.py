"""Steps of whoever walks through the pages: buttons, links, the end of a job, the keys, and numbers as they are read."""

from __future__ import annotations

from typing import Any

from tests.surfaces.journeys.browsing import Person


def pressed(person: Person, name: str, within: Any = None) -> None:
    """Press a button, and wait for the page that it leads to."""
    with person.page.expect_navigation():
        (within or person.page).get_by_role("button", name=name).first.click()


def followed(person: Person, name: str) -> None:
    """Follow a link, and see that the page which it leads to fits the screen."""
    with person.page.expect_navigation():
        person.page.get_by_role("link", name=name).first.click()
    fits(person)


def fits(person: Person) -> None:
    """Nothing of the page is beyond the side of the screen."""
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert person.page.evaluate(wide) <= 1, person.page.url


def ended(person: Person, state: str = "done") -> str:
    """Wait until the job of a page is over, as whoever looks sees it without doing anything; its words."""
    page = person.page
    page.locator("[data-job]").wait_for(state="detached", timeout=120_000)
    page.wait_for_load_state("networkidle")
    assert page.locator("main .status").first.inner_text() == state
    fits(person)
    return str(page.locator("main").inner_text())


def form(person: Person, action: str) -> Any:
    return person.page.locator(f"form[action='{action}']").first


def number(cell: str) -> float:
    return 0.0 if cell == "n/a" else float(cell.replace("\u2212", "-"))


def tabbed(person: Person, words: str, most: int = 40) -> None:
    """Press Tab until what is named so has the focus, and see that it shows."""
    for _ in range(most):
        person.page.keyboard.press("Tab")
        here = person.page.evaluate("() => (document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()")
        if here.startswith(words):
            break
    else:
        raise AssertionError(f"{words} is not reached by Tab")
    style = "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).boxShadow"
    assert person.page.evaluate(style) != "nonenone"
