"""The pictures of docs/month.md and docs/practice.md are those that would be drawn today, and say what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.drawn_today import require_drawn_today
from tests.docs.month_pictures import FOLDER, PICTURES, SAID, lived, page_of_a_month
from tests.docs.pages import ROOT
from trimtab.desk.episodes import STEPS

PAGES = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("month.md", "practice.md"))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_would_be_drawn_today(name: str) -> None:
    require_drawn_today(FOLDER / f"{name}.svg", PICTURES[name]())


def test_each_picture_stands_on_a_page_and_no_other_is_kept() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*(f"{name}.svg" for name in PICTURES), "page.png"}
    for name in PICTURES:
        assert f"](_static/month/{name}.svg)" in PAGES
    assert "](_static/month/page.png)" in PAGES
    assert (FOLDER / "page.png").read_bytes().startswith(b"\x89PNG")


def test_every_step_is_drawn_and_stands_in_the_table_of_the_page() -> None:
    assert set(SAID) == set(STEPS)
    for step in STEPS:
        assert f"| {STEPS.index(step) + 1} | `{step}` |" in PAGES


def test_the_clock_of_the_picture_is_that_of_the_page() -> None:
    """In winter New York closes at 21:00 UTC, and two hours later is the cut-off; it opens at 14:30, half an hour passes."""
    assert [hour for _, hour, _ in lived()] == ["23:00", "15:01", "23:00"]
    assert "2018-02-01 15:01Z" in PAGES


def test_the_photographed_page_is_that_of_the_month(tmp_path: Path) -> None:
    page = page_of_a_month(tmp_path).read_text(encoding="utf-8")
    heads = ("ME in 2018-01", "What was traded, and what it cost", "Was the process kept?")
    for words in (*heads, "Practice: no real money moved"):
        assert words in page
