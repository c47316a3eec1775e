"""The portfolio manager's loop on pages: an own policy, a backtest, sweeps, lights, two runs, and what promotion asks for."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.surfaces.journeys.browsing import Person, at, chromium, needs_browser
from tests.surfaces.journeys.walking import ended, fits, followed, form, number, pressed, tabbed
from tests.surfaces.web.served_desk import Served, demo_desk_built, served

__all__ = ["chromium", "demo_desk_built", "served"]
pytestmark = needs_browser
WINDOWS = {"desktop": "8M", "phone": "9M"}  # each size has policies of its own, as both write into one desk
MANY = "signals.average.window=" + ",".join(f"{months}M" for months in range(2, 42))  # a thousand variants with two other keys


def chosen(person: Person, policy: str) -> None:
    """Take a policy to research."""
    person.menu("Research")
    person.page.get_by_label("Policy", exact=True).first.select_option(policy)
    pressed(person, "Use this policy")
    fits(person)


def trials(person: Person) -> int:
    """The number of trials, which stands on the first screen of research before all else."""
    place = person.menu("Research").locator(".lede")
    assert place.bounding_box()["y"] < person.page.viewport_size["height"]
    return int(re.sub(r"\D", "", str(place.inner_text()).partition(" trials")[0]))


def written(person: Person, name: str) -> None:
    """A policy of the gallery as a file of one's own."""
    person.menu("Gallery")
    followed(person, "Two funds with a trend overlay")
    person.page.get_by_label("File to write").fill(f"policies/{name}.yaml")
    pressed(person, "Write a copy to edit")
    assert "written" in person.flash()


def edited(person: Person, name: str, window: str) -> None:
    """A mistake is shown with its line and what was typed; mended, it is kept under another name, and both are compared."""
    page = person.menu("Policy")
    page.get_by_label("Policy", exact=True).select_option(f"policies/{name}.yaml")
    pressed(person, "Show")
    followed(person, "Edit")
    box = page.get_by_role("textbox", name="Policy")
    text = box.input_value()
    at_line = text.split("\n").index("  average: {use: trend, window: 10M}") + 1
    page.get_by_label("Name of the file").fill(f"{name}-faster.yaml")
    box.fill(text.replace("window: 10M", "window: ten"))
    pressed(person, "Check and save")
    assert page.locator("[role=alert]").inner_text().startswith(f"Not kept. {name}-faster.yaml:{at_line}:")
    assert f"Line {at_line}, column 33" in page.get_by_label("Where the fault is").inner_text()
    assert "window: ten" in box.input_value()
    assert box.get_attribute("aria-invalid") == "true"
    fits(person)
    box.fill(box.input_value().replace("window: ten", f"window: {window}"))
    pressed(person, "Check and save")
    assert f"policies/{name}-faster.yaml is kept" in person.flash()
    offered = page.get_by_label("Policy", exact=True).locator("option").all_inner_texts()
    assert {f"fund-trend, {name}.yaml", f"fund-trend, {name}-faster.yaml"} <= set(offered)  # two of one name are told apart
    page.get_by_label("From").select_option(f"policies/{name}.yaml")
    pressed(person, "Compare")
    assert f"signals average window: 10M -> {window}" in page.locator("#differences li").all_inner_texts()
    fits(person)


def backtested(person: Person, policy: str) -> None:
    """What is refused comes back filled in; then it runs beside its rivals."""
    page = person.page
    chosen(person, policy)
    form(person, "/do/backtest").get_by_label("Beside").fill("saa, nonesuch")
    pressed(person, "Run the backtest")
    assert "'nonesuch' is neither a policy file nor one of the gallery" in ended(person, "refused")
    followed(person, "Change what was asked")
    beside = form(person, "/do/backtest").get_by_label("Beside")
    assert beside.input_value() == "saa, nonesuch"
    beside.fill("saa, static-60-40")
    pressed(person, "Run the backtest")
    told = ended(person)
    assert "Beside it were run: saa (its strategic weights), static-60-40" in told
    assert "Deflated Sharpe ratio" in told
    with page.expect_download() as sheet:
        page.get_by_role("link", name="Download the tear sheet").click()
    assert "Static 60/40" in sheet.value.path().read_text(encoding="utf-8")


