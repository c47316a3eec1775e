"""Today: the answer of `status`, every account of `rebalance`, and lines that somebody has seen."""

from __future__ import annotations

import re
from contextlib import closing

import pytest

from tests.surfaces.reading import cells, read
from tests.surfaces.web.served_desk import Served, demo_desk_built, served
from trimtab.accounting.database.access import FILE, AccessStore
from trimtab.surfaces.serving.alerts import KEY
from trimtab.surfaces.web.acknowledging import key_of
from trimtab.surfaces.web.pages.today import answer

__all__ = ["demo_desk_built", "served"]


def test_the_first_thing_to_do_is_a_button_to_its_page(served: Served) -> None:
    status = served.api().get("/status").json()
    page = served.browser("one").get("/")
    assert len(page.content) < 1_000_000
    first = next(one for one in status["items"] if one["exit_code"])
    tree = read(page.text)
    banner = tree.one("div", class_="banner")
    assert "Yes" in banner.text
    assert first["what"] in banner.text
    link = banner.all("a")[0]
    assert link.attributes["href"].startswith("/trades?batch=")
    batch = first["command"].split()[-1].replace("/", "%2F")
    assert link.attributes["href"].endswith(batch)


def test_accounts_are_those_of_the_review(served: Served) -> None:
    review = served.api().get("/rebalance", params={"all": True}).json()
    client = served.browser("one")
    shown = client.get("/", params={"format": "json"}).json()["accounts"]
    assert [(one["account"], one["value"], one["drift"], one["action"]) for one in shown] == [
        (one["account"], one["nav"], one["drift"], one["action"]) for one in review["accounts"]
    ]
    tables = [table for table in read(client.get("/").text).all("table") if "Drift" in table.text]
    assert [row[0] for row in cells(tables[0])[1:]] == [one["account"] for one in review["accounts"]]


def test_what_was_seen_comes_after_what_was_not(served: Served) -> None:
    client = served.browser("ben")
    alerts = client.get("/", params={"format": "json"}).json()["alerts"]
    key = next(one["key"] for one in alerts if not one["seen"])
    form = {"line": key, "next": "/"}
    assert client.post("/alerts/acknowledge", data=form).status_code == 403  # control: not without the secret of the form
    form["csrf"] = served.csrf(client)
    assert client.post("/alerts/acknowledge", data={**form, "line": "0" * 32}).status_code == 409
    assert client.post("/alerts/acknowledge", data=form).status_code == 303
    after = client.get("/", params={"format": "json"}).json()["alerts"]
    assert [one["key"] for one in after if one["seen"].startswith("ben, ")] == [key]
    assert [bool(one["seen"]) for one in after] == sorted(bool(one["seen"]) for one in after)


def test_an_alert_is_seen_with_the_line_that_says_the_same(served: Served) -> None:
    client = served.browser("tom")
    one = client.get("/", params={"format": "json"}).json()["alerts"][-1]
    alert = {"opened": "2018-09-28T22:00:00", "since": "2018-09-28T22:00:00", "level": 1, "by": ""}
    same, other = ("status", one["account"], one["what"], 6), ("status", one["account"], "something else", 6)
    with closing(AccessStore.open(served.folder / FILE)) as store:
        alerts = [alert | {"number": k, "cause": list(cause)} for k, cause in enumerate((same, other), 1)]
        store.put_setting(KEY, {"next": 3, "open": alerts})
        form = {"line": one["key"], "next": "/", "csrf": served.csrf(client)}
        assert client.post("/alerts/acknowledge", data=form).status_code == 303
        assert [found["by"] for found in store.setting(KEY)["open"]] == ["tom", ""]
        store.put_setting(KEY, {"next": 3, "open": []})


def test_who_may_not_act_sees_no_form_and_acknowledges_nothing(served: Served) -> None:
    client = served.browser("vera")
    page = client.get("/")
    assert "/alerts/acknowledge" not in page.text
    key = client.get("/", params={"format": "json"}).json()["alerts"][-1]["key"]
    form = {"line": key, "csrf": served.csrf(client)}
    assert client.post("/alerts/acknowledge", data=form).status_code == 403


@pytest.mark.parametrize(("word", "kind"), [("halted", "halted"), ("waiting", "act")])
def test_a_halt_is_louder_than_an_approval(word: str, kind: str) -> None:
    wait = {"account": "A07", "what": "4 orders wait", "word": word, "do": "Look", "href": "/trades"}
    told = answer({"skipped": [], "coming": []}, [wait], 3)
    assert (told["kind"], told["title"]) == (kind, "Yes. A07 waits for you")
    assert answer({"skipped": [], "coming": []}, [], 3)["kind"] == "calm"


def test_a_line_that_says_something_else_is_not_seen_yet() -> None:
    assert key_of("A", "b") != key_of("A", "c")
    assert re.fullmatch(r"[0-9a-f]{32}", key_of("A", "b"))
