"""Signals, Allocation and why: what the pages show is what the verbs say, and parts add up."""

from __future__ import annotations

import re

import pytest

from tests.surfaces.web.served_desk import Served, demo_desk_built, served
from trimtab.surfaces.web.reads.signals import month_rows, runs

__all__ = ["demo_desk_built", "served"]
POLICY = "policies/demo-trend-overlay.yaml"


def words(html: str) -> str:
    """The text of a page, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_each_reading_is_what_the_verb_says(served: Served) -> None:
    said = served.api("vera").get("/signals", params={"policy": POLICY}).json()
    page = served.browser("vera").get("/signals", params={"policy": POLICY, "format": "json"}).json()
    assert [(one["name"], one["value"], one["state"], one["since"]) for one in page["readings"]] == [
        (one["name"], one["value"], one["state"], one["since"]) for one in said["readings"]
    ]
    text = words(served.browser("vera").get("/signals", params={"policy": POLICY}).text)
    for one in said["readings"]:
        if one["flips"]:
            assert one["flips"].replace("flips ", "") in text
            assert f"since {one['since']}" in text


def test_signals_add_up_to_the_tilt_and_strips_end_as_the_state_is(served: Served) -> None:
    page = served.browser("vera").get("/signals", params={"policy": POLICY, "format": "json"}).json()
    for tilt in page["pictures"]["tilts"].values():
        assert sum(step["move"] for step in tilt["steps"]) == pytest.approx(tilt["goal"] - tilt["benchmark"], abs=1e-12)
    for one in page["readings"]:
        if one["strip"]:
            assert one["strip"]["runs"][-1]["state"] == one["state"]
            assert sum(run["months"] for run in one["strip"]["runs"]) == len(page["pictures"]["dates"]) == 240
    assert page["pictures"]["votes"]["US_EQ"]["band"] == 0.3


def test_the_band_is_drawn_where_there_is_one(served: Served) -> None:
    browser = served.browser("vera")
    assert "the band of ±0.30" in words(browser.get("/signals", params={"policy": POLICY}).text)
    assert "No band" in words(browser.get("/signals", params={"policy": "demo-four-funds"}).text)


def test_a_policy_that_is_none_gives_one_line(served: Served) -> None:
    answer = served.browser("vera").get("/signals", params={"policy": "<img src=x onerror=alert(1)>"})
    assert answer.status_code == 200
    assert "There is no policy" in answer.text
    assert "<img" not in answer.text


def test_runs_and_months() -> None:
    import numpy as np

    assert runs(["up", "up", "down"]) == [{"state": "up", "at": 0, "months": 2}, {"state": "down", "at": 2, "months": 1}]
    days = np.array(["2020-01-02", "2020-01-31", "2020-02-03", "2020-03-02"], dtype="datetime64[D]")
    assert month_rows(days).tolist() == [1, 2, 3]
    assert month_rows(days, 1).tolist() == [3]
    assert month_rows(days[:0]).tolist() == []


def test_held_and_target_are_those_of_the_review(served: Served) -> None:
    review = served.api("vera").get("/rebalance", params={"account": "DEMO-1"}).json()["accounts"][0]
    browser = served.browser("vera")
    page = browser.get("/allocation", params={"account": "DEMO-1", "format": "json"}).json()
    rows = {row["asset"]: row for row in page["rows"]}
    for name, weights in review["assets"].items():
        assert rows[name]["held"] == weights["held"]
        assert rows[name]["drift"] == pytest.approx(weights["held"] - weights["target"], abs=1e-15)
    for key in ("benchmark", "target", "held"):
        assert sum(row[key] for row in rows.values()) == pytest.approx(1.0)
    assert sum(abs(row["drift"]) for row in rows.values()) / 2 == pytest.approx(review["drift"], abs=1e-9)
    assert sum(row["risk"] for row in rows.values()) == pytest.approx(1.0)
    table = browser.get("/allocation", params={"account": "DEMO-1", "format": "csv"}).text
    assert table.splitlines()[0].startswith("asset,title,benchmark,target,held,drift")
    figure = browser.get("/figures/weights", params={"account": "DEMO-1"}).json()
    assert {trace["type"] for trace in figure["data"]} == {"scatter"}


def test_why_goes_from_the_price_to_the_lots(served: Served) -> None:
    told = served.api("vera").get("/why", params={"account": "DEMO-1", "asset": "USMV"}).json()
    browser = served.browser("vera")
    text = words(browser.get("/why", params={"account": "DEMO-1", "asset": "USMV"}).text)
    for line in told["held"]:
        assert line in text
    assert "known at 2018-09-28 20:00:00 UTC" in text
    assert "known by 2018-09-28 22:00Z" in text
    part = browser.get("/why/part", params={"account": "DEMO-1", "asset": "USMV"}).text
    assert "<html" not in part
    assert told["held"][0] in words(part)
    assert "no asset" in browser.get("/why/part", params={"account": "DEMO-1", "asset": "nope"}).text
