"""One run, two runs, one sweep: what stands on the page is what the run, the comparison and the sweep themselves say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.surfaces.reading import Element, cells, read
from tests.surfaces.web.served_desk import Served, demo_desk_built, served
from trimtab.desk.sweep_result import SweepResult

__all__ = ["demo_desk_built", "served"]
MINUS = "\u2212"


def metas(served: Served) -> dict[str, dict[str, Any]]:
    """`run.json` of every run, by its hash."""
    found = sorted(served.folder.glob("runs/*/run.json"))
    return {one.parent.name: json.loads(one.read_text()) for one in found}


def table_of(page: Element, words: str) -> list[list[str]]:
    """The cells of the table whose caption has the words."""
    return cells(next(one for one in page.all("table") if any(words in caption.text for caption in one.all("caption"))))


def test_a_run_begins_with_what_is_to_be_known(served: Served) -> None:
    client = served.browser("vera")
    for name, meta in metas(served).items():
        page = read(client.get(f"/runs/{name}").text)
        known = page.one("section", aria_label="What to know first").text
        assert meta["execution"] in known
        assert all(note in known for note in meta["notes"])
        assert f"{meta['trials']} trials were counted" in known
        figures = page.one("dl", class_="figures").text.replace("\xa0", " ")
        assert f"{100 * meta['summary']['cagr']:.1f} %" in figures
        assert f"{100 * meta['summary']['max_drawdown']:.1f} %".replace("-", MINUS) in figures


def test_the_lights_are_those_that_were_kept(served: Served) -> None:
    client = served.browser("vera")
    for place in served.folder.glob("runs/*/validation.json"):
        checks = json.loads(place.read_text())["checks"]
        rows = table_of(read(client.get(f"/runs/{place.parent.name}").text), "Checks")[1:]
        told = [one for one in checks if one["light"] != "UNKNOWN"]
        assert sorted((row[0], row[1]) for row in rows) == sorted((one["name"], one["light"]) for one in told)
        lights = [row[1] for row in rows]
        assert lights == sorted(lights, key=["FAIL", "WARN", "PASS"].index)


def test_a_run_without_a_tear_sheet_offers_to_make_one_and_strange_names_are_refused(served: Served) -> None:
    client, name = served.browser("alan"), next(iter(metas(served)))
    assert 'action="/do/report"' in client.get(f"/runs/{name}").text
    assert client.get(f"/runs/{name}/report").status_code == 409
    for strange in ("book.db", "%2e%2e", "0" * 12, name[:6]):
        for address in (f"/runs/{strange}", f"/runs/{strange}/report", f"/sweeps/{strange}"):
            assert client.get(address).status_code in (404, 409)


def test_two_runs_are_compared_as_the_verb_compares_them(served: Served) -> None:
    known = metas(served)
    one = next(iter(known))  # by the hash of the run, which is another one for every state of the code
    other = next(name for name, meta in known.items() if meta["name"] != known[one]["name"])
    told = served.api().get("/compare", params={"runs": [one, other]}).json()
    page = read(served.browser("vera").get("/compare", params={"run": [one, other]}).text)
    rows = {row[0]: row[1:] for row in table_of(page, "Figures of both runs")[1:]}
    for figure, title in (("cagr", "Return a year"), ("volatility", "Volatility a year")):
        a, b = (known[name]["summary"][figure] for name in (one, other))
        shown = [cell.replace("\xa0", " ") for cell in rows[title]]
        assert shown[:2] == [f"{100 * a:.1f} %", f"{100 * b:.1f} %"]
        assert shown[2].replace(MINUS, "-") == (f"{100 * (b - a):+.1f} %" if abs(b - a) >= 5e-4 else "0.0 %")
    assert told["differences"]
    assert all(difference in page.text for difference in told["differences"])
    held = table_of(page, "Weights of both runs")[1:]
    for column in (1, 2, 4, 5):
        total = sum(float(row[column].replace(MINUS, "-")) for row in held)
        assert total == pytest.approx(100.0, abs=0.1 * len(held))


@pytest.mark.parametrize("names", [["a"], ["a", "a"], ["a", "b"], ["a", "b", "c"]])
def test_what_cannot_be_compared_gives_one_line_and_the_form(served: Served, names: list[str]) -> None:
    answer = served.browser("vera").get("/compare", params={"run": names})
    page = read(answer.text)
    assert answer.status_code == 200
    assert len(page.all("p", role="alert")) == 1
    assert len(page.all("select", name_="run")) == 2


def test_a_sweep_shows_its_best_beside_their_number_and_its_map(served: Served) -> None:
    client = served.browser("vera")
    (place,) = (one.parent for one in served.folder.glob("sweeps/*/results.parquet"))
    found, address = SweepResult.read(place), f"/sweeps/{place.name}"
    page = read(client.get(address).text)
    assert "no expectation" in page.text
    rows = table_of(page, "The best by Sharpe ratio")[1:]
    assert [int(row[-1]) for row in rows] == found.numbers[found.ranking].tolist()
    x, y = found.points
    map_rows = cells(page.one("figure").one("table"))
    assert len(map_rows) * (len(map_rows[0]) - 1) == len(found) + len(map_rows[0]) - 1
    figure = client.get("/figures/sweep-map", params={"sweep": place.name, "x": x, "y": y}).json()["data"][0]
    at = {(str(a), str(b)): value for a, b, value in zip(*found.points.values(), found.figures["sharpe"], strict=True)}
    for down, row in zip(figure["y"], figure["z"], strict=True):
        assert row == pytest.approx([at[across, down] for across in figure["x"]])
    wrong = read(client.get(address, params={"x": "no.such", "figure": "<b>"}).text)
    assert "was not varied" in wrong.one("p", role="alert").text


def test_figures_are_lines_of_the_run(served: Served) -> None:
    client, name = served.browser("vera"), next(iter(metas(served)))
    drawn = client.get("/figures/run-growth", params={"run": name}).json()["data"]
    assert [trace["name"] for trace in drawn] == ["Strategic weights", "Run"]
    assert drawn[1]["y"][0] == 10_000.0
    below = client.get("/figures/run-underwater", params={"run": name}).json()["data"][0]["y"]
    assert min(below) == pytest.approx(metas(served)[name]["summary"]["max_drawdown"], rel=1e-3)
    assert client.get("/figures/run-growth", params={"run": "../x"}).status_code == 409
