"""Figures: bars that begin where the one before ended, colours that do not exaggerate, traces that the script draws."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.surfaces.web.drawing import growth, heat_map, underwater, waterfall

SCRIPT = (resources.files("trimtab.surfaces.web") / "static" / "chart.js").read_text(encoding="utf-8")
DRAWN = set(re.findall(r'"(\w+)"', re.search(r"const SVG = new Set\(\[(.*?)\]\)", SCRIPT)[1]))  # type: ignore[index]
POINTS = {"dates": ["2024-01-02", "2024-01-03"], "wealth": [10000.0, 10100.0], "benchmark": [10000.0, 9900.0]}
POINTS |= {"wealth_below": [0.0, 0.0], "benchmark_below": [0.0, -0.01]}
UNKNOWN = POINTS | {"benchmark": [None, None], "benchmark_below": [None, None]}
CELLS = {"across": "window", "down": "tilt", "x": ["1", "2"], "y": ["3"]}


def drawable(figure: dict[str, Any]) -> None:
    json.dumps(figure, allow_nan=False)
    assert {trace["type"] for trace in figure["data"]} <= DRAWN


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=12))
def test_each_bar_begins_where_the_one_before_ended_and_the_last_is_the_sum(cents: list[int]) -> None:
    steps = [(f"cause {at}", cent / 100.0) for at, cent in enumerate(cents)]
    figure = waterfall(steps, ("Difference", sum(cents) / 100.0), "USD")
    drawable(figure)
    (bars,) = figure["data"]
    ends = [base + size for base, size in zip(bars["base"], bars["x"], strict=True)]
    assert bars["base"][0] == bars["base"][-1] == 0.0
    assert bars["base"][1:-1] == pytest.approx(ends[:-2])
    assert ends[-1] == pytest.approx(ends[-2])
    low, high = figure["layout"]["xaxis"]["range"]
    assert low <= min(ends)
    assert high >= max(ends)


@pytest.mark.parametrize(("points", "lines"), [(POINTS, 2), (UNKNOWN, 1)])
def test_a_benchmark_that_nobody_knows_is_not_drawn(points: dict[str, Any], lines: int) -> None:
    for figure in (growth(points, ("Run", "Weights")), underwater(points, ("Run", "Weights"))):
        drawable(figure)
        assert len(figure["data"]) == lines


def test_a_backtest_stands_before_the_day_of_going_live() -> None:
    figure = growth(POINTS, ("Live", "Benchmark"), POINTS)
    drawable(figure)
    assert [trace["name"] for trace in figure["data"]] == ["Backtest", "Benchmark", "Live"]
    assert figure["layout"]["shapes"][0]["x0"] == "2024-01-02"
    assert "live since 2024-01-02" in figure["layout"]["annotations"][0]["text"]
    assert "shapes" not in growth(POINTS, ("Run", "Benchmark"))["layout"]


def test_names_of_people_are_no_tags_to_the_library() -> None:
    hostile = "<a href='javascript:alert(1)'>x</a>"
    for figure in (
        waterfall([(hostile, 1.0)], (hostile, 1.0), "USD"),
        growth(POINTS, (hostile, hostile)),
        heat_map(CELLS | {"across": hostile, "down": hostile, "z": [[1.0, 2.0]]}, [["1", "2"]], 0.4),
    ):
        assert "<a" not in json.dumps(figure)


def test_colours_do_not_make_much_of_little() -> None:
    words = [["1.04", "1.05"]]
    (near,) = heat_map(CELLS | {"z": [[1.04, 1.05]]}, words, 0.4)["data"]
    assert near["zmax"] - near["zmin"] == pytest.approx(0.4)
    (far,) = heat_map(CELLS | {"z": [[0.0, 1.0]]}, words, 0.4)["data"]
    assert (far["zmin"], far["zmax"]) == (0.0, 1.0)
    drawable(heat_map(CELLS | {"z": [[None, None]]}, [["", ""]], 0.4))
