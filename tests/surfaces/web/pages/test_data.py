"""Data: what accounts need, the samples or the store, one series; nothing from behind the clock of a practice desk."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.surfaces.web.served_desk import Served, demo_desk_built, served, served_alone, serving
from trimtab.surfaces.serving.kept import LOOK
from trimtab.surfaces.web.reads.data import thinned

__all__ = ["demo_desk_built", "served", "served_alone"]


def test_what_accounts_need_is_told_with_its_age(served: Served) -> None:
    client = served.browser("vera")
    needed = client.get("/data", params={"format": "json"}).json()["needed"]
    followed = {one["id"] for one in served.api("vera").get("/book/list").json()["accounts"]}
    assert {account for row in needed["rows"] for account in row["accounts"].split(", ")} == followed
    assert needed["faults"] == []
    assert all(row["state"] == "fresh" and row["last"] <= needed["today"] for row in needed["rows"])
    page = client.get("/data").text
    assert "there is no market store" in page
    assert "All that the accounts need is up to date" in page


def test_a_sample_series_ends_at_the_clock_of_the_desk(served: Served) -> None:
    client = served.browser("vera")
    today = client.get("/data", params={"format": "json"}).json()["needed"]["today"]
    found = client.get("/data/usmv", params={"format": "json"}).json()["found"]
    assert found["rows"][-1]["date"] <= today
    figure = client.get("/figures/data-series", params={"series": "usmv"}).json()
    assert figure["data"][0]["x"][-1] == found["rows"][-1]["date"]
    assert figure["data"][0]["y"][-1] == pytest.approx(found["rows"][-1]["close"], rel=1e-4)
    assert max(figure["data"][0]["x"]) <= today
    page = client.get("/data/usmv").text
    assert f"on {found['rows'][-1]['date']}" in page


@pytest.mark.parametrize("name", ["nothing", "../book.db", "%2e%2e/access.db", "%3Cimg%20src=x%3E", "a" * 3000])
def test_a_series_that_is_none_is_refused_in_a_line(served: Served, name: str) -> None:
    answer = served.browser("vera").get(f"/data/{name}")
    assert answer.status_code in (404, 409)
    assert "<img" not in answer.text


def test_a_thinned_line_keeps_its_end_and_few_points() -> None:
    rows = [{"date": f"{day:05}", "close": day * 1.23456789} for day in range(3001)]
    dates, values = thinned(rows, "close")
    assert len(dates) <= 520
    assert dates[-1] == "03000"
    assert values[-1] == 3703.7
    assert thinned([], "close") == ([], [])


def test_a_store_is_told_with_its_series_and_what_looks_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    for words in (["book", "init"], ["data", "init"], ["data", "add", "samples", "--series", "us_equity,wti"]):
        command = [sys.executable, "-m", "trimtab", *words, "--json", "--workspace", str(folder)]
        subprocess.run(
            [*command, *(["--store", "market"] if words[0] == "data" else [])], check=True, cwd=folder, capture_output=True
        )
    with serving(folder) as alone:
        client = alone.browser("one")
        found = client.get("/data", params={"format": "json"}).json()
        told = alone.api().get("/data/status").json()
        assert found["store"]["series"] == told["series"]
        assert found["checked"]["issues"] == alone.api().get("/data/check").json()["issues"]
        page: httpx.Response = client.get("/data")
        assert "/do/data-update" in page.text
        assert found["checked"]["issues"][0]["what"] in page.text
        one = client.get("/data/wti")
        assert "WTI crude oil" in one.text
        assert "No value was restated." in one.text
        assert "/do/data-update" not in alone.browser("vera").get("/data").text


def last_date(served: Served, workspace: Path) -> str:
    """The last date that a command tells of a series of the desk's store, in a workspace."""
    words = ["data", "show", "usmv", "--json", "--store", str(served.folder / "market"), "--workspace", str(workspace)]
    done = subprocess.run([sys.executable, "-m", "trimtab", *words], check=True, capture_output=True, text=True)
    return str(json.loads(done.stdout)["rows"][-1]["date"])


def test_a_store_on_a_practice_desk_ends_at_its_clock_too(served_alone: Served) -> None:
    for words in ("data init", "data add samples --series usmv"):
        command = [sys.executable, "-m", "trimtab", *words.split(), "--json"]
        subprocess.run(command, check=True, cwd=served_alone.folder, capture_output=True)
    time.sleep(2 * LOOK)  # files are looked at a few times a second
    client = served_alone.browser("vera")
    page = client.get("/data", params={"format": "json"}).json()
    today = page["needed"]["today"]
    assert last_date(served_alone, served_alone.folder.parent) > today  # there is something to be kept back
    assert last_date(served_alone, served_alone.folder) <= today
    assert served_alone.api("vera").get("/data/show", params={"series": "usmv"}).json()["rows"][-1]["date"] <= today
    assert [one["last"] <= today for one in page["store"]["series"]] == [True]
    found = client.get("/data/usmv", params={"format": "json"}).json()["found"]
    assert "sample" not in found
    assert found["rows"][-1]["date"] <= today
    assert client.get("/figures/data-series", params={"series": "usmv"}).json()["data"][0]["x"][-1] <= today
