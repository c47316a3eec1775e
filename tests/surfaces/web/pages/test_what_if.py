"""What-if: beside today, kept as typed, and saved as orders under the gate, or as a file where settings differ."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.surfaces.web.served_desk import Served, demo_desk_built, served, served_alone
from trimtab.core.errors import UsageError
from trimtab.desk.yaml12 import parse
from trimtab.surfaces.web.page import Query
from trimtab.surfaces.web.pages.what_if import different
from trimtab.surfaces.web.reads.changed_text import put
from trimtab.surfaces.web.reads.risk import risks

__all__ = ["demo_desk_built", "served", "served_alone"]
HOSTILE = "<img src=x onerror=alert(1)>"


def words(html: str) -> str:
    """The text of a page, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def post(client: httpx.Client, path: str, csrf: str, **fields: str) -> httpx.Response:
    """A form, sent as a browser does."""
    return client.post(path, data={"csrf": csrf, **fields})


def test_the_effect_is_what_the_verb_says(served: Served) -> None:
    asked = {"account": "DEMO-1", "cash": "20000"}
    said = served.api("vera").get("/what-if", params=asked).json()
    browser = served.browser("vera")
    page = browser.get("/what-if", params={**asked, "format": "json"}).json()
    assert page["other"]["trades"] == said["what_if"]["trades"]
    rows = {row["figure"]: row for row in page["compared"]}
    assert rows["drift"]["what_if"] == said["what_if"]["drift"]
    assert rows["turnover"]["today"] == said["today"]["turnover"]
    part = browser.get("/what-if/effect", params=asked).text
    assert "<html" not in part
    assert "What if cash +20,000?" in words(part)


def test_what_is_as_it_is_asks_nothing(served: Served) -> None:
    page = (
        served.browser("vera")
        .get("/what-if", params={"account": "DEMO-1", "set.allocator.tilt": "0.1", "format": "json"})
        .json()
    )
    assert page["other"] is None
    assert page["change"] == {"cash": "", "set": [], "price": []}


def test_only_differences_are_asked_about() -> None:
    standing = {"settings": [{"key": "a.b", "value": 0.4}], "ids": ["X"], "prices": [10.5]}
    fields = (("set.a.b", "0.4"), ("set.c", " 3 "), ("price.X", "10.5"), ("price.Y", "2"), ("cash", "0"))
    assert different(Query(fields), standing) == {"cash": "", "set": ["c=3"], "price": ["Y=2"]}


@pytest.mark.parametrize(
    "wrong", [{"cash": HOSTILE}, {"set.rules.0.limit.at_most": HOSTILE}, {"set.no.such": HOSTILE}, {"price.USMV": "-1"}]
)
def test_what_is_wrong_is_one_line_and_stays_filled_in(served: Served, wrong: dict[str, str]) -> None:
    answer = served.browser("vera").get("/what-if", params={"account": "DEMO-1", **wrong})
    assert answer.status_code == 200
    assert answer.text.count('class="error" role="alert"') == 1
    assert "<img" not in answer.text
    (typed,) = wrong.values()
    assert typed.replace("<", "&lt;").replace(">", "&gt;") in answer.text


def test_a_viewer_is_offered_no_form_and_saves_nothing(served: Served) -> None:
    browser = served.browser("vera")
    asked = {"account": "DEMO-2", "cash": "20000"}
    assert "/what-if/save" not in browser.get("/what-if", params=asked).text
    assert post(browser, "/what-if/save", served.csrf(browser), **asked).status_code == 403
    assert (
        post(
            browser, "/what-if/policy", served.csrf(browser), account="DEMO-2", set="allocator.tilt=0.05", name="x"
        ).status_code
        == 403
    )
    trader = served.browser("tom")
    assert post(trader, "/what-if/save", "forged", **asked).status_code == 403


def test_open_orders_are_not_traded_beside_nor_settings_proposed(served: Served) -> None:
    trader = served.browser("tom")
    csrf = served.csrf(trader)
    beside = post(trader, "/what-if/save", csrf, account="DEMO-1", cash="20000")
    assert beside.status_code == 409
    assert "open orders, which this would trade beside" in words(beside.text)
    settings = post(trader, "/what-if/save", csrf, account="DEMO-2", set="allocator.tilt=0.05")
    assert "nothing is proposed" in words(settings.text)


