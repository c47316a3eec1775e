"""The adviser's month, at a desk and on a phone: fresh data, two levels, an edit, another's approval, export, fills, a stop."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.surfaces.api.managed import Managed
from tests.surfaces.cli.desk_folder import table
from tests.surfaces.cli.order_desk import EVENING, LONG, MORNING, NIGHT, put_orders
from tests.surfaces.journeys.browsing import SIZES, Person, at, chromium, needs_browser
from tests.surfaces.web.served_desk import Served, serving

__all__ = ["chromium"]
pytestmark = needs_browser
PROGRAM = str(Path(__file__).parents[1] / "api" / "served_at.py")
ACCOUNTS = dict(zip(SIZES, ("G1", LONG), strict=True))  # each size walks through the month of its own account
PRICES = {"TLT": 104.00, "SPY": 86.80}


@dataclass
class Desk:
    """An adviser's real book, served at an hour of the test's own."""

    served: Served
    clock: Path

    def turn(self, at: str) -> None:
        """It is another hour."""
        self.clock.write_text(at)

    def orders(self, account: str) -> list[dict[str, Any]]:
        """The orders of an account, as the API has them."""
        answer = self.served.api().get("/orders/list", params={"account": account, "all": True})
        return list(answer.json()["orders"])


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """On the last evening of 2010."""
    folder, clock = put_orders(tmp_path, monkeypatch), tmp_path / "clock.txt"
    clock.write_text(EVENING)
    extra = {"TRIMTAB_TEST_CLOCK": str(clock), "PYTHONPATH": str(Path(__file__).parents[3])}
    with serving(folder, extra=extra, program=(PROGRAM,)) as found:
        yield Desk(found, clock)


def pressed(page: Any, name: str, role: str = "button") -> None:
    """Press a button (or a link), and wait for what it leads to; nothing scrolls sideways there."""
    page.get_by_role(role, name=name, exact=True).first.click()
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 1, page.url


def test_an_adviser_s_month(chromium: Any, desk: Desk) -> None:
    """From the evening of the decision to the night of the fills; whoever edits does not approve."""
    for size, account in ACCOUNTS.items():
        with at(chromium, desk.served, "tom", size) as adviser:
            reviews(adviser, account)
            edits(adviser, desk, account)
        with at(chromium, desk.served, "ben", size) as partner:
            approves(partner, desk, account)
    desk.turn(MORNING)
    sent: dict[str, str] = {}
    for size, account in ACCOUNTS.items():
        with at(chromium, desk.served, "tom", size) as adviser:
            sent[account] = exports(adviser, desk, account)
    (desk.served.folder / "prices" / "prices.csv").write_text("\n".join(table(261)) + "\n", encoding="utf-8")
    desk.turn(NIGHT)
    for size, account in ACCOUNTS.items():
        with at(chromium, desk.served, "tom", size) as adviser:
            reconciles(adviser, desk, (account, sent[account]))
        with at(chromium, desk.served, "olga", size) as keeper:
            stops(keeper, desk, account)


def reviews(adviser: Person, account: str) -> None:
    """The first level: data are fresh, and a row an account says what it would trade."""
    page = adviser.menu("Data")
    assert {row[7] for row in adviser.cells("Series by policy")} == {"fresh"}
    adviser.menu("Rebalance")
    told = adviser.served.api().get("/rebalance", params={"all": True}).json()["accounts"]
    shown = {row[0]: row for row in adviser.cells("Every account with what it would trade")}
    assert set(shown) == {one["account"] for one in told}
    mine = next(one for one in told if one["account"] == account)
    assert shown[account][2] == f"{float(mine['nav']):,.0f}"
    assert shown[account][5] == mine["action"]
    form = page.locator("form[action='/do/rebalance']").first
    form.get_by_label("Account", exact=True).select_option(account)
    form.get_by_role("button").click()
    page.wait_for_load_state()
    assert page.get_by_role("heading", level=1).inner_text() == "Trade review"


def edits(adviser: Person, desk: Desk, account: str) -> None:
    """The second level: trades with lots; one line is made smaller, one put aside and taken up again with a note."""
    page = adviser.page
    pressed(page, account, "link")
    lines = adviser.cells("Trades, a line each")
    assert len(lines) == len(desk.orders(account)) > 0
    assert page.get_by_role("button", name="Approve the chosen").count() == 0  # a trader does not approve
    buying = page.locator("details", has_text=re.compile(r"BUY .*lots, edit"))  # less to buy leaves cash, less to sell a debt
    buying.locator("summary").first.click()
    lots = [row.locator("th, td").all_inner_texts() for row in buying.first.locator("tbody tr").all()]
    assert lots
    assert all(float(row[2].replace(",", "")) > 0 for row in lots)
    line = buying.locator("form[action='/do/orders-edit']").first
    units = int(float(line.get_by_label("Units").input_value())) - 1
    line.get_by_label("Units").fill(str(units))
    line.get_by_label("Why").fill("a client gives one away")
    line.get_by_role("button", name="Change this line").click()
    page.wait_for_load_state()
    assert "1 order changed" in adviser.flash()
    assert str(units) in [row[3] for row in adviser.cells("Trades, a line each")]
    page.get_by_label("Reason or note").first.fill("ask the client first")
    pressed(page, "Hold")
    assert "held" in {one["status"] for one in desk.orders(account)}
    for box in page.get_by_label("Choose").all():
        box.check()
    pressed(page, "Take up again")
    assert {one["status"] for one in desk.orders(account)} == {"planned"}


def approves(partner: Person, desk: Desk, account: str) -> None:
    """Today leads another person to the trades, who signs; both names stand in the book."""
    page = partner.page
    assert account in page.locator("main").inner_text()
    page = partner.go(f"/trades?account={account}")
    assert "tom" in page.locator("#trades .note").first.inner_text()  # who may not
    page.get_by_label("Reason or note").first.fill("as discussed")
    pressed(page, "Approve the chosen")
    assert "approved" in partner.flash()
    assert {(one["status"], one["approved_by"]) for one in desk.orders(account)} == {("approved", "ben")}


def exports(adviser: Person, desk: Desk, account: str) -> str:
    """A file, written once and downloaded; its rows are the orders that were approved."""
    page = adviser.menu("Orders")
    page.locator("#export").get_by_label("What").fill(account)
    pressed(page, "Write the file")
    assert "written into a file" in adviser.flash()
    with page.expect_download() as found:
        page.locator("#export").get_by_role("link").first.click()
    text = Path(found.value.path()).read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in io.StringIO(text) if not line.startswith("#")))
    asked = {one["ticket"]["id"]: one["ticket"] for one in desk.orders(account)}
    assert {row["order_id"] for row in rows} == set(asked)
    assert {row["account"] for row in rows} == {account}
    assert {row["approved_by"] for row in rows} == {"ben"}
    page.locator("#export").get_by_label("What").fill(account)
    pressed(page, "Write the file")  # read twice it would be traded twice
    assert page.get_by_role("alert").count() == 1
    return text


def reconciles(adviser: Person, desk: Desk, sent: tuple[str, str]) -> None:
    """Fills come back as a file: uploaded, booked, and shown with what they cost against the decision."""
    account, blotter = sent
    fills = Managed(desk.served.api("tom")).filled(blotter, PRICES, "2011-01-03").replace("pms-", f"{account}-")
    page = adviser.menu("Orders")
    file = {"name": f"fills-{account}.csv", "mimeType": "text/csv", "buffer": fills.encode()}
    page.get_by_label("File of fills from a broker").set_input_files(file)
    pressed(page, "Upload it")
    form = page.locator("form[action='/do/reconcile']")
    assert form.get_by_label("Or a file of fills").input_value().endswith(f"fills-{account}.csv"[:80])
    assert form.get_by_label("Ask a broker").input_value() == ""
    form.get_by_label("Account").select_option(account)
    pressed(page, "Reconcile")
    assert {one["status"] for one in desk.orders(account)} == {"filled"}
    rows = adviser.cells("Orders, the newest first")
    assert {row[8] for row in rows if row[2] == account} == {"filled"}
    assert {row[10] for row in rows if row[2] == account} <= {f"{price:,.3f}" for price in PRICES.values()}
    mine = {one["ticket"]["id"][:8] for one in desk.orders(account)}
    shortfall = [row for row in adviser.cells("Implementation shortfall") if row[0] in mine]
    assert {row[0] for row in shortfall} == mine
    assert all(row[3] and row[5] for row in shortfall)  # the prices of the decision and of the fill
    pressed(page, shortfall[0][0], "link")
    assert "filled" in page.locator("main").inner_text()


def stops(keeper: Person, desk: Desk, account: str) -> None:
    """The kill switch stands on every page; it wants the name of the account, and stops that one alone."""
    page = keeper.menu("Gallery")
    page.locator("details.stop > summary").click()
    page.get_by_label("Account to stop").fill(account)
    pressed(page, "Stop now")
    assert "Halted" in keeper.flash()
    states = desk.served.api().get("/orders/list", params={"account": account}).json()["restraints"]
    assert {(one["account"], one["state"]) for one in states} == {(account, "halted")}
    assert f"{account} is halted" in keeper.menu("Orders").locator("main").inner_text()
