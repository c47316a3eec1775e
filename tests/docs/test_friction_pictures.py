"""The pictures of limits, reachers and costs are those that would be drawn today, and their titles are true."""

from __future__ import annotations

import numpy as np
import pytest

from tests.docs.drawn_today import require_drawn_today
from tests.docs.friction_pictures import BANDS, CAP, COSTS, FOLDER, PICTURES, banded, capped, cost_bps
from tests.docs.pages import ROOT

PAGES = {"class-cap": "limits", "bands": "reachers", "cost-by-size": "costs"}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_would_be_drawn_today(name: str) -> None:
    require_drawn_today(FOLDER / f"{name}.svg", PICTURES[name]())


def test_each_picture_stands_on_its_page_and_no_other_is_kept() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(PICTURES) == set(PAGES)
    for name, page in PAGES.items():
        assert f"](_static/frictions/{name}.svg)" in (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")


def test_a_class_gives_way_by_one_step_and_all_others_take_up_the_same() -> None:
    """Aim 30 + 25 = 55 %, cap 40 %: 7.5 % less each; 15 % over three (two assets and cash) are 5 % more each."""
    goal = capped()
    assert goal == pytest.approx([0.225, 0.175, 0.25, 0.20])
    assert goal[:2].sum() == pytest.approx(CAP)


def test_turnover_falls_from_target_to_edge() -> None:
    turned = {name: 100.0 * banded(**band).summary()["turnover_per_year"] for name, band in BANDS.items()}  # type: ignore[arg-type]
    assert round(turned["target"], 1) == 3.6
    assert round(turned["half"], 1) == 3.0
    assert round(turned["edge"], 1) == 2.4
    assert round(100.0 * banded().summary()["turnover_per_year"], 1) == 9.5


def test_the_square_root_law_at_a_tenth_and_a_hundredth_of_a_day() -> None:
    """2 % x root(.1) = 63.2 bps, 2 % x root(.01) = 20 bps."""
    impact = dict(COSTS)["impact, y = 1"]
    assert cost_bps(impact, np.array([0.1, 0.01])) == pytest.approx([63.2, 20.0], abs=0.05)