def test_it_is_saved_once_and_waits_for_another_person(served_alone: Served) -> None:
    person, asked = served_alone.browser("one"), {"account": "DEMO-2", "cash": "20000"}  # who may approve, but others'
    csrf = served_alone.csrf(person)
    wanted = served_alone.api("one").get("/what-if", params=asked).json()["what_if"]["trades"]
    for _ in range(2):
        assert post(person, "/what-if/save", csrf, key="once", next="/orders", **asked).status_code == 303
    orders = served_alone.api("one").get("/orders/list", params={"account": "DEMO-2"}).json()["orders"]
    assert sorted(one["ticket"]["instrument"] for one in orders) == sorted(one["instrument"] for one in wanted)
    assert {one["ticket"]["reason"] for one in orders} == {"what-if: cash +20,000"}
    assert {one["status"] for one in orders} == {"planned"}
    names = [one["ticket"]["id"] for one in orders]
    for name, status in (("one", "planned"), ("ben", "approved")):  # nobody approves what he wrote
        browser = served_alone.browser(name)
        browser.post("/do/orders-approve", data={"csrf": served_alone.csrf(browser), "orders": names, "next": "/orders"})
        after = served_alone.api("one").get("/orders/list", params={"account": "DEMO-2"}).json()["orders"]
        assert {one["status"] for one in after} == {status}


def test_other_settings_are_kept_as_a_file(served_alone: Served) -> None:
    analyst = served_alone.browser("alan")
    csrf, asked = served_alone.csrf(analyst), {"account": "DEMO-1", "set": "allocator.tilt=0.08", "name": "tilted"}
    assert post(analyst, "/what-if/policy", csrf, **asked).headers["location"] == "/policy?policy=policies/tilted.yaml"
    old = (served_alone.folder / "policies" / "demo-four-funds.yaml").read_text()
    new = (served_alone.folder / "policies" / "tilted.yaml").read_text()
    assert new == old.replace("tilt: 0.10", "tilt: 0.08").replace("name: demo-four-funds", "name: tilted")
    again = post(analyst, "/what-if/policy", csrf, **asked)
    assert again.status_code == 412
    assert "is there already" in words(again.text)


def test_a_value_is_put_where_the_old_one_stands() -> None:
    text = "a: {b: 0.10, c: [1, 2]}   # kept\nd: '5'\n"
    assert put(text, "a.b", "0.2") == "a: {b: 0.2, c: [1, 2]}   # kept\nd: '5'\n"
    assert parse(put(text, "a.c.1", "3"), "x").values["a"]["c"] == [1, 3]
    for key, value in (("a", "1"), ("a.z", "1"), ("a.c.7", "1"), ("a.b", "1, x: 2"), ("a.b", "1 # c"), ("d", "6"), ("a.b", "")):
        with pytest.raises(UsageError):
            put(text, key, value)


def test_risk_adds_up_and_says_what_it_does_not_know() -> None:
    # Two assets of 20 % and 10 % that do not move together, half of each: sqrt(0.01 + 0.0025) = 11.18 %, 80 % of it the first's
    table = [[0.04, 0.0], [0.0, 0.01]]
    found = risks(table, {"benchmark": [0.5, 0.5], "held": [1.0, 0.0]})
    assert found["benchmark"]["volatility"] == pytest.approx(0.111803, abs=1e-6)
    assert found["benchmark"]["shares"] == pytest.approx([0.8, 0.2])
    assert found["benchmark"]["tracking"] == 0.0
    assert found["held"]["tracking"] == pytest.approx(0.111803, abs=1e-6)
    unknown = risks([[0.04, None], [None, None]], {"held": [1.0, 0.0], "both": [0.5, 0.5]})
    assert unknown["held"]["volatility"] == pytest.approx(0.2)
    assert unknown["both"]["volatility"] is None
