"""Rebalance review: a row an account as the verb has it, filters in the address, forms for those who may."""

from __future__ import annotations

import csv
import io

from tests.surfaces.reading import cells, read
from tests.surfaces.web.served_desk import Served, demo_desk_built, served
from trimtab.surfaces.web.pages.rebalance import summary

__all__ = ["demo_desk_built", "served"]
COLUMNS = [
    *("Account", "Model", "Value", "In", "Drift %", "Action", "Turnover %", "ST gain", "LT gain", "Cost", "Cash after %"),
    *("Policy", "Orders"),
]


def test_a_row_an_account_as_the_verb_has_it(served: Served) -> None:
    verb = served.api().get("/rebalance", params={"all": True}).json()
    client = served.browser("one")
    rows = client.get("/rebalance", params={"format": "json"}).json()["accounts"]
    for row, told in zip(rows, verb["accounts"], strict=True):
        assert row["account"] == told["account"]
        assert (row["drift"], row["cash_after"], row["cost"]) == (told["drift"], told["cash_after"], told["estimate"])
        assert row["turnover"] == (told["turnover"] if told["trades"] else None)
    head, *body = cells(read(client.get("/rebalance").text).all("table")[0])
    assert head == COLUMNS
    assert [row[0] for row in body] == [one["account"] for one in verb["accounts"]]
    lines = list(csv.DictReader(io.StringIO(client.get("/rebalance", params={"format": "csv"}).text)))
    assert [float(one["drift"]) for one in lines] == [one["drift"] for one in verb["accounts"]]


def test_filters_stand_in_the_address(served: Served) -> None:
    client = served.browser("one")
    every = client.get("/rebalance", params={"format": "json"}).json()["accounts"]
    needy = client.get("/rebalance", params={"format": "json", "needs": "yes"}).json()
    assert [one["account"] for one in needy["accounts"]] == [one["account"] for one in every if one["needs"]]
    assert needy["hidden"] == len(every) - len(needy["accounts"]) > 0
    home = every[-1]["household"]
    some = client.get("/rebalance", params={"format": "json", "household": home}).json()["accounts"]
    assert [one["account"] for one in some] == [one["account"] for one in every if one["household"] == home]


def test_what_cannot_be_asked_is_one_line_and_the_form_stays(served: Served) -> None:
    answer = served.browser("one").get("/rebalance", params={"account": "<img src=x onerror=alert(1)>"})
    assert answer.status_code == 200
    assert "there is no account" in answer.text
    assert "<img" not in answer.text


def test_who_only_looks_has_no_forms(served: Served) -> None:
    assert "/do/rebalance" in served.browser("tom").get("/rebalance").text
    assert "/do/" not in served.browser("vera").get("/rebalance").text


def test_the_summary_counts() -> None:
    tally = {"accounts": 38, "act": 7, "blocked": 1, "undecided": 0, "rest": 30}
    assert summary(tally, 0) == "38 accounts: 7 need action, 1 blocked, 30 need none"
    assert summary({"accounts": 1, "act": 1, "blocked": 0, "undecided": 0, "rest": 0}, 2).endswith("2 skipped")
