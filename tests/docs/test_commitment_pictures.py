"""The pictures of docs/commitment.md are those that would be drawn today, and true by hand."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

import pytest

from tests.docs.commitment_pictures import FOLDER, PICTURES, asked, first_day, shadow_days
from tests.docs.drawing import WIDTH, width
from tests.docs.pages import ROOT
from tests.docs.test_signal_pictures import rounded
from trimtab.governance.promotion import Stage

PAGE = (ROOT / "docs" / "commitment.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_would_be_drawn_today(name: str) -> None:
    kept = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert rounded(PICTURES[name]()) == rounded(kept)
    title = next(Xml.fromstring(kept).iter("{http://www.w3.org/2000/svg}title")).text  # noqa: S314 - drawn by this repository
    assert title is not None
    assert 1.28 * width(title) < WIDTH - 16


def test_each_picture_stands_on_the_page_and_no_other_is_kept() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(PICTURES)
    assert all(f"](_static/commitment/{name}.svg)" in PAGE for name in PICTURES)


def test_their_numbers_by_hand() -> None:
    """Ten days; from 14 March to 14 September are 17 + 30 + 31 + 30 + 31 + 31 + 14 = 184 days."""
    assert (first_day(), shadow_days()) == (10, 184)
    assert asked(Stage.CANDIDATE) == ("nobody has committed it",)
    assert asked(Stage.PAPER) == ("it has not been validated as it stands",)
    assert asked(Stage.LIVE) == ("its six months on paper end on 2026-07-15",)
