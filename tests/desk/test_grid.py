"""Grids: how axes are written, how combinations are numbered, and what is refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import UsageError
from trimtab.desk.grid import Axis, Grid, changed
from trimtab.desk.yaml12 import parse

VALUES = {
    "signals.trend.window=6M,8M , 10M": ("6M", "8M", "10M"),
    "signals.trend.window=3M..6M": ("3M", "4M", "5M", "6M"),
    "costs.window=3..4M": ("3M", "4M"),
    "costs.bps=0..20:10": (0, 10, 20),
    "costs.bps=0..25:10": (0, 10, 20),
    "costs.bps=-2..0": (-2, -1, 0),
    "costs.bps=5..5": (5,),
    "combine.hysteresis=0..0.4:0.1": (0, 0.1, 0.2, 0.3, 0.4),  # and no 0.30000000000000004
    "combine.hysteresis=-.1..0.1:.05": (-0.1, -0.05, 0, 0.05, 0.1),
    "costs.bps=0.5..2:1": (0.5, 1.5),
    "signals.trend.window=0.5M..2M:0.5": ("0.5M", "1M", "1.5M", "2M"),
    "tax.rates=../rates.yaml,2..3/rates.yaml": ("../rates.yaml", "2..3/rates.yaml"),
    "costs.bps=1, 2..3, 2": (1, 2, 3),
    "allocator.tilt=0.1,0.25": (0.1, 0.25),
    "schedule.decide=month-end": ("month-end",),
    "start=2001-06-15": ("2001-06-15",),
    "controls=[],[{use: day_count, at_most: 3}]": ([], [{"use": "day_count", "at_most": 3}]),
    "reacher={use: pace},{use: pace, band: 0.01}": ({"use": "pace"}, {"use": "pace", "band": 0.01}),
    "averages=true": (True,),
}


@pytest.mark.parametrize("text", VALUES)
def test_values_are_those_of_a_file(text: str) -> None:
    axis = Axis.parse(text)
    assert axis.values == VALUES[text]
    assert axis.name == text.split("=")[0]


def test_entries_of_a_list_go_by_number() -> None:
    assert Axis.parse("rules.1.at_most=0.4").path == ("rules", 1, "at_most")


REFUSED = {
    "signals.trend.window": "is no axis",
    "=3": "is no axis",
    "a b=3": "is no axis",
    "signals..x=3": "is no axis",
    "name=other": "cannot be varied",
    "data.folder=x": "cannot be varied",
    "universe.A=1": "cannot be varied",
    "costs.bps=": "has no values, or an empty one",
    "costs.bps=1,null": "has no values, or an empty one",
    "costs.bps=[1": "cannot be read",
    "costs.bps=3..1": "does not count upwards",
    "window=3M..6D": "does not count upwards",
    "costs.bps=0..9:0": "steps of 0",
    "costs.bps=0..2000000": "the range 0..2000000 holds 2,000,001 values, which are too many",
    "costs.bps=0..1000000000": "holds 1,000,000,001 values",
    "costs.bps=0..1:0.0000001": "holds 10,000,001 values",
    "costs.bps=0..99999999999999999999999999999999": "holds 100,000,000,000,000,000,000,000,000,000,000 values",
    f"costs.bps=0..{'9' * 90}": "has too many digits",
    "costs.bps=0..0.4": "has fractions and no step",
    "costs.bps=0..x": "the range 0..x cannot be read",
    "costs.bps=0..5:-1": "cannot be read",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_axis_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=REFUSED[text]) as told:
        Axis.parse(text)
    assert told.value.remedy


def test_one_key_is_varied_once_and_not_inside_another() -> None:
    with pytest.raises(UsageError, match=r"costs\.bps is varied twice"):
        Grid.parse(["costs.bps=1", "costs.bps=2"])
    with pytest.raises(UsageError, match=r"costs\.bps is varied inside costs"):
        Grid.parse(["costs.bps=1", "costs={use: linear}"])
    assert len(Grid.parse(["costs.bps=1,2", "costs.bpsx=1,2"])) == 4  # names alike are not the same


def test_too_many_combinations_are_refused() -> None:
    with pytest.raises(UsageError, match="1,002,001 variants are too many"):
        Grid.parse(["a=0..1000", "b=0..1000"])


@given(sizes=st.lists(st.integers(1, 4), max_size=4))
def test_every_combination_has_one_number(sizes: list[int]) -> None:
    grid = Grid(tuple(Axis((f"k{n}",), tuple(range(size))) for n, size in enumerate(sizes)))
    points = [tuple(grid.point(number).values()) for number in range(len(grid))]
    assert len(grid) == math.prod(sizes) == len(set(points))
    assert points == sorted(points)  # the last axis is the fastest
    assert grid.text == [[f"k{n}", list(range(size))] for n, size in enumerate(sizes)]


def put(text: str, key: str, value: object) -> object:
    axis = Axis.parse(f"{key}=0")
    return changed(parse(text, "test"), [axis], [value]).values


def test_values_go_to_their_places_and_the_document_stays_as_it_was() -> None:
    document = parse("costs: {bps: 3}\nrules: [{use: a}, {use: b}]", "test")
    axes = [Axis.parse("costs.bps=0"), Axis.parse("rules.1.at_most=0"), Axis.parse("cash.series=0")]
    new = changed(document, axes, [5, 0.4, "bills"]).values
    assert new == {"costs": {"bps": 5}, "rules": [{"use": "a"}, {"use": "b", "at_most": 0.4}], "cash": {"series": "bills"}}
    assert document.values == {"costs": {"bps": 3}, "rules": [{"use": "a"}, {"use": "b"}]}


@pytest.mark.parametrize(("text", "key"), [("rules: [1]", "rules.1"), ("rules: [1]", "rules.x"), ("rules: 3", "rules.x")])
def test_a_path_that_leads_nowhere_is_refused(text: str, key: str) -> None:
    with pytest.raises(UsageError, match="leads nowhere"):
        put(text, key, 1)
    assert put("rules: null", "rules.x", 1) == {"rules": {"x": 1}}
