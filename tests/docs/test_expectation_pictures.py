"""The picture of what to expect is the one that would be drawn today, and the figures of its page are true."""

from __future__ import annotations

import re

from tests.docs.drawn_today import require_drawn_today
from tests.docs.expectation_pictures import FOLDER, PICTURES, expected
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "expectations.md").read_text(encoding="utf-8")


def test_the_picture_is_what_would_be_drawn_today() -> None:
    for name, draw in PICTURES.items():
        require_drawn_today(FOLDER / f"{name}.svg", draw())
        assert f"](_static/expectations/{name}.svg)" in PAGE
    assert {path.stem for path in FOLDER.iterdir()} == set(PICTURES)


def test_the_sentence_of_the_page_is_true() -> None:
    """One history in so many lags after ten years; the median of the alpha is below zero."""
    lagging, alpha = expected().lagging, expected().ranges.loc["alpha", "median"]
    said = re.search(r"lags in (\d+) of 100 after one year, and still in (\d+) after ten", PAGE)
    assert said is not None
    assert [round(100.0 * lagging[years]) for years in (1, 10)] == [int(part) for part in said.groups()]
    assert abs(alpha) < 0.005
