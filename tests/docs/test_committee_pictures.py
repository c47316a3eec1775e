"""The pictures of the committee are those that would be drawn today, and stand on their page."""

from __future__ import annotations

import pytest

from tests.docs.committee_pictures import FOLDER, PAGE, PICTURES, steps
from tests.docs.drawn_today import require_drawn_today

TEXT = PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_what_would_be_drawn_today(name: str) -> None:
    require_drawn_today(FOLDER / f"{name}.svg", PICTURES[name]())


def test_each_picture_stands_on_the_page_and_no_other_is_kept() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*(f"{name}.svg" for name in PICTURES), "page.png"}
    for name in ("ladder.svg", "page.png"):
        assert f"](_static/committee/{name})" in TEXT
    assert (FOLDER / "page.png").read_bytes().startswith(b"\x89PNG")


def test_the_title_of_the_way_is_true() -> None:
    """Nothing was done otherwise, so that all of the difference is the override's."""
    (_, model), (_, override), (_, rest), (_, account) = steps()
    assert override < 0.0
    assert abs(rest) < 0.005
    assert abs(override + rest - (account - model)) < 1e-9
