"""The picture of what overrides cost is the one that would be drawn today, and what its page says of it is true."""

from __future__ import annotations

import re

import pytest

from tests.docs.drawn_today import require_drawn_today
from tests.docs.pages import ROOT
from tests.docs.shadow_pictures import FOLDER, PICTURES, shadow

PAGE = (ROOT / "docs" / "overrides.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_would_be_drawn_today(name: str) -> None:
    require_drawn_today(FOLDER / f"{name}.svg", PICTURES[name]())
    assert f"](_static/shadow/{name}.svg)" in PAGE


def test_there_are_no_others() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(PICTURES)


def test_the_figures_of_the_page_are_true() -> None:
    said = re.search(r"O-1 cost ([0-9.]+) %.*?is the rest,\s([0-9.]+) %", PAGE, re.DOTALL)
    assert said is not None
    found = shadow()
    assert [f"{-100.0 * one.linked:.2f}" for one in (*found.costs, found.rest)] == list(said.groups())
    assert -0.022 < (found.overridden - found.model).min() < -0.018  # up to two per cent behind
    assert (found.overridden - found.model)[-1] > (found.overridden - found.model).min()
