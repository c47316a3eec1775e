"""The picture of docs/book.md is the one that would be drawn today, and what it says is true by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.docs.book_pictures import FOLDER, PICTURES, household
from tests.docs.drawn_today import require_drawn_today
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "book.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_would_be_drawn_today(name: str) -> None:
    require_drawn_today(FOLDER / f"{name}.svg", PICTURES[name]())


def test_each_picture_stands_on_the_page_and_no_other_is_kept() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(PICTURES)
    for name in PICTURES:
        assert f"](_static/book/{name}.svg)" in PAGE


def test_half_of_the_loss_moves_and_half_is_lost() -> None:
    """20 units cost 20 x 228 + 1 = 4,561. The 30 sold bring 30 x 203 - 1 = 6,089, two thirds of which are 4,059.33.

    The loss of 501.67 has 10 replacements in A07 (half: 250.84, rounded) and 10 in A08; the units of A07 cost 10 x 215 + 1
    = 2,151, and 250.84 more. From 1 August to 27 October are 87 days.
    """
    lots, gains, others = household()
    loss = gains[gains["disallowed"] > 0].iloc[0]
    assert (loss["gain"], loss["disallowed"]) == (Decimal("-501.67"), Decimal("501.67"))
    taken = lots[lots["earlier"] > 0].iloc[0]
    assert (taken["cost"], taken["washed"], taken["earlier"]) == (Decimal("2401.84"), Decimal("250.84"), 87)
    assert others["cost"].tolist() == [Decimal(1000)]
