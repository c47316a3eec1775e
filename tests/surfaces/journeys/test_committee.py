"""The committee's quarter on pages: was the process kept, what people changed, the pack, the vote, and what it all earned."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from tests.surfaces.journeys.browsing import SIZES, Person, at, chromium, needs_browser
from tests.surfaces.journeys.walking import ended, fits, followed, form, number, pressed, tabbed
from tests.surfaces.web.served_desk import Served, demo_desk_built, served

__all__ = ["chromium", "demo_desk_built", "served"]
pytestmark = needs_browser
QUARTER = "2018Q3"


def opened(person: Person, words: str) -> None:
    """Open what is folded, unless it is open."""
    place = person.page.locator("details", has=person.page.locator("summary", has_text=words)).first
    if not place.evaluate("e => e.open"):
        place.locator("summary").first.click()


def scored(person: Person, served: Served) -> None:
    """The process score with its duties, as the verb works them out, and a way to each occasion that was missed."""
    page = person.menu("Committee")
    fits(person)
    told = served.api().get("/adherence", params={"all": True}).json()
    rows = person.cells("What the process asks for")
    assert [(row[0], int(row[1]), int(row[2])) for row in rows] == [(d["words"], d["due"], d["kept"]) for d in told["duties"]]
    score = page.locator("dl.figures div", has_text="Process score").locator(".value").inner_text()
    assert float(score) == pytest.approx(told["score"], abs=0.051)
    missed = person.cells("Not kept")
    assert len(missed) == len(told["violations"])
    assert "trimtab " not in page.locator("#reviews").inner_text()  # what is to be done is told for pages, not for a terminal
    followed(person, missed[0][4])
    assert missed[0][4].rpartition(" ")[2] in page.get_by_role("heading", level=1).inner_text()


def ledger(person: Person, served: Served) -> None:
    """Each override with what came of it."""
    person.menu("Journal")
    fits(person)
    told = served.api().get("/overrides", params={"all": True}).json()["overrides"]
    rows = person.cells("Overrides: what each brought or cost")
    assert [(row[0], row[6]) for row in rows] == [(one["id"], one["why"]) for one in told]
    assert [Decimal(row[8].replace("\u2212", "-").replace(",", "")) for row in rows] == [
        Decimal(one["gain_money"]).quantize(Decimal("0.01")) for one in told
    ]


def packed(person: Person, quarter: str) -> None:
    """A pack is made while others go on, says what is to be voted on, and is a file to keep."""
    page = person.menu("Committee")
    opened(person, "Make a pack")
    form(person, "/do/committee-pack").get_by_label("Quarter").fill(quarter)
    pressed(person, "Make the pack")
    assert page.locator("[data-job]").count() or page.get_by_text("done").count()
    told = ended(person)
    assert f"It lies before the committee as {quarter}.html" in told
    assert [row[0] for row in person.cells("Proposals that the committee votes on")][:3] == ["P-3", "P-6", "P-9"]
    with page.expect_download() as pack:
        page.get_by_role("link", name="Download the pack").click()
    assert pack.value.suggested_filename == f"{quarter}.html"
    text = pack.value.path().read_text(encoding="utf-8")
    for words in (quarter, "Value is short of catalysts", "demo-four-funds", "Attribution"):
        assert words in text


def voted(person: Person, quarter: str, why: str) -> str:
    """Minutes of that pack: a day that is over is refused with all that was typed; then they are kept. The record's number."""
    page = person.menu("Committee")
    place = page.locator("#packs p", has_text=f"{quarter}.html")
    with page.expect_navigation():
        place.get_by_role("link", name="write its minutes").click()
    minutes = form(person, "/do/committee-minutes")
    minutes.get_by_label("Proposal").select_option("P-6")
    minutes.get_by_label("Vote").fill("4:1")
    minutes.get_by_label("Look at it again by").fill("2017-03")
    minutes.get_by_label("Who was there").fill("anna, ben, carl, dora, emil")
    minutes.get_by_label("What decided it").fill(why)
    pressed(person, "Keep the minutes")
    assert "2017-03 is over" in page.locator("[role=alert]").inner_text()
    kept = [page.get_by_label(name, exact=True).input_value() for name in ("Proposal", "Vote", "Why")]
    assert kept == ["P-6", "4:1", why]
    fits(person)
    page.get_by_label("Revisit").fill("2019-03")
    pressed(person, "Send again")
    assert "The minutes are kept" in person.flash()
    fits(person)
    row = next(row for row in person.cells("Minutes that are kept") if row[6] == why)
    assert (row[2], row[4], row[5]) == ("P-6", "4:1", "carried")
    assert row[7:10] == ["2019-03-31", "anna, ben, carl, dora, emil", "ben"]
    return row[0]


