"""The pictures of validation are those that would be drawn today, their titles are true, and the page tells every check."""

from __future__ import annotations

import pytest

from tests.desk.test_validating import NAMES
from tests.docs.drawn_today import require_drawn_today
from tests.docs.pages import ROOT, Page
from tests.docs.validation_pictures import FOLDER, OWN, PICTURES, halves, ratios
from trimtab.validation.checks import Ruling


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_would_be_drawn_today(name: str) -> None:
    require_drawn_today(FOLDER / f"{name}.svg", PICTURES[name]())
    assert f"](_static/validation/{name}.svg)" in (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")


def test_what_the_titles_say_is_true() -> None:
    have = ratios()
    assert min(have.values()) > 0.0  # every window beats the benchmark
    assert all(have[window] > 0.9 * have[OWN] for window in (OWN - 1, OWN + 1))
    rule, luck = halves()
    assert rule.loss == 0.0
    assert 0.3 < luck.loss < 0.36  # a third


def test_the_page_tells_every_check_and_every_ruling() -> None:
    rows = Page.of("docs/validation.md").rows
    assert {*NAMES, *(ruling.value for ruling in Ruling)} <= rows
