"""The pictures of the scripted year are those that would be drawn today, and what its page says of the score is true."""

from __future__ import annotations

import numpy as np
import pytest

from tests.docs.drawn_today import require_drawn_today
from tests.docs.year_pictures import FOLDER, PAGE, PICTURES, lived

TEXT = PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_what_would_be_drawn_today(name: str) -> None:
    require_drawn_today(FOLDER / f"{name}.svg", PICTURES[name]())


def test_each_picture_stands_on_the_page_and_no_other_is_kept() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*(f"{name}.svg" for name in PICTURES), "pack.png"}
    for name in ("year.svg", "pack.png"):
        assert f"](_static/year/{name})" in TEXT
    assert (FOLDER / "pack.png").read_bytes().startswith(b"\x89PNG")


def test_what_the_title_says_of_the_year_is_true() -> None:
    """The overrides cost less than all the rest, which is late hands, a declined order and spreads."""
    found, _ = lived()
    overrides = sum(one["linked"] for one in found["overrides"])
    assert found["rest"]["linked"] < overrides < 0.0
    assert np.isclose(overrides + found["rest"]["linked"], found["total"]["linked"], rtol=0.0, atol=1e-12)
    assert "100 − 25 × 2/12 − 20 × 1/12" in TEXT
    assert f"score {100 - 25 * 2 / 12 - 20 / 12:.1f} of 100" in TEXT
