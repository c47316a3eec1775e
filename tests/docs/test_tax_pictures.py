"""The pictures of docs/taxes.md are those that would be drawn today, and what titles and tables say is true."""

from __future__ import annotations

import pytest

from tests.docs.drawn_today import require_drawn_today
from tests.docs.pages import ROOT
from tests.docs.tax_pictures import FOLDER, METHODS, PICTURES, by_year, plain, reviewed, taxed
from trimtab.core.taxes import LotMethod

PAGE = (ROOT / "docs" / "taxes.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_would_be_drawn_today(name: str) -> None:
    require_drawn_today(FOLDER / f"{name}.svg", PICTURES[name]())


def test_each_picture_stands_on_the_page_and_no_other_is_kept() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(PICTURES)
    for name in PICTURES:
        assert f"](_static/taxes/{name}.svg)" in PAGE


def test_what_one_became_with_and_without_taxes() -> None:
    grown = [result.wealth[-1] / result.wealth[0] for result in (plain(), taxed())]
    assert [round(one, 1) for one in grown] == [19.0, 11.4]
    assert by_year()[1].max() < 0.10  # the axis of the picture


@pytest.mark.parametrize("method", LotMethod)
def test_the_table_of_lot_methods(method: LotMethod) -> None:
    """Return a year after tax, after selling all, and taxes a year, as the page states them."""
    found = reviewed(method)
    cells = [f"{100 * one:.2f} %" for one in (found.returns.distributions, found.returns.redemption, found.drag)]
    name = "hifo" if method is LotMethod.LOWEST_GAIN else method.value  # one currency: the same lots
    assert f"| `{name}` | {' | '.join(cells)} |" in PAGE


def test_the_dearest_first_save_and_leave_more_to_be_taxed() -> None:
    oldest, dearest = reviewed(LotMethod.FIFO), reviewed(LotMethod.HIFO)
    assert round(100 * (oldest.drag - dearest.drag), 1) == 0.7
    assert dearest.liquidation > 4 * oldest.liquidation
    assert dict(METHODS)["hifo, lowest_gain"] is LotMethod.HIFO
    assert reviewed(LotMethod.LOWEST_GAIN).paid == dearest.paid
