"""Orders: the columns of the blotter in their order, filters, shortfall that adds up, and the story of one order."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.surfaces.reading import cells, read
from tests.surfaces.web.served_desk import Served, demo_desk_built, served
from trimtab.surfaces.web.pages.orders import MOST, _part
from trimtab.surfaces.web.reads.blotter import plain_cell

__all__ = ["demo_desk_built", "served"]
Values = dict[str, Any]
BLOTTER = [
    *("order_id", "batch_id", "account", "symbol", "isin", "figi", "name", "side", "qty", "notional", "order_type", "limit"),
    *("tif", "broker", "status", "filled_qty", "avg_px", "arrival_px", "est_cost_bps", "realised_cost_bps", "lot_method"),
    *("tax_effect", "reason", "rule_checks", "created_by", "approved_by", "created_at", "sent_at"),
]
PARTS = ("explicit_fraction", "delay_fraction", "execution_fraction", "opportunity_fraction")


@pytest.fixture(scope="module")
def every(served: Served) -> list[Values]:
    """All orders, by the API."""
    found: list[Values] = []
    client, after = served.api(), None
    while True:
        answer = client.get("/orders/list", params={"all": True, **({"cursor": after} if after else {})}).json()
        found += answer["orders"]
        after = answer.get("next")
        if not after:
            return found


def told(served: Served, **asked: str) -> Values:
    found: Values = served.browser("one").get("/orders", params={"format": "json", **asked}).json()
    return found


def test_the_blotter_has_its_columns_in_their_order(served: Served, every: list[Values]) -> None:
    client = served.browser("one")
    head, *rows = csv.reader(io.StringIO(client.get("/orders", params={"format": "csv", "done": "yes"}).text))
    assert head == BLOTTER
    assert [row[0] for row in rows] == [one["ticket"]["id"] for one in reversed(every)]
    tables = [table for table in read(client.get("/orders").text).all("table") if "realised_cost_bps" in table.text]
    assert cells(tables[0])[0] == BLOTTER


def test_filters_let_through_what_the_verb_does(served: Served, every: list[Values]) -> None:
    account = every[-1]["ticket"]["account"]
    own = [one["ticket"]["id"] for one in reversed(every) if one["ticket"]["account"] == account and one["status"] == "filled"]
    assert [one["order"] for one in told(served, account=account, status="filled")["orders"]] == own
    assert {one["status"] for one in told(served)["orders"]} == {"planned"}
    nonsense = told(served, batch="nonsense")
    assert "is no batch" in nonsense["refused"]
    assert nonsense["orders"] == []


def test_shortfall_adds_up_and_is_signed(served: Served, every: list[Values]) -> None:
    found = told(served, done="yes")["shortfall"]
    done = {one["ticket"]["id"] for one in every if one["status"] == "filled"}
    assert {one["order"] for one in found["orders"]} == done
    for one in [*found["orders"], *found["sums"]]:
        assert sum(one[name] for name in PARTS) == pytest.approx(one["total_fraction"], abs=1e-12)
        assert float(one["total"]) == pytest.approx(float(one["paper"]) * one["total_fraction"], abs=1e-6)
    total = sum((Decimal(one["total"]) for one in found["orders"]), Decimal(0))
    assert [Decimal(one["total"]) for one in found["sums"]] == [total]


def test_the_story_of_an_edited_order(served: Served, every: list[Values]) -> None:
    edited = next(one for one in every if one["edited_by"])
    answer = served.browser("one").get(f"/orders/{edited['ticket']['id'][:8]}", params={"format": "json"}).json()
    what = [one["what"] for one in answer["history"]]
    assert what[:3] == ["planned", "edited", "approved"]
    assert what[-1] == "filled"
    assert [one["record"] for one in answer["history"]] == sorted(one["record"] for one in answer["history"])
    assert answer["history"][1]["units"].lstrip("-") == edited["ticket"]["units"].lstrip("-")
    assert sum(Decimal(one["units"]) for one in answer["executions"]) == Decimal(edited["filled"])
    assert {"pass"} <= {one["outcome"] for one in answer["checks"]}


def test_an_order_that_is_not_there_is_one_line(served: Served) -> None:
    answer = served.browser("one").get("/orders/%3Cimg%20src=x%20onerror=alert(1)%3E")
    assert answer.status_code == 409
    assert "is no batch, order or account" in answer.text
    assert "<img" not in answer.text


def test_forms_stand_where_they_may_be_used(served: Served) -> None:
    trader, viewer = served.browser("tom").get("/orders").text, served.browser("vera").get("/orders").text
    offered = {name for name in ("orders-export", "orders-cancel", "reconcile") if f"/do/{name}" in trader}
    assert offered == {"orders-cancel", "reconcile"}  # no file of orders leaves a practice desk
    assert "No file of orders leaves a practice desk" in trader
    assert 'action="/stop"' in trader
    assert "/do/" not in viewer
    assert 'action="/stop"' not in viewer


@given(st.text(max_size=9), st.integers(0, 10 * MOST))
def test_any_part_that_is_asked_for_is_one_there_is(text: str, count: int) -> None:
    assert 1 <= _part(text, count) <= max(1, -(-count // MOST))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**18), max_value=10**18))
def test_a_number_of_the_blotter_keeps_every_digit(value: Decimal) -> None:
    assert Decimal(str(plain_cell(value))) == value
    long = Decimal("0.12345678901234567891")
    assert Decimal(str(float(long))) != long  # control: a double does not
