"""The picture of sweeps is the one that would be drawn today, and what its page says of it is true."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from tests.docs.drawing import WIDTH, width
from tests.docs.pages import ROOT
from tests.docs.sweep_pictures import FOLDER, TITLE, picture, surface
from tests.docs.test_signal_pictures import rounded


def test_the_picture_is_what_would_be_drawn_today_and_its_title_is_true() -> None:
    kept, found = (FOLDER / "surface.svg").read_text(encoding="utf-8"), surface()
    assert rounded(picture(found)) == rounded(kept)
    title = next(Xml.fromstring(kept).iter("{http://www.w3.org/2000/svg}title")).text  # noqa: S314 - drawn by this repository
    assert title == TITLE.format(low=found.min(), high=found.max())
    assert 1.28 * width(title) < WIDTH - 16
    assert found.max() - found.min() < 0.04
    assert [path.name for path in FOLDER.iterdir()] == ["surface.svg"]
    assert "](_static/sweeps/surface.svg)" in (ROOT / "docs" / "sweeps.md").read_text(encoding="utf-8")
