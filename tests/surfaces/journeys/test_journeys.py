"""The journeys of users, in a real browser, at a desk and on a phone: what they read in text and cells, and what they do."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.surfaces.journeys.browsing import SIZES, Person, at, chromium, needs_browser
from tests.surfaces.web.served_desk import Served, demo_desk_built, served, served_alone

__all__ = ["chromium", "demo_desk_built", "served", "served_alone"]
pytestmark = needs_browser
BOTH = pytest.mark.parametrize("size", SIZES)


def status_of(served: Served, account: str) -> set[str]:
    found = served.api().get("/orders/list", params={"account": account, "all": True}).json()["orders"]
    return {one["status"] for one in found if one["ticket"]["batch"].startswith("2018-09-28")}


def approve(person: Person, account: str) -> None:
    """Look at the trades of an account, and sign."""
    page = person.go(f"/trades?account={account}")
    page.get_by_label("Reason or note").first.fill("as the model says")
    page.get_by_role("button", name="Approve the chosen").click()
    page.wait_for_load_state()


@BOTH
def test_somebody_runs_a_month_in_a_quarter_of_an_hour(chromium: Any, served_alone: Served, size: str) -> None:
    """What do I hold next, and why? Today, the trades and why, the signature, and on to the fills."""
    with at(chromium, served_alone, "one", size) as person:
        page = person.page
        assert page.get_by_role("heading", level=1).inner_text() == "Do I need to act?"
        assert "DEMO-1 waits for you" in page.locator(".banner").inner_text()
        page.get_by_role("link", name="Review and approve").click()
        page.wait_for_load_state()
        assert "Trades of DEMO-1" in page.get_by_role("heading", level=1).inner_text()
        lines = person.cells("Now, trade, after and target")
        assert {"US minimum volatility", "US quality", "US value", "US momentum"} == {row[0] for row in lines}
        page.get_by_role("link", name="why").first.click()
        page.wait_for_load_state()
        assert "average" in page.locator("main").inner_text()
        approve(person, "DEMO-1")
        assert "4 orders approved" in person.flash()
        assert status_of(served_alone, "DEMO-1") == {"approved"}
        person.menu("Orders")
        assert {row[8] for row in person.cells("Orders, the newest first")} == {"approved"}


def test_an_adviser_reviews_edits_and_has_another_sign(chromium: Any, served_alone: Served) -> None:
    """Two levels; whoever edits does not approve; what is refused comes back filled in."""
    with at(chromium, served_alone, "tom") as adviser:
        page = adviser.menu("Rebalance")
        assert "3 accounts: 1 needs action" in page.locator(".lede").inner_text()
        page.get_by_role("link", name="DEMO-1").first.click()
        page.wait_for_load_state()
        assert page.get_by_role("button", name="Approve the chosen").count() == 0  # a trader does not approve
        page.locator("details", has_text=re.compile("BUY 126")).locator("summary").first.click()
        line = page.locator("form[action='/do/orders-edit']").first
        line.get_by_label("Units").fill("100")
        line.get_by_label("Why").fill("<b>the market is thin</b>")
        line.get_by_role("button", name="Change this line").click()
        page.wait_for_load_state()
        assert "1 order changed" in adviser.flash()
        assert "126" not in page.locator("table").filter(has_text="usmv").first.inner_text()
    with at(chromium, served_alone, "ben", "phone") as partner:
        approve(partner, "DEMO-1")
        assert "4 orders approved" in partner.flash()
    story = served_alone.api().get("/orders/list", params={"account": "DEMO-1"}).json()["orders"]
    assert {one["approved_by"] for one in story} == {"ben"}


def test_four_eyes_are_four(chromium: Any, served_alone: Served) -> None:
    served_alone.api("one").post("/orders/edit", json={"order": "DEMO-1", "instrument": "usmv", "qty": "90", "reason": "less"},
                                 headers={"idempotency-key": "e"})  # fmt: skip
    with at(chromium, served_alone, "one") as person:
        approve(person, "DEMO-1")
        told = person.page.locator(".flash").first.inner_text()
        assert "does not approve it" in told
        assert person.page.locator("input[value='as the model says'], textarea").count()  # nothing that was typed is lost
    assert "approved" not in status_of(served_alone, "DEMO-1")


@BOTH
def test_a_manager_runs_compares_and_ends_research(chromium: Any, served_alone: Served, size: str) -> None:
    with at(chromium, served_alone, "alan", size) as person:
        page = person.menu("Research")
        assert "44 trials" in page.locator(".lede").inner_text()
        answer = served_alone.api("alan").post("/backtest", json={"policy": "static-60-40"}, headers={"idempotency-key": size})
        page = person.go(f"/jobs/{answer.json()['id']}")
        page.get_by_text("done").first.wait_for(timeout=120_000)
        page = person.go("/research")
        runs = person.cells("Runs of this workspace")
        assert any("static-60-40" in row[1] for row in runs)
        page.locator("a[href^='/runs/']").first.click()
        page.wait_for_load_state()
        assert "trial" in page.locator("main").inner_text()
        page.wait_for_timeout(300)


def test_a_committee_writes_its_minutes(chromium: Any, served_alone: Served) -> None:
    with at(chromium, served_alone, "ben") as person:
        page = person.menu("Committee")
        form = page.locator("form[action='/do/committee-minutes']")
        if not form.is_visible():
            page.locator("details", has=form).locator("summary").first.click()
        proposal = form.get_by_label("Proposal")
        proposal.select_option(index=proposal.locator("option").count() - 1)
        form.get_by_label("Vote").fill("4:1")
        form.get_by_label("What decided it").fill("the overlay cost less than it brought")
        form.get_by_label("Look at it again by").fill("2019-03")
        form.get_by_role("button").first.click()
        page.wait_for_load_state()
        assert "minutes" in person.flash().lower()
        assert "the overlay cost less than it brought" in person.go("/committee").locator("main").inner_text()


@BOTH
def test_whoever_may_stops_trading_from_any_page(chromium: Any, served_alone: Served, size: str) -> None:
    with at(chromium, served_alone, "olga", size) as person:
        page = person.go("/gallery")
        page.locator("details.stop > summary").click()
        page.get_by_label("Account to stop").fill("ALL")
        page.get_by_role("button", name="Stop now").click()
        page.wait_for_load_state()
        assert "Halted" in person.flash()
    assert {one["state"] for one in served_alone.api().get("/orders/list").json()["restraints"]} == {"halted"}


def test_it_goes_by_keyboard_alone(chromium: Any, served: Served) -> None:
    """Skip link, navigation, a form and its button, with nothing but keys; what has the focus is seen."""
    with at(chromium, served, "vera") as person:
        page = person.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        page = person.go("/signals")
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.tagName") == "SELECT":
                break
        outline = page.evaluate(
            "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).boxShadow"
        )
        assert outline != "nonenone"
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/signals?policy=*")