def recorded(person: Person, record: str, why: str) -> None:
    """The journal shows them, and the book is sound with them in it."""
    page = person.menu("Journal")
    rows = {row[0]: row for row in person.cells("Records, the newest first")}
    assert rows[record][2] == "ben"
    assert rows[record][4] == "Minutes"
    followed(person, record)
    assert why in " ".join(" ".join(row) for row in person.cells("The parts of the record"))
    followed(person, "The journal")
    pressed(person, "Verify now")
    assert "The book is what its journal says" in page.locator(".banner").inner_text()
    fits(person)


def earned(person: Person) -> None:
    """Periods by a bar of links; the causes of the difference as a waterfall, whose table adds up to the cent."""
    page = person.menu("Performance")
    periods = page.get_by_role("navigation", name="Period")
    assert periods.locator("[aria-current]").inner_text() == "full"
    for period in ("3M", "1Y"):
        with page.expect_navigation():
            periods.get_by_role("link", name=period, exact=True).click()
        assert periods.locator("[aria-current]").inner_text() == period
        assert f"period={period}" in page.url
    fits(person)
    one = next(row for row in person.cells("To 2018-09-28") if row[0] == "1 year")
    made = page.locator("dl.figures div", has_text="Return").locator(".value").first.inner_text()
    assert number(made.partition("\u00a0")[0].split()[0]) == number(one[2])
    place = page.locator("#p-waterfall")
    place.scroll_into_view_if_needed()
    page.locator("#p-waterfall[data-drawn=yes]").wait_for()
    page.locator("figure", has=place).get_by_text("View as table").click()
    rows = person.cells("Causes, which add up")
    foot = page.locator("table", has_text="Causes, which add up").locator("tfoot tr").locator("th, td").all_inner_texts()
    assert sum(money(row[2]) for row in rows) == money(foot[2])
    assert place.locator(".barlayer .point").count() == len(rows) + 1
    assert place.get_attribute("role") == "img"
    assert "the causes add up to the difference to the cent" in place.get_attribute("aria-label")


def money(cell: str) -> Decimal:
    return Decimal(re.sub(r"[^0-9.-]", "", cell.replace("\u2212", "-")))


def test_a_committee_has_its_quarter(chromium: Any, served: Served) -> None:
    """A trader makes the pack, an approver keeps the minutes, and a reader sees both and what it earned; on a phone too."""
    with at(chromium, served, "tom", "desktop") as trader:
        scored(trader, served)
        packed(trader, QUARTER)
    for size in SIZES:
        why = f"<i>cheap</i> at {size}"
        with at(chromium, served, "ben", size) as partner:
            record = voted(partner, QUARTER, why)
        with at(chromium, served, "vera", size) as reader:
            scored(reader, served)
            ledger(reader, served)
            recorded(reader, record, why)
            earned(reader)
    told = served.api().get("/verify").json()
    assert told["sound"]
    assert told["records"] > int(record)


def test_minutes_are_kept_with_nothing_but_keys(chromium: Any, served: Served) -> None:
    """Every field of the form in the order in which it is read, and its button, by Tab; what has the focus shows."""
    with at(chromium, served, "ben") as person:
        page = person.go("/committee?pack=2018Q2.html")
        tabbed(person, "Write minutes on 2018Q2.html", most=200)
        page.keyboard.press("Enter")  # it stands open, as the address names the pack: closed, and open again
        page.keyboard.press("Enter")
        tabbed(person, "Proposal")
        page.keyboard.press("ArrowDown")
        for words, typed in (
            ("Vote", "3:2"),
            ("Look at it again by", "2019-06"),
            ("Who was there", "anna, ben, carl, dora, emil"),
        ):
            tabbed(person, words)
            page.keyboard.type(typed)
        tabbed(person, "What decided it")
        page.keyboard.type("typed without a mouse")
        tabbed(person, "Keep the minutes")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert "The minutes are kept" in person.flash()
        row = next(row for row in person.cells("Minutes that are kept") if row[6] == "typed without a mouse")
        assert row[4] == "3:2"
        assert row[7] == "2019-06-30"