def swept_in_part(person: Person, policy: str) -> None:
    """It is seen to go on, and it is ended; what is finished is kept, and can be gone on with."""
    page = person.page
    chosen(person, policy)
    grid = form(person, "/do/sweep")
    for box in grid.get_by_role("checkbox").all():
        box.uncheck()
    for key in ("allocator.tilt", "allocator.strength"):
        grid.get_by_label(key).check()
    grid.get_by_label("Another line of the grid").fill(MANY)
    pressed(person, "Start the sweep")
    seen = counted(person, counted(person, 0))
    bar = page.locator("progress").evaluate("bar => [bar.value, bar.max, getComputedStyle(bar).display]")
    assert 0 < bar[0] < bar[1]
    pressed(person, "End it; what is finished is kept")
    told = ended(person, "cancelled")
    kept = re.search(r"(\d+) parts of (\d+) kept and counted", told)
    assert kept is not None
    assert seen <= int(kept[1]) < int(kept[2])
    assert page.get_by_role("button", name="Go on with it").is_visible()
    followed(person, "Change what was asked")
    assert form(person, "/do/sweep").get_by_label("Another line of the grid").input_value() == MANY
    person.menu("Research")
    mine = [row for row in person.cells("Sweeps of this workspace") if row[3] == "1,000"]
    assert mine
    assert {row[5] for row in mine} == {"unfinished"}


def counted(person: Person, after: int) -> int:
    """How many parts are done, once they are more than `after`: the page asks by itself, and nothing is reloaded."""
    for _ in range(400):
        found = re.search(r"(\d+) of \d+ parts", person.page.locator("[data-job-text]").inner_text())
        if found is not None and int(found[1]) > after:
            return int(found[1])
        person.page.wait_for_timeout(100)
    raise AssertionError(f"it is seen at {after}, and goes no further")


def swept(person: Person, policy: str) -> None:
    """A small sweep to its end, and its map."""
    chosen(person, policy)
    pressed(person, "Start the sweep")
    assert "25 of 25 variants run" in ended(person)
    followed(person, "Open the sweep and its map")
    mapped(person)


def mapped(person: Person) -> None:
    """The map of a sweep is drawn, and says in its table what the best variants say."""
    page = person.page
    place = page.locator("#sweep-map")
    place.scroll_into_view_if_needed()
    page.locator("#sweep-map[data-drawn=yes]").wait_for()
    assert place.locator(".heatmaplayer image, .heatmaplayer path").count()
    page.locator("figure", has=place).get_by_text("View as table").click()
    table = [row.locator("td").all_inner_texts() for row in page.locator("figure table tbody tr").all()]
    best = float(person.cells("The best by Sharpe ratio")[0][2])
    assert [len(row) for row in table] == [5] * 5
    assert max(float(cell.replace("\u2212", "-")) for row in table for cell in row) == pytest.approx(best, abs=0.0051)
    assert "trials counted in this workspace" in page.locator("main").inner_text()


def validated(person: Person, policy: str) -> str:
    """Lights in rows, what failed first; the run that they are of."""
    page = person.page
    chosen(person, policy)
    pressed(person, "Validate", form(person, "/do/validate"))
    ended(person)
    lights = [row[1] for row in person.cells("Checks")]
    order = ["FAIL", "WARN", "PASS"]
    assert lights == sorted(lights, key=order.index)
    assert {"PASS", "WARN"} <= set(lights)
    followed(person, "Open the run")
    assert [row[1] for row in person.cells("Checks")] == lights
    return str(page.url).rpartition("/")[2]


def compared(person: Person, run: str) -> None:
    """Two runs, ticked where they stand: what differs, what they held, and where the profit of each came from."""
    page = person.menu("Research")
    for name in (run, next(row for row in person.cells("Runs of this workspace") if "demo-four-funds" in row[1])[0].strip()):
        tick = page.get_by_label(f"Compare {name}")
        box = tick.bounding_box()
        assert box["x"] + box["width"] < page.viewport_size["width"]  # seen without scrolling the table
        tick.check()
    pressed(person, "Compare the two that are ticked")
    fits(person)
    differences = page.locator("main li").all_inner_texts()
    assert any(line.startswith("benchmark MTUM added") for line in differences)
    assert {row[0] for row in person.cells("Weights of both runs")} >= {"USMV", "QUAL", "cash"}
    causes = person.cells("What each run made")
    assert causes[0][0] == "Benchmark"
    whole = page.locator("table", has_text="What each run made").locator("tfoot tr").locator("th, td").all_inner_texts()
    for column in (1, 2, 3):
        parts = sum(number(row[column]) for row in causes)
        assert parts == pytest.approx(number(whole[column]), abs=0.005 * len(causes) + 0.01)


