"""The picture of sweeps is the one that would be drawn today, and what its page says of it is true."""

from __future__ import annotations

from tests.docs.drawn_today import require_drawn_today
from tests.docs.pages import ROOT
from tests.docs.sweep_pictures import FOLDER, TITLE, picture, surface


def test_the_picture_is_what_would_be_drawn_today_and_its_title_is_true() -> None:
    found = surface()
    title = require_drawn_today(FOLDER / "surface.svg", picture(found))
    assert title == TITLE.format(low=found.min(), high=found.max())
    assert found.max() - found.min() < 0.04
    assert [path.name for path in FOLDER.iterdir()] == ["surface.svg"]
    assert "](_static/sweeps/surface.svg)" in (ROOT / "docs" / "sweeps.md").read_text(encoding="utf-8")
