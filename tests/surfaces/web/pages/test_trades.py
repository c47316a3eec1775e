"""Trade review: what the weights become, who may not sign, what persons do with lines, and every check."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.surfaces.reading import read
from tests.surfaces.web.served_desk import Served, demo_desk_built, served, served_alone
from trimtab.surfaces.web.pages.trades import stopping

__all__ = ["demo_desk_built", "served", "served_alone"]
HOSTILE = "<img src=x onerror=alert(1)> not yet"
Values = dict[str, Any]


def told(served: Served, **asked: str) -> Values:
    found: Values = served.browser("one").get("/trades", params={"format": "json", **asked}).json()
    return found


def waiting(served: Served) -> list[Values]:
    """The orders that wait, by the API."""
    found: list[Values] = served.api().get("/orders/list").json()["orders"]
    return found


def adds_up(weights: list[Values]) -> bool:
    """Whether everything comes to all of it, before and after, and each line to itself."""
    sums = [sum(one[name] for one in weights) for name in ("now", "after", "target")]
    lines = all(one["now"] + one["trade"] == pytest.approx(one["after"], abs=1e-12) for one in weights)
    return lines and sums == pytest.approx([1.0, 1.0, 1.0], abs=1e-9)


def test_weights_add_up_and_are_those_of_the_verb(served: Served) -> None:
    account = waiting(served)[0]["ticket"]["account"]
    verb = served.api().get("/rebalance", params={"account": account}).json()["accounts"][0]
    found = told(served, account=account)["weights"]
    assert adds_up(found)
    planted = [one | {"trade": -one["trade"]} for one in found]  # control: a sale taken for a purchase
    assert not adds_up(planted)
    for one in found[:-1]:
        own = verb["assets"][one["asset"]]
        assert (one["now"], one["target"]) == (own["held"], own["target"])
        assert one["after"] == pytest.approx(own["after"], abs=1e-9)  # the orders wait as they were proposed


def test_every_rule_of_the_verb_is_checked_with_its_source(served: Served) -> None:
    account = waiting(served)[0]["ticket"]["account"]
    verb = served.api().get("/rebalance", params={"account": account}).json()["accounts"][0]
    found = told(served, account=account)
    assert found["judged"] == "orders"
    assert {(one["rule"], one["source"]) for one in verb["evaluations"]} <= {
        (one["rule"], one["source"]) for one in found["checks"]
    }
    stops = [one for one in found["stopping"] if one["rule"] != "version"]  # which is another one while sources are edited
    assert stops == []
    text = served.browser("one").get("/trades", params={"account": account}).text
    assert "Investment Policy Statement, section 4.1" in text


def test_a_batch_leads_to_its_account_and_four_eyes_are_said(served: Served) -> None:
    one = waiting(served)[0]["ticket"]
    found = told(served, batch=one["batch"])
    assert found["about"]["account"] == one["account"]
    assert [line["order"] for line in found["lines"]] == [order["ticket"]["id"] for order in waiting(served)]
    assert found["signatures"][0]["name"] == one["by"]
    text = read(served.browser("ben").get("/trades", params={"batch": one["batch"]}).text).one("main").text
    assert re.search(rf"Two persons are needed: {one['by']} \(asked for", text)


def test_what_waits_at_all_and_accounts_that_rest(served: Served) -> None:
    found = told(served)
    assert [one["order"] for one in found["orders"]] == [order["ticket"]["id"] for order in waiting(served)]
    rest = next(
        one["account"] for one in served.api().get("/rebalance", params={"all": True}).json()["accounts"] if not one["trades"]
    )
    assert told(served, account=rest)["lines"] == []
    assert "there is no account" in told(served, account="nobody")["refused"]


def test_lots_before_and_after_come_to_what_is_held(served: Served) -> None:
    account = waiting(served)[0]["ticket"]["account"]
    held = served.api().get("/book/lots", params={"account": account}).json()["lots"]
    for line in told(served, account=account)["lines"]:
        own = [one for one in held if one["instrument"] == line["instrument"]]
        assert [(one["lot"], one["before"]) for one in line["lots"]] == [(one["lot"], one["units"]) for one in own]
        assert all(float(one["before"]) - float(one["sold"]) == float(one["after"]) for one in line["lots"])


def test_persons_hold_edit_and_sign(served_alone: Served) -> None:
    desk = served_alone
    client, first = desk.browser("one"), waiting(desk)[0]["ticket"]["id"]
    csrf = desk.csrf(client, "/trades")

    def done(path: str, **form: Any) -> int:
        return client.post(path, data={"csrf": csrf, "orders": first, "next": "/trades", **form}).status_code

    assert done("/do/orders-hold", reason=HOSTILE) == 303
    assert waiting(desk)[0]["status"] == "held"
    page = client.get(f"/orders/{first}")
    assert HOSTILE in read(page.text).one("main").text
    assert "<img" not in page.text
    assert told(desk, account=waiting(desk)[0]["ticket"]["account"])["weights"][0]["trade"] == 0.0  # held aside moves nothing
    assert done("/do/orders-hold", release="yes") == 303
    assert done("/do/orders-edit", order=first, orders=[], qty="10", reason="half of it") == 303
    assert waiting(desk)[0]["ticket"]["units"] == "10"
    assert done("/do/orders-approve") == 409  # who edited it may not sign it
    answer = client.post("/do/orders-reject", data={"csrf": csrf, "orders": first})
    assert answer.status_code == 409
    assert "needs a reason" in answer.text
    client = desk.browser("ben")
    csrf = desk.csrf(client, "/trades")
    assert done("/do/orders-approve", reason="seen") == 303
    assert [one["status"] for one in waiting(desk)] == ["approved", *["planned"] * (len(waiting(desk)) - 1)]
    assert done("/do/orders-edit", order=first, orders=[], qty="9", reason="no") == 403  # an approver does not trade


def test_what_stops_is_told_once_a_rule() -> None:
    rows = [{"outcome": "block", "rule": "version", "source": "always", "on": name, "words": name} for name in ("a", "b")]
    passed = {"outcome": "pass", "rule": "cash", "source": "always", "on": "all trades", "words": ""}
    assert [one["on"] for one in stopping([*rows, passed])] == [["a", "b"]]
