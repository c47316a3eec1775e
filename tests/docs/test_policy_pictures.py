"""The page on the gallery says what the policies' files say, and every figure and picture on it is that of a fresh run."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

import numpy as np
import pytest

from tests.desk.real_gallery import ran, still
from tests.docs import policy_pictures as pictures
from tests.docs.drawing import WIDTH, width
from tests.docs.drawn_today import BOLD, rounded
from tests.docs.growth_drawing import Dots, Growth, dots_svg, growth_svg
from tests.docs.pages import ROOT, Page
from tests.docs.policy_findings import FINDINGS
from tests.docs.policy_pictures import BLOCK, FOLDER, KINDS, PAGE, READ_IN, SHOWN, filled
from trimtab.desk import gallery
from trimtab.desk.summary import summary

MOST_BYTES = 40_000
NAMES = "docs/policies-on-real-data.md"
FILES = (*pictures.PICTURES, *SHOWN)
NUMBERS = {19: "nineteen", 20: "twenty"}
every_policy = pytest.mark.parametrize("name", SHOWN)
every_picture = pytest.mark.parametrize("name", FILES)


# Page and files of policies agree, with or without the data.


def test_the_page_shows_every_policy_of_the_shelf_and_counts_them_as_trials() -> None:
    assert sorted(SHOWN) == list(gallery.shelf())
    assert set(READ_IN) == set(FINDINGS) == set(SHOWN)
    page = Page.of(NAMES)
    headings = [head for head in page.headings if head.startswith("`")]
    assert headings == [f"`{name}`" for name in SHOWN]
    assert f"{NUMBERS[len(SHOWN)]} trials" in PAGE.read_text(encoding="utf-8")
    assert {path.stem for path in FOLDER.iterdir()} == set(FILES)


@every_policy
def test_a_section_has_the_source_the_picture_and_every_rule_in_the_words_of_the_file(name: str) -> None:
    kind = next(kind for kind, names in KINDS.items() if name in names)
    part = Page.of(NAMES).section(kind).section(f"`{name}`").text
    assert f"](_static/policies/{name}.svg)" in part
    flat = " ".join(part.split())
    assert gallery.entry(name).source in flat
    assert gallery.named(name).title in flat
    for line in gallery.named(name).words:
        assert f"\n- {line}\n" in part
    assert len([line for line in part.splitlines() if line.startswith("- ")]) == len(gallery.named(name).words)


def test_caveats_stand_before_the_first_figure() -> None:
    text = PAGE.read_text(encoding="utf-8")
    caveats = text[: text.index("<!-- generated")]
    for word in ("Survivors", "Hindsight", "One period", "Trials", "Taxes", "not shipped", "Nothing here says"):
        assert word in caveats
    assert text.index("```{warning}") < text.index("![")


def test_figures_outside_generated_blocks_are_dates_and_conventions_alone() -> None:
    rest = BLOCK.sub("", PAGE.read_text(encoding="utf-8"))
    assert "%" not in rest
    assert [block["name"] for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))] == list(pictures.BLOCKS)


@every_picture
def test_a_picture_is_small_readable_and_names_no_place_on_a_machine(name: str) -> None:
    text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    words = [node.text for node in Xml.fromstring(text).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314 - ours
    assert len(text.encode()) < MOST_BYTES
    assert BOLD * width(str(words[0])) < WIDTH - 16
    assert any(word and word.startswith("Data: ") for word in words)
    assert "nan" not in text.lower().replace("financ", "")
    assert not [word for word in (str(ROOT), "/home", "/work", "/tmp", "/Users", "file:", "\\") if word in text]  # noqa: S108
    if name in SHOWN:
        assert f"![{words[0]}](_static/policies/{name}.svg)" in PAGE.read_text(encoding="utf-8")


# Against a fresh run, where the data are at hand.


def test_every_figure_and_sentence_is_that_of_a_fresh_run() -> None:
    ran("sixty-forty")  # skipped here without the data
    text = PAGE.read_text(encoding="utf-8")
    assert filled(text) == text


@every_picture
def test_a_picture_is_what_would_be_drawn_today(name: str) -> None:
    """Within the last digit of a coordinate, which another processor may round the other way."""
    ran("sixty-forty")
    drawn = pictures.PICTURES[name]() if name in pictures.PICTURES else pictures.picture(name)
    assert rounded(drawn) == rounded((FOLDER / f"{name}.svg").read_text(encoding="utf-8"))


def test_what_the_page_claims_without_a_figure_is_so() -> None:
    figures = {name: summary(ran(name)) for name in SHOWN}
    best = max(figures.values(), key=lambda one: one["sharpe"])
    assert best["sharpe_low"] < figures["sixty-forty"]["sharpe"] < best["sharpe_high"]
    fell = [name for name in SHOWN if figures[name]["max_drawdown"] < summary(still(name))["max_drawdown"] - 1e-9]
    assert fell == ["value-momentum"]
    np.testing.assert_array_equal(ran("all-weather").wealth, still("all-weather").wealth)  # its own benchmark


def test_another_figure_on_the_page_would_be_noticed() -> None:
    ran("sixty-forty")
    text = PAGE.read_text(encoding="utf-8")
    assert (
        filled(text.replace("It made 7.7 %", "It made 7.8 %", 1)) == text != text.replace("It made 7.7 %", "It made 7.8 %", 1)
    )


# The drawing itself.


def test_growth_is_drawn_on_a_log_scale_with_its_falls() -> None:
    dates = np.datetime64("2001-01-31") + 31 * np.arange(4)
    chart = Growth("A & b", "Data: none", dates, (("one", np.array([1.0, 2.0, 4.0, 2.0])),), (np.array([0.0, 0.0, 0.0, -0.5]),))
    paths = [node.attrib["d"] for node in Xml.fromstring(growth_svg(chart)).iter() if node.tag.endswith("path")]  # noqa: S314
    heights = [float(point.split()[1]) for point in paths[0][1:].split("L")]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.11)  # doubling is the same way up
    assert [float(point.split()[1]) for point in paths[-1][1:].split("L")] == [196.0, 196.0, 196.0, 242.0]
    assert "A &amp; b" in growth_svg(chart)


def test_dots_stand_where_their_figures_are() -> None:
    picture = dots_svg("T", "Data: none", ("return",), [Dots("one", [(0.04, 0.06)]), Dots("two", [(0.08, 0.05)])])
    circles = [node.attrib for node in Xml.fromstring(picture).iter() if node.tag.endswith("circle")][2:]  # noqa: S314 - legend
    across = [float(circle["cx"]) for circle in circles]  # ring, dot, ring, dot
    assert across[1] < across[2] < across[0] < across[3]
    assert across[0] - across[2] == pytest.approx((across[3] - across[1]) / 4.0, abs=0.11)
