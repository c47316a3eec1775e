"""The picture of sharing is the one that would be drawn today, and names every file that a bundle can hold."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from tests.docs.drawing import WIDTH, width
from tests.docs.drawn_today import BOLD
from tests.docs.pages import ROOT
from tests.docs.sharing_pictures import FOLDER, HELD, HOME, THERE, picture
from trimtab.desk.bundle_file import KNOWN


def test_the_picture_is_what_would_be_drawn_today() -> None:
    kept = (FOLDER / "bundle.svg").read_text(encoding="utf-8")
    assert picture() == kept
    root = Xml.fromstring(kept)  # noqa: S314 - drawn by this repository
    said = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert set(KNOWN) <= set(said)
    assert set(HELD) == set(KNOWN)
    assert BOLD * width(str(said[0])) < WIDTH - 16
    assert max(map(width, (*HELD.values(), *HOME))) < 270
    assert max(map(width, (*HOME, *THERE))) < 158
    page = (ROOT / "docs" / "sharing.md").read_text(encoding="utf-8")
    assert "](_static/sharing/bundle.svg)" in page
    assert [path.name for path in FOLDER.iterdir()] == ["bundle.svg"]
    assert all(f"`{name}`" in page for name in KNOWN)
