"""The newcomer: an empty folder, the door, advice, a first run, an account; on a filled desk from why down to a proposal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.surfaces.journeys.browsing import SIZES, Person, at, chromium, needs_browser
from tests.surfaces.web.served_desk import PASSWORD, Served, demo_desk_built, served
from trimtab.governance.answers import QUESTIONS

__all__ = ["chromium", "demo_desk_built", "served"]
pytestmark = needs_browser
BOTH = pytest.mark.parametrize("size", SIZES)
ANSWERS = dict(zip(QUESTIONS, ("long", "medium", "small", "taxable", "systematic", "defined"), strict=True))
BROKER = """Date,Type,Ticker,Shares,Price,Amount
2018-01-02,Deposit,,,,100000
2018-01-03,Buy,usmv,800,53.10,
2018-01-03,Buy,vlue,300,83.20,
2018-01-99,Buy,vlue,300,83.20,
"""


@contextmanager
def begun(folder: Path) -> Iterator[tuple[Served, str]]:
    """A server over a folder without users, and the address that it prints for the first of them."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    environment.pop("TRIMTAB_BOOK", None)
    log = folder.parent / "serve.log"
    command = [sys.executable, "-m", "trimtab", "serve", "--workspace", str(folder), "--port", "0", "--log", str(log)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, stdin=subprocess.DEVNULL)
    assert process.stdout is not None
    try:
        found = next(filter(None, (re.search(r"https?://\S+", line) for line in process.stdout)))
        yield Served(found[0].partition("/welcome")[0], folder, process, log), found[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        process.stdout.close()


class Newcomer(Person):
    """Somebody whom the desk does not know yet: they come in by the address in the terminal."""

    welcome = ""

    def sign_in(self) -> None:
        """Choose a name and a password; what does not do is refused in one line, and the name is kept."""
        page = self.page
        page.goto(self.welcome)
        assert page.get_by_role("heading", level=1).inner_text() == "Welcome to your desk"
        assert page.get_by_label("Code").input_value() in self.welcome
        page.get_by_label("Your name on the desk").fill(self.name)
        self.tried("short", "short")
        assert page.get_by_label("Password").evaluate("one => one.validity.tooShort")  # the browser says so itself
        page.get_by_label("Password").evaluate("one => one.removeAttribute('minlength')")
        self.tried("short", "short")
        self.refused("fewer than 12 characters")
        self.tried(PASSWORD, PASSWORD + "s")
        self.refused("the two passwords differ")
        self.tried(PASSWORD, PASSWORD)
        page.wait_for_url(f"{self.served.url}/")

    def tried(self, password: str, again: str) -> None:
        """Fill in both, and press the button."""
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_label("Once more").fill(again)
        self.page.get_by_role("button", name="Come in").click()
        self.page.wait_for_load_state()

    def refused(self, why: str) -> None:
        """One clear line, and the name that was typed; the passwords are gone."""
        alert = self.page.get_by_role("alert").inner_text()
        assert why in alert
        assert "\n" not in alert.strip()
        assert self.page.get_by_label("Your name on the desk").input_value() == self.name
        assert self.page.get_by_label("Password").input_value() == ""

    def told(self, path: str) -> Any:
        """The document of a page or of the API, as this browser gets it."""
        answer = self.page.request.get(self.served.url + path)
        assert answer.status == 200, path
        return answer.json()


def pressed(page: Any, name: str | re.Pattern[str], role: str = "button") -> None:
    """Press a button (or a link), and wait for what it leads to."""
    page.get_by_role(role, name=name).first.click()
    page.wait_for_load_state()


def fits(page: Any) -> None:
    """Nothing scrolls sideways."""
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 1, page.url


@BOTH
def test_somebody_begins_with_an_empty_folder(
    chromium: Any, tmp_path: Path, size: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two passwords that will not do, an empty desk that says what is next, advice, a first backtest, a first account."""
    monkeypatch.setattr("tests.surfaces.journeys.browsing.Person", Newcomer)
    folder = tmp_path / "desk"
    folder.mkdir()
    with begun(folder) as (desk, welcome):
        monkeypatch.setattr(Newcomer, "welcome", welcome)
        with at(chromium, desk, "anna", size) as person:
            assert "The desk is empty" in person.page.locator(".banner").inner_text()
            steps = person.page.locator("#begin .steps > li .what").all_inner_texts()
            assert steps == ["Find an approach.", "Open an account.", "Bring in what it holds.", "Have it follow a policy."]
            takes_advice(person)
            tries_a_policy(person)
            opens_an_account(person)


def takes_advice(person: Newcomer) -> None:
    """The six questions, one of them forgotten at first; the answer is that of the verb."""
    page = person.page
    pressed(page, "Answer six questions", "link")
    pressed(page, "What fits?")
    assert "6 questions are still open" in page.locator(".banner").inner_text()
    for name, answer in list(ANSWERS.items())[1:]:
        page.locator(f"input[name={name}][value={answer}]").check()
    pressed(page, "What fits?")
    assert "1 question is still open" in page.locator(".banner").inner_text()
    first = next(iter(ANSWERS.items()))
    page.locator(f"input[name={first[0]}][value={first[1]}]").check()
    pressed(page, "What fits?")
    advice = person.told(f"/advice?{page.url.partition('?')[2]}&format=json")["advice"]
    assert advice["approach"] in page.locator(".banner").inner_text()
    points = {row[0]: row[1].replace("\u2212", "-") for row in person.cells("Points by the answers")}
    assert points == {name: f"{value:.0f}" for name, value in advice["scores"].items()}
    assert [row[1] for row in person.cells("Reasons")] == list(ANSWERS.values())
    fits(page)


def tries_a_policy(person: Newcomer) -> None:
    """From the gallery to a run: rules in words, a job that says how far it is, and a page that is honest first."""
    page = person.menu("Gallery")
    pressed(page, "60/40 with a trend overlay", "link")
    words = page.locator(".card", has_text="Rules in words").locator("ol > li").all_inner_texts()
    assert words == [one["rule"] for one in person.told("/gallery/trend-overlay?format=json")["rules"]]
    fits(page)
    pressed(page, "Run a backtest of it as it is")
    assert "Backtest of trend-overlay" in page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="Open the run").wait_for(timeout=120_000)
    assert "1 trial" in page.locator("main").inner_text()
    fits(page)
    pressed(page, "Open the run", "link")
    first = page.locator("main ul").first
    honest = first.inner_text()
    assert "same_close" in honest  # the execution assumption
    assert "monthly averages" in honest  # a flaw of the data
    assert re.search(r"\b1 trials? w", honest)  # how many were counted
    assert first.bounding_box()["y"] < page.locator("dl.figures").bounding_box()["y"]
    fits(page)
    with page.expect_download() as sheet:
        page.get_by_role("link", name="Download the tear sheet").click()
    assert "60/40 with a trend overlay" in Path(sheet.value.path()).read_text(encoding="utf-8")


def opens_an_account(person: Newcomer) -> None:
    """An account, what it holds, and a policy: then Today says what there is to say."""
    page = person.menu("Orders")
    assert "no account yet" in page.locator("main").inner_text()
    pressed(page, "How to begin", "link")
    page.get_by_label("Short name").fill("A1")
    page.get_by_label("Household").fill("Miller & Sons")
    pressed(page, "Open the account")
    assert "Use letters, digits" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Household").input_value() == "Miller & Sons"  # it comes back as it was filled in
    page.get_by_label("Household").fill("Miller")
    pressed(page, "Send again")
    assert [one["id"] for one in person.told("/api/v1/book/list")["accounts"]] == ["A1"]
    assert "A1 holds nothing yet" in page.locator("#begin").inner_text()
    imports(person)
    page = person.go("/?begin=yes")
    page.get_by_label("Policy").select_option("fund-trend")
    pressed(page, "Follow it")
    (row,) = person.cells("Drift is half the sum")
    assert row[:2] == ["A1", "fund-trend"]
    assert [one[3] for one in person.cells("How fresh the prices are")] == ["stale"]  # samples end: nothing is traded on them
    person.menu("Data")
    assert {one[7] for one in person.cells("Series by policy")} == {"stale"}  # and the page of data agrees with Today
    fits(page)


def imports(person: Newcomer) -> None:
    """A broker's file: detected, mapped, looked at row by row, booked; a broken row is left out."""
    page = person.page
    pressed(page, "Import a broker's file", "link")
    page.get_by_label("File").set_input_files({"name": "broker.csv", "mimeType": "text/csv", "buffer": BROKER.encode()})
    pressed(page, "Upload and look")
    assert "Into which account" in page.locator(".banner").inner_text()
    assert "--" not in page.locator("main").inner_text()  # options of the command line help nobody here
    fits(page)
    page.get_by_label("Into account").select_option("A1")
    pressed(page, "Look again")
    assert "3 rows would be booked" in page.locator(".banner").inner_text()
    assert [row[1] for row in person.cells("Problems and duplicates")] == ["broken"]
    assert {row[3] for row in person.cells("Rows that would be booked")} == {"deposit", "buy"}
    fits(page)
    page.get_by_label("Leave out 1 broken row").check()
    pressed(page, re.compile("Book 3 rows now"))
    assert "Booked" in person.flash()
    assert "all of it is in the book already" in page.locator(".banner").inner_text()  # what was said is not asked again


@BOTH
def test_why_and_what_if_lead_down_to_prices_and_up_to_a_proposal(chromium: Any, served: Served, size: str) -> None:
    """Today, the account, why down to prices and when they were known, what if there were money, a proposal, its trades."""
    account, cash = {"desktop": ("DEMO-2", "20000"), "phone": ("DEMO-3", "-12000")}[size]
    with at(chromium, served, "tom", size) as person:
        page = person.page
        person.menu("Rebalance")
        page.locator("details", has_text="Reports of months").locator("summary").click()
        with page.expect_download() as report:
            page.get_by_role("link", name=f"{account} 2018-08").click()
        assert account in Path(report.value.path()).read_text(encoding="utf-8")
        person.menu("Today")
        pressed(page, account, "link")
        assert f"Trades of {account}" in page.get_by_role("heading", level=1).inner_text()
        page = person.menu("Allocation")
        page.get_by_label("Account", exact=True).select_option(account)
        pressed(page, "Show")
        reads_why(person, account)
        asks_too_much(person, account)
        person.page.get_by_label("Cash in, or out below zero").fill(cash)
        pressed(person.page, "Recalculate")
        proposes(person, account, cash)


def asks_too_much(person: Person, account: str) -> None:
    """What is no number, and what the gate does not let through, is refused in one line; what was typed is kept."""
    page = person.menu("What-if")
    page.get_by_label("Account", exact=True).select_option(account)
    pressed(page, "Show")
    cash = page.get_by_label("Cash in, or out below zero")
    cash.fill("much")
    pressed(page, "Recalculate")
    assert page.locator("#effect .error").inner_text().strip()
    assert cash.input_value() == "much"
    cash.fill("60000")
    pressed(page, "Recalculate")
    pressed(page, "Save as a proposal")
    assert "Nothing was written" in person.flash()  # orders by hand come to more than the policy allows
    assert cash.input_value() == "60000"


def reads_why(person: Person, account: str) -> None:
    """The drawer: signals, what an asset was priced at and when that became known."""
    page = person.page
    told = person.served.api().get("/rebalance", params={"account": account}).json()["accounts"][0]
    titles = [row[0] for row in person.cells("Static, target and held")]
    assert len(titles) == len(told["assets"]) + 1  # and cash
    pressed(page, "Show why")
    assert page.get_by_role("heading", level=1).inner_text() == f"Why {titles[0]} in {account}"
    text = page.locator("main").inner_text()
    assert re.search(r"Price used known at 2018-09-\d\d \d\d:\d\d", text.replace("\n", " "))
    assert re.search(r"\(2018-09-\d\d, known by 2018-09-\d\d", text)  # each signal, with when it was known
    assert "What is held, by lot" in text
    fits(page)


def proposes(person: Person, account: str, cash: str) -> None:
    """The figures are those of the verb; saved, they wait as orders with what was asked as their reason."""
    page, api = person.page, person.served.api()
    told = api.get("/what-if", params={"account": account, "cash": cash}).json()["what_if"]
    figures = {row[0]: row[2] for row in person.cells("Today beside what if")}
    assert figures["Trades"] == str(len(told["trades"]))
    assert figures["Value, USD"] == f"{float(told['nav']):,.2f}"
    assert told["trades"]
    fits(page)
    pressed(page, "Save as a proposal")
    assert f"Trades of {account}" in page.get_by_role("heading", level=1).inner_text()
    waiting = api.get("/orders/list", params={"account": account}).json()["orders"]
    assert {one["status"] for one in waiting} == {"planned"}
    assert {one["ticket"]["instrument"] for one in waiting} == {one["instrument"] for one in told["trades"]}
    assert "what-if" in page.locator("#trades").inner_text()
    fits(page)
