"""The picture of economics is the one that would be drawn today, and what its page says of it is true."""

from __future__ import annotations

import numpy as np
import pytest

from tests.docs.drawn_today import require_drawn_today
from tests.docs.economics_pictures import DATA, FOLDER, SIZES, TITLE, economics, nets, picture
from tests.docs.pages import ROOT
from trimtab.governance.economics import Economics

PAGE = " ".join((ROOT / "docs" / "economics.md").read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def one() -> Economics:
    return economics()


def test_the_picture_is_what_would_be_drawn_today_and_its_title_is_true(one: Economics) -> None:
    title = require_drawn_today(FOLDER / "net-by-size.svg", picture(one))
    even = float(one.break_even or 0)
    assert title == TITLE.format(data=DATA, even=even / 1e6)
    found = nets(one)[0]
    assert float(np.interp(np.log(even), np.log(SIZES), found)) == pytest.approx(0.0, abs=0.002)
    left = 100.0 * (float(one.benefit) - float(one.variable))
    assert left - float(np.interp(np.log(1e8), np.log(SIZES), found)) == pytest.approx(0.03, abs=0.002)  # hardly felt
    assert [path.name for path in FOLDER.iterdir()] == ["net-by-size.svg"]
    assert "](_static/economics/net-by-size.svg)" in PAGE


def test_what_the_page_says_of_it_is_true(one: Economics) -> None:
    assert f"{float(one.break_even or 0) / 1e6:.1f} million" in PAGE
    assert one.marginal
    assert one.net < 0
    assert "At 5 million it is marginal" in PAGE
