"""What holds for every picture of the docs: it is the one that would be drawn today, and its title fits into it."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from tests.docs.drawing import WIDTH, width

BOLD = 1.28  # a title has 13 pixels and is bold; `width` is for 11


def require_drawn_today(path: Path, made: str) -> str:
    """Fail where the picture that is kept differs from the one made now, or its title does not fit. Returns the title."""
    kept = path.read_text(encoding="utf-8")
    assert rounded(made) == rounded(kept)
    assert not re.search(r"\bnan\b", kept.lower())
    title = next(Xml.fromstring(kept).iter("{http://www.w3.org/2000/svg}title")).text  # noqa: S314 - drawn by this repository
    assert title is not None
    assert BOLD * width(title) < WIDTH - 16
    return title


def rounded(picture: str) -> list[float | str]:
    """The words of a picture, its numbers to a tenth of a pixel."""
    words = picture.replace('"', " ").replace("L", " ").replace("M", " ").split()
    return [pytest.approx(float(word), abs=0.11) if word.replace(".", "").isdigit() else word for word in words]
