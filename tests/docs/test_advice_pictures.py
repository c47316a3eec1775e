"""The pictures of docs/advice.md and docs/mandate.md are those that would be made today."""

from __future__ import annotations

import re

import pytest

import trimtab
from tests.docs.advice_pictures import FOLDER, LETTERS, PICTURES, digest, page, stamp, stamped
from tests.docs.drawn_today import require_drawn_today
from tests.docs.pages import ROOT
from trimtab.governance.answers import QUESTIONS
from trimtab.governance.constraints import PARAMETERS, Bound, Constraint, Each
from trimtab.governance.decision_table import Approach

PAGE = (ROOT / "docs" / "advice.md").read_text(encoding="utf-8")
MANDATE = (ROOT / "docs" / "mandate.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_would_be_drawn_today(name: str) -> None:
    require_drawn_today(FOLDER / f"{name}.svg", PICTURES[name]())


def test_the_map_has_a_square_for_each_set_of_answers_with_its_letter() -> None:
    """METHODS 11.1: trend 42, strategic 32, discretionary 11, risk parity 10, factors 7, volatility target 6."""
    kept = (FOLDER / "map.svg").read_text(encoding="utf-8")
    wanted = {
        Approach.TREND: 42,
        Approach.STRATEGIC_TILT: 32,
        Approach.DISCRETIONARY: 11,
        Approach.RISK_PARITY: 10,
        Approach.FACTOR_TILT: 7,
        Approach.VOLATILITY_TARGET: 6,
    }
    for approach, count in wanted.items():
        assert len(re.findall(f">{LETTERS[approach]}</text>", kept)) == count
        assert f"{approach.value}: {count}<" in kept


def test_the_page_of_the_mandate_is_that_of_today() -> None:
    kept = (FOLDER / "mandate.png").read_bytes()
    assert kept[:8] == b"\x89PNG\r\n\x1a\n"
    assert stamp(kept) == digest(page())
    assert stamp(b"") == ""
    assert stamp(stamped(kept[:20] + kept[-12:], "0" * 64)) == "0" * 64


def test_the_fall_of_sixty_forty_is_what_the_page_says() -> None:
    run = trimtab.backtest("static-60-40")
    assert run.summary()["max_drawdown"] < -0.60
    wealth = run.wealth if hasattr(run, "wealth") else (1.0 + run.returns).cumprod()
    assert 1930 <= (wealth / wealth.cummax()).idxmin().year < 1940
    assert "of 60 % shares it was more than 60 % in the 1930s" in PAGE


def test_each_picture_stands_on_its_page_and_no_other_is_kept() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*(f"{name}.svg" for name in PICTURES), "mandate.png"}
    assert "](_static/advice/map.svg)" in PAGE
    assert "](_static/advice/mandate.png)" in MANDATE


def test_every_word_of_the_files_is_documented() -> None:
    for name, kind in QUESTIONS.items():
        assert f"| `{name}`" in PAGE
        assert not [one.value for one in kind if f"`{one.value}`" not in PAGE]
    for bound in Bound:
        assert f"| `{bound.value}` |" in MANDATE
        assert not [name for name in PARAMETERS[bound] if f"`{name}`" not in MANDATE]
    assert not [one.value for one in Each if f"`{one.value}`" not in MANDATE]
    assert not [name for name in Constraint.__dataclass_fields__ if f"`{name}`" not in MANDATE]