def test_a_manager_goes_round_the_loop(chromium: Any, served: Served) -> None:
    """The whole of it at a desk; on a phone the writing, a sweep that is ended, and what was found at the desk."""
    policy = "policies/desktop-faster.yaml"
    with at(chromium, served, "alan", "desktop") as person:
        before = trials(person)
        written(person, "desktop")
        edited(person, "desktop", WINDOWS["desktop"])
        assert trials(person) == before  # writing tries nothing
        backtested(person, policy)
        first = trials(person)
        assert first > before
        swept_in_part(person, policy)
        second = trials(person)
        assert second > first
        swept(person, policy)
        assert trials(person) == second + 25
        run = validated(person, policy)
        compared(person, run)
        told = served.api().get("/trials/list", params={"limit": 1}).json()
        assert trials(person) == told["trials"]
    with at(chromium, served, "alan", "phone") as person:
        written(person, "phone")
        edited(person, "phone", WINDOWS["phone"])
        swept_in_part(person, "policies/phone-faster.yaml")
        followed(person, next(row[0] for row in person.cells("Sweeps of this workspace") if row[3] == "25"))
        mapped(person)
        person.menu("Research")
        followed(person, run)
        assert {"PASS", "WARN"} <= {row[1] for row in person.cells("Checks")}
        compared(person, run)
        assert trials(person) > told["trials"]


def test_promotion_waits_for_a_hypothesis_and_for_the_lights(chromium: Any, served: Served) -> None:
    """One line says what is missing; the hypothesis is kept as it was typed, before anything goes on paper."""
    policy = "policies/promoted.yaml"
    wanted = {"origin": "fund-trend", "out": policy}
    assert served.api().post("/init", json=wanted, headers={"idempotency-key": "promoted"}).status_code < 300
    with at(chromium, served, "one", "desktop") as person:
        page = person.go(f"/policy?policy={policy}")
        assert "nobody has committed it" in page.locator("main").inner_text()
        moved(person, "candidate")
        assert "does not go to candidate: nobody has committed it" in page.locator("[role=alert]").inner_text()
        followed(person, "Back, nothing done")
        form(person, "/do/policy-commit").get_by_label("Hypothesis").fill("Trends <b>last</b>, as people are slow")
        pressed(person, "Commit to it")
        assert "Trends <b>last</b>, as people are slow" in ended(person)
        followed(person, "Back to the policy")
        assert "Trends <b>last</b>, as people are slow" in page.locator("main").inner_text()
        moved(person, "candidate")
        assert "Promoted" in person.flash()
        moved(person, "paper")
        told = page.locator("[role=alert]").inner_text()
        assert "does not go to paper: it has not been validated as it stands" in told
        assert "\n" not in told.strip()
    status = served.api().get("/policy/status", params={"policy": policy}).json()["policies"][0]
    assert status["stage"] == "candidate"
    assert status["committed"]["by"] == "one"


def moved(person: Person, stage: str) -> None:
    """Ask for a stage."""
    person.page.get_by_text("Promote, or take back").click()
    form(person, "/do/policy-promote").get_by_label("To", exact=True).select_option(stage)
    pressed(person, "Move it")


def test_a_sweep_is_begun_with_nothing_but_keys(chromium: Any, served: Served) -> None:
    """From the policy to its sweep: every field in turn, none is a trap, and what has the focus is seen."""
    with at(chromium, served, "alan") as person:
        page = person.go("/research?policy=static-60-40&grid=benchmark.US_EQ=0.5")
        page.get_by_label("Policy", exact=True).first.focus()
        page.keyboard.type("ten-month")  # a list takes the letters of its entries
        tabbed(person, "Use this policy")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        page.get_by_label("Policy", exact=True).first.focus()
        tabbed(person, "signals.average.window")
        assert page.evaluate("document.activeElement.checked")
        page.keyboard.press("Space")
        assert not page.evaluate("document.activeElement.checked")
        tabbed(person, "Another line of the grid")
        page.keyboard.type("signals.average.window=10M")
        tabbed(person, "Workers")
        tabbed(person, "Start the sweep")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.get_by_role("heading", level=1).inner_text() == "Sweep of ten-month-timing"
        assert "signals.average.window=10M" in page.locator("dl.facts").last.inner_text()
        ended(person)
