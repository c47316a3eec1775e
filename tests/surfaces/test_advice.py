"""The checklist and the mandate from Python, and the page of a mandate: escaped, with headings and scopes."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import trimtab
from trimtab.core.errors import BreachError, PolicyError, UsageError
from trimtab.desk.mandate_reading import mandate_from
from trimtab.surfaces.report.mandate_page import render_mandate

ANSWERS = {
    "horizon": "long",
    "tolerance": "medium",
    "capacity": "small",
    "tax": "taxable",
    "view": "systematic",
    "success": "defined",
}
MANDATE: dict[str, Any] = {
    "mandate": 1,
    "name": "family",
    "version": "1",
    "effective_from": "2026-01-01",
    "scope": {"who": "The family", "purpose": "Retirement"},
    "responsibilities": {"decides": "anna", "approves": "ben", "reviews": "carl", "four_eyes": False},
    "objectives": {"benchmark": {"US_EQ": 0.6, "CORP": 0.4}},
    "constraints": [{"section": "4.1", "limit": "tilt", "at_most": 0.1}],
    "signatures": [{"name": "anna", "role": "owner"}],
}


# Advice.


def test_an_advice_is_a_table_of_reasons_and_a_policy() -> None:
    advice = trimtab.advise(ANSWERS)
    assert advice.approach == "strategic allocation with tilts"
    assert advice.scores.to_dict() == {
        "strategic allocation with tilts": 6,
        "trend-following tactical allocation": 3,
        "risk parity": 3,
        "volatility target": 1,
        "factor tilts": 2,
        "discretionary tactical allocation": -3,
    }
    assert advice.reasons["points"].sum() == advice.scores[advice.approach]
    assert advice.reasons.loc["tolerance", "ours"]
    assert (advice.settings["tilt"], advice.settings["signals"], advice.satellite, advice.blocked) == (0.05, 2, None, "")
    policy = advice.policy()
    assert policy.title == "60/40 with a trend tilt"
    assert trimtab.load_policy("trend-overlay").sha256 != policy.sha256


def test_it_is_written_once(tmp_path: Path) -> None:
    advice = trimtab.advise(ANSWERS)
    place = advice.write(tmp_path / "mine.yaml")
    assert trimtab.load_policy(place).name == "mine"
    with pytest.raises(UsageError, match="exists already"):
        advice.write(place)


def test_what_is_wanted_what_is_marginal_and_what_is_blocked() -> None:
    wanted = trimtab.advise(ANSWERS, wanted="risk-parity")
    assert wanted.approach == "risk parity"
    assert "fits these answers better" in wanted.conflicts[0]
    assert trimtab.advise(ANSWERS, wanted="factor tilts").approach == "factor tilts"
    assert trimtab.advise(ANSWERS, marginal=True).approach == "static allocation with bands"
    blocked = trimtab.advise({**ANSWERS, "success": "undefined"})
    assert blocked.blocked
    with pytest.raises(BreachError):
        blocked.policy()


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"horizont": "long"}, "'horizont' is no question"),
        ({"horizon": "soon"}, "'soon' is no answer to horizon"),
        ({"horizon": "long"}, "no answer to tolerance, capacity, tax, view and success"),
    ],
)
def test_what_is_unknown_or_missing_is_named(answers: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        trimtab.advise(answers)
    with pytest.raises(UsageError, match="'magic' is no approach"):
        trimtab.advise(ANSWERS, wanted="magic")


def test_success_may_be_said_in_numbers() -> None:
    success = {"benchmark": "static-60-40", "volatility": 0.1, "max_drawdown": 0.3}
    advice = trimtab.advise({name: word for name, word in ANSWERS.items() if name != "success"} | success)
    assert not advice.blocked
    assert "benchmark US_EQ 60%, CORP 40%" in " ".join(advice.text.split())


# The mandate.


def test_a_mandate_is_checked_against_a_policy() -> None:
    mandate = trimtab.Mandate.load(MANDATE)
    assert mandate.kept_by("trend-overlay")
    table = mandate.check(trimtab.load_policy("static-60-40"))
    assert table["verdict"].to_dict()["4.1"] == "missing"
    assert not mandate.kept_by("static-60-40")
    assert mandate.limits.loc["4.1", "limit"] == "Each asset within 10 % of the benchmark weight"
    assert mandate.rules[0]["id"] == "IPS-4.1"
    assert mandate.entries["review"] == {"every": "3M", "full_cycle": "3Y"}
    assert len(mandate.sha256) == 64


def test_a_mandate_from_a_file_and_a_policy_in_plain_values(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("mandate: 1\n", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"m\.yaml:1:1"):
        trimtab.Mandate.load(tmp_path / "m.yaml")
    mandate = trimtab.Mandate.load(MANDATE)
    universe = {"US_EQ": {"series": "us_equity"}, "CORP": {"series": "long_corporate"}}
    policy = {"trimtab": 1, "name": "x", "universe": universe, "averages": "allowed", **mandate.entries}
    assert mandate.kept_by(policy)
    page = mandate.write_page(tmp_path / "m.html")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


# Its page.


class Page(HTMLParser):
    """Every element with its attributes, and the text outside of style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_page_has_headings_scopes_and_lines_to_sign_and_no_script() -> None:
    page = Page(render_mandate(mandate_from(MANDATE)))
    names = [name for name, _ in page.tags]
    assert names.count("h1") == 1
    assert names.count("h2") == 6
    assert "script" not in names
    assert {found["scope"] for name, found in page.tags if name == "th"} == {"col", "row"}
    assert ("html", {"lang": "en"}) in page.tags
    assert names.count("dt") == names.count("dd") > 10
    assert "anna, owner: date and signature" in page.words
    policies = [found.get("content") or "" for name, found in page.tags if found.get("http-equiv")]
    assert policies[0].startswith("default-src 'none'")
    assert not [found for _, found in page.tags if "src" in found]


HOSTILE = st.text("<>&\"'/ab=x ", min_size=1, max_size=20).filter(str.strip)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_whatever_is_written_becomes_text(name: str, who: str, says: str) -> None:
    values = {**MANDATE, "name": name, "title": who, "scope": {"who": who, "purpose": says, "accounts": [says], "assets": name}}
    values["constraints"] = [{"section": "4.1", "limit": "tilt", "at_most": 0.1, "says": says}]
    values["signatures"] = [{"name": who, "role": says}]
    plain, hostile = (
        Page(render_mandate(mandate_from({**MANDATE, "scope": values["scope"]}))),
        Page(render_mandate(mandate_from(values))),
    )
    assert [name for name, _ in hostile.tags] == [name for name, _ in plain.tags]
    text = "".join(hostile.words)
    assert who in text
    assert says in text
