"""Research in a browser: what was tried stands there with its number, and a backtest is one form away from its tear sheet."""

from __future__ import annotations

import re
import time

import httpx

from tests.surfaces.reading import cells, read
from tests.surfaces.web.served_desk import Served, demo_desk_built, served, served_alone

__all__ = ["demo_desk_built", "served", "served_alone"]

HOSTILE = "<img src=x onerror=alert(1)>"


def test_trials_and_runs_are_those_of_the_registry(served: Served) -> None:
    client, told = served.browser("alan"), served.api().get("/trials/list").json()
    page = read(client.get("/research").text)
    assert f"{told['trials']} trials were made" in page.text
    assert f"{told['best']['deflated_sharpe']:.2f}" in page.one("dl", class_="figures").text
    table = next(one for one in page.all("table") if "Runs of this workspace" in one.text)
    names = [row[0].strip() for row in cells(table)[1:]]
    assert set(names) == {one["id"] for one in told["entries"] if one["kind"] == "run"}
    assert [row["run"] for row in client.get("/research?format=json").json()["runs"]] == names


def test_forms_are_for_those_who_may(served: Served) -> None:
    for person, there in (("vera", False), ("alan", True), ("tom", True), ("olga", False)):
        text = served.browser(person).get("/research").text
        assert ('action="/do/sweep"' in text, 'action="/do/backtest"' in text, 'action="/do/validate"' in text) == (there,) * 3
    viewer = served.browser("vera")
    data = {"csrf": served.csrf(viewer, "/research"), "policy": "trend-overlay"}
    assert viewer.post("/do/backtest", data=data).status_code == 403


def test_the_numbers_of_a_policy_are_offered_and_a_policy_that_is_none_is_said(served: Served) -> None:
    client = served.browser("alan")
    page = read(client.get("/research", params={"policy": "policies/demo-two-funds.yaml"}).text)
    offered = [one.attributes["value"] for one in page.all("input", name_="grid", type="checkbox")]
    assert "signals.average.window=5M,8M,10M,13M,15M" in offered
    for wrong in ("../../etc/passwd", "no-such", HOSTILE):
        text = client.get("/research", params={"policy": wrong}).text
        assert "is no policy of this workspace" in text
        assert HOSTILE not in text


def finished(client: httpx.Client, address: str) -> str:
    """The page of a job once it has ended."""
    for _ in range(600):
        state = client.get(f"{address}/state").json()["state"]
        if state not in ("waiting", "running"):
            return client.get(address).text
        time.sleep(0.05)
    raise AssertionError("the job does not end")


def test_from_the_gallery_to_a_tear_sheet_and_a_sweep_to_its_table(served_alone: Served) -> None:
    served, client = served_alone, served_alone.browser("alan")
    (served.folder / "policies" / f"{HOSTILE.replace('/', '')}.yaml").write_text(HOSTILE)
    csrf = served.csrf(client, "/gallery/ten-month-timing")
    form = {
        "csrf": csrf,
        "key": "k1",
        "origin": "ten-month-timing",
        "out": "policies/mine.yaml",
        "next": "/gallery/ten-month-timing",
    }
    assert client.post("/do/init", data=form).status_code == 303
    assert (served.folder / "policies" / "mine.yaml").is_file()
    text = client.get("/research", params={"policy": "policies/mine.yaml"}).text
    assert HOSTILE not in text

    begun = client.post("/do/backtest", data={"csrf": csrf, "policy": "policies/mine.yaml", "vs": "saa", "as_of": ""})
    assert begun.status_code == 303
    assert "Backtest of policies/mine.yaml" in client.get("/research").text
    page = read(finished(client, begun.headers["location"]))
    assert "A backtest, decided at the close" in page.text
    run = next(one for one in page.all("a") if one.text == "Open the run").attributes["href"]
    assert re.fullmatch(r"/runs/[0-9a-f]{12}", run)

    assert "not validated" in client.get("/research").text
    sheet = client.get(f"{run}/report")
    assert sheet.headers["content-disposition"].startswith("attachment; filename=")
    assert "<html" in sheet.text
    assert served.browser("").get(f"{run}/report").status_code == 303  # a stranger is led to the door
    a_sweep_ends_in_its_table_and_a_refusal_in_one_line(client, csrf)


def a_sweep_ends_in_its_table_and_a_refusal_in_one_line(client: httpx.Client, csrf: str) -> None:
    grid = ["signals.average.window=8M,10M", "allocator.tilt=0.05,0.1", ""]
    begun = client.post(
        "/do/sweep", data={"csrf": csrf, "policy": "policies/demo-trend-overlay.yaml", "grid": grid, "workers": "1"}
    )
    wrong = client.post("/do/backtest", data={"csrf": csrf, "policy": HOSTILE})
    page = read(finished(client, begun.headers["location"]))
    rows = cells(next(one for one in page.all("table") if "The best by Sharpe ratio" in one.text))
    grid_points = [
        f"allocator.tilt={tilt}, signals.average.window={window}" for tilt in (0.05, 0.1) for window in ("10M", "8M")
    ]
    assert sorted(row[1] for row in rows[1:]) == grid_points
    assert "no expectation" in page.text
    text = finished(client, wrong.headers["location"])
    assert HOSTILE not in text
    assert "&lt;img" in text
