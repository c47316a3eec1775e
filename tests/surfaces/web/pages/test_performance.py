"""Performance: the record and the attribution, worked out apart, agree; causes add up to the cent; live follows backtest."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.surfaces.reading import cells, read
from tests.surfaces.web.served_desk import Served, demo_desk_built, served

__all__ = ["demo_desk_built", "served"]
MINUS = "\u2212"


@pytest.mark.parametrize("account", ["DEMO-1", "DEMO-2", "DEMO-3"])
def test_record_and_attribution_agree_and_causes_add_up_to_the_cent(served: Served, account: str) -> None:
    client = served.browser("vera")
    told = client.get("/performance", params={"account": account, "format": "json"}).json()
    found = told["attribution"]
    assert (found["from"], found["to"]) == (told["vitals"]["from"], told["vitals"]["to"])
    assert told["vitals"]["mine"] == pytest.approx(found["portfolio"], abs=2e-5)
    assert told["vitals"]["theirs"] == pytest.approx(found["benchmark"], abs=2e-5)
    total = sum((Decimal(one["money"]) for one in found["causes"]), Decimal(0))
    assert total == Decimal(found["gain"]) - Decimal(found["benchmark_gain"]) == Decimal(found["money_difference"])
    page = read(client.get("/performance", params={"account": account}).text)
    rows = cells(next(one for one in page.all("table") if "Causes, which add up" in one.text))
    shown = [Decimal(row[2].replace(MINUS, "-").replace(",", "").replace("+", "")) for row in rows[1:]]
    assert sum(shown[:-1]) == shown[-1] == total
    assert "add up to the difference to the cent" in page.text


def test_an_account_stands_behind_the_backtest_of_its_policy(served: Served) -> None:
    client = served.browser("vera")
    figure = client.get("/figures/performance-growth", params={"account": "DEMO-1", "period": "full"}).json()
    lines = {trace["name"]: trace for trace in figure["data"]}
    assert set(lines) == {"Backtest", "Benchmark", "Live"}
    assert lines["Backtest"]["x"][-1] == lines["Live"]["x"][0] == figure["layout"]["shapes"][0]["x0"]
    assert lines["Backtest"]["y"][-1] == pytest.approx(lines["Live"]["y"][0], rel=1e-4)
    short = client.get("/figures/performance-growth", params={"account": "DEMO-1", "period": "3M"}).json()
    assert "Backtest" not in {trace["name"] for trace in short["data"]}
    page = read(client.get("/performance?account=DEMO-1").text)
    rows = cells(next(one for one in page.all("table") if "before and since" in one.text))
    assert rows[0] == ["Figure", "Backtest", "Live"]


def test_periods_and_what_the_record_does_not_reach(served: Served) -> None:
    client = served.browser("vera")
    told = client.get("/performance", params={"account": "DEMO-2", "period": "5Y", "format": "json"}).json()
    assert "The record begins on" in told["short"]
    unreached = {row["period"] for row in told["periods"] if not row["reached"]}
    assert unreached == {"3Y", "5Y", "10Y"}
    rows = client.get("/performance", params={"account": "DEMO-2", "format": "csv"}).text.splitlines()
    assert len(rows) == 1 + len(told["periods"])


def test_by_class_allocation_and_selection_sum_to_the_difference(served: Served) -> None:
    told = served.browser("vera").get("/performance", params={"account": "DEMO-3", "by": "class", "format": "json"}).json()
    found = told["attribution"]
    assert sum(row["total"] for row in found["classes"]) == pytest.approx(found["difference"])


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"account": "<img src=x onerror=alert(1)>"}, "&lt;img"),
        ({"account": "DEMO-1", "period": "9Y"}, "is no period"),
        ({"account": "DEMO-1", "by": "moon"}, "is no way to cut"),
        ({"run": "../../etc/passwd"}, "there is no run"),
    ],
)
def test_what_is_not_there_gives_one_line(served: Served, query: dict[str, str], words: str) -> None:
    answer = served.browser("vera").get("/performance", params=query)
    assert answer.status_code == 200
    assert words in answer.text
    assert "<img src=x" not in answer.text
    assert len(read(answer.text).all("p", role="alert")) == 1


def test_a_run_is_shown_as_what_it_is(served: Served) -> None:
    name = min(one.parent.name for one in served.folder.glob("runs/*/run.json"))
    page = read(served.browser("vera").get("/performance", params={"run": name}).text)
    assert "A backtest: nobody traded it." in page.one("footer").text
