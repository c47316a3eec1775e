"""Each signal and regime of the registry has its picture, stands on the page, and says there what the tests assert."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
import pytest

from tests.docs.drawing import WIDTH, Chart, svg, width
from tests.docs.drawn_today import BOLD, rounded
from tests.docs.pages import ROOT, Page
from tests.docs.signal_pictures import FOLDER, REGIMES, SIGNALS, policy_line, regime_chart_of, row_of
from tests.docs.signal_pictures import chart_of as signal_chart_of
from tests.real_world import month_ends, view
from tests.regimes import real_cases as regimes
from tests.signals import real_cases as signals
from trimtab.desk.registry import BUILT_IN

PAGE = "docs/signals-on-real-data.md"
MOST_BYTES = 40_000
TOLD_APART = [name for name in BUILT_IN["regimes"] if name != "none"]  # one state, always: there is nothing to draw
SHOWN = [("signals", name) for name in BUILT_IN["signals"]] + [("regimes", name) for name in TOLD_APART]
every_picture = pytest.mark.parametrize(("role", "name"), SHOWN)


def case_of(role: str, name: str) -> signals.Case | regimes.Case:
    return signals.CASES[name] if role == "signals" else regimes.CASES[name]


def path_of(role: str, name: str) -> Path:
    return FOLDER / role / f"{name}.svg"


def test_the_pictures_are_those_of_the_registry() -> None:
    assert list(SIGNALS) == list(BUILT_IN["signals"])
    assert list(REGIMES) == TOLD_APART
    drawn = {(role, path.stem) for role in ("signals", "regimes") for path in (FOLDER / role).iterdir()}
    assert drawn == set(SHOWN)


@every_picture
def test_a_picture_is_small_readable_and_says_its_finding(role: str, name: str) -> None:
    text = path_of(role, name).read_text(encoding="utf-8")
    root = Xml.fromstring(text)  # noqa: S314 - drawn by this repository
    shown = (SIGNALS if role == "signals" else REGIMES)[name]
    words = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert len(text.encode()) < MOST_BYTES
    assert words[0] == shown.title
    assert BOLD * width(shown.title) < WIDTH - 16
    assert any(word and word.startswith("Data: ") and word.endswith("month-ends 1993-2024") for word in words)
    assert "NaN" not in text
    assert "nan" not in text.lower().replace("financ", "")


@every_picture
def test_a_picture_names_no_place_on_a_machine(role: str, name: str) -> None:
    text = path_of(role, name).read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert not [word for word in ("/home", "/work", "/tmp", "/Users", "file:", "\\") if word in text]  # noqa: S108 - not used as a path


@every_picture
def test_the_page_shows_the_picture_the_policy_line_and_the_asserted_row(role: str, name: str) -> None:
    part = Page.of(PAGE).section(role.capitalize()).section(f"`{name}`").text
    case = case_of(role, name)
    component = case.signal if isinstance(case, signals.Case) else case.regime
    assert f"](_static/{role}/{name}.svg)" in part
    assert f"`{policy_line(role, component)}`" in part
    assert row_of(case) in part


def test_the_page_stands_in_the_table_of_contents() -> None:
    assert "\nsignals-on-real-data\n" in (ROOT / "docs" / "index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("role", "name"), [("signals", "valuation"), ("signals", "dual_momentum"), ("regimes", "stock_bond")])
def test_a_picture_is_what_would_be_drawn_today(role: str, name: str) -> None:
    """Within the last digit of a coordinate, which another processor may round the other way."""
    seen = view(month_ends())
    chart = signal_chart_of(seen, name) if role == "signals" else regime_chart_of(seen, name)
    assert rounded(svg(chart)) == rounded(path_of(role, name).read_text(encoding="utf-8"))


# The drawing itself.


def drawn(values: list[float], states: list[int]) -> str:
    dates = np.datetime64("2000-01-31") + 31 * np.arange(len(values))
    lines = [("a < b", np.array(values))]
    return svg(Chart("One & all", "Data: none", dates, lines, np.array(states), ("up", "down"), levels=(0.5,), ribbon="A"))


def test_gaps_lift_the_pen_and_text_is_escaped() -> None:
    picture = drawn([0.0, 1.0, np.nan, 1.0, 0.0], [0, 0, -1, 1, 1])
    path = next(node.attrib["d"] for node in Xml.fromstring(picture).iter() if node.tag.endswith("path"))  # noqa: S314
    assert [path.count(pen) for pen in "ML"] == [2, 2]
    assert "One &amp; all" in picture
    assert "a &lt; b" in picture


def test_a_legend_names_the_states_that_occur_alone() -> None:
    assert ">down<" not in drawn([0.0, 1.0], [0, 0])
    assert ">not known<" not in drawn([0.0, 1.0], [0, 0])
    assert ">not known<" in drawn([0.0, 1.0], [-1, 0])


def test_zero_has_no_sign() -> None:
    assert ">-0<" not in drawn([-1.0, 1.0], [0, 0])
    assert ">0<" in drawn([-1.0, 1.0], [0, 0])
