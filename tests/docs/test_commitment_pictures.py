"""The pictures of docs/commitment.md are those that would be drawn today, and true by hand."""

from __future__ import annotations

import pytest

from tests.docs.commitment_pictures import FOLDER, PICTURES, asked, first_day, shadow_days
from tests.docs.drawn_today import require_drawn_today
from tests.docs.pages import ROOT
from trimtab.governance.promotion import Stage

PAGE = (ROOT / "docs" / "commitment.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_would_be_drawn_today(name: str) -> None:
    require_drawn_today(FOLDER / f"{name}.svg", PICTURES[name]())


def test_each_picture_stands_on_the_page_and_no_other_is_kept() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(PICTURES)
    assert all(f"](_static/commitment/{name}.svg)" in PAGE for name in PICTURES)


def test_their_numbers_by_hand() -> None:
    """Ten days; from 14 March to 14 September are 17 + 30 + 31 + 30 + 31 + 31 + 14 = 184 days."""
    assert (first_day(), shadow_days()) == (10, 184)
    assert asked(Stage.CANDIDATE) == ("nobody has committed it",)
    assert asked(Stage.PAPER) == ("it has not been validated as it stands",)
    assert asked(Stage.LIVE) == ("its six months on paper end on 2026-07-15",)
